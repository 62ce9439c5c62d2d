//! `fsl-exp export-model`: a model folder as one ONNX file. Runs in the worker.

use std::path::Path;

use crate::error::encoder_error;
use fsl_common::settings::Precision;
use fsl_exp::cli::args::{ExportModelArgs, ExportPrecision};
use fsl_exp::cli::console;
use fsl_exp::cli::error::CliError;
use fsl_exp::cli::exit::Exit;
use fsl_exp::cli::output::OutputPolicy;
use fsl_nn::{self as nn, Device};

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
    let model = nn::load_model(&args.model, Device::Cpu).map_err(encoder_error)?;
    let precision = match args.precision {
        ExportPrecision::F32 => Precision::F32,
        ExportPrecision::Int8 => Precision::Int8,
    };
    let file =
        nn::export_onnx(&model.classifier, &model.metadata, precision).map_err(encoder_error)?;
    output.write(&file)?;
    if !args.quiet {
        let names = model.metadata.classes.names().join("`, `");
        console::say(&format!(
            "{}: {:.1} MB; columns `{names}`; tokenize with the files in {}, at most {} tokens",
            args.onnx.display(),
            file.len() as f64 / 1e6,
            args.model.display(),
            model.metadata.max_tokens
        ));
    }
    Ok(Exit::Done)
}
