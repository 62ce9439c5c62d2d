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
    /// How many blocks config.json asks for: the product of all counts.
    pub(crate) counts: fn(&EncoderConfig) -> Vec<BlockCount>,
    /// Takes the tensors from a checkpoint.
    pub(crate) load: fn(Take, &EncoderConfig) -> Result<Parts, NnError>,
}

/// How many blocks of a kind config.json asks for. The names of their tensors in a checkpoint have the block's number.
pub(crate) struct BlockCount {
    /// What is counted, in words.
    pub(crate) what: &'static str,
    /// What stands before the number, with `*` for a number of another kind.
    pub(crate) prefix: &'static str,
    /// The key of config.json.
    pub(crate) key: &'static str,
    pub(crate) count: i64,
}

impl BlockCount {
    /// The number in a tensor's name, from 0; as it is written there.
    pub(crate) fn number<'a>(&self, name: &'a str) -> Option<&'a str> {
        let mut parts = self.prefix.split('*');
        let rest = name.strip_prefix(parts.next()?)?;
        let rest = parts.try_fold(rest, |rest, part| {
            let (_, rest) = rest.split_once(part)?;
            Some(rest)
        });
        let (number, _) = rest?.split_once('.')?;
        Some(number)
    }
}

/// The count of a family whose layers have a block of their own each, the names of which begin with `prefix`.
pub(super) fn one_block_per_layer(config: &EncoderConfig, prefix: &'static str) -> Vec<BlockCount> {
    let [_, key, _] = config.size_keys();
    vec![BlockCount {
        what: "layers",
        prefix,
        key,
        count: config.layers,
    }]
}

impl Definition {
    /// The class of the bare encoder in transformers.
    pub(crate) fn model_class(&self) -> String {
        format!("{}Model", self.class)
    }
}
