//! The noise of a difference: that of the seeds, that of the texts, and both drawn at once.

use std::collections::BTreeMap;

use fsl_common::classes::Label;

use super::predictions::{ComparisonInput, Pairing};
use super::resampling::{Row, SeedNoise, TwoWay, drawn_variance, member_weights, two_way};
use super::text_values::{TextValues, counts};
use crate::distribution::{mean, normal_quantile, student_above, student_quantile, variance};
use crate::interval::UPPER;
use crate::{ClassCounts, ConfusionMatrix, Metric};

/// Lower bound on the noise of the texts, in texts: with 0 of n discordant, up to 3 / n of all may be at 95 % (rule of three, Hanley &
/// Lippman-Hand 1983).
const RULE_OF_THREE: f64 = 3.0;

/// From so many texts on that tell the rows apart, the resamples are trusted,
const FEW_TEXTS: usize = 25;

/// if so many of all texts are exceptions in their class, as the normal approximation of a share needs.
const FEW_EXCEPTIONS: usize = 5;

/// The smallest probability that is told apart, and halvings of the range down to it, which leave nine digits.
const LEAST_P: f64 = 1e-12;
const HALVINGS: usize = 36;

/// The noise of a difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Noise {
    /// The parts that are due to seeds, each with its own degrees of freedom; none where nothing is known of them.
    pub seeds: Vec<SeedNoise>,
    /// The variance that is due to the texts, beyond what the seeds' parts hold of it.
    pub texts: f64,
    /// Whether that is the lower bound for few texts: no resample knows it.
    pub few_texts: bool,
    /// Trials and texts drawn at once.
    pub two_way: TwoWay,
}

impl Noise {
    /// The variance that is due to seeds.
    pub fn seed_variance(&self) -> f64 {
        self.seeds.iter().map(|part| part.variance).sum()
    }

    /// The standard error of the difference.
    pub fn error(&self) -> f64 {
        (self.seed_variance() + self.texts).sqrt()
    }

    /// What the noise stays below with this probability, at least one half: the standard errors of seeds and of texts times their own quantiles,
    /// Student's and the normal one, their squares added (Howe 1974). Exact where there is one of them, and a little too far for both; Student's t
    /// with Satterthwaite's degrees of freedom for both falls short where few seeds and the texts are in it.
    pub fn half_width(&self, probability: f64) -> f64 {
        let of_seeds = match self.seed_variance() {
            variance if variance > 0.0 => {
                student_quantile(probability, self.seed_degrees()).powi(2) * variance
            }
            _ => 0.0,
        };
        (of_seeds + normal_quantile(probability).powi(2) * self.texts).sqrt()
    }

    /// Student's degrees of freedom of the seeds' parts together (Welch 1947, Satterthwaite 1946).
    fn seed_degrees(&self) -> f64 {
        let doubt = self
            .seeds
            .iter()
            .map(|part| part.variance.powi(2) / (part.n - 1) as f64);
        self.seed_variance().powi(2) / doubt.sum::<f64>()
    }

    /// The probability that the noise is above `distance`, the inverse of [`half_width`](Self::half_width); nothing below 1e-12 is told apart.
    pub fn upper_tail(&self, distance: f64) -> f64 {
        if distance < 0.0 {
            return 1.0 - self.upper_tail(-distance);
        }
        let error = self.error();
        if error <= 0.0 {
            return f64::from(u8::from(distance <= 0.0));
        }
        if self.seed_variance() <= 0.0 {
            return student_above(distance / error, f64::INFINITY);
        }
        if self.texts <= 0.0 {
            return student_above(distance / error, self.seed_degrees());
        }
        let (mut low, mut high) = (LEAST_P.ln(), 0.5_f64.ln());
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if self.half_width(1.0 - middle.exp()) > distance {
                low = middle;
            } else {
                high = middle;
            }
        }
        high.exp()
    }
}

/// Measures the noise with so many resamples; `None` where the metric is not defined with other members.
pub(super) fn estimate(values: &TextValues, resamples: usize) -> Option<Noise> {
    let input = &values.input;
    let [of_a, of_b] = member_weights(values);
    let rows = [Row::new(values, 0, of_a)?, Row::new(values, 1, of_b)?];
    let figures = values.over_texts(resamples, "texts", None, |_, of_trials| of_trials.to_vec());
    let texts = text_variance(input, &rows, &figures);
    let least = least_variance(values);
    Some(Noise {
        seeds: seed_parts(input, &rows, &values.scores),
        texts: texts.max(least),
        few_texts: least > texts,
        two_way: two_way(values, &rows, resamples),
    })
}

/// The variance that is due to the texts, from every trial's value in every resample. That some texts suit some trials (the interaction) is part
/// of the seeds' variance already and is taken off here, as from mean squares of a crossed design (Cornfield & Tukey 1956).
fn text_variance(input: &ComparisonInput, rows: &[Row; 2], figures: &[Vec<f64>]) -> f64 {
    let over = |figure: &dyn Fn(&[f64]) -> f64| {
        let values: Vec<f64> = figures.iter().map(|one| figure(one)).collect();
        variance(&values)
    };
    let [a, b] = rows;
    let all = over(&|one| mean(&one[a.trial_range()]) - mean(&one[b.trial_range()]));
    let counted_twice = if is_paired(input, rows) {
        let pairs = a.trial_range().zip(b.trial_range());
        let singles: Vec<f64> = pairs.map(|(a, b)| over(&|one| one[a] - one[b])).collect();
        interaction(&singles, all)
    } else if input.pairing == Pairing::Members {
        0.0
    } else {
        let varying = rows
            .iter()
            .filter(|row| row.trials > 1 && row.side.seeds().is_some());
        let of_row = |row: &Row| {
            let singles: Vec<f64> = row
                .trial_range()
                .map(|trial| over(&|one| one[trial]))
                .collect();
            interaction(&singles, over(&|one| mean(&one[row.trial_range()])))
        };
        varying.map(of_row).sum()
    };
    (all - counted_twice).max(0.0)
}

