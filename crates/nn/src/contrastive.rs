//! Contrastive training: an encoder learns to put texts of one class near each other and texts of two classes far from each other.
//!
//! Tunstall, Reimers, Jo, Bates, Korat, Wasserblat and Pereg 2022, "Efficient Few-Shot Learning Without Prompts" (`arXiv:2209.11055`),
//! section 3: pairs of texts, of one class or of two, and the squared difference between the cosine of their rows and 1 or 0
//! (sentence-transformers' `CosineSimilarityLoss`; Reimers and Gurevych 2019, `arXiv:1908.10084`). Partners are drawn anew in every pass, so memory
//! grows with the number of texts, never with that of all their pairs.

use tch::{Reduction, Tensor};

use super::batch::Packed;
use super::dropout::DropoutRng;
use super::encoder::Encoder;
use super::fit::detach;
use super::layers::{self, Parameters as _};
use super::memory_limit;
use super::optim::Adam;
use super::rng::Rng;
use super::sparse_embedding;
use super::{Compute, FitReport, NnError, OpenEncoder, Step};
use fsl_common::classes::Label;
use fsl_common::settings::{Optimizer, PairParams, Pooling, Schedule};

/// The seeds of a contrastive training, one per random stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairSeeds {
    /// Which texts become pairs, and their order.
    pub order: u64,
    /// Which units dropout silences.
    pub dropout: u64,
}

/// Texts and their classes.
#[derive(Debug, Clone, Copy)]
pub struct LabelledTexts<'a> {
    /// Token ids of every text, special ones included.
    pub texts: &'a [Vec<i64>],
    /// As many labels, of at least two classes.
    pub labels: &'a [Label],
}

/// AdamW's ε: the default of PyTorch and of sentence-transformers.
const EPSILON: f64 = 1e-8;

/// Trains an encoder on pairs of texts. It is left ready for inference in the same precision.
///
/// With one thread, equal arguments give equal results, bit by bit. On GPUs, as for [`fit`](super::fit()).
///
/// # Errors
/// Those of [`Encoder::load`] and [`PairParams::check`]; [`NnError::NoTexts`] without two classes; [`NnError::Input`] for a text that is too
/// long for the encoder; [`NnError::Diverged`].
pub fn train_on_pairs(
    files: &OpenEncoder,
    compute: Compute,
    (params, pooling): (&PairParams, Pooling),
    learnt: LabelledTexts<'_>,
    seeds: PairSeeds,
    on_step: &mut dyn FnMut(Step),
) -> Result<(Encoder, FitReport), NnError> {
    params.check()?;
    let mut encoder = Encoder::load(files, compute.device)?;
    encoder.check(learnt.texts)?;
    if let Some(rate) = params.encoder_dropout {
        encoder.set_dropout(rate);
    }
    let mut pairs = Pairs::new(params, learnt.labels, seeds.order)?;
    encoder.set_training_precision(compute.precision)?;
    let masks = DropoutRng::new(seeds.dropout, encoder.device());
    let mut batch = |step| pairs.batch(step);
    let learnt = (params, pooling, learnt.texts);
    let report = train(&mut encoder, learnt, &mut batch, (&masks, on_step))?;
    encoder.set_inference_precision(compute.precision)?;
    memory_limit::check()?;
    Ok((encoder, report))
}

/// Two texts, by their numbers, and whether they are of one class.
pub(super) type Pair = (usize, usize, bool);

