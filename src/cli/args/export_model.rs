//! The options of `export-model`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

/// What `export-model` is asked for.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("output").required(true)))]
pub struct ExportModelArgs {
    /// A model folder, as `train` and `distill` make them
    #[arg(value_name = "DIR")]
    pub model: PathBuf,
    /// The ONNX file to write: inputs `input_ids` and `attention_mask`, output `probabilities`, a column per class
    #[arg(long, value_name = "FILE", group = "output")]
    pub onnx: Option<PathBuf>,
    /// The new folder to write for `AutoModelForSequenceClassification` and `pipeline` of transformers (DistilBERT, DeBERTa-v2 and -v3;
    /// pooling `cls`)
    #[arg(long, value_name = "FOLDER", group = "output")]
    pub transformers: Option<PathBuf>,
    /// The kind of number of matrix products: f32, or 8-bit integers, a quarter of the size and faster on processors
    #[arg(long, value_enum, default_value_t = ExportPrecision::F32, conflicts_with = "transformers")]
    pub precision: ExportPrecision,
    /// Replace the ONNX file if it exists
    #[arg(long, conflicts_with = "transformers")]
    pub force: bool,
    /// Print nothing
    #[arg(short, long)]
    pub quiet: bool,
}

/// What `--precision` of `export-model` can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportPrecision {
    /// IEEE single precision
    F32,
    /// 8-bit integers, with activations quantised as they come
    Int8,
}
