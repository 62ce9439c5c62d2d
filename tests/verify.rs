//! Stored trials, run once more.

use crate::support::{CHEAP_ROWS, Workplace, entries, spec};

#[test]
fn what_is_stored_comes_out_again() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "count = 2", CHEAP_ROWS));
    let nothing = place.run("verify s.toml").expect(2);
    assert!(
        nothing.stderr.contains("no trial of it is stored"),
        "{}",
        nothing.stderr
    );
    place.run("run s.toml --quiet").expect(0);
    let before = place.stored_predictions("results");

    let verified = place.run("verify s.toml --quiet --all").expect(0);
    assert!(
        verified.stdout.contains("s/random trial 2: identical; F1 "),
        "{}",
        verified.stdout
    );
    assert!(
        verified.stdout.ends_with(
            "4 of 4 trials match the stored results (tolerance 0.001 on probabilities)\n"
        ),
        "{}",
        verified.stdout
    );
    assert_eq!(place.stored_predictions("results"), before);
    for tolerance in ["nan", "inf", "-0.1"] {
        let refused = place.run(&format!("verify s.toml --tolerance {tolerance}"));
        let refused = refused.expect(2).stderr;
        assert!(refused.contains("a number of at least 0"), "{refused}");
    }
    let unknown = place.run("verify s.toml --row bowl").expect(2);
    assert!(
        unknown
            .stderr
            .contains("there is no row `bowl`; rows: s/random"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn another_result_is_told_with_what_changed() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "", CHEAP_ROWS));
    place.run("run s.toml --quiet").expect(0);
    for shelf in entries(&place.join("results/store/trials")) {
        for trial in entries(&shelf) {
            let record = trial.join("record.json");
            let text = std::fs::read_to_string(&record).unwrap();
            if !text.contains("\"bow\"") {
                continue;
            }
            // As another machine would have left it: other probabilities, under their own checksum.
            let predictions = trial.join("predictions.csv");
            let old = std::fs::read_to_string(&predictions).unwrap();
            let new: String = old
                .lines()
                .enumerate()
                .map(|(line, text)| match (line, text.rsplit_once(',')) {
                    (1, Some((head, _))) => format!("{head},0.25\n"),
                    _ => format!("{text}\n"),
                })
                .collect();
            let sum = |text: &str| {
                use sha2::Digest as _;
                let bytes = sha2::Sha256::digest(text);
                let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                digits.concat()
            };
            let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(value["predictions-sha256"], sum(&old));
            value["predictions-sha256"] = sum(&new).into();
            value.as_object_mut().unwrap().remove("checksum");
            value["host"]["libtorch"] = "1.0.0".into();
            std::fs::write(&record, value.to_string()).unwrap();
            std::fs::write(&predictions, new).unwrap();
        }
    }
    let verified = place.run("verify s.toml --quiet").expect(3);
    assert!(
        verified
            .stdout
            .contains("s/bow trial 1: different; probabilities differ by up to "),
        "{}",
        verified.stdout
    );
    assert!(
        verified.stdout.contains("libtorch: 1.0.0 then, "),
        "{}",
        verified.stdout
    );
    let json = place
        .run("verify s.toml --quiet --row bow --format json")
        .expect(3)
        .stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["trials"][0]["result"], "different");
    assert_eq!(json["trials"].as_array().unwrap().len(), 1);
}
