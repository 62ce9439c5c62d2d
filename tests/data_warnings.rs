//! Texts that make scores doubtful are counted, stored, and said by every command that shows a number.

use std::path::Path;

use crate::support::{Workplace, entries, spec};

const BOW: &str = "[[row]]\nid = \"bow\"\nmethod.bow = { min-df = 1, stop-words = \"none\" }\n";

const CLEAN: &str = "text,label\ngood day,1\nbad day,0\nbetter night,1\nworse night,0\n";

/// A place with a spec over these two files.
fn place(train: &str, test: &str) -> Workplace {
    let place = Workplace::new();
    place.write("train.csv", train);
    place.write("test.csv", test);
    place.write("s.toml", spec("s", "", BOW));
    place
}

fn encoder() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    folder.display().to_string()
}

/// What `check` says of the texts.
fn said(train: &str, test: &str) -> String {
    place(train, test)
        .run("check s.toml")
        .expect(0)
        .stderr
        .clone()
}

/// Every stored record, as text.
fn records(place: &Workplace) -> Vec<String> {
    let shelves = entries(&place.join("results/store/trials"));
    let trials = shelves.iter().flat_map(|shelf| entries(shelf));
    trials
        .map(|trial| std::fs::read_to_string(trial.join("record.json")).unwrap())
        .collect()
}

#[test]
fn test_texts_that_were_trained_on_are_said_wherever_a_score_is_shown() {
    let seen = "text,label\nGood  day,1\nworse night,0\nnew morning,1\n";
    let place = place(CLEAN, seen);
    let clause =
        "2 test texts are also training texts (some of them only when case and spaces are ignored)";
    let warning = format!("warning: `train.csv`, `test.csv`: {clause}\n");
    assert_eq!(place.run("check s.toml").expect(0).stderr, warning);
    let ran = place.run("run s.toml");
    let ran = ran.expect(0);
    assert!(ran.stderr.starts_with(&warning), "{}", ran.stderr);
    // Tables break lines.
    let caption = format!("4 training texts, 3 test texts; {clause}");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&ran.stdout).contains(&caption), "{}", ran.stdout);
    for format in ["terminal", "markdown", "latex", "typst"] {
        let table = place.run(&format!("table s.toml --format {format}"));
        let table = words(&table.expect(0).stdout);
        assert!(table.contains(&caption), "{format}: {table}");
    }
    place.run("report s.toml -o page.html").expect(0);
    assert!(words(&place.read("page.html")).contains(clause));
    // Nothing is under what programs read.
    for command in [
        "table s.toml --format csv",
        "export s.toml --trials -",
        "export s.toml --predictions -",
    ] {
        let said = &place.run(command).expect(0).stderr;
        assert_eq!(*said, format!("warning: experiment `s`: {clause}\n"));
    }
    let records = records(&place);
    assert!(
        records[0].contains("\"test-in-training\""),
        "{}",
        records[0]
    );
}

#[test]
fn comparisons_of_doubtful_scores_say_so() {
    let place = place(CLEAN, CLEAN);
    let rows = BOW.to_owned() + "[[row]]\nid = \"m\"\nmethod.majority = {}\n";
    place.write("s.toml", spec("s", "", &rows));
    place.run("run s.toml").expect(0);
    let doubt = "warning: experiment `s`: 4 test texts are also training texts\n";
    assert_eq!(place.run("compare s.toml").expect(0).stderr, doubt);
    // What learns nothing has seen no test text.
    place.write(
        "s.toml",
        spec("s", "", &rows.replace("id = \"m\"", "id = \"other\"")),
    );
    let pair = place.run("compare s.toml --pair bow,other");
    assert_eq!(pair.expect(0).stderr, doubt);
}

