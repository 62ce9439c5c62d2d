//! Comparisons by other metrics, and of more classes.

use super::*;
use crate::metrics::Formula;
use crate::weighted_scores::Weighted;

/// A metric that is computed in the other ways.
fn leaked(metric: &Metric, formula: Formula) -> &'static Metric {
    Box::leak(Box::new(Metric {
        id: "other",
        formula,
        weighted: Weighted::Anew,
        ..*metric
    }))
}

struct Made {
    classes: Classes,
    labels: Vec<Label>,
    rows: Vec<RowPredictions>,
}

/// Rows of trials, a mean, and one fixed trial, of so many classes; the smaller the number, the better the row.
fn made(classes: usize, texts: usize, trials: usize) -> Made {
    let mut random = StatisticRng::new("classes").for_resample(classes);
    let labels: Vec<Label> = (0..texts)
        .map(|_| random.random_range(0..classes) as Label)
        .collect();
    let mut model = |help: f64| {
        let row = |&label: &Label| {
            let mut row: Vec<f64> = (0..classes).map(|_| random.random()).collect();
            row[usize::from(label)] += help;
            let sum: f64 = row.iter().sum();
            let shares = row.into_iter().map(move |one| one / sum);
            shares.skip(usize::from(classes == 2)).collect::<Vec<f64>>()
        };
        Probabilities::new(classes, labels.iter().flat_map(row).collect())
    };
    let mut row = |help: f64, n: usize| (0..n).map(|_| model(help)).collect::<Vec<_>>();
    let rows = vec![
        RowPredictions::trials(row(0.6, trials), true),
        RowPredictions::trials(row(0.3, trials), true),
        RowPredictions::Average(AveragedModels {
            members: row(0.2, trials),
            fixed: false,
            models: Vec::new(),
        }),
        RowPredictions::trials(row(0.2, 1), false),
    ];
    let names = (0..classes).map(|one| format!("c{one:02}")).collect();
    Made {
        classes: Classes::new(names, (classes == 2).then_some("c01")).unwrap(),
        labels,
        rows,
    }
}

impl Made {
    fn input(
        &self,
        metric: &'static Metric,
        a: usize,
        b: usize,
        pairing: Pairing,
    ) -> ComparisonInput<'_> {
        ComparisonInput {
            metric,
            classes: &self.classes,
            labels: &self.labels,
            a: &self.rows[a],
            b: &self.rows[b],
            pairing,
            one_teacher: false,
        }
    }

    /// The noise by each of the metrics, which are the same but for how they are computed.
    fn noises(&self, metrics: &[&'static Metric]) {
        for (a, b, pairing) in [
            (0, 1, Pairing::Paired),
            (0, 1, Pairing::Unpaired),
            (2, 0, Pairing::Unpaired),
            (2, 3, Pairing::Unpaired),
        ] {
            let noise = |metric| {
                let input = self.input(metric, a, b, pairing);
                let values = text_values::TextValues::new(&input).unwrap();
                noise::estimate(&values, 1000).unwrap()
            };
            let first = noise(metrics[0]);
            for &metric in &metrics[1..] {
                assert_eq!(noise(metric), first, "{a} {b}");
            }
        }
    }
}

/// F1 is counted bit by bit (which NumPy confirms), class by class, and text by text: the draws and the figures are the same.
#[test]
fn all_ways_of_counting_give_the_same_bits() {
    let f1 = Metric::primary();
    let by_class = leaked(f1, f1.formula);
    let by_text = leaked(
        f1,
        Formula::Probabilities(|of| Ok(Some(of.matrix().counts().f1(1)))),
    );
    made(2, 150, 5).noises(&[f1, by_class, by_text]);
}

#[test]
fn metrics_of_three_classes_are_counted_as_they_are_computed() {
    let metric = Metric::named("mcc").unwrap();
    let by_text = leaked(
        metric,
        Formula::Probabilities(|of| Ok(Some(of.matrix().counts().mcc()))),
    );
    made(3, 150, 4).noises(&[metric, by_text]);
}

