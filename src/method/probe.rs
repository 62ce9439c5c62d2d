//! A frozen encoder and logistic regression on its pooled output: the strongest cheap baseline.

use std::time::Instant;

use super::finetune::{predicted, tokenize};
use super::{EncoderInputs, MethodError, Outcome, Progress, Task, recipe};
use crate::classic::{Features, LogisticParams};
use crate::nn::{self, Encoder};
use crate::spec::Pooling;

/// Embeds all texts, fits the regression on the training texts' vectors and scores the test texts'.
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
    let (train, test) = tokenize(source, inputs.max_tokens, task)?;
    let encoder = Encoder::load(source, nn::parse_device("cpu")?)?;
    let embed = |texts: &[Vec<i64>], tell: &mut dyn FnMut(nn::Progress)| {
        nn::embed(&encoder, texts, recipe::pooling(pooling), false, tell)
    };
    let model = logistic.fit(
        &Features::dense(&embed(&train, &mut |_| {})?)?,
        task.train_labels,
    )?;
    let fit_time = started.elapsed();
    let vectors = embed(&test, &mut |progress| on_progress(predicted(progress)))?;
    let probabilities = model.predict_proba(&Features::dense(&vectors)?);
    Ok(Outcome {
        probabilities,
        fit: None,
        fit_time,
        predict_time: started.elapsed() - fit_time,
    })
}
