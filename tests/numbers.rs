//! Numbers that go wrong: each has an outcome that is told, and none is stored that is no number.

use std::path::Path;

use crate::support::{CHEAP_ROWS, Workplace, files_below, labelled, spec};

fn tiny(family: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn");
    folder.join(family).display().to_string()
}

/// Every stored probability is one, and every number of a record is a number: JSON has no other, and null stands for none.
fn assert_store_has_numbers_only(place: &Workplace) {
    for path in files_below(&place.join("results/store")) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = || std::fs::read_to_string(&path).unwrap();
        if path.extension().is_some_and(|kind| kind == "csv") {
            for line in text().lines().skip(1) {
                let last = line.rsplit(',').next().unwrap();
                let probability: f64 = last.parse().unwrap();
                assert!((0.0..=1.0).contains(&probability), "{name}: {line}");
            }
        }
        if name == "record.json" {
            let mut record: serde_json::Value = serde_json::from_str(&text()).unwrap();
            // A setting may be none.
            record.as_object_mut().unwrap().remove("inputs").unwrap();
            assert_eq!(nulls("", &record), 0, "{record}");
        }
    }
}

/// How many values are null, apart from the memory that a system need not tell.
fn nulls(name: &str, value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::Null => usize::from(name != "peak-memory-bytes"),
        serde_json::Value::Array(items) => items.iter().map(|item| nulls(name, item)).sum(),
        serde_json::Value::Object(fields) => {
            let fields = fields.iter();
            fields.map(|(name, field)| nulls(name, field)).sum()
        }
        _ => 0,
    }
}

/// Whether a text has a word that stands for no number.
fn has_no_number(text: &str) -> bool {
    let mut words = text.split(|letter: char| !letter.is_alphanumeric());
    words.any(|word| ["NaN", "nan", "inf", "Infinity"].contains(&word))
}

/// At the largest learning rate that a spec allows, weights grow by one in every step.
#[test]
fn a_fit_that_explodes_fails_or_is_finite() {
    let place = Workplace::new();
    let rows: String = ["bert", "distilbert"]
        .map(|family| {
            format!(
                "[[row]]\nid = \"{family}\"\n[row.method.finetune]\nencoder = \"{}\"\nepochs = 8\nbatch-size = 2\nlearning-rate = 1.0\nclip-norm = 0\n",
                tiny(family)
            )
        })
        .concat();
    place.write("s.toml", spec("s", "count = 2", &rows));
    let ran = place.run("run s.toml --quiet");
    assert!([0, 3].contains(&ran.code), "{}", ran.stderr);
    assert_store_has_numbers_only(&place);
}

#[test]
fn a_model_that_diverges_is_not_written() {
    let place = Workplace::new();
    let command = format!(
        "train train.csv --text-column text --label-column label --encoder {} --learning-rate 1e30 --epochs 4 --max-tokens 32 -o model --quiet",
        tiny("bert")
    );
    let refused = place.run(&command).expect(5);
    assert!(
        refused.stderr.contains("\nerror: the loss became "),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("hint: lower the learning rate"),
        "{}",
        refused.stderr
    );
    assert!(!place.join("model").exists());
}

/// A test set of one class: metrics that need both have no value, and no output has a NaN.
#[test]
fn metrics_of_one_class_are_left_out_where_they_are_not_defined() {
    for (label, auc) in [("1", true), ("0", true), ("both", false)] {
        let place = Workplace::new();
        let test = labelled(40);
        let lines = test.lines().enumerate();
        let kept = lines.filter(|(number, line)| {
            *number == 0 || label == "both" || line.ends_with(&format!(",{label}"))
        });
        let kept: Vec<&str> = kept.map(|(_, line)| line).collect();
        place.write("test.csv", kept.join("\n"));
        place.write("s.toml", spec("s", "count = 2", CHEAP_ROWS));
        place.run("run s.toml --quiet").expect(0);
        assert_store_has_numbers_only(&place);
        for format in ["json", "csv", "terminal", "markdown", "latex"] {
            let shown = place
                .run(&format!("table s.toml --format {format}"))
                .expect(0);
            assert!(!has_no_number(&shown.stdout), "{}", shown.stdout);
        }
        let json = place.run("table s.toml --format json").expect(0).stdout;
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let bow = &json["experiments"][0]["rows"][2];
        assert_eq!(bow["roc_auc"].is_null(), auc, "{label}: {bow}");
        assert!(bow["f1"]["mean"].is_number(), "{bow}");
        place.run("report s.toml -o page.html").expect(0);
        let page = place.read("page.html");
        assert!(!page.contains("\"NaN") && !page.contains(">NaN"));
    }
}

/// What a bag of words has nothing to learn from fails with the reason, and what has no word that it knows gets the share of the classes.
#[test]
fn an_empty_vocabulary_is_told_and_unknown_words_say_nothing() {
    let place = Workplace::new();
    place.write("train.csv", "text,label\none,0\ntwo,1\nthree,0\nfour,1\n");
    let rows = "[[row]]\nid = \"bow\"\nmethod.bow = {}\n";
    place.write("s.toml", spec("s", "", rows));
    let ran = place.run("run s.toml --quiet").expect(3);
    assert!(
        ran.stderr.contains("no n-gram of 1 to 3 words"),
        "{}",
        ran.stderr
    );
    assert!(place.stored_predictions("results").is_empty());

    place.write(
        "train.csv",
        "text,label\nold red,0\nold red,0\nnew blue,1\nnew blue,1\n",
    );
    let rows = "[[row]]\nid = \"bow\"\nmethod.bow = {}\n";
    place.write("known.toml", spec("known", "", rows));
    place.run("run known.toml --quiet").expect(0);
    let csv = place
        .run("export known.toml --predictions -")
        .expect(0)
        .stdout;
    for line in csv.lines().skip(1) {
        let probability: f64 = line.rsplit(',').next().unwrap().parse().unwrap();
        assert!((probability - 0.5).abs() < 1e-9, "{line}");
    }
}
