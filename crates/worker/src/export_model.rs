//! `fsl-exp export-model`: a model folder as one ONNX file, or as a classifier of transformers. Runs in the worker.

use std::path::Path;

use crate::error::encoder_error;
use fsl_common::sentence::shown_prompt;
use fsl_common::settings::model_folder::TextRules;
use fsl_common::settings::{LongTexts, Precision};
use fsl_exp::cli::args::{ExportModelArgs, ExportPrecision};
use fsl_exp::cli::console;
use fsl_exp::cli::error::CliError;
use fsl_exp::cli::exit::Exit;
use fsl_exp::cli::output::OutputPolicy;
use fsl_nn::{self as nn, Device, Family, NnError, SavedModel};
use fsl_report::runs::OutputFile;

/// Reads the model, writes what was asked for, says how to feed it.
pub(super) fn command(args: &ExportModelArgs) -> Result<Exit, CliError> {
    let policy = OutputPolicy::new(args.force).path(
        &format!("the model `{}`", args.model.display()),
        &args.model,
    );
    match (&args.onnx, &args.transformers) {
        (Some(file), _) => as_onnx(args, &policy, file),
        (None, Some(folder)) => for_transformers(args, &policy, folder),
        (None, None) => unreachable!("the command line asks for one of the two"),
    }
}

fn load(args: &ExportModelArgs) -> Result<SavedModel, CliError> {
    let model = nn::load_model(&args.model, Device::Cpu).map_err(not_loaded)?;
    console::warn_unverified(&args.model);
    Ok(model)
}

/// Writes the ONNX file.
fn as_onnx(args: &ExportModelArgs, policy: &OutputPolicy, file: &Path) -> Result<Exit, CliError> {
    if file == Path::new("-") {
        return Err(CliError::Usage {
            option: "--onnx",
            problem: "must be a file; an ONNX file is no text for standard output".to_owned(),
        });
    }
    let output = policy.file("--onnx", file)?;
    let model = load(args)?;
    let precision = match args.precision {
        ExportPrecision::F32 => Precision::F32,
        ExportPrecision::Int8 => Precision::Int8,
    };
    let bytes =
        nn::export_onnx(&model.classifier, &model.metadata, precision).map_err(encoder_error)?;
    output.write(&bytes)?;
    if !args.quiet {
        console::say(&format!(
            "{}: {:.1} MB; columns {}; tokenize with the files in {}{}, at most {} tokens{}{}",
            file.display(),
            bytes.len() as f64 / 1e6,
            names(&model),
            args.model.display(),
            without_some(&model),
            model.metadata.max_tokens,
            ends(&model),
            prepared(&model)
        ));
    }
    Ok(Exit::Done)
}

/// Writes the folder that transformers loads as a classifier.
fn for_transformers(
    args: &ExportModelArgs,
    policy: &OutputPolicy,
    folder: &Path,
) -> Result<Exit, CliError> {
    const OPTION: &str = "--transformers";
    if folder == Path::new("-") {
        return Err(CliError::Usage {
            option: OPTION,
            problem: "must be a folder".to_owned(),
        });
    }
    let mut loaded = None;
    let files = policy.new_folder(OPTION, folder, || {
        let model = loaded.insert(load(args)?);
        let files = nn::sequence_classifier(model, &args.model).map_err(encoder_error)?;
        let files = files
            .into_iter()
            .map(|(path, bytes)| OutputFile { path, bytes });
        Ok(files.collect())
    })?;
    if let Some(model) = loaded.filter(|_| !args.quiet) {
        let size: usize = files.iter().map(|file| file.bytes.len()).sum();
        console::say(&format!(
            "{}: {:.1} MB; labels {}; for AutoModelForSequenceClassification, and pipeline with truncation=True{}",
            folder.display(),
            size as f64 / 1e6,
            names(&model),
            prepared(&model)
        ));
    }
    Ok(Exit::Done)
}

/// The classes in order.
fn names(model: &SavedModel) -> String {
    format!("`{}`", model.metadata.classes.names().join("`, `"))
}

/// What has to be done with raw texts, if anything: cleaning, and a prompt before each.
fn prepared(model: &SavedModel) -> String {
    let rules = match model.metadata.text_rules {
        TextRules::None => None,
        TextRules::Reference => Some("reference"),
        TextRules::Tidy => Some("tidy"),
    };
    let rules = rules
        .map(|rules| format!("; clean raw texts by `fsl-exp preprocess` with the rules `{rules}`"));
    let prompt = model.metadata.prompt.as_deref().map(shown_prompt);
    let prompt = prompt.map(|prompt| format!("; put {prompt} before each text"));
    rules.unwrap_or_default() + &prompt.unwrap_or_default()
}

/// What a static encoder leaves out of a text's tokens.
fn without_some(model: &SavedModel) -> &'static str {
    match model.classifier.encoder.config().family {
        Family::Model2Vec => " as model2vec does (without special and unknown tokens)",
        _ => "",
    }
}

/// Which tokens of a longer text the model learnt with, where these are not what truncation leaves.
fn ends(model: &SavedModel) -> String {
    match model.metadata.long_texts {
        LongTexts::Truncate | LongTexts::MeanOfWindows => String::new(),
        LongTexts::HeadTail => {
            let special = model.tokenizer.special_tokens();
            let places = model.metadata.max_tokens.saturating_sub(special);
            let head = LongTexts::head(places);
            let tail = places - head;
            format!(
                ": of a longer text its first {head} and its last {tail} between the special ones"
            )
        }
    }
}

/// Why there is no model, without the way out that only `infer` has.
fn not_loaded(error: NnError) -> CliError {
    let is_absent = matches!(error, NnError::NoModel { .. });
    match encoder_error(error) {
        CliError::Encoder { source, .. } if is_absent => CliError::Encoder {
            source,
            hint: Some("`fsl-exp train` and `fsl-exp distill` make model folders".to_owned()),
        },
        error => error,
    }
}
