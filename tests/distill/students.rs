//! Students and the trials that teach them.

use super::*;

#[test]
fn experts_their_mean_and_their_students() {
    let place = Workplace::with_transfer();
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
    let place = Workplace::with_transfer();
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
    let place = Workplace::with_transfer();
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
    let place = Workplace::with_transfer();
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
    let place = Workplace::with_transfer();
    place.write("s.toml", whole(""));
    place.run("run s.toml --results at-once").expect(0);
    for (results, more, why) in [
        (
            "kept",
            "keep-weights = true",
            "its saved model predicts a transfer set",
        ),
        (
            "lost",
            "",
            "retrained to predict a transfer set: its weights were not kept",
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
    let place = Workplace::with_transfer();
    place.write("s.toml", whole("keep-weights = true"));
    let plan = place.run("plan s.toml").expect(0).stdout;
    assert!(
        plan.contains("the weights of 3 trials will be kept: 0."),
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
    let place = Workplace::with_transfer();
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
    let place = experts_and_later_student();
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
    let place = Workplace::with_transfer();
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
    let place = Workplace::with_transfer();
    // An encoder that lacks its last layer.
    fs::create_dir(place.join("short")).unwrap();
    for file in ["vocab.txt", "model.safetensors"] {
        let bytes = fs::read(Path::new(&tiny()).join(file)).unwrap();
        place.write(&format!("short/{file}"), bytes);
    }
    let config = fs::read_to_string(Path::new(&tiny()).join("config.json")).unwrap();
    let short = config.replace("\"n_layers\": 2", "\"n_layers\": 3");
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
