//! `fsl-exp split`: what it draws, what it writes, and what it refuses. Time and memory are in bench/split.sh.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{Workplace, entries};

/// What the golden sets are drawn with.
const GOLDEN: &str = "--rules none --seed 11 --test 80 --train 20 --transfer 100:25";

fn golden(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/split");
    fs::read_to_string(path.join(name)).unwrap()
}

/// A workplace with `in.csv`: 400 texts of 40 characters or so, every fourth of label 1.
fn place() -> Workplace {
    let place = Workplace::new();
    place.write("in.csv", corpus(400));
    place
}

fn corpus(rows: usize) -> String {
    let row = |index: usize| {
        let word = ["one", "two", "red", "blue", "old"][index % 5];
        let label = u8::from(index.is_multiple_of(4));
        let name = name(index);
        format!("{index},\"Text {name} of the {word} sort, @you, {word}{name}x\",{label}\n")
    };
    "id,text,category\n".to_owned() + &(0..rows).map(row).collect::<String>()
}

/// A number in letters, which the text rules leave alone.
fn name(index: usize) -> String {
    let letters = index.to_string().into_bytes().into_iter();
    letters
        .map(|digit| char::from(digit - b'0' + b'a'))
        .collect()
}

fn number(name: &str) -> usize {
    name.bytes()
        .fold(0, |number, letter| 10 * number + usize::from(letter - b'a'))
}

/// A file's rows without its header.
fn rows(place: &Workplace, name: &str) -> Vec<csv::StringRecord> {
    let mut reader = csv::Reader::from_path(place.join(name)).unwrap();
    reader.records().map(Result::unwrap).collect()
}

fn header(place: &Workplace, name: &str) -> String {
    place.read(name).lines().next().unwrap().to_owned()
}

/// How many rows have label 0 and label 1 in their last column.
fn labels(rows: &[csv::StringRecord]) -> [usize; 2] {
    ["0", "1"].map(|label| {
        rows.iter()
            .filter(|row| row.iter().next_back() == Some(label))
            .count()
    })
}

fn report(place: &Workplace, folder: &str) -> Value {
    serde_json::from_str(&place.read(&format!("{folder}/split.json"))).unwrap()
}

/// What is said, with exit code `code`, and that nothing is written.
fn refused(place: &Workplace, arguments: &str, code: i32) -> String {
    let ran = place.run(&format!("split {arguments}")).expect(code);
    assert!(!place.join("out").exists(), "{arguments}");
    ran.stderr
}

/// Witness: pandas in the order of the published notebook, with the draws worked out in Python; near duplicates by comparing
/// all pairs with scikit-learn (`tests/golden/split/generate.py`).
#[test]
fn the_published_construction_comes_out() {
    let place = Workplace::new();
    place.write("in.csv", golden("input.csv"));
    place
        .run(&format!("split in.csv -o out {GOLDEN}"))
        .expect(0);
    for file in ["train.csv", "test.csv", "transfer.csv"] {
        assert_eq!(place.read(&format!("out/{file}")), golden(file), "{file}");
    }
    let expected: Value = serde_json::from_str(&golden("expected.json")).unwrap();
    let report = report(&place, "out");
    for step in ["rows", "labelled", "distinct", "conflicts", "kept"] {
        assert_eq!(report["counts"][step], expected[step], "{step}");
    }
    let overlaps = report["overlaps"].as_array().unwrap();
    assert_eq!(overlaps.len(), 3);
    for overlap in overlaps {
        let [first, second] = [0, 1].map(|index| overlap["sets"][index].as_str().unwrap());
        let near = &expected["near"][format!("{first} {second}")];
        assert_eq!(&overlap["near-duplicates"]["pairs"], near);
        assert_eq!(overlap["exact-duplicates"], 0);
    }
}

