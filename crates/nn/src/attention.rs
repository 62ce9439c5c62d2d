//! Multi-head self-attention on packed tokens, from hidden states to the output map.
//!
//! Paper: arXiv 1706.03762, section 3.2. Families that change queries and keys, or add to the scores, do so between the steps.

use tch::{Kind, Tensor};

use super::NnError;
use super::batch::Packed;
use super::dropout::{DropoutRng, dropout};
use super::linear::Linear;
use fsl_common::settings::Precision;

/// Which rows a block computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QueryRows {
    /// `[N, H]`, every token.
    All,
    /// `[B, H]`, the first token of every text, which is all that the last block owes to [`Pooling::Cls`](fsl_common::settings::Pooling).
    First,
}

/// Multi-head self-attention.
pub(crate) struct Attention {
    /// `[3·H, H]`: queries, keys, values
    pub(crate) qkv: Linear,
    /// `[H, H]` and `[2·H, H]`: queries alone, keys and values, made ready for inference in the last block.
    parts: Option<[Linear; 2]>,
    /// `[H, H]`
    pub(crate) output: Linear,
    pub(crate) heads: i64,
    /// Of products of queries and keys: `1/√D`, unless a family says otherwise.
    pub(crate) scale: f64,
    /// Of the probabilities.
    pub(crate) dropout: f64,
}

impl Attention {
    /// Attention of f32 products, without dropout.
    pub(crate) fn new(qkv: Linear, output: Linear, heads: i64) -> Self {
        let width = output.weight.size()[1] / heads;
        Self {
            qkv,
            parts: None,
            output,
            heads,
            scale: 1.0 / (width as f64).sqrt(),
            dropout: 0.0,
        }
    }

    /// `softmax(q·kᵀ/√D + mask)·v` per head, then the output map: `[N, H]` → `[N, H]`, or `[B, H]` for [`QueryRows::First`].
    /// The mask, padding in it, is of a shape that spreads to `[B, A, T, T]`.
    pub(crate) fn forward(
        &self,
        hidden: &Tensor,
        batch: &Packed,
        mask: Option<&Tensor>,
        rows: QueryRows,
        masks: Option<&DropoutRng>,
    ) -> Tensor {
        let [query, key, value] = self.project(hidden, batch, rows);
        let mask = mask.map(|mask| query_rows(mask, rows).to_kind(query.kind()));
        let context = self.attend(&query, &key, &value, mask.as_ref(), masks);
        self.project_output(&context, batch, rows)
    }

    /// Queries, keys and values: `[B, A, T, D]` each, the queries `[B, A, 1, D]` for [`QueryRows::First`].
    pub(crate) fn project(&self, hidden: &Tensor, batch: &Packed, rows: QueryRows) -> [Tensor; 3] {
        match rows {
            QueryRows::All => self.project_all(hidden, batch),
            QueryRows::First => self.project_first(hidden, batch),
        }
    }

    /// `softmax(q·kᵀ/√D + mask)·v`: `[B, A, 1 or T, D]`. The mask is of a shape that spreads to `[B, A, 1 or T, T]`.
    pub(crate) fn attend(
        &self,
        query: &Tensor,
        key: &Tensor,
        value: &Tensor,
        mask: Option<&Tensor>,
        masks: Option<&DropoutRng>,
    ) -> Tensor {
        if masks.is_some() {
            return self.attend_with_dropout(query, key, value, mask, masks);
        }
        let [texts, heads, queries, _] = query.size()[..] else {
            unreachable!("four dimensions")
        };
        let tokens = key.size()[2];
        let mask = mask.map(|mask| mask.expand([texts, heads, queries, tokens], false));
        Tensor::scaled_dot_product_attention(query, key, value, mask, 0.0, false, self.scale, false)
    }

    /// The heads side by side and through the output map: `[B, A, 1 or T, D]` → `[N, H]`, or `[B, H]` for
    /// [`QueryRows::First`].
    pub(crate) fn project_output(
        &self,
        context: &Tensor,
        batch: &Packed,
        rows: QueryRows,
    ) -> Tensor {
        let hidden = self.output.weight.size()[1];
        let context = context.transpose(1, 2).reshape([-1, hidden]); // [B or B·T, H]
        match rows {
            QueryRows::All => self.output.forward(&batch.unpad(&context)),
            QueryRows::First => self.output.forward(&context),
        }
    }

    /// Queries, keys and values of all tokens, `[B, A, T, D]` each, from one product.
    fn project_all(&self, hidden: &Tensor, batch: &Packed) -> [Tensor; 3] {
        let qkv = batch.pad(&self.qkv.forward(hidden)); // [B·T, 3·H]
        let parts = qkv
            .view([batch.texts, batch.longest, 3, self.heads, -1])
            .permute([2, 0, 3, 1, 4])
            .unbind(0);
        [0, 1, 2].map(|part| parts[part].shallow_clone())
    }

