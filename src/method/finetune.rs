//! An encoder and a classifier head, trained together: the published `FSL` rows.

use std::time::Instant;

use super::{EncoderInputs, Fit, MethodError, Outcome, Progress, Task};
use crate::nn::{self, EncoderConfig, EncoderSource, FitParams, FitReport, FitSeeds, Tokenizer};
use crate::seed::Stream;

/// Fine-tunes on the training texts and scores the test texts.
pub(super) fn run(
    inputs: &EncoderInputs,
    params: &FitParams,
    task: &Task,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, MethodError> {
    let started = Instant::now();
    let source = task.encoder("finetune")?;
    nn::set_threads(inputs.threads as usize);
    let (train, test) = tokenize(source, inputs.max_tokens, task)?;
    let targets: Vec<f32> = task
        .train_labels
        .iter()
        .map(|&label| f32::from(label))
        .collect();
    let seeds = FitSeeds {
        init: task.seed(Stream::Init),
        order: task.seed(Stream::Order),
        dropout: task.seed(Stream::Dropout),
    };
    let mut on_step = |step: nn::Step| {
        let (done, total) = (step.step as u64, step.steps as u64);
        on_progress(Progress::Fit {
            done,
            total,
            loss: step.loss.into(),
        });
    };
    let (classifier, report) = nn::fit(
        source,
        nn::parse_device("cpu")?,
        params,
        &train,
        &targets,
        seeds,
        &mut on_step,
    )?;
    let fit_time = started.elapsed();
    let probabilities =
        classifier.predict(&test, &mut |progress| on_progress(predicted(progress)))?;
    Ok(Outcome {
        probabilities,
        fit: Some(fit(&report)),
        fit_time,
        predict_time: started.elapsed() - fit_time,
    })
}

/// Token ids of texts, special ones included.
type TokenIds = Vec<Vec<i64>>;

/// The token ids of the training and of the test texts.
pub(super) fn tokenize(
    source: &EncoderSource,
    max_tokens: u32,
    task: &Task,
) -> Result<(TokenIds, TokenIds), MethodError> {
    let positions = EncoderConfig::read(&source.config)?.max_positions;
    if i64::from(max_tokens) > positions {
        return Err(MethodError::TooLong {
            max_tokens,
            positions,
        });
    }
    let tokenizer = Tokenizer::load(&source.vocab, source.lowercase)?;
    let encode = |texts| tokenizer.encode_all(texts, max_tokens as usize);
    Ok((encode(task.train_texts), encode(task.test_texts)))
}

/// How far an inference is, as trials tell it.
pub(super) fn predicted(progress: nn::Progress) -> Progress {
    Progress::Predict {
        done: progress.done as u64,
        total: progress.total as u64,
    }
}

fn fit(report: &FitReport) -> Fit {
    let per_epoch = report.steps.div_ceil(report.epochs.max(1)).max(1);
    let mean = |losses: &[f32]| {
        losses.iter().map(|&loss| f64::from(loss)).sum::<f64>() / losses.len() as f64
    };
    Fit {
        steps: report.steps as u64,
        epoch_losses: report.losses.chunks(per_epoch).map(mean).collect(),
    }
}
