//! Every metric of 2, 3, 6 and 77 classes against scikit-learn (`tests/golden/metric_classes`).

use std::collections::BTreeMap;

use fsl_common::classes::Label;
use serde::Deserialize;

use super::*;
use crate::ConfusionMatrix;

#[derive(Deserialize)]
struct Case {
    kind: String,
    classes: usize,
    positive: bool,
    seed: u64,
    values: BTreeMap<String, Option<f64>>,
    right: u64,
    matrix: Option<Vec<Vec<u64>>>,
    /// Precision, recall, F1 and support.
    per_class: Option<Vec<[f64; 4]>>,
}

/// Knuth's linear congruential generator (MMIX); the upper 31 bits.
struct Draws(u64);

impl Draws {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// Labels and probabilities, drawn as in `generate.py`.
fn data(case: &Case) -> (Vec<Label>, Probabilities) {
    let (classes, kind) = (case.classes, case.kind.as_str());
    let texts = BTreeMap::from([(2, 40), (3, 60), (6, 90), (77, 308)])[&classes];
    let mut draws = Draws(case.seed);
    let (mut labels, mut values) = (Vec::new(), Vec::new());
    for text in 0..texts {
        let mut label = draws.below(classes);
        match kind {
            "absent" => label -= label % 2,
            "one class" => label = 1,
            _ if text < classes => label = text,
            _ => {}
        }
        let (end, bonus) = if kind == "ties" { (4, 1) } else { (1000, 700) };
        let mut row: Vec<usize> = (0..classes).map(|_| 1 + draws.below(end)).collect();
        row[label] += bonus;
        match kind {
            "one answer" => row[0] += 100_000,
            "one class" => row[1] += 100_000,
            "right" => row[label] += 100_000,
            _ => {}
        }
        let sum = row.iter().sum::<usize>() as f64;
        let shares = row.iter().map(|&one| one as f64 / sum);
        values.extend(shares.skip(usize::from(classes == 2)));
        labels.push(label as Label);
    }
    (labels, Probabilities::new(classes, values))
}

fn classes(case: &Case) -> Classes {
    let names = (0..case.classes).map(|one| format!("c{one:02}")).collect();
    Classes::new(names, case.positive.then_some("c01")).unwrap()
}

#[test]
fn every_metric_is_scikit_learns() {
    let file = fsl_test_support::golden("metric_classes/cases.json");
    let cases: Vec<Case> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    for case in &cases {
        let (labels, probabilities) = data(case);
        let (classes, name) = (classes(case), format!("{} of {}", case.kind, case.classes));
        let evaluation = Evaluation::new(&classes, &labels, &probabilities).unwrap();
        for metric in Metric::all() {
            let value = metric.evaluate(&evaluation).unwrap();
            let Some(&expected) = case.values.get(metric.id) else {
                assert!(metric.needs_positive && value.is_none(), "{}", metric.id);
                continue;
            };
            match (value, expected) {
                (Some(value), Some(expected)) => {
                    let error = (value - expected).abs();
                    assert!(error < 1e-12, "{name}: {} {value} {expected}", metric.id);
                }
                _ => assert_eq!(value, expected, "{name}: {}", metric.id),
            }
        }
        matrix_is_scikit_learns(case, evaluation.matrix());
    }
    let of = |count| cases.iter().filter(|case| case.classes == count).count();
    assert_eq!([2, 3, 6, 77].map(of), [12, 6, 6, 6]);
}

fn matrix_is_scikit_learns(case: &Case, matrix: &ConfusionMatrix) {
    let right: u64 = matrix.rows().enumerate().map(|(one, row)| row[one]).sum();
    assert_eq!(right, case.right);
    if let Some(expected) = &case.matrix {
        assert_eq!(&Vec::from(matrix.clone()), expected);
    }
    for (got, expected) in matrix
        .per_class()
        .iter()
        .zip(case.per_class.iter().flatten())
    {
        let got = [got.precision, got.recall, got.f1, got.support as f64];
        for (got, expected) in got.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-14, "{got} {expected}");
        }
    }
}
