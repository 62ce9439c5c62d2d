//! The command line of `embed`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::compute::ComputeArgs;
use crate::cli::{number, streaming};
use fsl_common::settings::{LongTexts, Pooling};
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
    /// How a text's vector is made from its tokens' vectors [default: as the encoder declares, otherwise mean]
    #[arg(long, value_enum)]
    pub pooling: Option<PoolingArg>,
    /// Scale each vector to length 1, also where the encoder does not declare it
    #[arg(long)]
    pub normalize: bool,
    /// What stands before every text: a text, or the name of a prompt that the encoder declares; `""` for none [default: the
    /// encoder's default prompt]
    #[arg(long, value_name = "TEXT|NAME")]
    pub prompt: Option<String>,
    /// Tokens per text, special ones included [default: as the encoder declares, otherwise 64]
    #[arg(long, value_parser = number::between::<u32>(3, 512), value_name = "N")]
    pub max_tokens: Option<u32>,
    /// What becomes of texts that have more tokens
    #[arg(long, value_enum, default_value_t = LongTextsArg::Truncate)]
    pub long_texts: LongTextsArg,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LongTextsArg {
    /// The first tokens are read
    Truncate,
    /// The first and the last tokens are read: a quarter from the start, the rest from the end
    HeadTail,
    /// All tokens are read, in windows, whose vectors are averaged (`embed` only)
    MeanOfWindows,
}

impl From<LongTextsArg> for LongTexts {
    fn from(long_texts: LongTextsArg) -> Self {
        match long_texts {
            LongTextsArg::Truncate => Self::Truncate,
            LongTextsArg::HeadTail => Self::HeadTail,
            LongTextsArg::MeanOfWindows => Self::MeanOfWindows,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PoolingArg {
    /// The first token's vector
    Cls,
    /// The mean over the tokens
    Mean,
    /// The largest value in each dimension
    Max,
    /// The mean over the tokens, the n-th of which counts n times
    WeightedMean,
    /// The last token's vector
    Last,
    /// The sum over the tokens, divided by the square root of their number
    MeanSqrtLen,
}

impl From<PoolingArg> for Pooling {
    fn from(pooling: PoolingArg) -> Self {
        match pooling {
            PoolingArg::Cls => Self::Cls,
            PoolingArg::Mean => Self::Mean,
            PoolingArg::Max => Self::Max,
            PoolingArg::WeightedMean => Self::WeightedMean,
            PoolingArg::Last => Self::Last,
            PoolingArg::MeanSqrtLen => Self::MeanSqrtLen,
        }
    }
}
