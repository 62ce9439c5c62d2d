//! From the samples of trials over another program's files to rows: what is exported can be read back.

use std::fs;

use super::*;
use crate::support::spec;

/// Writes one file per trial out of an export of predictions, and returns how many there are.
fn split_by_trial(place: &Workplace, export: &str, name: &str) -> usize {
    let text = place.read(export);
    let (header, lines) = text.split_once('\n').unwrap();
    let column = header.split(',').position(|name| name == "trial").unwrap();
    let mut trials: Vec<String> = Vec::new();
    for line in lines.lines() {
        let trial: usize = line.split(',').nth(column).unwrap().parse().unwrap();
        trials.resize(trials.len().max(trial + 1), format!("{header}\n"));
        trials[trial] += &format!("{line}\n");
    }
    for (trial, text) in trials.iter().enumerate() {
        place.write(&name.replace("{trial}", &trial.to_string()), text);
    }
    trials.len()
}

/// A bag of words of three draws of texts with these labels, exported, and a spec that shows it beside what was exported.
fn round_trip(labels: &[&str]) -> Workplace {
    let place = Workplace::new();
    let texts = |count: usize, words: usize| {
        let mut csv = String::from("text,label\n");
        for number in 0..count {
            let class = number % labels.len();
            // Every seventh text has the words of the next class.
            let word = (class + usize::from(number % 7 == 0)) % labels.len();
            let odd = number % words;
            csv += &format!("the word{word} and odd{odd} of them,{}\n", labels[class]);
        }
        csv
    };
    place.write("train.csv", texts(8 * labels.len(), 5));
    place.write("test.csv", texts(8 * labels.len(), 3));
    let trials = trials(labels);
    place.write("bow.toml", spec("first", &trials, BOW));
    place.run("run bow.toml --quiet").expect(0);
    place.run("export bow.toml --predictions all.csv").expect(0);
    assert_eq!(split_by_trial(&place, "all.csv", "other_{trial}.csv"), 3);
    let rows = BOW.to_owned()
        + &imported("other_{trial}.csv")
        + "[[row]]\nid = \"mean\"\nmethod.ensemble = { of = \"other\" }\n\
           [[row]]\nid = \"bow-mean\"\nmethod.ensemble = { of = \"bow\" }\n"
        + ALL_METRICS;
    write_spec(&place, "", &trials, &rows);
    place
}

/// Three draws of two texts of each class.
fn trials(labels: &[&str]) -> String {
    let size = 2 * labels.len();
    format!("count = 3\ntrain-size = {size}\nvary = [\"sample\"]")
}

#[test]
fn our_own_export_gives_the_same_figures_to_the_digit() {
    for labels in [&["0", "1"][..], &["ham", "spam"], &SIX] {
        let place = round_trip(labels);
        let table = table(&place, "results");
        let rows = &table["experiments"][0]["rows"];
        assert_eq!(rows[1]["n"], 3);
        for key in ["accuracy", "macro_f1", "mcc", "log_loss"] {
            assert_eq!(rows[0][key], rows[1][key], "{key}");
            assert_eq!(rows[2][key], rows[3][key], "{key} of the means");
        }
        assert!(rows[0]["log_loss"]["sd"].as_f64().unwrap() > 0.0);
        let stored = place.stored_predictions("results");
        assert_eq!(stored.len(), 6);
        // Every file is there twice: as the bag of words left it, and as it was read.
        for (_, file) in &stored {
            assert_eq!(stored.iter().filter(|(_, other)| other == file).count(), 2);
        }
        let verified = place.run("verify s.toml --all --quiet").expect(0).stdout;
        assert!(
            verified.contains("s/other trial 3: identical"),
            "{verified}"
        );
    }
}

/// Trials are paired with those of other rows that drew the same texts.
#[test]
fn trials_are_paired_by_their_draws() {
    let place = round_trip(&["0", "1"]);
    place.run("run s.toml --quiet").expect(0);
    let compared = place
        .run("compare s.toml --pair other,bow")
        .expect(0)
        .stdout;
    assert!(
        compared.contains("trials are paired by number: they share seeds (3 pairs); varied: sample, trials of another program"),
        "{compared}"
    );
    let samples = place.run("export s.toml --samples -").expect(0).stdout;
    let of = |row: &str| -> Vec<String> {
        let lines = samples
            .lines()
            .filter(|line| line.starts_with(&format!("s,{row},")));
        lines.map(|line| line.replacen(row, "", 1)).collect()
    };
    assert_eq!(of("bow").len(), 12);
    assert_eq!(of("bow"), of("other"));
    // Without draws there are as many trials, as many as there are files.
    write_spec(&place, "", "count = 3", &imported("other_{trial}.csv"));
    let table = table(&place, "results");
    assert_eq!(table["experiments"][0]["rows"][0]["n"], 3);
}

