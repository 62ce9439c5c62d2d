//! A student: an encoder and a head, trained on a teacher's probabilities (Hinton et al. 2015): the published `distill` rows.

use super::finetune::{Training, labels};
use super::{EncoderInputs, Lesson, MethodError, Outcome, Progress, Task};
use crate::settings::{FitParams, LossParams};

/// Trains on the lesson, and on the labelled texts where `labelled` says so, and scores the others.
pub(super) fn run(
    inputs: &EncoderInputs,
    params: &FitParams,
    loss: &LossParams,
    labelled: bool,
    task: &Task,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, MethodError> {
    let (mut texts, mut targets) = match task.lesson {
        Some(Lesson {
            texts,
            probabilities,
        }) => (
            texts.to_vec(),
            probabilities
                .iter()
                .map(|&probability| probability as f32)
                .collect(),
        ),
        // A model that was kept has learnt its lesson.
        None if task.fitted.is_some() => (Vec::new(), Vec::new()),
        None => return Err(MethodError::NoLesson),
    };
    if labelled {
        texts.extend_from_slice(task.train_texts);
        targets.extend(labels(task));
    }
    let training = Training {
        method: "distill",
        inputs,
        params,
        loss,
        texts: &texts,
        targets: &targets,
    };
    training.run(task, on_progress)
}