#[test]
fn sets_are_disjoint_and_as_large_and_balanced_as_asked() {
    let place = place();
    place
        .run(
            "split in.csv -o out --train 21 --test 40:stratified --transfer rest --transfer-labels",
        )
        .expect(0);
    let [train, test, transfer] =
        ["train", "test", "transfer"].map(|set| rows(&place, &format!("out/{set}.csv")));
    assert_eq!(labels(&train), [11, 10]);
    assert_eq!(labels(&test), [30, 10]);
    assert_eq!(labels(&transfer), [259, 80]);
    let all = train.iter().chain(&test).chain(&transfer);
    let texts: BTreeSet<&str> = all.clone().map(|row| &row[0]).collect();
    assert_eq!(texts.len(), 400);
    for row in all {
        let index = number(row[0].split(' ').nth(1).unwrap());
        assert_eq!(&row[2], if index.is_multiple_of(4) { "1" } else { "0" });
        assert_eq!(row[1], row[0].to_lowercase().replace("@you", "usr"));
    }
    assert_ne!(
        test.iter().map(|row| row[0].to_owned()).collect::<Vec<_>>(),
        texts
            .iter()
            .take(40)
            .map(|&text| text.to_owned())
            .collect::<Vec<_>>()
    );
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let place = place();
    let run = |folder: &str, seed: u64, threads: &str| {
        let arguments = format!(
            "split in.csv -o {folder} --rules none --min-chars 9 --test 40 --train 10 --transfer 90:30 --seed {seed}"
        );
        let mut command = place.command(&arguments);
        let output = command.env("RAYON_NUM_THREADS", threads).output().unwrap();
        assert!(output.status.success());
        ["train.csv", "test.csv", "transfer.csv", "split.json"]
            .map(|file| place.read(&format!("{folder}/{file}")))
    };
    let first = run("a", 7, "1");
    assert_eq!(first, run("b", 7, "2"));
    for (file, other) in first.iter().zip(run("c", 8, "2")) {
        assert_ne!(*file, other);
    }
    // A larger test set by the same seed has the smaller one in it.
    place
        .run("split in.csv -o d --rules none --min-chars 9 --test 80 --seed 7")
        .expect(0);
    let larger: BTreeSet<String> = rows(&place, "d/test.csv")
        .iter()
        .map(|row| row[0].to_owned())
        .collect();
    assert!(
        rows(&place, "a/test.csv")
            .iter()
            .all(|row| larger.contains(&row[0]))
    );
    assert!(!place.join("d/train.csv").exists());
}

#[test]
fn the_transfer_set_shows_no_labels_unless_asked_to() {
    let place = place();
    let arguments = "split in.csv --rules tidy --train 10 --transfer 40";
    place.run(&format!("{arguments} -o a")).expect(0);
    place
        .run(&format!("{arguments} -o b --transfer-labels"))
        .expect(0);
    assert_eq!(header(&place, "a/train.csv"), "text,text_pp,category");
    assert_eq!(header(&place, "a/transfer.csv"), "text,text_pp");
    assert_eq!(header(&place, "b/transfer.csv"), "text,text_pp,category");
    let texts = |folder: &str| -> Vec<String> {
        let rows = rows(&place, &format!("{folder}/transfer.csv"));
        rows.iter().map(|row| row[0].to_owned()).collect()
    };
    assert_eq!(texts("a"), texts("b"));
    assert_eq!(report(&place, "a")["sets"][1]["labels"]["label-1"], 20);
}

/// The published texts have more than 30 characters, counted as Python's `len` does.
#[test]
fn short_texts_are_left_out_by_characters_not_bytes() {
    let place = Workplace::new();
    let texts = ["a", "é", "😂", "日"].map(|letter| [letter.repeat(30), letter.repeat(31)]);
    let mut lines = "text,category\n".to_owned();
    for [short, long] in &texts {
        lines += &format!("{short},0\n{long},1\n");
    }
    place.write("in.csv", lines);
    let run = |more: &str, folder: &str| {
        let arguments = format!("split in.csv -o {folder} --rules none --test rest {more}");
        place.run(&arguments).expect(0);
        labels(&rows(&place, &format!("{folder}/test.csv")))
    };
    assert_eq!(run("", "a"), [0, 4]);
    assert_eq!(run("--min-chars 30", "b"), [4, 4]);
    assert_eq!(run("--min-chars 0", "c"), [4, 4]);
    assert_eq!(header(&place, "a/test.csv"), "text,category");
}

