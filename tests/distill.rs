//! Experts, their mean, and the student that learns from it: rows that build on rows.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;

use crate::support::{CHEAP_ROWS, Workplace, entries, labelled, spec};

fn tiny() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/distilbert");
    folder.display().to_string()
}

/// Three experts that train in a fraction of a second; `more` adds keys to their row.
fn experts(more: &str) -> String {
    format!(
        "[[row]]\nid = \"fsl\"\n{more}\n[row.method.finetune]\nencoder = \"{}\"\nepochs = 12\nbatch-size = 4\nlearning-rate = 0.01\n",
        tiny()
    )
}

const MEAN: &str =
    "\n[[row]]\nid = \"mean\"\nlabel = \"FSL_mean\"\nmethod.ensemble = { of = \"fsl\" }\n";

/// Two students of `teacher`; `more` adds keys to their method.
fn students(id: &str, teacher: &str, more: &str) -> String {
    format!(
        "\n[[row]]\nid = \"{id}\"\ntrials = 2\n[row.method.distill]\nteacher = \"{teacher}\"\nencoder = \"{}\"\nepochs = 12\n\
         batch-size = 4\nlearning-rate = 0.01\n{more}\n",
        tiny()
    )
}

fn with_transfer(spec: &str) -> String {
    spec.replace(
        "test = \"test.csv\"",
        "test = \"test.csv\"\ntransfer = \"transfer.csv\"",
    )
}

fn workplace() -> Workplace {
    let place = Workplace::new();
    let labelled = labelled(48);
    let texts: Vec<&str> = labelled
        .lines()
        .map(|line| line.rsplit_once(',').unwrap().0)
        .collect();
    place.write("transfer.csv", texts.join("\n"));
    place
}

/// Three experts, their mean, two students of it.
fn whole(more: &str) -> String {
    let rows = experts(more) + MEAN + &students("student", "mean", "");
    with_transfer(&spec("s", "count = 3", &rows))
}

/// `row trial index` to probability.
fn exported(place: &Workplace, arguments: &str) -> BTreeMap<(String, u64, usize), f64> {
    let csv = place
        .run(&format!("export {arguments} --predictions -"))
        .expect(0)
        .stdout;
    let line = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let key = (
            fields[1].to_owned(),
            fields[2].parse().unwrap(),
            fields[3].parse().unwrap(),
        );
        (key, fields[5].parse().unwrap())
    };
    csv.lines().skip(1).map(line).collect()
}

/// What every trial says of transfer sets: the trial's folder and the file's bytes.
fn transfers(place: &Workplace, results: &str) -> BTreeMap<String, Vec<u8>> {
    let files = trial_folders(place, results)
        .into_iter()
        .flat_map(|folder| {
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            let all = entries(&folder.join("transfer"));
            all.into_iter()
                .filter(|path| path.extension().is_some_and(|extension| extension == "csv"))
                .map(move |path| (name.clone(), fs::read(path).unwrap()))
        });
    files.collect()
}

fn trial_folders(place: &Workplace, results: &str) -> Vec<PathBuf> {
    let trials = place.join(&format!("{results}/store/trials"));
    entries(&trials)
        .iter()
        .flat_map(|folder| entries(folder))
        .collect()
}

