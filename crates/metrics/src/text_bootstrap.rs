//! The class-stratified bootstrap over test texts, of all trials at once, for F1 of the positive one of two classes.
//!
//! F1 needs two counts per trial: positive texts predicted positive, and negative ones. So each text is a word with one bit per trial,
//! and adding up a resample's words adds up all trials: not number by number but bit by bit, with counters that lie across words
//! (Harley & Seal, in Warren, *Hacker's Delight*, chapter 5). Sixty-four trials cost about as much as one.

use fsl_common::classes::Label;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::rng::{StatisticRng, below};

/// Resamples of the test texts.
pub const TEXT_RESAMPLES: usize = 10_000;

/// What one thread works in.
struct Scratch {
    predictions: Option<BitSlicedPredictions>,
    drawn: [Vec<u32>; 2],
    counts: Counts,
}

/// Replaces trials' predictions before the resample of this number is counted.
pub(super) type Change<'a> = dyn Fn(usize, &mut BitSlicedPredictions) + Sync + 'a;

/// Computes `figure` of as many resamples of the texts; as many texts of each class are drawn with replacement as there are. `change`, where
/// there is one, may replace trials' predictions before a resample is counted.
pub(super) fn over_texts<T: Send>(
    predictions: &BitSlicedPredictions,
    resamples: usize,
    purpose: &str,
    change: Option<&Change>,
    figure: impl Fn(usize, &Counts) -> T + Sync,
) -> Vec<T> {
    let draws = StatisticRng::new(purpose);
    let scratch = || Scratch {
        predictions: change.map(|_| predictions.clone()),
        drawn: predictions.texts().map(|texts| vec![0; texts]),
        counts: Counts::default(),
    };
    (0..resamples)
        .into_par_iter()
        .map_init(scratch, |scratch, number| {
            if let (Some(change), Some(own)) = (change, &mut scratch.predictions) {
                change(number, own);
            }
            let mut random = draws.for_resample(number);
            for drawn in &mut scratch.drawn {
                draw(&mut random, drawn);
            }
            let predictions = scratch.predictions.as_ref().unwrap_or(predictions);
            let [positives, negatives] = &scratch.drawn;
            predictions.count([positives, negatives], &mut scratch.counts);
            figure(number, &scratch.counts)
        })
        .collect()
}

/// As many places as there are, drawn with replacement.
pub(super) fn draw(random: &mut ChaCha8Rng, drawn: &mut [u32]) {
    let texts = drawn.len() as u32;
    for text in drawn {
        *text = below(random, texts);
    }
}

/// Trials per word.
const WORD: usize = 64;

/// Bits of a counter: more texts than that do not fit into memory.
const PLANES: usize = 32;

/// What trials predict of texts, apart by the texts' class.
#[derive(Debug, Clone)]
pub(super) struct BitSlicedPredictions {
    /// How many trials.
    trials: usize,
    /// Of positive and of negative texts: for every 64 trials, one word per text.
    classes: [Vec<Vec<u64>>; 2],
}

/// How many texts of each class a resample's trials predict positive.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    true_positives: Vec<u64>,
    false_positives: Vec<u64>,
    positives: u64,
}

impl Counts {
    /// F1 of one trial; 0 where there are neither positives nor predicted positives.
    pub(super) fn f1(&self, trial: usize) -> f64 {
        let whole = self.true_positives[trial] + self.false_positives[trial] + self.positives;
        if whole == 0 {
            0.0
        } else {
            2.0 * self.true_positives[trial] as f64 / whole as f64
        }
    }
}

impl BitSlicedPredictions {
    /// `trials` hold a prediction for each label.
    pub(super) fn new(labels: &[Label], trials: &[&[bool]]) -> Self {
        let class = |label: Label| {
            trials
                .chunks(WORD)
                .map(|part| words(labels, label, part))
                .collect()
        };
        Self {
            trials: trials.len(),
            classes: [class(1), class(0)],
        }
    }

