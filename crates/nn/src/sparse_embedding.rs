//! Fine-tuning only the rows of the word embedding that occur.
//!
//! A batch touches a few hundred of 30,522 rows, and Adam leaves a row without gradients where it is (its running means
//! stay zero), but working that out passes over half of all-MiniLM-L6-v2's weights in every step. So the rows that occur
//! in the texts become a table of their own for the time of the fit, and go back into the full one afterwards. Weight
//! decay, which shrinks all rows alike, is made up for then. The result is the same.

use std::collections::HashMap;

use tch::Tensor;

use super::embeddings::Embeddings;

/// The full table, kept aside during a fit.
pub(crate) struct FullTable {
    /// `[V, H]`
    full: Tensor,
    padding_row: i64,
    /// `[R]` Int64, the rows that occur.
    rows: Tensor,
}

/// Leaves only the rows that occur in `texts` in the table, and renumbers the ids accordingly.
pub(crate) fn restrict_to_used(
    embeddings: &mut Embeddings,
    texts: &[Vec<i64>],
) -> (FullTable, Vec<Vec<i64>>) {
    let mut rows: Vec<i64> = texts.iter().flatten().copied().collect();
    rows.sort_unstable();
    rows.dedup();
    let places: HashMap<i64, i64> = rows.iter().copied().zip(0..).collect();
    let renumbered = texts
        .iter()
        .map(|text| text.iter().map(|id| places[id]).collect())
        .collect();
    let rows = Tensor::from_slice(&rows).to_device(embeddings.word.device());
    let occurring = embeddings.word.index_select(0, &rows);
    let padding_row = places.get(&embeddings.padding_row).copied().unwrap_or(-1);
    let aside = FullTable {
        full: std::mem::replace(&mut embeddings.word, occurring),
        padding_row: std::mem::replace(&mut embeddings.padding_row, padding_row),
        rows,
    };
    (aside, renumbered)
}

impl FullTable {
    /// Puts the table back together. `decay` is the product of the factors by which weight decay shrank every weight.
    pub(crate) fn restore(mut self, embeddings: &mut Embeddings, decay: f64) {
        let learnt = embeddings.word.detach();
        if decay < 1.0 {
            let _ = self.full.g_mul_scalar_(decay);
        }
        let _ = self.full.index_copy_(0, &self.rows, &learnt);
        embeddings.word = self.full;
        embeddings.padding_row = self.padding_row;
    }
}
