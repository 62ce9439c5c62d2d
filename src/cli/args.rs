//! The command line, as typed.

#![expect(
    missing_docs,
    reason = "doc comments here are what `--help` prints; groups of options print nothing"
)]

mod format;
mod infer;
mod output;
mod train;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(super) use format::{any_format, default_format};
pub use infer::{InferArgs, UntrainedArgs};
pub(super) use output::{ExportArgs, ReportArgs, VerifyArgs};
pub use train::{DistillArgs, FitArgs, TrainArgs};

use super::compare::{CompareArgs, Margin};
use super::compute::{ComputeArgs, PrecisionArg, device};
use super::explain::ExplainArgs;
use super::preprocess::PreprocessArgs;
use super::split::SplitArgs;
use super::variance::VarianceArgs;
use fsl_report::Format;

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

/// Which specs, with which keys set, and where their results are.
#[derive(Debug, Args)]
pub(super) struct SpecArgs {
    /// Spec files
    #[arg(required = true, value_name = "SPEC")]
    pub(super) specs: Vec<PathBuf>,
    /// Set a key of every spec, such as `trials.count=15`; a list where the key takes one value sweeps it, as in
    /// `trials.train-size=[10,25,50]`
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// Allow sweeps of up to so many points (default: 10,000)
    #[arg(long, value_name = "N")]
    pub(super) allow_points: Option<u64>,
    /// The kind of number that encoders are computed in, of every spec (default: as the spec says, `auto` where it does not)
    #[arg(long, value_enum)]
    pub(super) precision: Option<PrecisionArg>,
    /// Devices that trials are spread over: `cpu`, `cuda` (the first GPU), `cuda:N`; with a comma between them. Results of processors and
    /// of GPUs are kept apart (default: cpu)
    #[arg(long, value_delimiter = ',', value_parser = device, value_name = "DEVICE")]
    pub(super) device: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct StoreArgs {
    /// The folder of results
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub(super) results: PathBuf,
}

/// How tables look.
#[derive(Debug, Args)]
pub(super) struct StyleArgs {
    /// The format of the table
    #[arg(long, default_value = default_format(), value_parser = format::table_format())]
    pub(super) format: &'static Format,
    /// The number shown for a row of several trials (default: as the spec says)
    #[arg(long, value_enum)]
    pub(super) center: Option<CenterArg>,
    /// Degrees of freedom subtracted in the standard deviation (default: as the spec says)
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=1))]
    pub(super) ddof: Option<u8>,
    /// Show the published cells of the specs beneath their rows
    #[arg(long)]
    pub(super) published: bool,
    /// Show how each row's number was made, in one line that `fsl-exp explain` reads
    #[arg(long)]
    pub(super) signature: bool,
    /// Judge every row against this one, as `compare` does; of a swept row against its arm at the same point
    #[arg(long, value_name = "ROW")]
    pub(super) against: Option<String>,
    /// With --against: the smallest difference that matters, in points of F1
    #[arg(
        long,
        value_name = "POINTS",
        default_value = "1.0",
        allow_negative_numbers = true
    )]
    pub(super) margin: Margin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CenterArg {
    Mean,
    Median,
}

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    pub(super) specs: SpecArgs,
    #[command(flatten)]
    pub(super) store: StoreArgs,
    #[command(flatten)]
    pub(super) style: StyleArgs,
    /// Trials at a time; it never changes a number (default: the number of cores)
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) jobs: Option<u32>,
    /// Start nothing more after the first failure
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// Try trials again that failed in an earlier run
    #[arg(long)]
    pub(super) retry_failed: bool,
    /// Show no progress
    #[arg(short, long)]
    pub(super) quiet: bool,
}

#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    pub(super) specs: SpecArgs,
    #[command(flatten)]
    pub(super) store: StoreArgs,
    /// One JSON object instead of lines
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) specs: SpecArgs,
}

#[derive(Debug, Args)]
pub(super) struct TableArgs {
    #[command(flatten)]
    pub(super) specs: SpecArgs,
    #[command(flatten)]
    pub(super) store: StoreArgs,
    #[command(flatten)]
    pub(super) style: StyleArgs,
}

#[derive(Debug, Args)]
pub(super) struct CheckPublishedArgs {
    #[command(flatten)]
    pub(super) specs: SpecArgs,
    #[command(flatten)]
    pub(super) store: StoreArgs,
    /// The format of the verdicts
    #[arg(long, default_value = default_format(), value_parser = any_format())]
    pub(super) format: &'static Format,
    /// End with exit code 3 where a published cell cannot be judged, too
    #[arg(long)]
    pub(super) strict: bool,
}

#[derive(Debug, Args)]
pub(super) struct FetchArgs {
    /// Encoders (a name of the catalogue or hf:org/name@revision) and datasets
    #[arg(required_unless_present = "list", value_name = "NAME")]
    pub(super) names: Vec<String>,
    /// List what the catalogue has, and what is here
    #[arg(long)]
    pub(super) list: bool,
    /// With the transfer sets of datasets, which students learn from
    #[arg(long)]
    pub(super) transfer: bool,
    /// Show no progress
    #[arg(short, long)]
    pub(super) quiet: bool,
}

#[derive(Debug, Args)]
pub struct EmbedArgs {
    /// An encoder of the catalogue, a folder, or hf:org/name@revision
    #[arg(long, value_name = "NAME|DIR")]
    pub encoder: String,
    /// A CSV file of texts
    #[arg(long, value_name = "FILE.csv")]
    pub input: PathBuf,
    /// The column of texts
    #[arg(long, default_value = "text", value_name = "COLUMN")]
    pub text_column: String,
    /// How the tokens' vectors become the text's
    #[arg(long, value_enum, default_value_t = PoolingArg::Mean)]
    pub pooling: PoolingArg,
    /// Scale each vector to length 1
    #[arg(long)]
    pub normalize: bool,
    /// Tokens per text, special ones included; the rest is cut off
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(3..=512))]
    pub max_tokens: u32,
    #[command(flatten)]
    pub compute: ComputeArgs,
    /// The file to write: columns index, e0, e1, …; `-` for standard output
    #[arg(short, long, value_name = "OUT.csv")]
    pub output: PathBuf,
    /// Replace the output where it exists
    #[arg(long)]
    pub force: bool,
    /// Show no progress
    #[arg(short, long)]
    pub quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PoolingArg {
    Cls,
    Mean,
}

#[derive(Debug, Args)]
pub struct TrialArgs {
    /// A folder with request.json; the result is left in it
    pub folder: PathBuf,
    /// Tell progress on standard output, a line of JSON each, and stop when nobody reads it any more
    #[arg(long)]
    pub progress: bool,
    /// The device to compute an encoder on
    #[arg(long, value_parser = device, value_name = "DEVICE")]
    pub device: Option<String>,
}
