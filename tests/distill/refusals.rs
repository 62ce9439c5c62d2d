//! Refusals before training, and damaged predictions of teachers.

use super::*;

/// What `check` says of rows, with a transfer set or without.
fn refused(rows: &str, transfer: bool) -> String {
    let place = Workplace::with_transfer();
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
    error: spec `s.toml`, line 18, key `row.e.method.ensemble.size`: got 2, must be at most 1, the number of trials of `bow`
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused(&ensemble("{ of = \"e\" }"), false), @"
    error: spec `s.toml`, line 15, key `row.e.method.ensemble.of`: it depends on itself: s/e → s/e
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused(&(bow.to_owned() + &ensemble("{ of = \"bow\" }") + "[[row]]\nid = \"f\"\nmethod.ensemble = { of = \"e\" }\n"), false), @"
    error: spec `s.toml`, line 21, key `row.f.method.ensemble.of`: `e` is itself an ensemble; name the row whose trials are its members
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused(&(bow.to_owned() + &students("s", "bow", "")), false).replace(&tiny(), "[tiny]"), @"
    error: spec `s.toml`, line 19, key `row.s.method.distill`: the data has no transfer set; set `data.transfer` to a file or, for the training texts without their labels, to `train`
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused(&(experts("").replace("id = \"fsl\"", "id = \"fsl\"\ntrials = 2") + &students("s", "fsl", "").replace("trials = 2", "trials = 3")), true), @"
    error: spec `s.toml`, line 27, key `row.s.method.distill.teacher`: each student needs a teacher: 3 trials, but `fsl` has 2; distil from an ensemble of it instead
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused(&(bow.to_owned() + &students("s", "bow", "temperature = 2.0")), true), @"
    error: spec `s.toml`, line 26, key `row.s.method.distill.temperature`: `bce` compares probabilities and has no temperature; take `kl` or `mse`, or leave it out
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused(&(students("a", "b", "") + &students("b", "a", "")), true), @"
    error: 2 faults in the specs:
      `s.toml`, line 18, key `row.a.method.distill.teacher`: it depends on itself: s/a → s/b → s/a
      `s.toml`, line 29, key `row.b.method.distill.teacher`: it depends on itself: s/b → s/a → s/b
    hint: `docs/spec.md` explains every key; nothing was run
    ");
}

#[test]
fn a_transfer_file_without_the_column_is_told_before_training() {
    let place = Workplace::with_transfer();
    place.write("transfer.csv", "words\nhello\n");
    place.write("s.toml", whole(""));
    let ran = place.run("run s.toml").expect(5);
    assert_snapshot!(ran.stderr, @"error: `transfer.csv`: no column `text`; the columns are `words`");
    assert!(trial_folders(&place, "results").is_empty());
}

/// Damaged, changed and lost words of teachers are asked for again; nobody learns from them, and nothing else is lost.
#[test]
fn a_teacher_s_words_that_were_changed_are_asked_for_again() {
    let place = Workplace::with_transfer();
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
        let ran = place.run(&format!("run s.toml --set row.student.trials={number}"));
        let said_so = ran.expect(0).stderr.contains("damaged");
        // A record that is gone takes its extras with it, and is told as such.
        assert!(said_so, "{number}");
        assert_eq!(transfers(&place, "results"), said, "{number}");
    }
}

/// What is done to a file.
type Spoil<'a> = &'a dyn Fn(&Path);

