//! Runs over classes of any names: samples, tables, stored predictions and exports.

use std::collections::BTreeMap;
use std::fs;

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{BOW, labelled, place, text, write_spec};
use crate::support::{Workplace, entries};

const THREE: [&str; 3] = ["hate", "neither", "offensive"];

/// Test texts by true class (rows) and by the class whose words they have (columns), which is what a bag of words answers.
const CONFUSION: [[usize; 3]; 3] = [[4, 1, 0], [0, 3, 2], [1, 0, 2]];

/// Three classes, and test texts of which some have another class's words.
fn confused() -> Workplace {
    let place = place(&THREE);
    let mut test = String::from("text,label\n");
    for (label, counts) in THREE.iter().zip(CONFUSION) {
        for (class, count) in counts.into_iter().enumerate() {
            for number in 0..count {
                test += &format!("{},{label}\n", text(class, number));
            }
        }
    }
    place.write("test.csv", test);
    place
}

/// The only record in the results.
fn record(place: &Workplace) -> Value {
    let shelves = entries(&place.join("results/store/trials"));
    let trials: Vec<_> = shelves.iter().flat_map(|shelf| entries(shelf)).collect();
    assert_eq!(trials.len(), 1);
    serde_json::from_slice(&fs::read(trials[0].join("record.json")).unwrap()).unwrap()
}

