//! How long the statistics of a comparison take: `cargo run --release --example bench-statistics`.
//!
//! Issue 5 asks for 10,000 bootstrap resamples of 15 × 10,000 predictions in under 2 s on two cores.

use std::time::Instant;

use fsl_exp::metric::{Contest, Link, Side, TEXT_RESAMPLES, gather, text_bootstrap};

const TEXTS: usize = 10_000;
const TRIALS: usize = 15;

/// Trials that are right about seven times in ten, from a small generator (xorshift64).
fn trials(mut state: u64, labels: &[u8]) -> Vec<Vec<f64>> {
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut one =
        |&label: &u8| (0.35 + 0.3 * f64::from(label) + 0.6 * (next() - 0.5)).clamp(0.0, 1.0);
    (0..TRIALS)
        .map(|_| labels.iter().map(&mut one).collect())
        .collect()
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn main() {
    let labels: Vec<u8> = (0..TEXTS).map(|text| u8::from(text % 2 == 0)).collect();
    let [a, b] = [trials(1, &labels), trials(2, &labels)].map(|row| Side::trials(&row, 0.5, true));
    let said = |side: &Side| side.predictions();
    let (of_a, of_b) = (said(&a), said(&b));
    let slices =
        |row: &'static [Vec<bool>]| row.iter().map(Vec::as_slice).collect::<Vec<&[bool]>>();
    let (of_a, of_b) = (slices(of_a.leak()), slices(of_b.leak()));
    for _ in 0..3 {
        let started = Instant::now();
        let one = text_bootstrap(&labels, &of_a, &of_b[..1]);
        println!(
            "{TEXT_RESAMPLES} resamples of {TRIALS} x {TEXTS} predictions against a single model: {:.3} s (sd {:.5})",
            started.elapsed().as_secs_f64(),
            one.map_or(0.0, |(sd, _)| sd)
        );
        let started = Instant::now();
        let contest = Contest {
            labels: &labels,
            a: &a,
            b: &b,
            link: Link::Paired,
        };
        let evidence = gather(&contest);
        println!(
            "all evidence on two rows of {TRIALS} x {TEXTS} (two bootstraps, tests, effect sizes): {:.3} s (p {:.3})",
            started.elapsed().as_secs_f64(),
            evidence.map_or(1.0, |evidence| evidence.p)
        );
    }
}
