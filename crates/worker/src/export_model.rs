//! `fsl-exp export-model`: a model folder as one ONNX file. Runs in the worker.

use std::path::Path;

use crate::error::encoder_error;
use fsl_common::sentence::shown_prompt;
use fsl_common::settings::{LongTexts, Precision};
use fsl_exp::cli::args::{ExportModelArgs, ExportPrecision};
use fsl_exp::cli::console;
use fsl_exp::cli::error::CliError;
use fsl_exp::cli::exit::Exit;
use fsl_exp::cli::output::OutputPolicy;
use fsl_nn::{self as nn, Device, Family, NnError, SavedModel};

/// Reads the model, writes the file, says how to feed it.
pub(super) fn command(args: &ExportModelArgs) -> Result<Exit, CliError> {
    if args.onnx == Path::new("-") {
        return Err(CliError::Usage {
            option: "--onnx",
            problem: "must be a file; an ONNX file is no text for standard output".to_owned(),
        });
    }
    let output = OutputPolicy::new(args.force)
        .path(
            &format!("the model `{}`", args.model.display()),
            &args.model,
        )
        .file("--onnx", &args.onnx)?;
    let model = nn::load_model(&args.model, Device::Cpu).map_err(not_loaded)?;
    console::warn_unverified(&args.model);
    let precision = match args.precision {
        ExportPrecision::F32 => Precision::F32,
        ExportPrecision::Int8 => Precision::Int8,
    };
    let file =
        nn::export_onnx(&model.classifier, &model.metadata, precision).map_err(encoder_error)?;
    output.write(&file)?;
    if !args.quiet {
        let names = model.metadata.classes.names().join("`, `");
        let prompt = model.metadata.prompt.as_deref().map(shown_prompt);
        let prompt = prompt.map(|prompt| format!("; put {prompt} before each text"));
        console::say(&format!(
            "{}: {:.1} MB; columns `{names}`; tokenize with the files in {}{}, at most {} tokens{}{}",
            args.onnx.display(),
            file.len() as f64 / 1e6,
            args.model.display(),
            without_some(&model),
            model.metadata.max_tokens,
            ends(&model),
            prompt.unwrap_or_default()
        ));
    }
    Ok(Exit::Done)
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
