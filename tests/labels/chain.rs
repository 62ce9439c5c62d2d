//! `train`, `infer`, `distill` and `infer` again, on labels that are words.

use std::path::Path;

use serde_json::Value;

use super::labelled;
use crate::support::Workplace;

/// Options for a fit of a second with a tiny encoder that reads letters, the same on every machine.
fn quick() -> String {
    let encoder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/distilbert");
    format!(
        "--encoder {} --text-column text --label-column label --max-tokens 32 --epochs 8 --learning-rate 0.01 --threads 1",
        encoder.display()
    )
}

/// A file as infer wrote it: the header, and the rows.
fn answers(place: &Workplace, name: &str) -> (Vec<String>, Vec<csv::StringRecord>) {
    let text = place.read(name);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    (header, reader.records().map(Result::unwrap).collect())
}

fn metadata(place: &Workplace, model: &str) -> Value {
    serde_json::from_str(&place.read(&format!("{model}/fsl-exp.json"))).unwrap()
}

/// Every text's `predicted` is the class of its highest probability, and the probabilities sum to 1.
fn likeliest_is_predicted(place: &Workplace, name: &str) {
    let (header, rows) = answers(place, name);
    assert_eq!(
        header,
        [
            "text",
            "label",
            "prob_hate",
            "prob_neither",
            "prob_offensive",
            "predicted"
        ]
    );
    for row in rows {
        let numbers: Vec<f64> = (2..5).map(|column| row[column].parse().unwrap()).collect();
        assert!((numbers.iter().sum::<f64>() - 1.0).abs() < 1e-5);
        let most = numbers.iter().copied().fold(0.0, f64::max);
        let best = numbers.iter().position(|&one| one >= most).unwrap();
        assert_eq!(row[5], header[2 + best]["prob_".len()..]);
    }
}

#[test]
fn three_classes_go_from_teacher_to_student() {
    let place = Workplace::new();
    let names = ["hate", "neither", "offensive"];
    place.write("my.csv", labelled(&names, 45));
    place.write("pool.csv", labelled(&names, 30));
    let trained = place
        .run(&format!(
            "train my.csv -o m/teacher --validation 0.2 --sampling stratified {}",
            quick()
        ))
        .expect(0);
    assert!(
        trained.stdout.starts_with("validation on 9 texts: F1 ")
            && trained.stdout.contains("(macro averages), accuracy"),
        "{}",
        trained.stdout
    );
    let card = place.read("m/teacher/README.md");
    assert!(
        card.contains("| | hate | neither | offensive |\n"),
        "{card}"
    );
    assert_eq!(metadata(&place, "m/teacher")["format"], 2);
    place
        .run("infer --model m/teacher pool.csv --threads 1")
        .expect(0);
    likeliest_is_predicted(&place, "pool_preds.csv");
    place
        .run(&format!(
            "distill pool_preds.csv -o m/student --loss kl --temperature 2 {}",
            quick()
        ))
        .expect(0);
    assert_eq!(
        metadata(&place, "m/student")["classes"]["names"],
        serde_json::json!(names)
    );
    place
        .run("infer --model m/student my.csv --threads 1")
        .expect(0);
    likeliest_is_predicted(&place, "my_preds.csv");
    let both = place
        .run("infer --model m/teacher --model m/student my.csv --threads 1 --keep-columns -o both.csv")
        .expect(0);
    assert!(
        both.stderr.contains("wrote `both.csv`: 45 rows"),
        "{}",
        both.stderr
    );
    let (header, _) = answers(&place, "both.csv");
    assert!(
        header.contains(&"prob_neither_student".to_owned()),
        "{header:?}"
    );
    let refused = place
        .run("infer --model m/student my.csv --threshold 0.3 -o t.csv")
        .expect(2);
    assert!(
        refused.stderr.contains("`--threshold`"),
        "{}",
        refused.stderr
    );
    let refused = place
        .run(&format!(
            "distill pool_preds.csv -o m/other --loss reference {}",
            quick()
        ))
        .expect(2);
    assert!(
        refused
            .stderr
            .starts_with("error: `--loss`: got reference, must be"),
        "{}",
        refused.stderr
    );
}

#[test]
fn ham_and_spam_keep_their_names_and_the_published_column() {
    let place = Workplace::new();
    place.write("my.csv", labelled(&["ham", "spam"], 40));
    place
        .run(&format!(
            "train my.csv -o m/teacher --positive spam {}",
            quick()
        ))
        .expect(0);
    place
        .run("infer --model m/teacher my.csv --threads 1")
        .expect(0);
    place
        .run(&format!(
            "distill my_preds.csv -o m/student --classes ham,spam --positive spam --validation my.csv {}",
            quick()
        ))
        .expect(0);
    place
        .run("infer --model m/student my.csv --threads 1 --threshold 0.4 -o student.csv")
        .expect(0);
    // Without the names of the classes there is none called so.
    let refused = place
        .run(&format!(
            "distill my_preds.csv -o m/none --positive spam {}",
            quick()
        ))
        .expect(2);
    assert!(
        refused
            .stderr
            .contains("the positive class `spam` is not among the classes"),
        "{}",
        refused.stderr
    );
    for (name, threshold) in [("my_preds.csv", 0.5), ("student.csv", 0.4)] {
        let (header, rows) = answers(&place, name);
        assert_eq!(header, ["text", "label", "prob_hatred", "predicted"]);
        for row in rows {
            let is_spam = row[2].parse::<f64>().unwrap() > threshold;
            assert_eq!(&row[3], if is_spam { "spam" } else { "ham" });
        }
    }
}

#[test]
fn classes_of_commands_are_checked_like_those_of_specs() {
    let place = Workplace::new();
    place.write("my.csv", labelled(&["ham", "spam"], 40));
    let refused = |options: &str, code: i32| {
        let ran = place.run(&format!("train my.csv -o m/none {options} {}", quick()));
        ran.expect(code).stderr
    };
    let said = refused("--classes ham,eggs", 5);
    assert!(
        said.contains("got `spam` (20 texts, first in line 3), must be `ham` or `eggs`"),
        "{said}"
    );
    let said = refused("--classes ham,ham", 2);
    assert!(
        said.contains("`--classes`") && said.contains("`ham` is there twice"),
        "{said}"
    );
    let said = refused("--positive eggs", 5);
    assert!(
        said.contains("the positive class `eggs` is not among the classes"),
        "{said}"
    );
    assert!(!place.join("m/none").exists());
}
