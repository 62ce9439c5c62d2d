//! `fsl-exp export`: stored trials, their predictions, and the texts that trials learn from, for other programs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};

use super::args::{SpecArgs, StoreArgs};
use super::console;
use super::error::CliError;
use super::exit::Exit;
use super::output::{Output, OutputPolicy};
use super::specs::{self, Stored};
use fsl_analysis::StoredView;
use fsl_common::spreadsheet::{escaped, is_missing_in_pandas};
use fsl_report::counted;
use fsl_report::runs::{self, Run};

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("outputs").required(true).multiple(true).args(["predictions", "trials", "mlflow", "tensorboard", "samples"]))]
pub(super) struct ExportArgs {
    #[command(flatten)]
    specs: SpecArgs,
    #[command(flatten)]
    store: StoreArgs,
    /// Predictions as CSV: columns experiment, row, trial, index, label, probability; `-` for standard output
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
    /// One line per trial with its metrics and settings: CSV, or JSON lines for `.jsonl`
    #[arg(long, value_name = "FILE")]
    trials: Option<PathBuf>,
    /// A folder for MLflow (`mlflow ui --backend-store-uri DIR`)
    #[arg(long, value_name = "DIR")]
    mlflow: Option<PathBuf>,
    /// A folder for TensorBoard (`tensorboard --logdir DIR`)
    #[arg(long, value_name = "DIR")]
    tensorboard: Option<PathBuf>,
    /// The training texts of every trial, finished or not, so that other tools can train on the same: columns experiment, row, trial,
    /// size, index (in the training file), label, train_rows_sha256 (as in the trial's record); `-` for standard output
    #[arg(long, value_name = "FILE")]
    samples: Option<PathBuf>,
    /// Replace existing files
    #[arg(long)]
    force: bool,
}

/// What trials lack that have no result.
const NO_RESULT: [&str; 2] = [
    "has no result yet and is not in the output",
    "have no result yet and are not in the output",
];
/// What trials lack whose data is not here.
const NO_DATA: [&str; 2] = [
    "is not in the output: its data has not been fetched yet",
    "are not in the output: their data has not been fetched yet",
];

/// Writes what is asked for.
pub(super) fn command(args: &ExportArgs) -> Result<Exit, CliError> {
    refuse_left_out(args)?;
    specs::on_stored(&args.specs, &args.store, |stored| export(args, stored))
}

fn export(args: &ExportArgs, stored: &Stored) -> Result<Exit, CliError> {
    let policy = OutputPolicy::new(args.force);
    let policy = policy.experiments(&stored.experiments, &args.store.results);
    let outputs = Outputs::new(args, &policy)?;
    refuse_endings(args)?;
    let view = stored.view();
    // All before the first file is written: what is damaged is found here, and looked at once more without it.
    let samples = outputs.samples.as_ref();
    let samples = samples.map(|_| fsl_analysis::samples(view)).transpose()?;
    let predictions = outputs.predictions.as_ref();
    let predictions = predictions.map(|_| fsl_analysis::predictions(view));
    let predictions = predictions.transpose()?;
    let has_runs = args.trials.is_some() || args.mlflow.is_some() || args.tensorboard.is_some();
    let runs = has_runs.then(|| fsl_analysis::runs(view)).transpose()?;
    if has_runs || outputs.predictions.is_some() {
        specs::say_stored_warnings(view)?;
    }
    if outputs.samples.is_some() || outputs.predictions.is_some() {
        say_missing_classes(view);
    }
    let mut complete = true;
    if let (Some(output), Some((bytes, missing))) = (&outputs.samples, samples) {
        output.write(&bytes)?;
        complete &= none_lacks(missing, NO_DATA);
    }
    if let (Some(output), Some((bytes, missing))) = (&outputs.predictions, predictions) {
        output.write(&bytes)?;
        complete &= none_lacks(missing, NO_RESULT);
    }
    if let Some((runs, missing)) = runs {
        if let (Some(path), Some(output)) = (&args.trials, &outputs.trials) {
            output.write(&trial_table(path, &runs)?)?;
        }
        #[cfg(feature = "mlflow")]
        if let Some(folder) = &args.mlflow {
            write_mlflow(&policy, folder, &runs)?;
        }
        #[cfg(feature = "tensorboard")]
        if let Some(folder) = &args.tensorboard {
            policy.write_files("--tensorboard", folder, &runs::tensorboard(&runs))?;
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

/// Whether no trial lacks anything; says how many do, in the words for one and for several.
fn none_lacks(missing: usize, [one, several]: [&str; 2]) -> bool {
    if missing > 0 {
        let what = if missing == 1 { one } else { several };
        console::say(&format!("{} {what}", counted(missing as u64, "trial")));
    }
    missing == 0
}

/// Says which classes pandas would not read from the files.
fn say_missing_classes(view: StoredView) {
    let rows = view.requested_rows();
    let names = rows.flat_map(|row| view.classes(row).names());
    let is_missing = |name: &&String| is_missing_in_pandas(&escaped(name));
    let missing: BTreeSet<&String> = names.filter(is_missing).collect();
    for name in missing {
        console::say(&format!(
            "note: pandas reads the class `{name}` as a missing value, unless it is told `keep_default_na=False`"
        ));
    }
}

/// No output may be of a kind that was left out when this program was built.
fn refuse_left_out(args: &ExportArgs) -> Result<(), CliError> {
    let (mlflow, tensorboard) = (cfg!(feature = "mlflow"), cfg!(feature = "tensorboard"));
    let kinds = [
        ("--mlflow", &args.mlflow, mlflow),
        ("--tensorboard", &args.tensorboard, tensorboard),
    ];
    for (option, folder, is_built) in kinds {
        if folder.is_some() && !is_built {
            let feature = option.trim_start_matches('-');
            let problem = format!("this program was built without the feature `{feature}`");
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
                "cannot write `.{}` files; use a name that ends in {}, or `-` for standard output",
                ending.display(),
                allowed.join(" or ")
            ),
        });
    }
    Ok(())
}

/// A table of trials: JSON lines where the file is named so, otherwise CSV.
fn trial_table(path: &Path, runs: &[Run]) -> Result<Vec<u8>, CliError> {
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
#[cfg(feature = "mlflow")]
fn write_mlflow(policy: &OutputPolicy, folder: &Path, runs: &[Run]) -> Result<(), CliError> {
    let absolute = std::fs::create_dir_all(folder).and_then(|()| folder.canonicalize());
    let absolute = absolute.map_err(|source| CliError::Output {
        what: format!("`{}`", folder.display()),
        source,
    })?;
    let files = runs::mlflow(runs, &absolute.to_string_lossy());
    policy.write_files("--mlflow", folder, &files)
}
