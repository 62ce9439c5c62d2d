//! Thresholds between two classes that no test label decides.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use fsl_common::classes::Label;

/// Above which score a text is of the second of two classes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Threshold {
    /// Where the method's own probability is one half.
    Half,
    /// Where half of the pool is above it.
    Balanced,
    /// Where that share of the pool is above it that makes F1 the largest if scores of both classes are normal with equal spread and both
    /// classes are equally frequent. How far apart they are follows from the AUC of a cross-validation on the labelled texts. It buys F1
    /// with accuracy.
    F1Optimal,
    /// Where this share of the pool is above it.
    Prior(f64),
    /// Where F1 is the largest in a cross-validation on the labelled texts.
    Validation,
}

/// A threshold as a spec names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ThresholdName {
    /// Where the sum of the scores is 0.
    Half,
    /// Where half of the transfer texts are above it.
    #[default]
    Balanced,
    /// Where the expected F1 is the largest, at the cost of accuracy.
    F1Optimal,
    /// Where the share `prior` of the transfer texts is above it.
    Prior,
    /// Where F1 is the largest in a cross-validation on the labelled texts; of `calibrate` only.
    Validation,
}

impl ThresholdName {
    /// The threshold with its share; `None` where that is missing.
    pub(super) fn with(self, prior: Option<f64>) -> Option<Threshold> {
        Some(match self {
            Self::Half => Threshold::Half,
            Self::Balanced => Threshold::Balanced,
            Self::F1Optimal => Threshold::F1Optimal,
            Self::Prior => Threshold::Prior(prior?),
            Self::Validation => Threshold::Validation,
        })
    }

    /// A key that does not go with the others, and why.
    pub(super) fn conflict(self, prior: Option<f64>) -> Option<(&'static str, &'static str)> {
        match (self == Self::Prior, prior) {
            (true, None) => Some((
                "threshold",
                "`prior` is missing: the share of the transfer texts above the threshold",
            )),
            (false, Some(_)) => Some(("prior", "it goes only with `threshold = \"prior\"`")),
            _ => None,
        }
    }
}

impl Threshold {
    /// What a caption says of it; `None` where the method's own probability decides.
    pub fn words(self) -> Option<String> {
        match self {
            Self::Half => None,
            Self::Balanced => {
                Some("set so that half of the transfer texts are above it".to_owned())
            }
            Self::F1Optimal => {
                Some("set for the largest expected F1, at the cost of accuracy".to_owned())
            }
            Self::Prior(share) => Some(format!(
                "set so that {} % of the transfer texts are above it",
                (1000.0 * share).round() / 10.0
            )),
            Self::Validation => Some(
                "set for the largest F1 in a cross-validation on the labelled texts".to_owned(),
            ),
        }
    }

    /// Whether scores of the pool decide it.
    pub(super) fn needs_pool(self) -> bool {
        matches!(self, Self::Balanced | Self::F1Optimal | Self::Prior(_))
    }

    /// The score that it stands for, from the scores of the pool; `auc`, that of a cross-validation, is there for [`F1Optimal`](Self::F1Optimal).
    /// Where the pool does not decide, it is 0.
    pub(super) fn cut(self, pool: &[f64], auc: Option<f64>) -> f64 {
        let share = self.share(auc);
        share.map_or(0.0, |share| quantile(pool, 1.0 - share))
    }

    /// The share of the pool above it; `None` where the pool does not decide.
    pub(super) fn share(self, auc: Option<f64>) -> Option<f64> {
        match self {
            Self::Half | Self::Validation => None,
            Self::Balanced => Some(0.5),
            Self::F1Optimal => Some(f1_optimal_share(auc.unwrap_or(0.5))),
            Self::Prior(share) => Some(share),
        }
    }
}

/// A value that is not above a share of `values`, between two of them by linear interpolation, as NumPy's `quantile`; 0 where there are none.
pub(super) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = place.floor();
    let (low, high) = (below as usize, (below as usize + 1).min(last));
    sorted[low] + (place - below) * (sorted[high] - sorted[low])
}

/// The share of positives that makes F1 the largest where scores are normal with equal spread, `√2 Φ⁻¹(AUC)` apart, and half of all texts
/// are positive: of all cuts `t`, with `T = 1 − Φ(t − d)` and `F = 1 − Φ(t)`, the one where `2T / (T + F + 1)` is largest; the share is
/// `(T + F) / 2`.
fn f1_optimal_share(auc: f64) -> f64 {
    let normal = Normal::standard();
    let distance = std::f64::consts::SQRT_2 * normal.inverse_cdf(auc.clamp(0.5, 0.999));
    let shares = |cut: f64| (normal.sf(cut - distance), normal.sf(cut));
    let f1 = |cut: f64| {
        let (hits, false_alarms) = shares(cut);
        2.0 * hits / (hits + false_alarms + 1.0)
    };
    // Finer than any pool can tell, over all cuts that part anything.
    let cuts = (-6000..=12_000).map(|step| f64::from(step) / 1000.0);
    let best = cuts.max_by(|a, b| f1(*a).total_cmp(&f1(*b)));
    let (hits, false_alarms) = shares(best.unwrap_or_default());
    f64::midpoint(hits, false_alarms)
}

