//! Features of layers, names of classes and cross-view students, from the command line to keys and predictions.

use std::path::Path;

use serde_json::Value;

use crate::support::{Workplace, keys, spec, unlabelled, with_transfer};

fn tiny() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    folder.display().to_string()
}

fn row(id: &str, method: &str, keys: &str) -> String {
    format!(
        "[[row]]\nid = \"{id}\"\n[row.method.{method}]\nencoder = \"{}\"\n{keys}\n",
        tiny()
    )
}

#[test]
fn every_method_on_a_frozen_encoder_reads_layers_and_names() {
    let place = Workplace::with_transfer();
    let layers = "features = { layers = [0, 1, 2], center = \"pool\" }";
    let names = "label-names = { names = [\"dull grey\", \"bright warm\"] }";
    let rows = [
        row("plain", "probe", ""),
        row("layers", "probe", layers),
        row(
            "train",
            "probe",
            "features = { layers = [1, 2], center = \"train\" }",
        ),
        row("names", "probe", &format!("{layers}\n{names}")),
        row("near", "centroid", &format!("{layers}\n{names}")),
        row("graph", "label-propagation", &format!("{layers}\n{names}")),
        row("own", "self-training", &format!("{layers}\n{names}")),
        row("views", "cross-view", &format!("{layers}\n{names}")),
        row("half", "cross-view", "threshold = \"half\""),
        row("optimal", "cross-view", "threshold = \"f1-optimal\""),
        row(
            "prior",
            "cross-view",
            "threshold = \"prior\"\nprior = 0.3\ntransfer-size = 40\nrounds = 2",
        ),
    ];
    place.write(
        "s.toml",
        with_transfer(&spec("s", "threads = 1", &rows.concat())),
    );
    place.run("run s.toml --quiet").expect(0);
    let shown = place.run("table s.toml").expect(0).stdout;
    for words in [
        "threshold set so that half of the transfer texts are above it (row `views`)",
        "threshold set so that 30 % of the transfer texts are above it (row `prior`)",
        "threshold set for the largest expected F1, at the cost of accuracy (row `optimal`)",
    ] {
        assert!(shown.replace('\n', " ").contains(words), "{words}: {shown}");
    }
    let stored = place.stored_predictions("results").into_iter();
    let mut distinct: Vec<Vec<u8>> = stored.map(|(_, bytes)| bytes).collect();
    assert_eq!(distinct.len(), rows.len());
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), rows.len(), "rows with the same predictions");
    // The number of jobs changes no byte.
    let before = place.stored_predictions("results");
    place
        .run("run s.toml --quiet --results again --jobs 3")
        .expect(0);
    assert_eq!(place.stored_predictions("again"), before);
    place.run("verify s.toml --quiet").expect(0);
}

#[test]
fn keys_cover_what_changes_numbers_and_nothing_else() {
    let place = Workplace::with_transfer();
    let layers = |more: &str| format!("features = {{ layers = [0, 2]{more} }}");
    let names = |more: &str| format!("label-names = {{ names = [\"dull\", \"bright\"]{more} }}");
    let rows = [
        row("probe", "probe", ""),
        row("layers", "probe", &layers("")),
        row(
            "same",
            "probe",
            &layers(", weights = [3, 3], center = \"none\""),
        ),
        row("weights", "probe", &layers(", weights = [1, 2]")),
        row("pool", "probe", &layers(", center = \"pool\"")),
        row("views", "cross-view", ""),
        row("balanced", "cross-view", "threshold = \"balanced\""),
        row("half", "cross-view", "threshold = \"half\""),
        row("optimal", "cross-view", "threshold = \"f1-optimal\""),
        row("prior", "cross-view", "threshold = \"prior\"\nprior = 0.3"),
        row("other", "cross-view", "threshold = \"prior\"\nprior = 0.4"),
        row("few", "cross-view", "transfer-size = 40"),
        row("names", "probe", &names("")),
        row("heavy", "probe", &names(", weight = 9")),
        row("template", "probe", &names(", templates = [\"{}\"]")),
    ];
    place.write("s.toml", with_transfer(&spec("s", "", &rows.concat())));
    let before = keys(&place, "s.toml");
    let key = |row: &str| {
        &before
            .iter()
            .find(|(name, _)| *name == format!("s/{row}"))
            .unwrap()
            .1
    };
    assert_eq!(key("layers"), key("same"));
    assert_eq!(key("views"), key("balanced"));
    let mut all: Vec<&String> = before.iter().map(|(_, key)| key).collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), rows.len() - 2, "rows that share a key");
    // Other texts without labels change what learns from them.
    place.write("transfer.csv", unlabelled(47));
    let after = keys(&place, "s.toml");
    let changed: Vec<&str> = before
        .iter()
        .zip(&after)
        .filter(|(before, after)| before != after)
        .map(|((row, _), _)| row.as_str())
        .collect();
    let learning = [
        "pool", "views", "balanced", "half", "optimal", "prior", "other", "few",
    ];
    assert_eq!(changed, learning.map(|row| format!("s/{row}")));
}

