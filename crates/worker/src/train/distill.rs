//! `fsl-exp distill`: a student from texts with a teacher's probabilities.

use std::path::Path;

use super::fit;
use super::training_set::{self, Task, TrainingSet, ValidationSource};
use crate::compute;
use fsl_common::classes::Classes;
use fsl_common::settings::model_folder::{self, CLASS_COLUMNS, PROBABILITY_COLUMN};
use fsl_data::{self as data, Table};
use fsl_exp::cli::args::DistillArgs;
use fsl_exp::cli::error::CliError;
use fsl_exp::cli::exit::Exit;
use fsl_exp::cli::streaming;

/// Trains a student and writes its folder.
pub(crate) fn command(args: &DistillArgs) -> Result<Exit, CliError> {
    // A value out of range is told before anything is read.
    args.fit.params()?;
    fit::limit(&args.fit)?;
    compute::check_device(&args.fit.compute)?;
    let loss = args.loss()?;
    let input = streaming::input(&args.input);
    let held = ValidationSource::parse(&args.fit, &input)?;
    let output = fit::output(&args.fit, &input, "_distilled", held.as_ref())?;
    let (bytes, delimiter, source) = training_set::read(&input, &args.fit)?;
    let (classes, columns) = probability_columns(args, input.name(), &bytes, delimiter)?;
    args.check_loss(&loss, classes.count())?;
    let text = &args.fit.text_column;
    let soft = data::read_soft_bytes(input.name(), &bytes, text, &columns, delimiter)?;
    drop(bytes);
    training_set::some_text(&input, text, &soft.texts)?;
    let training_set = TrainingSet {
        texts: soft.texts,
        targets: (soft.probabilities.values().iter())
            .map(|&p| p as f32)
            .collect(),
        labels: soft.probabilities.predicted(),
        classes,
    };
    fit::run(
        &Task {
            command: "distill",
            args: &args.fit,
            loss,
            targets: format!("a teacher's probabilities, {}", listed(&columns)),
            probability_column: args.probability_column.as_deref(),
            source,
        },
        training_set,
        held.as_ref(),
        &output,
    )
}

/// The classes, and the columns of their probabilities. Without options these are two classes where the file has the column that `infer`
/// writes for them, otherwise the classes of the columns `prob_NAME`.
fn probability_columns(
    args: &DistillArgs,
    path: &Path,
    bytes: &[u8],
    delimiter: u8,
) -> Result<(Classes, Vec<String>), CliError> {
    let stem = args.probability_column.as_deref();
    if let Some(classes) = args.fit.classes()? {
        let columns = model_folder::probability_columns(&classes, stem);
        return Ok((classes, columns));
    }
    let table = Table::parse(path, bytes, delimiter)?;
    let header = table.columns();
    let single = stem.unwrap_or(PROBABILITY_COLUMN);
    let prefix = format!("{}_", stem.unwrap_or(CLASS_COLUMNS));
    let named = |column: &&String| column.starts_with(&prefix) && *column != single;
    let found: Vec<String> = header.iter().filter(named).cloned().collect();
    let (names, columns) = if header.iter().any(|column| column == single) || found.len() < 3 {
        (
            ["0", "1"].map(str::to_owned).to_vec(),
            vec![single.to_owned()],
        )
    } else {
        let names = found.iter().map(|column| column[prefix.len()..].to_owned());
        (names.collect(), found)
    };
    let classes = Classes::new(names, args.fit.positive.as_deref());
    let classes = classes.map_err(|error| CliError::Usage {
        option: "--classes",
        problem: error.to_string(),
    })?;
    Ok((classes, columns))
}

fn listed(columns: &[String]) -> String {
    match columns {
        [only] => format!("column `{only}`"),
        [first, .., last] => format!("columns `{first}` to `{last}`"),
        [] => "no column".to_owned(),
    }
}
