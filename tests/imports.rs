//! Rows whose probabilities another program made: what is read, how they stand beside other rows, and what is refused.

mod faults;
mod loop_of_samples;
mod students;

use serde_json::Value;
use sha2::Digest as _;

use crate::support::{Workplace, gzip};

/// Writes `s.toml` over `train.csv` and `test.csv`, with these lines under `[data]` and `[trials]`, and these rows.
fn write_spec(place: &Workplace, data: &str, trials: &str, rows: &str) {
    let text = format!(
        "name = \"s\"\n[data]\ntrain = \"train.csv\"\ntest = \"test.csv\"\n{data}\n[trials]\nseed = 42\n{trials}\n{rows}\n"
    );
    place.write("s.toml", text);
}

/// A row of the files called so.
fn imported(file: &str) -> String {
    format!("[[row]]\nid = \"other\"\nmethod.predictions = {{ file = \"{file}\" }}\n")
}

const BOW: &str = "[[row]]\nid = \"bow\"\nmethod.bow = {}\n";
const ALL_METRICS: &str =
    "[table]\nmetrics = [\"accuracy\", \"macro-f1\", \"weighted-f1\", \"mcc\", \"log-loss\"]\n";

/// The JSON of the table, run if it has not been.
fn table(place: &Workplace, results: &str) -> Value {
    let ran = place.run(&format!(
        "run s.toml --quiet --format json --results {results}"
    ));
    serde_json::from_str(&ran.expect(0).stdout).unwrap()
}

/// A row's mean of a metric.
#[track_caller]
fn mean(table: &Value, row: usize, metric: &str) -> f64 {
    let value = &table["experiments"][0]["rows"][row][metric]["mean"];
    value
        .as_f64()
        .unwrap_or_else(|| panic!("no {metric} in {table:#}"))
}

/// Texts with these labels, each with a number of its own.
fn labelled(labels: &[&str]) -> String {
    let mut csv = String::from("text,label\n");
    for (number, label) in labels.iter().enumerate() {
        csv += &format!("\"text {number}, or so\",{label}\n");
    }
    csv
}

/// What a row of a file of predictions needs: the text's number, its label, and probabilities.
fn file(header: &str, rows: impl IntoIterator<Item = String>) -> String {
    let rows: Vec<String> = rows.into_iter().collect();
    format!("{header}\n{}\n", rows.join("\n"))
}

/// Asserts metrics of a row, to the digits that scikit-learn's double precision leaves.
#[track_caller]
fn has_metrics(table: &Value, row: usize, expected: &[(&str, f64)]) {
    for &(metric, value) in expected {
        let got = mean(table, row, metric);
        assert!((got - value).abs() < 1e-12, "{metric}: {got}, not {value}");
    }
}

/// Witness: `precision_score`, `recall_score`, `f1_score`, `log_loss`, `matthews_corrcoef` of scikit-learn; by hand 3 of 4
/// positive predictions are right, and 3 of 4 positive texts are found.
#[test]
fn zero_and_one_have_scikit_learn_s_figures() {
    let place = Workplace::new();
    let labels = ["0", "1", "0", "1", "0", "1", "0", "1"];
    place.write("test.csv", labelled(&labels));
    let probabilities = [0.1, 0.9, 0.6, 0.8, 0.2, 0.3, 0.5, 0.7];
    let rows = probabilities.iter().enumerate();
    let rows = rows.map(|(index, p)| format!("{index},{p}"));
    place.write("other.csv", file("index,probability", rows));
    let metrics = "[table]\nmetrics = [\"f1\", \"precision\", \"recall\", \"mcc\", \"log-loss\"]\n";
    write_spec(&place, "", "", &(imported("other.csv") + metrics));
    let table = table(&place, "results");
    let expected = [
        ("f1", 0.75),
        ("precision", 0.75),
        ("recall", 0.75),
        ("mcc", 0.5),
        ("log_loss", 0.478_386_724_330_355_1),
    ];
    has_metrics(&table, 0, &expected);
}

/// Witness: as above; the file is packed, has another delimiter, another order, and texts in the place of numbers.
#[test]
fn ham_and_spam_are_found_by_their_texts() {
    let place = Workplace::new();
    place.write("train.csv", labelled(&["ham", "spam", "ham", "spam"]));
    let labels = ["ham", "spam", "spam", "ham", "spam", "spam", "ham", "spam"];
    place.write("test.csv", labelled(&labels));
    let probabilities = [0.2, 0.9, 0.4, 0.7, 0.8, 0.3, 0.1, 0.55];
    let rows = probabilities.iter().enumerate().rev();
    let rows = rows.map(|(index, p)| format!("{p};\"text {index}, or so\";{}", labels[index]));
    let text = file("prob_spam;text;label", rows);
    place.write("other.csv.gz", gzip(&text));
    let metrics = "[table]\nmetrics = [\"f1\", \"precision\", \"recall\", \"log-loss\"]\n";
    let rows = imported("other.csv.gz") + metrics;
    write_spec(&place, "positive = \"spam\"", "", &rows);
    let table = table(&place, "results");
    let expected = [
        ("f1", 2.0 / 3.0),
        ("precision", 0.75),
        ("recall", 0.6),
        ("log_loss", 0.572_385_184_403_215),
    ];
    has_metrics(&table, 0, &expected);
}

