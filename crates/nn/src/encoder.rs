//! BERT and DistilBERT: one post-layer-norm transformer encoder on packed tokens.
//!
//! Papers: BERT, arXiv 1810.04805; DistilBERT, arXiv 1910.01108; the block, arXiv 1706.03762, section 3.
//! Reference: transformers 5.23.0, `models/bert/modeling_bert.py` and `models/distilbert/modeling_distilbert.py`.
//!
//! Intended differences: no padding outside attention; queries, keys and values come from one product with their weights
//! stacked; no pooler; token type 0 only. Dropout acts where it does in the reference: on the embeddings, on attention
//! probabilities and on the feed-forward output in both families, on the attention output in BERT only.
//!
//! Shapes: `B` texts, `N` tokens in all, `T` tokens of the longest text, `H` hidden, `A` heads, `D = H/A`.

use tch::{Device, Tensor};

use super::batch::{self, Packed};
use super::block::{Block, QueryRows};
use super::config::{EncoderConfig, Family};
use super::dropout::{DropoutRng, dropout};
use super::layers::{LayerNorm, NamedTensors, Parameter, Parameters, join};
use super::pooling::pool;
use super::{NnError, OpenEncoder};
use fsl_common::settings::{Pooling, Precision};

/// Sums of embeddings, normalised.
pub(crate) struct Embeddings {
    /// `[V, H]`; while fitting, only the rows that occur (see [`sparse_embedding`](super::sparse_embedding)).
    pub(crate) word: Tensor,
    /// The row of `word` that never learns, -1 for none.
    pub(crate) padding_row: i64,
    /// `[P, H]`
    position: Tensor,
    /// `[K, H]`, BERT only; row 0 is used.
    token_type: Option<Tensor>,
    norm: LayerNorm,
}

impl Embeddings {
    /// `[N]` → `[N, H]`
    fn forward(&self, batch: &Packed) -> Tensor {
        let mut sum =
            Tensor::embedding(&self.word, &batch.input_ids, self.padding_row, false, false); // [N, H]
        sum = sum.g_add_(&self.position.index_select(0, &batch.position_ids)); // [N, H]
        if let Some(token_type) = &self.token_type {
            sum = sum.g_add_(&token_type.get(0)); // [H] to every row
        }
        self.norm.forward(&sum)
    }
}

/// A BERT or DistilBERT encoder.
pub struct Encoder {
    config: EncoderConfig,
    device: Device,
    pub(crate) embeddings: Embeddings,
    blocks: Vec<Block>,
}

