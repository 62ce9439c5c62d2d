//! Tests and effect sizes against SciPy's, Holm's correction against statsmodels', and the level of the tests.

use fsl_common::classes::Label;
use serde::Deserialize;

use super::*;
use crate::effect_size::{
    Effect, standardized, standardized_paired, superiority, superiority_paired,
};
use crate::testing::{close, golden, normals};

#[derive(Deserialize)]
struct Golden {
    paired: Vec<Paired>,
    long: Long,
    unpaired: Vec<Unpaired>,
    many: Many,
    holm: Vec<Family>,
}

#[derive(Deserialize)]
struct Paired {
    a: Vec<f64>,
    b: Vec<f64>,
    p: f64,
    dz: f64,
    superiority: f64,
}

#[derive(Deserialize)]
struct Long {
    a: Vec<f64>,
    b: Vec<f64>,
    p: f64,
}

#[derive(Deserialize)]
struct Unpaired {
    a: Vec<f64>,
    b: Vec<f64>,
    p: f64,
    g: f64,
    superiority: f64,
}

#[derive(Deserialize)]
struct Many {
    a: Vec<f64>,
    b: Vec<f64>,
    welch: f64,
}

#[derive(Deserialize)]
struct Family {
    p: Vec<f64>,
    adjusted: Vec<f64>,
}