/// The score above which to take texts for the second class so that F1 is the largest, as scikit-learn's `precision_recall_curve` has it:
/// midway between two neighbouring scores. Of several, the one nearest to 0; 0 where no text is of the second class.
pub(super) fn best_f1_cut(scores: &[f64], labels: &[Label]) -> f64 {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_unstable_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let positives = labels.iter().filter(|&&label| label == 1).count() as f64;
    let (mut hits, mut above) = (0.0, 0.0);
    let (mut best, mut cut) = (0.0, 0.0_f64);
    let mut groups = order
        .chunk_by(|&a, &b| scores[a].total_cmp(&scores[b]).is_eq())
        .peekable();
    while let Some(ties) = groups.next() {
        hits += ties.iter().filter(|&&text| labels[text] == 1).count() as f64;
        above += ties.len() as f64;
        let f1 = 2.0 * hits / (above + positives);
        let lowest = scores[ties[0]];
        let here = match groups.peek() {
            Some(next) => f64::midpoint(lowest, scores[next[0]]),
            // All texts are above it.
            None => lowest - 1.0,
        };
        if f1 > best + ROUNDING || (f1 > best - ROUNDING && here.abs() < cut.abs()) {
            (best, cut) = (f1, here);
        }
    }
    cut
}

/// Values of F1 that differ by less are equal.
const ROUNDING: f64 = 1e-12;

/// The area under the ROC curve: the share of pairs of both classes in which the second one's score is higher, ties counted half. One half
/// where there is only one class.
pub(super) fn auc(scores: &[f64], labels: &[Label]) -> f64 {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_unstable_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let (mut wins, mut negatives_below) = (0.0, 0.0);
    for ties in order.chunk_by(|&a, &b| scores[a].total_cmp(&scores[b]).is_eq()) {
        let positives = ties.iter().filter(|&&text| labels[text] == 1).count() as f64;
        let negatives = ties.len() as f64 - positives;
        wins += positives * (negatives_below + negatives / 2.0);
        negatives_below += negatives;
    }
    let positives = scores.len() as f64 - negatives_below;
    let pairs = positives * negatives_below;
    if pairs > 0.0 { wins / pairs } else { 0.5 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }

    /// Witness: NumPy's `quantile`, and by hand.
    #[test]
    fn quantiles_are_those_of_numpy() {
        let values = [3.0, 1.0, 2.0, 10.0];
        for (share, expected) in [(0.0, 1.0), (0.5, 2.5), (0.3, 1.9), (1.0, 10.0)] {
            close(quantile(&values, share), expected);
        }
        close(quantile(&[], 0.5), 0.0);
    }

    /// By hand.
    #[test]
    fn the_auc_counts_pairs() {
        close(auc(&[0.1, 0.4, 0.35, 0.8], &[0, 0, 1, 1]), 0.75);
        close(auc(&[0.5, 0.5], &[0, 1]), 0.5);
        close(auc(&[0.1, 0.2], &[1, 1]), 0.5);
    }

    /// Witness: SciPy, tests/golden/cross_view/generate.py. 1e-3: the cuts are that far apart, and F1 is flat at its maximum.
    #[test]
    fn shares_with_the_largest_f1_are_those_of_scipy() {
        let file = std::fs::read(fsl_test_support::golden("cross_view/f1_shares.json")).unwrap();
        let cases: Vec<(f64, f64)> = serde_json::from_slice(&file).unwrap();
        assert!(cases.len() > 4);
        for (auc, share) in cases {
            let found = f1_optimal_share(auc);
            assert!((found - share).abs() < 1e-3, "{auc}: {found} {share}");
        }
    }

    #[test]
    fn the_cut_leaves_the_share_of_the_pool_above_it() {
        let pool: Vec<f64> = (0..100).map(f64::from).collect();
        let above = |threshold: Threshold| {
            let cut = threshold.cut(&pool, Some(0.8));
            pool.iter().filter(|&&score| score > cut).count()
        };
        assert_eq!(above(Threshold::Balanced), 50);
        assert_eq!(above(Threshold::Prior(0.2)), 20);
        let optimal = above(Threshold::F1Optimal);
        assert!((55..75).contains(&optimal), "{optimal}");
        assert_eq!(above(Threshold::Half), 99);
    }
}
