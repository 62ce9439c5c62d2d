//! The command line, as typed.

use clap::{Parser, Subcommand};
use clap_complete::Shell;

use super::args::{
    DevicesArgs, DistillArgs, EmbedArgs, ExportModelArgs, InferArgs, TrainArgs, TrialArgs,
};
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
/// A TOML file describes an experiment; `fsl-exp run` trains and scores it in repeated seeded trials and prints F1,
/// precision and recall with their spread. Finished trials are stored and never computed twice.
#[derive(Debug, Parser)]
#[command(name = "fsl-exp", version, after_help = AFTER_HELP, max_term_width = 110)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
    /// Verbose output (`-vv` for more)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
}

const AFTER_HELP: &str = "Exit codes: 0 done, 1 bug, 2 usage, 3 some trials failed or were blocked, or a published cell is outside, 4 invalid spec, \
5 data or weights, 6 store locked or unreadable, 130 interrupted";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run experiments and print their table
    Run(RunArgs),
    /// List every trial: run, reuse or blocked, and why
    Plan(PlanArgs),
    /// Check specs without running anything
    Check(CheckArgs),
    /// Print the table of stored results
    Table(TableArgs),
    /// Compare stored results with the published cells of specs: reproduced, outside or cannot tell
    CheckPublished(CheckPublishedArgs),
    /// Compare rows with each other: better, worse, equivalent or undecided
    Compare(CompareArgs),
    /// Show how much of the spread each random stream causes
    Variance(VarianceArgs),
    /// Explain a signature printed by `table --signature`
    Explain(ExplainArgs),
    /// Write one HTML file with tables, plots, trials and texts
    Report(ReportArgs),
    /// Rerun stored trials and check that the results are the same
    Verify(VerifyArgs),
    /// Export stored results for other programs: CSV, JSON lines, MLflow, TensorBoard
    Export(ExportArgs),
    /// Fetch encoders and datasets into the cache
    Fetch(FetchArgs),
    /// Apply text rules to a CSV file of any size
    Preprocess(PreprocessArgs),
    /// Split one large CSV file into training, test and transfer sets
    Split(SplitArgs),
    /// Train a model on labelled texts
    Train(Box<TrainArgs>),
    /// Add models' probabilities to a CSV file of any size
    Infer(Box<InferArgs>),
    /// Train a student on a teacher's probabilities
    Distill(Box<DistillArgs>),
    /// Write a model folder as an ONNX file, for other programs
    ExportModel(ExportModelArgs),
    /// Write an encoder's vectors for texts
    Embed(EmbedArgs),
    /// Run one trial (used by `run`)
    #[command(hide = true)]
    Trial(TrialArgs),
    /// Tell which of these devices is not here (used by `run`)
    #[command(hide = true)]
    Devices(DevicesArgs),
    /// Load libtorch, then fork for each trial requested on standard input (used by `run`)
    #[command(hide = true)]
    Serve,
    /// Print the JSON Schema of specs, for editors
    Schema,
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}
