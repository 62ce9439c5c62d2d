//! Sweeps: which arms there are, what is reused, what is refused, and the texts that arms learn from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{Workplace, labelled, spec, without_keys};

/// Rows that a sweep over training texts does not touch, touches, and touches by way of another row.
const ROWS: &str = r#"
[[row]]
id = "random"
method.random = { draws = 11 }

[[row]]
id = "bow"
label = "bag of words"
method.bow = {}

[[row]]
id = "mean"
method.ensemble = { of = "bow" }
"#;

/// A place with a spec `s.toml` of these rows and this sweep.
fn swept(trials: &str, rows: &str, sweep: &str) -> Workplace {
    let place = Workplace::new();
    place.write("s.toml", spec("s", trials, rows) + "\n" + sweep);
    place
}

/// The plan of a sweep, without keys.
fn plan(sweep: &str) -> String {
    let place = swept("count = 1", ROWS, sweep);
    without_keys(&place.run("plan s.toml").expect(0).stdout)
}

/// What the plan says of each trial: `row number` to key and state.
fn trials(place: &Workplace, arguments: &str) -> BTreeMap<String, (String, String)> {
    let plan = place.run(&format!("plan --json {arguments}")).expect(0);
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    let trials = plan["trials"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    trials
        .map(|trial| {
            let name = format!("{} {}", text(&trial["row"]), trial["trial"]);
            (name, (text(&trial["key"]), text(&trial["state"])))
        })
        .collect()
}

#[test]
fn a_grid_is_every_combination() {
    assert_snapshot!(plan("[sweep.grid]\ntrials.train-size = [4, 8]\nrow.bow.method.bow.c = [0.5, 2]"), @"
    run     s/random trial 1                   [key]  no result is stored
    run     s/bow[train-size=4,c=0.5] trial 1  [key]  no result is stored
    run     s/bow[train-size=4,c=2] trial 1    [key]  no result is stored
    run     s/bow[train-size=8,c=0.5] trial 1  [key]  no result is stored
    run     s/bow[train-size=8,c=2] trial 1    [key]  no result is stored
    derive  s/mean[train-size=4,bow.c=0.5]     -           the mean of 1 trials
    derive  s/mean[train-size=4,bow.c=2]       -           the mean of 1 trials
    derive  s/mean[train-size=8,bow.c=0.5]     -           the mean of 1 trials
    derive  s/mean[train-size=8,bow.c=2]       -           the mean of 1 trials
    5 trials: 5 to run, 0 to reuse, 0 failed before; 0 rows blocked
    s: 4 points, 3 rows, 9 arms
    time: less than a minute; 5 guessed from sizes
    ");
}

#[test]
fn a_zip_goes_step_by_step() {
    assert_snapshot!(plan("[sweep.zip]\n\"trials.train-size\" = [4, 8]\n\"row.bow.method.bow.c\" = [0.5, 2]"), @"
    run     s/random trial 1                   [key]  no result is stored
    run     s/bow[train-size=4,c=0.5] trial 1  [key]  no result is stored
    run     s/bow[train-size=8,c=2] trial 1    [key]  no result is stored
    derive  s/mean[train-size=4,bow.c=0.5]     -           the mean of 1 trials
    derive  s/mean[train-size=8,bow.c=2]       -           the mean of 1 trials
    3 trials: 3 to run, 0 to reuse, 0 failed before; 0 rows blocked
    s: 2 points, 3 rows, 5 arms
    time: less than a minute; 3 guessed from sizes
    ");
}

#[test]
fn cases_are_points_written_out_and_an_empty_one_is_the_spec_itself() {
    assert_snapshot!(plan("[[sweep.cases]]\ntrials.train-size = 4\nrow.bow.method.bow.c = 2\n[[sweep.cases]]\ntrials.train-size = 8\n[[sweep.cases]]"), @"
    run     s/random trial 1                 [key]  no result is stored
    run     s/bow[train-size=4,c=2] trial 1  [key]  no result is stored
    run     s/bow[train-size=8,c=1] trial 1  [key]  no result is stored
    run     s/bow[c=1] trial 1               [key]  no result is stored
    derive  s/mean[train-size=4,bow.c=2]     -           the mean of 1 trials
    derive  s/mean[train-size=8,bow.c=1]     -           the mean of 1 trials
    derive  s/mean[bow.c=1]                  -           the mean of 1 trials
    4 trials: 4 to run, 0 to reuse, 0 failed before; 0 rows blocked
    s: 3 points, 3 rows, 7 arms
    time: less than a minute; 4 guessed from sizes
    ");
}

#[test]
fn an_exclude_drops_what_has_all_its_values() {
    let sweep = "grid = { trials.train-size = [4, 6, 8], row.bow.method.bow.c = [0.5, 1] }\nexclude = [{ trials.train-size = 8, row.bow.method.bow.c = 1.0 }, { trials.train-size = 6 }]";
    assert_snapshot!(plan(&format!("[sweep]\n{sweep}")), @"
    run     s/random trial 1                   [key]  no result is stored
    run     s/bow[train-size=4,c=0.5] trial 1  [key]  no result is stored
    run     s/bow[train-size=4,c=1] trial 1    [key]  no result is stored
    run     s/bow[train-size=8,c=0.5] trial 1  [key]  no result is stored
    derive  s/mean[train-size=4,bow.c=0.5]     -           the mean of 1 trials
    derive  s/mean[train-size=4,bow.c=1]       -           the mean of 1 trials
    derive  s/mean[train-size=8,bow.c=0.5]     -           the mean of 1 trials
    4 trials: 4 to run, 0 to reuse, 0 failed before; 0 rows blocked
    s: 3 points, 3 rows, 7 arms
    time: less than a minute; 4 guessed from sizes
    ");
}

#[test]
fn parts_of_a_sweep_multiply() {
    let sweep = "[sweep]\ncases = [{ trials.train-size = 4 }, { trials.train-size = 8 }]\nzip = { row.bow.method.bow.c = [0.5, 2], row.bow.method.bow.min-df = [1, 2] }\ngrid = { row.bow.method.bow.ngram-max = [1, 2] }\nexclude = [{ trials.train-size = 8, row.bow.method.bow.c = 2 }]";
    assert_snapshot!(plan(sweep), @"
    run     s/random trial 1                                             [key]  no result is stored
    run     s/bow[train-size=4,c=0.5,min-df=1,ngram-max=1] trial 1       [key]  no result is stored
    run     s/bow[train-size=4,c=0.5,min-df=1,ngram-max=2] trial 1       [key]  no result is stored
    run     s/bow[train-size=4,c=2,min-df=2,ngram-max=1] trial 1         [key]  no result is stored
    run     s/bow[train-size=4,c=2,min-df=2,ngram-max=2] trial 1         [key]  no result is stored
    run     s/bow[train-size=8,c=0.5,min-df=1,ngram-max=1] trial 1       [key]  no result is stored
    run     s/bow[train-size=8,c=0.5,min-df=1,ngram-max=2] trial 1       [key]  no result is stored
    derive  s/mean[train-size=4,bow.c=0.5,bow.min-df=1,bow.ngram-max=1]  -           the mean of 1 trials
    derive  s/mean[train-size=4,bow.c=0.5,bow.min-df=1,bow.ngram-max=2]  -           the mean of 1 trials
    derive  s/mean[train-size=4,bow.c=2,bow.min-df=2,bow.ngram-max=1]    -           the mean of 1 trials
    derive  s/mean[train-size=4,bow.c=2,bow.min-df=2,bow.ngram-max=2]    -           the mean of 1 trials
    derive  s/mean[train-size=8,bow.c=0.5,bow.min-df=1,bow.ngram-max=1]  -           the mean of 1 trials
    derive  s/mean[train-size=8,bow.c=0.5,bow.min-df=1,bow.ngram-max=2]  -           the mean of 1 trials
    7 trials: 7 to run, 0 to reuse, 0 failed before; 0 rows blocked
    s: 6 points, 3 rows, 13 arms
    time: less than a minute; 7 guessed from sizes
    ");
}

#[test]
fn several_sweeps_add_up_and_share_their_points() {
    let sweep = "[[sweep]]\ngrid = { trials.train-size = [4, 8] }\n[[sweep]]\ngrid = { row.bow.method.bow.c = [1, 2], trials.train-size = [8] }\n";
    assert_snapshot!(plan(sweep), @"
    run     s/random trial 1                 [key]  no result is stored
    run     s/bow[train-size=4,c=1] trial 1  [key]  no result is stored
    run     s/bow[train-size=8,c=1] trial 1  [key]  no result is stored
    run     s/bow[train-size=8,c=2] trial 1  [key]  no result is stored
    derive  s/mean[train-size=4,bow.c=1]     -           the mean of 1 trials
    derive  s/mean[train-size=8,bow.c=1]     -           the mean of 1 trials
    derive  s/mean[train-size=8,bow.c=2]     -           the mean of 1 trials
    4 trials: 4 to run, 0 to reuse, 0 failed before; 0 rows blocked
    s: 3 points, 3 rows, 7 arms
    time: less than a minute; 4 guessed from sizes
    ");
}

#[test]
fn lists_on_the_command_line_sweep_where_the_key_takes_one_value() {
    let place = swept("count = 2\ntrain-size = 8", ROWS, "");
    let mut command = place.command("plan s.toml --set trials.train-size=[4,6]");
    command.args(["--set", "trials.vary=[[\"init\"], [\"init\", \"sample\"]]"]);
    let ran = place.ran(&mut command).expect(0);
    assert_snapshot!(without_keys(&ran.stdout), @"
    run     s/random[vary=init] trial 1                   [key]  no result is stored
    run     s/random[vary=init] trial 2                   [key]  no result is stored
    reuse   s/random[vary=init+sample] trial 1            [key]  the same as s/random[vary=init] trial 1
    reuse   s/random[vary=init+sample] trial 2            [key]  the same as s/random[vary=init] trial 2
    run     s/bow[train-size=4,vary=init] trial 1         [key]  no result is stored
    reuse   s/bow[train-size=4,vary=init+sample] trial 1  [key]  the same as s/bow[train-size=4,vary=init] trial 1
    run     s/bow[train-size=4,vary=init+sample] trial 2  [key]  no result is stored
    run     s/bow[train-size=6,vary=init] trial 1         [key]  no result is stored
    reuse   s/bow[train-size=6,vary=init+sample] trial 1  [key]  the same as s/bow[train-size=6,vary=init] trial 1
    run     s/bow[train-size=6,vary=init+sample] trial 2  [key]  no result is stored
    derive  s/mean[train-size=4,vary=init]                -           the mean of 1 trials
    derive  s/mean[train-size=4,vary=init+sample]         -           the mean of 2 trials
    derive  s/mean[train-size=6,vary=init]                -           the mean of 1 trials
    derive  s/mean[train-size=6,vary=init+sample]         -           the mean of 2 trials
    6 trials: 6 to run, 0 to reuse, 0 failed before; 0 rows blocked
    s: 4 points, 3 rows, 10 arms
    time: less than a minute; 6 guessed from sizes
    ");
    // Where the key takes a list, a list is its value.
    let mut command = place.command("plan s.toml");
    command.args(["--set", "trials.vary=[\"sample\"]"]);
    assert_snapshot!(without_keys(&place.ran(&mut command).expect(0).stdout), @"
    run     s/random trial 1  [key]  no result is stored
    run     s/bow trial 1     [key]  no result is stored
    run     s/bow trial 2     [key]  no result is stored
    derive  s/mean            -           the mean of 2 trials
    3 trials: 3 to run, 0 to reuse, 0 failed before; 0 rows blocked
    time: less than a minute; 3 guessed from sizes
    ");
}

#[test]
fn the_command_line_takes_the_place_of_what_the_file_sweeps() {
    let sweep = "[sweep]\nzip = { trials.train-size = [4, 8], row.bow.method.bow.c = [0.5, 2] }\nexclude = [{ trials.train-size = 8 }]";
    let place = swept("", ROWS, sweep);
    let rows = |arguments: &str| {
        let found = trials(&place, &format!("s.toml {arguments}"));
        found
            .keys()
            .filter(|name| name.contains("bow"))
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_snapshot!(rows("--set trials.train-size=6"), @"
    s/bow[train-size=6,c=0.5] 0
    s/bow[train-size=6,c=2] 0
    s/mean[train-size=6,bow.c=0.5] null
    s/mean[train-size=6,bow.c=2] null
    ");
    assert_snapshot!(rows("--set trials.train-size=[6,10]"), @"
    s/bow[train-size=10,c=0.5] 0
    s/bow[train-size=10,c=2] 0
    s/bow[train-size=6,c=0.5] 0
    s/bow[train-size=6,c=2] 0
    s/mean[train-size=10,bow.c=0.5] null
    s/mean[train-size=10,bow.c=2] null
    s/mean[train-size=6,bow.c=0.5] null
    s/mean[train-size=6,bow.c=2] null
    ");
    // A row that the sweep does not touch stays the same trial, whichever point is asked for.
    let random =
        |arguments: &str| trials(&place, &format!("s.toml {arguments}"))["s/random 0"].clone();
    assert_eq!(random("--set trials.train-size=6"), random(""));
}

#[test]
fn an_arm_is_the_trial_of_a_spec_without_sweep() {
    let place = swept(
        "count = 2\nvary = [\"sample\", \"init\"]",
        ROWS,
        "[sweep.grid]\ntrials.train-size = [4, 8]\nrow.bow.method.bow.c = [1, 2]",
    );
    let plain = spec(
        "s",
        "count = 2\nvary = [\"sample\", \"init\"]\ntrain-size = 8",
        ROWS,
    );
    place.write("plain.toml", plain.replace("bow = {}", "bow = { c = 2 }"));
    let (arms, plain) = (trials(&place, "s.toml"), trials(&place, "plain.toml"));
    for number in 0..2 {
        assert_eq!(
            arms[&format!("s/bow[train-size=8,c=2] {number}")],
            plain[&format!("s/bow {number}")]
        );
    }
    assert_eq!(arms.len(), 2 + 4 * 2 + 4);
}

#[test]
fn a_size_or_an_arm_that_is_added_runs_nothing_again() {
    let sweep = |sizes: &str| format!("[sweep.grid]\ntrials.train-size = [{sizes}]");
    let place = swept(
        "count = 2\nvary = [\"sample\", \"init\"]",
        ROWS,
        &sweep("6, 8"),
    );
    place.run("run s.toml --quiet").expect(0);
    let before = place.stored_predictions("results");
    assert_eq!(before.len(), 2 + 2 * 2);
    let trials_text = "count = 2\nvary = [\"sample\", \"init\"]";
    place.write(
        "s.toml",
        spec("s", trials_text, ROWS)
            + "\n"
            + &sweep("4, 6, 8")
            + "\nrow.bow.method.bow.c = [0.5, 1]",
    );
    let planned = trials(&place, "s.toml");
    for name in [
        "s/random 0",
        "s/random 1",
        "s/bow[train-size=6,c=1] 1",
        "s/bow[train-size=8,c=1] 0",
    ] {
        assert_eq!(planned[name].1, "reuse", "{name}");
    }
    let states: Vec<&str> = planned.values().map(|(_, state)| state.as_str()).collect();
    assert_eq!(
        states.iter().filter(|state| **state == "run").count(),
        4 * 2
    );
    place.run("run s.toml --quiet").expect(0);
    let after: BTreeMap<String, Vec<u8>> =
        place.stored_predictions("results").into_iter().collect();
    assert_eq!(after.len(), before.len() + 8);
    for (key, bytes) in before {
        assert_eq!(after[&key], bytes, "{key}");
    }
}

/// `judged against` of every comparison that a call makes, and what it says besides.
fn compared(place: &Workplace, arguments: &[&str]) -> (Vec<String>, String) {
    let mut command = place.command("compare --format json");
    let ran = place.ran(command.args(arguments)).expect(0);
    let said: Value = serde_json::from_str(&ran.stdout).unwrap();
    let pairs = said["comparisons"].as_array().unwrap().iter();
    let name = |one: &Value| {
        let row = |side: &str| one[side]["row"].as_str().unwrap().to_owned();
        format!("{} {}", row("a"), row("b"))
    };
    (pairs.map(name).collect(), ran.stderr)
}

#[test]
fn arms_are_compared_at_the_same_point_and_over_the_same_texts() {
    let sweep =
        "[sweep.grid]\ndata.test = [\"test.csv\", \"other.csv\"]\ntrials.train-size = [4, 8]";
    let place = swept("", ROWS, sweep);
    place.write("other.csv", labelled(20));
    place.run("run s.toml --quiet").expect(0);
    let arm =
        |row: &str, test: &str, size: u32| format!("s/{row}[test={test}.csv,train-size={size}]");
    let expected: Vec<String> = [("test", 4), ("test", 8), ("other", 4), ("other", 8)]
        .into_iter()
        .map(|(test, size)| format!("{} {}", arm("mean", test, size), arm("bow", test, size)))
        .collect();
    let (pairs, stderr) = compared(&place, &["s.toml"]);
    let means: Vec<String> = pairs
        .into_iter()
        .filter(|pair| pair.contains("mean"))
        .collect();
    assert_eq!((means, stderr.as_str()), (expected.clone(), ""));
    // Of `random` there is one arm for each test set, and at it bow has two arms.
    let (pairs, stderr) = compared(&place, &["s.toml", "--against", "bow"]);
    assert_eq!(pairs, expected);
    assert_eq!(
        stderr,
        "left out: no single row to compare with stands at the point of s/random[test=test.csv], s/random[test=other.csv]\n"
    );
    let (pairs, _) = compared(&place, &["s.toml", "--row", "mean", "--against", "s/bow"]);
    assert_eq!(pairs, expected);
    let one = arm("bow", "test", 4);
    let (pairs, stderr) = compared(&place, &["s.toml", "--against", &one]);
    assert_eq!(pairs.len(), 4, "{pairs:?}");
    assert_eq!(
        stderr,
        "left out: 5 pairs of rows over different test texts\n"
    );
    let pair = format!("{},{one}", arm("bow", "test", 8));
    let (pairs, _) = compared(&place, &["s.toml", "--pair", &pair]);
    assert_eq!(pairs, [pair.replace("],s/", "] s/")]);
    let pair = format!("{},{one}", arm("bow", "other", 4));
    let mut command = place.command("compare s.toml --pair");
    let refused = place.ran(command.arg(&pair)).expect(4);
    assert!(
        refused.stderr.contains("other.csv`, sha256")
            && refused.stderr.contains("test.csv`, sha256"),
        "{}",
        refused.stderr
    );
}

#[test]
fn tables_and_reports_judge_against_the_arms_of_a_row() {
    let place = swept("", ROWS, "[sweep.grid]\ntrials.train-size = [4, 8]");
    place.write("t.toml", spec("t", "", ROWS));
    place.run("run s.toml t.toml --quiet").expect(0);
    let ran = place.run("table s.toml t.toml --against bow --format json");
    let table: Value = serde_json::from_str(&ran.expect(0).stdout).unwrap();
    for (experiment, judged) in [(0, vec![3, 4]), (1, vec![0, 2])] {
        let rows = table["experiments"][experiment]["rows"].as_array().unwrap();
        let of_word = (0..rows.len()).filter(|&row| rows[row]["verdict"]["word"].is_string());
        assert_eq!(of_word.collect::<Vec<_>>(), judged);
        let against = &rows[judged[0]]["verdict"]["against"];
        assert_eq!(against, "bag of words");
    }
    let page = place
        .run("report s.toml t.toml --against bow -o -")
        .expect(0);
    assert_eq!(page.stdout.matches("class=\"word word-").count(), 4);
}

#[test]
fn arms_are_rows_with_their_point_for_programs() {
    let place = swept("", ROWS, "[sweep.grid]\ntrials.train-size = [4, 8]");
    place.run("run s.toml --quiet").expect(0);
    let table = place.run("table s.toml --format json").expect(0).stdout;
    let table: Value = serde_json::from_str(&table).unwrap();
    let rows = table["experiments"][0]["rows"].as_array().unwrap().iter();
    let said: Vec<String> = rows
        .map(|row| format!("{} {} {}", row["id"], row["arm_of"], row["point"]))
        .collect();
    assert_snapshot!(said.join("\n"), @r#"
    "random" null null
    "bow[train-size=4]" "bow" {"trials.train-size":4}
    "bow[train-size=8]" "bow" {"trials.train-size":8}
    "mean[train-size=4]" "mean" {"trials.train-size":4}
    "mean[train-size=8]" "mean" {"trials.train-size":8}
    "#);
    let csv = place.run("table s.toml --format csv").expect(0).stdout;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(csv.as_bytes());
    let points: Vec<String> = reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            format!("{} of {}", &record[23], &record[22])
        })
        .collect();
    assert_snapshot!(points.join("\n"), @"
    trials.train-size of arm_of
     of random
    4 of bow
    8 of bow
    4 of mean
    8 of mean
    ");
    let predictions = place.run("export s.toml --predictions -").expect(0).stdout;
    let rows: BTreeSet<&str> = predictions
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').nth(1))
        .collect();
    assert_snapshot!(rows.into_iter().collect::<Vec<_>>().join("\n"), @"
    bow[train-size=4]
    bow[train-size=8]
    mean[train-size=4]
    mean[train-size=8]
    random
    ");
    let shown = place.run("table s.toml").expect(0).stdout;
    assert_snapshot!(shown.lines().last().unwrap(), @"n = 1 trial per row, without spread (–), in percent; 4 to 8 training texts, 40 test texts.");
    assert!(shown.contains("bag of words [train-size=8]"), "{shown}");
}

#[test]
fn rows_that_build_on_others_take_the_arm_at_their_point() {
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/distilbert");
    let rows = format!(
        "[[row]]\nid = \"fsl\"\nmethod.finetune = {{ encoder = \"{0}\", epochs = 1 }}\n[[row]]\nid = \"mean\"\nmethod.ensemble = {{ of = \"fsl\" }}\n\
         [[row]]\nid = \"student\"\ntrials = 1\nmethod.distill = {{ teacher = \"mean\", encoder = \"{0}\", epochs = 1 }}\n\
         [[row]]\nid = \"first\"\nmethod.ensemble = {{ of = \"fsl[learning-rate=0.01]\", size = 1 }}\n",
        tiny.display()
    );
    let text = spec("s", "count = 2", &rows)
        .replace("[trials]", "transfer = \"train.csv\"\n[trials]")
        .replace("max-tokens = 32\n\ntransfer", "max-tokens = 32\ntransfer");
    let place = Workplace::new();
    place.write("s.toml", text + "[sweep]\ngrid = { row.fsl.method.finetune.learning-rate = [0.01, 0.02], row.student.method.distill.transfer-size = [4, 6] }");
    assert_snapshot!(without_keys(&place.run("plan s.toml").expect(0).stdout), @"
    run     s/fsl[learning-rate=0.01] trial 1                          [key]  no result is stored
    run     s/fsl[learning-rate=0.01] trial 2                          [key]  no result is stored
    run     s/fsl[learning-rate=0.02] trial 1                          [key]  no result is stored
    run     s/fsl[learning-rate=0.02] trial 2                          [key]  no result is stored
    derive  s/mean[fsl.learning-rate=0.01]                             -           the mean of 2 trials
    derive  s/mean[fsl.learning-rate=0.02]                             -           the mean of 2 trials
    run     s/student[fsl.learning-rate=0.01,transfer-size=4] trial 1  [key]  no result is stored
    run     s/student[fsl.learning-rate=0.01,transfer-size=6] trial 1  [key]  no result is stored
    run     s/student[fsl.learning-rate=0.02,transfer-size=4] trial 1  [key]  no result is stored
    run     s/student[fsl.learning-rate=0.02,transfer-size=6] trial 1  [key]  no result is stored
    derive  s/first                                                    -           the mean of 1 trials
    8 trials: 8 to run, 0 to reuse, 0 failed before; 0 rows blocked
    s: 4 points, 4 rows, 9 arms
    time: less than a minute; 8 guessed from sizes
    ");
    // Students of different teachers are different trials.
    let planned = trials(&place, "s.toml");
    let students: BTreeSet<&String> = planned
        .iter()
        .filter(|(name, _)| name.contains("student"))
        .map(|(_, (key, _))| key)
        .collect();
    assert_eq!(students.len(), 4);
}

#[test]
fn samples_are_nested_and_shared_and_those_of_the_records() {
    let rows = "[[row]]\nid = \"bow\"\nmethod.bow = {}\n[[row]]\nid = \"majority\"\nmethod.majority = {}\n[[row]]\nid = \"mean\"\nmethod.ensemble = { of = \"bow\" }";
    let place = swept(
        "count = 3\nvary = [\"sample\"]",
        rows,
        "[sweep.grid]\ntrials.train-size = [4, 10, 25, 50]",
    );
    place.write("train.csv", labelled(80));
    let csv = place.run("export s.toml --samples -").expect(0).stdout;
    assert_eq!(
        csv.lines().next().unwrap(),
        "experiment,row,trial,size,index,label,train_rows_sha256"
    );
    let mut drawn: BTreeMap<(String, usize, u64), BTreeSet<usize>> = BTreeMap::new();
    let mut sums = BTreeSet::new();
    for line in csv.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |index: usize| fields[index].parse::<usize>().unwrap();
        let row = fields[1].split('[').next().unwrap().to_owned();
        drawn
            .entry((row, number(3), number(2) as u64))
            .or_default()
            .insert(number(4));
        assert_eq!(number(4) % 2, number(5), "{line}");
        sums.insert(fields[6].to_owned());
    }
    assert_eq!(drawn.len(), 2 * 4 * 3);
    for ((row, size, trial), texts) in &drawn {
        assert_eq!(texts.len(), *size);
        assert_eq!(
            texts,
            &drawn[&("bow".to_owned(), *size, *trial)],
            "{row} {size} {trial}"
        );
        let larger = drawn
            .iter()
            .filter(|((other, more, number), _)| other == row && more > size && number == trial);
        for (_, more) in larger {
            assert!(texts.is_subset(more), "{row} {size} {trial}");
        }
    }
    assert_ne!(
        drawn[&("bow".to_owned(), 10, 0)],
        drawn[&("bow".to_owned(), 10, 1)]
    );
    place.run("run s.toml --quiet").expect(0);
    let recorded: BTreeSet<String> = records(&place)
        .iter()
        .map(|record| {
            record["data"]["train-rows-sha256"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(recorded, sums);
    assert_eq!(
        place.run("export s.toml --samples s.toml").expect(2).stdout,
        ""
    );
}

fn records(place: &Workplace) -> Vec<Value> {
    let shelves = crate::support::entries(&place.join("results/store/trials"));
    let trials = shelves
        .iter()
        .flat_map(|shelf| crate::support::entries(shelf));
    trials
        .map(|trial| {
            serde_json::from_str(&std::fs::read_to_string(trial.join("record.json")).unwrap())
                .unwrap()
        })
        .collect()
}

/// Means of the stored experts, by their number: nothing of it is a trial of its own.
#[test]
fn the_shipped_ensemble_sizes_train_nothing_of_their_own() {
    let place = Workplace::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
    let keys = |name: &str| -> BTreeSet<String> {
        let found = trials(&place, &folder.join(name).display().to_string());
        let experts = found
            .into_iter()
            .filter(|(name, _)| name.starts_with("metoo_minilm/fsl "));
        experts.map(|(_, (key, _))| key).collect()
    };
    let own = keys("metoo_minilm.toml");
    assert_eq!(own, keys("ensemble_size.toml"));
    assert_eq!(own, keys("transfer_size.toml"));
    let students = |name: &str| trials(&place, &folder.join(name).display().to_string());
    let (of_all, of_sizes) = (
        students("metoo_minilm.toml"),
        students("transfer_size.toml"),
    );
    for number in 0..3 {
        assert_eq!(
            of_all[&format!("metoo_minilm/distill {number}")].0,
            of_sizes[&format!("transfer_size/distill[transfer-size=5000,epochs=3] {number}")].0
        );
    }
}

#[test]
fn every_fault_of_a_sweep_is_told_at_once() {
    let sweep = r#"
[sweep]
gird = {}
[sweep.grid]
trials.train-sise = [4]
train-size = [4]
trials.train-size = [4,
    1, "x"]
trials.threads = []
trials.count = 5
row.bwo.method.bow.c = [1]
row.bow.method.probe.c = [1]
row.bow.label = ["a"]
name = ["a"]
trials.vary = ["init"]
[sweep.zip]
trials.train-size = [4, 6]
trials.seed = [1, 2]
[[sweep.exclude]]
trials.precision = "f32"
"#;
    let place = swept("", ROWS, sweep);
    assert_snapshot!(place.run("check s.toml").expect(4).stderr, @r#"
    error: 14 faults in the specs:
      `s.toml`, line 29, key `sweep.gird`: unknown key, did you mean `grid`?; allowed: `grid`, `zip`, `cases`, `exclude`
      `s.toml`, line 31, key `sweep.grid.trials.train-sise`: unknown key, did you mean `trials.train-size`?; allowed: `seed`, `count`, `vary`, `cross`, `train-size`, `threads`, `precision`
      `s.toml`, line 34, key `sweep.grid.trials.train-size[2]`: got 1, must be an integer from 2 to 10000000
      `s.toml`, line 34, key `sweep.grid.trials.train-size[3]`: got the string "x", must be an integer from 2 to 10000000
      `s.toml`, line 35, key `sweep.grid.trials.threads`: got an empty list, must be a list of at least one value
      `s.toml`, line 36, key `sweep.grid.trials.count`: got 5, must be a list of values
      `s.toml`, line 41, key `sweep.grid.trials.vary[1]`: got the string "init", must be an array, each item one of `sample`, `init`, `order`, `dropout`
      `s.toml`, line 32, key `sweep.grid.train-size`: unknown key, did you mean `trials.train-size`?; allowed: `data`, `trials`, `row`
      `s.toml`, line 37, key `sweep.grid.row.bwo.method.bow.c`: unknown row `bwo`, did you mean `bow`?; known: `random`, `bow`, `mean`
      `s.toml`, line 38, key `sweep.grid.row.bow.method.probe.c`: the method of row `bow` is `bow`
      `s.toml`, line 39, key `sweep.grid.row.bow.label`: it changes no trial; a sweep goes over keys of `data`, `trials` and rows' methods
      `s.toml`, line 40, key `sweep.grid.name`: it changes no trial; a sweep goes over keys of `data`, `trials` and rows' methods
      `s.toml`, line 43, key `sweep.zip.trials.train-size`: `trials.train-size` is used already (in this sweep, line 33)
      `s.toml`, line 46, key `sweep.exclude[1].trials.precision`: unknown swept key `trials.precision`; known: `trials.train-size`, `trials.threads`, `trials.count`, `trials.vary`, `trials.seed`
    hint: `docs/spec.md` explains every key; nothing was run
    "#);
}

/// What `check` says of a sweep.
fn refused(sweep: &str) -> String {
    swept("count = 2", ROWS, sweep)
        .run("check s.toml")
        .expect(4)
        .stderr
}

#[test]
fn sweeps_that_sweep_nothing_are_refused() {
    assert_snapshot!(refused("[sweep]"), @"
    error: spec `s.toml`, line 27, key `sweep`: nothing is swept; give `grid`, `zip` or `cases`
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused("[sweep]\ngrid = {}\ncases = []"), @"
    error: 2 faults in the specs:
      `s.toml`, line 28, key `sweep.grid`: got an empty table, must be a table of at least one key with its values
      `s.toml`, line 29, key `sweep.cases`: got an empty list, must be a list of at least one table
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused("[sweep]\ngrid = { trials.seed = [] }"), @"
    error: spec `s.toml`, line 28, key `sweep.grid.trials.seed`: got an empty list, must be a list of at least one value
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused("[sweep]\ngrid = { trials.seed = [1, 2] }\nexclude = [{ trials.seed = 1 }, { trials.seed = 2 }]"), @"
    error: spec `s.toml`, line 27, key `sweep`: no point is left: `exclude` drops all 2
    hint: `docs/spec.md` explains every key; nothing was run
    ");
}

#[test]
fn zips_of_unequal_length_and_excludes_of_nothing_are_refused() {
    assert_snapshot!(refused("[sweep.zip]\ntrials.train-size = [4, 8]\ntrials.seed = [1, 2, 3]"), @"
    error: spec `s.toml`, line 27, key `sweep.zip`: the lists of a zip go together and must be equally long: `trials.train-size` has 2, `trials.seed` has 3
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused("[sweep]\ngrid = { trials.seed = [1, 2] }\nexclude = [{ trials.seed = 3 }]"), @"
    error: spec `s.toml`, line 29, key `sweep.exclude[1]`: it fits no point; take it out, or name values that are swept
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused("[sweep]\ngrid = { trials.seed = [1, 2] }\ncases = [{ trials.seed = 3 }]"), @"
    error: spec `s.toml`, line 29, key `sweep.cases[1].trials.seed`: `trials.seed` is used already (in this sweep, line 28)
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused("[sweep]\ngrid = { \"row.bow.method\" = [{ bow = {} }, { majority = {} }], row.bow.method.bow.c = [1] }"), @"
    error: spec `s.toml`, line 28, key `sweep.grid.row.bow.method.bow.c`: it and `row.bow.method`, which is swept too, lie within each other
    hint: `docs/spec.md` explains every key; nothing was run
    ");
}

#[test]
fn values_that_a_key_refuses_are_told_where_the_sweep_has_them() {
    let place = Workplace::new();
    let rows = "[[row]]\nid = \"p\"\nmethod.probe = { encoder = \"all-MiniLM-L6-v2\" }\n[sweep.grid]\ndata.dataset = [\"tweets\", \"tweet\"]\nrow.p.method.probe.encoder = [\n\"all-MiniLM-L6-v2\",\n\"./none\"]";
    place.write(
        "s.toml",
        spec("s", "", rows).replace("train = \"train.csv\"\ntest = \"test.csv\"\n", ""),
    );
    assert_snapshot!(place.run("check s.toml").expect(4).stderr, @"
    error: 2 faults in the specs:
      `s.toml`, line 17, key `row.p.method.probe.encoder`: there is no folder `./none`; at the sweep's point `dataset=tweets,encoder=./none` and 1 more
      `s.toml`, line 14, key `data.dataset`: unknown dataset `tweet`, did you mean `tweets`?; known: `metoo`, `metoo-halves`, `movies`, `news`, `reviews`, `tweets`; at the sweep's point `dataset=tweet,encoder=all-MiniLM-L6-v2` and 1 more
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused("[sweep.grid]\ntrials.vary = [[\"init\"], [\"init\", \"sample\"]]"), @"
    error: spec `s.toml`, line 28, key `trials.vary`: `sample` can only vary where `trials.train-size` says how many texts to draw
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused("[sweep.grid]\nrow.mean.method.ensemble.size = [1, 2,\n3]"), @"
    error: 2 faults in the specs:
      `s.toml`, line 28, key `row.mean.method.ensemble.size`: got 2, must be at most 1, the trials of `bow`
      `s.toml`, line 29, key `row.mean.method.ensemble.size`: got 3, must be at most 1, the trials of `bow`
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused("[sweep.grid]\nrow.mean.method.ensemble.of = [\"bow\",\n\"bwo\"]"), @"
    error: spec `s.toml`, line 29, key `row.mean.method.ensemble.of`: unknown row `bwo`, did you mean `bow`?; known: `random`, `bow`, `mean`
    hint: `docs/spec.md` explains every key; nothing was run
    ");
}

#[test]
fn a_sweep_of_a_million_points_is_refused_unless_it_is_allowed() {
    let numbers = |most: usize| {
        (1..=most)
            .map(|number| number.to_string())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let sweep = format!(
        "[sweep.grid]\ntrials.seed = [{0}]\ntrials.count = [{0}]",
        numbers(1000)
    );
    let place = swept("", ROWS, &sweep);
    let started = std::time::Instant::now();
    assert_snapshot!(place.run("check s.toml").expect(4).stderr, @"
    error: spec `s.toml`, line 27, key `sweep`: 1000000 points, more than 10000; `--allow-points 1000000` allows them
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert!(started.elapsed().as_secs() < 5);
    let place = swept("", ROWS, "[sweep.grid]\ntrials.seed = [1, 2, 3]");
    assert_snapshot!(place.run("check s.toml --allow-points 2").expect(4).stderr, @"
    error: spec `s.toml`, line 27, key `sweep`: 3 points, more than 2; `--allow-points 3` allows them
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    place.run("check s.toml --allow-points 3").expect(0);
}