const SIX: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// 18 texts of six classes, of which every third one is told to be of another class.
fn six_classes() -> Workplace {
    let place = Workplace::new();
    let labels: Vec<&str> = (0..18).map(|text| SIX[text % 6]).collect();
    place.write("train.csv", labelled(&labels));
    place.write("test.csv", labelled(&labels));
    let row = |text: usize| {
        let told = if text.is_multiple_of(3) {
            text * text + 1
        } else {
            text
        };
        let predicted = told % 6;
        let of = |class: usize| if class == predicted { "0.75" } else { "0.05" };
        let cells: Vec<&str> = (0..6).rev().map(of).collect();
        format!("{text},{}", cells.join(","))
    };
    let columns: Vec<String> = SIX
        .iter()
        .rev()
        .map(|class| format!("prob_{class}"))
        .collect();
    let header = format!("index,{}", columns.join(","));
    place.write("other.csv", file(&header, (0..18).map(row)));
    place
}

/// Witness: `accuracy_score`, `f1_score` (macro and weighted), `matthews_corrcoef` and `log_loss` of scikit-learn.
#[test]
fn six_classes_have_scikit_learn_s_figures() {
    let place = six_classes();
    write_spec(&place, "", "", &(imported("other.csv") + BOW + ALL_METRICS));
    let table = table(&place, "results");
    let expected = [
        ("accuracy", 2.0 / 3.0),
        ("macro_f1", 5.0 / 9.0),
        ("weighted_f1", 5.0 / 9.0),
        ("mcc", 0.644_503_386_635_489_7),
        ("log_loss", 1.190_365_472_819_184_1),
    ];
    has_metrics(&table, 0, &expected);
    let compared = place
        .run("compare s.toml --pair other,bow")
        .expect(0)
        .stdout;
    assert!(
        compared.contains("single models have no pairs"),
        "{compared}"
    );
    place.run("report s.toml -o report.html").expect(0);
    assert!(place.read("report.html").contains("other"));
    let settings = place.run("export s.toml --trials -").expect(0).stdout;
    assert!(
        settings.contains("params.method.predictions.sha256"),
        "{settings}"
    );
}

/// The trial that reads a file keeps its name, its checksum and what was compared.
#[test]
fn a_record_says_what_was_read() {
    let place = six_classes();
    write_spec(&place, "", "", &imported("other.csv"));
    place.run("run s.toml --quiet").expect(0);
    let [shelf] = crate::support::entries(&place.join("results/store/trials"))
        .try_into()
        .unwrap();
    let [trial] = crate::support::entries(&shelf).try_into().unwrap();
    let record: Value =
        serde_json::from_slice(&std::fs::read(trial.join("record.json")).unwrap()).unwrap();
    let expected = serde_json::json!({"file": "other.csv", "checked": ["index"]});
    assert_eq!(record["imported"], expected);
    let digest = sha2::Sha256::digest(place.read("other.csv"));
    let digits: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        record["inputs"]["method"],
        serde_json::json!({"predictions": {"sha256": digits.concat()}})
    );
}

/// Nobody knows what a single file's program learnt from; a table of it alone does not say either, and it has no samples.
#[test]
fn what_a_single_file_learnt_from_is_not_claimed() {
    let place = six_classes();
    write_spec(&place, "", "shots = 2", &imported("other.csv"));
    let shown = place.run("run s.toml --quiet").expect(0).stdout;
    assert!(
        shown.contains("in percent except MCC; 18 test texts;"),
        "{shown}"
    );
    let samples = place.run("export s.toml --samples -").expect(0).stdout;
    assert_eq!(samples.lines().count(), 1, "{samples}");
    // Another number of shots is nothing to it.
    write_spec(&place, "", "shots = 3", &imported("other.csv"));
    let plan = place.run("plan s.toml").expect(0).stdout;
    assert!(plan.starts_with("reuse "), "{plan}");
}

/// With text rules it is the text as written that a file repeats.
#[test]
fn texts_are_compared_before_the_rules_of_preprocessing() {
    let place = Workplace::new();
    let texts = "text,label\n\"Don't @go http://x.y #now\",0\n\"YES, it's\",1\n";
    place.write("test.csv", texts);
    let rows = "\"YES, it's\",0.75\n\"Don't @go http://x.y #now\",0.25\n";
    place.write("other.csv", format!("text,probability\n{rows}"));
    write_spec(
        &place,
        "preprocess = \"reference\"",
        "",
        &imported("other.csv"),
    );
    place.run("run s.toml --quiet").expect(0);
    let stored = place.stored_predictions("results");
    assert_eq!(
        String::from_utf8_lossy(&stored[0].1),
        "index,label,probability\n0,0,0.25\n1,1,0.75\n"
    );
}