/// The texts of the training file without their labels, of which trials learn from some with their labels.
#[test]
fn the_training_file_can_be_the_pool() {
    let place = Workplace::new();
    let rows = row("views", "cross-view", "transfer-size = 8");
    let with = |transfer: &str| {
        let files = "test = \"test.csv\"";
        let drawn = "vary = [\"sample\"]\nshots = 4";
        let text = spec("s", drawn, &rows).replace(files, &format!("{files}\n{transfer}"));
        place.write("s.toml", text);
        keys(&place, "s.toml")
    };
    let named = with("transfer = \"./train.csv\"");
    assert_eq!(with("transfer = \"train\""), named);
    place.run("run s.toml --quiet").expect(0);
    place.run("report s.toml --paper paper").expect(0);
    let settings = place.read("paper/settings.md");
    assert!(settings.contains("data.transfer | train |"), "{settings}");

    let of_catalogue = |transfer: &str| {
        let head = "name = \"s\"\n[data]\ndataset = \"cr\"\nmax-tokens = 32\n";
        let trials = "[trials]\nseed = 1\nshots = 8\n";
        place.write("c.toml", format!("{head}{transfer}{trials}{rows}"));
        place.run("plan c.toml --json")
    };
    let refused = of_catalogue("").expect(4).stderr;
    assert!(refused.contains("to `train`"), "{refused}");
    let planned = of_catalogue("transfer = \"train\"\n").expect(0).stdout;
    let planned: Value = serde_json::from_str(&planned).unwrap();
    assert!(planned["trials"][0]["key"].is_string(), "{planned}");
    let refused = of_catalogue("transfer = \"pool.csv\"\n").expect(4).stderr;
    assert!(refused.contains("`transfer` is a file beside"), "{refused}");
}

/// A part of the transfer texts is a property of the data: no trial's seed draws it.
#[test]
fn a_part_of_the_transfer_texts_is_the_same_in_every_trial() {
    let place = Workplace::with_transfer();
    let rows = row("views", "cross-view", "");
    let with = |size: &str| {
        let spec = with_transfer(&spec(
            "s",
            "vary = [\"sample\"]\ncount = 2\nshots = 4",
            &rows,
        ));
        place.write(
            "s.toml",
            spec.replace("max-tokens", &format!("{size}max-tokens")),
        );
    };
    with("");
    let all = keys(&place, "s.toml");
    with("transfer-size = 20\n");
    assert_ne!(keys(&place, "s.toml"), all);
    place.run("run s.toml --quiet").expect(0);
    for (key, _) in place.stored_predictions("results") {
        let record = place.read(&format!(
            "results/store/trials/{}/{key}/record.json",
            &key[..2]
        ));
        assert!(record.contains("\"transfer-texts\": 20,"), "{record}");
    }
    place.run("verify s.toml --quiet").expect(0);
    with("transfer-size = 49\n");
    let refused = place.run("run s.toml --quiet").expect(5).stderr;
    assert!(refused.contains("a sample of 49 texts"), "{refused}");
    let without = spec("s", "", &row("views", "bow", "")).replace("encoder = ", "#");
    place.write(
        "s.toml",
        without.replace("max-tokens", "transfer-size = 9\nmax-tokens"),
    );
    let refused = place.run("check s.toml").expect(4).stderr;
    assert!(
        refused.contains("key `data.transfer-size`: the data has no transfer set"),
        "{refused}"
    );
}

/// Labels of the test set, and of the pool where it has some, play no part.
#[test]
fn no_test_label_is_read() {
    let place = Workplace::with_transfer();
    let rows = [
        row("views", "cross-view", "threshold = \"f1-optimal\""),
        row("graph", "label-propagation", "neighbours = 5"),
        row("own", "self-training", "by = \"rank\""),
        "[[row]]\nid = \"words\"\nmethod.naive-bayes = {}\n".to_owned(),
        row("auto", "auto", ""),
        "[[row]]\nid = \"mix\"\nmethod.mixture = { of = [\"auto\", \"words\"] }\n".to_owned(),
        "[[row]]\nid = \"set\"\nmethod.calibrate = { of = \"words\", threshold = \"validation\", temperature = true }\n".to_owned(),
    ];
    place.write("s.toml", with_transfer(&spec("s", "", &rows.concat())));
    let texts = place.read("transfer.csv");
    let pool = |first: usize| {
        let mut lines = texts.lines();
        let header = format!("{},label", lines.next().unwrap());
        let labelled = lines.enumerate();
        let labelled = labelled.map(|(number, line)| format!("{line},{}", (number + first) % 2));
        let lines = std::iter::once(header).chain(labelled);
        lines.collect::<Vec<_>>().join("\n") + "\n"
    };
    place.write("transfer.csv", pool(0));
    place.run("run s.toml --quiet").expect(0);
    let predicted = |results: &str| {
        let out = format!("{results}.csv");
        place
            .run(&format!(
                "export s.toml --results {results} --predictions {out} --force"
            ))
            .expect(0);
        let text = place.read(&out);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let place = reader
            .headers()
            .unwrap()
            .iter()
            .position(|name| name == "probability");
        let place = place.unwrap();
        reader
            .records()
            .map(|record| record.unwrap()[place].to_owned())
            .collect::<Vec<_>>()
    };
    let first = predicted("results");
    // The labels turned around, but for two texts, so that both classes stay.
    let turned: Vec<String> = place
        .read("test.csv")
        .lines()
        .enumerate()
        .map(|(number, line)| match line.rsplit_once(',') {
            Some((text, "0")) if number > 2 => format!("{text},1"),
            Some((text, "1")) if number > 2 => format!("{text},0"),
            _ => line.to_owned(),
        })
        .collect();
    place.write("test.csv", turned.join("\n") + "\n");
    place.write("transfer.csv", pool(1));
    place.run("run s.toml --quiet --results turned").expect(0);
    assert_eq!(predicted("turned"), first);
}