/// Students learn what the models said when they were trained, or what the same models say that are trained again.
#[test]
fn a_kept_model_that_is_damaged_is_made_anew() {
    let place = Workplace::with_transfer();
    place.write("s.toml", whole("keep-weights = true"));
    place.run("run s.toml --results whole").expect(0);
    let said = transfers(&place, "whole");
    place.write(
        "first.toml",
        with_transfer(&spec("s", "count = 3", &experts("keep-weights = true"))),
    );
    let flip = |path: &Path| {
        let mut bytes = fs::read(path).unwrap();
        let middle = bytes.len() - bytes.len() / 4;
        bytes[middle] ^= 0x40;
        fs::write(path, bytes).unwrap();
    };
    let rewrite = |path: &Path, from: &str, to: &str| {
        let text = fs::read_to_string(path).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(path, text.replace(from, to)).unwrap();
    };
    let spoil: [(&str, Spoil); 8] = [
        ("model.safetensors", &flip),
        ("head.safetensors", &flip),
        ("head.safetensors", &|path: &Path| {
            fs::write(path, "short").unwrap();
        }),
        ("vocab.txt", &|path: &Path| {
            let text = fs::read_to_string(path).unwrap();
            fs::write(path, &text[..text.len() / 2]).unwrap();
        }),
        ("fsl-exp.json", &|path: &Path| {
            rewrite(path, "\"pooling\": \"cls\"", "\"pooling\": \"mean\"");
        }),
        ("SHA256SUMS", &|path: &Path| fs::remove_file(path).unwrap()),
        ("SHA256SUMS", &|path: &Path| {
            let text = fs::read_to_string(path).unwrap();
            let kept = text
                .lines()
                .filter(|line| !line.ends_with("  head.safetensors"));
            fs::write(path, kept.collect::<Vec<_>>().join("\n") + "\n").unwrap();
        }),
        ("head.safetensors", &|path: &Path| {
            let before = sha256(&fs::read(path).unwrap());
            flip(path);
            let sums = path.with_file_name("SHA256SUMS");
            rewrite(&sums, &before, &sha256(&fs::read(path).unwrap()));
        }),
    ];
    for (name, spoil) in spoil {
        fs::remove_dir_all(place.join("results")).ok();
        place.run("run first.toml --quiet").expect(0);
        let model = trial_folders(&place, "results")[0].join("model");
        let whole = fs::read(model.join(name)).unwrap();
        spoil(&model.join(name));
        let plan = place.run("plan s.toml").expect(0).stdout;
        let why = "its saved model is damaged: `results/store/trials/";
        assert!(plan.contains(why), "{name}: {plan}");
        let ran = place.run("run s.toml --quiet").expect(0);
        assert!(
            ran.stderr.contains("is damaged and is made anew: `"),
            "{name}: {}",
            ran.stderr
        );
        assert_eq!(transfers(&place, "results"), said, "{name}");
        assert!(fs::read(model.join(name)).unwrap() == whole, "{name}");
    }
}

/// A model that is added to a stored trial gets into its record like one that was kept at once.
#[test]
fn the_record_knows_a_model_that_is_added_later() {
    let place = Workplace::with_transfer();
    let rows = |more: &str| with_transfer(&spec("s", "count = 3", &experts(more)));
    place.write("s.toml", rows(""));
    place.run("run s.toml").expect(0);
    let folder = &trial_folders(&place, "results")[0];
    let model_sha256 = || {
        let record = fs::read_to_string(folder.join("record.json")).unwrap();
        let record: serde_json::Value = serde_json::from_str(&record).unwrap();
        record.get("model-sha256").cloned()
    };
    assert_eq!(model_sha256(), None);
    let table = place.run("table s.toml").expect(0).stdout;
    // The student needs what the experts say of its texts, so that they are fitted once more.
    place.write("s.toml", whole("keep-weights = true"));
    place.run("run s.toml").expect(0);
    let sums = sha256(&fs::read(folder.join("model/SHA256SUMS")).unwrap());
    assert_eq!(model_sha256(), Some(sums.into()));
    place.write("s.toml", rows(""));
    assert_eq!(place.run("table s.toml").expect(0).stdout, table);
}

#[test]
fn a_set_key_and_a_name_are_those_of_one_spec() {
    let place = experts_and_later_student();
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
        ran.stderr.contains("`experts` is already used"),
        "{}",
        ran.stderr
    );
}

#[test]
fn too_few_transfer_texts_are_told_before_any_teacher_trains() {
    let place = Workplace::with_transfer();
    let rows = experts("") + MEAN + &students("student", "mean", "transfer-size = 49");
    place.write("s.toml", with_transfer(&spec("s", "count = 3", &rows)));
    let ran = place.run("run s.toml").expect(5);
    assert!(ran.stderr.contains("49"), "{}", ran.stderr);
    assert!(trial_folders(&place, "results").is_empty());
}

#[test]
fn an_export_does_not_replace_what_was_learnt_from() {
    let place = Workplace::with_transfer();
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
