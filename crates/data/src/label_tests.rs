//! Labels as people have them: what is read, which classes that makes, and what is said where they do not fit.

use std::io::{Cursor, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use fsl_common::classes::Classes;

use super::{Columns, DataError, Format, LabelColumn, Texts, read_csv_bytes};

const COLUMNS: Columns = Columns {
    text: "text",
    label: Some("label"),
};

fn read_as(name: &str, bytes: &[u8], format: Format) -> Result<Texts, DataError> {
    read_csv_bytes(Path::new(name), bytes, &COLUMNS, &format)
}

fn read(file: &str) -> Result<Texts, DataError> {
    read_as("a.csv", file.as_bytes(), Format::default())
}

/// A file with these labels, a text each.
fn file(labels: &[&str]) -> String {
    let row = |(index, label): (usize, &&str)| format!("t{index},{label}\n");
    "text,label\n".to_owned() + &labels.iter().enumerate().map(row).collect::<String>()
}

fn column(labels: &[&str]) -> LabelColumn {
    read(&file(labels)).unwrap().labels.unwrap()
}

fn classes(names: &[&str]) -> Classes {
    Classes::new(names.iter().map(|&name| name.to_owned()).collect(), None).unwrap()
}

/// The error and its hint as a user sees them.
fn fault<T: std::fmt::Debug>(result: Result<T, DataError>) -> String {
    let error = result.unwrap_err();
    let hint = error
        .hint()
        .map_or_else(String::new, |hint| format!("\nhint: {hint}"));
    format!("{error}{hint}")
}

#[test]
fn labels_of_every_kind_are_classes_in_order() {
    for (labels, expected) in [
        (&["yes", "no", "yes"][..], &["no", "yes"][..]),
        (&["True", "False"], &["False", "True"]),
        (&["spam", "ham", "ham"], &["ham", "spam"]),
        (&["positive", "negative"], &["negative", "positive"]),
        (&["1", "-1"], &["-1", "1"]),
        (&["2", "1"], &["1", "2"]),
        (&["1.00", "0.0", "1"], &["0", "1"]),
        (&["01", "02", "10"], &["01", "02", "10"]),
        (
            &["5", "1", "3", "2", "4", "10"],
            &["1", "2", "3", "4", "5", "10"],
        ),
        (
            &["hate", "offensive", "neither"],
            &["hate", "neither", "offensive"],
        ),
    ] {
        let column = column(labels);
        let classes = column.infer_classes(None).unwrap();
        assert_eq!(classes.names(), expected);
        assert_eq!(classes.are_zero_one(), expected == ["0", "1"]);
        let read = column.labels(&classes).unwrap();
        let names: Vec<&str> = read.iter().map(|&label| classes.name(label)).collect();
        assert_eq!(names.len(), labels.len());
        column.check_classes(&classes).unwrap();
    }
    let spam = column(&["spam", "ham"]).infer_classes(Some("ham")).unwrap();
    assert_eq!((spam.positive(), spam.label("ham")), (Some("ham"), Some(1)));
}

#[test]
fn a_positive_class_that_is_none_is_named() {
    assert_eq!(
        fault(column(&["spam", "ham"]).infer_classes(Some("spma"))),
        "`a.csv`: column `label`: the positive class `spma` is not among the classes; the labels are `ham`, `spam`\n\
         hint: did you mean `spam`?"
    );
    assert_eq!(
        fault(column(&["a", "b", "c"]).infer_classes(Some("a"))),
        "`a.csv`: column `label`: a positive class needs exactly two classes, got 3; the labels are `a`, `b`, `c`\n\
         hint: leave the positive class out: it needs exactly two classes"
    );
}

#[test]
fn a_single_label_is_no_choice() {
    assert_eq!(
        fault(column(&["1", "1"]).infer_classes(None)),
        "all 2 texts have label `1`; both labels are needed\nhint: add texts with label `0`"
    );
    assert_eq!(
        fault(column(&["ham", "ham"]).infer_classes(None)),
        "all 2 texts have label `ham`; at least two labels are needed\nhint: add texts with another label"
    );
}

#[test]
fn labels_that_look_alike_or_are_mixed_are_doubted() {
    for (labels, expected) in [
        (
            &["Spam", "ham", "spam"][..],
            "`a.csv`: column `label`: the labels `Spam` and `spam` differ in upper and lower case only; \
             found `Spam` (1 text, line 2), `ham` (1 text, line 3), `spam` (1 text, line 4)\n\
             hint: write them the same way; if they are two classes, list all in `data.classes` or `--classes`",
        ),
        (
            &["0", "1", "01"],
            "`a.csv`: column `label`: the labels `01` and `1` are the same number; \
             found `0` (1 text, line 2), `01` (1 text, line 4), `1` (1 text, line 3)\n\
             hint: write them the same way; if they are two classes, list all in `data.classes` or `--classes`",
        ),
        (
            &["not spam", "spam", "notspam"],
            "`a.csv`: column `label`: the labels `not spam` and `notspam` differ in spaces only; \
             found `not spam` (1 text, line 2), `notspam` (1 text, line 4), `spam` (1 text, line 3)\n\
             hint: write them the same way; if they are two classes, list all in `data.classes` or `--classes`",
        ),
        (
            &["0", "1", "1", "maybe"],
            "`a.csv`: column `label`: some labels are numbers and others are words, such as `maybe`; \
             found `0` (1 text, line 2), `1` (2 texts, first in line 3), `maybe` (1 text, line 5)\n\
             hint: correct the labels; if these are the classes, list all in `data.classes` or `--classes`",
        ),
        (
            &["0", "1", "label"],
            "`a.csv`: column `label`: some labels are numbers and others are words, such as `label`; \
             found `0` (1 text, line 2), `1` (1 text, line 3), `label` (1 text, line 4)\n\
             hint: line 4 seems to be the header again; remove it",
        ),
    ] {
        assert_eq!(fault(column(labels).infer_classes(None)), expected);
    }
    // A list of classes says that they are meant.
    let listed = classes(&["Spam", "ham", "spam"]);
    assert_eq!(column(&["spam", "Spam"]).labels(&listed).unwrap(), [2, 0]);
}

#[test]
fn the_header_between_the_rows_is_named() {
    assert_eq!(
        fault(read("text,label\na,1\n\ntext,label\nb,0\n")),
        "`a.csv`, line 4: the header again\nhint: remove the line; files that are joined keep one header"
    );
}

#[test]
fn a_file_without_header_is_told() {
    assert_eq!(
        fault(read("1,0,bad day\n2,1,good day\n")),
        "`a.csv`: no column `text`; the columns are `1`, `0`, `bad day`\n\
         hint: the file seems to have no header; add a first line with the names of the columns"
    );
}

#[test]
fn texts_as_labels_are_refused() {
    let columns = Columns {
        text: "text",
        label: Some("text"),
    };
    let read = read_csv_bytes(
        Path::new("a.csv"),
        b"text\na\n",
        &columns,
        &Format::default(),
    );
    assert_eq!(
        fault(read),
        "`a.csv`: column `text` cannot be both the texts and the labels\n\
         hint: name two columns: `text` and `label` under `[data]`, or `--text-column` and `--label-column`"
    );
    let labels: Vec<String> = (0..25)
        .map(|index| format!("text {}", index / 2 + 1))
        .collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let said = fault(column(&labels).infer_classes(None));
    assert!(
        said.starts_with(
            "`a.csv`: column `label`: 13 different labels among 25 texts, too many to be classes; found `text 1` (2 texts, first in line 2), "
        ) && said.contains(" and 3 more\nhint: name the column of labels"),
        "{said}"
    );
    assert!(column(&labels[..24]).infer_classes(None).is_ok());
}

#[test]
fn labels_that_are_no_class_are_told_at_once() {
    let pair = classes(&["0", "1"]);
    assert_eq!(
        fault(column(&["0", "positive", "1"]).labels(&pair)),
        "`a.csv`, line 3: column `label`: got `positive`, must be `0` or `1`\n\
         hint: write labels as `0` and `1`, or list the classes in `data.classes` or `--classes`, such as `[\"negative\", \"positive\"]`"
    );
    assert_eq!(
        fault(column(&["0", "2", "3", "2"]).labels(&pair)),
        "`a.csv`: column `label`: got `2` (2 texts, first in line 3), `3` (1 text, line 4), must be `0` or `1`\n\
         hint: write labels as `0` and `1`, or list the classes in `data.classes` or `--classes`"
    );
    let many: Vec<String> = (0..14).map(|index| format!("x{index}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let said = fault(column(&many).labels(&classes(&["hate", "neither", "offensive"])));
    assert!(
        said.contains(
            "`x9` (1 text, line 11) and 4 more, must be one of `hate`, `neither`, `offensive`"
        ),
        "{said}"
    );
    let reviews = classes(&["1.0", "2.0"]);
    assert_eq!(column(&["1", "2.00"]).labels(&reviews).unwrap(), [0, 1]);
}

#[test]
fn classes_without_texts_are_counted_or_listed() {
    let three = classes(&["hate", "neither", "offensive"]);
    let column = column(&["hate", "hate", "neither"]);
    assert_eq!(column.missing(&three), [2]);
    assert_eq!(column.counts(&three), [2, 1, 0]);
    assert_eq!(
        fault(column.check_classes(&three)),
        "`a.csv`: column `label`: no text has the label `offensive`; texts by label: `hate` 2, `neither` 1\n\
         hint: add texts of these classes, or take them out of `data.classes` or `--classes`"
    );
}

#[test]
fn packed_files_and_other_delimiters_are_read() {
    let commas = file(&["ham", "spam"]);
    let tabs = commas.replace(',', "\t");
    let expected = read(&commas).unwrap();
    let gzip = |text: &str| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(text.as_bytes()).unwrap();
        gzip.finish().unwrap()
    };
    let auto = Format::default();
    for (name, bytes, format) in [
        ("a.csv.gz", gzip(&commas), auto),
        ("a.tsv.gz", gzip(&tabs), auto),
        ("a.csv", gzip(&commas), auto),
        ("a.zip", zip(&[("b/a.csv", &commas)]), auto),
        ("a.zip", zip(&[("a.tsv", &tabs), ("read.me", "x")]), auto),
        ("a.TSV", tabs.clone().into_bytes(), auto),
        (
            "a.csv",
            tabs.clone().into_bytes(),
            Format::separated_by(b'\t'),
        ),
        (
            "a.csv",
            commas.replace(',', ";").into_bytes(),
            Format::separated_by(b';'),
        ),
    ] {
        let got = read_as(name, &bytes, format).unwrap();
        let labels: Vec<_> = got.labels.as_ref().unwrap().iter().collect();
        assert_eq!(labels, [("ham", 2), ("spam", 3)], "{name}");
        assert_eq!(got.texts, expected.texts, "{name}");
    }
}

#[test]
fn a_wrong_delimiter_and_other_formats_are_told() {
    let hint = "set `data.delimiter` or `--delimiter`";
    for (name, file) in [
        ("a.csv", "text;label\na;1\n"),
        ("a.csv", "text;a,b;label\nx;1,2;0\n"),
        ("a.tsv", "text,label\na,1\n"),
    ] {
        let said = fault(read_as(name, file.as_bytes(), Format::default()));
        assert!(
            said.contains("no column `text`") && said.ends_with(hint),
            "{said}"
        );
    }
    for (name, bytes, expected) in [
        (
            "a.xlsx",
            zip(&[("xl/workbook.xml", ""), ("xl/sheet.csv", "")]),
            "`a.xlsx`: an Excel workbook, must be a CSV file\nhint: save the sheet as CSV UTF-8",
        ),
        (
            "a.parquet",
            b"PAR1\x15\x04\x15".to_vec(),
            "`a.parquet`: a Parquet file, must be a CSV file\n\
             hint: convert it, for example with pandas: read_parquet(…).to_csv(…, index=False)",
        ),
        (
            "a.json",
            b"[{\"text\": 1}]".to_vec(),
            "`a.json`: JSON, must be a CSV file\n\
             hint: convert it, for example with pandas: read_json(…).to_csv(…, index=False), with lines=True for JSON Lines",
        ),
        (
            "a.zip",
            zip(&[("a.csv", ""), ("b.csv", "")]),
            "`a.zip`: must hold one CSV file, got `a.csv`, `b.csv`\nhint: unpack the archive and name one of its files",
        ),
    ] {
        assert_eq!(fault(read_as(name, &bytes, Format::default())), expected);
    }
}

fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        archive
            .start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}