/// Students learn from texts without labels, and those must not be the test texts either.
#[test]
fn check_reads_the_transfer_texts_that_a_row_learns_from() {
    let test = "text,label\nnew morning,1\nold evening,0\n";
    let place = place(CLEAN, test);
    let rows =
        BOW.to_owned() + "[[row]]\nid = \"s\"\nmethod.bow = { teacher = \"bow\", min-df = 1 }\n";
    let transfer = "[data]\ntransfer = \"test.csv\"\n";
    place.write(
        "s.toml",
        spec("s", "", &rows).replacen("[data]\n", transfer, 1),
    );
    let warning = "warning: `train.csv`, `test.csv`: 2 test texts are also transfer texts\n";
    for command in ["check s.toml", "run s.toml"] {
        let said = &place.run(command).expect(0).stderr;
        assert!(said.starts_with(warning), "{command}: {said}");
    }
    place.write(
        "s.toml",
        spec("s", "", BOW).replacen("[data]\n", transfer, 1),
    );
    assert_eq!(place.run("check s.toml").expect(0).stderr, "");
}

/// pandas reads `NA` as a missing value: that is said where files are written for it.
#[test]
fn classes_that_pandas_would_miss_are_said() {
    let note = "note: pandas reads the class `NA` as a missing value, unless it is told `keep_default_na=False`\n";
    let place = place(
        "text,label\ngood day,NA\nbad day,b\n",
        "text,label\nnew,NA\nold,b\n",
    );
    place.run("run s.toml").expect(0);
    assert_eq!(
        place.run("export s.toml --predictions -").expect(0).stderr,
        note
    );
    assert_eq!(
        place.run("export s.toml --samples -").expect(0).stderr,
        note
    );
    assert_eq!(place.run("export s.toml --trials -").expect(0).stderr, "");
}

#[test]
fn a_training_set_as_test_set_has_no_new_text() {
    assert_eq!(
        said(CLEAN, CLEAN),
        "warning: `train.csv`, `test.csv`: 4 test texts are also training texts\n"
    );
}

#[test]
fn conflicting_labels_and_empty_texts_are_counted() {
    let train = "text,label\ngood day,1\ngood day,0\nGood day,1\nbad,0\n\" \",0\n";
    let place = place(train, "text,label\nnew,1\n,0\nother,0\n");
    let clauses =
        "3 training texts have more than one label; 1 training text is empty; 1 test text is empty";
    let said = &place.run("check s.toml").expect(0).stderr;
    assert_eq!(
        *said,
        format!("warning: `train.csv`, `test.csv`: {clauses}\n")
    );
    let table = place.run("run s.toml --quiet");
    let table = table.expect(0).stdout.replace('\n', " ");
    assert!(table.contains(clauses), "{table}");
}

#[test]
fn classes_without_a_test_text_are_said() {
    assert_eq!(
        said(CLEAN, "text,label\nnew morning,1\nold evening,1\n"),
        "warning: `train.csv`, `test.csv`: all test texts are labelled `1`, so that F1, MCC and AUC say nothing about a model\n"
    );
    let three = "text,label\ngood day,a\nbad day,b\nbetter night,c\n";
    assert_eq!(
        said(three, "text,label\nnew morning,c\nold evening,a\n"),
        "warning: `train.csv`, `test.csv`: no test text is labelled `b`\n"
    );
}

/// `reference` is for English: of other scripts nothing may be left.
#[test]
fn texts_that_the_text_rules_empty_are_counted_and_all_of_them_are_refused() {
    let rules = |train: &str| {
        let place = place(train, "text,label\nnew morning,1\nдругой,0\n");
        let data = "[data]\npreprocess = \"reference\"\nraw-text = \"text\"\n";
        place.write("s.toml", spec("s", "", BOW).replacen("[data]\n", data, 1));
        place
    };
    let some = rules("text,label\ngood day,1\nплохой день,0\nbad night,0\n");
    assert_eq!(
        some.run("check s.toml").expect(0).stderr,
        "warning: `train.csv`, `test.csv`: 1 training text is empty; 1 test text is empty\n"
    );
    let all = rules("text,label\nхороший,1\nплохой,0\n");
    for command in ["check s.toml", "run s.toml"] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(all.run(command).expect(5).stderr, @r#"
            error: `train.csv`: column `text` is empty in all 2 rows after the text rules
            hint: `data.preprocess = "none"` keeps texts as they are; the rules of `reference` are for English
            "#);
        }
    }
    assert_eq!(records(&all), [""; 0]);
}

