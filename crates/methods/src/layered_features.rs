//! Features of frozen encoders out of several layers: `x = [√g_l · N(h_l − μ_l)]` over layers `l`, end to end.
//!
//! `h_l` is the text's pooled row at layer `l`, `μ_l` the mean of such rows over the texts that are the centre, `N` scales to length 1, and
//! the weights `g` sum to 1. Middle layers tell more about few texts than the last one, whose directions most texts share.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Embedder, MethodError};
use fsl_common::settings::Pooling;

/// Which layers of the encoder become the features of a text, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LayeredFeatures {
    /// The layers, each once, in ascending order: 0 is the embeddings' output, the largest the number of blocks. Below 0, they count from the
    /// end: -1 is the last one.
    #[schemars(length(min = 1, max = 128), inner(range(min = -1000, max = 1000)))]
    pub layers: Vec<i32>,
    /// How much each layer counts. Only their ratios matter. Default: all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(range(min = 1e-6, max = 1e6)))]
    pub weights: Vec<f64>,
    /// The texts whose mean is taken from every layer before it is scaled.
    #[serde(default)]
    pub center: Center,
    /// Scale every layer to length 1.
    #[serde(default = "default_normalize")]
    pub normalize: bool,
}

fn default_normalize() -> bool {
    true
}

/// The texts whose mean is taken from every layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Center {
    /// None.
    #[default]
    None,
    /// The labelled training texts.
    Train,
    /// The pool: the transfer texts, whose labels nobody knows.
    Pool,
}

impl LayeredFeatures {
    /// The layer that asks for the most blocks.
    pub(super) fn farthest_layer(&self) -> i32 {
        let layers = self.layers.iter().copied();
        layers
            .max_by_key(|&layer| blocks_for(layer))
            .unwrap_or_default()
    }

    /// A key that does not go with the others, and why.
    pub(super) fn conflict(&self) -> Option<(&'static str, &'static str)> {
        if !self.layers.is_sorted_by(|a, b| a < b) {
            return Some((
                "features.layers",
                "layers stand in ascending order, each once",
            ));
        }
        if self.layers.first().is_some_and(|&first| first < 0) && self.layers.last() >= Some(&0) {
            return Some((
                "features.layers",
                "either all layers count from 0, or all from the end, below 0",
            ));
        }
        let fits = self.weights.is_empty() || self.weights.len() == self.layers.len();
        (!fits).then_some(("features.weights", "there is one weight for each layer"))
    }

    /// The same with weights that are spelled out and sum to 1.
    pub(super) fn resolved(&self) -> Self {
        let given = match self.weights.as_slice() {
            [] => vec![1.0; self.layers.len()],
            weights => weights.to_vec(),
        };
        let sum: f64 = given.iter().sum();
        Self {
            weights: given.iter().map(|weight| weight / sum).collect(),
            ..self.clone()
        }
    }
}

/// How many blocks an encoder has at least that has this layer.
pub fn blocks_for(layer: i32) -> i64 {
    let layer = i64::from(layer);
    if layer < 0 { -layer - 1 } else { layer }
}

/// The layers as an encoder of so many blocks counts them.
fn counted(layers: &[i32], blocks: u32) -> Result<Vec<u32>, MethodError> {
    let counted = layers.iter().map(|&layer| {
        let deepest = i64::from(blocks);
        let from_start = match i64::from(layer) {
            from_end @ ..0 => deepest + 1 + from_end,
            from_start => from_start,
        };
        let found = u32::try_from(from_start)
            .ok()
            .filter(|&found| found <= blocks);
        found.ok_or(MethodError::NoLayer { layer, deepest })
    });
    counted.collect()
}

/// What makes a text's features: pooled rows, as they come or layer by layer.
pub(super) struct FeatureMaker<'a> {
    encoder: &'a dyn Embedder,
    pooling: Pooling,
    layered: Option<&'a LayeredFeatures>,
    /// The mean of each layer, end to end, where it is taken.
    center: Option<Vec<f64>>,
    /// The raw rows of the texts that the mean was taken over.
    centered: Option<(Center, Rows)>,
}

/// Rows of features, one for each text.
pub(super) type Rows = Vec<Vec<f32>>;

impl<'a> FeatureMaker<'a> {
    /// Finds the means of the layers over the texts that are the centre.
    pub(super) fn new(
        encoder: &'a dyn Embedder,
        pooling: Pooling,
        layered: Option<&'a LayeredFeatures>,
        (train, pool): (&[String], &[String]),
    ) -> Result<Self, MethodError> {
        let mut maker = Self {
            encoder,
            pooling,
            layered,
            center: None,
            centered: None,
        };
        let center = layered.map_or(Center::None, |layered| layered.center);
        let texts = match center {
            Center::None => return Ok(maker),
            Center::Train => train,
            Center::Pool => pool,
        };
        if texts.is_empty() {
            return Err(MethodError::FewTransferTexts { got: 0 });
        }
        let rows = maker.raw(texts, &mut |_| {})?;
        maker.center = Some(mean(&rows));
        maker.centered = Some((center, rows));
        Ok(maker)
    }

