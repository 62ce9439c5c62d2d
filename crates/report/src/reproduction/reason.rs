//! The reason of a verdict in words.

use crate::table::{RowState, TableRow};
use crate::text::{one_line, percent, plural, thousands};
use fsl_metrics::{
    Basis, CenterError, ConfusionMatrix, Reproduction, ReproductionCheck, SpreadSource,
};

/// What a verdict rests on, with the numbers in percent.
pub(super) fn words(
    judgement: &ReproductionCheck,
    figure: &str,
    row: &TableRow,
    trials: &[ConfusionMatrix],
) -> String {
    let grounds = match judgement.grounds {
        Basis::NotPublished => return format!("no {figure} is published"),
        Basis::Unfinished => return unfinished(&row.state),
        Basis::Exact => exact(judgement.verdict).to_owned(),
        Basis::PerText { here, published } => {
            let (tolerance, texts) = (tolerance(judgement), texts(trials));
            let (here, published) = (percent(here), percent(published));
            format!(
                "{tolerance} = 1.96 × √({here}² + {published}²), the sampling errors of both rows on {texts}: fair coins \
                 differ by no more in 95 % of throws"
            )
        }
        Basis::TestSetOnly { sampling } => {
            let (tolerance, sampling) = (tolerance(judgement), percent(sampling));
            let known = if judgement.verdict == Reproduction::Reproduced {
                "so no spread over seeds is needed to explain it"
            } else {
                "and neither side has a spread over seeds that could explain it: more trials would tell"
            };
            format!("{tolerance} = 1.96 × {sampling}, the test set's sampling error, {known}")
        }
        Basis::Spread {
            here,
            published,
            sampling,
            degrees,
            quantile,
        } => format!(
            "{} = √({quantile:.2}² × ({} + {}) + 1.96² × {}² from the test set){}",
            tolerance(judgement),
            source(&here, "here"),
            source(&published, "published"),
            percent(sampling),
            student(quantile, degrees),
        ),
    };
    format!("{}{grounds}", opening(judgement))
}

/// `64.41 published, 67.51 here: `
fn opening(judgement: &ReproductionCheck) -> String {
    let number = |figure: Option<f64>| figure.map_or_else(|| "–".to_owned(), percent);
    let (published, ours) = (number(judgement.published), number(judgement.ours));
    format!("{published} published, {ours} here: ")
}

/// `3.10 apart, within 4.05`
fn tolerance(judgement: &ReproductionCheck) -> String {
    let apart = percent(judgement.difference().unwrap_or_default().abs());
    let tolerance = percent(judgement.tolerance.unwrap_or_default());
    let within = if judgement.verdict == Reproduction::Reproduced {
        "within"
    } else {
        "beyond"
    };
    format!("{apart} apart, {within} {tolerance}")
}

fn exact(verdict: Reproduction) -> &'static str {
    match verdict {
        Reproduction::Reproduced => "the method draws no random number, and both read the same",
        Reproduction::Outside | Reproduction::CannotTell => {
            "the method draws no random number, so both must read the same"
        }
    }
}

/// `1.21² from 15 runs here`
fn source(side: &CenterError, whose: &str) -> String {
    let error = percent(side.error);
    let count = |kind: &str| format!("{} {}", side.n, plural(side.n as u64, kind));
    match side.source {
        SpreadSource::Runs => format!("{error}² from {} {whose}", count("run")),
        SpreadSource::Members => format!("{error}² from resampling {} {whose}", count("member")),
        SpreadSource::OtherSide => {
            let other = if whose == "here" { "published" } else { "here" };
            format!(
                "{error}² from {} {whose} with the spread {other}",
                count("run")
            )
        }
    }
}

fn student(quantile: f64, degrees: f64) -> String {
    if degrees > 1e5 {
        return String::new();
    }
    format!("; {quantile:.2} is Student's t for {degrees:.0} degrees of freedom")
}

fn texts(trials: &[ConfusionMatrix]) -> String {
    let Some(first) = trials.first() else {
        return "the test set".to_owned();
    };
    match first.two_class() {
        Some(two) => {
            let positives = two.true_positives + two.false_negatives;
            format!(
                "{} positive and {} negative texts",
                thousands(positives),
                thousands(two.total() - positives)
            )
        }
        None => format!(
            "{} texts of {} classes",
            thousands(first.total()),
            first.classes()
        ),
    }
}

fn unfinished(state: &RowState) -> String {
    match state {
        RowState::Partial {
            finished, wanted, ..
        } => format!("{finished} of {wanted} trials are finished"),
        RowState::Blocked { reason, .. } => format!("the row is blocked: {}", one_line(reason)),
        RowState::Complete | RowState::Missing => "no trial is finished".to_owned(),
    }
}
