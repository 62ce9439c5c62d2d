//! `fsl-exp infer`: probabilities of models, added to a CSV file of any size. Runs in the worker.

mod loaded_models;

use std::ops::ControlFlow;
use std::time::Instant;

use indicatif::ProgressBar;

use crate::compute;
use crate::error::encoder_error;
use fsl_common::settings::model_folder::TextRules;
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
    let columns = columns(args, &models, &texts)?;
    write(args, &input, &output, &mut models, &texts, columns)
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
) -> Result<Vec<String>, CliError> {
    let probability = match &args.probability_column {
        Some(column) => column.clone(),
        None => models.agreed(
            "--probability-column",
            "the column of probabilities",
            |metadata| metadata.probability_column.clone(),
        )?,
    };
    let mut columns = vec![probability.clone()];
    if args.keep_columns {
        columns.extend(models.names().map(|name| format!("{probability}_{name}")));
    }
    columns.push(args.predicted_column.clone());
    for (index, column) in columns.iter().enumerate() {
        let own = 1..=models.names().count();
        if args.keep_columns && own.contains(&index) && columns[1..index].contains(column) {
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
        bar: &bar,
        read: 0,
        done: 0,
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
    bar: &'a ProgressBar,
    /// Which of the columns of texts is read.
    read: usize,
    /// Texts that were predicted.
    done: usize,
    /// Why the stream was stopped, if it was.
    failure: Option<NnError>,
}

impl Predictor<'_> {
    /// The fields of the next texts.
    fn predict(&mut self, source: usize, raw: &[String]) -> Result<Vec<Vec<String>>, StreamError> {
        self.read = source;
        let cleaned = cleaned(self.texts[source].1, raw);
        let predicted = self.models.predict(&cleaned, &mut |done| {
            self.bar.set_message(format!("{} rows", self.done + done));
        });
        self.done += raw.len();
        match predicted {
            Ok(predicted) => Ok(predicted
                .iter()
                .map(|probabilities| fields(self.args, probabilities))
                .collect()),
            Err(error) => {
                self.failure = Some(error);
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

/// The fields of one text, out of the probability that each model gives it.
fn fields(args: &InferArgs, probabilities: &[f64]) -> Vec<String> {
    let mean = probabilities.iter().sum::<f64>() / probabilities.len() as f64;
    let mut fields = vec![mean.to_string()];
    if args.keep_columns {
        fields.extend(probabilities.iter().map(ToString::to_string));
    }
    fields.push(u8::from(mean > args.threshold).to_string());
    fields
}
