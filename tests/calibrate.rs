//! Mixtures and calibrated rows, from the command line to keys, predictions and the line under the table.

use std::path::Path;

use serde_json::Value;

use crate::support::{Workplace, keys, spec, with_transfer};

fn encoder() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    folder.display().to_string()
}

const ROWS: &str = "\
[[row]]
id = \"words\"
method.bow = {}
[[row]]
id = \"sparse\"
method.naive-bayes = { lambda = 0 }
";

fn row(id: &str, method: &str) -> String {
    format!("[[row]]\nid = \"{id}\"\nmethod.{method}\n")
}

/// The probabilities of a row's first trial, in the order of the test file.
fn probabilities(place: &Workplace, row: &str) -> Vec<f64> {
    let csv = place.run("export s.toml --predictions -").expect(0).stdout;
    let lines = csv
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect::<Vec<_>>());
    let own = lines.filter(|fields| fields[1] == row && fields[2] == "0");
    own.map(|fields| fields[5].parse().unwrap()).collect()
}

#[test]
fn a_mixture_is_the_weighted_mean_of_its_rows() {
    let place = Workplace::new();
    let mixture = "mixture = { of = [\"words\", \"sparse\"], weights = [3, 1] }";
    place.write(
        "s.toml",
        spec("s", "", &[ROWS, &row("mix", mixture)].concat()),
    );
    place.run("run s.toml").expect(0);
    let [words, sparse, mixed] = ["words", "sparse", "mix"].map(|row| probabilities(&place, row));
    assert_eq!(mixed.len(), 40);
    for ((words, sparse), mixed) in words.iter().zip(&sparse).zip(&mixed) {
        let expected = (3.0 * words + sparse) / 4.0;
        assert!((mixed - expected).abs() < 1e-12, "{mixed} {expected}");
    }
}

/// The threshold is set on texts without labels, and the line under the table says so.
#[test]
fn thresholds_and_temperatures_are_said() {
    let place = Workplace::with_transfer();
    let rows = [
        ROWS,
        &row("mix", "mixture = { of = [\"words\", \"sparse\"] }"),
        &row(
            "even",
            "calibrate = { of = \"mix\", threshold = \"balanced\" }",
        ),
        &row(
            "f1",
            "calibrate = { of = \"words\", threshold = \"f1-optimal\" }",
        ),
        &row(
            "rare",
            "calibrate = { of = \"words\", threshold = \"prior\", prior = 0.25 }",
        ),
        &row(
            "sure",
            "calibrate = { of = \"words\", temperature = true, folds = 2, repeats = 3 }",
        ),
        &row(
            "best",
            "calibrate = { of = \"sparse\", threshold = \"validation\" }",
        ),
        &row(
            "chosen",
            "select = { candidates = [\"sure\", \"mix\"], folds = 2, repeats = 1 }",
        ),
    ]
    .concat();
    place.write("s.toml", with_transfer(&spec("s", "", &rows)));
    let ran = place.run("run s.toml").expect(0).stdout;
    let said = ran.split_whitespace().collect::<Vec<_>>().join(" ");
    for clause in [
        "threshold set so that half of the transfer texts are above it (row `even`)",
        "threshold set for the largest expected F1, at the cost of accuracy (row `f1`)",
        "threshold set so that 25 % of the transfer texts are above it (row `rare`)",
        "threshold set for the largest F1 in a cross-validation on the labelled texts (row `best`)",
        "probabilities scaled by a temperature from a cross-validation on the labelled texts (row",
    ] {
        assert!(said.contains(clause), "{clause}: {said}");
    }
    // Every left-out text gets its class, so that no temperature is the likeliest, and nothing is scaled.
    let [words, sure] = ["words", "sure"].map(|row| probabilities(&place, row));
    for (plain, scaled) in words.iter().zip(&sure) {
        assert!((plain - scaled).abs() < 1e-12);
    }
    let [plain, rare] = ["words", "rare"].map(|row| probabilities(&place, row));
    assert!(rare.iter().sum::<f64>() < plain.iter().sum::<f64>());
}

