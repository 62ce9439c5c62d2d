//! Contrastive training, from the command line to keys and predictions.

use std::path::Path;

use crate::support::{Workplace, keys, spec, with_transfer};

fn row(id: &str, keys: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    let encoder = folder.display();
    format!("[[row]]\nid = \"{id}\"\n[row.method.contrastive]\nencoder = \"{encoder}\"\n{keys}\n")
}

/// Few steps that move a tiny encoder.
const FAST: &str = "iterations = 2\nlearning-rate = 0.01";

/// Rows with other predictions each.
fn rows() -> Vec<String> {
    let with = |more: &str| format!("{FAST}\n{more}");
    let layers = "features = { layers = [0, 1, 2], center = \"pool\" }";
    let names = "label-names = { names = [\"dull grey\", \"bright warm\"] }";
    vec![
        row("usual", ""),
        row("fast", FAST),
        row("thrice", "iterations = 3\nlearning-rate = 0.01"),
        row("twice", &with("epochs = 2")),
        row("batches", &with("batch-size = 5")),
        row("slow", &with("warmup = 0.5")),
        row("decay", &with("weight-decay = 0.5")),
        row("clipped", &with("clip-norm = 0.01")),
        row("dropped", &with("encoder-dropout = 0.4")),
        row("first", &with("pooling = \"cls\"")),
        row("regular", &with("c = 0.1")),
        row("layers", &with(layers)),
        row("names", &with(names)),
        row("students", &with("students = true")),
    ]
}

const TRIALS: &str = "count = 1\ntrain-size = 9\nsampling = \"random\"\nthreads = 1";

#[test]
fn every_key_changes_predictions_that_nothing_else_changes() {
    let place = Workplace::with_transfer();
    // Nine texts are not equally many of both classes.
    let rows = [
        rows(),
        vec![row("plain", &format!("{FAST}\nbalanced = false"))],
    ]
    .concat();
    place.write("s.toml", with_transfer(&spec("s", TRIALS, &rows.concat())));
    place.run("run s.toml --quiet").expect(0);
    let stored = place.stored_predictions("results");
    let mut distinct: Vec<&[u8]> = stored.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), rows.len(), "rows with equal predictions");
    place
        .run("run s.toml --quiet --results again --jobs 3")
        .expect(0);
    assert_eq!(place.stored_predictions("again"), stored);
    place.run("verify s.toml --quiet").expect(0);
}

#[test]
fn keys_hold_what_decides_the_training() {
    let place = Workplace::with_transfer();
    let spelt = "iterations = 20\nepochs = 1\nbatch-size = 16\nlearning-rate = 2e-5\nwarmup = 0.1\nweight-decay = 0.01\nclip-norm = 1\n\
        c = 1\nbalanced = true";
    let mut all = rows();
    all.push(row("same", spelt));
    place.write("s.toml", with_transfer(&spec("s", TRIALS, &all.concat())));
    let found = keys(&place, "s.toml");
    let mut distinct: Vec<&String> = found.iter().map(|(_, key)| key).collect();
    distinct.sort();
    distinct.dedup();
    assert_eq!((found.len(), distinct.len()), (15, 14));
    // Order and dropout are drawn from, first weights are not.
    let trials = |vary: &str| {
        let trials = format!("count = 3\nvary = [\"{vary}\"]");
        place.write(
            "s.toml",
            with_transfer(&spec("s", &trials, &row("a", FAST))),
        );
        keys(&place, "s.toml").len()
    };
    assert_eq!(["order", "dropout", "init"].map(trials), [3, 3, 1]);
}

#[test]
fn windows_and_values_out_of_range_are_refused() {
    let place = Workplace::new();
    for (keys, said) in [
        ("iterations = 0", "iterations`: got 0"),
        ("learning-rate = 0", "learning-rate`: got 0"),
        ("warmup = 1.5", "warmup`: got 1.5"),
        ("hidden-units = 3", "hidden-units`: unknown key"),
    ] {
        place.write("s.toml", spec("s", "count = 1", &row("a", keys)));
        let refused = place.run("check s.toml").expect(4).stderr;
        assert!(refused.contains(said), "{said}: {refused}");
    }
    let text = spec("s", "count = 1", &row("a", ""))
        .replace("[data]\n", "[data]\nlong-texts = \"mean-of-windows\"\n");
    place.write("s.toml", text);
    let refused = place.run("check s.toml").expect(4).stderr;
    assert!(
        refused.contains("does not go with `data.long-texts`"),
        "{refused}"
    );
}

#[test]
fn a_class_without_a_text_is_told_before_training() {
    let place = Workplace::new();
    let trials = "count = 8\ntrain-size = 2\nsampling = \"random\"\nvary = [\"sample\"]";
    let few = row("a", FAST);
    place.write("s.toml", spec("s", trials, &few));
    let failed = place.run("run s.toml --quiet").expect(3).stderr;
    assert!(failed.contains("both classes are needed"), "{failed}");
}
