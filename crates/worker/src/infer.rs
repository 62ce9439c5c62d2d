//! `fsl-exp infer`: probabilities of models, added to a CSV file of any size. Runs in the worker.

mod loaded_models;

use std::ops::ControlFlow;
use std::time::Instant;

use indicatif::ProgressBar;

use crate::compute;
use crate::error::encoder_error;
use fsl_common::classes::{Classes, Label};
use fsl_common::probabilities::Probabilities;
use fsl_common::settings::model_folder::{self, TextRules};
use fsl_core::trial::THRESHOLD;
use fsl_data::preprocess::{self, Rules};
use fsl_data::stream::{self, Annotation, Input, StreamError};
use fsl_exp::cli::args::InferArgs;
use fsl_exp::cli::compute::PrecisionArg;
use fsl_exp::cli::error::CliError;
use fsl_exp::cli::exit::Exit;
use fsl_exp::cli::output::{Output, OutputPolicy};
use fsl_exp::cli::{console, streaming};
use fsl_nn::{self as nn, NnError};
use loaded_models::LoadedModels;

/// The column of raw texts that is read where the one that the model learnt from is missing, as the published program does.
const RAW: &str = "text";

/// Writes the file with the models' predictions.
pub(super) fn command(args: &InferArgs) -> Result<Exit, CliError> {
    compute::check_device(&args.compute)?;
    let input = streaming::input(&args.input);
    let output = match &args.output {
        Some(path) => path.clone(),
        None => streaming::beside(&input, "_preds"),
    };
    let output = streaming::output(&policy(args, &input), &output)?;
    let compute = compute::begin(&args.compute, PrecisionArg::Auto)?;
    // Models run on threads of their own; operators need none.
    nn::set_threads(1);
    let mut models = LoadedModels::load(args, compute)?;
    let texts = texts(args, &models)?;
    let classes = models.agreed("--model", "their classes", |metadata| {
        metadata.classes.clone()
    })?;
    if classes.count() > 2 && args.threshold.is_some() {
        return Err(CliError::Usage {
            option: "--threshold",
            problem: format!(
                "the model has {} classes and predicts the most likely one; a threshold needs two",
                classes.count()
            ),
        });
    }
    let columns = columns(args, &models, &texts, &classes)?;
    write(
        args,
        &input,
        &output,
        &mut models,
        &texts,
        &classes,
        columns,
    )
}

/// The output must not replace a file of the models.
fn policy(args: &InferArgs, input: &Input) -> OutputPolicy {
    let mut policy = OutputPolicy::new(args.force).input(input);
    for model in &args.model {
        policy = policy.path(&format!("the model `{}`", model.display()), model);
    }
    policy.encoder(&args.untrained.encoder)
}

/// Columns of texts, with the rules to apply to each: the first that the file has is read.
fn texts(args: &InferArgs, models: &LoadedModels) -> Result<Vec<(String, TextRules)>, CliError> {
    if let Some(column) = &args.text_column {
        return Ok(vec![(column.clone(), TextRules::None)]);
    }
    let rules = models.agreed("--text-column", "the text rules", |metadata| {
        metadata.text_rules
    })?;
    if let Some(column) = &args.raw_text_column {
        return Ok(vec![(column.clone(), rules)]);
    }
    let learnt = models.agreed("--text-column", "the column of texts", |metadata| {
        metadata.text_column.clone()
    })?;
    let mut texts = vec![(learnt, TextRules::None)];
    if texts[0].0 != RAW {
        texts.push((RAW.to_owned(), rules));
    }
    Ok(texts)
}

/// The columns of results: the probability, that of each model where asked for, and the label.
fn columns(
    args: &InferArgs,
    models: &LoadedModels,
    texts: &[(String, TextRules)],
    classes: &Classes,
) -> Result<Vec<String>, CliError> {
    let probabilities = match &args.probability_column {
        Some(column) => model_folder::probability_columns(classes, Some(column)),
        None => models.agreed(
            "--probability-column",
            "the column of probabilities",
            nn::ModelMetadata::probability_columns,
        )?,
    };
    let mut columns = probabilities.clone();
    if args.keep_columns {
        let own = |name: &str| -> Vec<String> {
            let columns = probabilities.iter();
            columns.map(|column| format!("{column}_{name}")).collect()
        };
        columns.extend(models.names().flat_map(own));
    }
    columns.push(args.predicted_column.clone());
    for (index, column) in columns.iter().enumerate() {
        let own = probabilities.len()..columns.len() - 1;
        if own.contains(&index) && columns[own.start..index].contains(column) {
            return Err(CliError::Usage {
                option: "--keep-columns",
                problem: format!(
                    "two columns would be called `{column}` after the models' folders; rename one of the folders"
                ),
            });
        }
        let text = texts.iter().any(|(text, _)| text == column);
        if text || columns[..index].contains(column) {
            let problem = format!(
                "two columns would be called `{column}`; `--probability-column` and `--predicted-column` rename them"
            );
            return Err(CliError::Usage {
                option: "--probability-column",
                problem,
            });
        }
    }
    Ok(columns)
}

