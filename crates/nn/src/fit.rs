//! Fine-tuning: encoder and head on labelled texts.

use tch::{Tensor, no_grad};

use super::batch::{self, Packed};
use super::dropout::DropoutRng;
use super::encoder::Encoder;
use super::head::{Head, columns};
use super::layers::{self, Parameter, Parameters};
use super::loss::Loss;
use super::memory_limit;
use super::optim::Adam;
use super::predict::Classifier;
use super::rng::Rng;
use super::sparse_embedding;
use super::{Compute, NnError, OpenEncoder};
use fsl_common::settings::{FitParams, LossParams};

/// The seeds of one fit, one per random stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FitSeeds {
    /// The head's first weights, and those of re-initialised blocks.
    pub init: u64,
    /// The order of the texts in every epoch.
    pub order: u64,
    /// Which units dropout silences.
    pub dropout: u64,
}

/// What a fit learns from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Examples<'a> {
    /// Token ids of every text, special ones included.
    pub texts: &'a [Vec<i64>],
    /// The number of classes, `K`, at least 2.
    pub classes: usize,
    /// What is to be learnt of every text, row by row. Of two classes one number in [0, 1] per text: the label, or a teacher's
    /// probability of label 1. Of more, `K` numbers in [0, 1] that sum to 1: a 1 at the label's place, or a teacher's probabilities.
    pub targets: &'a [f32],
}

/// A step that was just taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Its number, from 1.
    pub step: usize,
    /// How many there will be.
    pub steps: usize,
    /// The batch's mean loss before the step.
    pub loss: f32,
}

/// What a fit leaves beside the classifier.
#[derive(Debug, Clone, PartialEq)]
pub struct FitReport {
    /// Steps taken.
    pub steps: usize,
    /// Passes over the texts.
    pub epochs: usize,
    /// The batch's mean loss before each step.
    pub losses: Vec<f32>,
    /// Tokens that went through the encoder, padding not counted.
    pub tokens: usize,
}

/// Fine-tunes an encoder and a new head. The encoder is left ready for inference in the same precision.
///
/// Every epoch visits the texts in a new order. With one thread, equal arguments give equal results, bit by bit. On GPUs, dropout draws
/// from libtorch's generator, which is global to the process: run one fit per process at a time there.
///
/// # Errors
/// Those of [`Encoder::load`], [`FitParams::check`], [`LossParams::check`] and [`LossParams::check_with`]; [`NnError::NoTexts`];
/// [`NnError::Input`] for a text that is too long for the encoder or a target out of range; [`NnError::Diverged`].
pub fn fit(
    files: &OpenEncoder,
    compute: Compute,
    params: &FitParams,
    loss: &LossParams,
    examples: Examples<'_>,
    seeds: FitSeeds,
    on_step: &mut dyn FnMut(Step),
) -> Result<(Classifier, FitReport), NnError> {
    let Compute { device, precision } = compute;
    params.check()?;
    loss.check()?;
    loss.check_with(params, examples.classes)?;
    let mut encoder = Encoder::load(files, device)?;
    check_inputs(&encoder, examples)?;
    if let Some(rate) = params.encoder_dropout {
        encoder.set_dropout(rate);
    }
    let hidden = encoder.config().hidden;
    let head = Head::new(
        hidden,
        params.hidden_units,
        examples.classes,
        params.pooling,
        params.head_dropout,
        seeds.init,
        device,
    );
    reinitialise(encoder.top_blocks(params.reinit_top)?, seeds.init);
    encoder.set_training_precision(precision)?;
    let mut classifier = Classifier { encoder, head };
    let report = train(&mut classifier, params, loss, examples, seeds, on_step)?;
    classifier.encoder.set_inference_precision(precision)?;
    memory_limit::check()?;
    Ok((classifier, report))
}

fn check_inputs(encoder: &Encoder, examples: Examples<'_>) -> Result<(), NnError> {
    let texts = examples.texts;
    if texts.is_empty() {
        return Err(NnError::NoTexts);
    }
    batch::check(
        texts,
        encoder.config().max_positions,
        encoder.config().vocab_size,
    )?;
    check_targets(examples)
}

/// How far from 1 the sum of a text's targets may be: probabilities are often written with a few digits.
const SUM_TOLERANCE: f32 = 1e-3;

fn check_targets(examples: Examples<'_>) -> Result<(), NnError> {
    let Examples {
        texts,
        classes,
        targets,
    } = examples;
    let columns = columns(classes);
    let refused = |index, got, allowed: &str| {
        let (what, allowed) = ("target", allowed.to_owned());
        Err(NnError::Input {
            what,
            index,
            got,
            allowed,
        })
    };
    if classes < 2 {
        return refused(
            0,
            format!("one of {classes} classes"),
            "of at least 2 classes",
        );
    }
    let one = "a number from 0 to 1";
    let every = "a number per class, with the sum 1";
    if targets.len() != texts.len() * columns {
        let index = (targets.len() / columns).min(texts.len());
        let got = format!("{} targets for {} texts", targets.len(), texts.len());
        return if columns == 1 {
            refused(index, got, one)
        } else {
            refused(index, format!("{got} of {classes} classes"), every)
        };
    }
    for (index, row) in targets.chunks_exact(columns).enumerate() {
        if let Some(target) = row.iter().find(|target| !(0.0..=1.0).contains(*target)) {
            return refused(index, target.to_string(), one);
        }
        let sum: f32 = row.iter().sum();
        if columns > 1 && (sum - 1.0).abs() > SUM_TOLERANCE {
            let got = format!("numbers with the sum {sum}");
            return refused(index, got, every);
        }
    }
    Ok(())
}

