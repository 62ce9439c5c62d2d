//! The command line of `embed`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::compute::ComputeArgs;
use crate::cli::{number, streaming};
use fsl_data::stream::Delimiter;

#[derive(Debug, Args)]
pub struct EmbedArgs {
    /// An encoder: a catalogue name, a folder, or hf:org/name@revision
    #[arg(long, value_name = "NAME|DIR")]
    pub encoder: String,
    /// A CSV file of texts, plain, gzipped or alone in a zip archive; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub input: PathBuf,
    /// The field delimiter: one ASCII character, `tab`, or `auto` to detect it from the header
    #[arg(long, default_value = ",", value_parser = streaming::delimiter, value_name = "CHAR|auto")]
    pub delimiter: Delimiter,
    /// The column of texts
    #[arg(long, default_value = "text", value_name = "COLUMN")]
    pub text_column: String,
    /// How a text's vector is made from its tokens' vectors
    #[arg(long, value_enum, default_value_t = PoolingArg::Mean)]
    pub pooling: PoolingArg,
    /// Scale each vector to length 1
    #[arg(long)]
    pub normalize: bool,
    /// Tokens per text, special ones included; longer texts are truncated
    #[arg(long, default_value_t = Self::USUAL_MAX_TOKENS, value_parser = number::between::<u32>(3, 512))]
    pub max_tokens: u32,
    #[command(flatten)]
    pub compute: ComputeArgs,
    /// The file to write: columns index, e0, e1, …; gzipped if its name ends with `.gz`; `-` for standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Replace the output if it exists
    #[arg(long)]
    pub force: bool,
    /// Hide progress
    #[arg(short, long)]
    pub quiet: bool,
}

impl EmbedArgs {
    /// Tokens per text where the option is left out.
    pub const USUAL_MAX_TOKENS: u32 = 64;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PoolingArg {
    Cls,
    Mean,
}