/// Writes the output, and says what was done.
fn write(
    args: &InferArgs,
    input: &Input,
    output: &Output,
    models: &mut LoadedModels,
    texts: &[(String, TextRules)],
    classes: &Classes,
    columns: Vec<String>,
) -> Result<Exit, CliError> {
    let bar = streaming::bar(input.size(), args.quiet);
    let start = Instant::now();
    let annotation = Annotation {
        delimiter: args.delimiter,
        text_columns: texts.iter().map(|(column, _)| column.clone()).collect(),
        columns,
    };
    let mut predictor = Predictor {
        args,
        models,
        texts,
        classes,
        bar: &bar,
        read: 0,
        done: 0,
        empty: 0,
        failure: None,
    };
    let done = output.stream(&mut |out| {
        let mut on_progress = |progress: stream::Progress| {
            bar.set_position(progress.bytes);
        };
        let mut results = |source: usize, raw: &[String]| predictor.predict(source, raw);
        stream::annotate(input, &annotation, out, &mut on_progress, &mut results)
    });
    bar.finish_and_clear();
    if let Some(error) = predictor.failure {
        return Err(encoder_error(error));
    }
    let done = match streaming::settle(output, done)? {
        ControlFlow::Continue(done) => done,
        ControlFlow::Break(exit) => return Ok(exit),
    };
    let cut = predictor.models.truncation.sentence("");
    let empty = streaming::empty_texts(predictor.empty);
    for said in [empty, cut].into_iter().flatten() {
        console::warn(&[input.name()], &said);
    }
    if !args.quiet {
        let (column, rules) = &texts[predictor.read];
        let rules = match rules {
            TextRules::None => "",
            TextRules::Reference => " by the reference rules",
            TextRules::Tidy => " by the tidy rules",
        };
        let summary = streaming::summary(output, done.rows, start.elapsed());
        console::say(&format!("{summary}, from column `{column}`{rules}"));
    }
    Ok(Exit::Done)
}

/// Predictions for the texts of a stream.
struct Predictor<'a> {
    args: &'a InferArgs,
    models: &'a mut LoadedModels,
    texts: &'a [(String, TextRules)],
    classes: &'a Classes,
    bar: &'a ProgressBar,
    /// Which of the columns of texts is read.
    read: usize,
    /// Texts that were predicted.
    done: usize,
    /// Those of which the rules leave nothing but white space.
    empty: u64,
    /// Why the stream was stopped, if it was.
    failure: Option<NnError>,
}

impl Predictor<'_> {
    /// The fields of the next texts.
    fn predict(&mut self, source: usize, raw: &[String]) -> Result<Vec<Vec<String>>, StreamError> {
        self.read = source;
        let cleaned = cleaned(self.texts[source].1, raw);
        let empty = cleaned.iter().filter(|text| text.trim().is_empty());
        self.empty += empty.count() as u64;
        let predicted = self.models.predict(&cleaned, &mut |done| {
            self.bar.set_message(format!("{} rows", self.done + done));
        });
        self.done += raw.len();
        match predicted {
            Ok(predicted) => Ok(predicted
                .iter()
                .map(|by_model| fields(self.args, self.classes, by_model))
                .collect()),
            Err(error) => {
                let before = self.done - raw.len();
                self.failure = Some(error.after(before));
                Err(StreamError::Stopped)
            }
        }
    }
}

/// The texts by the model's rules.
fn cleaned(rules: TextRules, raw: &[String]) -> Vec<String> {
    match rules {
        TextRules::None => raw.to_vec(),
        TextRules::Reference => preprocess::apply_all(Rules::Reference, raw),
        TextRules::Tidy => preprocess::apply_all(Rules::Tidy, raw),
    }
}

/// The fields of one text, out of the probabilities that each model gives it.
fn fields(args: &InferArgs, classes: &Classes, by_model: &[Vec<f64>]) -> Vec<String> {
    let columns = by_model.first().map_or(0, Vec::len);
    let mean = |column: usize| {
        let sum: f64 = by_model.iter().map(|model| model[column]).sum();
        sum / by_model.len() as f64
    };
    let means: Vec<f64> = (0..columns).map(mean).collect();
    let mut fields: Vec<String> = means.iter().map(ToString::to_string).collect();
    if args.keep_columns {
        fields.extend(by_model.iter().flatten().map(ToString::to_string));
    }
    let predicted = match means.as_slice() {
        [positive] => Label::from(*positive > args.threshold.unwrap_or(THRESHOLD)),
        _ => Probabilities::new(classes.count(), means).predicted()[0],
    };
    fields.push(classes.name(predicted).to_owned());
    fields
}
