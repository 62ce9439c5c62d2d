//! Selection among rows, from the command line to keys, predictions and the line under the table.

use std::fs;

use serde_json::Value;

use crate::support::{Workplace, keys, spec, with_transfer};

const CANDIDATES: &str = "\
[[row]]
id = \"words\"
method.bow = {}
[[row]]
id = \"sparse\"
method.naive-bayes = { lambda = 0 }
[[row]]
id = \"common\"
method.majority = {}
";

fn select(id: &str, keys: &str) -> String {
    format!("[[row]]\nid = \"{id}\"\nmethod.select = {{ {keys} }}\n")
}

const ALL: &str = "candidates = [\"common\", \"words\", \"sparse\"]";

/// The records of a results folder.
fn records(place: &Workplace) -> Vec<Value> {
    let mut found = Vec::new();
    let mut folders = vec![place.path().join("results")];
    while let Some(folder) = folders.pop() {
        for path in crate::support::entries(&folder) {
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name == "record.json") {
                found.push(serde_json::from_slice(&fs::read(path).unwrap()).unwrap());
            }
        }
    }
    found
}

#[test]
fn the_row_predicts_what_the_chosen_candidate_does() {
    let place = Workplace::new();
    let rows = [CANDIDATES, &select("chosen", ALL)].concat();
    place.write("s.toml", spec("s", "count = 1", &rows));
    let said = place.run("run s.toml").expect(0).stdout;
    let records = records(&place);
    let selection = |record: &Value| record.get("selection").cloned();
    let with: Vec<&Value> = records
        .iter()
        .filter(|record| selection(record).is_some())
        .collect();
    let [record] = with.as_slice() else {
        panic!("{} selections", with.len());
    };
    let chosen = record["selection"]["chosen"].as_u64().unwrap() as usize;
    let scores = record["selection"]["scores"].as_array().unwrap();
    let scores: Vec<f64> = scores.iter().map(|score| score.as_f64().unwrap()).collect();
    assert_eq!(scores.len(), 3);
    assert!(
        scores.iter().all(|score| *score <= scores[chosen]),
        "{scores:?}"
    );
    place.run("export s.toml --trials trials.csv").expect(0);
    let trials = place.read("trials.csv");
    for column in ["params.selection.chosen", "params.selection.score.sparse"] {
        assert!(trials.contains(column), "{column}: {trials}");
    }
    // Words tell the classes of these texts apart, the most frequent class does not.
    assert_ne!(chosen, 0);
    let name = ["common", "words", "sparse"][chosen];
    let taken = format!(
        "row chosen took {name} in 1 trial, by 5-fold cross-validation of accuracy within the labelled texts, 3 times"
    );
    assert!(
        said.replace(['`', '\\', '\n'], "").contains(&taken),
        "{said}"
    );
    let same = records
        .iter()
        .filter(|other| other["predictions-sha256"] == record["predictions-sha256"]);
    assert_eq!(same.count(), 2);
    place.run("verify s.toml --quiet").expect(0);
    place.run("report s.toml --paper paper").expect(0);
    let settings = place.read("paper/settings.md");
    for part in ["common, words, sparse", "select.folds", "accuracy"] {
        assert!(settings.contains(part), "{part}: {settings}");
    }
}

