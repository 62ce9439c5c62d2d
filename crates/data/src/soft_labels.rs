//! Texts with a teacher's probabilities out of a CSV file.

use std::path::Path;

use super::csv::{at, shown, text};
use super::{DataError, LineFault, Table};

/// Texts in the order of the file, each with a probability.
#[derive(Debug, Clone, PartialEq)]
pub struct SoftTexts {
    /// The texts, at least one.
    pub texts: Vec<String>,
    /// P(positive) of each text, in [0, 1].
    pub probabilities: Vec<f64>,
}

/// Reads the columns `text` and `probability` from `bytes`, which errors call `path` and whose fields are separated by
/// `delimiter`. Spaces around a number do not matter.
///
/// # Errors
/// As [`read_csv`](super::read_csv), with a field that is no number from 0 to 1 in the place of a label.
pub fn read_soft_bytes(
    path: &Path,
    bytes: &[u8],
    [text_column, column]: [&str; 2],
    delimiter: u8,
) -> Result<SoftTexts, DataError> {
    let table = Table::parse(path, bytes, delimiter)?;
    let probability = |(line, field): (u64, &str)| {
        let number = field.trim().parse::<f64>().ok();
        number
            .filter(|number| (0.0..=1.0).contains(number))
            .ok_or_else(|| {
                let (column, got) = (column.to_owned(), shown(field));
                at(&table, line, LineFault::Probability { column, got })
            })
    };
    // Both columns are looked up before any row, so that a wrong name is the fault that is told.
    let (texts, probabilities) = (table.column(text_column)?, table.column(column)?);
    Ok(SoftTexts {
        texts: texts
            .map(|field| text(&table, text_column, field))
            .collect::<Result<_, _>>()?,
        probabilities: probabilities.map(probability).collect::<Result<_, _>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str) -> Result<SoftTexts, DataError> {
        read_soft_bytes(
            Path::new("a.csv"),
            file.as_bytes(),
            ["text_pp", "prob"],
            b',',
        )
    }

    #[test]
    fn numbers_of_every_spelling_are_read() {
        let soft = read("text_pp,prob\na,0\nb, 1.0 \nc,2.5e-3\n,.5\n").unwrap();
        assert_eq!(soft.texts, ["a", "b", "c", ""]);
        assert_eq!(soft.probabilities, [0.0, 1.0, 0.0025, 0.5]);
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
