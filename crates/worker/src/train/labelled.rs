//! `fsl-exp train`: a classifier from labelled texts.

use super::fit;
use super::training_set::{self, Task, TrainingSet, ValidationSource};
use crate::compute;
use fsl_common::settings::LossParams;
use fsl_core::trial::TrialError;
use fsl_exp::cli::args::TrainArgs;
use fsl_exp::cli::error::CliError;
use fsl_exp::cli::exit::Exit;
use fsl_exp::cli::streaming;

/// Trains a model and writes its folder.
pub(crate) fn command(args: &TrainArgs) -> Result<Exit, CliError> {
    // A value out of range is told before anything is read.
    args.fit.params()?;
    fit::limit(&args.fit)?;
    compute::check_device(&args.fit.compute)?;
    let input = streaming::input(&args.input);
    let held = ValidationSource::parse(&args.fit, &input)?;
    let output = fit::output(&args.fit, &input, "", held.as_ref())?;
    let (texts, source) = training_set::labelled(&input, &args.fit)?;
    let column = texts.labels.unwrap_or_default();
    let classes = match args.fit.classes()? {
        Some(classes) => classes,
        None => (column.infer_classes(args.fit.positive.as_deref()))
            .map_err(|error| TrialError::of_file(input.name(), error))?,
    };
    column
        .check_classes(&classes)
        .map_err(|error| TrialError::of_file(input.name(), error))?;
    let training_set = TrainingSet::labelled(texts.texts, column.labels(&classes)?, classes);
    fit::run(
        &Task {
            command: "train",
            args: &args.fit,
            loss: LossParams::bce(),
            targets: format!("labels, column `{}`", args.fit.label_column),
            probability_column: args.probability_column.as_deref(),
            source,
        },
        training_set,
        held.as_ref(),
        &output,
    )
}
