//! Every verdict with its reason, in every format.

use super::*;
use crate::fixtures::{self, cells, narrow, row, shown, trials};
use crate::{ExperimentTable, Published, RowState, Style, TableRow};
use fsl_metrics::Randomness;

/// A table of one row that is judged.
fn table(mut row: TableRow, published: Published) -> ExperimentTable {
    row.published = Some(published);
    ExperimentTable {
        rows: vec![row],
        ..fixtures::complete()
    }
}

fn complete(id: &str, figures: &[(f64, f64, f64)]) -> TableRow {
    row(id, id, RowState::Complete, trials(figures))
}

fn reasons_in(row: TableRow, published: Published, style: &Style) -> String {
    let table = table(row, published);
    let lines = check_published(&[(&table, *style)]);
    let line = |cell: &CheckedCell| {
        format!(
            "{} {:?}: {}",
            cell.figure, cell.judgement.verdict, cell.reason
        )
    };
    lines[0]
        .cells
        .iter()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}

fn reasons(row: TableRow, published: Published) -> String {
    reasons_in(row, published, &Style::default())
}

const EXPERTS: [(f64, Option<f64>); 3] = [
    (64.41, Some(4.65)),
    (65.34, Some(2.87)),
    (64.80, Some(10.39)),
];

const SEVERAL: [(f64, f64, f64); 4] = [
    (68.25, 70.5, 66.0),
    (64.5, 69.0, 60.75),
    (66.0, 71.25, 61.5),
    (70.125, 68.75, 71.5),
];

