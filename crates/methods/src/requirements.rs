//! Requirements of a method: random streams, texts, an encoder, another row's predictions.

use super::{RowRef, Threshold};
use fsl_common::seed::Stream;
use fsl_common::settings::{FitParams, Pooling};

/// What a method draws from, learns from and builds on. The default: nothing but the test texts and what they say.
#[derive(Debug, Clone, Copy, Default)]
pub struct Requirements<'a> {
    /// The random streams that its trials draw from, the sampling of texts apart.
    pub streams: &'static [Stream],
    /// The encoder: by its name in a spec, by its checksum in a key.
    pub encoder: Option<&'a str>,
    /// What a spec lets stand before every text: a text, or the name of a declared prompt.
    pub prompt: Option<&'a str>,
    /// How the tokens' vectors become the text's, where a spec says it.
    pub pooling: Option<Pooling>,
    /// The layer that asks for the most blocks, where it does not read the encoder's output alone; below 0, it counts from the end.
    pub farthest_layer: Option<i32>,
    /// Above which score a text is of the second of two classes, where it is not left at one half.
    pub threshold: Option<Threshold>,
    /// Whether its probabilities are scaled by a temperature.
    pub temperature: bool,
    /// Whether it learns from the labelled training texts.
    pub labelled_texts: bool,
    /// Whether only the number of texts matters, not what they say.
    pub ignores_words: bool,
    /// The texts without labels that it learns from.
    pub transfer: Option<TransferSet>,
    /// The row whose predictions it builds on, in a spec.
    pub base: Option<Base<'a>>,
    /// What becomes of the weights of its encoder.
    pub weights: EncoderWeights,
    /// The files that its probabilities are read from.
    pub imported: Option<Imported<'a>>,
}

/// What becomes of the weights of an encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EncoderWeights {
    /// They stay as they are, or there is no encoder.
    #[default]
    Frozen,
    /// They are trained, and of no use after the trial.
    Trained,
    /// They are trained, and can be kept and used again.
    Kept,
}

/// Files of probabilities that another program made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported<'a> {
    /// The probabilities of the test texts: a path in a spec, a checksum in a key.
    pub file: &'a str,
    /// Those of the transfer texts.
    pub transfer: Option<&'a str>,
    /// Whether every trial has a file of its own.
    pub is_numbered: bool,
    /// Whether every number of training texts has files of its own.
    pub names_size: bool,
}

/// Texts without labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferSet {
    /// How many of them are drawn; `None` = all.
    pub size: Option<u32>,
    /// The key that asks for them, where the method can do without.
    pub asked_by: Option<&'static str>,
}

/// A row whose predictions a method builds on.
#[derive(Debug, Clone, Copy)]
pub struct Base<'a> {
    /// The key of the settings that names it.
    pub key: &'static str,
    /// The row.
    pub row: &'a RowRef,
    /// What its trials serve as.
    pub role: BaseRole,
}

/// What the trials of a base row serve as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaseRole {
    /// Members of a mean. The method has no trials of its own.
    Members {
        /// How many, from the first; `None` = all.
        size: Option<u32>,
    },
    /// Teachers, whose probabilities for the transfer set are learnt from.
    Teacher,
}

impl<'a> Requirements<'a> {
    /// The same of a method that cannot do without transfer texts; `size` = how many of them are drawn.
    #[must_use]
    pub(super) fn with_transfer(self, size: Option<u32>) -> Self {
        let transfer = TransferSet {
            size,
            asked_by: None,
        };
        Self {
            transfer: Some(transfer),
            ..self
        }
    }

    /// Whether only a program that links libtorch can run it.
    pub fn libtorch(&self) -> bool {
        self.encoder.is_some()
    }

    /// Whether it changes the weights of its encoder.
    pub fn trains_encoder(&self) -> bool {
        self.weights != EncoderWeights::Frozen
    }

    /// Whether a fit leaves weights that can be kept and used again.
    pub fn keeps_weights(&self) -> bool {
        self.weights == EncoderWeights::Kept
    }

    /// Whether it has trials of its own; otherwise it is computed from those of its base.
    pub fn has_trials(&self) -> bool {
        self.members().is_none()
    }

    /// The row whose trials' mean it is, and how many of them.
    pub fn members(&self) -> Option<(&'a RowRef, Option<u32>)> {
        match self.base {
            Some(Base {
                row,
                role: BaseRole::Members { size },
                ..
            }) => Some((row, size)),
            _ => None,
        }
    }

    /// The row that teaches it.
    pub fn teacher(&self) -> Option<&'a RowRef> {
        self.base
            .filter(|base| base.role == BaseRole::Teacher)
            .map(|base| base.row)
    }

    /// Whether another program made each of its trials: they differ although nothing is drawn here.
    pub fn is_numbered(&self) -> bool {
        self.imported.is_some_and(|imported| imported.is_numbered)
    }

    /// Whether nothing is known of the texts that it learnt from: another program made its only trial.
    pub fn learnt_elsewhere(&self) -> bool {
        self.imported.is_some_and(|imported| !imported.is_numbered)
    }

    /// Whether another program made its trials for each number of training texts.
    pub fn names_size(&self) -> bool {
        self.imported.is_some_and(|imported| imported.names_size)
    }

    /// Whether it learns from any texts.
    pub fn learns(&self) -> bool {
        self.labelled_texts || self.transfer.is_some()
    }

    /// Whether it draws labelled or transfer texts; `train_size` = whether the spec asks for a part of the labelled ones. Trials that
    /// another program made are taken to have learnt from the draws of the same number, as `fsl-exp export --samples` lists them.
    pub fn samples(&self, train_size: bool) -> bool {
        self.transfer
            .is_some_and(|transfer| transfer.size.is_some())
            || ((self.labelled_texts || self.is_numbered()) && train_size)
    }
}

/// What a trial's time depends on, beside the sizes of texts and encoder.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Arithmetic per text without an encoder, in coin tosses; 64 of them take about three nanoseconds.
    pub tosses_per_text: f64,
    /// Seconds of one more fit, once its texts are embedded; about so many, with some thousand transfer texts where it learns from any.
    pub fit_secs: f64,
    /// Seconds to choose among candidates.
    pub selection_secs: f64,
    /// The training of an encoder.
    pub training: Option<Passes>,
}

/// How many texts go through an encoder while it is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passes {
    /// Passes over the texts that are learnt from.
    pub epochs: u64,
    /// The least number of texts, over all passes.
    pub least_texts: u64,
}

impl From<&FitParams> for Passes {
    fn from(params: &FitParams) -> Self {
        Self {
            epochs: params.epochs as u64,
            least_texts: (params.min_steps * params.batch_size) as u64,
        }
    }
}

impl Default for Cost {
    /// The words of a text take about 20 microseconds.
    fn default() -> Self {
        Self {
            tosses_per_text: 4e5,
            fit_secs: 1e-3,
            selection_secs: 0.0,
            training: None,
        }
    }
}
