//! Pooling: from the hidden states of a text's tokens to one row.
//!
//! Reference: sentence-transformers 6.2.0, `sentence_transformer/modules/pooling.py`. A text of `n` tokens with the hidden states
//! `h_1 … h_n`, the special tokens among them: cls `h_1`, last `h_n`, mean `Σ h_i / n`, mean-sqrt-len `Σ h_i / √n`, weighted-mean
//! `Σ i·h_i / Σ i`, max the largest value in each dimension.

use tch::{Kind, Tensor};

use super::batch::Packed;
use fsl_common::settings::Pooling;

/// The hidden states of the texts' tokens as one row per text: `[N, H]` → `[B, H]`
pub(super) fn pool(pooling: Pooling, hidden: &Tensor, batch: &Packed) -> Tensor {
    match pooling {
        Pooling::Cls => hidden.index_select(0, &batch.starts),
        Pooling::Mean => sums(hidden, batch) / &batch.lengths,
        Pooling::MeanSqrtLen => sums(hidden, batch) / batch.lengths.sqrt(),
        Pooling::WeightedMean => {
            let numbers = (&batch.position_ids + 1)
                .to_kind(hidden.kind())
                .unsqueeze(1); // [N, 1]
            let total = &batch.lengths * (&batch.lengths + 1) / 2; // [B, 1]
            sums(&(hidden * numbers), batch) / total
        }
        Pooling::Last => {
            let lengths = batch.lengths.squeeze_dim(1).to_kind(Kind::Int64);
            hidden.index_select(0, &(&batch.starts + lengths - 1))
        }
        Pooling::Max => {
            let shape = [batch.texts, batch.longest, hidden.size()[1]];
            let padded = batch.pad(hidden).view(shape); // [B, T, H]
            let padded = match batch.mask() {
                Some(mask) => padded + mask.view([batch.texts, batch.longest, 1]),
                None => padded,
            };
            padded.max_dim(1, false).0
        }
    }
}

/// The sum of each text's rows: `[N, H]` → `[B, H]`
fn sums(rows: &Tensor, batch: &Packed) -> Tensor {
    let shape = [batch.texts, rows.size()[1]];
    Tensor::zeros(shape, (rows.kind(), rows.device())).index_add(0, &batch.text_ids, rows)
}
