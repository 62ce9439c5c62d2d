//! `fsl-exp export`: stored trials, their predictions, and the texts that trials learn from, for other programs.

mod samples;

use std::path::PathBuf;

use super::args::ExportArgs;
use super::console;
use super::ensemble;
use super::error::CliError;
use super::exit::Exit;
use super::output::{Output, OutputPolicy};
use super::specs::{self, Stored};
use super::trial_export;
use fsl_core::runner::Plan;
use fsl_core::spec::Experiment;
use fsl_core::store::Store;
use fsl_report::{self as report, Prediction};

/// What trials lack that have no result.
const NO_RESULT: &str = "have no result yet and are not in the file";

/// Writes what is asked for.
pub(super) fn command(args: &ExportArgs) -> Result<Exit, CliError> {
    let stored = specs::stored(&args.specs, &args.store)?;
    let policy = OutputPolicy::new(args.force);
    let policy = policy.experiments(&stored.experiments, &args.store.results);
    let outputs = Outputs::new(args, &policy)?;
    refuse_endings(args)?;
    let Stored {
        experiments,
        store,
        plan,
    } = &stored;
    let mut complete = true;
    if let Some(output) = &outputs.samples {
        let (bytes, missing) = samples::samples(experiments, plan)?;
        output.write(&bytes)?;
        complete &= none_lacks(missing, "cannot be drawn: their texts are not here yet");
    }
    if let Some(output) = &outputs.predictions {
        let (bytes, missing) = predictions(experiments, plan, store)?;
        output.write(&bytes)?;
        complete &= none_lacks(missing, NO_RESULT);
    }
    if args.trials.is_some() || args.mlflow.is_some() || args.tensorboard.is_some() {
        let (runs, missing) = trial_export::of(experiments, plan, store)?;
        if let (Some(path), Some(output)) = (&args.trials, &outputs.trials) {
            output.write(&trial_export::table(path, &runs)?)?;
        }
        if let Some(folder) = &args.mlflow {
            trial_export::write_mlflow(&policy, folder, &runs)?;
        }
        if let Some(folder) = &args.tensorboard {
            trial_export::write_tensorboard(&policy, folder, &runs)?;
        }
        complete &= none_lacks(missing, NO_RESULT);
    }
    Ok(if complete { Exit::Done } else { Exit::Trials })
}

/// The files to write, all of them checked before the first is written.
struct Outputs {
    samples: Option<Output>,
    predictions: Option<Output>,
    trials: Option<Output>,
}

impl Outputs {
    fn new(args: &ExportArgs, policy: &OutputPolicy) -> Result<Self, CliError> {
        let file = |option, path: &Option<PathBuf>| {
            let path = path.as_deref();
            path.map(|path| policy.file(option, path)).transpose()
        };
        let folders = [
            ("--mlflow", &args.mlflow),
            ("--tensorboard", &args.tensorboard),
        ];
        for (option, folder) in folders {
            if let Some(folder) = folder {
                policy.folder(option, folder)?;
            }
        }
        Ok(Self {
            samples: file("--samples", &args.samples)?,
            predictions: file("--predictions", &args.predictions)?,
            trials: file("--trials", &args.trials)?,
        })
    }
}

/// Whether no trial lacks anything; says how many do.
fn none_lacks(missing: usize, what: &str) -> bool {
    if missing > 0 {
        console::say(&format!("{missing} trials {what}"));
    }
    missing == 0
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
    predictions: Vec<fsl_core::trial::Prediction>,
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
            match ensemble::mean(planned, plan, store)? {
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
