//! Probes of sentence encoders: what comes after the pooling, and prompts, in trials.

use std::collections::BTreeMap;
use std::fs;

use super::{copy, golden, row};
use crate::support::{Workplace, spec};

/// The probabilities of class 1 of each row of one trial, with a weak penalty: vectors of random encoders are alike.
fn probed(place: &Workplace, rows: &[(&str, &str)]) -> BTreeMap<String, Vec<f64>> {
    let rows = rows
        .iter()
        .map(|(id, probe)| row(id, &format!("probe = {{ encoder = {probe}, c = 1e5 }}")));
    let rows: String = rows.collect();
    place.write("p.toml", spec("p", "threads = 1", &rows));
    place.run("run p.toml --quiet").expect(0);
    place
        .run("export p.toml --predictions out.csv --force")
        .expect(0);
    let mut found: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let text = place.read("out.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    for record in reader.records() {
        let record = record.unwrap();
        let probabilities = found.entry(record[column("row")].to_owned()).or_default();
        probabilities.push(record[column("probability")].parse().unwrap());
    }
    found
}

fn farthest(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let differences = a.iter().zip(b).map(|(a, b)| (a - b).abs());
    differences.fold(0.0, f64::max)
}

/// Witness: sentence-transformers' `encode` and scikit-learn's LogisticRegression. 2e-4: vectors that differ by 5e-7 give up to 1e-4.
#[test]
fn trials_follow_prompts_and_what_comes_after_the_pooling() {
    let place = Workplace::new();
    for name in ["mean-normalize", "weighted-dense"] {
        copy(&place, name, name, &[]);
        copy(&place, name, &format!("{name}-plain"), &["modules.json"]);
    }
    let found = probed(
        &place,
        &[
            ("mean-normalize", "\"./mean-normalize\""),
            ("mean-normalize-plain", "\"./mean-normalize-plain\""),
            ("weighted-dense", "\"./weighted-dense\""),
            (
                "weighted-dense-passage",
                "\"./weighted-dense\", prompt = \"passage\"",
            ),
            ("weighted-dense-none", "\"./weighted-dense\", prompt = \"\""),
            ("weighted-dense-plain", "\"./weighted-dense-plain\""),
        ],
    );
    let path = golden("../sentence_probe/probabilities.json");
    let expected: BTreeMap<String, Vec<f64>> =
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    assert_eq!(found.len(), expected.len());
    for (name, expected) in &expected {
        for (row, found) in &found {
            let distance = farthest(found, expected);
            assert_eq!(row == name, distance < 2e-4, "{row}, {name}: {distance}");
        }
    }
}

#[test]
fn a_prompt_in_a_trial_is_the_same_as_texts_that_begin_with_it() {
    let (raw, prompted) = (Workplace::new(), Workplace::new());
    for place in [&raw, &prompted] {
        copy(place, "cls", "enc", &[]);
    }
    for file in ["train.csv", "test.csv"] {
        let text = raw.read(file).replace("\"the ", "\"query: the ");
        assert_ne!(text, raw.read(file));
        prompted.write(file, text);
    }
    let asked = probed(
        &raw,
        &[
            ("asked", "\"./enc\", prompt = \"query: \""),
            ("plain", "\"./enc\""),
        ],
    );
    let written = probed(&prompted, &[("written", "\"./enc\"")]);
    assert_eq!(asked["asked"], written["written"]);
    assert_ne!(asked["plain"], written["written"]);
}