/// Gives parameters the values they had before pre-training: matrices are normal, truncated at two standard deviations
/// of 0.02 (BERT's `initializer_range`), biases 0, normalisations 1.
fn reinitialise(parameters: Vec<Parameter>, seed: u64) {
    // The head draws from the stream's start; the blocks from another, so that neither shifts the other.
    let mut draws = Rng::new(seed ^ 0x7265_696e_6974_0001);
    no_grad(|| {
        for parameter in parameters {
            let decays = parameter.decays();
            let tensor = parameter.tensor;
            if decays {
                let values: Vec<f32> = (0..tensor.numel())
                    .map(|_| (draws.truncated_normal() * 0.02) as f32)
                    .collect();
                tensor.copy_(&Tensor::from_slice(&values).view(&tensor.size()[..]));
            } else {
                let value = if parameter.name.ends_with("bias") {
                    0.0
                } else {
                    1.0
                };
                let _ = tensor.fill_(value);
            }
        }
    });
}

/// Takes every step of the recipe.
pub(super) fn train(
    classifier: &mut Classifier,
    params: &FitParams,
    loss: &LossParams,
    examples: Examples<'_>,
    seeds: FitSeeds,
    on_step: &mut dyn FnMut(Step),
) -> Result<FitReport, NnError> {
    let Examples { texts, targets, .. } = examples;
    let loss = Loss::new(
        loss,
        params,
        examples.classes,
        targets,
        classifier.encoder.device(),
    );
    let steps = params.steps(texts.len());
    let (epsilon, weight_decay) = (params.adam_epsilon, params.weight_decay);
    let mut report = FitReport {
        steps,
        epochs: steps / params.steps_per_epoch(texts.len()),
        losses: Vec::new(),
        tokens: 0,
    };
    let (aside, texts) =
        sparse_embedding::restrict_to_used(&mut classifier.encoder.embeddings, texts);
    let mut adam = Adam::new(
        params.optimizer,
        epsilon,
        weight_decay,
        classifier.parameters(),
    );
    let mut order = Order::new(params, texts.len(), seeds.order);
    let masks = DropoutRng::new(seeds.dropout, classifier.encoder.device());
    for step in 0..steps {
        let batch = order.batch(step);
        report.tokens += batch.iter().map(|&index| texts[index].len()).sum::<usize>();
        let mean = batch_loss(classifier, &loss, &batch, (&texts, targets), &masks);
        let value = mean.double_value(&[]) as f32;
        let step = Step {
            step: step + 1,
            steps,
            loss: value,
        };
        if !value.is_finite() {
            return Err(NnError::Diverged {
                step: step.step,
                loss: value,
            });
        }
        let schedule = params.schedule;
        let factor = schedule.factor(step.step - 1, step.steps, params.warmup);
        adam.learn(&mean, params.learning_rate * factor, params.clip_norm);
        report.losses.push(value);
        on_step(step);
    }
    detach(classifier, steps)?;
    aside.restore(&mut classifier.encoder.embeddings, adam.decayed());
    Ok(report)
}

/// Makes plain tensors of the weights after the last of `steps`.
pub(super) fn detach(model: &mut impl Parameters, steps: usize) -> Result<(), NnError> {
    for parameter in model.parameters() {
        *parameter.tensor = parameter.tensor.detach();
        // The last step's loss was finite; what the step made of the weights need not be.
        if parameter.tensor.isfinite().all().int64_value(&[]) == 0 {
            let (step, loss) = (steps, f32::NAN);
            return Err(NnError::Diverged { step, loss });
        }
    }
    Ok(())
}

/// The mean loss of a batch, with dropout: `[]` Float.
fn batch_loss(
    classifier: &Classifier,
    loss: &Loss,
    batch: &[usize],
    (texts, targets): (&[Vec<i64>], &[f32]),
    masks: &DropoutRng,
) -> Tensor {
    let device = classifier.encoder.device();
    let texts: Vec<&Vec<i64>> = batch.iter().map(|&index| &texts[index]).collect();
    let columns = columns(classifier.classes());
    let targets: Vec<f32> = batch
        .iter()
        .flat_map(|&index| &targets[index * columns..(index + 1) * columns])
        .copied()
        .collect();
    let shape = [batch.len() as i64, columns as i64];
    let logits = classifier.forward(&Packed::new(&texts, device), Some(masks));
    loss.compute(&logits, &layers::tensor(&targets, &shape, device))
}

/// The order in which training visits the texts: a new one for each pass, from one stream.
struct Order {
    texts: Vec<usize>,
    draws: Rng,
    per_epoch: usize,
    batch_size: usize,
}

impl Order {
    fn new(params: &FitParams, texts: usize, seed: u64) -> Self {
        Self {
            texts: (0..texts).collect(),
            draws: Rng::new(seed),
            per_epoch: params.steps_per_epoch(texts),
            batch_size: params.batch_size,
        }
    }

    /// The texts of a step, to be asked for one step after the other.
    fn batch(&mut self, step: usize) -> Vec<usize> {
        if step.is_multiple_of(self.per_epoch) {
            self.draws.shuffle(&mut self.texts);
        }
        let start = step % self.per_epoch * self.batch_size;
        self.texts
            .iter()
            .copied()
            .skip(start)
            .take(self.batch_size)
            .collect()
    }
}