#[test]
fn a_training_file_of_empty_texts_is_refused() {
    let place = place("text,label\n,1\n\" \",0\n", CLEAN);
    for command in ["check s.toml", "run s.toml"] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(place.run(command).expect(5).stderr, @r"
            error: `train.csv`: column `text` is empty in all 2 rows
            hint: name the column of texts with `data.text`
            ");
        }
    }
}

/// Nothing is stored, said or shown of clean texts.
#[test]
fn clean_texts_raise_no_warning() {
    let place = place(CLEAN, "text,label\nnew morning,1\nold evening,0\n");
    assert_eq!(place.run("check s.toml").expect(0).stderr, "");
    let ran = place.run("run s.toml --quiet");
    let table = &ran.expect(0).stdout;
    assert!(
        table.contains("4 training texts, 2 test texts; 1 trial of bow collapsed"),
        "{table}"
    );
    assert!(!records(&place)[0].contains("warnings"));
}

#[test]
fn a_student_is_warned_of_test_texts_among_its_transfer_texts() {
    let place = place(CLEAN, "text,label\nnew morning,1\nold evening,0\n");
    place.write("more.csv", "text\nnew morning\nunseen\n");
    let encoder = encoder();
    let rows = format!(
        "{BOW}[[row]]\nid = \"student\"\n[row.method.distill]\nencoder = \"{encoder}\"\nteacher = \"bow\"\nepochs = 1\n"
    );
    let data = "test = \"test.csv\"\ntransfer = \"more.csv\"";
    place.write(
        "s.toml",
        spec("s", "", &rows).replace("test = \"test.csv\"", data),
    );
    let ran = place.run("run s.toml");
    let ran = ran.expect(0);
    let clause = "1 test text is also a transfer text";
    assert!(
        ran.stderr
            .contains(&format!("warning: `train.csv`, `test.csv`: {clause}\n")),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stdout.replace('\n', " ").contains(clause),
        "{}",
        ran.stdout
    );
}

/// Texts of 3 and 200 words, of which an encoder reads 16 tokens.
#[test]
fn texts_that_an_encoder_does_not_read_to_the_end_are_counted() {
    let long = "the ".repeat(200);
    let test = format!("text,label\nthe a of,1\n{},0\n", long.trim());
    let place = place(CLEAN, &test);
    let row = format!(
        "[[row]]\nid = \"probe\"\nmethod.probe.encoder = \"{}\"\n",
        encoder()
    );
    place.write(
        "s.toml",
        spec("s", "", &row).replace("max-tokens = 32", "max-tokens = 16"),
    );
    let table = place.run("run s.toml --quiet");
    let table = table.expect(0).stdout.replace('\n', " ");
    // In this vocabulary `the` is three tokens, `of` two and `a` one: 6 and 600, of which 14 are read.
    assert!(
        table.contains("1 test text is cut at max-tokens (96.7 % of all tokens)"),
        "{table}"
    );
    assert!(records(&place)[0].contains("\"truncated-test\""));
}