/// What is not set is not part of the key, and what is set is.
#[test]
fn keys_follow_from_what_is_calibrated() {
    let place = Workplace::with_transfer();
    let key = |method: &str| {
        let rows = [ROWS, &row("c", method)].concat();
        place.write("s.toml", with_transfer(&spec("s", "count = 1", &rows)));
        keys(&place, "s.toml").pop().unwrap()
    };
    let plain = key("calibrate = { of = \"words\", temperature = true }");
    assert_eq!(
        plain,
        key("calibrate = { of = \"words\", temperature = true, folds = 5 }")
    );
    for other in [
        "calibrate = { of = \"sparse\", temperature = true }",
        "calibrate = { of = \"words\", temperature = true, folds = 4 }",
        "calibrate = { of = \"words\", temperature = true, threshold = \"balanced\" }",
        "mixture = { of = [\"words\", \"sparse\"] }",
    ] {
        assert_ne!(plain, key(other), "{other}");
    }
}

#[test]
fn what_cannot_be_calibrated_or_mixed_is_refused() {
    let refused = |trials: &str, method: &str| {
        let place = Workplace::new();
        let rows = [ROWS, &row("c", method)].concat();
        place.write("s.toml", spec("s", trials, &rows));
        let said = place.run("check s.toml").expect(4).stderr;
        said.lines().next().unwrap_or_default().to_owned()
    };
    let at = "error: spec `s.toml`, line";
    for (trials, method, key, said) in [
        (
            "",
            "calibrate = { of = \"words\" }",
            "calibrate.of",
            "nothing is calibrated",
        ),
        (
            "",
            "calibrate = { of = \"nobody\", temperature = true }",
            "calibrate.of",
            "unknown row `nobody`",
        ),
        (
            "",
            "calibrate = { of = \"words\", threshold = \"balanced\" }",
            "calibrate.threshold",
            "the data has no transfer set",
        ),
        (
            "",
            "calibrate = { of = \"words\", threshold = \"prior\" }",
            "calibrate.threshold",
            "`prior` is missing",
        ),
        (
            "",
            "calibrate = { of = \"words\", temperature = true, prior = 0.5 }",
            "calibrate.prior",
            "it goes only with `threshold = \"prior\"`",
        ),
        (
            "",
            "calibrate = { of = \"words\", threshold = \"balanced\", folds = 3 }",
            "calibrate.folds",
            "it goes only with `temperature = true`",
        ),
        (
            "",
            "calibrate = { of = \"c\", temperature = true }",
            "calibrate.of",
            "calibrates a row itself",
        ),
        (
            "shots = 1",
            "calibrate = { of = \"words\", temperature = true }",
            "calibrate",
            "each class needs 2 labelled texts, one of which is left out; `trials.shots` is 1",
        ),
        (
            "",
            "mixture = { of = [\"words\", \"sparse\"], weights = [1, 2, 3] }",
            "mixture.weights",
            "as many numbers as `of` has rows",
        ),
        (
            "",
            "mixture = { of = [\"words\", \"words\"] }",
            "mixture.of[2]",
            "`words` is named twice",
        ),
    ] {
        let found = refused(trials, method);
        assert!(found.starts_with(at), "{found}");
        assert!(
            found.contains(&format!("key `row.c.method.{key}`")),
            "{found}"
        );
        assert!(found.contains(said), "{found}");
    }
}

/// Arms of a sweep calibrate the arms at their own points.
#[test]
fn calibrated_rows_are_swept_with_the_rows_that_they_name() {
    let place = Workplace::new();
    let rows = [
        "[[row]]\nid = \"words\"\nmethod.bow = { c = 1 }\n",
        &row("sure", "calibrate = { of = \"words\", temperature = true }"),
    ]
    .concat();
    let sweep = "[sweep.grid]\nrow.words.method.bow.c = [0.1, 10]\n";
    place.write("s.toml", spec("s", "", &rows) + sweep);
    place.run("run s.toml").expect(0);
    let table = place.run("table s.toml --format json").expect(0).stdout;
    let table: Value = serde_json::from_str(&table).unwrap();
    let rows = table["experiments"][0]["rows"].as_array().unwrap();
    let ids: Vec<&str> = rows.iter().filter_map(|row| row["id"].as_str()).collect();
    assert_eq!(
        ids,
        [
            "words[c=0.1]",
            "words[c=10]",
            "sure[words.c=0.1]",
            "sure[words.c=10]"
        ]
    );
}

