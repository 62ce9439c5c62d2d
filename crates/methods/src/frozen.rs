//! What methods on frozen encoders have in common: features of layers, and names of classes.

use super::label_names::LabelNames;
use super::layered_features::LayeredFeatures;
use super::{Center, EncoderInputs, Requirements, TransferSet};

/// The encoder without what follows the pooling, where layers are read: that is made for the last one.
pub(super) fn layered_encoder(
    encoder: EncoderInputs,
    features: Option<&LayeredFeatures>,
) -> EncoderInputs {
    match features {
        Some(_) => encoder.without_modules(),
        None => encoder,
    }
}

/// A key that does not go with the others, and why.
pub(super) fn conflict(
    features: Option<&LayeredFeatures>,
    names: Option<&LabelNames>,
) -> Option<(&'static str, &'static str)> {
    let of_features = features.and_then(LayeredFeatures::conflict);
    of_features.or_else(|| names?.conflict())
}

impl<'a> Requirements<'a> {
    /// Of a method that learns from the vectors that an encoder gives to the labelled texts, and centres them on the pool where that is asked
    /// for; `size` = how many of its texts are drawn.
    pub(super) fn layered(
        encoder: &'a str,
        features: Option<&LayeredFeatures>,
        size: Option<u32>,
    ) -> Self {
        let is_centred = features.is_some_and(|features| features.center == Center::Pool);
        Self {
            transfer: is_centred.then_some(TransferSet { size }),
            reads_layers: features.is_some(),
            ..Self::frozen_encoder(encoder)
        }
    }
}
