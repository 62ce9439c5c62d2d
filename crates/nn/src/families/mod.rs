//! The families of encoders, a file each: paper, keys of config.json, blocks, and names in a checkpoint.

mod albert;
mod bert;
mod deberta_v2;
mod definition;
mod distilbert;
mod electra;
mod modernbert;
mod mpnet;
mod roberta;

use std::path::Path;

use super::NnError;
use super::config::{EncoderConfig, Keys};
use super::family::Family;
use definition::Definition;

impl Family {
    /// What the family is.
    pub(crate) fn definition(self) -> &'static Definition {
        match self {
            Self::Albert => &albert::DEFINITION,
            Self::Bert => &bert::DEFINITION,
            Self::Camembert => &roberta::CAMEMBERT,
            Self::DebertaV2 => &deberta_v2::DEFINITION,
            Self::DistilBert => &distilbert::DEFINITION,
            Self::Electra => &electra::DEFINITION,
            Self::ModernBert => &modernbert::DEFINITION,
            Self::Mpnet => &mpnet::DEFINITION,
            Self::Roberta => &roberta::ROBERTA,
            Self::XlmRoberta => &roberta::XLM_ROBERTA,
        }
    }
}

impl EncoderConfig {
    /// Checks a config.json, which errors call `path`.
    ///
    /// # Errors
    /// [`NnError::Malformed`] where it is no JSON object, [`NnError::Config`] for the first key that is missing or has a value that
    /// no encoder here can have.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, NnError> {
        let keys = Keys::parse(path, bytes)?;
        let family = keys.family()?;
        (family.definition().config)(&keys, family)
    }
}
