//! Probabilities and embeddings: inference, sorted by length, in batches of similar texts.

use tch::{Kind, Tensor, no_grad};

use super::NnError;
use super::batch::{self, Packed};
use super::encoder::Encoder;
use super::head::{Head, Pooling};
use super::layers::{Parameter, Parameters};

/// Padded tokens per batch at inference. With all-MiniLM-L6-v2 and one thread of an AMD EPYC, budgets from 512 to 8,192 are
/// equally fast within the noise of 10 %; a small one keeps memory low and progress smooth.
const TOKEN_BUDGET: usize = 1024;

/// How far an inference is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Texts done.
    pub done: usize,
    /// Texts in all.
    pub total: usize,
}

/// A fine-tuned encoder with its head.
pub struct Classifier {
    /// The encoder.
    pub encoder: Encoder,
    /// The head.
    pub head: Head,
}

impl Classifier {
    /// Logits `[B]`, Float. Dropout is on iff `train`.
    pub fn forward(&self, batch: &Packed, train: bool) -> Tensor {
        self.head.forward(
            &self.encoder.pooled(batch, self.head.pooling(), train),
            train,
        )
    }

    /// P(positive) of every text, in the order of `texts`: the sigmoid, in f64, of the f32 logit. Dropout is off.
    ///
    /// # Errors
    /// [`NnError::Input`] for a text that is empty, too long for the encoder, or has ids beyond its vocabulary.
    pub fn predict<S: AsRef<[i64]>>(
        &self,
        texts: &[S],
        on_batch: &mut dyn FnMut(Progress),
    ) -> Result<Vec<f64>, NnError> {
        let rows = infer(&self.encoder, texts, on_batch, |batch| {
            self.forward(batch, false).unsqueeze(1)
        })?;
        Ok(rows
            .iter()
            .map(|row| 1.0 / (1.0 + (-f64::from(row[0])).exp()))
            .collect())
    }
}

impl Parameters for Classifier {
    fn visit<'a>(&'a mut self, _: &str, visit: &mut dyn FnMut(Parameter<'a>)) {
        self.encoder.visit("encoder", visit);
        self.head.visit("head", visit);
    }
}

/// One vector of `H` numbers per text, in the order of `texts`; with `normalize`, of length 1 (sentence-transformers does
/// so for all-MiniLM-L6-v2).
///
/// # Errors
/// Those of [`Classifier::predict`].
pub fn embed<S: AsRef<[i64]>>(
    encoder: &Encoder,
    texts: &[S],
    pooling: Pooling,
    normalize: bool,
    on_batch: &mut dyn FnMut(Progress),
) -> Result<Vec<Vec<f32>>, NnError> {
    infer(encoder, texts, on_batch, |batch| {
        let pooled = encoder.pooled(batch, pooling, false); // [B, H]
        if normalize {
            // 1e-12: torch.nn.functional.normalize, against a vector of zeros.
            let lengths = pooled
                .square()
                .sum_dim_intlist([1_i64].as_slice(), true, Kind::Float)
                .sqrt(); // [B, 1]
            pooled / lengths.clamp_min(1e-12)
        } else {
            pooled
        }
    })
}

/// Runs `read`, which returns `[B, X]`, over batches of all texts; each text gets its row.
fn infer<S: AsRef<[i64]>>(
    encoder: &Encoder,
    texts: &[S],
    on_batch: &mut dyn FnMut(Progress),
    read: impl Fn(&Packed) -> Tensor,
) -> Result<Vec<Vec<f32>>, NnError> {
    batch::check(
        texts,
        encoder.config().max_positions,
        encoder.config().vocab_size,
    )?;
    let mut rows = vec![Vec::new(); texts.len()];
    let mut done = 0;
    no_grad(|| {
        for indices in batch::by_length(texts, TOKEN_BUDGET) {
            let batch_texts: Vec<&[i64]> =
                indices.iter().map(|&index| texts[index].as_ref()).collect();
            let packed = Packed::new(&batch_texts, encoder.device());
            let values = read(&packed);
            let width = values.size()[1] as usize;
            let mut flat = vec![0.0_f32; indices.len() * width];
            let count = flat.len();
            values
                .to_kind(Kind::Float)
                .contiguous()
                .copy_data(&mut flat, count);
            for (&index, row) in indices.iter().zip(flat.chunks_exact(width)) {
                rows[index] = row.to_vec();
            }
            done += indices.len();
            on_batch(Progress {
                done,
                total: texts.len(),
            });
        }
    });
    Ok(rows)
}
