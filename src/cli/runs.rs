//! The finished trials of a plan, for other programs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::console;
use super::error::CliError;
use crate::report::runs::{self, OutputFile, Run};
use crate::runner::{Plan, PlannedRow};
use crate::spec::Experiment;
use crate::store::{Store, StoreError};
use crate::trial::Record;

/// Every finished trial of the rows that were asked for, row by row, and how many are not finished.
pub(super) fn of(
    experiments: &[Experiment],
    plan: &Plan,
    store: &Store,
) -> Result<(Vec<Run>, usize), StoreError> {
    let (mut found, mut missing) = (Vec::new(), 0);
    for row in plan.rows.iter().filter(|row| !row.support) {
        let experiment = &experiments[row.experiment];
        for (number, &index) in (0..).zip(&row.trials) {
            match store.record(&plan.trials[index].key)? {
                Some(record) => found.push(run(experiment, row, number, record)),
                None => missing += 1,
            }
        }
    }
    Ok((found, missing))
}

fn run(experiment: &Experiment, row: &PlannedRow, number: u64, record: Record) -> Run {
    let declared = &experiment.rows[row.row];
    let inputs = serde_json::to_value(&record.inputs).unwrap_or(Value::Null);
    let began_ms = 1000 * record.timings.started_unix_secs;
    let metrics = record.metrics;
    Run {
        experiment: experiment.name.clone(),
        row: declared.id.clone(),
        label: declared.label.clone(),
        trial: number,
        key: record.key.to_string(),
        params: runs::dotted(&inputs),
        metrics: vec![
            ("f1", metrics.f1),
            ("precision", metrics.precision),
            ("recall", metrics.recall),
            ("accuracy", metrics.accuracy),
            ("macro_f1", metrics.macro_f1),
        ],
        losses: record.fit.map(|fit| fit.epoch_losses).unwrap_or_default(),
        began_ms,
        ended_ms: began_ms + (1000.0 * record.timings.total_secs).round() as u64,
        host: record.host.name,
    }
}

/// Writes a table of trials: JSON lines where the file is named so, otherwise CSV.
pub(super) fn write_table(path: &Path, runs: &[Run]) -> Result<(), CliError> {
    let extension = path.extension().and_then(|extension| extension.to_str());
    let bytes = match extension {
        Some("jsonl" | "ndjson") => runs::json_lines(runs)?,
        _ => runs::csv(runs)?,
    };
    console::write_output(path, &bytes).map(drop)
}

/// Writes MLflow's store into a folder, beside what is in it.
pub(super) fn write_mlflow(folder: &Path, runs: &[Run]) -> Result<(), CliError> {
    fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
    let absolute = folder.canonicalize();
    let absolute = absolute.map_err(|source| failed(folder, source))?;
    write(folder, &runs::mlflow(runs, &absolute.to_string_lossy()))
}

/// Writes TensorBoard's files into a folder, beside what is in it.
pub(super) fn write_tensorboard(folder: &Path, runs: &[Run]) -> Result<(), CliError> {
    write(folder, &runs::tensorboard(runs))
}

/// Writes files into a folder, beside what is in it.
pub(super) fn write(folder: &Path, files: &[OutputFile]) -> Result<(), CliError> {
    let folders: BTreeSet<PathBuf> = files
        .iter()
        .filter_map(|file| folder.join(&file.path).parent().map(Path::to_owned))
        .collect();
    for path in &folders {
        fs::create_dir_all(path).map_err(|source| failed(path, source))?;
    }
    for file in files {
        console::write_output(&folder.join(&file.path), &file.bytes)?;
    }
    Ok(())
}

fn failed(path: &Path, source: std::io::Error) -> CliError {
    CliError::Output {
        what: format!("`{}`", path.display()),
        source,
    }
}
