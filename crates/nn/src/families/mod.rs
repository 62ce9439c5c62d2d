//! The families of encoders, a file each: paper, keys of config.json, blocks, and names in a checkpoint.

mod albert;
mod bert;
mod distilbert;
mod electra;
mod mpnet;
mod roberta;

use super::NnError;
use super::activation::one_of;
use super::config::{EncoderConfig, Keys};
use super::embeddings::Embeddings;
use super::layers::Take;
use super::stack::Layers;
use super::weights::Shapes;

/// The family of an encoder: which keys config.json has, which names its checkpoint uses, and what it computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// ALBERT (arXiv 1909.11942).
    Albert,
    /// BERT (arXiv 1810.04805) and what shares its code: MiniLM, XtremeDistil.
    Bert,
    /// CamemBERT (arXiv 1911.03894).
    Camembert,
    /// DistilBERT (arXiv 1910.01108).
    DistilBert,
    /// ELECTRA (arXiv 2003.10555), the discriminator.
    Electra,
    /// MPNet (arXiv 2004.09297).
    Mpnet,
    /// RoBERTa (arXiv 1907.11692).
    Roberta,
    /// XLM-RoBERTa (arXiv 1911.02116).
    XlmRoberta,
}

/// What only one family has in its config.json.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FamilySettings {
    /// Nothing.
    None,
    Albert(albert::Settings),
    Mpnet(mpnet::Settings),
}

/// The two halves of an encoder.
pub(crate) type Parts = (Embeddings, Box<dyn Layers>);

/// What a family is.
pub(crate) struct Definition {
    /// Its `model_type` in config.json.
    pub(crate) model_type: &'static str,
    /// What people call it.
    pub(crate) name: &'static str,
    /// What the names in a checkpoint begin with where the encoder was saved below a head.
    pub(crate) prefix: &'static str,
    /// What its classes in transformers are called, before `Model`.
    pub(crate) class: &'static str,
    /// Its tokenizer's class in transformers.
    pub(crate) tokenizer_class: &'static str,
    /// Reads config.json.
    pub(crate) config: fn(&Keys, Family) -> Result<EncoderConfig, NnError>,
    /// Every tensor that the encoder needs, with its shape.
    pub(crate) shapes: fn(&EncoderConfig) -> Shapes,
    /// What the names of one layer more than config.json asks for would begin with.
    pub(crate) next_layer: fn(&EncoderConfig) -> String,
    /// Takes the tensors from a checkpoint.
    pub(crate) load: fn(Take, &EncoderConfig) -> Result<Parts, NnError>,
}

impl Family {
    /// All families, as errors list them.
    pub(crate) const ALL: [Self; 8] = [
        Self::Albert,
        Self::Bert,
        Self::Camembert,
        Self::DistilBert,
        Self::Electra,
        Self::Mpnet,
        Self::Roberta,
        Self::XlmRoberta,
    ];

    /// What the family is.
    pub(crate) fn definition(self) -> &'static Definition {
        match self {
            Self::Albert => &albert::DEFINITION,
            Self::Bert => &bert::DEFINITION,
            Self::Camembert => &roberta::CAMEMBERT,
            Self::DistilBert => &distilbert::DEFINITION,
            Self::Electra => &electra::DEFINITION,
            Self::Mpnet => &mpnet::DEFINITION,
            Self::Roberta => &roberta::ROBERTA,
            Self::XlmRoberta => &roberta::XLM_ROBERTA,
        }
    }

    /// The family of this `model_type`, or all that there are.
    pub(crate) fn parse(model_type: &str) -> Result<Self, String> {
        let types = || {
            Self::ALL
                .iter()
                .map(|family| family.definition().model_type)
        };
        let found = Self::ALL
            .iter()
            .zip(types())
            .find(|(_, name)| *name == model_type);
        found
            .map(|(family, _)| *family)
            .ok_or_else(|| one_of(types()))
    }

    /// What people call all families: `A, B and C`.
    pub(crate) fn names() -> String {
        let names = Self::ALL.map(|family| family.definition().name);
        let [others @ .., last] = &names;
        format!("{} and {last}", others.join(", "))
    }

    /// The class of the bare encoder in transformers.
    pub(crate) fn model_class(self) -> String {
        format!("{}Model", self.definition().class)
    }
}
