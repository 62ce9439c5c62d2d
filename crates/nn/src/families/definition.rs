//! What a family has to say of itself.

use crate::NnError;
use crate::config::{EncoderConfig, Keys};
use crate::embeddings::Embeddings;
use crate::family::Family;
use crate::layers::Take;
use crate::shapes::Shapes;
use crate::stack::Layers;

/// The two halves of an encoder.
pub(crate) type Parts = (Embeddings, Box<dyn Layers>);

/// What a family is.
pub(crate) struct Definition {
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

impl Definition {
    /// The class of the bare encoder in transformers.
    pub(crate) fn model_class(&self) -> String {
        format!("{}Model", self.class)
    }
}
