//! The rule against other programs' numbers.

mod coverage;

use serde::Deserialize;

use super::*;
use crate::{Confusion, ConfusionMatrix, Metric};
use fsl_test_support::golden;

#[derive(Deserialize)]
struct Cases {
    errors: Vec<ErrorCase>,
    quantiles: Vec<(Option<f64>, f64)>,
    welch: Vec<WelchCase>,
    single: Vec<SingleCase>,
    medians: Vec<(usize, f64)>,
}

#[derive(Deserialize)]
struct ErrorCase {
    name: String,
    counts: [u64; 4],
    delta: Errors,
    posterior: Errors,
    bootstrap: Option<Errors>,
}

#[derive(Deserialize)]
struct Errors {
    f1: f64,
    precision: f64,
    recall: f64,
}

#[derive(Deserialize)]
struct WelchCase {
    ours: Vec<f64>,
    published: WelchPublished,
    tolerance: f64,
}

#[derive(Deserialize)]
struct WelchPublished {
    value: f64,
    n: usize,
    sd: [f64; 2],
}

#[derive(Deserialize)]
struct SingleCase {
    ours: Vec<f64>,
    tolerance: f64,
}

fn cases() -> Cases {
    let text = std::fs::read_to_string(golden("published/cases.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn confusion([tp, fp, fn_, tn]: [u64; 4]) -> Confusion {
    Confusion {
        true_positives: tp,
        false_positives: fp,
        false_negatives: fn_,
        true_negatives: tn,
    }
}

#[track_caller]
fn near(what: &str, got: f64, expected: f64, relative: f64) {
    assert!(
        (got - expected).abs() <= relative * expected.abs(),
        "{what}: {got} ≠ {expected}"
    );
}

/// A row of trained trials whose figures have no sampling error.
fn trained(values: &[f64]) -> Observed<'_> {
    Observed {
        values,
        complete: true,
        chance: Randomness::Seeds,
        resampled: None,
        sampling_error: 0.0,
    }
}

fn cell(value: f64, n: usize, sd: Option<f64>) -> PublishedCell {
    PublishedCell {
        value,
        sd,
        n,
        center: Center::Mean,
        ddof: 1,
    }
}

fn sampling_error(id: &str, trials: &[Confusion]) -> f64 {
    let metric = Metric::named(id).unwrap();
    let trials: Vec<ConfusionMatrix> = trials.iter().map(|&one| one.into()).collect();
    metric.sampling_error(&trials).unwrap()
}

/// The same formula in PyTorch and SciPy: some units in the last place. The delta method itself is an approximation: 2 %
/// against draws of the rates and of the test set, whose own noise is 0.1 %.
#[test]
fn sampling_errors_equal_pytorchs_delta_method_and_draws() {
    let cases = cases().errors;
    assert!(cases.len() >= 7);
    for case in cases {
        let counts = [confusion(case.counts)];
        let [f1, precision, recall] =
            ["f1", "precision", "recall"].map(|id| sampling_error(id, &counts));
        for (what, got, delta, posterior) in [
            ("F1", f1, case.delta.f1, case.posterior.f1),
            (
                "P",
                precision,
                case.delta.precision,
                case.posterior.precision,
            ),
            ("R", recall, case.delta.recall, case.posterior.recall),
        ] {
            let what = format!("{}: {what}", case.name);
            near(&what, got, delta, 1e-12);
            // Two guesses among 1,000 texts: a precision of 1/2 ± 1/2 has no slope worth the name.
            if what != "nothing found: P" {
                near(&what, got, posterior, 0.02);
            }
        }
        if let Some(drawn) = case.bootstrap {
            near(&case.name, f1, drawn.f1, 0.02);
            near(&case.name, precision, drawn.precision, 0.02);
            near(&case.name, recall, drawn.recall, 0.02);
        }
    }
}

#[test]
fn sampling_errors_of_several_trials_are_their_root_mean_square() {
    let (a, b) = (confusion([50, 20, 50, 80]), confusion([70, 30, 30, 70]));
    let both = sampling_error("f1", &[a, b]);
    let [a, b] = [a, b].map(|counts| sampling_error("f1", &[counts]));
    near("F1", both, (f64::midpoint(a * a, b * b)).sqrt(), 1e-15);
    assert_eq!(sampling_error("recall", &[]).to_string(), "0");
    for id in ["f1", "precision"] {
        assert!(sampling_error(id, &[Confusion::default()]).is_finite());
    }
    assert_eq!(Metric::named("roc_auc").unwrap().sampling_error(&[]), None);
}

/// statrs' cumulative distribution is good to about 1e-12; its slope at the quantile is not below 0.01.
#[test]
fn quantiles_equal_scipys() {
    for (degrees, expected) in cases().quantiles {
        let degrees = degrees.unwrap_or(f64::INFINITY);
        near(&format!("t({degrees})"), quantile(degrees), expected, 1e-9);
    }
}

/// SciPy's Welch interval is the rule for means without sampling error. Published deviations of either ddof say the same.
#[test]
fn tolerances_of_means_equal_scipys_welch_intervals() {
    for case in cases().welch {
        for (ddof, sd) in (0..).zip(case.published.sd) {
            let published = PublishedCell {
                ddof,
                ..cell(case.published.value, case.published.n, Some(sd))
            };
            let judged = check_reproduction(&trained(&case.ours), Some(&published));
            near("Welch", judged.tolerance.unwrap(), case.tolerance, 1e-8);
        }
    }
}

#[test]
fn a_single_published_run_gets_scipys_prediction_interval() {
    for case in cases().single {
        let judged = check_reproduction(&trained(&case.ours), Some(&cell(0.6, 1, None)));
        near(
            "one more run",
            judged.tolerance.unwrap(),
            case.tolerance,
            1e-8,
        );
    }
}

/// Against the deviation of drawn medians, whose own noise is 0.1 %.
#[test]
fn errors_of_medians_are_those_of_drawn_ones() {
    let medians = cases().medians;
    assert!(medians.len() >= 9);
    for (n, drawn) in medians {
        let ratio = center_variance(Center::Median, n).sqrt() / drawn;
        let most = if n > 2 && n % 2 == 0 { 1.08 } else { 1.002 };
        assert!((0.988..most).contains(&ratio), "n = {n}: {ratio}");
    }
}

#[test]
fn what_is_not_random_must_read_the_same() {
    let verdict = |ours: f64, published: f64| {
        let ours = [ours];
        let ours = Observed {
            chance: Randomness::None,
            sampling_error: 0.006,
            ..trained(&ours)
        };
        let judged = check_reproduction(&ours, Some(&cell(published, 1, None)));
        assert_eq!(judged.grounds, Basis::Exact);
        judged.verdict
    };
    assert_eq!(verdict(0.563_951, 0.564), Reproduction::Reproduced);
    assert_eq!(verdict(0.563_949, 0.564), Reproduction::Outside);
}

/// A published spread means that the source varied what is fixed here: ours is one such run.
#[test]
fn a_fixed_row_against_varied_ones_borrows_their_spread() {
    let ours = Observed {
        chance: Randomness::None,
        ..trained(&[0.60])
    };
    let judged = check_reproduction(&ours, Some(&cell(0.55, 15, Some(0.03))));
    assert_eq!(judged.verdict, Reproduction::Reproduced);
    near(
        "one more run",
        judged.tolerance.unwrap(),
        2.144_786_687_9 * 0.03 * (16.0_f64 / 15.0).sqrt(),
        1e-9,
    );
}

#[test]
fn without_any_spread_only_the_test_set_can_explain_a_difference() {
    let verdict = |ours: f64| {
        let values = [ours];
        let ours = Observed {
            sampling_error: 0.005,
            ..trained(&values)
        };
        check_reproduction(&ours, Some(&cell(0.65, 1, None))).verdict
    };
    assert_eq!(verdict(0.6597), Reproduction::Reproduced);
    assert_eq!(verdict(0.6599), Reproduction::CannotTell);
    assert_eq!(verdict(0.6), Reproduction::CannotTell);
}

#[test]
fn members_drawn_anew_are_the_spread_of_both_single_values() {
    let ours = Observed {
        resampled: Some(MemberSpread {
            sd: 0.01,
            members: 15,
        }),
        sampling_error: 0.005,
        ..trained(&[0.66])
    };
    let judged = check_reproduction(&ours, Some(&cell(0.70, 1, None)));
    let Basis::Spread {
        here,
        published,
        degrees,
        ..
    } = judged.grounds
    else {
        panic!("{judged:?}")
    };
    assert_eq!((here.source, here.n), (SpreadSource::Members, 15));
    assert_eq!(
        (published.source, published.n),
        (SpreadSource::OtherSide, 1)
    );
    // The spread is estimated once, from 15 members.
    near("degrees", degrees, 14.0, 1e-12);
    assert_eq!(judged.verdict, Reproduction::Outside);
    let several = Observed {
        values: &[0.66, 0.68],
        ..ours
    };
    let Basis::Spread { here, .. } =
        check_reproduction(&several, Some(&cell(0.70, 1, None))).grounds
    else {
        panic!("several values have a spread")
    };
    assert_eq!((here.source, here.n), (SpreadSource::Runs, 2));
}

#[test]
fn the_published_statistic_is_compared() {
    let values = [0.0, 0.66, 0.67];
    let published = PublishedCell {
        center: Center::Median,
        ..cell(0.66, 15, Some(0.01))
    };
    let judged = check_reproduction(&trained(&values), Some(&published));
    assert_eq!((judged.ours, judged.difference()), (Some(0.66), Some(0.0)));
}

#[test]
fn missing_trials_and_missing_cells_cannot_be_judged() {
    let partial = Observed {
        complete: false,
        ..trained(&[0.65, 0.66])
    };
    let judged = check_reproduction(&partial, Some(&cell(0.655, 15, Some(0.03))));
    assert_eq!(
        (judged.verdict, judged.grounds),
        (Reproduction::CannotTell, Basis::Unfinished)
    );
    assert_eq!((judged.ours, judged.tolerance), (Some(0.655), None));
    let none = check_reproduction(&trained(&[]), Some(&cell(0.655, 15, Some(0.03))));
    assert_eq!((none.verdict, none.ours), (Reproduction::CannotTell, None));
    let unpublished = check_reproduction(&trained(&[0.65]), None);
    assert_eq!(
        (unpublished.verdict, unpublished.grounds),
        (Reproduction::CannotTell, Basis::NotPublished)
    );
}
