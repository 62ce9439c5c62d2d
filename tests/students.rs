//! Bags of words and probes that learn from a teacher, from the command line to keys and predictions.

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::keys;
use crate::support::{Workplace, spec, with_transfer};

const SAMPLED: &str = "count = 2\ntrain-size = 8\nvary = [\"sample\"]";

fn words(id: &str, keys: &str) -> String {
    format!("[[row]]\nid = \"{id}\"\nmethod.bow = {{ {keys} }}\n")
}

fn probe(id: &str, keys: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    let encoder = folder.display();
    format!("[[row]]\nid = \"{id}\"\n[row.method.probe]\nencoder = \"{encoder}\"\n{keys}\n")
}

/// Probes on another layer than their students', which would find the same minimum on the same features.
fn ensemble() -> String {
    let mean = "[[row]]\nid = \"mean\"\nmethod.ensemble = { of = \"experts\" }\n";
    probe("experts", "features = { layers = [1] }") + mean
}

/// Students of an ensemble of probes, with other predictions each.
fn students() -> Vec<String> {
    let of_mean = |more: &str| format!("teacher = \"mean\"{more}");
    let layers =
        |center: &str| format!("\nfeatures = {{ layers = [0, 2], center = \"{center}\" }}");
    let names = "\nlabel-names = { names = [\"dull grey\", \"bright warm\"] }";
    vec![
        words("words", &of_mean("")),
        words("free", &of_mean(", c = 5")),
        words("unweighted", &of_mean(", balanced = false")),
        words("ridge", &of_mean(", fit = \"ridge\"")),
        words("bent", &of_mean(", fit = \"ridge\", alpha = 3")),
        words("both", &of_mean(", labelled = true")),
        words("few", &of_mean(", transfer-size = 20")),
        words("each", "teacher = \"experts\", transfer-size = 30"),
        probe("vectors", &of_mean("")),
        probe("vectors-free", &of_mean("\nc = 5")),
        probe("vectors-unweighted", &of_mean("\nbalanced = false")),
        probe("vectors-both", &of_mean("\nlabelled = true")),
        probe("vectors-few", &of_mean("\ntransfer-size = 20")),
        probe("named", &of_mean(names)),
        probe("layers", &of_mean(&layers("none"))),
        probe("centred", &of_mean(&layers("pool"))),
        probe(
            "centred-train",
            &of_mean(&format!("\nlabelled = true{}", layers("train"))),
        ),
        probe(
            "few-centred",
            &of_mean(&format!("\ntransfer-size = 20{}", layers("pool"))),
        ),
    ]
}

#[test]
fn words_and_vectors_learn_from_an_ensemble_of_probes() {
    let place = Workplace::with_transfer();
    let all = ensemble() + &students().concat();
    place.write("s.toml", with_transfer(&spec("s", SAMPLED, &all)));
    place.run("run s.toml --quiet").expect(0);
    let stored = place.stored_predictions("results");
    let row_of: BTreeMap<String, String> = keys(&place, "s.toml")
        .into_iter()
        .map(|(row, key)| (key, row))
        .collect();
    let mut said_by: BTreeMap<&[u8], &str> = BTreeMap::new();
    for (key, bytes) in &stored {
        let row = row_of[key].as_str();
        let first = said_by.entry(bytes).or_insert(row);
        assert_eq!(*first, row, "rows with equal predictions");
    }
    // Two trials of what draws texts, one of the others.
    let twice = [
        "experts",
        "both",
        "few",
        "each",
        "vectors-both",
        "vectors-few",
        "centred-train",
        "few-centred",
    ];
    assert_eq!(stored.len(), students().len() + 1 + twice.len());
    place
        .run("run s.toml --quiet --results again --jobs 3")
        .expect(0);
    assert_eq!(place.stored_predictions("again"), stored);
    place.run("verify s.toml --quiet").expect(0);
    let samples = place.run("export s.toml --samples -").expect(0).stdout;
    assert!(samples.contains(",both,") && !samples.contains(",words,"));
}

#[test]
fn a_student_s_key_covers_its_teacher_and_what_is_spelled_out_is_the_same() {
    let place = Workplace::with_transfer();
    let plain = [words("bow", ""), probe("probe", "")].concat();
    let rest = |experts: &str| {
        let more = [
            words(
                "spelled",
                "teacher = \"mean\", fit = \"logistic\", c = 1, balanced = true, labelled = false",
            ),
            probe("vectors-spelled", "teacher = \"mean\"\nbalanced = true"),
        ];
        let all = ensemble().replace(
            "[row.method.probe]",
            &format!("[row.method.probe]{experts}"),
        );
        all + &plain + &students().concat() + &more.concat()
    };
    place.write("s.toml", with_transfer(&spec("s", SAMPLED, &rest(""))));
    let before = keys(&place, "s.toml");
    let key = |row: &str| {
        let row = format!("s/{row}");
        &before.iter().find(|(name, _)| *name == row).unwrap().1
    };
    assert_eq!(key("spelled"), key("words"));
    assert_eq!(key("vectors-spelled"), key("vectors"));
    let other = spec("s", SAMPLED, &rest("\nc = 2"));
    place.write("s.toml", with_transfer(&other));
    let after = keys(&place, "s.toml");
    let same = before.iter().filter(|trial| after.contains(trial));
    let mut same: Vec<&str> = same.map(|(row, _)| row.as_str()).collect();
    same.dedup();
    assert_eq!(same, ["s/bow", "s/probe"]);
}

#[test]
fn what_does_not_go_with_a_teacher_is_refused() {
    let place = Workplace::with_transfer();
    for (row, said) in [
        (
            words("a", "labelled = true"),
            "bow.labelled`: it goes only with `teacher`",
        ),
        (
            words("a", "teacher = \"mean\", fit = \"ridge\", c = 2"),
            "bow.c`: it goes only with",
        ),
        (
            words("a", "teacher = \"mean\", transfer-size = 1"),
            "transfer-size`: got 1",
        ),
        (
            words("a", "teacher = \"nobody\""),
            "bow.teacher`: unknown row `nobody`",
        ),
        (words("a", "teacher = \"a\""), "bow.teacher`"),
        (
            words("a", "teacher = \"experts\""),
            "bow.teacher`: this row draws nothing, so that it has one trial, but `experts` has 2",
        ),
        (
            probe(
                "a",
                "teacher = \"mean\"\nfeatures = { layers = [1], center = \"train\" }",
            ),
            "features.center`: `train` goes only with `labelled = true`",
        ),
    ] {
        let all = ensemble() + &row;
        place.write("s.toml", with_transfer(&spec("s", SAMPLED, &all)));
        let refused = place.run("check s.toml").expect(4).stderr;
        assert!(refused.contains(said), "{said}: {refused}");
    }
    let student = ensemble() + &words("a", "teacher = \"mean\"");
    place.write("s.toml", spec("s", SAMPLED, &student));
    let refused = place.run("check s.toml").expect(4).stderr;
    let said = "key `row.a.method.bow.teacher`: the data has no transfer set";
    assert!(refused.contains(said), "{refused}");
}
