//! `fsl-exp train`: a classifier from labelled texts.

use super::fit;
use super::training_set::{self, Task, TrainingSet, ValidationSource};
use fsl_common::settings::LossParams;
use fsl_exp::cli::args::TrainArgs;
use fsl_exp::cli::error::CliError;
use fsl_exp::cli::exit::Exit;
use fsl_exp::cli::streaming;

/// Trains a model and writes its folder.
pub(crate) fn command(args: &TrainArgs) -> Result<Exit, CliError> {
    let input = streaming::input(&args.input);
    let held = ValidationSource::parse(&args.fit, &input)?;
    let output = fit::output(&args.fit, &input, "", held.as_ref())?;
    let (texts, source) = training_set::labelled(&input, &args.fit)?;
    let labels = texts.labels.unwrap_or_default();
    training_set::two_classes(&input, &labels)?;
    let training_set = TrainingSet {
        texts: texts.texts,
        targets: labels.iter().map(|&label| f32::from(label)).collect(),
        labels,
    };
    fit::run(
        &Task {
            command: "train",
            args: &args.fit,
            loss: LossParams::bce(),
            targets: format!("labels, column `{}`", args.fit.label_column),
            probability_column: &args.probability_column,
            source,
        },
        training_set,
        held.as_ref(),
        &output,
    )
}