/// Witness: `precision_recall_fscore_support`, `accuracy_score`, `balanced_accuracy_score`, `matthews_corrcoef` and
/// `cohen_kappa_score` of scikit-learn on [`CONFUSION`].
#[test]
fn figures_over_three_classes_are_scikit_learn_s() {
    let place = confused();
    write_spec(&place, "", "", BOW);
    let ran = place.run("run s.toml").expect(0);
    assert_snapshot!(ran.stdout, @r"
    s
    ─────────────────────────────────────────────────────────────────────
     row   n          F1           P           R    accuracy         MCC
    ─────────────────────────────────────────────────────────────────────
     bow   1   67.94 ± –   68.33 ± –   68.89 ± –   69.23 ± –   0.541 ± –
    ─────────────────────────────────────────────────────────────────────
    n = 1 trial per row, without spread (–), in percent except MCC; 18 training texts, 13 test texts; 4 test texts are also training texts; F1, P and R: macro averages over the classes; 3 classes (hate, neither, offensive); F1 by chance (each class equally often / always the most frequent class): 32.90 / 18.52.
    ");
    let record = record(&place);
    assert_eq!(record["metrics"]["confusion"], json!(CONFUSION));
    assert_eq!(record["data"]["train-per-class"], json!([6, 6, 6]));
    assert_eq!(record["data"]["test-per-class"], json!([5, 5, 3]));
    assert_eq!(record["inputs"]["data"]["classes"]["names"], json!(THREE));
    for (name, expected) in [
        ("macro_f1", 0.679_365_079_365_079_3),
        ("macro_precision", 0.683_333_333_333_333_2),
        ("macro_recall", 0.688_888_888_888_888_8),
        ("accuracy", 0.692_307_692_307_692_3),
    ] {
        let got = record["metrics"][name].as_f64().unwrap();
        assert!((got - expected).abs() < 1e-12, "{name}: {got}");
    }
    let chosen = [
        "weighted-f1",
        "micro_f1",
        "balanced-accuracy",
        "mcc",
        "kappa",
    ];
    let listed = chosen.map(|name| format!("\"{name}\"")).join(", ");
    write_spec(
        &place,
        "",
        "",
        &format!("{BOW}[table]\nmetrics = [{listed}]\n"),
    );
    let table = place.run("table s.toml --format json").expect(0).stdout;
    let table: Value = serde_json::from_str(&table).unwrap();
    let row = &table["experiments"][0]["rows"][0];
    for (name, expected) in [
        ("weighted_f1", 0.695_970_695_970_695_9),
        ("micro_f1", 0.692_307_692_307_692_3),
        ("balanced_accuracy", 0.688_888_888_888_888_8),
        ("mcc", 0.540_562_477_617_337_5),
        ("kappa", 0.535_714_285_714_285_8),
    ] {
        let got = row[name]["mean"].as_f64().unwrap();
        assert!((got - expected).abs() < 1e-12, "{name}: {got}");
    }
    assert_snapshot!(place.run("table s.toml").expect(0).stdout, @r"
    s
    ───────────────────────────────────────────────────────────────────────────────
     row   n   weighted F1    micro-F1   balanced accuracy         MCC       kappa
    ───────────────────────────────────────────────────────────────────────────────
     bow   1     69.60 ± –   69.23 ± –           68.89 ± –   0.541 ± –   0.536 ± –
    ───────────────────────────────────────────────────────────────────────────────
    n = 1 trial per row, without spread (–), in percent except MCC and kappa; 18 training texts, 13 test texts; 4 test texts are also training texts; 3 classes (hate, neither, offensive); weighted F1 by chance (each class equally often / always the most frequent class): 33.77 / 21.37.
    ");
}

#[test]
fn predictions_and_exports_name_the_classes() {
    let place = confused();
    write_spec(&place, "", "", BOW);
    place.run("run s.toml").expect(0);
    let stored = place.stored_predictions("results");
    let stored = String::from_utf8(stored[0].1.clone()).unwrap();
    assert!(
        stored.starts_with(
            "index,label,probability_hate,probability_neither,probability_offensive\n0,hate,"
        ),
        "{stored}"
    );
    let exported = place.run("export s.toml --predictions -").expect(0).stdout;
    let mut lines = csv::Reader::from_reader(exported.as_bytes());
    let header = lines.headers().unwrap().clone();
    let expected = "experiment,row,trial,index,label,predicted,probability_hate,probability_neither,probability_offensive";
    assert_eq!(header.iter().collect::<Vec<_>>().join(","), expected);
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for line in lines.records() {
        let line = line.unwrap();
        *counts
            .entry((line[4].to_owned(), line[5].to_owned()))
            .or_default() += 1;
        let sum: f64 = (6..9)
            .map(|column| line[column].parse::<f64>().unwrap())
            .sum();
        assert!((sum - 1.0).abs() < 1e-12);
    }
    for (label, row) in THREE.iter().zip(CONFUSION) {
        for (predicted, expected) in THREE.iter().zip(row) {
            let pair = ((*label).to_owned(), (*predicted).to_owned());
            assert_eq!(
                counts.get(&pair).copied().unwrap_or(0),
                expected,
                "{pair:?}"
            );
        }
    }
}

/// Without a positive class F1 is the macro average; the caption says which it is. By hand: of the test texts, 6 of 8 ham and 3 of 4 spam are
/// answered rightly, so F1 is 12/15 and 6/9.
#[test]
fn a_positive_class_decides_what_f1_is_of() {
    let place = place(&["ham", "spam"]);
    let mut test = String::from("text,label\n");
    for (label, class, count) in [("ham", 0, 6), ("ham", 1, 2), ("spam", 1, 3), ("spam", 0, 1)] {
        for number in 0..count {
            test += &format!("{},{label}\n", text(class, number));
        }
    }
    place.write("test.csv", test);
    let mut stored = Vec::new();
    for (data, f1, said) in [
        (
            "",
            100.0 * (0.8 + 2.0 / 3.0) / 2.0,
            "F1, P and R: macro averages over the classes; 2 classes (ham, spam).",
        ),
        (
            "positive = \"spam\"",
            200.0 / 3.0,
            "F1, P and R of class spam; 2 classes (ham, spam).",
        ),
        (
            "positive = \"ham\"",
            80.0,
            "F1, P and R of class ham; 2 classes (spam, ham).",
        ),
    ] {
        write_spec(&place, data, "", BOW);
        let results = format!("r{}", stored.len());
        let table = place
            .run(&format!("run s.toml --results {results}"))
            .expect(0)
            .stdout;
        let flat = table.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(&format!("bow 1 {f1:.2} ± –")), "{table}");
        assert!(flat.contains(said.trim_end_matches('.')), "{table}");
        stored.push(place.stored_predictions(&results)[0].1.clone());
    }
    // The probability is that of the second class.
    let probability = |file: &[u8]| -> f64 {
        let text = String::from_utf8(file.to_vec()).unwrap();
        let line = text.lines().nth(1).unwrap();
        assert!(line.starts_with("0,ham,"), "{line}");
        line.rsplit(',').next().unwrap().parse().unwrap()
    };
    let [of_spam, of_ham] = [&stored[1], &stored[2]].map(|file| probability(file));
    assert!(
        of_spam < 0.5 && (of_spam + of_ham - 1.0).abs() < 1e-9,
        "{of_spam} {of_ham}"
    );
}

/// The labels of a drawn sample, with how many texts each has.
fn drawn(place: &Workplace, trials: &str) -> (BTreeMap<String, usize>, Vec<String>) {
    write_spec(place, "", trials, BOW);
    let samples = place.run("export s.toml --samples -").expect(0).stdout;
    let (mut counts, mut rows) = (BTreeMap::new(), Vec::new());
    for line in csv::Reader::from_reader(samples.as_bytes()).records() {
        let line = line.unwrap();
        *counts.entry(line[5].to_owned()).or_default() += 1;
        rows.push(line[4].to_owned());
    }
    (counts, rows)
}

#[test]
fn shots_count_texts_per_class_and_shares_follow_the_pool() {
    let place = place(&THREE);
    // 20 of `hate`, 10 of `neither`, 10 of `offensive`.
    place.write(
        "train.csv",
        labelled(&["hate", "neither", "hate", "offensive"], 40),
    );
    let counted = |counts: [usize; 3]| -> BTreeMap<String, usize> {
        THREE
            .iter()
            .map(|name| (*name).to_owned())
            .zip(counts)
            .collect()
    };
    let (shots, rows) = drawn(&place, "shots = 4");
    assert_eq!(shots, counted([4, 4, 4]));
    assert_eq!((shots, rows.clone()), drawn(&place, "train-size = 12"));
    assert_eq!(drawn(&place, "train-size = 13").0, counted([5, 4, 4]));
    let stratified = "sampling = \"stratified\"\ntrain-size";
    let (shares, eight) = drawn(&place, &format!("{stratified} = 8"));
    assert_eq!(shares, counted([4, 2, 2]));
    let (_, random) = drawn(&place, "sampling = \"random\"\ntrain-size = 12");
    assert_eq!(random.len(), 12);
    // Smaller samples are parts of larger ones.
    let more = drawn(&place, &format!("{stratified} = 24")).1;
    assert!(eight.iter().all(|row| more.contains(row)));
    let more = drawn(&place, "shots = 9").1;
    assert!(rows.iter().all(|row| more.contains(row)));
    let more = drawn(&place, "sampling = \"random\"\ntrain-size = 30").1;
    assert!(random.iter().all(|row| more.contains(row)));
}

/// Of ten test texts, six are of the class that most training texts have: `majority` finds these.
#[test]
fn the_chance_level_stands_under_the_table_and_in_json() {
    let place = Workplace::new();
    let file = |counts: [usize; 3]| {
        let mut csv = "text,label\n".to_owned();
        for (label, count) in ["a", "b", "c"].iter().zip(counts) {
            for number in 0..count {
                csv += &format!("{},{label}\n", text(0, number));
            }
        }
        csv
    };
    place.write("train.csv", file([2, 5, 3]));
    place.write("test.csv", file([3, 6, 1]));
    let table = "[table]\nmetrics = [\"accuracy\", \"mcc\"]\n";
    let majority = "[[row]]\nid = \"most\"\nmethod.majority = {}\n";
    write_spec(&place, "", "", &format!("{table}{majority}"));
    let ran = place.run("run s.toml");
    let ran = ran.expect(0);
    assert!(
        ran.stderr.contains("s/most trial 1: accuracy 60.00 ("),
        "{}",
        ran.stderr
    );
    let said = "; accuracy by chance (each class equally often / always the most frequent class): 33.33 / 60.00.";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    let json = place
        .run("table s.toml --format json")
        .expect(0)
        .stdout
        .clone();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let chance = &json["experiments"][0]["chance"];
    assert_eq!(chance["metric"], "accuracy");
    let level = &chance["levels"][0];
    assert_eq!(
        (&level["data"], &level["most_frequent"]),
        (&"test.csv".into(), &0.6.into())
    );
    assert!((level["uniform"].as_f64().unwrap() - 1.0 / 3.0).abs() < 1e-12);
}