#[test]
fn what_is_not_random_reads_the_same_or_not() {
    let bow = complete("bow", &[(56.396, 63.072, 50.99)]);
    insta::assert_snapshot!(reasons(bow, cells(1, [(56.4, None), (63.07, None), (51.0, None)])), @"
    F1 Reproduced: 56.40 published, 56.40 here: the method draws no random number, and both read the same
    P Reproduced: 63.07 published, 63.07 here: the method draws no random number, and both read the same
    R Outside: 51.00 published, 50.99 here: the method draws no random number, so both must read the same
    ");
}

/// P 63.066 reads 63.07 and R 51.004 reads 51.00: their F1 is 56.40, that of the counts 56.41.
#[test]
fn f1_is_formed_as_the_table_forms_it() {
    let bow = || complete("bow", &[(56.406, 63.066, 51.004)]);
    let published = cells(1, [(56.4, None), (63.07, None), (51.0, None)]);
    let line = |style: &Style| {
        reasons_in(bow(), published, style)
            .lines()
            .next()
            .unwrap()
            .to_owned()
    };
    insta::assert_snapshot!(line(&Style::default()), @"F1 Outside: 56.40 published, 56.41 here: the method draws no random number, so both must read the same");
    insta::assert_snapshot!(line(&Style::published()), @"F1 Reproduced: 56.40 published, 56.40 here: the method draws no random number, and both read the same");
}

#[test]
fn coins_differ_by_the_sampling_error_only() {
    let mut random = complete("random", &[(50.14, 50.02, 50.26)]);
    random.chance = Randomness::PerText;
    insta::assert_snapshot!(reasons(random, cells(1, [(50.73, None), (50.44, None), (53.02, None)])), @"
    F1 Reproduced: 50.73 published, 50.14 here: 0.59 apart, within 1.54 = 1.96 × √(0.56² + 0.56²), the sampling errors of both rows on 5,000 positive and 5,000 negative texts: fair coins differ by no more in 95 % of throws
    P Reproduced: 50.44 published, 50.02 here: 0.42 apart, within 1.38 = 1.96 × √(0.50² + 0.50²), the sampling errors of both rows on 5,000 positive and 5,000 negative texts: fair coins differ by no more in 95 % of throws
    R Outside: 53.02 published, 50.26 here: 2.76 apart, beyond 1.96 = 1.96 × √(0.71² + 0.71²), the sampling errors of both rows on 5,000 positive and 5,000 negative texts: fair coins differ by no more in 95 % of throws
    ");
}

#[test]
fn runs_on_both_sides() {
    insta::assert_snapshot!(reasons(complete("fsl", &SEVERAL), cells(15, EXPERTS)), @"
    F1 Reproduced: 64.41 published, 67.12 here: 2.72 apart, within 4.77 = √(2.21² × (1.45² from 4 runs here + 1.53² from 15 runs published) + 1.96² × 0.51² from the test set); 2.21 is Student's t for 11 degrees of freedom
    P Outside: 65.34 published, 69.75 here: 4.41 apart, beyond 2.73 = √(2.15² × (0.70² from 4 runs here + 0.94² from 15 runs published) + 1.96² × 0.53² from the test set); 2.15 is Student's t for 14 degrees of freedom
    R Reproduced: 64.80 published, 63.75 here: 1.05 apart, within 9.85 = √(2.18² × (2.90² from 4 runs here + 3.42² from 15 runs published) + 1.96² × 0.67² from the test set); 2.18 is Student's t for 12 degrees of freedom
    ");
}

#[test]
fn a_single_run_borrows_the_other_side_s_spread() {
    insta::assert_snapshot!(reasons(complete("fsl", &SEVERAL), cells(1, [(64.0, None), (65.0, None), (66.0, None)])), @"
    F1 Reproduced: 64.00 published, 67.12 here: 3.12 apart, within 9.19 = √(3.18² × (1.45² from 4 runs here + 2.48² from 1 run published with the spread here) + 1.96² × 0.51² from the test set); 3.18 is Student's t for 3 degrees of freedom
    P Outside: 65.00 published, 69.75 here: 4.75 apart, beyond 4.54 = √(3.18² × (0.70² from 4 runs here + 1.20² from 1 run published with the spread here) + 1.96² × 0.53² from the test set); 3.18 is Student's t for 3 degrees of freedom
    R Reproduced: 66.00 published, 63.75 here: 2.25 apart, within 18.31 = √(3.18² × (2.90² from 4 runs here + 4.95² from 1 run published with the spread here) + 1.96² × 0.67² from the test set); 3.18 is Student's t for 3 degrees of freedom
    ");
    insta::assert_snapshot!(reasons(complete("fsl", &SEVERAL[..1]), cells(15, EXPERTS)), @"
    F1 Reproduced: 64.41 published, 68.25 here: 3.84 apart, within 10.88 = √(2.14² × (4.81² from 1 run here with the spread published + 1.53² from 15 runs published) + 1.96² × 0.51² from the test set); 2.14 is Student's t for 14 degrees of freedom
    P Reproduced: 65.34 published, 70.50 here: 5.16 apart, within 6.76 = √(2.14² × (2.97² from 1 run here with the spread published + 0.94² from 15 runs published) + 1.96² × 0.52² from the test set); 2.14 is Student's t for 14 degrees of freedom
    R Reproduced: 64.80 published, 66.00 here: 1.20 apart, within 24.24 = √(2.14² × (10.75² from 1 run here with the spread published + 3.42² from 15 runs published) + 1.96² × 0.67² from the test set); 2.14 is Student's t for 14 degrees of freedom
    ");
}

#[test]
fn an_ensemble_has_the_spread_of_its_members() {
    let mut mean = complete("mean", &[(67.9, 68.0, 67.8)]);
    mean.ensemble = Some(fixtures::spread(15, [0.005, 0.006, 0.02]));
    insta::assert_snapshot!(reasons(mean, cells(1, [(67.86, None), (67.75, None), (67.98, None)])), @"
    F1 Reproduced: 67.86 published, 67.90 here: 0.04 apart, within 1.80 = √(2.14² × (0.50² from resampling 15 members here + 0.50² from 1 run published with the spread here) + 1.96² × 0.49² from the test set); 2.14 is Student's t for 14 degrees of freedom
    P Reproduced: 67.75 published, 68.00 here: 0.25 apart, within 2.06 = √(2.14² × (0.60² from resampling 15 members here + 0.60² from 1 run published with the spread here) + 1.96² × 0.50² from the test set); 2.14 is Student's t for 14 degrees of freedom
    R Reproduced: 67.98 published, 67.80 here: 0.18 apart, within 6.20 = √(2.14² × (2.00² from resampling 15 members here + 2.00² from 1 run published with the spread here) + 1.96² × 0.66² from the test set); 2.14 is Student's t for 14 degrees of freedom
    ");
}

#[test]
fn single_runs_on_both_sides_have_the_test_set_only() {
    let distilled = complete("distill", &[(68.0, 68.5, 67.5)]);
    insta::assert_snapshot!(reasons(distilled, cells(1, [(68.34, None), (67.58, None), (69.12, None)])), @"
    F1 Reproduced: 68.34 published, 68.00 here: 0.34 apart, within 0.97 = 1.96 × 0.49, the test set's sampling error, so no spread over seeds is needed to explain it
    P Reproduced: 67.58 published, 68.50 here: 0.92 apart, within 0.98 = 1.96 × 0.50, the test set's sampling error, so no spread over seeds is needed to explain it
    R CannotTell: 69.12 published, 67.50 here: 1.62 apart, beyond 1.30 = 1.96 × 0.66, the test set's sampling error, and neither side has a spread over seeds that could explain it: more trials would tell
    ");
}

#[test]
fn what_is_missing_cannot_be_judged() {
    let mut published = cells(15, EXPERTS);
    published.recall = None;
    insta::assert_snapshot!(reasons(complete("fsl", &SEVERAL), published), @"
    F1 Reproduced: 64.41 published, 67.12 here: 2.72 apart, within 4.77 = √(2.21² × (1.45² from 4 runs here + 1.53² from 15 runs published) + 1.96² × 0.51² from the test set); 2.21 is Student's t for 11 degrees of freedom
    P Outside: 65.34 published, 69.75 here: 4.41 apart, beyond 2.73 = √(2.15² × (0.70² from 4 runs here + 0.94² from 15 runs published) + 1.96² × 0.53² from the test set); 2.15 is Student's t for 14 degrees of freedom
    R CannotTell: no R is published
    ");
    let states = [
        RowState::Partial {
            finished: 2,
            wanted: 15,
            failed: 1,
        },
        RowState::Blocked {
            reason: "encoder `x`\nis not here".into(),
            hint: None,
        },
        RowState::Missing,
    ];
    let first = states.map(|state| {
        let finished = if matches!(state, RowState::Partial { .. }) {
            2
        } else {
            0
        };
        let row = row("fsl", "fsl", state, trials(&SEVERAL[..finished]));
        reasons(row, cells(15, EXPERTS))
            .lines()
            .next()
            .unwrap()
            .to_owned()
    });
    insta::assert_snapshot!(first.join("\n"), @"
    F1 CannotTell: 2 of 15 trials are finished
    F1 CannotTell: the row is blocked: encoder `x` is not here
    F1 CannotTell: no trial is finished
    ");
}

/// A reproduced, an outside, an unfinished and an unpublished cell, in two experiments; one experiment has nothing to judge.
fn mixed() -> Vec<CheckedTable> {
    let mut one = fixtures::compared();
    one.rows[0].trials = trials(&[(56.4, 63.07, 51.2)]);
    one.rows[1].label = "FSL | <b>".into();
    let missing = row("fsl", "FSL", RowState::Missing, vec![]);
    let mut two = table(missing, cells(15, EXPERTS));
    two.name = "second".into();
    two.title = String::new();
    check_published(&fixtures::alike(
        &[one, fixtures::complete(), two],
        &Style::default(),
    ))
}

#[test]
fn the_verdicts_are_counted() {
    let counts = VerdictCounts::over(&mixed());
    assert_eq!(
        (counts.reproduced, counts.outside, counts.cannot_tell),
        (3, 2, 3)
    );
}

#[test]
fn verdicts_in_the_terminal() {
    insta::assert_snapshot!(shown(&mixed(), "terminal"), @"
    Positive or negative tweet, from 100 labelled texts
    ───────────────────────────────────────────────────────────────────────────────
     row         figure   published    here   difference   tolerance   verdict
    ───────────────────────────────────────────────────────────────────────────────
     bow         F1           56.40   56.40         0.00        0.00   reproduced
     bow         P            63.07   63.07         0.00        0.00   reproduced
     bow         R            51.00   51.20        +0.20        0.00   outside
     FSL | <b>   F1           64.41   67.12        +2.72        4.77   reproduced
     FSL | <b>   P            65.34   69.75        +4.41        2.73   outside
     FSL | <b>   R                –   64.94            –           –   cannot tell
    ───────────────────────────────────────────────────────────────────────────────
    bow F1: reproduced: 56.40 published, 56.40 here: the method draws no random number, and both read the same
    bow P: reproduced: 63.07 published, 63.07 here: the method draws no random number, and both read the same
    bow R: outside: 51.00 published, 51.20 here: the method draws no random number, so both must read the same
    FSL | <b> F1: reproduced: 64.41 published, 67.12 here: 2.72 apart, within 4.77 = √(2.21² × (1.45² from 4 runs here + 1.53² from 15 runs published) + 1.96² × 0.51² from the test set); 2.21 is Student's t for 11 degrees of freedom
    FSL | <b> P: outside: 65.34 published, 69.75 here: 4.41 apart, beyond 2.73 = √(2.15² × (0.70² from 4 runs here + 0.94² from 15 runs published) + 1.96² × 0.53² from the test set); 2.15 is Student's t for 14 degrees of freedom
    FSL | <b> R: cannot tell: no R is published

    second
    ────────────────────────────────────────────────────────────────────────
     row   figure   published   here   difference   tolerance   verdict
    ────────────────────────────────────────────────────────────────────────
     FSL   F1           64.41      –            –           –   cannot tell
     FSL   P            65.34      –            –           –   cannot tell
     FSL   R            64.80      –            –           –   cannot tell
    ────────────────────────────────────────────────────────────────────────
    FSL F1: cannot tell: no trial is finished
    FSL P: cannot tell: no trial is finished
    FSL R: cannot tell: no trial is finished

    8 published cells: 3 reproduced, 2 outside, 3 cannot tell
    ");
}

#[test]
fn verdicts_in_a_narrow_terminal() {
    let text = narrow(&mixed(), 80);
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
}

#[test]
fn verdicts_in_markdown() {
    insta::assert_snapshot!(shown(&mixed(), "markdown"), @r"
    ### Positive or negative tweet, from 100 labelled texts

    | row | figure | published | here | difference | tolerance | verdict | why |
    |:--|:--|--:|--:|--:|--:|:--|:--|
    | bow | F1 | 56.40 | 56.40 | 0.00 | 0.00 | reproduced | 56.40 published, 56.40 here: the method draws no random number, and both read the same |
    | bow | P | 63.07 | 63.07 | 0.00 | 0.00 | reproduced | 63.07 published, 63.07 here: the method draws no random number, and both read the same |
    | bow | R | 51.00 | 51.20 | +0.20 | 0.00 | outside | 51.00 published, 51.20 here: the method draws no random number, so both must read the same |
    | FSL \| &lt;b> | F1 | 64.41 | 67.12 | +2.72 | 4.77 | reproduced | 64.41 published, 67.12 here: 2.72 apart, within 4.77 = √(2.21² × (1.45² from 4 runs here + 1.53² from 15 runs published) + 1.96² × 0.51² from the test set); 2.21 is Student's t for 11 degrees of freedom |
    | FSL \| &lt;b> | P | 65.34 | 69.75 | +4.41 | 2.73 | outside | 65.34 published, 69.75 here: 4.41 apart, beyond 2.73 = √(2.15² × (0.70² from 4 runs here + 0.94² from 15 runs published) + 1.96² × 0.53² from the test set); 2.15 is Student's t for 14 degrees of freedom |
    | FSL \| &lt;b> | R | – | 64.94 | – | – | cannot tell | no R is published |

    ### second

    | row | figure | published | here | difference | tolerance | verdict | why |
    |:--|:--|--:|--:|--:|--:|:--|:--|
    | FSL | F1 | 64.41 | – | – | – | cannot tell | no trial is finished |
    | FSL | P | 65.34 | – | – | – | cannot tell | no trial is finished |
    | FSL | R | 64.80 | – | – | – | cannot tell | no trial is finished |

    8 published cells: 3 reproduced, 2 outside, 3 cannot tell
    ");
}

#[test]
fn papers_have_one_table_of_verdicts_and_the_reasons_as_a_list() {
    let text = shown(&mixed(), "latex");
    assert_eq!(text.matches("\\begin{tabular}{llrrrrl}").count(), 1);
    assert_eq!(text.matches("\\multicolumn{7}{l}").count(), 2, "{text}");
    for part in [
        "    FSL | \\textless{}b\\textgreater{} & R & -- & $64.94$ & -- & -- & cannot tell \\\\\n",
        "  \\item {}FSL | \\textless{}b\\textgreater{} R: cannot tell: no R is published\n",
        "\n8 published cells: 3 reproduced, 2 outside, 3 cannot tell\n",
    ] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
}

#[test]
fn verdicts_for_programs() {
    let text = shown(&mixed().split_off(1), "json");
    insta::assert_snapshot!(text.replace("0.6480000000000001", "0.648"), @r#"
    {
      "experiments": [
        {
          "name": "second",
          "title": "second",
          "cells": [
            {
              "row": "fsl",
              "label": "FSL",
              "figure": "f1",
              "published": 0.6441,
              "here": null,
              "difference": null,
              "tolerance": null,
              "verdict": "cannot-tell",
              "reason": "no trial is finished"
            },
            {
              "row": "fsl",
              "label": "FSL",
              "figure": "precision",
              "published": 0.6534,
              "here": null,
              "difference": null,
              "tolerance": null,
              "verdict": "cannot-tell",
              "reason": "no trial is finished"
            },
            {
              "row": "fsl",
              "label": "FSL",
              "figure": "recall",
              "published": 0.648,
              "here": null,
              "difference": null,
              "tolerance": null,
              "verdict": "cannot-tell",
              "reason": "no trial is finished"
            }
          ]
        }
      ],
      "reproduced": 0,
      "outside": 0,
      "cannot_tell": 3
    }
    "#);
}
