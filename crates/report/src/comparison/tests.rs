//! Comparisons as people and programs read them.

use super::*;
use crate::fixtures::shown;
use fsl_common::classes::{Classes, Label};
use fsl_common::probabilities::Probabilities;
use fsl_metrics::{
    ComparisonInput, Interval, Metric, Needed, Pairing, RowPredictions, Verdict, decide, measure,
};

/// A comparison of two single models over 200 texts, with hostile labels.
fn compared() -> Compared {
    let labels: Vec<Label> = (0..200).map(|text| Label::from(text % 2 == 0)).collect();
    let wrong_in = |period: usize| {
        let says = |text: usize| {
            f64::from(u8::from(
                text.is_multiple_of(2) != text.is_multiple_of(period),
            ))
        };
        RowPredictions::trials(
            vec![Probabilities::two_class((0..200).map(says).collect())],
            false,
        )
    };
    let (a, b) = (wrong_in(7), wrong_in(3));
    let contest = ComparisonInput {
        metric: Metric::primary(),
        classes: &Classes::zero_one(),
        labels: &labels,
        a: &a,
        b: &b,
        pairing: Pairing::Unpaired,
        one_teacher: false,
    };
    let evidence = measure(&contest).unwrap();
    let decision = decide(std::slice::from_ref(&evidence), 0.01).remove(0);
    let row = |name: &str, label: &str| ComparedRow {
        name: name.to_owned(),
        label: label.to_owned(),
        members: None,
        collapsed: 0,
    };
    Compared {
        margin: 0.01,
        comparisons: vec![Comparison {
            rows: [row("e/a", "a|b\u{1b}[31m"), row("e/b", "<b>")],
            pairing: "single models have no pairs".to_owned(),
            evidence,
            decision,
        }],
        missing: vec![Missing {
            rows: ["e/c", "e/a"].map(str::to_owned),
            lacking: vec!["trials 3, 4 of `e/c`".to_owned()],
            command: "fsl-exp run e.toml --results results".to_owned(),
        }],
    }
}

#[test]
fn hostile_labels_stay_in_their_cells() {
    let compared = compared();
    insta::assert_snapshot!(shown(&compared, "terminal"));
    insta::assert_snapshot!(shown(&compared, "markdown"));
    insta::assert_snapshot!(shown(&compared, "latex"));
}

#[test]
fn programs_get_fractions() {
    let text = shown(&compared(), "json");
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let one = &document["comparisons"][0];
    assert_eq!(
        (&document["margin"], &one["verdict"]),
        (&0.01.into(), &"better".into())
    );
    assert_eq!(one["mcnemar"]["exact"], true);
    assert!(one["difference"].as_f64().unwrap() < 1.0 && one["noise"]["degrees"].is_null());
    assert_eq!(
        document["missing"][0]["command"],
        "fsl-exp run e.toml --results results"
    );
}

fn around(center: f64, half: f64) -> Interval {
    Interval {
        low: center - half,
        high: center + half,
    }
}

#[test]
fn every_reason_has_its_words() {
    let mut compared = compared();
    let comparison = &mut compared.comparisons[0];
    comparison.rows[0].collapsed = 2;
    let mut said = Vec::new();
    for (word, p, difference, needed) in [
        (Verdict::Worse, 0.001, -0.2, None),
        (Verdict::Equivalent, 0.2, 0.001, None),
        (Verdict::Equivalent, 0.01, 0.005, None),
        (
            Verdict::Undecided,
            0.01,
            0.009_4,
            Some(Needed::Both(20, 50_000)),
        ),
        (Verdict::Undecided, 0.2, 0.05, Some(Needed::Seeds(1))),
        (Verdict::Undecided, 0.2, 0.05, Some(Needed::Texts(12_345))),
        (Verdict::Undecided, 0.2, 0.05, Some(Needed::Unresolvable)),
    ] {
        comparison.evidence.difference = difference;
        let half = if p < 0.05 { 0.0 } else { 1.0 };
        comparison.evidence.interval = around(difference, half);
        comparison.decision.verdict = word;
        comparison.decision.p_adjusted = p;
        comparison.decision.needed = needed;
        let lines = comparison.reasons(compared.margin);
        said.push(lines[4..].join("\n"));
    }
    // The interval is of one comparison and of the standard error: the word may rest on more.
    comparison.evidence.interval = around(0.05, 0.01);
    comparison.decision.family = 3;
    for p in [0.03, 0.08] {
        comparison.decision.p = p;
        said.push(comparison.reasons(compared.margin)[4].clone());
    }
    insta::assert_snapshot!(said.join("\n\n"));
}

#[test]
fn labels_of_collapsed_rows_are_escaped() {
    let mut compared = compared();
    compared.comparisons[0].rows[0].label = "a|b *c* <d>".to_owned();
    compared.comparisons[0].rows[0].collapsed = 1;
    let text = shown(&compared, "markdown");
    assert!(
        text.contains("- a\\|b \\*c\\* &lt;d>: 1 of its trials collapsed"),
        "{text}"
    );
    let text = shown(&compared, "terminal");
    assert!(
        text.contains("a|b *c* <d>: 1 of its trials collapsed"),
        "{text}"
    );
}

#[test]
fn names_of_rows_without_results_are_escaped() {
    let mut compared = compared();
    compared.missing[0].rows = ["e/c[text=*x*]", "e/<b>"].map(str::to_owned);
    let text = shown(&compared, "markdown");
    assert!(
        text.contains(
            "- e/c\\[text=\\*x\\*] against e/&lt;b>: no results for trials 3, 4 of `e/c`"
        ),
        "{text}"
    );
}
