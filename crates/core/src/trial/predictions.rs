//! Files of predictions: of test texts with their labels, and of transfer texts.
//!
//! Numbers are in the shortest exact decimal form: equal files mean equal predictions. Classes called `0` and `1` have the columns
//! `index,label,probability`, the label as `0` or `1` and the probability of `1`. Labels of other classes are their names; two classes keep the
//! one column, the probability of the second, and more have a column `probability_NAME` each.

use csv::{Reader, StringRecord, Writer};

use fsl_common::classes::{Classes, Label};
use fsl_common::probabilities::Probabilities;

/// A trial's predictions of the test texts, in the order of the test file.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictions {
    /// The true labels.
    pub labels: Vec<Label>,
    /// The probabilities.
    pub probabilities: Probabilities,
}

/// The name of the columns of probabilities: one for two classes, otherwise one per class.
pub fn probability_columns(classes: &Classes) -> Vec<String> {
    if classes.count() == 2 {
        return vec!["probability".to_owned()];
    }
    let names = classes.names().iter();
    names.map(|name| format!("probability_{name}")).collect()
}

/// Predictions of test texts as CSV: `index`, `label`, probabilities.
pub(super) fn write(classes: &Classes, predictions: &Predictions) -> Vec<u8> {
    let Predictions {
        labels,
        probabilities,
    } = predictions;
    let mut rows = vec![header(&["index", "label"], classes)];
    let numbered = labels.iter().zip(probabilities.rows()).enumerate();
    rows.extend(numbered.map(|(index, (&label, values))| {
        let mut row = vec![index.to_string(), classes.name(label).to_owned()];
        row.extend(values.iter().map(ToString::to_string));
        row
    }));
    csv_bytes(&rows)
}

/// Probabilities of transfer texts as CSV: `index`, probabilities.
pub(super) fn write_transfer(classes: &Classes, probabilities: &Probabilities) -> Vec<u8> {
    let mut rows = vec![header(&["index"], classes)];
    rows.extend(probabilities.rows().enumerate().map(|(index, values)| {
        let mut row = vec![index.to_string()];
        row.extend(values.iter().map(ToString::to_string));
        row
    }));
    csv_bytes(&rows)
}

fn header(first: &[&str], classes: &Classes) -> Vec<String> {
    let first = first.iter().map(|&name| name.to_owned());
    first.chain(probability_columns(classes)).collect()
}

/// Writing to memory cannot fail.
fn csv_bytes(rows: &[Vec<String>]) -> Vec<u8> {
    let mut writer = Writer::from_writer(Vec::new());
    for row in rows {
        let _ = writer.write_record(row);
    }
    writer.into_inner().unwrap_or_default()
}

/// Reads a file of predictions of test texts.
///
/// # Errors
/// What is wrong with the file, as a text.
pub fn read(bytes: &[u8], classes: &Classes) -> Result<Predictions, String> {
    let mut labels = Vec::new();
    let probabilities = rows(bytes, &["index", "label"], classes, |row| {
        let name = row.get(1).unwrap_or_default();
        let label = classes.label(name);
        labels.push(
            label.ok_or_else(|| format!("`{}` is none of the classes", name.escape_debug()))?,
        );
        Ok(())
    })?;
    Ok(Predictions {
        labels,
        probabilities,
    })
}

/// Reads a file of predictions of transfer texts.
///
/// # Errors
/// What is wrong with the file, as a text.
pub fn read_transfer(bytes: &[u8], classes: &Classes) -> Result<Probabilities, String> {
    rows(bytes, &["index"], classes, |_| Ok(()))
}

/// The probabilities of every row, after the columns `first`; `visit` is given each row.
fn rows(
    bytes: &[u8],
    first: &[&str],
    classes: &Classes,
    mut visit: impl FnMut(&StringRecord) -> Result<(), String>,
) -> Result<Probabilities, String> {
    let mut reader = Reader::from_reader(bytes);
    let got: Vec<String> = (reader.headers())
        .map_err(|error| error.to_string())?
        .iter()
        .map(str::to_owned)
        .collect();
    let expected = header(first, classes);
    if got != expected {
        return Err(format!(
            "its columns are `{}`, not `{}`",
            got.join(",").escape_debug(),
            expected.join(",")
        ));
    }
    let (mut values, mut row) = (Vec::new(), StringRecord::new());
    while reader
        .read_record(&mut row)
        .map_err(|error| error.to_string())?
    {
        visit(&row)?;
        for field in row.iter().skip(first.len()) {
            values.push(probability(field)?);
        }
    }
    Ok(Probabilities::new(classes.count(), values))
}

fn probability(field: &str) -> Result<f64, String> {
    let shown = || field.escape_debug();
    match field.parse::<f64>() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        Ok(_) => Err(format!("`{}` is no probability", shown())),
        Err(_) => Err(format!("`{}` is no number", shown())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(names: &[&str]) -> Classes {
        Classes::new(names.iter().map(|&name| name.to_owned()).collect(), None).unwrap()
    }

    #[test]
    fn zero_and_one_have_the_columns_of_the_first_version() {
        let predictions = Predictions {
            labels: vec![1, 0],
            probabilities: Probabilities::two_class(vec![0.75, 1e-7]),
        };
        let bytes = write(&Classes::zero_one(), &predictions);
        assert_eq!(
            String::from_utf8(bytes.clone()).unwrap(),
            "index,label,probability\n0,1,0.75\n1,0,0.0000001\n"
        );
        assert_eq!(read(&bytes, &Classes::zero_one()).unwrap(), predictions);
    }

    #[test]
    fn names_with_commas_and_quotes_read_back() {
        let classes = classes(&["a,b", "say \"c\"", "d"]);
        let predictions = Predictions {
            labels: vec![1, 2],
            probabilities: Probabilities::new(3, vec![0.2, 0.3, 0.5, 1.0, 0.0, 0.0]),
        };
        let bytes = write(&classes, &predictions);
        assert_eq!(read(&bytes, &classes).unwrap(), predictions);
        let transfer = write_transfer(&classes, &predictions.probabilities);
        assert_eq!(
            read_transfer(&transfer, &classes).unwrap(),
            predictions.probabilities
        );
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let classes = classes(&["ham", "spam"]);
        let fault = |text: &str| read(text.as_bytes(), &classes).unwrap_err();
        assert_eq!(
            fault("index,label,p\n"),
            "its columns are `index,label,p`, not `index,label,probability`"
        );
        assert_eq!(
            fault("index,label,probability\n0,eggs,0.5\n"),
            "`eggs` is none of the classes"
        );
        assert_eq!(
            fault("index,label,probability\n0,ham,high\n"),
            "`high` is no number"
        );
        for value in ["NaN", "inf", "-0.1", "1.5", "7e9"] {
            assert_eq!(
                fault(&format!("index,label,probability\n0,ham,{value}\n")),
                format!("`{value}` is no probability")
            );
        }
    }
}
