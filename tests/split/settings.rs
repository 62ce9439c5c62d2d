//! Settings files, reports and interruption.

use super::*;

#[test]
fn a_file_says_what_options_say_and_options_win() {
    let place = place();
    place.write("data/in.csv", corpus(400));
    place.write(
        "data/split.toml",
        "input = \"in.csv\"\noutput = \"sets\"\nrules = \"tidy\"\nseed = 5\nmin-chars = 20\ntrain = 20\n\
         test = \"40:stratified\"\ntransfer = \"60:20\"\ntransfer-labels = true\n",
    );
    place.run("split --spec data/split.toml").expect(0);
    let options =
        "--rules tidy --seed 5 --min-chars 20 --train 20 --test 40:stratified --transfer 60:20";
    place
        .run(&format!("split in.csv -o out {options} --transfer-labels"))
        .expect(0);
    for file in ["train.csv", "test.csv", "transfer.csv", "split.json"] {
        assert_eq!(
            place.read(&format!("data/sets/{file}")),
            place.read(&format!("out/{file}"))
        );
    }
    place
        .run("split --spec data/split.toml -o other --seed 6 --transfer-labels=false")
        .expect(0);
    let parameters = &report(&place, "other")["parameters"];
    assert_eq!(parameters["seed"], 6);
    assert_eq!(parameters["test"], "40:stratified");
    assert_eq!(parameters["train"], "20:balanced");
    assert_eq!(header(&place, "other/transfer.csv"), "text,text_pp");
}

#[test]
fn faults_of_a_file_are_all_told_with_line_and_key() {
    let place = place();
    place.write(
        "bad.toml",
        "seed = -1\ntests = 3\ntrain = true\nrules = \"tidied\"\nmin-chars = \"31\"\n",
    );
    assert_snapshot!(refused(&place, "in.csv -o out --spec bad.toml", 4), @r#"
    error: 5 faults in the specs:
      `bad.toml`, line 1, key `seed`: got -1, must be an integer from 0 to 9007199254740991
      `bad.toml`, line 2, key `tests`: unknown key, did you mean `test`?; allowed: `input`, `output`, `train`, `test`, `transfer`, `balance`, `transfer-labels`, `text-column`, `label-column`, `classes`, `rules`, `min-chars`, `keep-duplicates`, `skip-bad-rows`, `seed`, `delimiter`
      `bad.toml`, line 3, key `train`: got true, must be an integer or a string
      `bad.toml`, line 4, key `rules`: got the string "tidied", must be one of `none`, `reference`, `tidy`
      `bad.toml`, line 5, key `min-chars`: got the string "31", must be an integer from 0 to 1000000
    hint: `docs/split.md` explains every key; nothing was written
    "#);
    place.write(
        "bad.toml",
        "test = 0\n\ntrain = \"many\"\ndelimiter = \";;\"\n",
    );
    assert_snapshot!(refused(&place, "in.csv -o out --spec bad.toml", 4), @"
    error: 3 faults in the specs:
      `bad.toml`, line 1, key `test`: got `0`, must be a number of texts such as `1000`, `1000:balanced`, `1000:stratified` or `1000:random`, a number of texts of each class such as `8:shots`, one number for each class in order such as `700:300`, or `rest`
      `bad.toml`, line 3, key `train`: got `many`, must be a number of texts such as `1000`, `1000:balanced`, `1000:stratified` or `1000:random`, a number of texts of each class such as `8:shots`, one number for each class in order such as `700:300`, or `rest`
      `bad.toml`, line 4, key `delimiter`: got `;;`, must be one ASCII character, `tab` or `auto`
    hint: `docs/split.md` explains every key; nothing was written
    ");
    assert_snapshot!(refused(&place, "in.csv -o out --spec none.toml", 4), @"
    error: spec `none.toml`: No such file or directory (os error 2)
    hint: give the path of a file such as `data/metoo_split.toml`
    ");
}

/// The shipped file is the published construction; MeTooHate itself cannot be shipped.
#[test]
fn the_shipped_file_states_the_published_sets() {
    let place = Workplace::new();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/metoo_split.toml");
    place.write("in.csv", corpus(400));
    let arguments = format!("in.csv -o out --spec {} --min-chars 20", shipped.display());
    let said = refused(&place, &arguments, 5);
    assert!(
        said.contains(
            "too few texts with label `0` for the test set: 5000 requested, 300 of 300 left"
        ),
        "{said}"
    );
    let arguments = format!(
        "split in.csv -o out --spec {} --test 40 --transfer 80:20 --min-chars 20",
        shipped.display()
    );
    place.run(&arguments).expect(0);
    let parameters = &report(&place, "out")["parameters"];
    assert_eq!(parameters["train"], "50:50");
    assert_eq!(parameters["rules"], "reference");
    assert_eq!(labels(&rows(&place, "out/train.csv")), [50, 50]);
}

#[test]
fn people_get_a_report() {
    let place = Workplace::new();
    place.write("in.csv", golden("input.csv"));
    let ran = place
        .run(&format!("split in.csv -o out {GOLDEN}"))
        .expect(0);
    assert_snapshot!(ran.stdout, @"
    rows                    623
    distinct texts          508  357 with label 0, 151 with label 1 (29.72 %)
    conflicts                27  texts with both labels; the first label is used
    31+ characters          424  299 with label 0, 125 with label 1 (29.48 %)

    train.csv                20  10 with label 0, 10 with label 1 (50.00 %)
    test.csv                 80  40 with label 0, 40 with label 1 (50.00 %)
    transfer.csv            125  100 with label 0, 25 with label 1 (20.00 %)

    train, test       exact duplicates 0, near duplicates 4 (3 and 4 texts)
      1.00  train 6: her your if just well your did then to 😂 time long all did that not sh…
            test 39: her your if just well your did then to time long all did that not she …
    train, transfer   exact duplicates 0, near duplicates 6 (4 and 6 texts)
      1.00  train 2: time 😂 so in You, about do the some they your have are o'clock two wer…
            transfer 39: time 😂 so in you about do the some they your have are o'clock two were…
    test, transfer    exact duplicates 0, near duplicates 14 (10 and 11 texts)
      1.00  test 20: some first on they were no each any into
            transfer 3: some first on They? were no each any into
    ");
    assert!(
        ran.stderr
            .starts_with("wrote `out`: train.csv, test.csv, transfer.csv, split.json in "),
        "{}",
        ran.stderr
    );
    assert_eq!(
        place
            .run(&format!("split in.csv -o quiet -q {GOLDEN}"))
            .expect(0)
            .stdout,
        ""
    );
}

/// Standard input is copied before it is split; a pipe that stays open must not hold up the end.
#[cfg(unix)]
#[test]
fn a_run_that_is_stopped_leaves_nothing() {
    let place = Workplace::new();
    fs::create_dir(place.join("tmp")).unwrap();
    let mut command = place.command("split - -o out --test 2");
    let mut child = command
        .env("TMPDIR", place.join("tmp"))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(corpus(400).as_bytes()).unwrap();
    let start = Instant::now();
    let copied = |path: &PathBuf| path.metadata().unwrap().len() > 0;
    while !entries(&place.join("tmp")).iter().any(copied) {
        assert!(start.elapsed() < Duration::from_secs(20), "waited in vain");
        thread::sleep(Duration::from_millis(10));
    }
    let pid = child.id().to_string();
    let signalled = Command::new("kill").args(["-TERM", &pid]).status();
    assert!(signalled.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(entries(&place.join("tmp")).is_empty());
    assert!(!place.join("out").exists());
    drop(stdin);
}
