//! The commands: arguments in, an exit code out. With `report` the only part that prints.

mod args;
mod assets;
mod caption;
mod check;
mod check_published;
mod collapsed;
mod compare;
mod completions;
mod compute;
mod computed;
mod console;
mod derived;
mod embed;
mod error;
mod exit;
mod explain;
mod export;
mod extra;
mod fetch;
mod infer;
mod interrupt;
mod members;
mod output;
mod plan;
mod preprocess;
mod progress;
mod report;
mod run;
mod runs;
mod specs;
mod split;
mod streaming;
mod table;
mod train;
mod variance;
mod verify;
mod worker;

use clap::Parser as _;

use args::{Cli, Command};
use error::CliError;
pub use exit::Exit;

/// The front, `fsl-exp`: parses the command line, runs the command, shows its error if it fails. It never loads libtorch;
/// commands that need it are handed to `fsl-exp-worker`.
pub fn front() -> Exit {
    let cli = Cli::parse();
    console::start_log(cli.verbose);
    interrupt::ignore_sigxfsz();
    finish(match cli.command {
        Command::Train(_) | Command::Infer(_) | Command::Distill(_) | Command::Embed(_) => {
            worker::hand_over()
        }
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
        Command::Schema => console::print(&format!("{:#}\n", crate::spec::schema())),
        Command::Completions { shell } => completions::command(shell),
        _ => Err(CliError::Usage {
            option: "serve",
            problem: "is for `fsl-exp-worker`, which `run` starts".to_owned(),
        }),
    }
}

/// The worker, `fsl-exp-worker`: the same command line, for the commands that need libtorch.
pub fn worker() -> Exit {
    let exit = run_worker(Cli::parse());
    #[cfg(target_os = "linux")]
    crate::launch::exit_now(exit as u8);
    #[cfg(not(target_os = "linux"))]
    exit
}

fn run_worker(cli: Cli) -> Exit {
    #[cfg(target_os = "linux")]
    if matches!(cli.command, Command::Serve) {
        return match worker::serve() {
            Ok(Some(fork)) => run_worker(fork),
            Ok(None) => Exit::Done,
            Err(error) => finish(Err(error)),
        };
    }
    console::start_log(cli.verbose);
    interrupt::ignore_sigxfsz();
    finish(exit_on_signal().and_then(|()| match cli.command {
        Command::Trial(args) => worker::trial(&args),
        Command::Embed(args) => embed::command(&args),
        Command::Train(args) => train::train(&args),
        Command::Distill(args) => train::distill(&args),
        Command::Infer(args) => infer::command(&args),
        _ => Err(CliError::Usage {
            option: "fsl-exp-worker",
            problem: "only runs `trial`, `embed`, `train`, `infer` and `distill`; `fsl-exp` has the other commands".to_owned(),
        }),
    }))
}

fn exit_on_signal() -> Result<(), CliError> {
    interrupt::exit_on_signal().map_err(CliError::Signals)
}

fn finish(outcome: Result<Exit, CliError>) -> Exit {
    interrupt::wait_if_ending();
    outcome.unwrap_or_else(|error| {
        console::show_error(&console::chain(&error), error.hint().as_deref());
        error.exit()
    })
}
