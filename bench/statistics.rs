//! How long the statistics of a comparison take: `cargo run --release --example bench-statistics`.
//!
//! Issue 5 asks for 10,000 bootstrap resamples of 15 × 10,000 predictions in under 2 s on two cores.

use std::time::Instant;

use fsl_common::classes::{Classes, Label};
use fsl_common::probabilities::Probabilities;
use fsl_metrics::{ComparisonInput, Metric, Pairing, RowPredictions, TEXT_RESAMPLES, measure};

const TEXTS: usize = 10_000;
const TRIALS: usize = 15;

/// Trials that are right about seven times in ten, from a small generator (xorshift64).
fn trials(mut state: u64, labels: &[Label]) -> Vec<Probabilities> {
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut one =
        |&label: &Label| (0.35 + 0.3 * f64::from(label) + 0.6 * (next() - 0.5)).clamp(0.0, 1.0);
    (0..TRIALS)
        .map(|_| Probabilities::two_class(labels.iter().map(&mut one).collect()))
        .collect()
}

fn main() {
    let labels: Vec<Label> = (0..TEXTS).map(|text| Label::from(text % 2 == 0)).collect();
    let [a, b] =
        [trials(1, &labels), trials(2, &labels)].map(|row| RowPredictions::trials(row, true));
    let single = RowPredictions::trials(trials(2, &labels)[..1].to_vec(), true);
    for _ in 0..3 {
        time(
            "against a single model",
            &labels,
            &a,
            &single,
            Pairing::Unpaired,
        );
        time("against as many, paired", &labels, &a, &b, Pairing::Paired);
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn time(what: &str, labels: &[Label], a: &RowPredictions, b: &RowPredictions, link: Pairing) {
    let started = Instant::now();
    let evidence = measure(&ComparisonInput {
        metric: Metric::primary(),
        classes: &Classes::zero_one(),
        labels,
        a,
        b,
        pairing: link,
        one_teacher: false,
    });
    println!(
        "{TRIALS} x {TEXTS} predictions {what}, all evidence (two bootstraps of {TEXT_RESAMPLES} resamples, tests, effect sizes): {:.3} s (p {:.3})",
        started.elapsed().as_secs_f64(),
        evidence.map_or(1.0, |evidence| evidence.p)
    );
}