fn differences(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

#[test]
fn sign_flips_are_scipys() {
    let golden: Golden = golden("seeds.json");
    for Paired {
        a,
        b,
        p,
        dz,
        superiority,
    } in golden.paired
    {
        let differences = differences(&a, &b);
        let test = sign_flip(&differences).unwrap();
        let n = a.len();
        assert!(test.exact);
        // Counts over a power of two: equal to the last digit.
        close(&format!("p of {n}"), test.p, p, 1e-15);
        let Some(Effect::Paired(got)) = standardized_paired(&differences) else {
            panic!("no effect of {n}");
        };
        close(&format!("d_z of {n}"), got, dz, 1e-9 * dz.abs().max(1.0));
        let share = superiority_paired(&differences).unwrap();
        close(&format!("P(A > B) of {n}"), share.share, superiority, 1e-15);
        assert!(share.interval.unwrap().contains(share.share));
    }
}

/// SciPy draws 2,000,000 arrangements and we 100,000: a standard error of √(p (1 − p) / 100,000), four of which are allowed.
#[test]
fn many_pairs_are_drawn() {
    let Golden { long, .. } = golden("seeds.json");
    let test = sign_flip(&differences(&long.a, &long.b)).unwrap();
    assert!(!test.exact && test.least < 1.1e-5);
    close(
        "p of 40",
        test.p,
        long.p,
        4.0 * (long.p * (1.0 - long.p) / 1e5).sqrt(),
    );
    assert_eq!(sign_flip(&differences(&long.a, &long.b)), Some(test));
}

#[test]
fn unpaired_comparisons_are_scipys() {
    let golden: Golden = golden("seeds.json");
    for case in golden.unpaired {
        let what = format!("{} and {}", case.a.len(), case.b.len());
        let test = permutation(&case.a, &case.b).unwrap();
        assert!(test.exact, "{what}");
        close(&what, test.p, case.p, 1e-12);
        assert_eq!(
            standardized(&case.a, &case.b).map(|effect| match effect {
                Effect::Unpaired(g) => (g * 1e9).round(),
                Effect::Paired(_) => f64::NAN,
            }),
            Some((case.g * 1e9).round())
        );
        let share = superiority(&case.a, &case.b).unwrap();
        close(&what, share.share, case.superiority, 1e-12);
        assert!(share.interval.unwrap().contains(share.share));
    }
}

/// Of many normal values the test says nearly what Welch's does, which SciPy computes.
#[test]
fn large_permutations_are_drawn() {
    let Golden { many, .. } = golden("seeds.json");
    let test = permutation(&many.a, &many.b).unwrap();
    assert!(!test.exact);
    close("p", test.p, many.welch, 0.01);
}

/// Ten thousand values a row would take minutes with as many draws as twenty.
#[test]
fn many_values_get_fewer_draws() {
    let values = normals("many", 0, 5000);
    let flips = sign_flip(&values).unwrap();
    assert_eq!((flips.exact, flips.draws), (false, 40_000));
    close("least", flips.least, 1.0 / 40_001.0, 1e-12);
    let divided = permutation(&values[..2500], &values[2500..]).unwrap();
    assert_eq!(divided.draws, 40_000);
    assert_eq!(sign_flip(&values[..1000]).unwrap().draws, DRAWS);
    assert_eq!(sign_flip(&values[..8]).unwrap().draws, 0);
}

#[test]
fn rows_that_do_not_vary_can_be_told_apart() {
    let test = permutation(&[0.7; 4], &[0.6; 4]).unwrap();
    close("p", test.p, 2.0 / 70.0, 1e-12);
    let same = permutation(&[0.7; 4], &[0.7; 4]).unwrap();
    close("p", same.p, 1.0, 1e-12);
}

#[test]
fn holms_correction_is_statsmodels() {
    let golden: Golden = golden("seeds.json");
    for Family { p, adjusted } in golden.holm {
        for (got, expected) in holm(&p).into_iter().zip(adjusted) {
            close("adjusted p", got, expected, 1e-15);
        }
    }
    assert!(holm(&[]).is_empty());
}

#[test]
fn fewer_than_six_pairs_cannot_decide() {
    let least = |n: usize| sign_flip(&vec![1.0; n]).unwrap();
    assert_eq!(least(5).p.to_string(), "0.0625");
    assert!(!least(5).can_decide(0.05));
    assert_eq!(least(6).p.to_string(), "0.03125");
    assert!(least(6).can_decide(0.05));
    assert_eq!(sign_flip(&[]), None);
    assert_eq!(permutation(&[], &[1.0]), None);
    assert_eq!(sign_flip(&[0.0; 8]).unwrap().p.to_string(), "1");
}

#[test]
fn what_does_not_vary_has_no_effect_size() {
    assert_eq!(standardized_paired(&[0.01; 5]), None);
    assert_eq!(standardized(&[0.5], &[0.6]), None);
    assert_eq!(superiority_paired(&[0.1]).unwrap().interval, None);
}

/// The share of experiments of alike rows in which p is at most 5 %. 2,000 experiments have a standard error of 0.5 %. Exact tests of few values cannot
/// reach the level itself: with eight pairs p is a multiple of 2 / 2⁸, and at most 12 of 256 arrangements count.
#[test]
fn tests_of_alike_rows_reject_no_more_than_5_percent() {
    let rejected = |p: &dyn Fn(usize) -> f64| {
        let all = 2000;
        (0..all).filter(|&number| p(number) <= 0.05).count() as f64 / f64::from(all as u32)
    };
    let flips = rejected(&|number| sign_flip(&normals("level", number, 8)).unwrap().p);
    assert!((0.03..=0.065).contains(&flips), "sign flip: {flips}");
    let divided = rejected(&|number| {
        let values = normals("level", number, 12);
        permutation(&values[..5], &values[5..]).unwrap().p
    });
    assert!((0.03..=0.065).contains(&divided), "permutation: {divided}");
    // Five of a narrow row, fifteen of a wide one with the same mean: their bare difference would be called in less than one of a hundred.
    let unequal = rejected(&|number| {
        let values = normals("unequal", number, 20);
        let wide: Vec<f64> = values[5..].iter().map(|value| 4.0 * value).collect();
        permutation(&values[..5], &wide).unwrap().p
    });
    assert!((0.03..=0.075).contains(&unequal), "unequal: {unequal}");
}

#[derive(Deserialize)]
struct Texts {
    mcnemar: Vec<Models>,
    divisions: Vec<Division>,
}

#[derive(Deserialize)]
struct Models {
    labels: Vec<Label>,
    a: Vec<Label>,
    b: Vec<Label>,
    discordant: [u64; 2],
    p: f64,
}

#[derive(Deserialize)]
struct Division {
    counts: [u64; 2],
    p: f64,
}

#[test]
fn mcnemars_test_is_statsmodels_exact_one() {
    let golden: Texts = golden("texts.json");
    for case in golden.mcnemar {
        let test = mcnemar(&case.labels, &case.a, &case.b).unwrap();
        assert_eq!([test.only_first, test.only_second], case.discordant);
        close("p", test.p, case.p, 1e-12 * case.p.max(1e-3));
    }
    let alike = mcnemar(&[0, 1], &[1, 1], &[1, 1]).unwrap();
    assert_eq!(alike.p.to_string(), "1");
    assert_eq!(mcnemar(&[0, 1], &[1], &[1, 1]), None);
    let many = mcnemar(&[0, 1, 2, 2], &[0, 1, 2, 1], &[1, 0, 2, 0]).unwrap();
    assert_eq!((many.only_first, many.only_second), (2, 0));
}

/// Witness: `scipy.stats.binomtest(b, b + c, 0.5).pvalue`.
#[test]
fn uneven_divisions_are_scipys() {
    let golden: Texts = golden("texts.json");
    for Division { counts, p } in golden.divisions {
        let [b, c] = counts;
        close(
            &format!("{b} against {c}"),
            even_division_p(b, c),
            p,
            1e-10 * p,
        );
        close(
            &format!("{c} against {b}"),
            even_division_p(c, b),
            p,
            1e-10 * p,
        );
    }
}

/// mlxtend#851: the approximation says 0.84 of 13 against 13, and 1 of 12 against 13.
#[test]
fn p_never_falls_as_the_counts_come_together() {
    for n in [1_u64, 2, 7, 24, 25, 26, 60, 301] {
        let p: Vec<f64> = (0..=n / 2)
            .map(|fewer| even_division_p(fewer, n - fewer))
            .collect();
        assert!(p.windows(2).all(|pair| pair[0] < pair[1]), "{n}: {p:?}");
        close("p of equal counts", p[p.len() - 1], 1.0, 1e-12);
    }
}