/// Takes every step; `batch` gives a step's pairs, and is asked for one step after the other.
pub(super) fn train(
    encoder: &mut Encoder,
    (params, pooling, texts): (&PairParams, Pooling, &[Vec<i64>]),
    batch: &mut dyn FnMut(usize) -> Vec<Pair>,
    (masks, on_step): (&DropoutRng, &mut dyn FnMut(Step)),
) -> Result<FitReport, NnError> {
    let steps = params.steps(texts.len());
    let mut report = FitReport {
        steps,
        epochs: params.epochs,
        losses: Vec::new(),
        tokens: 0,
    };
    let (aside, texts) = sparse_embedding::restrict_to_used(&mut encoder.embeddings, texts);
    let parameters = encoder.parameters();
    let mut adam = Adam::new(Optimizer::AdamW, EPSILON, params.weight_decay, parameters);
    for number in 0..steps {
        let pairs = batch(number);
        let sides = sides(&pairs, &texts);
        report.tokens += sides.iter().map(|text| text.len()).sum::<usize>();
        let loss = loss(encoder, pooling, &sides, &pairs, masks);
        let value = loss.double_value(&[]) as f32;
        let step = number + 1;
        if !value.is_finite() {
            return Err(NnError::Diverged { step, loss: value });
        }
        let factor = Schedule::Linear.factor(number, steps, params.warmup);
        let longest = Some(params.clip_norm).filter(|&longest| longest > 0.0);
        adam.learn(&loss, params.learning_rate * factor, longest);
        report.losses.push(value);
        on_step(Step {
            step,
            steps,
            loss: value,
        });
    }
    detach(encoder, steps)?;
    aside.restore(&mut encoder.embeddings, adam.decayed());
    Ok(report)
}

/// The first texts of all pairs, then the second ones.
fn sides<'a>(pairs: &[Pair], texts: &'a [Vec<i64>]) -> Vec<&'a Vec<i64>> {
    let first = pairs.iter().map(|pair| pair.0);
    let both = first.chain(pairs.iter().map(|pair| pair.1));
    both.map(|text| &texts[text]).collect()
}

/// The mean over the pairs of `(cos(u, v) − y)²`, with `y` 1 for texts of one class and 0 for texts of two: `[]` Float. `sides` are the first
/// texts of all pairs, then the second ones.
fn loss(
    encoder: &Encoder,
    pooling: Pooling,
    sides: &[&Vec<i64>],
    pairs: &[Pair],
    masks: &DropoutRng,
) -> Tensor {
    let device = encoder.device();
    let rows = encoder.pooled(&Packed::new(sides, device), pooling, Some(masks)); // [2B, H]
    let count = pairs.len() as i64;
    let (first, second) = (rows.narrow(0, 0, count), rows.narrow(0, count, count));
    let cosines = Tensor::cosine_similarity(&first, &second, 1, 1e-8); // [B]
    let same: Vec<f32> = pairs.iter().map(|pair| f32::from(pair.2)).collect();
    cosines.mse_loss(&layers::tensor(&same, &[count], device), Reduction::Mean)
}

/// The pairs of a training: in every pass, every text begins `iterations` pairs with a text of its class and as many with one of another class.
/// They are drawn as they are needed, those of all texts at a time.
struct Pairs<'a> {
    labels: &'a [Label],
    /// The texts of each class.
    classes: Vec<Vec<usize>>,
    per_epoch: usize,
    batch_size: usize,
    draws: Rng,
    /// Those that are drawn and not taken yet, in reverse.
    drawn: Vec<Pair>,
    /// Those of the pass that are not taken yet.
    left: usize,
    per_pass: usize,
}

impl<'a> Pairs<'a> {
    fn new(params: &PairParams, labels: &'a [Label], seed: u64) -> Result<Self, NnError> {
        let count = labels.iter().max().map_or(0, |&last| usize::from(last) + 1);
        let mut classes = vec![Vec::new(); count];
        for (text, &label) in labels.iter().enumerate() {
            classes[usize::from(label)].push(text);
        }
        if classes.iter().filter(|texts| !texts.is_empty()).count() < 2 {
            return Err(NnError::NoTexts);
        }
        Ok(Self {
            labels,
            classes,
            per_epoch: params.steps_per_epoch(labels.len()),
            batch_size: params.batch_size,
            draws: Rng::new(seed),
            drawn: Vec::new(),
            left: 0,
            per_pass: params.pairs(labels.len()),
        })
    }

