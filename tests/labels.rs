//! Labels of any kind: what is read, what is refused, and what tables, exports and models make of more than two classes.

mod chain;
mod positive;
mod refusals;
mod tables;

use crate::support::{Ran, Workplace, gzip, zip};

/// Words that only the texts of one class have, for up to five classes.
const WORDS: [[&str; 3]; 5] = [
    ["dull", "slow", "grey"],
    ["bright", "quick", "warm"],
    ["noisy", "crowded", "loud"],
    ["wet", "cold", "dark"],
    ["small", "soft", "round"],
];

/// A text with the words of a class.
fn text(class: usize, number: usize) -> String {
    let [a, b, c] = WORDS[class];
    format!("the {a} day number {number} was {b} and {c}")
}

/// `count` texts, the labels taking turns, each with words of its own.
fn labelled(labels: &[&str], count: usize) -> String {
    labelled_from(0, labels, count)
}

/// `count` texts that begin with the text of the first label whose number is at least `first`.
fn labelled_from(first: usize, labels: &[&str], count: usize) -> String {
    let mut csv = String::from("text,label\n");
    let first = first.next_multiple_of(labels.len());
    for number in first..first + count {
        let class = number % labels.len();
        csv += &format!("{},{}\n", text(class, number), labels[class]);
    }
    csv
}

/// A place with `train.csv` of 6 texts per label and `test.csv` of 4.
fn place(labels: &[&str]) -> Workplace {
    let place = Workplace::new();
    place.write("train.csv", labelled(labels, 6 * labels.len()));
    place.write("test.csv", labelled_from(100, labels, 4 * labels.len()));
    place
}

const BOW: &str = "[[row]]\nid = \"bow\"\nmethod.bow = {}\n";

/// Writes `s.toml` over `train.csv` and `test.csv`, with these lines under `[data]` and `[trials]`, and these rows.
fn write_spec(place: &Workplace, data: &str, trials: &str, rows: &str) {
    let files = if data.contains("train =") {
        ""
    } else {
        "train = \"train.csv\"\ntest = \"test.csv\"\n"
    };
    place.write(
        "s.toml",
        format!("name = \"s\"\n[data]\n{files}{data}\n[trials]\nseed = 42\n{trials}\n{rows}\n"),
    );
}

/// What `check` says of a bag of words over the place's files, and what `run` says where `check` finds no fault.
fn checked(place: &Workplace, data: &str) -> Ran {
    write_spec(place, data, "", BOW);
    let checked = place.run("check s.toml");
    if checked.code == 0 {
        place.run("run s.toml").expect(0);
    } else {
        // Both find the same fault, before any trial starts.
        let ran = place.run("run s.toml").expect(checked.code);
        assert_eq!(ran.stderr, checked.stderr);
        assert!(place.stored_predictions("results").is_empty());
    }
    checked
}

/// The classes that `check` names; nothing for `0` and `1`.
fn classes(checked: &Ran) -> &str {
    let line = checked.stdout.trim_end();
    line.split_once("; ").map_or("", |(_, classes)| classes)
}

#[test]
fn labels_are_whatever_the_file_says() {
    for (labels, named) in [
        (&["no", "yes"][..], "2 classes (no, yes)"),
        (&["True", "False"], "2 classes (False, True)"),
        (&["spam", "ham"], "2 classes (ham, spam)"),
        (&["negative", "positive"], "2 classes (negative, positive)"),
        (&["1", "-1"], "2 classes (-1, 1)"),
        (&["1", "2"], "2 classes (1, 2)"),
        (&["01", "00"], "2 classes (00, 01)"),
        (&["5", "4", "3", "2", "1"], "5 classes (1, 2, 3, 4, 5)"),
        (&["10", "9", "-1"], "3 classes (-1, 9, 10)"),
        // As pandas writes whole numbers of a column with gaps.
        (&["0.0", "1.00"], ""),
        (&["0", "1"], ""),
    ] {
        let checked = checked(&place(labels), "").expect(0);
        assert_eq!(classes(&checked), named);
    }
}

/// `1` and `1.0` in two files are one label.
#[test]
fn a_point_and_zeros_make_no_other_label() {
    let place = place(&["0", "1"]);
    place.write("test.csv", labelled(&["0.0", " 1.0"], 8));
    assert_eq!(classes(&checked(&place, "").expect(0)), "");
}

#[test]
fn listed_classes_have_the_order_of_the_list() {
    let checked = checked(
        &place(&["neither", "hate", "offensive"]),
        "classes = [\"hate\", \"offensive\", \"neither\"]",
    );
    let checked = checked.expect(0);
    assert_eq!(classes(&checked), "3 classes (hate, offensive, neither)");
}

/// The files of a spec may be packed and separated as those of the commands.
#[test]
fn packed_and_otherwise_separated_files_give_the_same_predictions() {
    let place = place(&["ham", "spam"]);
    let (train, test) = (place.read("train.csv"), place.read("test.csv"));
    checked(&place, "").expect(0);
    let plain = place.stored_predictions("results");
    assert_eq!(plain.len(), 1);
    let separated = |by: &str| [&train, &test].map(|csv| csv.replace(',', by));
    let [semicolons, tabs] = [";", "\t"].map(separated);
    place.write("train.csv.gz", gzip(&train));
    place.write("test.zip", zip(&[("inner.csv", &test)]));
    place.write("train.tsv", &tabs[0]);
    place.write("tabs.csv", &tabs[0]);
    place.write("test.tsv.gz", gzip(&tabs[1]));
    place.write("train_semicolons.csv", &semicolons[0]);
    place.write("test_semicolons.csv", &semicolons[1]);
    for (train, test, more) in [
        ("train.csv.gz", "test.zip", ""),
        ("train.tsv", "test.tsv.gz", ""),
        (
            "train_semicolons.csv",
            "test_semicolons.csv",
            "delimiter = \";\"",
        ),
        ("tabs.csv", "test.tsv.gz", "delimiter = \"tab\""),
    ] {
        write_spec(
            &place,
            &format!("train = \"{train}\"\ntest = \"{test}\"\n{more}"),
            "",
            BOW,
        );
        place.run("check s.toml").expect(0);
        let results = format!("results of {train}").replace(' ', "_");
        place
            .run(&format!("run s.toml --results {results}"))
            .expect(0);
        let stored = place.stored_predictions(&results);
        assert_eq!(stored.len(), 1, "{train}");
        assert_eq!(stored[0].1, plain[0].1, "{train}");
    }
}
