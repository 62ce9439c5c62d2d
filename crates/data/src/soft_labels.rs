//! Texts with a teacher's probabilities out of a CSV file.

use std::path::Path;

use super::csv::{at, text};
use super::distinct::shown;
use super::{DataError, LineFault, Table};
use fsl_common::probabilities::Probabilities;

/// Texts in the order of the file, each with probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct SoftTexts {
    /// The texts, at least one.
    pub texts: Vec<String>,
    /// The probabilities of each text.
    pub probabilities: Probabilities,
}

/// Reads a column of texts and those of probabilities from `bytes`, which errors call `path` and whose fields are separated by
/// `delimiter`: one column is the probability of the second of two classes, more are one per class. Spaces around a number do not matter.
///
/// # Errors
/// As [`read_csv`](super::read_csv), with a field that is no number from 0 to 1 in the place of a label, and with several columns that do
/// not sum to 1.
pub fn read_soft_bytes(
    path: &Path,
    bytes: &[u8],
    text_column: &str,
    columns: &[String],
    delimiter: u8,
) -> Result<SoftTexts, DataError> {
    let table = Table::parse(path, bytes, delimiter)?;
    // All columns are looked up before any row, so that a wrong name is the fault that is told.
    let texts = table.column(text_column)?;
    let fields = (columns.iter())
        .map(|column| Ok(table.column(column)?.collect::<Vec<_>>()))
        .collect::<Result<Vec<_>, DataError>>()?;
    let texts = texts
        .map(|field| text(&table, text_column, field))
        .collect::<Result<Vec<_>, _>>()?;
    let mut values = Vec::with_capacity(texts.len() * columns.len());
    for row in 0..texts.len() {
        let before = values.len();
        for (column, fields) in columns.iter().zip(&fields) {
            values.push(probability(&table, column, fields[row])?);
        }
        let sum: f64 = values[before..].iter().sum();
        if columns.len() > 1 && (sum - 1.0).abs() > SUM_TOLERANCE {
            let line = fields[0][row].0;
            let got = format!("{sum:.4}");
            return Err(at(&table, line, LineFault::ProbabilitySum { got }));
        }
    }
    let classes = columns.len().max(2);
    Ok(SoftTexts {
        texts,
        probabilities: Probabilities::new(classes, values),
    })
}

/// How far the sum of a text's probabilities may be from 1, but for the last digits of the sum itself: four digits of 77 classes round to less.
pub(super) const SUM_TOLERANCE: f64 = 1e-2 + 1e-9;

fn probability(table: &Table, column: &str, (line, field): (u64, &str)) -> Result<f64, DataError> {
    parse_probability(field).ok_or_else(|| {
        let (column, got) = (column.to_owned(), shown(field));
        at(table, line, LineFault::Probability { column, got })
    })
}

/// A number from 0 to 1, with or without spaces around it.
pub(super) fn parse_probability(field: &str) -> Option<f64> {
    let number = field.trim().parse::<f64>().ok();
    number.filter(|number| (0.0..=1.0).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str) -> Result<SoftTexts, DataError> {
        read_soft_bytes(
            Path::new("a.csv"),
            file.as_bytes(),
            "text_pp",
            &["prob".to_owned()],
            b',',
        )
    }

    #[test]
    fn numbers_of_every_spelling_are_read() {
        let soft = read("text_pp,prob\na,0\nb, 1.0 \nc,2.5e-3\n,.5\n").unwrap();
        assert_eq!(soft.texts, ["a", "b", "c", ""]);
        assert_eq!(soft.probabilities.values(), [0.0, 1.0, 0.0025, 0.5]);
    }

    #[test]
    fn several_classes_have_a_column_each_and_sum_to_one() {
        let columns = ["p_a", "p_b", "p_c"].map(str::to_owned);
        let read = |file: &str| {
            read_soft_bytes(Path::new("a.csv"), file.as_bytes(), "text", &columns, b',')
        };
        let soft = read("p_c,text,p_a,p_b\n0.5,a,0.25,0.25\n0,b,1,0\n").unwrap();
        assert_eq!(soft.probabilities.classes(), 3);
        assert_eq!(
            soft.probabilities.values(),
            [0.25, 0.25, 0.5, 1.0, 0.0, 0.0]
        );
        assert_eq!(
            read("text,p_a,p_b,p_c\na,1,0,0\nb,0.5,0.5,0.5\n")
                .unwrap_err()
                .to_string(),
            "`a.csv`, line 3: the probabilities sum to 1.5000, must be 1"
        );
    }

    #[test]
    fn what_is_no_probability_is_named_with_its_line() {
        let fault = |field: &str| read(&format!("text_pp,prob\na,0.5\nb,{field}\n")).unwrap_err();
        for wrong in ["1.5", "-0.1", "", "NaN", "inf", "high"] {
            assert_eq!(
                fault(wrong).to_string(),
                format!(
                    "`a.csv`, line 3: column `prob`: got `{wrong}`, must be a number from 0 to 1"
                )
            );
        }
        assert_eq!(
            fault("").hint().unwrap(),
            "give P(label 1) for every text, as `fsl-exp infer` writes it"
        );
        assert_eq!(
            read("text,prob\na,2\n").unwrap_err().to_string(),
            "`a.csv`: no column `text_pp`; the columns are `text`, `prob`"
        );
    }
}
