//! Naive Bayes, label propagation and self-training, which learn from transfer texts, from the command line to keys and predictions.

use std::path::Path;

use crate::support::{Workplace, keys, spec, unlabelled, with_transfer};

fn words(id: &str, keys: &str) -> String {
    format!("[[row]]\nid = \"{id}\"\nmethod.naive-bayes = {{ {keys} }}\n")
}

fn frozen(id: &str, method: &str, keys: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    let encoder = folder.display();
    format!("[[row]]\nid = \"{id}\"\n[row.method.{method}]\nencoder = \"{encoder}\"\n{keys}\n")
}

fn graph(id: &str, keys: &str) -> String {
    frozen(id, "label-propagation", keys)
}

fn own(id: &str, keys: &str) -> String {
    frozen(id, "self-training", keys)
}

/// Rows with other predictions each, and the transfer set.
fn rows() -> Vec<String> {
    vec![
        words("words", ""),
        words("alone", "lambda = 0"),
        words("all", "lambda = 1"),
        words("smooth", "alpha = 5"),
        words("pairs", "ngram-max = 2"),
        words("common", "min-df = 9"),
        words("stops", "stop-words = \"none\""),
        words("once", "max-iterations = 1, lambda = 1"),
        words("few", "transfer-size = 12"),
        graph("graph", ""),
        // With fewer neighbours, both classes have a graph of their own.
        graph("wide", "neighbours = 40"),
        graph("far", "neighbours = 40\nalpha = 0.99"),
        graph("small", "transfer-size = 12"),
        own("own", "threshold = 0.5"),
        // No transfer text is that sure.
        own("surer", "threshold = 0.99"),
        // All transfer texts have a label after some rounds, whatever the selection.
        own("ranked", "by = \"rank\"\nrounds = 1"),
        own("twice", "by = \"rank\"\nrounds = 2"),
        own("fewer", "by = \"rank\"\nrounds = 1\nper-round = 7"),
        own(
            "equal",
            "by = \"rank-per-class\"\nrounds = 1\nper-round = 14",
        ),
        own("free", "by = \"rank\"\nrounds = 1\nc = 3"),
        own("unweighted", "by = \"rank\"\nrounds = 1\nbalanced = false"),
        own("part", "by = \"rank\"\nrounds = 1\ntransfer-size = 20"),
    ]
}

#[test]
fn every_key_changes_predictions_that_nothing_else_changes() {
    let place = Workplace::with_transfer();
    place.write("s.toml", with_transfer(&spec("s", "", &rows().concat())));
    place.run("run s.toml --quiet").expect(0);
    let stored = place.stored_predictions("results");
    let mut distinct: Vec<&[u8]> = stored.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), rows().len(), "rows with equal predictions");
    place
        .run("run s.toml --quiet --results again --jobs 3")
        .expect(0);
    assert_eq!(place.stored_predictions("again"), stored);
    place.run("verify s.toml --quiet").expect(0);
}

#[test]
fn keys_cover_what_changes_numbers_and_nothing_else() {
    let place = Workplace::with_transfer();
    let mut all = rows();
    all.extend([
        words("default", "lambda = 0.1, alpha = 0.1, max-iterations = 100"),
        words(
            "unused",
            "lambda = 0, max-iterations = 7, transfer-size = 9",
        ),
        graph("usual", "neighbours = 20\nalpha = 0.9"),
        own("ten", "by = \"rank\"\nrounds = 1\nper-round = 10\nc = 1"),
    ]);
    place.write("s.toml", with_transfer(&spec("s", "", &all.concat())));
    let before = keys(&place, "s.toml");
    let key = |row: &str| {
        let row = format!("s/{row}");
        &before.iter().find(|(name, _)| *name == row).unwrap().1
    };
    for (row, same) in [
        ("default", "words"),
        ("unused", "alone"),
        ("usual", "graph"),
        ("ten", "ranked"),
    ] {
        assert_eq!(key(row), key(same), "{row}");
    }
    let mut distinct: Vec<&String> = before.iter().map(|(_, key)| key).collect();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), rows().len(), "rows that share a key");
    place.write("transfer.csv", unlabelled(47));
    let after = keys(&place, "s.toml");
    let same = before.iter().filter(|trial| after.contains(trial));
    let same: Vec<&str> = same.map(|(row, _)| row.as_str()).collect();
    assert_eq!(same, ["s/alone", "s/unused"]);
}

#[test]
fn transfer_texts_are_asked_for_where_they_are_learnt_from() {
    let place = Workplace::new();
    let alone = words("alone", "lambda = 0");
    place.write("s.toml", spec("s", "", &alone));
    place.run("run s.toml --quiet").expect(0);
    let rows = [
        words("words", ""),
        graph("graph", ""),
        own("own", ""),
        alone,
    ]
    .concat();
    place.write("s.toml", spec("s", "", &rows));
    let refused = place.run("check s.toml").expect(4).stderr;
    for key in [
        "`row.words.method.naive-bayes.lambda`",
        "`row.graph.method.label-propagation`",
        "`row.own.method.self-training`",
    ] {
        let said = format!("key {key}: the data has no transfer set");
        assert!(refused.contains(&said), "{refused}");
    }
    assert_eq!(refused.matches("no transfer set").count(), 3, "{refused}");
    // Samples vary where transfer texts are drawn.
    let drawn = words("words", "transfer-size = 6");
    let rows = spec("s", "count = 2\nvary = [\"sample\"]\nshots = 4", &drawn);
    let text = rows.replace(
        "test = \"test.csv\"",
        "test = \"test.csv\"\ntransfer = \"train\"",
    );
    place.write("s.toml", text);
    assert_eq!(keys(&place, "s.toml").len(), 2);
    place.run("run s.toml --quiet").expect(0);
}

#[test]
fn values_out_of_range_are_refused() {
    let place = Workplace::with_transfer();
    for (row, key) in [
        (words("a", "lambda = 1.1"), "lambda`: got 1.1"),
        (words("a", "lambda = -0.1"), "lambda`: got -0.1"),
        (words("a", "alpha = 0"), "alpha`: got 0"),
        (words("a", "max-iterations = 0"), "max-iterations`: got 0"),
        (words("a", "c = 1"), "c`: unknown key"),
        (graph("a", "alpha = 1"), "alpha`: got 1"),
        (graph("a", "neighbours = 0"), "neighbours`: got 0"),
        (graph("a", "transfer-size = 1"), "transfer-size`: got 1"),
        (own("a", "threshold = 1.5"), "threshold`: got 1.5"),
        (own("a", "rounds = 0"), "rounds`: got 0"),
        (own("a", "per-round = 5"), "per-round`: it goes only with"),
        (
            own("a", "by = \"rank\"\nthreshold = 0.9"),
            "threshold`: it goes only with",
        ),
    ] {
        place.write("s.toml", with_transfer(&spec("s", "", &row)));
        let refused = place.run("check s.toml").expect(4).stderr;
        assert!(refused.contains(key), "{key}: {refused}");
    }
}