#[test]
fn experts_their_mean_and_their_students() {
    let place = workplace();
    place.write("s.toml", whole(""));
    let ran = place.run("run s.toml").expect(0);
    assert!(
        ran.stdout.contains("FSL_mean   mean of 3"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains("sd over 1000 resamplings of its members"),
        "{}",
        ran.stdout
    );
    let all = exported(&place, "s.toml");
    assert_eq!(all.len(), 40 * (3 + 1 + 2));
    let (mut right, mut differ) = (0, false);
    for text in 0..40 {
        let of = |row: &str, trial| all[&(row.to_owned(), trial, text)];
        let mean = (of("fsl", 0) + of("fsl", 1) + of("fsl", 2)) / 3.0;
        assert!((of("mean", 0) - mean).abs() < 1e-12);
        right += usize::from((of("student", 0) > 0.5) == (text % 2 == 1));
        differ |= (of("student", 0) - of("student", 1)).abs() > 0.0;
    }
    // The words tell the classes apart, and the student has seen them with its teacher's answers only.
    assert!(right >= 36, "{right} of 40");
    assert!(differ);
    assert_eq!(transfers(&place, "results").len(), 3);
    assert_snapshot!(place.run("plan s.toml").expect(0).stdout.lines().last().unwrap(), @"5 trials: 0 to run, 5 to reuse, 0 failed before; 0 rows blocked");
}

#[test]
fn programs_see_the_members_of_a_mean() {
    let place = workplace();
    place.write("s.toml", whole(""));
    let table = place.run("run s.toml --format json").expect(0).stdout;
    let table: serde_json::Value = serde_json::from_str(&table).unwrap();
    let mean = &table["experiments"][0]["rows"][1];
    assert_eq!(
        (mean["n"].as_u64(), mean["members"].as_u64()),
        (Some(1), Some(3))
    );
    assert!(
        mean["f1"]["sd"].is_number() && table["experiments"][0]["rows"][0].get("members").is_none()
    );
    let csv = place.run("table s.toml --format csv").expect(0).stdout;
    let mean = csv.lines().nth(2).unwrap();
    assert!(
        mean.starts_with("s,mean,FSL_mean,complete,1,3,1,"),
        "{mean}"
    );
}

#[test]
fn the_number_of_jobs_changes_no_byte_of_students() {
    let place = workplace();
    place.write("s.toml", whole(""));
    place.run("run s.toml --jobs 1 --results one").expect(0);
    place.run("run s.toml --jobs 3 --results three").expect(0);
    assert_eq!(
        place.stored_predictions("one"),
        place.stored_predictions("three")
    );
    assert_eq!(transfers(&place, "one"), transfers(&place, "three"));
}

#[test]
fn a_mean_of_the_first_two() {
    let place = workplace();
    let two = MEAN.replace("of = \"fsl\"", "of = \"fsl\", size = 2");
    place.write("s.toml", spec("s", "count = 3", &(experts("") + &two)));
    place.run("run s.toml").expect(0);
    let all = exported(&place, "s.toml");
    let of = |row: &str, trial| all[&(row.to_owned(), trial, 7)];
    assert!((of("mean", 0) - f64::midpoint(of("fsl", 0), of("fsl", 1))).abs() < 1e-12);
}

/// A student that is added later: the experts are not trained again where their weights were kept, are trained again where
/// they were not, and in both cases say, byte by byte, what they would have said at once.
#[test]
fn a_student_that_is_added_later() {
    let place = workplace();
    place.write("s.toml", whole(""));
    place.run("run s.toml --results at-once").expect(0);
    for (results, more, why) in [
        (
            "kept",
            "keep-weights = true",
            "its kept model is asked about a transfer set",
        ),
        (
            "lost",
            "",
            "trained again, to ask it about a transfer set: its weights were not kept",
        ),
    ] {
        place.write(
            "first.toml",
            with_transfer(&spec("s", "count = 3", &experts(more))),
        );
        place
            .run(&format!("run first.toml --results {results}"))
            .expect(0);
        let records = |place: &Workplace| -> BTreeMap<PathBuf, Vec<u8>> {
            let folders = trial_folders(place, results).into_iter();
            folders
                .map(|folder| {
                    (
                        folder.clone(),
                        fs::read(folder.join("record.json")).unwrap(),
                    )
                })
                .collect()
        };
        let before = records(&place);
        place.write("s.toml", whole(more));
        let plan = place
            .run(&format!("plan s.toml --results {results}"))
            .expect(0)
            .stdout;
        assert_eq!(plan.matches(why).count(), 3, "{plan}");
        place
            .run(&format!("run s.toml --results {results}"))
            .expect(0);
        let after = records(&place);
        assert_eq!(after.len(), 5);
        assert!(
            before
                .iter()
                .all(|(folder, record)| after[folder] == *record)
        );
        assert_eq!(
            transfers(&place, results),
            transfers(&place, "at-once"),
            "{results}"
        );
        assert_eq!(
            place.stored_predictions(results),
            place.stored_predictions("at-once")
        );
    }
}

#[test]
fn keeping_weights_is_told_with_its_cost_and_changes_no_key() {
    let place = workplace();
    place.write("s.toml", whole("keep-weights = true"));
    let plan = place.run("plan s.toml").expect(0).stdout;
    assert!(
        plan.contains("the weights of 3 trials are kept: 0."),
        "{plan}"
    );
    let keys = |plan: &str| -> Vec<String> {
        plan.lines()
            .filter(|line| line.starts_with("run"))
            .map(|line| line[..40].to_owned())
            .collect()
    };
    place.write("plain.toml", whole(""));
    assert_eq!(
        keys(&plan),
        keys(&place.run("plan plain.toml").expect(0).stdout)
    );
}

#[test]
fn teachers_are_found_in_other_files_and_run_first() {
    let place = workplace();
    place.write(
        "experts.toml",
        with_transfer(&spec("experts", "count = 3", &(experts("") + MEAN))),
    );
    place.write("notes.toml", "this is = not [a spec");
    let student = spec(
        "later",
        "",
        &students(
            "student",
            "experts/mean",
            "loss = \"kl\"\ntemperature = 2.0\nlabelled = true",
        ),
    );
    place.write("later.toml", with_transfer(&student));
    let plan = place.run("plan later.toml").expect(0).stdout;
    assert!(plan.contains("run     experts/fsl trial 3"), "{plan}");
    let ran = place.run("run later.toml").expect(0);
    assert!(
        !ran.stdout.contains("FSL_mean") && ran.stdout.contains("student"),
        "{}",
        ran.stdout
    );
    // The experts are there now for whoever asks.
    let plan = place.run("plan later.toml experts.toml").expect(0).stdout;
    assert!(plan.contains("5 trials: 0 to run, 5 to reuse"), "{plan}");
}

#[test]
fn experts_of_a_finished_student_are_not_needed() {
    let place = workplace();
    place.write(
        "experts.toml",
        with_transfer(&spec("experts", "count = 3", &(experts("") + MEAN))),
    );
    let student = spec("later", "", &students("student", "experts/mean", ""));
    place.write("later.toml", with_transfer(&student));
    place.run("run later.toml").expect(0);
    for folder in trial_folders(&place, "results") {
        if folder.join("transfer").is_dir() {
            fs::remove_dir_all(folder).unwrap();
        }
    }
    assert_snapshot!(place.run("plan later.toml").expect(0).stdout.lines().last().unwrap(), @"2 trials: 0 to run, 2 to reuse, 0 failed before; 0 rows blocked");
}

#[test]
fn students_of_single_rows_learn_trial_by_trial() {
    let place = workplace();
    let rows = experts("")
        + &students("of-fsl", "fsl", "")
        + CHEAP_ROWS
        + &students("of-bow", "bow", "loss = \"mse\"");
    place.write("s.toml", with_transfer(&spec("s", "count = 3", &rows)));
    place.run("run s.toml").expect(0);
    // Two of three experts teach one student each; bow, which runs once, teaches both.
    assert_eq!(transfers(&place, "results").len(), 3);
    let all = exported(&place, "s.toml");
    let bow = (0..40)
        .filter(|&text| (all[&("of-bow".to_owned(), 0, text)] > 0.5) == (text % 2 == 1))
        .count();
    assert!(bow >= 36, "{bow} of 40");
}

#[test]
fn a_teacher_that_fails_costs_its_students_only() {
    let place = workplace();
    // An encoder that reads 8 tokens cannot be asked for 32.
    fs::create_dir(place.join("short")).unwrap();
    for file in ["vocab.txt", "model.safetensors"] {
        let bytes = fs::read(Path::new(&tiny()).join(file)).unwrap();
        place.write(&format!("short/{file}"), bytes);
    }
    let config = fs::read_to_string(Path::new(&tiny()).join("config.json")).unwrap();
    let short = config.replace(
        "\"max_position_embeddings\": 32",
        "\"max_position_embeddings\": 8",
    );
    assert_ne!(short, config);
    place.write("short/config.json", short);
    let broken = experts("")
        .replace("\"fsl\"", "\"broken\"")
        .replace(&tiny(), "./short")
        + &MEAN
            .replace("\"fsl\"", "\"broken\"")
            .replace("\"mean\"", "\"broken-mean\"")
        + &students("other", "broken-mean", "");
    let rows = experts("") + MEAN + &students("student", "mean", "") + &broken;
    place.write("s.toml", with_transfer(&spec("s", "count = 3", &rows)));
    let ran = place.run("run s.toml").expect(3);
    assert!(
        ran.stderr
            .contains("blocked: s/other trial 1: its teacher, s/broken trial"),
        "{}",
        ran.stderr
    );
    let table = place.run("table s.toml --format csv").expect(0).stdout;
    let states: Vec<&str> = table
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(3).unwrap())
        .collect();
    assert_eq!(
        states,
        [
            "complete", "complete", "complete", "partial", "partial", "blocked"
        ],
        "{table}"
    );
}