/// Counts of pairs are whole numbers: not a bit differs.
#[test]
fn prepared_areas_are_those_of_copied_texts() {
    let metric = Metric::named("roc-auc").unwrap();
    made(3, 60, 3).noises(&[metric, leaked(metric, metric.formula)]);
}

#[test]
fn a_row_is_better_where_its_value_is_lower_if_lower_is_better() {
    let made = made(3, 400, 8);
    for id in ["macro-f1", "accuracy", "roc-auc", "log-loss", "brier"] {
        let metric = Metric::named(id).unwrap();
        let measured = |a, b| measure(&made.input(metric, a, b, Pairing::Paired)).unwrap();
        let (ahead, behind) = (measured(0, 1), measured(1, 0));
        let higher = metric.direction == crate::Direction::HigherIsBetter;
        assert_eq!(ahead.values[0] > ahead.values[1], higher, "{id}");
        assert!(ahead.values.iter().all(|&value| value > 0.0), "{id}");
        let apart = (ahead.values[0] - ahead.values[1]).abs();
        close(id, ahead.difference, apart, 1e-12);
        close(id, behind.difference, -apart, 1e-12);
        assert!(
            ahead.interval.low > 0.0 && ahead.noise.two_way.ahead > 0.9,
            "{id}"
        );
        let verdict = |evidence| decide(&[evidence], 0.01)[0].verdict;
        assert_eq!(verdict(ahead), Verdict::Better, "{id}");
        assert_eq!(verdict(behind), Verdict::Worse, "{id}");
    }
}

#[test]
fn single_models_of_many_classes_have_mcnemars_test() {
    let made = made(6, 120, 3);
    let metric = Metric::named("macro-f1").unwrap();
    let evidence = measure(&made.input(metric, 3, 3, Pairing::Unpaired)).unwrap();
    let test = evidence.mcnemar.unwrap();
    assert_eq!((test.only_first, test.only_second), (0, 0));
    // Three of 120 texts, of which each moves macro-F1 by about 1 / 120.
    let least = evidence.noise.texts.sqrt() * 1.96 * 120.0 / 3.0;
    assert!((0.5..2.0).contains(&least), "{least}");
    let other = measure(&made.input(metric, 3, 2, Pairing::Unpaired)).unwrap();
    assert!(other.mcnemar.is_some());
    assert_eq!(other.seeds, SeedEvidence::Resampled { seeds: 3 });
}

#[test]
fn metrics_that_are_not_defined_are_no_evidence() {
    let mut made = made(3, 60, 2);
    let measured = |made: &Made, id: &str| {
        measure(&made.input(Metric::named(id).unwrap(), 0, 1, Pairing::Paired))
    };
    assert!(measured(&made, "roc-auc").is_some());
    assert_eq!(measured(&made, "f1"), None, "no class is positive");
    for label in &mut made.labels {
        *label = (*label).min(1);
    }
    assert_eq!(measured(&made, "roc-auc"), None, "a class has no text");
    assert!(measured(&made, "balanced-accuracy").is_some());
    made.labels[0] = 3;
    assert_eq!(measured(&made, "accuracy"), None, "a label of no class");
    made.labels.pop();
    assert_eq!(measured(&made, "accuracy"), None, "a text too few");
}

/// `cargo test --release -p fsl-metrics --lib -- --ignored --nocapture time_of_a_comparison`.
#[test]
#[ignore = "prints how long comparisons take"]
fn time_of_a_comparison() {
    for (classes, texts) in [(77, 3080), (6, 2000), (2, 3080)] {
        let made = made(classes, texts, 10);
        for id in [
            "macro-f1",
            "accuracy",
            "mcc",
            "log-loss",
            "roc-auc",
            "average-precision",
            "calibration-error",
        ] {
            for (a, b, pairing) in [(0, 1, Pairing::Paired), (2, 0, Pairing::Unpaired)] {
                let start = std::time::Instant::now();
                let metric = Metric::named(id).unwrap();
                let done = measure(&made.input(metric, a, b, pairing)).is_some();
                println!(
                    "{classes} {id} {a}{b} {done} {:.2}",
                    start.elapsed().as_secs_f64()
                );
            }
        }
    }
}
