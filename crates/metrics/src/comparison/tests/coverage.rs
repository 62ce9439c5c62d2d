//! The intervals' coverage of the truth.

use super::*;
use crate::distribution::mean;

/// The share of experiments whose interval covers the true difference.
fn coverage(experiments: usize, worlds: [&World; 2], trials: [usize; 2], pairing: Pairing) -> f64 {
    let labels = worlds[0].labels();
    let truth = worlds[0].f1() - worlds[1].f1();
    let covered = (0..experiments).filter(|&number| {
        let mut random = StatisticRng::new("contest coverage").for_resample(number);
        let hard: Vec<f64> = (0..labels.len()).map(|_| normal(&mut random)).collect();
        let [a, b] = [0, 1].map(|place| {
            side(
                &worlds[place].trials(&mut random, &hard, trials[place]),
                true,
            )
        });
        let input = of_f1(&labels, &a, &b, pairing);
        let values = text_values::TextValues::new(&input).unwrap();
        let noise = noise::estimate(&values, 400).unwrap();
        let [of_a, of_b] = values.rows().map(mean);
        (of_a - of_b - truth).abs() <= noise.half_width(0.975)
    });
    covered.count() as f64 / experiments as f64
}

/// 1,000 experiments have a standard error of 0.7 %.
#[test]
fn intervals_with_both_noises_cover_95_percent() {
    for (trials, pairing) in [([8, 8], Pairing::Paired), ([5, 15], Pairing::Unpaired)] {
        let share = coverage(1000, [&GOOD, &FAIR], trials, pairing);
        assert!((0.93..=0.97).contains(&share), "{trials:?}: {share}");
    }
}

/// The figures of docs/statistics.md: `cargo test --release -p fsl-metrics --lib -- --ignored --nocapture comparison_coverage_table`.
#[test]
#[ignore = "takes minutes; prints the figures of docs/statistics.md"]
fn comparison_coverage_table() {
    let noisy = World { trial: 0.4, ..GOOD };
    let lucky = World {
        luck: 1.0,
        hard: 0.3,
        ..GOOD
    };
    for (name, world) in [
        ("few texts", &GOOD),
        ("noisy seeds", &noisy),
        ("much luck", &lucky),
    ] {
        let other = World {
            skill: 0.75,
            ..*world
        };
        for (trials, pairing) in [
            ([3, 3], Pairing::Paired),
            ([5, 5], Pairing::Paired),
            ([15, 15], Pairing::Paired),
            ([5, 15], Pairing::Unpaired),
        ] {
            let alike = coverage(4000, [world, world], trials, pairing);
            let apart = coverage(4000, [world, &other], trials, pairing);
            println!("{name}, {trials:?}: alike {alike:.3}, apart {apart:.3}");
        }
    }
}
