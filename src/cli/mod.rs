//! The commands: arguments in, an exit code out. With `report` the only part that prints.

pub mod args;
pub mod assets;
mod check;
mod check_published;
mod command_line;
mod compare;
mod completions;
pub mod compute;
pub mod console;
mod damage;
pub mod error;
pub mod exit;
mod explain;
mod export;
mod fetch;
pub mod interrupt;
mod number;
pub mod output;
pub mod output_error;
mod plan;
mod preprocess;
mod progress;
mod report;
mod run;
mod specs;
mod split;
pub mod streaming;
mod table;
mod variance;
mod verify;
mod worker;

use std::env;
use std::ffi::OsString;

use clap::{Command as CommandLine, CommandFactory as _, FromArgMatches as _};

use args::{DevicesArgs, DistillArgs, EmbedArgs, ExportModelArgs, InferArgs, TrainArgs, TrialArgs};
use command_line::{Cli, Command};
use error::CliError;
pub use exit::Exit;
use fsl_common::fsio;
pub use worker::run_trial;

/// The front, `fsl-exp`: parses the command line, runs the command, shows its error if it fails. It never loads libtorch;
/// commands that need it are handed to `fsl-exp-worker`.
pub fn run_cli() -> Exit {
    let cli = parsed(std::env::args_os());
    console::start_log(cli.verbose);
    interrupt::ignore_sigxfsz();
    if !matches!(cli.command, Command::Trial(_)) {
        fsio::clear_abandoned(&env::temp_dir());
    }
    stop(match cli.command {
        Command::Train(_)
        | Command::Infer(_)
        | Command::Distill(_)
        | Command::Embed(_)
        | Command::ExportModel(_) => worker::exec_worker(),
        Command::Trial(args) => worker::trial_in_front(&args),
        command => exit_on_signal().and_then(|()| run_front(command)),
    })
}

fn run_front(command: Command) -> Result<Exit, CliError> {
    match command {
        Command::Run(args) => run::command(&args),
        Command::Plan(args) => plan::command(&args),
        Command::Check(args) => check::command(&args),
        Command::Table(args) => table::command(&args),
        Command::CheckPublished(args) => check_published::command(&args),
        Command::Compare(args) => compare::command(&args),
        Command::Variance(args) => variance::command(&args),
        Command::Explain(args) => explain::command(&args),
        Command::Report(args) => report::command(&args),
        Command::Verify(args) => verify::command(&args),
        Command::Export(args) => export::command(&args),
        Command::Fetch(args) => fetch::command(&args),
        Command::Preprocess(args) => preprocess::command(&args),
        Command::Split(args) => split::command(&args),
        Command::Schema => console::print_output(&format!("{:#}\n", fsl_core::spec::schema())),
        Command::Completions { shell } => completions::command(shell),
        _ => Err(CliError::Usage {
            option: "serve",
            problem: "is for `fsl-exp-worker`, which `run` starts".to_owned(),
        }),
    }
}

/// The command line as typed. Ends the process where it is wrong, or only asks for help.
fn parsed(line: impl IntoIterator<Item = OsString>) -> Cli {
    let mut known = with_negative_numbers(Cli::command());
    let matches = known.try_get_matches_from_mut(line);
    let parsed = matches.and_then(|matches| Cli::from_arg_matches(&matches));
    parsed.unwrap_or_else(|error| console::end_with(error.format(&mut known)))
}

/// The command line, in which every option takes `-1` for a value rather than for an option: its own error says what it must
/// be.
fn with_negative_numbers(known: CommandLine) -> CommandLine {
    known.mut_subcommands(|command| {
        command.mut_args(|arg| {
            let takes_values = arg.get_action().takes_values();
            arg.allow_negative_numbers(takes_values)
        })
    })
}

/// A command line of the worker's.
#[derive(Debug)]
pub enum WorkerCommand {
    /// Fork a process for every trial that is asked for.
    Serve,
    /// Run a trial.
    Trial(TrialArgs),
    /// Look for devices.
    Devices(DevicesArgs),
    /// Embed texts.
    Embed(EmbedArgs),
    /// Train a model on labels.
    Train(Box<TrainArgs>),
    /// Train a model on probabilities.
    Distill(Box<DistillArgs>),
    /// Apply models.
    Infer(Box<InferArgs>),
    /// Write a model for other programs.
    ExportModel(ExportModelArgs),
    /// A command of the front's.
    Other,
}

/// Parses the worker's command line, which is the front's: the command, and how often `-v` is given. Ends the process where
/// it is wrong.
pub fn parse_worker(line: impl IntoIterator<Item = OsString>) -> (WorkerCommand, u8) {
    let cli = parsed(line);
    let command = match cli.command {
        Command::Serve => WorkerCommand::Serve,
        Command::Trial(args) => WorkerCommand::Trial(args),
        Command::Devices(args) => WorkerCommand::Devices(args),
        Command::Embed(args) => WorkerCommand::Embed(args),
        Command::Train(args) => WorkerCommand::Train(args),
        Command::Distill(args) => WorkerCommand::Distill(args),
        Command::Infer(args) => WorkerCommand::Infer(args),
        Command::ExportModel(args) => WorkerCommand::ExportModel(args),
        _ => WorkerCommand::Other,
    };
    (command, cli.verbose)
}

/// Prepares a process that runs a command: the log, and what signals do.
///
/// # Errors
/// Where the system refuses signal handlers.
pub fn start(verbose: u8) -> Result<(), CliError> {
    console::start_log(verbose);
    interrupt::ignore_sigxfsz();
    exit_on_signal()
}

fn exit_on_signal() -> Result<(), CliError> {
    interrupt::exit_on_signal().map_err(CliError::Signals)
}

/// The exit code of a command, whose error is shown if it fails.
pub fn stop(outcome: Result<Exit, CliError>) -> Exit {
    interrupt::wait_if_ending();
    outcome.unwrap_or_else(|error| {
        console::show_error(&error.lines(), error.hint().as_deref());
        error.exit()
    })
}
