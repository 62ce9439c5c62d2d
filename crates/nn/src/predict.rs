//! Probabilities and embeddings: inference, sorted by length, in batches of similar texts.

use tch::{Kind, Tensor, no_grad};

use super::NnError;
use super::batch::{self, Packed};
use super::dropout::DropoutRng;
use super::encoder::Encoder;
use super::head::Head;
use super::layers::{Parameter, Parameters};
use super::memory_limit;
use super::vector_modules::VectorModules;
use fsl_common::probabilities::Probabilities;
use fsl_common::settings::{ParamError, Pooling};

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
    /// The number of classes that it tells apart.
    pub fn classes(&self) -> usize {
        self.head.classes()
    }

    /// Logits `[B, C]`, Float: one column for two classes, otherwise one per class. Dropout is on with masks only.
    pub fn forward(&self, batch: &Packed, masks: Option<&DropoutRng>) -> Tensor {
        self.head.forward(
            &self.encoder.pooled(batch, self.head.pooling(), masks),
            masks,
        )
    }

    /// The probabilities of every text, in the order of `texts`: of two classes the sigmoid, of more the softmax, in f64, of the f32
    /// logits. Dropout is off.
    ///
    /// # Errors
    /// [`NnError::Input`] for a text that is empty, too long for the encoder, or has ids beyond its vocabulary; [`NnError::NotFinite`].
    pub fn predict<S: AsRef<[i64]>>(
        &self,
        texts: &[S],
        on_batch: &mut dyn FnMut(Progress),
    ) -> Result<Probabilities, NnError> {
        let rows = infer(&self.encoder, texts, on_batch, |batch| {
            self.forward(batch, None)
        })?;
        Ok(self.probabilities(&rows))
    }

    /// The probabilities of rows of logits.
    pub(super) fn probabilities(&self, logits: &Rows) -> Probabilities {
        let mut values = Vec::with_capacity(logits.iter().map(Vec::len).sum());
        for row in logits {
            match row.as_slice() {
                [logit] => values.push(1.0 / (1.0 + (-f64::from(*logit)).exp())),
                logits => softmax(logits, &mut values),
            }
        }
        Probabilities::new(self.classes(), values)
    }

    /// The same classifier again, for another thread: the weights are shared.
    pub(super) fn shallow_clone(&self) -> Self {
        Self {
            encoder: self.encoder.shallow_clone(),
            head: self.head.shallow_clone(),
        }
    }
}

/// Appends the softmax of a row of logits, in f64.
fn softmax(logits: &[f32], to: &mut Vec<f64>) {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let raised = |&logit: &f32| (f64::from(logit) - f64::from(largest)).exp();
    let sum: f64 = logits.iter().map(raised).sum();
    to.extend(logits.iter().map(|logit| raised(logit) / sum));
}

impl Parameters for Classifier {
    fn visit<'a>(&'a mut self, _: &str, visit: &mut dyn FnMut(Parameter<'a>)) {
        self.encoder.visit("encoder", visit);
        self.head.visit("head", visit);
    }
}

/// One vector per text, in the order of `texts`: its tokens' vectors pooled, then through `modules`.
///
/// # Errors
/// Those of [`Classifier::predict`].
pub fn embed<S: AsRef<[i64]>>(
    encoder: &Encoder,
    texts: &[S],
    pooling: Pooling,
    modules: &VectorModules,
    on_batch: &mut dyn FnMut(Progress),
) -> Result<Vec<Vec<f32>>, NnError> {
    infer(encoder, texts, on_batch, |batch| {
        modules.forward(encoder.pooled(batch, pooling, None))
    })
}

/// One vector per text, in the order of `texts`: its pooled rows at these layers end to end. Layer 0 is the embeddings' output.
///
/// # Errors
/// [`NnError::Param`] for a layer that the encoder has not, and those of [`Classifier::predict`].
pub fn embed_layers<S: AsRef<[i64]>>(
    encoder: &Encoder,
    texts: &[S],
    pooling: Pooling,
    layers: &[usize],
    on_batch: &mut dyn FnMut(Progress),
) -> Result<Vec<Vec<f32>>, NnError> {
    let last = encoder.depth();
    if let Some(layer) = layers.iter().find(|&&layer| layer > last) {
        return Err(NnError::Param(ParamError {
            key: "features.layers",
            got: layer.to_string(),
            allowed: "layers of the encoder, from 0 to the number of its blocks",
        }));
    }
    infer(encoder, texts, on_batch, |batch| {
        encoder.pooled_layers(batch, pooling, layers)
    })
}

/// A row of numbers per text.
pub(super) type Rows = Vec<Vec<f32>>;

/// Runs `read`, which returns `[B, X]`, over batches of all texts; each text gets its row.
pub(super) fn infer<S: AsRef<[i64]>>(
    encoder: &Encoder,
    texts: &[S],
    on_batch: &mut dyn FnMut(Progress),
    read: impl Fn(&Packed) -> Tensor,
) -> Result<Rows, NnError> {
    encoder.check(texts)?;
    let mut rows = vec![Vec::new(); texts.len()];
    let mut done = 0;
    for indices in batch::by_length(texts, batch::INFERENCE_TOKENS) {
        let values = rows_of(encoder, texts, &indices, &read)?;
        done += indices.len();
        for (index, row) in indices.into_iter().zip(values) {
            rows[index] = row;
        }
        on_batch(Progress {
            done,
            total: texts.len(),
        });
    }
    memory_limit::check()?;
    Ok(rows)
}

/// What `read` says, in `[B, X]`, of the texts with these indices; the first text of which that is no finite number is an error.
pub(super) fn rows_of<S: AsRef<[i64]>>(
    encoder: &Encoder,
    texts: &[S],
    indices: &[usize],
    read: &impl Fn(&Packed) -> Tensor,
) -> Result<Rows, NnError> {
    let texts: Vec<&[i64]> = indices.iter().map(|&index| texts[index].as_ref()).collect();
    let values = no_grad(|| read(&Packed::new(&texts, encoder.device())));
    finite_rows(&values, |row| indices[row])
}

/// The rows of `[B, X]`; the first text of which one is no finite number is an error, in which `text` numbers the rows.
pub(super) fn finite_rows(values: &Tensor, text: impl Fn(usize) -> usize) -> Result<Rows, NnError> {
    let (count, width) = (values.numel(), values.size()[1] as usize);
    let mut flat = vec![0.0_f32; count];
    values
        .to_kind(Kind::Float)
        .contiguous()
        .copy_data(&mut flat, count);
    if let Some(place) = flat.iter().position(|value| !value.is_finite()) {
        return Err(NnError::NotFinite {
            text: text(place / width),
            got: flat[place],
        });
    }
    Ok(flat.chunks_exact(width).map(<[f32]>::to_vec).collect())
}