    fn batch(&mut self, step: usize) -> Vec<Pair> {
        if step.is_multiple_of(self.per_epoch) {
            self.left = self.per_pass;
        }
        let count = self.batch_size.min(self.left);
        let mut batch = Vec::new();
        while batch.len() < count {
            match self.drawn.pop() {
                Some(pair) => batch.push(pair),
                None => self.draw(),
            }
        }
        self.left -= count;
        batch
    }

    /// A pair of either kind for every text, in a random order.
    fn draw(&mut self) {
        for text in 0..self.labels.len() {
            let (same, other) = (self.of_its_class(text), self.of_another_class(text));
            self.drawn.push((text, same, true));
            self.drawn.push((text, other, false));
        }
        self.draws.shuffle(&mut self.drawn);
    }

    /// Another text of the same class; the text itself where it is the only one.
    fn of_its_class(&mut self, text: usize) -> usize {
        let class = &self.classes[usize::from(self.labels[text])];
        if class.len() == 1 {
            return text;
        }
        let drawn = class[self.draws.below(class.len() - 1)];
        // The last one stands in for the text itself.
        if drawn == text {
            class[class.len() - 1]
        } else {
            drawn
        }
    }

    fn of_another_class(&mut self, text: usize) -> usize {
        let own = usize::from(self.labels[text]);
        let others = self.labels.len() - self.classes[own].len();
        let mut place = self.draws.below(others);
        for (class, texts) in self.classes.iter().enumerate() {
            if class == own {
                continue;
            }
            match texts.get(place) {
                Some(&other) => return other,
                None => place -= texts.len(),
            }
        }
        // No place is that far.
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(iterations: usize) -> PairParams {
        PairParams {
            epochs: 2,
            iterations,
            batch_size: 7,
            learning_rate: 1e-3,
            warmup: 0.1,
            weight_decay: 0.01,
            clip_norm: 1.0,
            encoder_dropout: None,
        }
    }

    #[test]
    fn every_text_begins_as_many_pairs_of_either_kind() {
        let labels: [Label; 8] = [0, 1, 1, 2, 2, 2, 0, 4];
        let params = params(50);
        let mut pairs = Pairs::new(&params, &labels, 3).unwrap();
        let per_epoch = params.steps_per_epoch(labels.len());
        assert_eq!(params.steps(labels.len()), 2 * per_epoch);
        let pass = |pairs: &mut Pairs, from: usize| -> Vec<Pair> {
            (from..from + per_epoch)
                .flat_map(|step| pairs.batch(step))
                .collect()
        };
        let (first, second) = (pass(&mut pairs, 0), pass(&mut pairs, per_epoch));
        assert_eq!(first.len(), params.pairs(labels.len()));
        assert_ne!(first, second);
        for text in 0..labels.len() {
            for same in [true, false] {
                let of = |pair: &&Pair| pair.0 == text && pair.2 == same;
                let partners: Vec<usize> = first.iter().filter(of).map(|pair| pair.1).collect();
                assert_eq!(partners.len(), 50);
                let alone = labels
                    .iter()
                    .filter(|&&label| label == labels[text])
                    .count()
                    == 1;
                let fits = |&other: &usize| {
                    (labels[other] == labels[text]) == same && (other != text || alone)
                };
                assert!(partners.iter().all(fits), "{text} {same}: {partners:?}");
                let mut distinct = partners.clone();
                distinct.sort_unstable();
                distinct.dedup();
                // In fifty draws, each of at most seven partners comes up.
                let possible = (0..labels.len()).filter(|other| fits(other)).count();
                assert_eq!(distinct.len(), possible, "{text} {same}");
            }
        }
        let again = pass(&mut Pairs::new(&params, &labels, 3).unwrap(), 0);
        assert_eq!(first, again);
        assert_ne!(
            first,
            pass(&mut Pairs::new(&params, &labels, 4).unwrap(), 0)
        );
    }

    #[test]
    fn texts_of_one_class_make_no_pairs() {
        for labels in [&[1, 1, 1][..], &[]] {
            assert!(matches!(
                Pairs::new(&params(1), labels, 0),
                Err(NnError::NoTexts)
            ));
        }
    }
}
