//! The families of encoders, a file each: paper, keys of config.json, blocks, and names in a checkpoint.

mod albert;
mod bert;
mod deberta_v2;
mod definition;
mod distilbert;
mod electra;
mod model2vec;
mod modernbert;
mod mpnet;
mod roberta;

use super::config::EncoderConfig;
use super::family::Family;
pub(crate) use definition::{BlockCount, Definition};
pub(crate) use model2vec::{sized, take_rows};

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
            Self::Model2Vec => &model2vec::DEFINITION,
            Self::ModernBert => &modernbert::DEFINITION,
            Self::Mpnet => &mpnet::DEFINITION,
            Self::Roberta => &roberta::ROBERTA,
            Self::XlmRoberta => &roberta::XLM_ROBERTA,
        }
    }
}

/// Blocks that have weights of their own.
pub(crate) fn blocks(config: &EncoderConfig) -> i64 {
    let counts = (config.family.definition().counts)(config);
    counts.iter().map(|count| count.count).product()
}