impl Encoder {
    /// Reads the weights, in f32, onto `device`.
    ///
    /// # Errors
    /// [`NnError::Read`], [`NnError::Changed`], [`NnError::Malformed`], [`NnError::MissingTensors`], [`NnError::TensorShape`],
    /// [`NnError::TensorKind`], [`NnError::TensorNotFinite`], [`NnError::UnsafePickle`].
    pub fn load(files: &OpenEncoder, device: Device) -> Result<Self, NnError> {
        let config = files.config().clone();
        let mut tensors = files.weights()?;
        let mut take = |name: &str| tensors.take(name, device);
        let embeddings = Embeddings {
            word: take("embeddings.word_embeddings.weight")?,
            padding_row: config
                .pad_token_id
                .filter(|&id| id < config.vocab_size)
                .unwrap_or(-1),
            position: take("embeddings.position_embeddings.weight")?,
            token_type: match config.family {
                Family::Bert => Some(take("embeddings.token_type_embeddings.weight")?),
                Family::DistilBert => None,
            },
            norm: LayerNorm::load(&mut take, "embeddings.LayerNorm", config.layer_norm_eps)?,
        };
        let blocks = (0..config.layers)
            .map(|layer| Block::load(&mut take, &config, layer))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            config,
            device,
            embeddings,
            blocks,
        })
    }

    /// Every tensor under its name in a checkpoint of transformers: the inverse of [`Encoder::load`].
    pub(crate) fn named(&self) -> NamedTensors {
        let Embeddings {
            word,
            position,
            token_type,
            norm,
            ..
        } = &self.embeddings;
        let mut all = Vec::new();
        let mut table = |name: &str, tensor: &Tensor| {
            all.push((format!("embeddings.{name}.weight"), tensor.shallow_clone()));
        };
        table("word_embeddings", word);
        table("position_embeddings", position);
        if let Some(token_type) = token_type {
            table("token_type_embeddings", token_type);
        }
        norm.export("embeddings.LayerNorm", &mut all);
        for (layer, block) in (0..).zip(&self.blocks) {
            block.export(self.config.family, layer, &mut all);
        }
        all
    }

    /// The last hidden states: `[N, H]`, rows as in `batch`. Dropout is on with masks only, as in training.
    pub fn forward(&self, batch: &Packed, masks: Option<&DropoutRng>) -> Tensor {
        self.run(batch, QueryRows::All, masks)
    }

    /// One row per text: `[B, H]`. For [`Pooling::Cls`] the last block computes the first tokens only.
    pub fn pooled(&self, batch: &Packed, pooling: Pooling, masks: Option<&DropoutRng>) -> Tensor {
        match pooling {
            Pooling::Cls => self.run(batch, QueryRows::First, masks),
            _ => pool(pooling, &self.forward(batch, masks), batch),
        }
    }

    fn run(&self, batch: &Packed, last: QueryRows, masks: Option<&DropoutRng>) -> Tensor {
        let embedded = dropout(
            self.embeddings.forward(batch),
            self.config.hidden_dropout,
            masks,
        );
        let final_layer = self.blocks.len() - 1;
        self.blocks
            .iter()
            .enumerate()
            .fold(embedded, |hidden, (layer, block)| {
                let rows = if layer == final_layer {
                    last
                } else {
                    QueryRows::All
                };
                block.forward(&hidden, batch, rows, masks)
            })
    }

    /// Checks that the encoder can read every text.
    ///
    /// # Errors
    /// [`NnError::Input`] for one that is empty, too long, or has ids beyond the vocabulary.
    pub(crate) fn check<S: AsRef<[i64]>>(&self, texts: &[S]) -> Result<(), NnError> {
        batch::check(texts, self.config.max_positions, self.config.vocab_size)
    }

    /// The same encoder again, for another thread: the weights are shared.
    pub(crate) fn shallow_clone(&self) -> Self {
        let Embeddings {
            word,
            padding_row,
            position,
            token_type,
            norm,
        } = &self.embeddings;
        Self {
            config: self.config.clone(),
            device: self.device,
            embeddings: Embeddings {
                word: word.shallow_clone(),
                padding_row: *padding_row,
                position: position.shallow_clone(),
                token_type: token_type.as_ref().map(Tensor::shallow_clone),
                norm: norm.shallow_clone(),
            },
            blocks: self.blocks.iter().map(Block::shallow_clone).collect(),
        }
    }

    /// The shape of the encoder.
    pub fn config(&self) -> &EncoderConfig {
        &self.config
    }

    /// Where its tensors live.
    pub fn device(&self) -> Device {
        self.device
    }

    /// Chooses the kind of products for a fit.
    ///
    /// # Errors
    /// [`NnError::Precision`] for int8.
    pub(crate) fn set_training_precision(&mut self, precision: Precision) -> Result<(), NnError> {
        self.blocks
            .iter_mut()
            .try_for_each(|block| block.set_training_precision(precision))
    }

    /// Chooses the kind of products for inference and makes the weights ready for it. To be called again whenever weights
    /// have changed.
    ///
    /// # Errors
    /// [`NnError::Precision`] where libtorch has no such products here.
    pub fn set_inference_precision(&mut self, precision: Precision) -> Result<(), NnError> {
        let last = self.blocks.len() - 1;
        self.blocks
            .iter_mut()
            .enumerate()
            .try_for_each(|(layer, block)| block.set_inference_precision(precision, layer == last))
    }

    #[cfg(test)]
    pub(crate) fn force_bf16(&mut self, native: bool) {
        for block in &mut self.blocks {
            block.force_bf16(native);
        }
    }

    /// Replaces the encoder's own dropout rates, all of them by `rate`.
    pub(crate) fn set_dropout(&mut self, rate: f64) {
        self.config.hidden_dropout = rate;
        self.config.attention_dropout = rate;
        for block in &mut self.blocks {
            block.set_dropout(self.config.family, rate, rate);
        }
    }

    /// The parameters of the last `count` blocks, for new initial values.
    pub(crate) fn top_blocks(&mut self, count: usize) -> Vec<Parameter<'_>> {
        let first = self.blocks.len().saturating_sub(count);
        let mut all = Vec::new();
        for (layer, block) in self.blocks.iter_mut().enumerate().skip(first) {
            block.visit(&format!("block.{layer}"), &mut |parameter| {
                all.push(parameter);
            });
        }
        all
    }
}

impl Parameters for Encoder {
    fn visit<'a>(&'a mut self, prefix: &str, visit: &mut dyn FnMut(Parameter<'a>)) {
        let embeddings = &mut self.embeddings;
        visit(Parameter {
            name: join(prefix, "embeddings.word"),
            tensor: &mut embeddings.word,
        });
        visit(Parameter {
            name: join(prefix, "embeddings.position"),
            tensor: &mut embeddings.position,
        });
        if let Some(token_type) = &mut embeddings.token_type {
            visit(Parameter {
                name: join(prefix, "embeddings.token_type"),
                tensor: token_type,
            });
        }
        embeddings
            .norm
            .visit(&join(prefix, "embeddings.norm"), visit);
        for (layer, block) in self.blocks.iter_mut().enumerate() {
            block.visit(&join(prefix, &format!("block.{layer}")), visit);
        }
    }
}