/// What `check` says of rows, with a transfer set or without.
fn refused(rows: &str, transfer: bool) -> String {
    let place = workplace();
    let text = spec("s", "count = 3", rows);
    place.write("s.toml", if transfer { with_transfer(&text) } else { text });
    place.run("check s.toml").expect(4).stderr
}

#[test]
fn rows_that_build_on_what_cannot_be() {
    let ensemble = |of: &str| format!("\n[[row]]\nid = \"e\"\nmethod.ensemble = {of}\n");
    let bow = "[[row]]\nid = \"bow\"\nmethod.bow = {}\n";
    assert_snapshot!(refused(&(bow.to_owned() + &ensemble("{ of = \"bwo\" }")), false), @"
    error: spec `s.toml`, line 18, key `row.e.method.ensemble.of`: unknown row `bwo`, did you mean `bow`?; known: `bow`, `e`
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused(&(bow.to_owned() + &ensemble("{ of = \"elsewhere/bow\" }")), false), @"
    error: spec `s.toml`, line 18, key `row.e.method.ensemble.of`: unknown experiment `elsewhere`; known: `s`
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused(&(bow.to_owned() + &ensemble("{ of = \"bow\", size = 2 }")), false), @"
    error: spec `s.toml`, line 18, key `row.e.method.ensemble.size`: got 2, must be at most 1, the trials of `bow`
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused(&ensemble("{ of = \"e\" }"), false), @"
    error: spec `s.toml`, line 15, key `row.e.method.ensemble.of`: it builds on itself: s/e → s/e
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused(&(bow.to_owned() + &ensemble("{ of = \"bow\" }") + "[[row]]\nid = \"f\"\nmethod.ensemble = { of = \"e\" }\n"), false), @"
    error: spec `s.toml`, line 21, key `row.f.method.ensemble.of`: `e` is an ensemble itself; name the row whose trials are its members
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused(&(bow.to_owned() + &students("s", "bow", "")), false).replace(&tiny(), "[tiny]"), @"
    error: spec `s.toml`, line 19, key `row.s.method.distill`: the data has no transfer set; give `data.transfer`, or a dataset that has one (`fsl-exp fetch --list`)
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused(&(experts("").replace("id = \"fsl\"", "id = \"fsl\"\ntrials = 2") + &students("s", "fsl", "").replace("trials = 2", "trials = 3")), true), @"
    error: spec `s.toml`, line 27, key `row.s.method.distill.teacher`: trial by trial, 3 students need as many trials of `fsl`, which has 2; let an ensemble of it teach
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused(&(bow.to_owned() + &students("s", "bow", "temperature = 2.0")), true), @"
    error: spec `s.toml`, line 26, key `row.s.method.distill.temperature`: `bce` compares probabilities and has no temperature; take `kl` or `mse`, or leave it out
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused(&(students("a", "b", "") + &students("b", "a", "")), true), @"
    error: 2 faults in the specs:
      `s.toml`, line 18, key `row.a.method.distill.teacher`: it builds on itself: s/a → s/b → s/a
      `s.toml`, line 29, key `row.b.method.distill.teacher`: it builds on itself: s/b → s/a → s/b
    hint: `docs/spec.md` explains every key; nothing was run
    ");
}

#[test]
fn a_transfer_file_without_the_column_is_told_before_training() {
    let place = workplace();
    place.write("transfer.csv", "words\nhello\n");
    place.write("s.toml", whole(""));
    let ran = place.run("run s.toml").expect(5);
    assert_snapshot!(ran.stderr, @"error: `transfer.csv`: no column `text`; the columns are `words`");
    assert!(trial_folders(&place, "results").is_empty());
}

/// Damaged, changed and lost words of teachers are asked for again; nobody learns from them, and nothing else is lost.
#[test]
fn a_teacher_s_words_that_were_changed_are_asked_for_again() {
    let place = workplace();
    place.write("s.toml", whole("keep-weights = true"));
    place.run("run s.toml").expect(0);
    let said = transfers(&place, "results");
    let spoil: [fn(&Path); 4] = [
        |csv| fs::write(csv, "index,probability\n0,0.5\n").unwrap(),
        |csv| fs::write(csv.with_extension("json"), "{").unwrap(),
        |csv| fs::remove_file(csv).unwrap(),
        |csv| fs::remove_file(csv.parent().unwrap().with_file_name("record.json")).unwrap(),
    ];
    for (number, spoil) in (3..).zip(spoil) {
        let files: Vec<PathBuf> = trial_folders(&place, "results")
            .iter()
            .flat_map(|folder| entries(&folder.join("transfer")))
            .filter(|path| path.extension().is_some_and(|extension| extension == "csv"))
            .collect();
        spoil(&files[0]);
        place
            .run(&format!("run s.toml --set row.student.trials={number}"))
            .expect(0);
        assert_eq!(transfers(&place, "results"), said, "{number}");
    }
}

#[test]
fn a_kept_model_that_is_damaged_says_what_to_remove() {
    let place = workplace();
    place.write(
        "first.toml",
        with_transfer(&spec("s", "count = 3", &experts("keep-weights = true"))),
    );
    place.run("run first.toml").expect(0);
    let model = trial_folders(&place, "results")[0].join("model");
    fs::write(model.join("head.safetensors"), "short").unwrap();
    place.write("s.toml", whole("keep-weights = true"));
    let ran = place.run("run s.toml").expect(3);
    assert!(ran.stderr.contains("the saved model `"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("the next run retrains the trial"),
        "{}",
        ran.stderr
    );
    fs::remove_dir_all(&model).unwrap();
    place.run("run s.toml").expect(0);
    assert!(model.join("fsl-exp.json").is_file());
}

#[test]
fn a_set_key_and_a_name_are_those_of_one_spec() {
    let place = workplace();
    place.write(
        "experts.toml",
        with_transfer(&spec("experts", "count = 3", &(experts("") + MEAN))),
    );
    let student = spec("later", "", &students("student", "experts/mean", ""));
    place.write("later.toml", with_transfer(&student));
    let plain = place.run("plan later.toml").expect(0).stdout;
    let set = place
        .run("plan later.toml --set name=other --set trials.seed=42")
        .expect(0)
        .stdout;
    assert_eq!(set.replace("other/", "later/"), plain);
    place.write(
        "twin.toml",
        with_transfer(&spec("experts", "count = 2", &(experts("") + MEAN))),
    );
    let ran = place.run("plan later.toml").expect(4);
    assert!(
        ran.stderr.contains("`experts` is used already"),
        "{}",
        ran.stderr
    );
}

#[test]
fn too_few_transfer_texts_are_told_before_any_teacher_trains() {
    let place = workplace();
    let rows = experts("") + MEAN + &students("student", "mean", "transfer-size = 49");
    place.write("s.toml", with_transfer(&spec("s", "count = 3", &rows)));
    let ran = place.run("run s.toml").expect(5);
    assert!(ran.stderr.contains("49"), "{}", ran.stderr);
    assert!(trial_folders(&place, "results").is_empty());
}

#[test]
fn an_export_does_not_replace_what_was_learnt_from() {
    let place = workplace();
    place.write("s.toml", spec("s", "", CHEAP_ROWS));
    place.run("run s.toml").expect(0);
    for file in ["s.toml", "train.csv", "./test.csv"] {
        let ran = place
            .run(&format!("export s.toml --predictions {file}"))
            .expect(2);
        assert!(
            ran.stderr.contains("is the spec") || ran.stderr.contains("is a data file of"),
            "{}",
            ran.stderr
        );
    }
}
