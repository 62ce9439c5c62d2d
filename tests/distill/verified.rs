//! Students and their teachers, run once more.

use serde_json::{Value, json};

use super::*;

/// Sets every probability of a stored file to 0.123, and the checksum that its record has of it.
fn falsify(csv: &Path, record: &Path, checksum: &str, also: &[(&str, Value)]) {
    let text = fs::read_to_string(csv).unwrap();
    let mut lines = text.lines();
    let mut new = format!("{}\n", lines.next().unwrap());
    for line in lines {
        new += &format!("{},0.123\n", line.rsplit_once(',').unwrap().0);
    }
    let mut value: Value = serde_json::from_slice(&fs::read(record).unwrap()).unwrap();
    value.as_object_mut().unwrap().remove("checksum");
    value[checksum] = sha256(new.as_bytes()).into();
    for (key, also) in also {
        value[key] = also.clone();
    }
    fs::write(record, value.to_string()).unwrap();
    fs::write(csv, new).unwrap();
}

/// The stored trials of experts: those that predicted the transfer texts.
fn expert_folders(place: &Workplace) -> Vec<PathBuf> {
    let mut folders = trial_folders(place, "results");
    folders.retain(|folder| folder.join("transfer").is_dir());
    assert_eq!(folders.len(), 3);
    folders
}

#[test]
fn teachers_are_run_again_and_not_taken_from_the_store() {
    let place = Workplace::with_transfer();
    place.write("s.toml", whole(""));
    place.run("run s.toml --quiet").expect(0);
    let verified = place
        .run("verify s.toml --row student --quiet")
        .expect(0)
        .stdout;
    assert!(verified.contains("s/fsl trial 3: identical"), "{verified}");
    assert!(
        verified.contains("s/student trial 1: identical"),
        "{verified}"
    );
    assert!(verified.contains("4 of 4 trials match"), "{verified}");

    // All negative, as the metrics then say: 20 of 40 texts are.
    let counts = json!({ "true_positives": 0, "false_positives": 0, "false_negatives": 20, "true_negatives": 20 });
    let metrics = json!({
        "f1": 0.0, "precision": 0.0, "recall": 0.0, "accuracy": 0.5, "macro_f1": 0.333_333_333_333_333_3, "confusion": counts
    });
    for folder in expert_folders(&place) {
        falsify(
            &folder.join("predictions.csv"),
            &folder.join("record.json"),
            "predictions-sha256",
            &[("metrics", metrics.clone())],
        );
    }
    for row in ["fsl", "mean", "student"] {
        let verified = place.run(&format!("verify s.toml --row {row} --quiet"));
        let verified = verified.expect(3).stdout;
        assert!(
            verified.contains("s/fsl trial 1: different; probabilities differ by up to"),
            "{verified}"
        );
    }
}

#[test]
fn damaged_predictions_for_transfer_texts_are_told() {
    let place = Workplace::with_transfer();
    place.write("s.toml", whole(""));
    place.run("run s.toml --quiet").expect(0);
    let files = entries(&expert_folders(&place)[0].join("transfer"));
    let is_csv = |path: &&PathBuf| path.extension().is_some_and(|is| is == "csv");
    let csv = files.iter().find(is_csv).unwrap();
    for spoil in [
        (|csv: &Path| fs::write(csv, "").unwrap()) as fn(&Path),
        |csv| fs::remove_file(csv).unwrap(),
    ] {
        spoil(csv);
        let verified = place.run("verify s.toml --all --quiet").expect(3).stdout;
        let said = "its stored predictions for transfer texts are damaged: `results/store/trials/";
        assert!(verified.contains(said), "{verified}");
    }
}

/// A student that was trained before its teacher's predictions were changed says nothing of the change.
#[test]
fn what_teachers_said_of_transfer_texts_is_verified() {
    let place = Workplace::with_transfer();
    place.write("s.toml", whole(""));
    place.run("run s.toml --quiet").expect(0);
    for folder in expert_folders(&place) {
        let files = entries(&folder.join("transfer"));
        let [csv, record] = ["csv", "json"].map(|kind| {
            let is_kind = |path: &&PathBuf| path.extension().is_some_and(|is| is == kind);
            files.iter().find(is_kind).unwrap()
        });
        falsify(csv, record, "sha256", &[]);
    }
    let verified = place.run("verify s.toml --row student --quiet").expect(3);
    let verified = verified.stdout;
    let said = "s/fsl trial 1: different (its predictions for the transfer texts of its students)";
    assert!(verified.contains(said), "{verified}");
    assert!(
        verified.contains("s/student trial 1: identical"),
        "{verified}"
    );
}
