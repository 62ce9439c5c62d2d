//! A frozen encoder and logistic regression on its pooled output: the strongest cheap baseline.

use std::time::Instant;

use super::finetune::Words;
use super::outcome::over_sets;
use super::{EncoderInputs, MethodError, Outcome, Progress, Task};
use crate::classic::{Features, LogisticParams};
use crate::nn::{self, Compute, Encoder};
use crate::settings::Pooling;

/// Embeds all texts, fits the regression on the training texts' vectors and scores the others'.
pub(super) fn run(
    inputs: &EncoderInputs,
    pooling: Pooling,
    logistic: LogisticParams,
    task: &Task,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, MethodError> {
    let started = Instant::now();
    let source = task.encoder("probe")?;
    nn::set_threads(inputs.threads as usize);
    let words = Words::load(source, inputs.max_tokens)?;
    let Compute { device, precision } = task.compute(inputs)?;
    let mut encoder = Encoder::load(source, device)?;
    encoder.infer_in(inputs.inference.unwrap_or(precision))?;
    let embed = |texts: &[String], tell: &mut dyn FnMut(usize)| {
        let tell = &mut |progress: nn::Progress| tell(progress.done);
        nn::embed(&encoder, &words.encode(texts), pooling, false, tell)
    };
    let train = embed(task.train_texts, &mut |_| {})?;
    let model = logistic.fit(&Features::dense(&train)?, task.train_labels)?;
    let fit_time = started.elapsed();
    let probabilities = over_sets(task, on_progress, |texts, tell| {
        let vectors = embed(texts, tell)?;
        Ok::<_, MethodError>(model.predict_proba(&Features::dense(&vectors)?))
    })?;
    Ok(Outcome {
        probabilities,
        fit: None,
        fit_time,
        predict_time: started.elapsed() - fit_time,
    })
}
