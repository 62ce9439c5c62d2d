//! The stored predictions of any rows as one CSV.

use std::io::Write;

use super::ReportError;
use super::csv::write_lines;

/// One test text's probability in one trial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction<'a> {
    /// The experiment's name.
    pub experiment: &'a str,
    /// The row's identifier.
    pub row: &'a str,
    /// The trial's number within the row, from 0.
    pub trial: u64,
    /// The text's position in the test set, from 0.
    pub index: usize,
    /// Its label, 0 or 1.
    pub label: u8,
    /// The probability of label 1, in [0, 1].
    pub probability: f64,
}

/// Writes `experiment,row,trial,index,label,probability` and a line per prediction, in the order given. Probabilities
/// have the fewest digits that read back as the same `f64`, so that equal files mean equal predictions.
///
/// # Errors
/// Whatever `out` says.
pub fn write_predictions<'a>(
    out: impl Write,
    predictions: impl IntoIterator<Item = Prediction<'a>>,
) -> Result<(), ReportError> {
    let header = [
        "experiment",
        "row",
        "trial",
        "index",
        "label",
        "probability",
    ];
    let lines = predictions.into_iter().map(|prediction| {
        [
            prediction.experiment.to_owned(),
            prediction.row.to_owned(),
            prediction.trial.to_string(),
            prediction.index.to_string(),
            prediction.label.to_string(),
            super::csv::digits(prediction.probability),
        ]
    });
    write_lines(out, header, lines)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn prediction(index: usize, probability: f64) -> Prediction<'static> {
        Prediction {
            experiment: "a,b",
            row: "fsl",
            trial: 3,
            index,
            label: u8::from(probability > 0.5),
            probability,
        }
    }

    #[test]
    fn probabilities_read_back_bit_by_bit() {
        let probabilities = [0.0, 1.0, 0.1 + 0.2, 1.0 / 3.0, 1e-7, f64::MIN_POSITIVE];
        let rows = probabilities
            .iter()
            .enumerate()
            .map(|(index, &p)| prediction(index, p));
        let mut bytes = vec![];
        write_predictions(&mut bytes, rows).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        insta::assert_snapshot!(text, @r#"
        experiment,row,trial,index,label,probability
        "a,b",fsl,3,0,0,0.0
        "a,b",fsl,3,1,1,1.0
        "a,b",fsl,3,2,0,0.30000000000000004
        "a,b",fsl,3,3,0,0.3333333333333333
        "a,b",fsl,3,4,0,1e-7
        "a,b",fsl,3,5,0,2.2250738585072014e-308
        "#);
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let read: Vec<f64> = reader
            .records()
            .map(|record| record.unwrap()[5].parse().unwrap())
            .collect();
        assert_eq!(read, probabilities);
    }

    #[test]
    fn a_full_disk_is_reported() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let error = write_predictions(Full, [prediction(0, 0.5)]).unwrap_err();
        assert_eq!(error.to_string(), "write predictions");
        assert_eq!(
            error.hint().unwrap(),
            "free some space, or choose a file on another disk"
        );
    }
}
