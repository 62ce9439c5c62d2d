//! `fsl-exp-worker`, the only program that links libtorch: it runs trials, trains, infers and embeds texts.

mod batch_tokenizer;
mod compute;
mod devices;
mod embed;
mod embedding_cache;
mod encoders;
mod error;
mod export_model;
mod infer;
mod named_encoder;
mod prompt;
mod train;
mod trial;

use std::ffi::OsString;
use std::process::ExitCode;

use fsl_common::child;
use fsl_exp::cli::error::CliError;
use fsl_exp::cli::{Exit, WorkerCommand, parse_worker, start, stop};

fn main() -> ExitCode {
    let exit = match child::restart_without_library_settings() {
        Ok(()) => run(std::env::args_os()),
        Err(error) => stop(Err(CliError::Worker(error))),
    };
    #[cfg(target_os = "linux")]
    fsl_exp::launch::exit_now(exit as u8);
    #[cfg(not(target_os = "linux"))]
    exit.into()
}

/// The same command line as the front's, for the commands that need libtorch.
fn run(line: impl IntoIterator<Item = OsString>) -> Exit {
    let (command, verbose) = parse_worker(line);
    #[cfg(target_os = "linux")]
    if matches!(command, WorkerCommand::Serve) {
        return match trial::serve() {
            Ok(Some(fork)) => run(fork),
            Ok(None) => Exit::Done,
            Err(error) => stop(Err(error)),
        };
    }
    stop(start(verbose).and_then(|()| match command {
        WorkerCommand::Trial(args) => trial::command(&args),
        WorkerCommand::Devices(args) => devices::command(&args),
        WorkerCommand::Embed(args) => embed::command(&args),
        WorkerCommand::Train(args) => train::train(&args),
        WorkerCommand::Distill(args) => train::distill(&args),
        WorkerCommand::Infer(args) => infer::command(&args),
        WorkerCommand::ExportModel(args) => export_model::command(&args),
        WorkerCommand::Serve | WorkerCommand::Other => Err(CliError::Usage {
            option: "fsl-exp-worker",
            problem: "only runs `trial`, `embed`, `train`, `infer`, `distill` and `export-model`; `fsl-exp` has the other commands".to_owned(),
        }),
    }))
}