#[test]
fn a_changed_file_runs_again_and_an_unchanged_one_does_not() {
    let place = round_trip(&["0", "1"]);
    place.run("run s.toml --quiet").expect(0);
    let states = |place: &Workplace| -> Vec<String> {
        let plan = place.run("plan s.toml").expect(0).stdout;
        let lines = plan.lines().filter(|line| line.contains("s/other"));
        lines.map(|line| line[..5].trim().to_owned()).collect()
    };
    assert_eq!(states(&place), ["reuse", "reuse", "reuse"]);
    let text = place.read("other_1.csv");
    place.write("other_1.csv", text.replacen(",0.", ",0.1", 1));
    assert_eq!(states(&place), ["reuse", "run", "reuse"]);
    // Another name is another name only.
    place.write("other_1.csv", text);
    for trial in 0..3 {
        let [from, to] = ["other", "moved"].map(|name| place.join(&format!("{name}_{trial}.csv")));
        fs::rename(from, to).unwrap();
    }
    let rows = place
        .read("s.toml")
        .replace("other_{trial}", "moved_{trial}");
    place.write("s.toml", rows);
    assert_eq!(states(&place), ["reuse", "reuse", "reuse"]);
    fs::remove_file(place.join("moved_0.csv")).unwrap();
    let gone = place
        .run("verify s.toml --row other --quiet")
        .expect(4)
        .stderr;
    assert!(
        gone.contains("key `row.other.method.predictions.file`: there is no file `moved_0.csv`"),
        "{gone}"
    );
}

/// A file per size makes a learning curve; one for all sizes is one row.
#[test]
fn sizes_that_are_swept_have_files_of_their_own() {
    let place = Workplace::new();
    let row = |index: usize, p: f64| format!("{index},{p}");
    for size in [4, 8] {
        for trial in 0..2 {
            let right = |index: usize| (index % 2) as f64;
            // The larger the sample, the more texts are right: 20 + size of 40.
            let p = |index: usize| {
                let right = right(index);
                if index < 20 + size {
                    right
                } else {
                    1.0 - right
                }
            };
            let rows = (0..40).map(|index| row(index, p(index)));
            let text = file("index,probability", rows) + if trial == 0 { "" } else { "\n" };
            place.write(&format!("p/{size}_{trial}.csv"), text);
        }
    }
    let trials = "count = 2\ntrain-size = 4\nvary = [\"sample\"]";
    let sweep =
        "[table]\nmetrics = [\"accuracy\"]\n[sweep]\ngrid = { trials.train-size = [4, 8] }\n";
    write_spec(
        &place,
        "",
        trials,
        &(imported("p/{train-size}_{trial}.csv") + BOW + sweep),
    );
    let swept = table(&place, "results");
    let rows = &swept["experiments"][0]["rows"];
    assert_eq!(rows[0]["id"], "other[train-size=4]");
    assert_eq!(rows[1]["id"], "other[train-size=8]");
    has_metrics(&swept, 0, &[("accuracy", 0.6)]);
    has_metrics(&swept, 1, &[("accuracy", 0.7)]);
    write_spec(
        &place,
        "",
        trials,
        &(imported("p/8_{trial}.csv") + BOW + sweep),
    );
    let swept = table(&place, "results");
    let ids: Vec<&Value> = swept["experiments"][0]["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["id"])
        .collect();
    assert_eq!(ids, ["other", "bow[train-size=4]", "bow[train-size=8]"]);
    // Shots have a placeholder of their own.
    place.write("p/shots_2.csv", place.read("p/8_0.csv"));
    write_spec(&place, "", "shots = 2", &imported("p/shots_{shots}.csv"));
    place.run("check s.toml").expect(0);
}

/// Where streams are crossed, every combination is a trial of its own.
#[test]
fn crossed_streams_have_a_file_per_combination() {
    let place = round_trip(&["0", "1"]);
    for trial in 3..6 {
        let text = place.read(&format!("other_{}.csv", trial - 3));
        let moved = text.replace(&format!("bow,{},", trial - 3), &format!("bow,{trial},"));
        place.write(&format!("other_{trial}.csv"), moved);
    }
    let trials = "train-size = 4\ncross = { sample = 2, init = 3 }";
    write_spec(&place, "", trials, &(imported("other_{trial}.csv") + BOW));
    let table = table(&place, "results");
    let rows = &table["experiments"][0]["rows"];
    assert_eq!((&rows[0]["n"], &rows[1]["n"]), (&6.into(), &2.into()));
    let samples = place.run("export s.toml --samples -").expect(0).stdout;
    let texts = |row: &str, trial: usize| -> Vec<&str> {
        let start = format!("s,{row},{trial},");
        let lines = samples.lines().filter_map(|line| line.strip_prefix(&start));
        lines.collect()
    };
    for trial in 0..6 {
        assert_eq!(texts("other", trial), texts("bow", trial / 3));
    }
    assert_ne!(texts("bow", 0), texts("bow", 1));
}

/// A file that says which sample it is of cannot stand for another one.
#[test]
fn files_of_another_sample_are_refused() {
    let place = round_trip(&["0", "1"]);
    let samples = place.run("export bow.toml --samples -").expect(0).stdout;
    for trial in 0..3 {
        let start = format!("first,bow,{trial},");
        let line = samples.lines().find(|line| line.starts_with(&start));
        let (_, checksum) = line.unwrap().rsplit_once(',').unwrap();
        let name = format!("other_{trial}.csv");
        let lines = place.read(&name);
        let lines = lines.lines().enumerate().map(|(number, line)| {
            let last = if number == 0 {
                "train_rows_sha256"
            } else {
                checksum
            };
            format!("{line},{last}\n")
        });
        place.write(&name, lines.collect::<String>());
    }
    place.run("run s.toml --quiet").expect(0);
    let said = place
        .run("check s.toml --set trials.seed=43")
        .expect(5)
        .stderr;
    assert!(
        said.starts_with("error: `other_0.csv`, line 2: column `train_rows_sha256`: got `"),
        "{said}"
    );
}
