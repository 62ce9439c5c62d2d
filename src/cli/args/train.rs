//! The options of `train` and `distill`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{LongTextsArg, PoolingArg};
use crate::cli::compute::ComputeArgs;
use crate::cli::error::CliError;
use crate::cli::{number, streaming};
use fsl_common::classes::Classes;
use fsl_common::settings::model_folder::TextRules;
use fsl_common::settings::{FitParams, LossName, LossParams, ParamError, Pooling, Sampling};
use fsl_data::label_text;
use fsl_data::stream::Delimiter;

#[derive(Debug, Args)]
pub struct TrainArgs {
    /// A CSV file of labelled texts, plain, gzipped or alone in a zip archive; `-` for standard input
    #[arg(value_name = "FILE")]
    pub input: PathBuf,
    /// The column in which `infer` writes this model's probabilities [default: `prob_hatred`; of several classes `prob_CLASS` each]
    #[arg(long, value_name = "COLUMN")]
    pub probability_column: Option<String>,
    #[command(flatten)]
    pub fit: FitArgs,
}

#[derive(Debug, Args)]
pub struct DistillArgs {
    /// A CSV file of texts with a teacher's probabilities, plain, gzipped or alone in a zip archive; `-` for standard input
    #[arg(value_name = "FILE")]
    pub input: PathBuf,
    /// The column of the teacher's probabilities; `infer` writes this model's under the same name [default: `prob_hatred`; of several
    /// classes all columns `prob_CLASS`]
    #[arg(long, value_name = "COLUMN")]
    pub probability_column: Option<String>,
    /// The loss
    #[arg(long, value_enum, default_value_t = LossArg::Bce)]
    loss: LossArg,
    /// The weight of the hard labels in the loss, from 0 to 1 [default: 0]
    #[arg(long, value_name = "A", value_parser = number::real)]
    alpha: Option<f64>,
    /// The temperature of the loss [default: 1; 5 with `reference`]
    #[arg(long, value_name = "T", value_parser = number::real)]
    temperature: Option<f64>,
    #[command(flatten)]
    pub fit: FitArgs,
}

impl DistillArgs {
    /// The loss with its weights, checked.
    ///
    /// # Errors
    /// [`CliError::Param`] for a value out of range.
    pub fn loss(&self) -> Result<LossParams, CliError> {
        let base = match self.loss {
            LossArg::Bce => LossParams::bce(),
            LossArg::Kl => LossParams::usual(LossName::Kl),
            LossArg::Mse => LossParams::usual(LossName::Mse),
            LossArg::Reference => LossParams::reference(),
        };
        let loss = LossParams {
            alpha: self.alpha.unwrap_or(base.alpha),
            temperature: self.temperature.unwrap_or(base.temperature),
            ..base
        };
        loss.check().map_err(by_option)?;
        Ok(loss)
    }

    /// Checks that the loss goes with so many classes.
    ///
    /// # Errors
    /// [`CliError::Usage`] for the option that does not.
    pub fn check_loss(&self, loss: &LossParams, classes: usize) -> Result<(), CliError> {
        let params = self.fit.params()?;
        loss.check_with(&params, classes).map_err(by_option)
    }
}

/// What `train` and `distill` have in common.
#[derive(Debug, Args)]
pub struct FitArgs {
    /// The model folder to write [default: models/ and the name of FILE; `distill` adds `_distilled`]
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// An encoder: a catalogue name, a folder, or hf:org/name@revision
    #[arg(
        long,
        default_value = "distilbert-base-uncased",
        value_name = "NAME|DIR"
    )]
    pub encoder: String,
    /// The column of texts, used as they are
    #[arg(long, default_value = "text_pp", value_name = "COLUMN")]
    pub text_column: String,
    /// The text rules that these texts were cleaned with; `infer` applies them to raw texts [default: reference for `text_pp`, else none]
    #[arg(long, value_enum)]
    rules: Option<RulesArg>,
    /// The column of labels (`distill` reads it in the validation file only)
    #[arg(long, default_value = "category", value_name = "COLUMN")]
    pub label_column: String,
    /// The classes in order, with commas between [default: the labels of FILE; of `distill` its columns of probabilities]
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    classes: Vec<String>,
    /// Of two classes the one that F1, precision and recall are of [default: `1` of `0` and `1`]
    #[arg(long, value_name = "NAME")]
    pub positive: Option<String>,
    /// How the held-out texts are drawn
    #[arg(long, value_enum, default_value_t = SamplingArg::Balanced)]
    sampling: SamplingArg,
    /// The field delimiter: one ASCII character, `tab`, or `auto` to detect it from the header
    #[arg(long, default_value = ",", value_parser = streaming::delimiter, value_name = "CHAR|auto")]
    pub delimiter: Delimiter,
    /// Labelled texts to score after training: a file, or the fraction of FILE to hold out (seeded)
    #[arg(long, value_name = "FILE|FRACTION")]
    pub validation: Option<String>,
    /// Default values for the options that are not given
    #[arg(long, value_enum, default_value_t = RecipeArg::Reference)]
    pub recipe: RecipeArg,
    /// Epochs [default: 30; `stable`: 20, and at least 200 steps]
    #[arg(long, value_name = "N", value_parser = number::at_least::<u32>(1))]
    epochs: Option<u32>,
    /// Batch size [default: 16]
    #[arg(long, value_name = "N", value_parser = number::at_least::<u32>(1))]
    batch_size: Option<u32>,
    /// The learning rate [default: 2e-5]
    #[arg(long, value_name = "RATE", value_parser = number::real)]
    learning_rate: Option<f64>,
    /// Dropout in the head, from 0 to below 1 [default: 0.5; `stable`: 0.1]
    #[arg(long, value_name = "RATE", value_parser = number::real)]
    dropout: Option<f64>,
    /// How the encoder's output is pooled for the head [default: as the encoder declares, otherwise cls]
    #[arg(long, value_enum)]
    pooling: Option<PoolingArg>,
    /// What stands before every text, for `infer` too: a text, or the name of a prompt that the encoder declares; `""` for none
    /// [default: the encoder's default prompt]
    #[arg(long, value_name = "TEXT|NAME")]
    pub prompt: Option<String>,
    /// Tokens per text, special ones included
    #[arg(long, default_value_t = 64, value_parser = number::between::<u32>(3, 512), value_name = "N")]
    pub max_tokens: u32,
    /// What becomes of texts that have more tokens, for `infer` too
    #[arg(long, value_enum, default_value_t = LongTextsArg::Truncate)]
    pub long_texts: LongTextsArg,
    /// The random seed
    #[arg(long, default_value_t = 42, value_name = "N", value_parser = number::seed)]
    pub seed: u64,
    #[command(flatten)]
    pub compute: ComputeArgs,
    /// Replace the model folder if it exists
    #[arg(long)]
    pub force: bool,
    /// Hide progress
    #[arg(short, long)]
    pub quiet: bool,
}

