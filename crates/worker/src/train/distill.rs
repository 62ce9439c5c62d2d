//! `fsl-exp distill`: a student from texts with a teacher's probabilities.

use super::fit;
use super::training_set::{self, Task, TrainingSet, ValidationSource};
use fsl_data as data;
use fsl_exp::cli::args::DistillArgs;
use fsl_exp::cli::error::CliError;
use fsl_exp::cli::exit::Exit;
use fsl_exp::cli::streaming;

/// Trains a student and writes its folder.
pub(crate) fn command(args: &DistillArgs) -> Result<Exit, CliError> {
    let loss = args.loss()?;
    let input = streaming::input(&args.input);
    let held = ValidationSource::parse(&args.fit, &input)?;
    let output = fit::output(&args.fit, &input, "_distilled", held.as_ref())?;
    let (bytes, delimiter, source) = training_set::read(&input, &args.fit)?;
    let columns = [&*args.fit.text_column, &*args.probability_column];
    let soft = data::read_soft_bytes(input.name(), &bytes, columns, delimiter)?;
    drop(bytes);
    training_set::some_text(&input, &args.fit.text_column, &soft.texts)?;
    let training_set = TrainingSet {
        texts: soft.texts,
        targets: soft.probabilities.iter().map(|&p| p as f32).collect(),
        labels: soft
            .probabilities
            .iter()
            .map(|&p| u8::from(p > 0.5))
            .collect(),
    };
    fit::run(
        &Task {
            command: "distill",
            args: &args.fit,
            loss,
            targets: format!(
                "a teacher's probabilities, column `{}`",
                args.probability_column
            ),
            probability_column: &args.probability_column,
            source,
        },
        training_set,
        held.as_ref(),
        &output,
    )
}