    /// The features of the labelled training texts.
    pub(super) fn of_train(&mut self, train: &[String]) -> Result<Rows, MethodError> {
        self.of_center(Center::Train, train)
    }

    /// The features of the pool.
    pub(super) fn of_pool(&mut self, pool: &[String]) -> Result<Rows, MethodError> {
        self.of_center(Center::Pool, pool)
    }

    /// The features of texts whose raw rows may be there already, from which they are made then.
    fn of_center(&mut self, center: Center, texts: &[String]) -> Result<Rows, MethodError> {
        match self.centered.take_if(|(known, _)| *known == center) {
            Some((_, raw)) => Ok(self.features(raw)),
            None => self.of(texts, &mut |_| {}),
        }
    }

    /// The pooled rows of each text: that of the last layer, or those of all chosen layers end to end.
    pub(super) fn raw(
        &self,
        texts: &[String],
        on_text: &mut dyn FnMut(usize),
    ) -> Result<Rows, MethodError> {
        match self.layered {
            None => self.encoder.embed(texts, self.pooling, on_text),
            Some(layered) => {
                let layers = counted(&layered.layers, self.encoder.blocks())?;
                self.encoder
                    .embed_layers(texts, self.pooling, &layers, on_text)
            }
        }
    }

    /// Features from raw rows.
    pub(super) fn features(&self, raw: Rows) -> Rows {
        let Some(layered) = self.layered else {
            return raw;
        };
        raw.into_iter()
            .map(|row| self.layered_row(layered, &row))
            .collect()
    }

    /// The features of each text.
    pub(super) fn of(
        &self,
        texts: &[String],
        on_text: &mut dyn FnMut(usize),
    ) -> Result<Rows, MethodError> {
        Ok(self.features(self.raw(texts, on_text)?))
    }

    fn layered_row(&self, layered: &LayeredFeatures, row: &[f32]) -> Vec<f32> {
        let width = row.len() / layered.layers.len().max(1);
        let mut features = Vec::with_capacity(row.len());
        let mut layer = vec![0.0; width];
        for (number, (values, weight)) in row
            .chunks_exact(width.max(1))
            .zip(&layered.weights)
            .enumerate()
        {
            for (at, value) in values.iter().enumerate() {
                let center = self.center.as_ref();
                let center = center.map_or(0.0, |center| center[number * width + at]);
                layer[at] = f64::from(*value) - center;
            }
            let length = layer.iter().map(|value| value * value).sum::<f64>().sqrt();
            let factor = if layered.normalize && length > 0.0 {
                weight.sqrt() / length
            } else {
                weight.sqrt()
            };
            features.extend(layer.iter().map(|value| (value * factor) as f32));
        }
        features
    }
}

/// The mean of all rows, of which there is at least one.
pub(super) fn mean(rows: &[Vec<f32>]) -> Vec<f64> {
    let mut sums = vec![0.0; rows.first().map_or(0, Vec::len)];
    for row in rows {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += f64::from(*value);
        }
    }
    let count = rows.len() as f64;
    sums.into_iter().map(|sum| sum / count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_count_from_the_end_as_well() {
        let said = |layers: &[i32]| counted(layers, 6).map_err(|error| error.to_string());
        assert_eq!(said(&[0, 3, 6]), Ok(vec![0, 3, 6]));
        assert_eq!(said(&[-7, -4, -1]), Ok(vec![0, 3, 6]));
        for (layers, wrong) in [([5, 7], 7), ([-8, -1], -8)] {
            let expected = format!(
                "`features.layers`: got {wrong}, the encoder's layers are 0 (its embeddings) to 6, or -7 to -1 from the end"
            );
            assert_eq!(said(&layers), Err(expected));
        }
        assert_eq!([0, 6, -1, -7].map(blocks_for), [0, 6, 0, 6]);
    }

    #[test]
    fn layers_are_counted_in_one_way() {
        let key = |layers: &[i32]| {
            let features = serde_json::json!({ "layers": layers });
            let features: LayeredFeatures = serde_json::from_value(features).unwrap();
            features.conflict().map(|(_, why)| why)
        };
        assert_eq!(key(&[-2, -1]), None);
        assert_eq!(key(&[0, 1]), None);
        let mixed = Some("either all layers count from 0, or all from the end, below 0");
        assert_eq!(key(&[-2, 0]), mixed);
        let order = Some("layers stand in ascending order, each once");
        assert_eq!(key(&[-1, -2]), order);
    }
}
