//! Vectors of texts that are read in windows.

use tch::{Tensor, no_grad};

use super::NnError;
use super::encoder::Encoder;
use super::predict::{Progress, Rows, embed, finite_rows, infer};
use super::tokenizer::{TextWindows, Window};
use super::vector_modules::VectorModules;
use fsl_common::settings::Pooling;

/// How many windows' vectors are held before their texts' are made of them.
const HELD_WINDOWS: usize = 4096;

/// One vector per text, in the order of `texts`: each window's tokens' vectors pooled; the mean of the windows, weighted by their tokens
/// without the special ones, `Σ nᵢ·vᵢ / Σ nᵢ`; then through `modules`. Where every text has one window, this is [`embed`].
///
/// # Errors
/// Those of [`embed`].
pub fn embed_windows(
    encoder: &Encoder,
    texts: &[TextWindows],
    pooling: Pooling,
    modules: &VectorModules,
    on_batch: &mut dyn FnMut(Progress),
) -> Result<Rows, NnError> {
    if texts.iter().all(|text| text.windows.len() == 1) {
        let only: Vec<&Window> = texts.iter().flat_map(|text| &text.windows).collect();
        return embed(encoder, &only, pooling, modules, on_batch);
    }
    let mut rows = Vec::with_capacity(texts.len());
    let mut rest = texts;
    while !rest.is_empty() {
        let (some, others) = rest.split_at(held(rest));
        let done = rows.len();
        let means = means(encoder, some, pooling).map_err(|error| error.after(done))?;
        let vectors = no_grad(|| modules.forward(tensor(&means, encoder)));
        rows.append(&mut finite_rows(&vectors, |row| done + row)?);
        on_batch(Progress {
            done: rows.len(),
            total: texts.len(),
        });
        rest = others;
    }
    Ok(rows)
}

/// How many of the texts have as many windows together as are held, at least one.
fn held(texts: &[TextWindows]) -> usize {
    let mut windows = 0;
    let fit = texts.iter().take_while(|text| {
        windows += text.windows.len();
        windows <= HELD_WINDOWS
    });
    fit.count().max(1)
}

/// The mean of the windows of each text.
fn means(encoder: &Encoder, texts: &[TextWindows], pooling: Pooling) -> Result<Rows, NnError> {
    let numbered = texts.iter().enumerate();
    let windows = numbered.flat_map(|(text, of)| of.windows.iter().map(move |one| (text, one)));
    let (owners, windows): (Vec<usize>, Vec<&Window>) = windows.unzip();
    let pooled = infer(encoder, &windows, &mut |_| (), |batch| {
        encoder.pooled(batch, pooling, None)
    });
    let pooled = pooled.map_err(|error| error.of_text(|window| owners[window]))?;
    let mut pooled = pooled.into_iter();
    let mean = |text: &TextWindows| {
        let vectors: Rows = pooled.by_ref().take(text.windows.len()).collect();
        weighted_mean(vectors, &text.windows)
    };
    Ok(texts.iter().map(mean).collect())
}

/// `Σ nᵢ·vᵢ / Σ nᵢ` in f64; of one window its vector as it is.
fn weighted_mean(mut vectors: Rows, windows: &[Window]) -> Vec<f32> {
    if vectors.len() == 1 {
        return vectors.swap_remove(0);
    }
    let width = vectors.first().map_or(0, Vec::len);
    let mut sums = vec![0.0_f64; width];
    for (vector, window) in vectors.iter().zip(windows) {
        for (sum, &value) in sums.iter_mut().zip(vector) {
            *sum += window.tokens as f64 * f64::from(value);
        }
    }
    let tokens: usize = windows.iter().map(|window| window.tokens).sum();
    let mean = |sum: f64| (sum / tokens as f64) as f32;
    sums.into_iter().map(mean).collect()
}

/// `[B, H]` on the encoder's device.
fn tensor(rows: &Rows, encoder: &Encoder) -> Tensor {
    let flat = Tensor::from_slice(&rows.concat());
    flat.view([rows.len() as i64, -1])
        .to_device(encoder.device())
}
