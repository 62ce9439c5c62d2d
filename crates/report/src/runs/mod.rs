//! Finished trials for other programs: tidy CSV, JSON lines, MLflow's file store, TensorBoard's event files.

#[cfg(feature = "mlflow")]
mod mlflow;
#[cfg(feature = "tensorboard")]
mod tensorboard;

use serde::Serialize;
use serde_json::{Map, Value};

use super::ReportError;
use super::csv::write_line;

#[cfg(feature = "mlflow")]
pub use mlflow::mlflow;
#[cfg(feature = "tensorboard")]
pub use tensorboard::tensorboard;

/// A finished trial.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The experiment's name.
    pub experiment: String,
    /// The row's identifier.
    pub row: String,
    /// The row's name for people.
    pub label: String,
    /// The trial's number, from 0.
    pub trial: u64,
    /// The address of its result: 64 hexadecimal digits.
    pub key: String,
    /// Everything that determined the result, by dotted name.
    pub params: Vec<(String, Value)>,
    /// The metrics that its record stores, by name, fractions.
    pub metrics: Vec<(&'static str, f64)>,
    /// The mean training loss of each epoch.
    pub losses: Vec<f64>,
    /// When it began, in milliseconds since 1970.
    pub began_ms: u64,
    /// When it ended.
    pub ended_ms: u64,
    /// The machine's name.
    pub host: String,
}

impl Run {
    fn seconds(&self) -> f64 {
        (self.ended_ms - self.began_ms) as f64 / 1000.0
    }
}

/// A file to be written into a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFile {
    /// Its path within the folder, with `/` between names.
    pub path: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// What every line begins with.
#[derive(Serialize)]
struct Line<'a> {
    experiment: &'a str,
    row: &'a str,
    label: &'a str,
    trial: u64,
    key: &'a str,
    seconds: f64,
    began_unix_ms: u64,
    host: &'a str,
}

/// One flat JSON object per trial and line: `pandas.read_json(path, lines=True)`.
///
/// # Errors
/// A value that JSON has no form for.
pub fn json_lines(runs: &[Run]) -> Result<Vec<u8>, ReportError> {
    let mut bytes = Vec::new();
    for run in runs {
        serde_json::to_writer(&mut bytes, &flat(run)).map_err(failed)?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

/// One line per trial; the columns are those of all trials together, empty where a trial has no such value.
///
/// # Errors
/// Whatever the CSV writer says.
pub fn csv(runs: &[Run]) -> Result<Vec<u8>, ReportError> {
    let flat: Vec<Map<String, Value>> = runs.iter().map(flat).collect();
    let mut columns: Vec<&str> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for name in flat.iter().flat_map(Map::keys) {
        if known.insert(name) {
            columns.push(name);
        }
    }
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    write_line(&mut writer, &columns)?;
    for line in &flat {
        let fields = columns.iter().map(|&name| text(line.get(name)));
        write_line(&mut writer, fields)?;
    }
    writer
        .into_inner()
        .map_err(|error| ReportError::Write(error.into_error()))
}

fn flat(run: &Run) -> Map<String, Value> {
    let line = Line {
        experiment: &run.experiment,
        row: &run.row,
        label: &run.label,
        trial: run.trial,
        key: &run.key,
        seconds: run.seconds(),
        began_unix_ms: run.began_ms,
        host: &run.host,
    };
    let mut all = match serde_json::to_value(line) {
        Ok(Value::Object(all)) => all,
        _ => Map::new(),
    };
    for &(name, value) in &run.metrics {
        all.insert(name.to_owned(), value.into());
    }
    for (name, value) in &run.params {
        all.insert(format!("params.{name}"), value.clone());
    }
    all
}

/// A value as a cell, and as MLflow has parameters.
fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}

/// Nested JSON as dotted names and plain values; lists stay as they are.
pub fn dotted(value: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    walk(value, "", &mut found);
    found
}

fn walk(value: &Value, prefix: &str, found: &mut Vec<(String, Value)>) {
    let Value::Object(entries) = value else {
        found.push((prefix.to_owned(), value.clone()));
        return;
    };
    for (name, value) in entries {
        let path = if prefix.is_empty() {
            name.clone()
        } else {
            format!("{prefix}.{name}")
        };
        walk(value, &path, found);
    }
}

fn failed(error: serde_json::Error) -> ReportError {
    ReportError::Write(error.into())
}

#[cfg(test)]
mod tests;
