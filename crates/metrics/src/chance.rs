//! The value of a metric that guessing comes to.

use fsl_common::classes::Classes;

use super::Metric;
use super::class_counts::ClassCounts;

/// The value of a metric where every class is guessed equally often, whatever the text: that of the expected counts, for test sets with so
/// many texts of each class. `None` for metrics of probabilities, and where the metric is not defined.
pub fn chance_level(metric: &Metric, classes: &Classes, test_counts: &[u64]) -> Option<f64> {
    let texts: u64 = test_counts.iter().sum();
    let no_positive = metric.needs_positive && test_counts.get(1) == Some(&0);
    if !metric.suits(classes) || test_counts.len() != classes.count() || texts == 0 || no_positive {
        return None;
    }
    let each = 1.0 / classes.count() as f64;
    let support: Vec<f64> = test_counts.iter().map(|&texts| texts as f64).collect();
    metric.of_counts(&ClassCounts {
        hits: support.iter().map(|texts| each * texts).collect(),
        predicted: vec![each * texts as f64; classes.count()],
        support,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    #[test]
    fn guessing_comes_to_what_can_be_worked_out() {
        let names = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        let four = Classes::new(names, None).unwrap();
        let level = |id: &str, classes: &Classes, texts: &[u64]| {
            chance_level(Metric::named(id).unwrap(), classes, texts)
        };
        let even = [10; 4];
        for id in ["accuracy", "macro-f1", "balanced-accuracy"] {
            close(id, level(id, &four, &even).unwrap(), 0.25, 1e-15);
        }
        for id in ["mcc", "kappa"] {
            close(id, level(id, &four, &[70, 20, 5, 5]).unwrap(), 0.0, 1e-15);
        }
        // Half of the texts are guessed positive, of which 20 % are: 2 · 0.2 · 0.5 / (0.2 + 0.5).
        let zero_one = Classes::zero_one();
        let f1 = level("f1", &zero_one, &[80, 20]).unwrap();
        close("F1", f1, 2.0 / 7.0, 1e-15);
        assert_eq!(level("f1", &zero_one, &[80, 0]), None);
        assert_eq!(level("f1", &four, &even), None);
        assert_eq!(level("log-loss", &four, &even), None);
        assert_eq!(level("accuracy", &four, &[0; 4]), None);
        assert_eq!(level("accuracy", &four, &[1; 3]), None);
    }
}
