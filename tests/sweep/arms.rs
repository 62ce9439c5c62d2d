//! Arms as rows of plans, tables, comparisons and exports.

use super::*;

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
    // The texts of tests are few, and the same in every file.
    let is_doubt = |line: &&str| line.starts_with("warning: ");
    let stderr = ran
        .stderr
        .split_inclusive('\n')
        .filter(|line| !is_doubt(line));
    (pairs.map(name).collect(), stderr.collect())
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
        "skipped: no unique row to compare with at the sweep point of s/random[test=test.csv], s/random[test=other.csv]\n"
    );
    let (pairs, _) = compared(&place, &["s.toml", "--row", "mean", "--against", "s/bow"]);
    assert_eq!(pairs, expected);
    let one = arm("bow", "test", 4);
    let (pairs, stderr) = compared(&place, &["s.toml", "--against", &one]);
    assert_eq!(pairs.len(), 4, "{pairs:?}");
    assert_eq!(
        stderr,
        "skipped: 5 pairs of rows scored on different test texts\n"
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
    assert_snapshot!(shown.lines().last().unwrap(), @"n = 1 trial per row, without spread (–), in percent except MCC; 4 to 8 training texts, 40 test texts.");
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
    time: less than a minute; 8 estimated from file sizes
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