#[test]
fn a_text_counts_once_with_its_first_label_or_stays_in_one_set() {
    let place = Workplace::new();
    let mut text = "text,label\n".to_owned();
    for index in 0..30 {
        for copy in 0..=index % 3 {
            // The third copy has the other label.
            let label = (index + copy / 2) % 2;
            text += &format!("@a{copy} word{} {index},{label}\n", "x".repeat(index));
        }
    }
    place.write("in.csv", text);
    let arguments = "split in.csv --label-column label --rules tidy --min-chars 5 --test 5:5";
    place
        .run(&format!(
            "{arguments} -o a --transfer rest --transfer-labels"
        ))
        .expect(0);
    let report_a = report(&place, "a");
    assert_eq!(report_a["counts"]["rows"], 60);
    assert_eq!(report_a["counts"]["distinct"]["texts"], 30);
    assert_eq!(report_a["counts"]["conflicts"]["texts"], 10);
    let [test, transfer] = ["test", "transfer"].map(|set| rows(&place, &format!("a/{set}.csv")));
    assert_eq!((test.len(), transfer.len()), (10, 20));
    for row in test.iter().chain(&transfer) {
        let index: u32 = row[0].rsplit(' ').next().unwrap().parse().unwrap();
        assert!(row[0].starts_with("@a0 "));
        assert_eq!(row[2], (index % 2).to_string());
    }
    place
        .run(&format!(
            "{arguments} -o b --transfer rest --keep-duplicates"
        ))
        .expect(0);
    let [test, transfer] = ["test", "transfer"].map(|set| rows(&place, &format!("b/{set}.csv")));
    let learnt = |rows: &[csv::StringRecord]| -> BTreeSet<String> {
        rows.iter().map(|row| row[1].to_owned()).collect()
    };
    assert!(learnt(&test).is_disjoint(&learnt(&transfer)));
    assert!(transfer.len() > learnt(&transfer).len());
    assert_eq!(report(&place, "b")["overlaps"][0]["exact-duplicates"], 0);
    assert_eq!(report(&place, "b")["counts"]["kept"]["texts"], 60);
}

#[test]
fn packed_files_pipes_and_other_delimiters_are_read() {
    let place = place();
    let text = place.read("in.csv");
    let arguments = "--test 40 --train 10 -q";
    place
        .run(&format!("split in.csv -o plain {arguments}"))
        .expect(0);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    place.write("in.csv.gz", packed.finish().unwrap());
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive
        .start_file("in.csv", zip::write::SimpleFileOptions::default())
        .unwrap();
    archive.write_all(text.as_bytes()).unwrap();
    place.write("in.zip", archive.finish().unwrap().into_inner());
    // No field needs quotes here, so that a tab can take each comma's place.
    let bare = text.replace(", ", " ").replace('"', "");
    place.write("bare.csv", &bare);
    place.write("bare.tsv", bare.replace(',', "\t"));
    place
        .run(&format!("split bare.csv -o bare {arguments}"))
        .expect(0);
    for (input, same) in [
        ("in.csv.gz", "plain"),
        ("in.zip", "plain"),
        ("bare.tsv --delimiter tab", "bare"),
        ("bare.tsv --delimiter auto", "bare"),
    ] {
        place
            .run(&format!("split {input} -o again --force {arguments}"))
            .expect(0);
        for file in ["train.csv", "test.csv"] {
            assert_eq!(
                place.read(&format!("again/{file}")),
                place.read(&format!("{same}/{file}")),
                "{input}"
            );
        }
    }
    let mut child = place
        .command(&format!("split - -o piped {arguments}"))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(&fs::read(place.join("in.zip")).unwrap())
        .unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(place.read("piped/test.csv"), place.read("plain/test.csv"));
    assert_eq!(report(&place, "piped")["input"]["name"], "standard input");
}