/// Each cross-validation leaves out a text of every class.
#[test]
fn nested_cross_validations_need_more_texts() {
    let place = Workplace::new();
    let rows = [
        ROWS,
        &row("sure", "calibrate = { of = \"words\", temperature = true }"),
        &row("chosen", "select = { candidates = [\"sure\", \"sparse\"] }"),
    ]
    .concat();
    let checked = |shots: u32| {
        place.write("s.toml", spec("s", &format!("shots = {shots}"), &rows));
        place.run("check s.toml")
    };
    let said = "each class needs 3 labelled texts, as 2 cross-validations, one inside the other, leave out one each; `trials.shots` is 2";
    let refused = checked(2).expect(4).stderr;
    assert!(refused.contains(said), "{refused}");
    checked(3).expect(0);
}

/// Of more than two classes the highest probability decides.
#[test]
fn three_classes_have_temperatures_and_no_thresholds() {
    let place = Workplace::new();
    let text = |count: usize| {
        let lines = (0..count).map(|number| {
            let class = ["red", "green", "blue"][number % 3];
            format!("some {class} thing of number {},{class}\n", number % 4)
        });
        "text,label\n".to_owned() + &lines.collect::<String>()
    };
    place.write("train.csv", text(24));
    place.write("test.csv", text(12));
    let rows = |method: &str| [ROWS, &row("c", method)].concat();
    place.write(
        "s.toml",
        spec(
            "s",
            "",
            &rows("calibrate = { of = \"words\", temperature = true }"),
        ),
    );
    place.run("run s.toml --quiet").expect(0);
    place.write(
        "s.toml",
        spec(
            "s",
            "",
            &rows("calibrate = { of = \"words\", threshold = \"validation\" }"),
        ),
    );
    for command in ["plan s.toml", "run s.toml"] {
        let refused = place.run(command).expect(5).stderr;
        assert!(
            refused.contains("`threshold`: got one for 3 classes"),
            "{command}: {refused}"
        );
    }
}

/// Whether there are transfer texts, and which, decides what `auto` does.
#[test]
fn auto_follows_the_data_also_in_sweeps() {
    let place = Workplace::with_transfer();
    let auto = row(
        "auto",
        &format!(
            "auto = {{ encoder = \"{}\", names = [\"dull\", \"bright\"] }}",
            encoder()
        ),
    );
    let even = row(
        "even",
        "calibrate = { of = \"auto\", threshold = \"prior\", prior = 0.4 }",
    );
    let rows = auto.clone() + &even;
    let sweep = "[sweep.grid]\ndata.transfer-size = [24, 40]\n";
    place.write("s.toml", with_transfer(&spec("s", "", &rows)) + sweep);
    let ran = place.run("run s.toml").expect(0).stdout;
    let said = ran.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("half of the transfer texts are above it (rows `auto[transfer-size=24]`, `auto[transfer-size=40]`)"), "{said}");
    let keys = keys(&place, "s.toml");
    assert_eq!(keys.len(), 4);
    let distinct: std::collections::BTreeSet<_> = keys.iter().map(|(_, key)| key).collect();
    assert_eq!(distinct.len(), 4);
    // Without transfer texts there is nothing to centre on but the labelled ones.
    place.write("s.toml", spec("s", "", &auto));
    place.run("run s.toml --quiet").expect(0);
    let wrong = auto.replace("[\"dull\", \"bright\"]", "[\"a\", \"b\", \"c\"]");
    place.write("s.toml", spec("s", "", &wrong));
    let refused = place.run("plan s.toml").expect(5).stderr;
    assert!(refused.contains("`names`: got 3 names"), "{refused}");
}