#[test]
fn keys_hold_what_decides_the_choice() {
    let place = Workplace::with_transfer();
    let distinct = [
        select("usual", ALL),
        select("other", "candidates = [\"words\", \"common\", \"sparse\"]"),
        select("few", "candidates = [\"common\", \"words\"]"),
        select("f1", &format!("{ALL}, metric = \"macro-f1\"")),
        select("loss", &format!("{ALL}, metric = \"log-loss\"")),
        select("mcc", &format!("{ALL}, metric = \"mcc\"")),
        select("folds", &format!("{ALL}, folds = 4")),
        select("once", &format!("{ALL}, repeats = 1")),
    ];
    let same = select(
        "same",
        &format!("{ALL}, by = \"cv\", folds = 5, repeats = 3, metric = \"accuracy\""),
    );
    let rows = [CANDIDATES, &distinct.concat(), &same].concat();
    let written = |rows: &str| with_transfer(&spec("s", "count = 1", rows));
    place.write("s.toml", written(&rows));
    let before = keys(&place, "s.toml");
    let key = |keys: &[(String, String)], row: &str| {
        let row = format!("s/{row}");
        keys.iter()
            .find(|(name, _)| *name == row)
            .unwrap()
            .1
            .clone()
    };
    assert_eq!(key(&before, "same"), key(&before, "usual"));
    let mut all: Vec<String> = before.iter().map(|(_, key)| key.clone()).collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), distinct.len() + 3);
    // Another setting of a candidate is another choice; the rows' names are none.
    place.write(
        "s.toml",
        written(&rows.replace("bow = {}", "bow = { c = 2 }")),
    );
    assert_ne!(key(&keys(&place, "s.toml"), "usual"), key(&before, "usual"));
    place.write("s.toml", written(&rows.replace("\"words\"", "\"terms\"")));
    assert_eq!(key(&keys(&place, "s.toml"), "usual"), key(&before, "usual"));
    // Transfer texts are part of a choice only where a candidate learns from them.
    place.write("s.toml", written(&rows));
    place.write("transfer.csv", crate::support::unlabelled(47));
    assert_eq!(keys(&place, "s.toml"), before);
}

/// The parts differ from trial to trial, unless the order is fixed.
#[test]
fn trials_differ_in_their_parts() {
    let place = Workplace::new();
    let rows = [CANDIDATES, &select("chosen", ALL)].concat();
    let chosen = |trials: &str| {
        place.write("s.toml", spec("s", trials, &rows));
        let all = keys(&place, "s.toml");
        all.iter().filter(|(row, _)| row == "s/chosen").count()
    };
    assert_eq!(chosen("count = 4"), 4);
    assert_eq!(chosen("count = 4\nvary = [\"init\"]"), 1);
}

#[test]
fn a_candidate_is_taken_at_the_point_of_the_row() {
    let place = Workplace::new();
    let rows = [CANDIDATES, &select("chosen", ALL)].concat();
    let sweep = "[sweep.grid]\nrow.words.method.bow.c = [0.01, 100]\n";
    place.write("s.toml", spec("s", "count = 1", &rows) + sweep);
    let all = keys(&place, "s.toml");
    let of = |row: &str| -> Vec<&str> {
        let rows = all.iter().filter(|(name, _)| name.starts_with(row));
        rows.map(|(name, _)| name.as_str()).collect()
    };
    assert_eq!(
        of("s/chosen"),
        ["s/chosen[words.c=0.01]", "s/chosen[words.c=100]"]
    );
    assert_eq!(of("s/sparse").len(), 1);
    place.run("run s.toml --quiet").expect(0);
    // One that is named with its point is the same everywhere.
    let one = rows.replace("\"words\", ", "\"words[c=100]\", ");
    place.write("s.toml", spec("s", "count = 1", &one) + sweep);
    let all = keys(&place, "s.toml");
    let chosen = all.iter().filter(|(name, _)| name.starts_with("s/chosen"));
    assert_eq!(chosen.count(), 1);
}

