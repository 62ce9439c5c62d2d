//! `fsl-exp distill`: a student from texts with a teacher's probabilities.

use super::super::error::CliError;
use super::super::exit::Exit;
use super::super::streaming;
use super::args::DistillArgs;
use super::fit::{self, Task};
use super::lesson::{self, Held, Lesson};
use crate::data;

/// Trains a student and writes its folder.
pub(in crate::cli) fn command(args: &DistillArgs) -> Result<Exit, CliError> {
    let loss = args.loss()?;
    let input = streaming::input(&args.input);
    let held = Held::parse(&args.fit, &input)?;
    let output = fit::output(&args.fit, &input, "_distilled", held.as_ref())?;
    let (bytes, delimiter, source) = lesson::read(&input, &args.fit)?;
    let columns = [&*args.fit.text_column, &*args.probability_column];
    let soft = data::read_soft_bytes(input.name(), &bytes, columns, delimiter)?;
    drop(bytes);
    lesson::some_text(&input, &args.fit.text_column, &soft.texts)?;
    let lesson = Lesson {
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
        lesson,
        held.as_ref(),
        &output,
    )
}