impl FitArgs {
    /// Every hyper-parameter, checked. Who asks for so many epochs gets them: a recipe's least number of steps holds for its own
    /// number of epochs only.
    ///
    /// # Errors
    /// [`CliError::Param`] for a value out of range.
    pub fn params(&self) -> Result<FitParams, CliError> {
        let base = match self.recipe {
            RecipeArg::Reference => FitParams::reference(),
            RecipeArg::Stable => FitParams::stable(),
        };
        let count =
            |given: Option<u32>, default: usize| given.map_or(default, |count| count as usize);
        let params = FitParams {
            epochs: count(self.epochs, base.epochs),
            min_steps: if self.epochs.is_some() {
                0
            } else {
                base.min_steps
            },
            batch_size: count(self.batch_size, base.batch_size),
            learning_rate: self.learning_rate.unwrap_or(base.learning_rate),
            head_dropout: self.dropout.unwrap_or(base.head_dropout),
            pooling: self.pooling().unwrap_or(base.pooling),
            ..base
        };
        params.check().map_err(by_option)?;
        Ok(params)
    }

    /// The pooling that is asked for.
    pub fn pooling(&self) -> Option<Pooling> {
        self.pooling.map(Pooling::from)
    }

    /// The classes that are named, checked.
    ///
    /// # Errors
    /// [`CliError::Usage`] for classes that cannot be.
    pub fn classes(&self) -> Result<Option<Classes>, CliError> {
        if self.classes.is_empty() {
            return Ok(None);
        }
        let names = self.classes.iter().map(|name| label_text(name).to_owned());
        let classes = Classes::new(names.collect(), self.positive.as_deref());
        classes.map(Some).map_err(|error| CliError::Usage {
            option: "--classes",
            problem: error.to_string(),
        })
    }

    /// How held-out texts are drawn.
    pub fn sampling(&self) -> Sampling {
        match self.sampling {
            SamplingArg::Balanced => Sampling::Balanced,
            SamplingArg::Stratified => Sampling::Stratified,
            SamplingArg::Random => Sampling::Random,
        }
    }

    /// The rules that made the column of texts.
    pub fn rules(&self) -> TextRules {
        let usual = if self.text_column == "text_pp" {
            RulesArg::Reference
        } else {
            RulesArg::None
        };
        match self.rules.unwrap_or(usual) {
            RulesArg::None => TextRules::None,
            RulesArg::Reference => TextRules::Reference,
            RulesArg::Tidy => TextRules::Tidy,
        }
    }
}

/// A hyper-parameter out of range, by the option that gave it.
fn by_option(error: ParamError) -> CliError {
    let ParamError { key, got, allowed } = error;
    let option = match key {
        "epochs" => "--epochs",
        "batch-size" => "--batch-size",
        "learning-rate" => "--learning-rate",
        "head-dropout" => "--dropout",
        "loss" => "--loss",
        "alpha" => "--alpha",
        "temperature" => "--temperature",
        _ => return ParamError { key, got, allowed }.into(),
    };
    CliError::Usage {
        option,
        problem: format!("got {got}, must be {allowed}"),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SamplingArg {
    /// As many texts of each class
    Balanced,
    /// Each class by its share
    Stratified,
    /// Without regard to labels
    Random,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LossArg {
    /// Cross-entropy with the teacher's probabilities
    Bce,
    /// Kullback-Leibler divergence at a temperature
    Kl,
    /// Squared error between probabilities at a temperature
    Mse,
    /// The published loss, quirks included
    Reference,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RulesArg {
    /// Texts are unchanged
    None,
    /// The published rules
    Reference,
    /// The tidy rules
    Tidy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RecipeArg {
    /// The published recipe
    Reference,
    /// Mosbach et al. 2021: warm-up, decay, clipped gradients, at least 200 steps
    Stable,
}
