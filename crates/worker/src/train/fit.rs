//! The fit itself: from texts and targets to a model folder.

use std::io::{self, IsTerminal as _};
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::card::{self, Card};
use super::training_set::{self, Task, TrainingSet, Validation, ValidationSource};
use crate::error::encoder_error;
use crate::prompt::PromptedTokenizer;
use crate::{compute, named_encoder};
use fsl_common::classes::Classes;
use fsl_common::fsio;
use fsl_common::seed::{self, Stream};
use fsl_common::settings::model_folder::probability_stem;
use fsl_common::settings::{FitParams, LongTexts, Precision};
use fsl_core::trial::{DataWarnings, LabelledTexts};
use fsl_data::stream::Input;
use fsl_exp::cli::args::FitArgs;
use fsl_exp::cli::compute::PrecisionArg;
use fsl_exp::cli::console;
use fsl_exp::cli::error::CliError;
use fsl_exp::cli::exit::Exit;
use fsl_exp::cli::output::{CARD, OutputDir, OutputPolicy};
use fsl_exp::cli::streaming;
use fsl_metrics::{Metric, RecordMetrics};
use fsl_nn::{
    self as nn, Classifier, Compute, Examples, FitReport, FitSeeds, ModelMetadata, OpenEncoder,
    TokenLimit,
};
use fsl_report::{percent, thousands};

/// Where the model goes, checked and claimed before a long fit: the folder that is asked for, otherwise `models/` and the input's
/// name with `suffix`.
pub(super) fn output(
    args: &FitArgs,
    input: &Input,
    suffix: &str,
    held: Option<&ValidationSource>,
) -> Result<OutputDir, CliError> {
    let folder = match (&args.output, input) {
        (Some(folder), _) => folder.clone(),
        (None, Input::File(path)) => Path::new("models").join(streaming::stem(path) + suffix),
        (None, Input::Stdin | Input::Copied(_)) => {
            return Err(CliError::Usage {
                option: "--output",
                problem: "name a folder; standard input has no file name to derive it from"
                    .to_owned(),
            });
        }
    };
    let mut policy = OutputPolicy::new(args.force)
        .input(input)
        .encoder(&args.encoder);
    if let Some(ValidationSource::File(path)) = held {
        policy = policy.path("the validation file", path);
    }
    OutputDir::new(&policy, &folder)
}

/// Fits, scores the validation texts, and writes the folder.
pub(super) fn run(
    task: &Task,
    training_set: TrainingSet,
    held: Option<&ValidationSource>,
    output: &OutputDir,
) -> Result<Exit, CliError> {
    let args = task.args;
    let mut params = args.params()?;
    let (training_set, validation) = training_set::split_validation(training_set, held, args)?;
    let texts = training_set.texts.len();
    say_small(texts, &params, args.quiet);
    let encoder = named_encoder::open(&args.encoder, args.quiet)?;
    let compute = training_compute(args)?;
    let files = &encoder.files;
    params.pooling = (args.pooling().or(encoder.declared.pooling)).unwrap_or(params.pooling);
    let prompt = named_encoder::prompt(&encoder.declared, args.prompt.as_deref())?;
    let tokenizer = PromptedTokenizer {
        tokenizer: files.tokenizer().map_err(encoder_error)?,
        prompt,
        limit: limit(args)?,
    };
    named_encoder::check_max_tokens(files, args.max_tokens)?;
    let warnings = data_warnings(task, &training_set, validation.as_ref(), &tokenizer);
    say_warnings(task, &warnings);
    let (classifier, report) = fit(task, compute, &params, &training_set, files, &tokenizer)?;
    let classes = &training_set.classes;
    let scored = validation
        .map(|validation| score(&classifier, &tokenizer, validation, classes))
        .transpose()?;
    let card = card::render(&Card {
        folder: output.name(),
        task,
        training_set: &training_set,
        encoder: &encoder,
        params: &params,
        prompt: tokenizer.prompt.as_deref(),
        seeds: seeds(args.seed),
        compute,
        threads: args.compute.threads(),
        report: &report,
        validation: scored.as_ref(),
        warnings: &warnings,
    });
    let metadata = metadata(task, classes, &params, files.source().lowercase);
    let metadata = metadata.with_prompt(tokenizer.prompt);
    save(&metadata, &classifier, files, &card, output)?;
    if !args.quiet {
        console::say(&format!(
            "wrote `{}`: {} texts, {} steps, loss {:.4}",
            output.name(),
            thousands(texts as u64),
            report.steps,
            card::last_epoch_loss(&report)
        ));
    }
    match scored {
        Some((validation, metrics)) => console::print(&scores(&validation, &metrics, classes)),
        None => Ok(Exit::Done),
    }
}

/// Which tokens of a text are read.
///
/// # Errors
/// [`CliError::Usage`] for windows.
pub(super) fn limit(args: &FitArgs) -> Result<TokenLimit, CliError> {
    let long_texts = LongTexts::from(args.long_texts);
    TokenLimit::new(args.max_tokens as usize, long_texts).ok_or_else(|| CliError::Usage {
        option: "--long-texts",
        problem: long_texts
            .refused_for_training()
            .unwrap_or_default()
            .to_owned(),
    })
}

/// Says where there are fewer texts than a batch holds.
fn say_small(texts: usize, params: &FitParams, quiet: bool) {
    if texts < params.batch_size && !quiet {
        console::say(&format!(
            "note: {texts} texts are fewer than a batch of {}; every epoch is a single step",
            params.batch_size
        ));
    }
}

