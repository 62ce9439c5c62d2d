//! `fsl-exp export`: the predictions of stored trials as one tidy CSV file, and the texts that trials learn from as another.

mod samples;

use std::path::{Path, PathBuf};

use super::args::ExportArgs;
use super::console;
use super::derived;
use super::error::CliError;
use super::exit::Exit;
use super::specs::{self, Stored};
use crate::report::{self, Prediction};
use crate::runner::Plan;
use crate::spec::{DataSource, Experiment};
use crate::store::Store;

/// Writes the predictions of every finished trial of the experiments, and the training texts of every trial.
pub(super) fn command(args: &ExportArgs) -> Result<Exit, CliError> {
    let Stored {
        experiments,
        store,
        plan,
    } = specs::stored(&args.specs, &[], &args.store)?;
    let files = [
        ("--predictions", &args.predictions),
        ("--samples", &args.samples),
    ];
    for (option, file) in files {
        let is_input = |file: &PathBuf| {
            let mut all = experiments.iter();
            all.any(|experiment| is_input(experiment, file))
        };
        if file.as_ref().is_some_and(is_input) {
            let problem = "is one of the specs or their data; name another file".to_owned();
            return Err(CliError::Usage { option, problem });
        }
    }
    let mut exit = Exit::Done;
    if let Some(file) = &args.samples {
        let (bytes, missing) = samples::samples(&experiments, &plan)?;
        exit = written(
            file,
            &bytes,
            missing,
            "cannot be drawn: their texts are not here yet",
        )?;
    }
    if let Some(file) = &args.predictions {
        let (bytes, missing) = predictions(&experiments, &plan, &store)?;
        let more = written(
            file,
            &bytes,
            missing,
            "have no result yet and are not in the file",
        )?;
        exit = if exit == Exit::Done { more } else { exit };
    }
    Ok(exit)
}

/// Writes one file, and says of how many trials it lacks something.
fn written(file: &Path, bytes: &[u8], missing: usize, why: &str) -> Result<Exit, CliError> {
    let exit = console::write_output(file, bytes)?;
    if missing == 0 {
        return Ok(exit);
    }
    console::say(&format!("{missing} trials {why}"));
    Ok(Exit::Trials)
}

/// Whether the file is the experiment's spec or one of its files of texts, by whatever name.
fn is_input(experiment: &Experiment, file: &Path) -> bool {
    let same = |input: &Path| match (input.canonicalize(), file.canonicalize()) {
        (Ok(input), Ok(file)) => input == file,
        _ => input == file,
    };
    let sources = experiment.rows.iter().map(|row| &row.data.source);
    let mut data = sources.flat_map(|source| match source {
        DataSource::Catalog(_) => Vec::new(),
        DataSource::Files {
            train,
            test,
            transfer,
        } => [train, test].into_iter().chain(transfer).collect(),
    });
    same(&experiment.file) || data.any(|input| same(input))
}

/// A finished trial of a row, with what it predicted.
struct Done<'a> {
    experiment: &'a str,
    row: &'a str,
    number: usize,
    predictions: Vec<crate::trial::Prediction>,
}

/// The file, and how many trials are missing from it.
fn predictions(
    experiments: &[Experiment],
    plan: &Plan,
    store: &Store,
) -> Result<(Vec<u8>, usize), CliError> {
    let (mut found, mut missing) = (Vec::new(), 0);
    for planned in plan.rows.iter().filter(|row| !row.support) {
        let (experiment, row) = planned
            .name
            .split_once('/')
            .unwrap_or((planned.name.as_str(), ""));
        if !planned.members.is_empty() {
            match derived::mean(planned, plan, store)? {
                Some(predictions) => found.push(Done {
                    experiment,
                    row,
                    number: 0,
                    predictions,
                }),
                None => missing += 1,
            }
        } else if planned.trials.is_empty() {
            let declared = &experiments[planned.experiment];
            missing += declared.rows[planned.row].trial_count().max(1) as usize;
        }
        for (number, &index) in planned.trials.iter().enumerate() {
            let key = &plan.trials[index].key;
            if store.has(key) {
                found.push(Done {
                    experiment,
                    row,
                    number,
                    predictions: store.predictions(key)?,
                });
            } else {
                missing += 1;
            }
        }
    }
    let rows = found.iter().flat_map(|stored| {
        stored.predictions.iter().map(|prediction| Prediction {
            experiment: stored.experiment,
            row: stored.row,
            trial: stored.number as u64,
            index: prediction.index as usize,
            label: prediction.label,
            probability: prediction.probability,
        })
    });
    let mut bytes = Vec::new();
    report::write_predictions(&mut bytes, rows)?;
    Ok((bytes, missing))
}