#[test]
fn what_cannot_be_asked_for_is_refused_before_anything_runs() {
    let place = Workplace::with_transfer();
    for (keys, said) in [
        (
            "features = { layers = [2, 1] }",
            "layers stand in ascending order, each once",
        ),
        (
            "features = { layers = [1, 1] }",
            "layers stand in ascending order, each once",
        ),
        (
            "features = { layers = [1, 2], weights = [1] }",
            "there is one weight for each layer",
        ),
        ("features = { layers = [] }", "features.layers"),
        (
            "label-names = { templates = [\"a text\"] }",
            "every template has `{}`",
        ),
        (
            "label-names = { names = [\"one\"] }",
            "row `s/views`: hyper-parameter `label-names.names`: got 1 names",
        ),
        (
            "label-names = {}",
            "row `s/views`: hyper-parameter `label-names.names`: got none, and labels such as `0`",
        ),
        ("threshold = \"best\"", "threshold"),
        ("threshold = \"prior\"", "`prior` is missing"),
        ("prior = 0.2", "only with `threshold = \"prior\"`"),
        ("threshold = \"prior\"\nprior = 2", "prior"),
    ] {
        let rows = row("views", "cross-view", keys);
        place.write("s.toml", with_transfer(&spec("s", "", &rows)));
        let output = place.run("run s.toml --quiet");
        assert!(output.stderr.contains(said), "{keys}: {}", output.stderr);
        assert!(!place.join("results/store/trials").exists(), "{keys}");
    }
    let rows = [
        row("views", "cross-view", ""),
        row(
            "pool",
            "probe",
            "features = { layers = [1], center = \"pool\" }",
        ),
    ];
    place.write("s.toml", spec("s", "", &rows.concat()));
    let refused = place.run("check s.toml").expect(4).stderr;
    assert_eq!(
        refused.matches("the data has no transfer set").count(),
        2,
        "{refused}"
    );
    let windows = row("pool", "probe", "features = { layers = [1] }");
    let windows = spec("s", "", &windows).replace(
        "max-tokens = 32",
        "max-tokens = 32\nlong-texts = \"mean-of-windows\"",
    );
    place.write("s.toml", windows);
    let refused = place.run("check s.toml").expect(4).stderr;
    assert!(refused.contains("the layers of one window"), "{refused}");
    // The encoder has two blocks.
    let rows = row("deep", "probe", "features = { layers = [1, 3] }");
    place.write("s.toml", spec("s", "", &rows));
    for command in ["plan s.toml", "run s.toml --quiet"] {
        let refused = place.run(command).expect(5).stderr;
        let said = "`features.layers`: got 3, the encoder's layers are 0 (its embeddings) to 2";
        assert!(refused.contains(said), "{refused}");
    }
}

/// What only the classes of the data tell.
#[test]
fn settings_that_do_not_go_with_the_classes_are_refused_by_row() {
    let place = Workplace::with_transfer();
    let three = place.read("train.csv").replace(",1\n", ",2\n");
    place.write("train.csv", three + "\"the cold day was wet\",1\n");
    let rows = [
        row("probe", "probe", ""),
        row("views", "cross-view", "threshold = \"half\""),
        row("optimal", "cross-view", "threshold = \"f1-optimal\""),
    ];
    place.write("s.toml", with_transfer(&spec("s", "", &rows.concat())));
    let refused = place.run("run s.toml --quiet").expect(5).stderr;
    let said =
        "row `s/optimal`: hyper-parameter `threshold`: got one for 3 classes, must be left out";
    assert!(refused.contains(said), "{refused}");
    assert!(!place.join("results/store/trials").exists());
}