/// What the mean of n trials owes to the interaction of trials and texts: from the variances of single trials over the texts, and that of their
/// mean.
fn interaction(singles: &[f64], of_mean: f64) -> f64 {
    ((mean(singles) - of_mean) / (singles.len() - 1) as f64).max(0.0)
}

fn is_paired(input: &ComparisonInput, rows: &[Row; 2]) -> bool {
    input.pairing == Pairing::Paired && rows[0].trials == rows[1].trials && rows[0].trials > 1
}

/// The variance of three texts that flip, where few texts tell of any noise; otherwise the resamples know better. No difference varies by more
/// than half of its range.
fn least_variance(values: &TextValues) -> f64 {
    let (apart, exceptions) = telling_texts(values);
    if apart >= FEW_TEXTS && exceptions >= FEW_EXCEPTIONS {
        return 0.0;
    }
    let answers = values.answers.iter();
    let steps: Vec<f64> = answers.map(|one| step(&values.input, one)).collect();
    let range = values.input.metric.range;
    (RULE_OF_THREE * mean(&steps) / normal_quantile(UPPER))
        .min(range.high - range.low)
        .powi(2)
}

/// How many texts tell the rows apart, and on how many these differ in another way than on most texts of the same class. Without any of the
/// latter, every resample of the texts says the same: as where one row has all texts of a class right and the other one none.
fn telling_texts(values: &TextValues) -> (usize, usize) {
    let (labels, classes) = (values.input.labels, values.input.classes.count());
    let (a, b) = values.answers.split_at(values.trials()[0]);
    let mut patterns: Vec<BTreeMap<Vec<i64>, usize>> = vec![BTreeMap::new(); classes];
    for (text, &label) in labels.iter().enumerate() {
        let mut shares = vec![0_i64; classes];
        // Differences of shares, without a division.
        for trial in a {
            shares[usize::from(trial[text])] += b.len() as i64;
        }
        for trial in b {
            shares[usize::from(trial[text])] -= a.len() as i64;
        }
        *patterns[usize::from(label)].entry(shares).or_default() += 1;
    }
    let alike = patterns
        .iter()
        .filter_map(|texts| texts.get(&vec![0; classes]));
    let usual = patterns.iter().filter_map(|texts| texts.values().max());
    (
        labels.len() - alike.sum::<usize>(),
        labels.len() - usual.sum::<usize>(),
    )
}

/// By how much one text moves a trial's value: at most in the case of F1 of the positive class; on average over the texts, each answered
/// otherwise, for other metrics of counts; and as it moves accuracy for metrics of probabilities.
fn step(input: &ComparisonInput, answers: &[Label]) -> f64 {
    if input.is_of_positive_f1() {
        let counts = counts(input.labels, answers);
        let predicted = counts.true_positives + counts.false_positives;
        let positives = counts.true_positives + counts.false_negatives;
        return (2.0 / (predicted + positives).max(1) as f64).min(1.0);
    }
    let matrix = ConfusionMatrix::new(input.classes.count(), input.labels, answers);
    let moved = matrix.ok().and_then(|matrix| moved(input.metric, &matrix));
    moved.unwrap_or(1.0 / input.labels.len() as f64)
}

/// The mean change of a metric where one text is answered otherwise: a wrong answer becomes right, and a right one that of the next class.
fn moved(metric: &Metric, matrix: &ConfusionMatrix) -> Option<f64> {
    let counts = matrix.counts();
    let value = metric.of_counts(&counts)?;
    let mut sum = 0.0;
    for (label, row) in matrix.rows().enumerate() {
        for (answer, &texts) in row.iter().enumerate().filter(|&(_, &texts)| texts > 0) {
            let changed = metric.of_counts(&answered_otherwise(&counts, label, answer));
            sum += texts as f64 * (changed.unwrap_or(value) - value).abs();
        }
    }
    Some(sum / matrix.total() as f64)
}

fn answered_otherwise(counts: &ClassCounts, label: usize, answer: usize) -> ClassCounts {
    let mut changed = counts.clone();
    let other = if answer == label {
        changed.hits[label] -= 1.0;
        (label + 1) % changed.classes()
    } else {
        changed.hits[label] += 1.0;
        label
    };
    changed.predicted[answer] -= 1.0;
    changed.predicted[other] += 1.0;
    changed
}

fn seed_parts(input: &ComparisonInput, rows: &[Row; 2], scores: &[f64]) -> Vec<SeedNoise> {
    let [a, b] = rows;
    match input.pairing {
        Pairing::Paired if is_paired(input, rows) => {
            let pairs = a.trial_range().zip(b.trial_range());
            let differences: Vec<f64> = pairs.map(|(a, b)| scores[a] - scores[b]).collect();
            let n = differences.len();
            let variance = variance(&differences) / n as f64;
            vec![SeedNoise { variance, n }]
        }
        Pairing::Members if input.draws_together() => {
            let [of_a, of_b] = [a, b].map(|row| row.drawn.iter().map(|one| one.value));
            let figures: Vec<f64> = of_a.zip(of_b).map(|(a, b)| a - b).collect();
            let models = input.models().len();
            let fewest = a.side.seeds().into_iter().chain(b.side.seeds()).min();
            vec![SeedNoise {
                variance: drawn_variance(&figures, models),
                n: fewest.unwrap_or(models),
            }]
        }
        _ => rows.iter().filter_map(|row| row.part(scores)).collect(),
    }
}
