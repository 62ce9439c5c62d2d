//! `fsl-exp export`: the predictions of stored trials as one tidy CSV file.

use super::args::ExportArgs;
use super::console;
use super::derived;
use super::error::CliError;
use super::exit::Exit;
use super::specs::{self, Stored};
use crate::report::{self, Prediction};
use crate::runner::Plan;
use crate::spec::Experiment;
use crate::store::Store;

/// Writes the predictions of every finished trial of the experiments.
pub(super) fn command(args: &ExportArgs) -> Result<Exit, CliError> {
    let Stored {
        experiments,
        store,
        plan,
    } = specs::stored(&args.specs, &[], &args.store)?;
    if experiments
        .iter()
        .any(|experiment| specs::is_input(experiment, &args.predictions))
    {
        let problem = "is one of the specs or their data; name another file".to_owned();
        return Err(CliError::Usage {
            option: "--predictions",
            problem,
        });
    }
    let (bytes, missing) = predictions(&experiments, &plan, &store)?;
    let exit = console::write_output(&args.predictions, &bytes)?;
    if missing == 0 {
        return Ok(exit);
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