fn say_warnings(task: &Task, warnings: &DataWarnings) {
    if !warnings.is_empty() {
        let clauses = warnings.clauses("validation").join("; ");
        console::warn(&[Path::new(&task.source.name)], &clauses);
    }
}

/// What makes scores on these texts doubtful. Labels that follow from a teacher's probabilities may differ from text to text.
fn data_warnings(
    task: &Task,
    training_set: &TrainingSet,
    validation: Option<&Validation>,
    tokenizer: &PromptedTokenizer,
) -> DataWarnings {
    let train = LabelledTexts {
        texts: &training_set.texts,
        labels: match task.command {
            "train" => &training_set.labels,
            _ => &[],
        },
    };
    let scored = LabelledTexts {
        texts: validation.map_or(&[], |validation| &validation.texts),
        labels: validation.map_or(&[], |validation| &validation.labels),
    };
    let truncated = |texts: &[String]| tokenizer.truncation(texts).or_none();
    DataWarnings {
        truncated_training: truncated(train.texts),
        truncated_test: truncated(scored.texts),
        ..DataWarnings::new(train, scored, &[], &training_set.classes)
    }
}

/// Where the model is trained, and in which kind of number.
fn training_compute(args: &FitArgs) -> Result<Compute, CliError> {
    let compute = compute::begin(&args.compute, PrecisionArg::Auto)?;
    if compute.precision == Precision::Int8 {
        return Err(CliError::Usage {
            option: "--precision",
            problem: "`int8` is for inference only; train in `auto`, `f32` or `bf16`".to_owned(),
        });
    }
    Ok(compute)
}

/// Writes the model folder, with its card.
fn save(
    metadata: &ModelMetadata,
    classifier: &Classifier,
    files: &OpenEncoder,
    card: &str,
    output: &OutputDir,
) -> Result<(), CliError> {
    output.fill(|folder| {
        nn::save_model(classifier, files, metadata, folder).map_err(encoder_error)?;
        let written = fsio::write_atomic(&folder.join(CARD), card.as_bytes());
        written.map_err(|source| CliError::Output {
            what: "the model card".to_owned(),
            source,
        })
    })
}

/// The seeds that the first trial of an experiment with this seed would have.
fn seeds(seed: u64) -> FitSeeds {
    let of = |stream| seed::derive(seed, stream, 0);
    FitSeeds {
        init: of(Stream::Init),
        order: of(Stream::Order),
        dropout: of(Stream::Dropout),
    }
}

fn fit(
    task: &Task,
    compute: Compute,
    params: &FitParams,
    training_set: &TrainingSet,
    files: &OpenEncoder,
    tokenizer: &PromptedTokenizer,
) -> Result<(Classifier, FitReport), CliError> {
    let tokens = tokenizer.encode_all(&training_set.texts);
    let bar = bar(params.steps(training_set.texts.len()), task.args.quiet);
    let fitted = nn::fit(
        files,
        compute,
        params,
        &task.loss,
        Examples {
            texts: &tokens,
            classes: training_set.classes.count(),
            targets: &training_set.targets,
        },
        seeds(task.args.seed),
        &mut |step| {
            bar.set_position(step.step as u64);
            bar.set_message(format!("loss {:.4}", step.loss));
        },
    );
    bar.finish_and_clear();
    fitted.map_err(encoder_error)
}

fn metadata(task: &Task, classes: &Classes, params: &FitParams, lowercase: bool) -> ModelMetadata {
    let (args, max_tokens) = (task.args, task.args.max_tokens as usize);
    let metadata = ModelMetadata::new(
        classes.clone(),
        params,
        max_tokens,
        lowercase,
        &args.text_column,
        args.rules(),
    );
    ModelMetadata {
        probability_column: probability_stem(classes, task.probability_column),
        ..metadata.with_long_texts(args.long_texts.into())
    }
}

fn score(
    classifier: &Classifier,
    tokenizer: &PromptedTokenizer,
    validation: Validation,
    classes: &Classes,
) -> Result<(Validation, RecordMetrics), CliError> {
    let tokens = tokenizer.encode_all(&validation.texts);
    let probabilities = classifier
        .predict(&tokens, &mut |_| ())
        .map_err(encoder_error)?;
    let metrics = RecordMetrics::new(classes, &validation.labels, &probabilities)?;
    Ok((validation, metrics))
}

fn scores(validation: &Validation, metrics: &RecordMetrics, classes: &Classes) -> String {
    let texts = thousands(validation.texts.len() as u64);
    // F1, precision and recall, of the positive class or averaged.
    let shown: Vec<String> = (Metric::shown(classes).into_iter().take(3))
        .filter_map(|metric| Some((metric.heading_of(classes), metric.from_record(metrics)?)))
        .map(|(heading, value)| format!("{heading} {}", percent(value)))
        .collect();
    let averaged = if classes.has_positive() {
        String::new()
    } else {
        format!(
            " (macro averages), accuracy {}",
            percent(metrics.accuracy())
        )
    };
    format!(
        "validation on {texts} texts: {}{averaged}\n",
        shown.join(", ")
    )
}

fn bar(steps: usize, quiet: bool) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(steps as u64), ProgressDrawTarget::stderr());
    let template = "training {bar:30} step {pos} of {len}, {msg}, about {eta} left";
    bar.set_style(
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar
}
