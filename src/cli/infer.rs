//! `fsl-exp infer`: probabilities of models, added to a CSV file of any size. Runs in the worker.

mod experts;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use indicatif::ProgressBar;

use super::compute::{ComputeArgs, PrecisionArg};
use super::error::CliError;
use super::exit::Exit;
use super::output::{Output, OutputPolicy};
use super::{console, streaming};
use crate::data::preprocess::{self, Rules};
use crate::data::stream::{self, Annotation, Delimiter, Input, StreamError};
use crate::nn::{self, NnError, TextRules};
use experts::Experts;

/// The column of raw texts that is read where the one that the model learnt from is missing, as the published program does.
const RAW: &str = "text";

#[derive(Debug, Args)]
pub(super) struct InferArgs {
    /// A CSV file of texts, plain, gzipped or alone in a zip archive; `-` for standard input
    #[arg(value_name = "FILE")]
    input: PathBuf,
    /// A model folder; given several times, the mean of the models' probabilities is written
    #[arg(long, required = true, value_name = "DIR")]
    model: Vec<PathBuf>,
    /// The file to write, gzipped if its name ends in `.gz`; `-` for standard output [default: FILE with `_preds` in its name]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// The column of texts, used as they are [default: the one that the model learnt from; where it is missing, `text` by the
    /// model's text rules]
    #[arg(long, value_name = "COLUMN")]
    text_column: Option<String>,
    /// The column of raw texts, to which the model's text rules are applied
    #[arg(long, value_name = "COLUMN", conflicts_with = "text_column")]
    raw_text_column: Option<String>,
    /// What separates fields: one ASCII character, `tab`, or `auto` to tell it from the header
    #[arg(long, default_value = ",", value_parser = streaming::delimiter, value_name = "CHAR|auto")]
    delimiter: Delimiter,
    /// The column of probabilities, replaced where it exists [default: the model's, `prob_hatred` unless it was given another]
    #[arg(long, value_name = "COLUMN")]
    probability_column: Option<String>,
    /// The column of predicted labels, replaced where it exists
    #[arg(long, default_value = "predicted", value_name = "COLUMN")]
    predicted_column: String,
    /// Write each model's probabilities too, in a column with the model's name at its end
    #[arg(long)]
    keep_columns: bool,
    /// The label is 1 above this probability
    #[arg(long, default_value_t = 0.5, value_parser = threshold, value_name = "P")]
    threshold: f64,
    #[command(flatten)]
    untrained: UntrainedArgs,
    #[command(flatten)]
    compute: ComputeArgs,
    /// Replace the output where it exists
    #[arg(long)]
    force: bool,
    /// Show no progress
    #[arg(short, long)]
    quiet: bool,
}

/// What stands in for a model that is missing.
#[derive(Debug, Args)]
struct UntrainedArgs {
    /// Where there is no model folder, go on with an untrained head: its answers are random
    #[arg(long)]
    allow_untrained: bool,
    /// The encoder of an untrained model
    #[arg(
        long,
        default_value = "distilbert-base-uncased",
        value_name = "NAME|DIR"
    )]
    encoder: String,
    /// The seed of an untrained head
    #[arg(long, default_value_t = 42, value_name = "N")]
    seed: u64,
}

/// Writes the file with the models' answers.
pub(super) fn command(args: &InferArgs) -> Result<Exit, CliError> {
    let input = streaming::input(&args.input);
    let output = match &args.output {
        Some(path) => path.clone(),
        None => streaming::beside(&input, "_preds"),
    };
    let output = streaming::output(&policy(args, &input), &output)?;
    let compute = args.compute.begin(PrecisionArg::Auto)?;
    // A team has its own threads; operators need none.
    nn::set_threads(1);
    let mut experts = Experts::load(args, compute)?;
    let texts = texts(args, &experts)?;
    let columns = columns(args, &experts, &texts)?;
    write(args, &input, &output, &mut experts, &texts, columns)
}

/// The answers must not take the place of a file of the models that give them.
fn policy(args: &InferArgs, input: &Input) -> OutputPolicy {
    let mut policy = OutputPolicy::new(args.force).input(input);
    for model in &args.model {
        policy = policy.path(&format!("the model `{}`", model.display()), model);
    }
    policy.encoder(&args.untrained.encoder)
}

/// Columns of texts, with the rules to apply to each: the first that the file has is read.
fn texts(args: &InferArgs, experts: &Experts) -> Result<Vec<(String, TextRules)>, CliError> {
    if let Some(column) = &args.text_column {
        return Ok(vec![(column.clone(), TextRules::None)]);
    }
    let rules = experts.agreed("--text-column", "the text rules", |facts| facts.text_rules)?;
    if let Some(column) = &args.raw_text_column {
        return Ok(vec![(column.clone(), rules)]);
    }
    let learnt = experts.agreed("--text-column", "the column of texts", |facts| {
        facts.text_column.clone()
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
    experts: &Experts,
    texts: &[(String, TextRules)],
) -> Result<Vec<String>, CliError> {
    let probability = match &args.probability_column {
        Some(column) => column.clone(),
        None => experts.agreed(
            "--probability-column",
            "the column of probabilities",
            |facts| facts.probability_column.clone(),
        )?,
    };
    let mut columns = vec![probability.clone()];
    if args.keep_columns {
        columns.extend(experts.names().map(|name| format!("{probability}_{name}")));
    }
    columns.push(args.predicted_column.clone());
    for (index, column) in columns.iter().enumerate() {
        let own = 1..=experts.names().count();
        if args.keep_columns && own.contains(&index) && columns[1..index].contains(column) {
            return Err(CliError::Usage {
                option: "--keep-columns",
                problem: format!(
                    "two columns would be called `{column}`, after the models' folders; rename one of the folders"
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
    experts: &mut Experts,
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
    let mut answers = Answers {
        args,
        experts,
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
        let mut results = |source: usize, raw: &[String]| answers.of(source, raw);
        stream::annotate(input, &annotation, out, &mut on_progress, &mut results)
    });
    bar.finish_and_clear();
    if let Some(error) = answers.failure {
        return Err(error.into());
    }
    let done = match streaming::settle(output, done)? {
        ControlFlow::Continue(done) => done,
        ControlFlow::Break(exit) => return Ok(exit),
    };
    if !args.quiet {
        let (column, rules) = &texts[answers.read];
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

/// The answers to the texts of a stream.
struct Answers<'a> {
    args: &'a InferArgs,
    experts: &'a mut Experts,
    texts: &'a [(String, TextRules)],
    bar: &'a ProgressBar,
    /// Which of the columns of texts is read.
    read: usize,
    /// Texts that were answered.
    done: usize,
    /// Why the stream was stopped, if it was.
    failure: Option<NnError>,
}

impl Answers<'_> {
    /// The fields of the next texts.
    fn of(&mut self, source: usize, raw: &[String]) -> Result<Vec<Vec<String>>, StreamError> {
        self.read = source;
        let cleaned = cleaned(self.texts[source].1, raw);
        let answers = self.experts.answer(&cleaned, &mut |done| {
            self.bar.set_message(format!("{} rows", self.done + done));
        });
        self.done += raw.len();
        match answers {
            Ok(answers) => Ok(answers
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

fn threshold(written: &str) -> Result<f64, String> {
    let number = written.parse::<f64>().ok();
    number
        .filter(|number| (0.0..=1.0).contains(number))
        .ok_or_else(|| "must be a number from 0 to 1".to_owned())
}