    /// The same with the queries of the first tokens only, `[B, A, 1, D]`.
    fn project_first(&self, hidden: &Tensor, batch: &Packed) -> [Tensor; 3] {
        let made;
        let [queries, rest] = if let Some(parts) = &self.parts {
            parts
        } else {
            made = self.qkv.split(hidden.size()[1]);
            &made
        };
        let first = hidden.index_select(0, &batch.starts); // [B, H]
        let query = queries
            .forward(&first)
            .view([batch.texts, self.heads, 1, -1]);
        let both = batch.pad(&rest.forward(hidden)); // [B·T, 2·H]
        let parts = both
            .view([batch.texts, batch.longest, 2, self.heads, -1])
            .permute([2, 0, 3, 1, 4])
            .unbind(0);
        [query, parts[0].shallow_clone(), parts[1].shallow_clone()]
    }

    /// Attention with dropout of the probabilities, in few operators and with cheap derivatives.
    fn attend_with_dropout(
        &self,
        query: &Tensor,
        key: &Tensor,
        value: &Tensor,
        mask: Option<&Tensor>,
        masks: Option<&DropoutRng>,
    ) -> Tensor {
        let [texts, heads, queries, width] = query.size()[..] else {
            unreachable!("four dimensions")
        };
        let tokens = key.size()[2];
        let flat = |tensor: &Tensor, rows: i64| tensor.reshape([texts * heads, rows, width]); // [B·A, …, D]
        let mask = match mask {
            Some(mask) => {
                let rows = mask.size()[2];
                mask.expand([texts, heads, rows, tokens], false).reshape([
                    texts * heads,
                    rows,
                    tokens,
                ])
            }
            None => Tensor::zeros([1, 1, 1], (query.kind(), query.device())),
        };
        let keys = flat(key, tokens).transpose(1, 2); // [B·A, D, T]
        let scores = mask.baddbmm(&flat(query, queries), &keys, 1.0, self.scale); // [B·A, 1 or T, T]
        let probs = dropout(scores.softmax(-1, Kind::Float), self.dropout, masks);
        probs
            .to_kind(value.kind())
            .bmm(&flat(value, tokens))
            .view([texts, heads, queries, width])
    }

    /// The same again; the weights are shared.
    pub(crate) fn shallow_clone(&self) -> Self {
        let parts = self.parts.as_ref();
        Self {
            qkv: self.qkv.shallow_clone(),
            parts: parts.map(|parts| parts.each_ref().map(Linear::shallow_clone)),
            output: self.output.shallow_clone(),
            heads: self.heads,
            scale: self.scale,
            dropout: self.dropout,
        }
    }

    /// Chooses the kind of products for a fit.
    ///
    /// # Errors
    /// [`NnError::Precision`] for int8.
    pub(crate) fn set_training_precision(&mut self, precision: Precision) -> Result<(), NnError> {
        self.parts = None;
        self.qkv.set_training_precision(precision)?;
        self.output.set_training_precision(precision)
    }

    /// Chooses the kind of products for inference; `first` says whether [`QueryRows::First`] will be asked for.
    ///
    /// # Errors
    /// [`NnError::Precision`] where libtorch has no such products here.
    pub(crate) fn set_inference_precision(
        &mut self,
        precision: Precision,
        first: bool,
    ) -> Result<(), NnError> {
        self.qkv.set_inference_precision(precision)?;
        self.output.set_inference_precision(precision)?;
        self.parts = None;
        if first {
            let mut parts = self.qkv.split(self.output.weight.size()[0]);
            for part in &mut parts {
                part.set_inference_precision(precision)?;
            }
            self.parts = Some(parts);
        }
        Ok(())
    }

    #[cfg(test)]
    pub(crate) fn force_bf16(&mut self, native: bool) {
        let parts = self.parts.iter_mut().flatten();
        for linear in parts.chain([&mut self.qkv, &mut self.output]) {
            linear.force_bf16(native);
        }
    }
}

/// What is added to the scores: -∞ where there is no token, and `added` of a shape that spreads to `[B, A, T, T]`. `None` for nothing.
pub(crate) fn score_mask(
    batch: &Packed,
    added: Option<&Tensor>,
    rows: QueryRows,
    kind: Kind,
) -> Option<Tensor> {
    let padding = batch.mask().map(|mask| mask.to_kind(kind));
    let Some(added) = added else {
        return padding;
    };
    let added = query_rows(added, rows).to_kind(kind);
    Some(match padding {
        Some(padding) => padding + added,
        None => added,
    })
}

/// The rows of a mask, of a shape that spreads to `[B, A, T, T]`, for the queries that are computed.
pub(crate) fn query_rows(mask: &Tensor, rows: QueryRows) -> Tensor {
    match rows {
        QueryRows::All => mask.shallow_clone(),
        QueryRows::First => mask.narrow(2, 0, 1),
    }
}
