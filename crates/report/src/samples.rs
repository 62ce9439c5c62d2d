//! The texts that trials learn from, as one CSV.

use std::io::Write;

use super::ReportError;
use super::csv::write_lines;

/// One training text of one trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample<'a> {
    /// The experiment's name.
    pub experiment: &'a str,
    /// The row's identifier.
    pub row: &'a str,
    /// The trial's number within the row, from 0.
    pub trial: u64,
    /// How many texts the trial learns from.
    pub size: usize,
    /// The text's row in the training file, from 0.
    pub index: usize,
    /// The name of its class.
    pub label: &'a str,
    /// The SHA-256 of the trial's rows, as its record has it.
    pub sha256: &'a str,
}

/// Writes `experiment,row,trial,size,index,label,train_rows_sha256` and a line per text, in the order given.
///
/// # Errors
/// Whatever `out` says.
pub fn write_samples<'a>(
    out: impl Write,
    samples: impl IntoIterator<Item = Sample<'a>>,
) -> Result<(), ReportError> {
    let header = [
        "experiment",
        "row",
        "trial",
        "size",
        "index",
        "label",
        "train_rows_sha256",
    ];
    let lines = samples.into_iter().map(|sample| {
        [
            sample.experiment.to_owned(),
            sample.row.to_owned(),
            sample.trial.to_string(),
            sample.size.to_string(),
            sample.index.to_string(),
            sample.label.to_owned(),
            sample.sha256.to_owned(),
        ]
    });
    write_lines(out, &header, lines)
}
