//! `fsl-exp export`: stored trials and their predictions for other programs.

use super::args::ExportArgs;
use super::console;
use super::derived;
use super::error::CliError;
use super::exit::Exit;
use super::runs;
use super::specs::{self, Stored};
use crate::report::{self, Prediction};
use crate::runner::Plan;
use crate::spec::Experiment;
use crate::store::Store;

/// Writes what is asked for of every finished trial of the experiments.
pub(super) fn command(args: &ExportArgs) -> Result<Exit, CliError> {
    let Stored {
        experiments,
        store,
        plan,
    } = specs::stored(&args.specs, &[], &args.store)?;
    let outputs = [
        ("--predictions", &args.predictions),
        ("--trials", &args.trials),
    ];
    for (option, file) in outputs {
        let is_input = |file| experiments.iter().any(|one| specs::is_input(one, file));
        if file.as_deref().is_some_and(is_input) {
            let problem = "is one of the specs or their data; name another file".to_owned();
            return Err(CliError::Usage { option, problem });
        }
    }
    let mut missing = 0;
    if let Some(path) = &args.predictions {
        let (bytes, lacking) = predictions(&experiments, &plan, &store)?;
        console::write_output(path, &bytes)?;
        missing = lacking;
    }
    if args.trials.is_some() || args.mlflow.is_some() || args.tensorboard.is_some() {
        let (runs, lacking) = runs::of(&experiments, &plan, &store)?;
        missing = missing.max(lacking);
        if let Some(path) = &args.trials {
            runs::write_table(path, &runs)?;
        }
        if let Some(folder) = &args.mlflow {
            runs::write_mlflow(folder, &runs)?;
        }
        if let Some(folder) = &args.tensorboard {
            runs::write_tensorboard(folder, &runs)?;
        }
    }
    if missing == 0 {
        return Ok(Exit::Done);
    }
    console::say(&format!(
        "{missing} trials have no result yet and are not in the file"
    ));
    Ok(Exit::Trials)
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
            missing += declared.trial_count(&declared.rows[planned.row]).max(1) as usize;
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
