//! Labels and files that are refused before anything runs, with counts, lines and a guess.

use insta::assert_snapshot;

use super::{BOW, checked, labelled, place, text, write_spec};

/// A file of these labels, one text each.
fn file(labels: &[&str]) -> String {
    let mut csv = String::from("text,label\n");
    for (number, label) in labels.iter().enumerate() {
        csv += &format!("{},{label}\n", text(number % 2, number));
    }
    csv
}

#[test]
fn unknown_labels_of_the_test_set_are_counted() {
    let spam = place(&["ham", "spam"]);
    spam.write("test.csv", file(&["ham", "eggs", "spam", "eggs", "bacon"]));
    assert_snapshot!(checked(&spam, "").expect(5).stderr, @r"
    error: `test.csv`: column `label`: got `eggs` (2 texts, first in line 3), `bacon` (1 text, line 6), must be `ham` or `spam`
    hint: correct these labels, or list all classes in `data.classes` or `--classes` (now `ham`, `spam`) and give each training texts
    ");
    let many: Vec<String> = (0..12).map(|number| format!("label {number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    spam.write("test.csv", file(&many));
    let said = checked(&spam, "").expect(5).stderr;
    assert!(
        said.contains("`label 9` (1 text, line 11) and 2 more, must be"),
        "{said}"
    );
}

#[test]
fn what_was_forgotten_is_guessed() {
    for (label, hint) in [
        ("Spam", "write `Spam` as `spam`"),
        ("s pam", "write `s pam` as `spam`"),
        ("spamm", "did you mean `spam` where it says `spamm`?"),
    ] {
        let spam = place(&["ham", "spam"]);
        spam.write("test.csv", file(&["ham", label]));
        let said = checked(&spam, "").expect(5).stderr;
        assert!(said.ends_with(&format!("hint: {hint}\n")), "{said}");
    }
    let numbers = place(&["0", "1"]);
    numbers.write("test.csv", file(&["0", "01"]));
    let said = checked(&numbers, "").expect(5).stderr;
    assert!(said.ends_with("hint: write `01` as `1`\n"), "{said}");
}

#[test]
fn a_second_header_is_found() {
    let twice = place(&["ham", "spam"]);
    let train = twice.read("train.csv");
    twice.write("train.csv", format!("{train}{train}"));
    assert_snapshot!(checked(&twice, "").expect(5).stderr, @r"
    error: `train.csv`, line 14: the header again
    hint: remove the line; files that are joined keep one header
    ");
}

#[test]
fn a_file_without_a_header_is_told() {
    let bare = place(&["ham", "spam"]);
    let train = bare.read("train.csv");
    bare.write("train.csv", train.strip_prefix("text,label\n").unwrap());
    assert_snapshot!(checked(&bare, "").expect(5).stderr, @r"
    error: `train.csv`: no column `text`; the columns are `the dull day number 0 was slow and grey`, `ham`
    hint: the file seems to have no header; add a first line with the names of the columns
    ");
}

#[test]
fn the_label_column_is_not_the_text_column() {
    assert_snapshot!(checked(&place(&["ham", "spam"]), "label = \"text\"").expect(5).stderr, @r"
    error: `train.csv`: column `text` cannot be both the texts and the labels
    hint: name two columns: `text` and `label` under `[data]`, or `--text-column` and `--label-column`
    ");
}

#[test]
fn semicolons_need_the_delimiter() {
    let separated = place(&["ham", "spam"]);
    let train = separated.read("train.csv").replace(',', ";");
    separated.write("train.csv", train);
    assert_snapshot!(checked(&separated, "").expect(5).stderr, @r"
    error: `train.csv`: no column `text`; the columns are `text;label`
    hint: the fields seem to be separated by ';'; set `data.delimiter` or `--delimiter`
    ");
}

#[test]
fn classes_need_training_texts() {
    let three = place(&["hate", "neither", "offensive"]);
    let data = "classes = [\"hate\", \"neither\", \"offensive\", \"spam\"]";
    assert_snapshot!(checked(&three, data).expect(5).stderr, @r"
    error: `train.csv`: column `label`: no text has the label `spam`; texts by label: `hate` 6, `neither` 6, `offensive` 6
    hint: add texts of these classes, or take them out of `data.classes` or `--classes`
    ");
    let data = "classes = [\"hate\", \"neither\"]";
    let said = checked(&three, data).expect(5).stderr;
    assert!(
        said.contains("got `offensive` (6 texts, first in line 4), must be `hate` or `neither`"),
        "{said}"
    );
}

#[test]
fn labels_that_are_hardly_classes_are_told() {
    let doubt = |labels: &[&str]| checked(&place(labels), "").expect(5).stderr;
    assert_snapshot!(doubt(&["ham", "spam", "Spam"]), @r"
    error: `train.csv`: column `label`: the labels `Spam` and `spam` differ in upper and lower case only; found `Spam` (6 texts, first in line 4), `ham` (6 texts, first in line 2), `spam` (6 texts, first in line 3)
    hint: write them the same way; if they are two classes, list all in `data.classes` or `--classes`
    ");
    let faults = [
        (
            &["ham", "spam", "1"][..],
            "some labels are numbers and others are words, such as `1`; found",
        ),
        (
            &["1", "01"],
            "the labels `01` and `1` are the same number; found",
        ),
        (
            &["ham"],
            "all 6 texts have label `ham`; at least two labels are needed",
        ),
    ];
    for (labels, fault) in faults {
        let said = doubt(labels);
        assert!(said.contains(fault), "{said}");
    }
    // Where they are meant, they are listed.
    let meant = "classes = [\"ham\", \"spam\", \"Spam\"]";
    checked(&place(&["ham", "spam", "Spam"]), meant).expect(0);
    let own: Vec<String> = (0..30).map(|number| format!("id {number}")).collect();
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    let ids = place(&["ham", "spam"]);
    ids.write("train.csv", file(&own));
    let said = checked(&ids, "").expect(5).stderr;
    assert!(
        said.contains("30 different labels among 30 texts, too many to be classes"),
        "{said}"
    );
}

#[test]
fn a_positive_class_is_one_of_two() {
    let three = place(&["hate", "neither", "offensive"]);
    let said = checked(&three, "positive = \"hate\"").expect(5).stderr;
    assert!(
        said.contains("a positive class needs exactly two classes, got 3"),
        "{said}"
    );
    let two = place(&["ham", "spam"]);
    let said = checked(&two, "positive = \"eggs\"").expect(5).stderr;
    assert!(
        said.contains("the positive class `eggs` is not among the classes"),
        "{said}"
    );
    let listed = "classes = [\"ham\", \"spam\"]\npositive = \"eggs\"";
    let said = checked(&two, listed).expect(4).stderr;
    assert!(said.contains("line 6, key `data.positive`"), "{said}");
}

/// `f1` would be an empty column.
#[test]
fn metrics_of_a_positive_class_need_one() {
    for (labels, hint) in [
        (
            &["ham", "spam"][..],
            "name the positive class in `data.positive`, or take `macro-f1`",
        ),
        (&["hate", "neither", "offensive"], "take `macro-f1`"),
    ] {
        let place = place(labels);
        let rows = format!("{BOW}[table]\nmetrics = [\"accuracy\", \"f1\"]\n");
        write_spec(&place, "", "", &rows);
        for command in ["check", "run", "table"] {
            let said = place.run(&format!("{command} s.toml")).expect(5).stderr;
            let count = labels.len();
            assert_eq!(
                said,
                format!(
                    "error: `f1` is of a positive class, and none of the {count} classes is positive\nhint: {hint}\n"
                )
            );
        }
    }
}

/// What is short of texts is told by class, before anything is stored.
#[test]
fn samples_need_texts_of_every_class() {
    let three = place(&["hate", "neither", "offensive"]);
    three.write(
        "train.csv",
        labelled(&["hate", "neither", "offensive"], 18) + "the wet one,hate\n",
    );
    write_spec(&three, "", "shots = 7", BOW);
    assert_snapshot!(three.run("run s.toml").expect(5).stderr, @r"
    error: `train.csv`: a sample of 7 texts per class needs 7 with label `neither`, got 6; 7 with label `offensive`, got 6
    hint: use at most 6 per class, or add texts with labels `neither`, `offensive`
    ");
    let said = |command: &str| three.run(command).expect(5).stderr;
    assert_eq!(said("check s.toml"), said("run s.toml"));
    assert!(three.stored_predictions("results").is_empty());
    write_spec(
        &three,
        "",
        "train-size = 20\nsampling = \"stratified\"",
        BOW,
    );
    assert_eq!(said("check s.toml"), said("run s.toml"));
    write_spec(&three, "", "train-size = 2", BOW);
    assert_eq!(said("check s.toml"), said("run s.toml"));
    assert_snapshot!(said("run s.toml"), @r"
    error: `train.csv`: a sample of 2 texts has none with label `offensive` (6 in the file)
    hint: raise `trials.train-size`, or give `trials.shots`, the texts of each class
    ");
    for (trials, fault) in [
        ("shots = 4\ntrain-size = 8", "give one of them"),
        (
            "shots = 4\nsampling = \"random\"",
            "for other samples give `train-size`",
        ),
    ] {
        write_spec(&three, "", trials, BOW);
        let said = three.run("check s.toml").expect(4).stderr;
        assert!(said.contains(fault), "{said}");
    }
}
