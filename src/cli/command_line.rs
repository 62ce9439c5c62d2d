//! The command line, as typed.

use clap::{Parser, Subcommand};
use clap_complete::Shell;

use super::args::{DistillArgs, EmbedArgs, InferArgs, TrainArgs, TrialArgs};
use super::check::CheckArgs;
use super::check_published::CheckPublishedArgs;
use super::compare::CompareArgs;
use super::explain::ExplainArgs;
use super::export::ExportArgs;
use super::fetch::FetchArgs;
use super::plan::PlanArgs;
use super::preprocess::PreprocessArgs;
use super::report::ReportArgs;
use super::run::RunArgs;
use super::split::SplitArgs;
use super::table::TableArgs;
use super::variance::VarianceArgs;
use super::verify::VerifyArgs;

/// Declarative experiments for text classification with few labels.
///
/// A TOML file states an experiment; `fsl-exp run` trains and scores it in repeated seeded trials and prints F1,
/// precision and recall with their spread. Finished trials are kept and never done twice.
#[derive(Debug, Parser)]
#[command(name = "fsl-exp", version, after_help = AFTER_HELP, max_term_width = 110)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
    /// Say more of what is done (`-vv`: even more)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
}

const AFTER_HELP: &str = "Exit codes: 0 done, 1 bug, 2 usage, 3 some trials failed or were blocked, or a published cell is outside, 4 invalid spec, \
5 data or weights, 6 store locked or unreadable, 130 interrupted";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run experiments and print their table
    Run(RunArgs),
    /// Show every trial: run, reuse or blocked, and why
    Plan(PlanArgs),
    /// Check specs without running anything
    Check(CheckArgs),
    /// Print the table of stored results
    Table(TableArgs),
    /// Judge the published cells of specs against stored results: reproduced, outside or cannot tell
    CheckPublished(CheckPublishedArgs),
    /// Judge rows against each other: better, worse, equivalent or undecided
    Compare(CompareArgs),
    /// Say how much of the spread each random stream causes
    Variance(VarianceArgs),
    /// Say what a signature of `table --signature` means
    Explain(ExplainArgs),
    /// Write one HTML file with tables, plots, trials and texts
    Report(ReportArgs),
    /// Run stored trials once more and say whether the same comes out
    Verify(VerifyArgs),
    /// Write stored results for other programs: CSV, JSON lines, MLflow, TensorBoard
    Export(ExportArgs),
    /// Fetch encoders and datasets into the cache
    Fetch(FetchArgs),
    /// Apply text rules to a CSV file of any size
    Preprocess(PreprocessArgs),
    /// Draw training, test and transfer sets out of one large CSV file
    Split(SplitArgs),
    /// Train a model on labelled texts
    Train(Box<TrainArgs>),
    /// Add models' probabilities to a CSV file of any size
    Infer(Box<InferArgs>),
    /// Train a student on a teacher's probabilities
    Distill(Box<DistillArgs>),
    /// Write the vectors that an encoder gives to texts
    Embed(EmbedArgs),
    /// Run one trial, as `run` does for each (for workers)
    #[command(hide = true)]
    Trial(TrialArgs),
    /// Load libtorch, then fork for each trial that standard input asks for (for workers)
    #[command(hide = true)]
    Serve,
    /// Print the JSON Schema of specs, for editors
    Schema,
    /// Print a shell's completion script
    Completions {
        /// The shell
        shell: Shell,
    },
}