    /// How many texts each class has: positives first.
    pub(super) fn texts(&self) -> [usize; 2] {
        self.classes
            .each_ref()
            .map(|class| class.first().map_or(0, Vec::len))
    }

    /// Other predictions in the place of one trial's. `predictions` are those of the positive and of the negative texts, in order.
    pub(super) fn replace(&mut self, trial: usize, predictions: [&[bool]; 2]) {
        let (word, bit) = (trial / WORD, trial % WORD);
        for (class, predictions) in self.classes.iter_mut().zip(predictions) {
            for (text, &positive) in class[word].iter_mut().zip(predictions) {
                *text = *text & !(1 << bit) | u64::from(positive) << bit;
            }
        }
    }

    /// Counts the texts at `drawn`: of the positive texts and of the negative ones, with repetitions.
    pub(super) fn count(&self, drawn: [&[u32]; 2], counts: &mut Counts) {
        counts.positives = drawn[0].len() as u64;
        for ((class, drawn), counted) in self
            .classes
            .iter()
            .zip(drawn)
            .zip([&mut counts.true_positives, &mut counts.false_positives])
        {
            counted.clear();
            // No count is above the number of texts: the planes above it are 0.
            let bits = usize::BITS - drawn.len().leading_zeros();
            let used = PLANES.min(bits as usize);
            for (texts, first) in class.iter().zip((0..).step_by(WORD)) {
                let planes = tally(texts, drawn);
                let here = WORD.min(self.trials - first);
                counted.extend((0..here).map(|bit| read(&planes[..used], bit)));
            }
        }
    }
}

fn words(labels: &[Label], label: Label, trials: &[&[bool]]) -> Vec<u64> {
    let texts = (0..labels.len()).filter(|&text| labels[text] == label);
    let word = |text: usize| {
        let bits = trials.iter().enumerate();
        bits.fold(0, |word, (bit, trial)| word | u64::from(trial[text]) << bit)
    };
    texts.map(word).collect()
}

/// A full adder for 64 bits at once: the sum's bits and the carries.
fn add(a: u64, b: u64, c: u64) -> (u64, u64) {
    let half = a ^ b;
    (half ^ c, a & b | half & c)
}

/// The sum of the words at `drawn`, bit by bit: plane k holds bit k of every trial's count.
fn tally(texts: &[u64], drawn: &[u32]) -> [u64; PLANES] {
    let mut planes = [0; PLANES];
    let [mut ones, mut twos, mut fours] = [0; 3];
    let eights = drawn.chunks_exact(8);
    let rest = eights.remainder();
    for part in eights {
        let word = |place: usize| texts[part[place] as usize];
        let (sum, first) = add(ones, word(0), word(1));
        let (sum, second) = add(sum, word(2), word(3));
        let (pair, low) = add(twos, first, second);
        let (sum, first) = add(sum, word(4), word(5));
        let (sum, second) = add(sum, word(6), word(7));
        let (pair, high) = add(pair, first, second);
        let (four, eight) = add(fours, low, high);
        [ones, twos, fours] = [sum, pair, four];
        carry(&mut planes, 3, eight);
    }
    [planes[0], planes[1], planes[2]] = [ones, twos, fours];
    for &text in rest {
        carry(&mut planes, 0, texts[text as usize]);
    }
    planes
}

/// Adds a word to the counters from one plane on.
fn carry(planes: &mut [u64; PLANES], from: usize, mut word: u64) {
    for plane in &mut planes[from..] {
        if word == 0 {
            return;
        }
        let both = *plane & word;
        *plane ^= word;
        word = both;
    }
}

fn read(planes: &[u64], bit: usize) -> u64 {
    let bits = planes.iter().enumerate();
    bits.fold(0, |count, (plane, word)| count | (word >> bit & 1) << plane)
}

#[cfg(test)]
mod tests;
