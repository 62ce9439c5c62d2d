//! `fsl-exp export`: the predictions of stored trials as one tidy CSV file.

use std::path::Path;

use super::args::ExportArgs;
use super::error::CliError;
use super::exit::Exit;
use super::{assets, console, specs};
use crate::assets::Assets;
use crate::fsio;
use crate::report::{self, Prediction};
use crate::runner::{self, Plan};
use crate::spec::Experiment;
use crate::store::Store;

/// Writes the predictions of every finished trial of the experiments.
pub(super) fn command(args: &ExportArgs) -> Result<Exit, CliError> {
    let assets = Assets::from_env()?;
    let experiments = specs::load(&args.specs, &assets)?;
    let store = Store::open(&args.store.results)?;
    let plan = runner::plan(
        &experiments,
        &assets::known(&experiments, &assets),
        &store,
        false,
    )?;
    let (bytes, missing) = predictions(&experiments, &plan, &store)?;
    let exit = write(&args.predictions, &bytes)?;
    if missing == 0 {
        return Ok(exit);
    }
    console::say(&format!(
        "{missing} trials have no result yet and are not in the file"
    ));
    Ok(Exit::Trials)
}

fn write(path: &Path, bytes: &[u8]) -> Result<Exit, CliError> {
    if path == Path::new("-") {
        return console::print(&String::from_utf8_lossy(bytes));
    }
    let what = || format!("`{}`", path.display());
    fsio::write_atomic(path, bytes).map_err(|source| CliError::Output {
        what: what(),
        source,
    })?;
    Ok(Exit::Done)
}

/// A finished trial of a row, with what it predicted.
struct Stored<'a> {
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
    for planned in &plan.rows {
        let (experiment, row) = planned
            .name
            .split_once('/')
            .unwrap_or((planned.name.as_str(), ""));
        if planned.trials.is_empty() {
            let declared = &experiments[planned.experiment];
            missing += declared.trial_count(&declared.rows[planned.row]) as usize;
        }
        for (number, &index) in planned.trials.iter().enumerate() {
            let key = &plan.trials[index].key;
            if store.has(key) {
                found.push(Stored {
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
