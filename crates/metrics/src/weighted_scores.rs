//! Metrics of probabilities over texts that count several times: what a bootstrap computes over and over.
//!
//! Everything that does not depend on how often a text counts is prepared once: what a text adds to a mean, its bin, its place in the order
//! of a class's probabilities.

use fsl_common::classes::{Classes, Label};
use fsl_common::probabilities::Probabilities;

use super::class_probability_metrics::calibration_gap;

/// How a metric of probabilities is computed where texts count several times.
#[derive(Debug, Clone, Copy)]
pub(super) enum Weighted {
    /// Anew, from every copy of a text.
    Anew,
    /// It is the mean of what each text adds.
    TextMean(fn(&Probabilities, usize, Label) -> f64),
    /// The calibration error.
    Calibration,
    /// The area under a curve: of label 1 where there are two classes and one is positive, otherwise the mean over the classes.
    Area(Curve),
}

/// A curve over the thresholds of a probability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    /// The receiver operating characteristic, which of two classes is the same for both.
    Roc,
    /// Precision by recall.
    PrecisionRecall,
}

/// A trial's probabilities, prepared for one metric.
pub(super) enum Scorer {
    TextMean(Vec<f64>),
    /// Each text's bin, and its probability less its outcome.
    Calibration(Vec<(usize, f64)>),
    /// Of each class.
    Area(Curve, Vec<Ranking>),
}

/// The texts from the highest probability of a class down. A place's two upper bits tell whether the text is of the class, and whether the next
/// one's probability is another.
pub(super) struct Ranking(Vec<u32>);

const IS_OF_CLASS: u32 = 1 << 31;
const ENDS_TIE: u32 = 1 << 30;
const PLACE: u32 = ENDS_TIE - 1;

impl Scorer {
    /// `None` where the metric is computed anew.
    pub(super) fn new(
        how: Weighted,
        classes: &Classes,
        labels: &[Label],
        probabilities: &Probabilities,
    ) -> Option<Self> {
        let texts = labels.iter().enumerate();
        Some(match how {
            Weighted::Anew => return None,
            Weighted::TextMean(of) => Self::TextMean(
                texts
                    .map(|(text, &label)| of(probabilities, text, label))
                    .collect(),
            ),
            Weighted::Calibration => {
                let answers = probabilities.predicted();
                let gap =
                    |(text, &label)| calibration_gap(probabilities, text, label, answers[text]);
                Self::Calibration(texts.map(gap).collect())
            }
            Weighted::Area(curve) => {
                let count = classes.count();
                let one = classes.has_positive() || count == 2 && curve == Curve::Roc;
                let which = if one { 1..2 } else { 0..count };
                let ranking = |class| Ranking::new(labels, probabilities, class as Label);
                Self::Area(curve, which.map(ranking).collect())
            }
        })
    }

    /// The metric where each text counts so often. All texts must be there, or as many of each class.
    pub(super) fn value(&self, times: &[u32]) -> f64 {
        let total = || f64::from(times.iter().sum::<u32>());
        match self {
            Self::TextMean(added) => {
                let all = added.iter().zip(times);
                all.map(|(added, &times)| added * f64::from(times))
                    .sum::<f64>()
                    / total()
            }
            Self::Calibration(gaps) => {
                let mut bins = [0.0; super::CALIBRATION_BINS];
                for (&(bin, gap), &times) in gaps.iter().zip(times) {
                    bins[bin] += gap * f64::from(times);
                }
                bins.iter().map(|gap| gap.abs()).sum::<f64>() / total()
            }
            Self::Area(curve, classes) => {
                let areas = classes.iter().map(|ranking| ranking.area(*curve, times));
                areas.sum::<f64>() / classes.len() as f64
            }
        }
    }
}

impl Ranking {
    fn new(labels: &[Label], probabilities: &Probabilities, class: Label) -> Self {
        let values: Vec<f64> = (0..labels.len())
            .map(|text| probabilities.of(text, class))
            .collect();
        let mut order: Vec<u32> = (0..labels.len() as u32).collect();
        order.sort_by(|&left, &right| values[right as usize].total_cmp(&values[left as usize]));
        let place = |(rank, &text): (usize, &u32)| {
            let is_of_class = labels[text as usize] == class;
            let next = order.get(rank + 1).map(|&next| values[next as usize]);
            let ends = next.is_none_or(|next| next < values[text as usize]);
            text | if is_of_class { IS_OF_CLASS } else { 0 } | if ends { ENDS_TIE } else { 0 }
        };
        Self(order.iter().enumerate().map(place).collect())
    }

    /// As [`roc_auc`](super::roc_auc) and [`average_precision`](super::average_precision).
    fn area(&self, curve: Curve, times: &[u32]) -> f64 {
        let (mut inside, mut outside) = (0_u64, 0_u64);
        let mut before = (0_u64, 0_u64);
        let (mut doubled, mut precision) = (0_u64, 0.0);
        for &place in &self.0 {
            let count = u64::from(times[(place & PLACE) as usize]);
            if place & IS_OF_CLASS == 0 {
                outside += count;
            } else {
                inside += count;
            }
            if place & ENDS_TIE == 0 || (inside, outside) == before {
                continue;
            }
            if curve == Curve::Roc {
                doubled += (outside - before.1) * (inside + before.0);
            } else if inside > before.0 {
                let share = inside as f64 / (inside + outside) as f64;
                precision += (inside - before.0) as f64 * share;
            }
            before = (inside, outside);
        }
        if curve == Curve::Roc {
            doubled as f64 / (2.0 * inside as f64 * outside as f64)
        } else {
            precision / inside as f64
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt as _;

    use super::*;
    use crate::rng::StatisticRng;
    use crate::testing::close;
    use crate::{Evaluation, Metric};

    /// Copies of texts count as the texts that count several times.
    #[test]
    fn texts_that_count_several_times_are_copies() {
        for (count, positive) in [(2, true), (2, false), (3, false), (7, false)] {
            let mut random = StatisticRng::new("copies").for_resample(count);
            let names = (0..count).map(|one| format!("c{one}")).collect();
            let classes = Classes::new(names, positive.then_some("c1")).unwrap();
            let labels: Vec<Label> = (0..90).map(|text| (text % count) as Label).collect();
            // Few different values: there are ties.
            let columns = if count == 2 { 1 } else { count };
            let values = (0..90 * columns).map(|_| f64::from(random.random_range(0..20_u8)) / 20.0);
            let probabilities = Probabilities::new(count, values.collect());
            let times: Vec<u32> = (0..90)
                .map(|text| {
                    if text < count {
                        1
                    } else {
                        random.random_range(0..4)
                    }
                })
                .collect();
            let copies: Vec<usize> = (0..90)
                .flat_map(|text| std::iter::repeat_n(text, times[text] as usize))
                .collect();
            let own: Vec<Label> = copies.iter().map(|&text| labels[text]).collect();
            let copied = probabilities.select(&copies);
            let evaluation = Evaluation::new(&classes, &own, &copied).unwrap();
            for metric in Metric::all().iter().filter(|one| one.needs_probabilities()) {
                let scorer = Scorer::new(metric.weighted, &classes, &labels, &probabilities);
                let value = scorer.unwrap().value(&times);
                let expected = metric.evaluate(&evaluation).unwrap().unwrap();
                close(metric.id, value, expected, 1e-12);
            }
        }
    }
}