#[test]
fn what_cannot_be_chosen_from_is_named_with_its_place() {
    let place = Workplace::with_transfer();
    let more = "[[row]]\nid = \"again\"\nmethod.bow = { c = 1 }\n[[row]]\nid = \"toss\"\nmethod.random = {}\n[[row]]\nid = \"mean\"\nmethod.ensemble = { of = \"toss\" }\n\
        [[row]]\nid = \"nine\"\nmethod.naive-bayes = { transfer-size = 9 }\n[[row]]\nid = \"ten\"\nmethod.naive-bayes = { transfer-size = 10 }\n";
    for (candidates, said) in [
        (
            "\"words\", \"wrods\"",
            "row.chosen.method.select.candidates[2]`: unknown row `wrods`",
        ),
        (
            "\"words\", \"words\"",
            "candidates[2]`: `words` is named twice",
        ),
        (
            "\"words\", \"toss\"",
            "`toss` draws its predictions at random",
        ),
        ("\"words\", \"mean\"", "`mean` builds on another row"),
        ("\"words\", \"chosen\"", "`chosen` chooses from rows itself"),
        (
            "\"words\", \"t/words\"",
            "`t/words` is a row of another experiment",
        ),
        (
            "\"words\", \"again\"",
            "candidates[2]`: `again` is the same method as `words`",
        ),
        ("\"words\", \"\"", "candidates[2]`: got"),
        (
            "\"nine\", \"words\", \"ten\"",
            "candidates[3]`: `ten` has another `transfer-size` than `nine`",
        ),
        ("\"words\"", "candidates`: got"),
    ] {
        let chosen = select("chosen", &format!("candidates = [{candidates}]"));
        let rows = [CANDIDATES, more, &chosen].concat();
        place.write("s.toml", with_transfer(&spec("s", "count = 1", &rows)));
        let refused = place.run("check s.toml").expect(4).stderr;
        assert!(refused.contains(said), "{said}: {refused}");
    }
    // One text of a class cannot be left out.
    let rows = [CANDIDATES, &select("chosen", ALL)].concat();
    let written = |trials: &str| spec("s", trials, &rows);
    place.write("s.toml", written("count = 1\nshots = 1"));
    let refused = place.run("check s.toml").expect(4).stderr;
    let said = "each class needs 2 labelled texts, one of which is left out; `trials.shots` is 1";
    assert!(refused.contains(said), "{refused}");
    place.write("s.toml", written("count = 1\nshots = 2"));
    place.run("check s.toml").expect(0);
}

/// Neither the labels of the test texts nor what they say plays a part in the choice.
#[test]
fn test_labels_have_no_say() {
    let place = Workplace::new();
    let rows = [CANDIDATES, &select("chosen", ALL)].concat();
    place.write("s.toml", spec("s", "count = 2", &rows));
    place.run("run s.toml --quiet").expect(0);
    let selections = |place: &Workplace| {
        let mut all: Vec<String> = records(place)
            .iter()
            .filter_map(|record| Some(record.get("selection")?.to_string()))
            .collect();
        all.sort();
        all
    };
    let before = selections(&place);
    assert_eq!(before.len(), 2);
    let test = fs::read_to_string(place.path().join("test.csv")).unwrap();
    let turned: String = test
        .lines()
        .map(|line| match line.rsplit_once(',') {
            Some((text, "0")) => format!("{text},1\n"),
            Some((text, "1")) => format!("{text},0\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    assert_ne!(test, turned);
    fs::remove_dir_all(place.path().join("results")).unwrap();
    place.write("test.csv", turned);
    place.run("run s.toml --quiet").expect(0);
    assert_eq!(selections(&place), before);
}

/// Arms of one row are counted together, by the names that they give their candidates.
#[test]
fn the_line_under_the_table_counts_names_of_candidates() {
    let place = Workplace::new();
    let rows = [CANDIDATES, &select("chosen", ALL)].concat();
    let sweep = "[sweep.grid]\nrow.chosen.method.select.candidates = [[\"common\", \"words\"], [\"words\", \"common\"]]\n";
    place.write("s.toml", spec("s", "count = 3\nshots = 6", &rows) + sweep);
    place.run("run s.toml --quiet").expect(0);
    let said = place.run("table s.toml --format markdown").expect(0).stdout;
    let said = said.replace(['`', '\\', '\n'], "");
    assert!(
        said.contains("row chosen took words in 6 trials, by 5-fold"),
        "{said}"
    );
    let plan = place.run("plan s.toml").expect(0).stderr;
    let note = "fits its 2 candidates up to 30 times in every trial, to choose one";
    assert!(plan.contains(note), "{plan}");
    // Candidates that learn from other texts than the row.
    let sweep = "[sweep.grid]\ntrials.shots = [4, 6]\n";
    let other = select("chosen", "candidates = [\"words[shots=4]\", \"common\"]");
    let rows = [CANDIDATES, &other].concat();
    place.write("s.toml", spec("s", "count = 3\nshots = 6", &rows) + sweep);
    let refused = place.run("check s.toml").expect(4).stderr;
    assert!(
        refused.contains("`words[shots=4]` learns from other texts than this row"),
        "{refused}"
    );
}
