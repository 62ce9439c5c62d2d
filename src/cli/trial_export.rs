//! The finished trials of a plan, for other programs.

use std::fs;
use std::path::{Component, Path};

use serde_json::Value;

use super::error::CliError;
use super::output::OutputPolicy;
use fsl_core::runner::{Plan, PlannedRow};
use fsl_core::spec::Experiment;
use fsl_core::store::{Store, StoreError};
use fsl_core::trial::Record;
use fsl_metrics::Metric;
use fsl_report::runs::{self, OutputFile, Run};

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
    let recorded = Metric::all().iter().filter(|metric| metric.recorded);
    let metrics = recorded.filter_map(|metric| {
        let value = metric.from_record(&record.metrics)?;
        Some((metric.id, value))
    });
    Run {
        experiment: experiment.name.clone(),
        row: declared.id.clone(),
        label: declared.label.clone(),
        trial: number,
        key: record.key.to_string(),
        params: runs::dotted(&inputs),
        metrics: metrics.collect(),
        losses: record.fit.map(|fit| fit.epoch_losses).unwrap_or_default(),
        began_ms,
        ended_ms: began_ms + (1000.0 * record.timings.total_secs).round() as u64,
        host: record.host.name,
    }
}

/// A table of trials: JSON lines where the file is named so, otherwise CSV.
pub(super) fn table(path: &Path, runs: &[Run]) -> Result<Vec<u8>, CliError> {
    let extension = path.extension().and_then(|extension| extension.to_str());
    let is_lines =
        |extension: &str| ["jsonl", "ndjson"].contains(&extension.to_ascii_lowercase().as_str());
    Ok(if extension.is_some_and(is_lines) {
        runs::json_lines(runs)?
    } else {
        runs::csv(runs)?
    })
}

/// Writes MLflow's store into a folder, beside what is in it.
pub(super) fn write_mlflow(
    policy: &OutputPolicy,
    folder: &Path,
    runs: &[Run],
) -> Result<(), CliError> {
    fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
    let absolute = folder.canonicalize();
    let absolute = absolute.map_err(|source| failed(folder, source))?;
    let files = runs::mlflow(runs, &absolute.to_string_lossy());
    write(policy, "--mlflow", folder, &files)
}

/// Writes TensorBoard's files into a folder, beside what is in it.
pub(super) fn write_tensorboard(
    policy: &OutputPolicy,
    folder: &Path,
    runs: &[Run],
) -> Result<(), CliError> {
    write(policy, "--tensorboard", folder, &runs::tensorboard(runs))
}

/// Writes files into a folder, beside what is in it; none of them where one's name leads elsewhere.
pub(super) fn write(
    policy: &OutputPolicy,
    option: &'static str,
    folder: &Path,
    files: &[OutputFile],
) -> Result<(), CliError> {
    let stays = |file: &&OutputFile| {
        let mut parts = Path::new(&file.path).components();
        parts.all(|part| matches!(part, Component::Normal(_)))
    };
    if let Some(file) = files.iter().find(|file| !stays(file)) {
        return Err(CliError::Outside {
            folder: folder.display().to_string(),
            path: file.path.clone(),
        });
    }
    policy.write_files(option, folder, files)
}

fn failed(path: &Path, source: std::io::Error) -> CliError {
    CliError::Output {
        what: format!("`{}`", path.display()),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_outside_the_folder() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("out");
        let policy = OutputPolicy::new(false);
        let write = |folder: &Path, files: &[OutputFile]| write(&policy, "--plots", folder, files);
        let file = |path: &str| OutputFile {
            path: path.to_owned(),
            bytes: vec![1],
        };
        for path in ["../x", "/tmp/fsl-exp-x", "a/../../x", "./x/.."] {
            let refused = write(&folder, &[file("fine"), file(path)]).unwrap_err();
            assert!(matches!(&refused, CliError::Outside { path: got, .. } if got == path));
            assert_eq!(refused.exit(), crate::cli::exit::Exit::Bug);
        }
        assert!(!folder.exists());
        write(&folder, &[file("a/b"), file("c")]).unwrap();
        assert!(folder.join("a/b").is_file() && folder.join("c").is_file());
    }
}