#[test]
fn bad_rows_are_named_or_counted() {
    let place = Workplace::new();
    let text = corpus(40)
        + "40,\"a text of the odd sort,\nfar too long to be short\",maybe\n41,x\n42,y,\n";
    place.write("in.csv", text);
    assert_snapshot!(refused(&place, "in.csv -o out --test 4", 5), @"
    error: `in.csv`, line 42: column `category`: got `maybe`, must be `0` or `1`
    hint: write labels as `0` and `1`; `--skip-bad-rows` leaves such rows out
    ");
    place
        .run("split in.csv -o out --test 4 --skip-bad-rows")
        .expect(0);
    let counts = &report(&place, "out")["counts"];
    assert_eq!(counts["rows"], 43);
    assert_eq!(counts["labelled"]["texts"], 40);
    assert_eq!(counts["skipped"]["labels"], 2);
    assert_eq!(counts["skipped"]["malformed"], 1);
}

#[test]
fn what_cannot_be_drawn_is_said_with_its_numbers() {
    let place = place();
    assert_snapshot!(refused(&place, "in.csv -o out --test 300", 5), @"
    error: too few texts with label `1` for the test set: 150 wanted, 100 left of 100
    hint: ask for fewer, add texts with label `1`, or lower `--min-chars`
    ");
    assert_snapshot!(refused(&place, "in.csv -o out --test 200:100 --train 1 --transfer 90:1", 5), @"
    error: too few texts with label `1` for the transfer set: 1 wanted, 0 left of 100
    hint: ask for fewer, add texts with label `1`, or lower `--min-chars`
    ");
    assert_snapshot!(refused(&place, "in.csv -o out --test 300:100 --train rest", 5), @"
    error: no text is left for the train set
    hint: ask for smaller other sets
    ");
    assert_snapshot!(refused(&place, "in.csv -o out --test rest --train rest", 2), @"
    error: the train and the test set cannot both have the rest
    hint: give one of them a number of texts
    ");
    assert_snapshot!(refused(&place, "in.csv -o out", 2), @"
    error: no set to draw
    hint: ask for one, such as `--test 1000` or `--train 100`
    ");
    assert_snapshot!(refused(&place, "in.csv --test 3", 2), @"
    error: `--output`: missing; it is the folder to write to
    hint: `fsl-exp help` lists the options
    ");
    assert_snapshot!(refused(&place, "-o out --test 3", 2), @"
    error: `INPUT`: missing; it is the CSV file to split
    hint: `fsl-exp help` lists the options
    ");
    assert_snapshot!(refused(&place, "in.csv -o out --test 3 --label-column text", 2), @"
    error: two columns would be called `text`
    hint: the text, `text_pp` and the label need columns of their own
    ");
    assert_snapshot!(refused(&place, "in.csv -o out --test 3 --text-column text_pp", 2), @"
    error: two columns would be called `text_pp`
    hint: the text, `text_pp` and the label need columns of their own
    ");
    assert_snapshot!(refused(&place, "in.csv -o out --test 3 --label-column label", 5), @"
    error: `in.csv`: no column `label`; the columns are `id`, `text`, `category`
    hint: `--text-column` and `--label-column` say what the columns are called
    ");
    assert_snapshot!(refused(&place, "none.csv -o out --test 3", 5), @"error: `none.csv`: cannot be read: No such file or directory (os error 2)");
    refused(&place, "in.csv -o out --test 3:4:5", 2);
    refused(&place, "in.csv -o out --test 0", 2);
}

#[test]
fn nothing_is_overwritten_unasked_and_the_input_never() {
    let place = place();
    place.write("out/test.csv", "mine");
    place.write("out/transfer.csv", "an older one");
    let refused = |arguments: &str| place.run(arguments).expect(2).stderr;
    assert_snapshot!(refused("split in.csv -o out --train 10"), @"
    error: `--output`: `out/test.csv` exists already
    hint: `--force` replaces it
    ");
    assert_eq!(place.read("out/test.csv"), "mine");
    assert_eq!(entries(&place.join("out")).len(), 2);
    place
        .run("split in.csv -o out --train 10 --test 20 --force")
        .expect(0);
    assert_eq!(rows(&place, "out/test.csv").len(), 20);
    // It could share texts with the sets beside it.
    assert!(!place.join("out/transfer.csv").exists());
    assert_eq!(entries(&place.join("out")).len(), 3);
    let before = place.read("out/test.csv");
    assert_snapshot!(refused("split out/test.csv -o out --train 2 --force"), @"
    error: `--output`: `out/test.csv` is the input
    hint: name another place: inputs, specs, encoders, models and stored results are never replaced, even with `--force`
    ");
    refused("split in.csv -o in.csv --train 2 --force");
    assert_eq!(place.read("out/test.csv"), before);
}

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
      `bad.toml`, line 2, key `tests`: unknown key, did you mean `test`?; allowed: `input`, `output`, `train`, `test`, `transfer`, `balance`, `transfer-labels`, `text-column`, `label-column`, `rules`, `min-chars`, `keep-duplicates`, `skip-bad-rows`, `seed`, `delimiter`
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
      `bad.toml`, line 1, key `test`: got `0`, must be a number of texts such as `1000`, `1000:balanced` or `1000:stratified`, the numbers of texts with label 0 and with label 1 such as `700:300`, or `rest`
      `bad.toml`, line 3, key `train`: got `many`, must be a number of texts such as `1000`, `1000:balanced` or `1000:stratified`, the numbers of texts with label 0 and with label 1 such as `700:300`, or `rest`
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
            "too few texts with label `0` for the test set: 5000 wanted, 300 left of 300"
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
    conflicts                27  texts with both labels; the first one counts
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
