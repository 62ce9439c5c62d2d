//! The options of `infer`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::compute::ComputeArgs;
use crate::cli::{number, streaming};
use fsl_data::stream::Delimiter;

/// What `infer` is asked for.
#[derive(Debug, Args)]
pub struct InferArgs {
    /// A CSV file of texts, plain, gzipped or alone in a zip archive; `-` for standard input
    #[arg(value_name = "FILE")]
    pub input: PathBuf,
    /// A model folder; given several times, the mean of the models' probabilities is written
    #[arg(long, required = true, value_name = "DIR")]
    pub model: Vec<PathBuf>,
    /// The file to write, gzipped if its name ends in `.gz`; `-` for standard output [default: FILE with `_preds` added to its name]
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,
    /// The column of texts, used as they are [default: the column the model was trained on; if it is missing, `text` cleaned by the
    /// model's text rules]
    #[arg(long, value_name = "COLUMN")]
    pub text_column: Option<String>,
    /// The column of raw texts; the model's text rules are applied to them
    #[arg(long, value_name = "COLUMN", conflicts_with = "text_column")]
    pub raw_text_column: Option<String>,
    /// The field delimiter: one ASCII character, `tab`, or `auto` to detect it from the header
    #[arg(long, default_value = ",", value_parser = streaming::delimiter, value_name = "CHAR|auto")]
    pub delimiter: Delimiter,
    /// The column of probabilities, replaced if it exists; of several classes the beginning of their columns [default: the model's own,
    /// `prob_hatred` of two classes, otherwise `prob_CLASS` each]
    #[arg(long, value_name = "COLUMN")]
    pub probability_column: Option<String>,
    /// The column of predicted labels, replaced if it exists
    #[arg(long, default_value = "predicted", value_name = "COLUMN")]
    pub predicted_column: String,
    /// Also write each model's probabilities, in columns that end in the model's name
    #[arg(long)]
    pub keep_columns: bool,
    /// Of two classes, predict the second above this probability [default: 0.5]
    #[arg(long, value_parser = threshold, value_name = "P")]
    pub threshold: Option<f64>,
    /// What stands in for a missing model
    #[command(flatten)]
    pub untrained: UntrainedArgs,
    /// Where and in which kind of number
    #[command(flatten)]
    pub compute: ComputeArgs,
    /// Replace the output if it exists
    #[arg(long)]
    pub force: bool,
    /// Hide progress
    #[arg(short, long)]
    pub quiet: bool,
}

/// What stands in for a model that is missing.
#[derive(Debug, Args)]
pub struct UntrainedArgs {
    /// If there is no model folder, continue with an untrained head: its predictions are random
    #[arg(long)]
    pub allow_untrained: bool,
    /// The encoder of an untrained model
    #[arg(
        long,
        default_value = "distilbert-base-uncased",
        value_name = "NAME|DIR"
    )]
    pub encoder: String,
    /// The seed of an untrained head
    #[arg(long, default_value_t = 42, value_name = "N", value_parser = number::seed)]
    pub seed: u64,
}

fn threshold(written: &str) -> Result<f64, String> {
    let number = written.parse::<f64>().ok();
    number
        .filter(|number| (0.0..=1.0).contains(number))
        .ok_or_else(|| "must be a number from 0 to 1".to_owned())
}
