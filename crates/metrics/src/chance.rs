//! The values of a metric that need no look at the texts.

use fsl_common::classes::Classes;

use super::Metric;
use super::class_counts::ClassCounts;

/// What a metric comes to without a look at the texts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChanceLevels {
    /// Where every class is guessed equally often: the metric of the expected counts.
    pub uniform: f64,
    /// Where the most frequent class of the test texts is predicted for all of them; the first one of equals.
    pub most_frequent: f64,
}

/// The chance levels of a metric for test sets with so many texts of each class. `None` for metrics of probabilities, and where the
/// metric is not defined.
pub fn chance_levels(
    metric: &Metric,
    classes: &Classes,
    test_counts: &[u64],
) -> Option<ChanceLevels> {
    let no_positive = metric.needs_positive && test_counts.get(1) == Some(&0);
    let suits = metric.suits(classes) && test_counts.len() == classes.count() && !no_positive;
    let texts = test_counts.iter().sum::<u64>() as f64;
    if !suits || texts == 0.0 {
        return None;
    }
    let most = test_counts.iter().max()?;
    let most = test_counts.iter().position(|count| count == most)?;
    let support: Vec<f64> = test_counts.iter().map(|&count| count as f64).collect();
    // A share of every class's texts is predicted to be of each class.
    let of_shares = |shares: Vec<f64>| {
        let pairs = shares.iter().zip(&support);
        metric.of_counts(&ClassCounts {
            hits: pairs.map(|(share, count)| share * count).collect(),
            predicted: shares.iter().map(|share| share * texts).collect(),
            support: support.clone(),
        })
    };
    let one = |class| if class == most { 1.0 } else { 0.0 };
    Some(ChanceLevels {
        uniform: of_shares(vec![1.0 / classes.count() as f64; classes.count()])?,
        most_frequent: of_shares((0..classes.count()).map(one).collect())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    fn levels(id: &str, classes: &Classes, texts: &[u64]) -> Option<[f64; 2]> {
        let levels = chance_levels(Metric::named(id).unwrap(), classes, texts)?;
        Some([levels.uniform, levels.most_frequent])
    }

    #[test]
    fn guessing_comes_to_what_can_be_worked_out() {
        let names = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        let four = Classes::new(names, None).unwrap();
        let skewed = [5, 70, 20, 5];
        let check = |id: &str, classes: &Classes, texts: &[u64], expected: [f64; 2]| {
            let found = levels(id, classes, texts).unwrap();
            for (found, expected) in found.into_iter().zip(expected) {
                close(id, found, expected, 1e-15);
            }
        };
        for id in ["accuracy", "balanced-accuracy"] {
            check(id, &four, &[10; 4], [0.25; 2]);
        }
        check("accuracy", &four, &skewed, [0.25, 0.7]);
        check("balanced-accuracy", &four, &skewed, [0.25; 2]);
        // F1 of the class that is always predicted: 2 · 0.7 / (1 + 0.7); of the others 0.
        let f1 = |share: f64| 2.0 * 0.25 * share / (0.25 + share);
        let uniform = (f1(0.7) + f1(0.2) + 2.0 * f1(0.05)) / 4.0;
        check("macro-f1", &four, &skewed, [uniform, 1.4 / 1.7 / 4.0]);
        for id in ["mcc", "kappa"] {
            check(id, &four, &skewed, [0.0; 2]);
        }
        // Half of the texts are guessed positive, of which 20 % are: 2 · 0.2 · 0.5 / (0.2 + 0.5).
        check("f1", &Classes::zero_one(), &[80, 20], [2.0 / 7.0, 0.0]);
    }

    #[test]
    fn what_is_not_defined_has_no_chance_level() {
        let (zero_one, names) = (Classes::zero_one(), ["a", "b", "c"].map(str::to_owned));
        let three = Classes::new(names.to_vec(), None).unwrap();
        for (id, classes, texts) in [
            ("f1", &zero_one, &[80, 0][..]),
            ("f1", &three, &[1; 3]),
            ("log-loss", &three, &[1; 3]),
            ("accuracy", &three, &[0; 3]),
            ("accuracy", &three, &[1; 2]),
        ] {
            assert_eq!(levels(id, classes, texts), None, "{id} {texts:?}");
        }
    }
}
