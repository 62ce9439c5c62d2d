//! What holds for any bytes that are read as texts, labels, rules' inputs or predictions.

use std::fmt::Display;
use std::path::Path;

use super::preprocess::{self, Rules};
use super::stream::Delimiter;
use super::{
    Columns, DataError, Format, KnownTexts, LabelColumn, Table, Texts, read_csv_bytes,
    read_predictions,
};
use fsl_common::classes::Classes;

const PATH: &str = "a.csv";

const COLUMNS: Columns = Columns {
    text: "text",
    label: Some("label"),
};

/// A CSV file behind a byte that chooses the delimiter: what is read as texts and labels is the same after it was written again.
///
/// # Panics
/// Where it is not.
pub fn csv(input: &[u8]) {
    let Some((&choice, bytes)) = input.split_first() else {
        return;
    };
    let path = Path::new(PATH);
    let delimiter = match choice % 5 {
        0 => b',',
        1 => b';',
        2 => b'\t',
        3 => b'|',
        _ => Delimiter::Auto.resolve(bytes, COLUMNS.text),
    };
    let texts = match read_csv_bytes(path, bytes, &COLUMNS, &Format::separated_by(delimiter)) {
        Ok(texts) => texts,
        Err(error) => return check_message(&error, error.hint()),
    };
    let again = read_csv_bytes(
        path,
        &written(&texts),
        &COLUMNS,
        &Format::separated_by(b','),
    );
    let again = again.unwrap_or_else(|error| panic!("what was read cannot be written: {error}"));
    assert_eq!(texts.texts, again.texts);
    assert_eq!(labels(&texts), labels(&again));
    let Some(column) = texts.labels else { return };
    if let Err(error) = column.infer_classes(None) {
        return check_message(&error, error.hint());
    }
    if let Ok(classes) = column.infer_classes(None) {
        assert!(classes.count() >= 2 && column.check_classes(&classes).is_ok());
    }
    if let Ok(table) = Table::parse(path, bytes, delimiter) {
        assert_eq!(table.rows(), texts.texts.len());
    }
}

fn labels(texts: &Texts) -> Vec<&str> {
    let labels = texts.labels.iter().flat_map(LabelColumn::iter);
    labels.map(|(name, _)| name).collect()
}

fn written(texts: &Texts) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory cannot fail.
    let _ = writer.write_record([COLUMNS.text, "label"]);
    for (text, label) in texts.texts.iter().zip(labels(texts)) {
        let _ = writer.write_record([text, label]);
    }
    writer.into_inner().unwrap_or_default()
}

/// A message is one line for people, without anything that steers a terminal, and not as long as the file.
fn check_message(error: &DataError, hint: Option<String>) {
    for shown in [error.to_string(), hint.unwrap_or_default()] {
        check_line(&shown);
    }
}

fn check_line(shown: &impl Display) {
    let shown = shown.to_string();
    assert!(!shown.chars().any(char::is_control), "{shown:?}");
    assert!(shown.len() < 10_000, "a message of {} bytes", shown.len());
}

/// A text under both sets of rules: the reference makes ASCII, and neither makes much more of a text than it was.
///
/// # Panics
/// Where that does not hold.
pub fn rules(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let reference = preprocess::apply(Rules::Reference, text);
    assert!(reference.is_ascii(), "{reference:?}");
    let tidy = preprocess::apply(Rules::Tidy, text);
    for result in [&reference, &tidy] {
        assert!(result.len() <= 16 * text.len() + 64, "{}", result.len());
    }
}

/// A file of predictions about three known texts, behind a byte that chooses the classes: what is read are probabilities.
///
/// # Panics
/// Where that does not hold.
pub fn predictions(input: &[u8]) {
    let Some((&choice, bytes)) = input.split_first() else {
        return;
    };
    let names: &[&str] = if choice.is_multiple_of(2) {
        &["0", "1"]
    } else {
        &["hate", "offensive", "neither"]
    };
    let names = names.iter().map(|&name| name.to_owned());
    let Ok(classes) = Classes::new(names.collect(), None) else {
        return;
    };
    let texts = ["a", "b", "a"].map(str::to_owned);
    let known = KnownTexts {
        path: Path::new("test.csv"),
        column: "text",
        texts: &texts,
        labels: Some(("label", &[0, 1, 0])),
        trial: (choice > 127).then_some(0),
        sample: (choice > 191).then_some("abc"),
    };
    match read_predictions(Path::new(PATH), bytes, &classes, &known) {
        Ok(read) => {
            assert_eq!(read.probabilities.texts(), texts.len());
            let is_probability = |value: &f64| (0.0..=1.0).contains(value);
            for row in read.probabilities.rows() {
                assert!(row.iter().all(is_probability), "{row:?}");
                let sum: f64 = row.iter().sum();
                assert!(row.len() == 1 || (sum - 1.0).abs() < 1e-5, "{row:?}");
            }
        }
        Err(error) => check_message(&error, error.hint()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fsl_test_support::corpus;

    type Target = (&'static str, fn(&[u8]));

    #[test]
    fn the_properties_hold_for_the_committed_inputs() {
        let targets: [Target; 3] = [("csv", csv), ("rules", rules), ("predictions", predictions)];
        for (target, property) in targets {
            for (name, input) in corpus(target) {
                println!("{target}/{name}");
                property(&input);
            }
        }
    }
}