/// The first trial counts, the second one finds the counts in the cache.
#[test]
fn trials_that_share_their_test_texts_count_the_same() {
    let mut test = format!("text,label\n{},0\n", "the ".repeat(50).trim());
    for number in 0..220 {
        test += &format!("of {},{}\n", "a ".repeat(number % 20).trim(), number % 2);
    }
    let place = place(CLEAN, &test);
    let row = format!(
        "[[row]]\nid = \"probe\"\nmethod.probe.encoder = \"{}\"\n",
        encoder()
    );
    let trials = "count = 2\nvary = [\"sample\"]\ntrain-size = 2";
    place.write(
        "s.toml",
        spec("s", trials, &row).replace("max-tokens = 32", "max-tokens = 16"),
    );
    place.run("run s.toml --quiet --jobs 1").expect(0);
    // `of` is two tokens, `a` one, of which 14 are read: cut are 7 of every 20 texts by 1 to 7 tokens, and 136 tokens of the first one.
    let counts: Vec<serde_json::Value> = (records(&place).iter())
        .map(|record| serde_json::from_str::<serde_json::Value>(record).unwrap()["data"]["warnings"]["truncated-test"].take())
        .collect();
    let texts = 1 + 11 * 7;
    let expected = serde_json::json!({
        "texts": texts,
        "tokens": 136 + 11 * (1..=7).sum::<u64>(),
        "of-tokens": 150 + 11 * (0..20).map(|a| 2 + a).sum::<u64>(),
    });
    assert_eq!(counts, [expected.clone(), expected]);
}

#[test]
fn train_says_what_its_validation_texts_are() {
    let place = Workplace::new();
    place.write("train.csv", CLEAN);
    place.write("held.csv", "text,label\ngood day,1\nnew,0\n");
    let line = format!(
        "train train.csv --text-column text --label-column label --epochs 1 --max-tokens 32 --validation held.csv --encoder {} -o model",
        encoder()
    );
    let said = &place.run(&line).expect(0).stderr;
    let clause = "1 validation text is also a training text";
    assert!(
        said.contains(&format!("warning: `train.csv`: {clause}\n")),
        "{said}"
    );
    assert!(place.read("model/README.md").contains(clause));
}

/// A file's name cannot command the terminal.
#[cfg(unix)]
#[test]
fn names_of_files_are_harmless_in_warnings() {
    let place = Workplace::new();
    let name = "tr\u{1b}[31main.csv";
    place.write(name, "text,label\ngood day,1\ngood day,0\n");
    let encoder = encoder();
    for command in [
        format!(
            "train {name} --text-column text --label-column label --epochs 1 --max-tokens 3 --encoder {encoder} -o model"
        ),
        format!("embed --input {name} --max-tokens 3 --encoder {encoder} --output out.csv"),
        format!("infer --model model {name} --text-column text -o preds.csv"),
    ] {
        let said = place.run(&command).expect(0).stderr;
        assert!(!said.contains('\u{1b}'), "{command:?}: {said:?}");
        assert!(said.contains("warning: `tr"), "{said}");
    }
}

/// `reference` leaves nothing of Russian texts.
#[test]
fn texts_that_are_empty_are_counted_by_every_command_that_reads_texts() {
    let place = Workplace::new();
    place.write("new.csv", "text,label\nпривет,1\nмир,0\ngood day,1\n");
    let said = place
        .run("preprocess new.csv -o clean.csv")
        .expect(0)
        .stderr;
    assert!(
        said.contains("warning: `new.csv`: 2 texts are empty"),
        "{said}"
    );
    let encoder = encoder();
    place.write("spaces.csv", "text\ngood day\n\" \"\n");
    let command =
        format!("embed --input spaces.csv --encoder {encoder} --max-tokens 8 --output out.csv");
    let said = place.run(&command).expect(0).stderr;
    assert!(
        said.contains("warning: `spaces.csv`: 1 text is empty"),
        "{said}"
    );
    place.write("train.csv", "text,label\ngood day,1\nbad day,0\n");
    let command = format!(
        "train train.csv --text-column text --rules reference --label-column label --epochs 1 --max-tokens 8 --encoder {encoder} -o model"
    );
    place.run(&command).expect(0);
    let said = place
        .run("infer --model model new.csv --raw-text-column text -o preds.csv")
        .expect(0)
        .stderr;
    assert!(
        said.contains("warning: `new.csv`: 2 texts are empty"),
        "{said}"
    );
    place.write("new.csv", "text\ngood day\n");
    let said = place
        .run("infer --model model new.csv --raw-text-column text -o preds.csv --force")
        .expect(0)
        .stderr;
    assert!(!said.contains("empty"), "{said}");
}
