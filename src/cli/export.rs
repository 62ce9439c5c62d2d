//! `fsl-exp export`: stored trials, their predictions, and the texts that trials learn from, for other programs.

mod samples;

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

/// What trials lack that have no result.
const NO_RESULT: &str = "have no result yet and are not in the file";

/// Writes what is asked for.
pub(super) fn command(args: &ExportArgs) -> Result<Exit, CliError> {
    let stored = specs::stored(&args.specs, &args.store)?;
    refuse_inputs(args, &stored.experiments)?;
    refuse_endings(args)?;
    let Stored {
        experiments,
        store,
        plan,
    } = &stored;
    let mut complete = true;
    if let Some(path) = &args.samples {
        let (bytes, missing) = samples::samples(experiments, plan)?;
        console::write_output(path, &bytes)?;
        complete &= none_lacks(missing, "cannot be drawn: their texts are not here yet");
    }
    if let Some(path) = &args.predictions {
        let (bytes, missing) = predictions(experiments, plan, store)?;
        console::write_output(path, &bytes)?;
        complete &= none_lacks(missing, NO_RESULT);
    }
    if args.trials.is_some() || args.mlflow.is_some() || args.tensorboard.is_some() {
        let (runs, missing) = runs::of(experiments, plan, store)?;
        if let Some(path) = &args.trials {
            runs::write_table(path, &runs)?;
        }
        if let Some(folder) = &args.mlflow {
            runs::write_mlflow(folder, &runs)?;
        }
        if let Some(folder) = &args.tensorboard {
            runs::write_tensorboard(folder, &runs)?;
        }
        complete &= none_lacks(missing, NO_RESULT);
    }
    Ok(if complete { Exit::Done } else { Exit::Trials })
}

/// Whether no trial lacks anything; says how many do.
fn none_lacks(missing: usize, what: &str) -> bool {
    if missing > 0 {
        console::say(&format!("{missing} trials {what}"));
    }
    missing == 0
}

/// No output may take the place of a spec or its data.
fn refuse_inputs(args: &ExportArgs, experiments: &[Experiment]) -> Result<(), CliError> {
    let files = [
        ("--predictions", &args.predictions),
        ("--trials", &args.trials),
        ("--samples", &args.samples),
    ];
    for (option, file) in files {
        let Some(file) = file else { continue };
        if experiments.iter().any(|one| specs::is_input(one, file)) {
            let problem = "is one of the specs or their data; name another file".to_owned();
            return Err(CliError::Usage { option, problem });
        }
    }
    Ok(())
}

/// No output may bear the name of another kind of file than it is. A name without an ending, such as a pipe's, says nothing.
fn refuse_endings(args: &ExportArgs) -> Result<(), CliError> {
    let files = [
        ("--predictions", &args.predictions, &["csv"][..]),
        ("--samples", &args.samples, &["csv"]),
        ("--trials", &args.trials, &["csv", "jsonl", "ndjson"]),
    ];
    for (option, file, allowed) in files {
        let Some(ending) = file.as_ref().and_then(|file| file.extension()) else {
            continue;
        };
        if allowed.iter().any(|one| ending.eq_ignore_ascii_case(one)) {
            continue;
        }
        let allowed: Vec<String> = allowed.iter().map(|one| format!("`.{one}`")).collect();
        return Err(CliError::Usage {
            option,
            problem: format!(
                "does not write `.{}`; end the name in {}, or write to `-`",
                ending.display(),
                allowed.join(" or ")
            ),
        });
    }
    Ok(())
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
