//! Snapshots of the terminal's tables.

use super::*;
use crate::output::{Layout, Output};
use crate::{ExperimentTable, Style, fixtures};

fn narrow(table: &ExperimentTable, width: u16) -> String {
    fixtures::narrow(&vec![(table, Style::default())], width)
}

fn shown(tables: &[ExperimentTable], style: &Style) -> String {
    fixtures::shown(&fixtures::alike(tables, style), "terminal")
}

#[test]
fn a_complete_table() {
    insta::assert_snapshot!(narrow(&fixtures::complete(), 80), @r"
    Positive or negative tweet, from 100 labelled texts
    ─────────────────────────────────────────────────────────────────────────────
     row          n             F1              P              R             MCC
    ─────────────────────────────────────────────────────────────────────────────
     bow          1   56.40 ±    –   63.07 ±    –   51.00 ±    –   0.215 ±     –
     FSL MiniLM   4   67.22 ± 2.48   69.88 ± 1.20   64.94 ± 4.95   0.371 ± 0.024
    ─────────────────────────────────────────────────────────────────────────────
    n = 4 trials per row (rows without randomness run once: –); mean ± sample sd
    (ddof 1) over trials, in percent except MCC; varied: init, order, dropout;
    fixed: sample; 100 training texts, 2,000 test texts.
    ");
}

#[test]
fn one_run_has_no_spread() {
    insta::assert_snapshot!(narrow(&fixtures::one_run(), 80), @r"
    Positive or negative tweet, from 100 labelled texts
    ────────────────────────────────────────────────────────────
     row      n          F1           P           R         MCC
    ────────────────────────────────────────────────────────────
     Random   1   50.73 ± –   50.44 ± –   51.02 ± –   0.009 ± –
     bow      1   56.40 ± –   63.07 ± –   51.00 ± –   0.215 ± –
    ────────────────────────────────────────────────────────────
    n = 1 trial per row, without spread (–), in percent except MCC; 100 training
    texts, 2,000 test texts.
    ");
}

#[test]
fn a_blocked_row_says_why_and_what_to_do() {
    insta::assert_snapshot!(narrow(&fixtures::blocked(), 80), @r"
    Positive or negative tweet, from 100 labelled texts
    ───────────────────────────────────────────────────────────────────────────────
     row              n          F1           P           R         MCC   state
    ───────────────────────────────────────────────────────────────────────────────
     bow              1   56.40 ± –   63.07 ± –   51.00 ± –   0.215 ± –   complete
     FSL distilBERT   0           –           –           –           –   blocked
    ───────────────────────────────────────────────────────────────────────────────
    FSL distilBERT is blocked: encoder `distilbert-base-uncased` could not be fetched
      hint: fsl-exp fetch distilbert-base-uncased
    n = 1 trial per row, without spread (–), in percent except MCC; 100 training
    texts, 2,000 test texts.
    ");
}

#[test]
fn unfinished_rows_say_how_far_they_are() {
    insta::assert_snapshot!(narrow(&fixtures::partial(), 80), @r"
    Positive or negative tweet, from 100 labelled texts
    ────────────────────────────────────────────────────────────────────────────────
     row          n             F1              P              R   state
    ────────────────────────────────────────────────────────────────────────────────
     bow          1   56.40 ±    –   63.07 ±    –   51.00 ±    –   complete
     FSL MiniLM   2   66.38 ± 2.65   69.75 ± 1.06   63.38 ± 3.71   2 of 4, 1 failed
     probe        0              –              –              –   0 of 4, 4 failed
     distill      0              –              –              –   missing
     MiniLM
     experts
    ────────────────────────────────────────────────────────────────────────────────
    not shown at this width: MCC
    n = up to 4 trials per row (rows without randomness run once: –); mean ± sample
    sd (ddof 1) over trials, in percent except MCC; varied: init, order, dropout;
    fixed: sample; 100 training texts, 2,000 test texts.
    ");
}

#[test]
fn hostile_labels_stay_in_their_cells() {
    insta::assert_snapshot!(narrow(&fixtures::hostile(), 80), @r#"
    two lines | and # a hash
    ────────────────────────────────────────────────────────────────────────────────
     row                       n           F1            P            R         MCC
    ────────────────────────────────────────────────────────────────────────────────
     a|b \| c                  1   100.00 ± –   100.00 ± –   100.00 ± –   1.000 ± –
     say "so", then            1   100.00 ± –   100.00 ± –   100.00 ± –   1.000 ± –
     break\u{1b}[31m
     少样本学习 モデル         1   100.00 ± –   100.00 ± –   100.00 ± –   1.000 ± –
     *bold* <b> `code`         1   100.00 ± –   100.00 ± –   100.00 ± –   1.000 ± –
     [x](y) FSL_mean _x_
     very long label very      1   100.00 ± –   100.00 ± –   100.00 ± –   1.000 ± –
     long label very long
     label very long label
     very long label
    ────────────────────────────────────────────────────────────────────────────────
    n = 1 trial per row, without spread (–), in percent except MCC; 100 training
    texts, 2,000 test texts.
    "#);
}

#[test]
fn a_narrow_terminal_wraps_labels_and_never_numbers() {
    insta::assert_snapshot!(narrow(&fixtures::hostile(), 50), @r#"
    two lines | and # a hash
    ──────────────────────────────────────────────────
     row     n           F1            P            R
    ──────────────────────────────────────────────────
     a|b     1   100.00 ± –   100.00 ± –   100.00 ± –
     \| c
     say     1   100.00 ± –   100.00 ± –   100.00 ± –
     "so",
     then
     break
     \u{1b
     }[31m
     少样    1   100.00 ± –   100.00 ± –   100.00 ± –
     本学
     习
     モデ
     ル
     *bold   1   100.00 ± –   100.00 ± –   100.00 ± –
     * <b>
     `code
     ` [x]
     (y)
     FSL_m
     ean
     _x_
     very    1   100.00 ± –   100.00 ± –   100.00 ± –
     long
     label
     very
     long
     label
     very
     long
     label
     very
     long
     label
     very
     long
     label
    ──────────────────────────────────────────────────
    not shown at this width: MCC
    n = 1 trial per row, without spread (–), in
    percent except MCC; 100 training texts, 2,000 test
    texts.
    "#);
}

#[test]
fn tables_follow_each_other_without_a_width() {
    let tables = [fixtures::published(), fixtures::complete()];
    insta::assert_snapshot!(shown(&tables, &Style::published()), @r"
    quickstart
    ──────────────────────────────────────────────────────────────────────────────────
     row              n             F1              P               R             MCC
    ──────────────────────────────────────────────────────────────────────────────────
     bow              1   56.40 ±    –   63.07 ±    –   51.00 ±     –   0.215 ±     –
     FSL distilBERT   4   64.85 ± 6.68   65.34 ± 2.87   64.80 ± 10.39   0.311 ± 0.092
    ──────────────────────────────────────────────────────────────────────────────────
    n = 4 trials per row (rows without randomness run once: –); median ± population sd (ddof 0) over trials, in percent except MCC; F1 from P and R rounded to two decimals; varied: init, order, dropout; fixed: sample; 100 training texts, 2,000 test texts.

    Positive or negative tweet, from 100 labelled texts
    ─────────────────────────────────────────────────────────────────────────────
     row          n             F1              P              R             MCC
    ─────────────────────────────────────────────────────────────────────────────
     bow          1   56.40 ±    –   63.07 ±    –   51.00 ±    –   0.215 ±     –
     FSL MiniLM   4   67.10 ± 2.09   69.75 ± 1.04   63.75 ± 4.29   0.377 ± 0.021
    ─────────────────────────────────────────────────────────────────────────────
    n = 4 trials per row (rows without randomness run once: –); median ± population sd (ddof 0) over trials, in percent except MCC; F1 from P and R rounded to two decimals; varied: init, order, dropout; fixed: sample; 100 training texts, 2,000 test texts.
    ");
}

#[test]
fn no_width_is_too_small_to_survive() {
    for width in [0, 1, 5, 20] {
        assert!(narrow(&fixtures::partial(), width).contains("F1"));
    }
}

#[test]
fn only_a_colour_terminal_has_the_best_f1_in_bold() {
    let tables = [fixtures::complete()];
    assert!(!shown(&tables, &Style::default()).contains('\u{1b}'));
    let screen = Screen {
        color: true,
        ..Screen::default()
    };
    let tables = fixtures::alike(&tables, &Style::default());
    let bold = render(&tables.document(Layout::Screen), screen);
    let marked: Vec<_> = bold
        .lines()
        .filter(|line| line.contains("\u{1b}[1m"))
        .collect();
    assert_eq!(marked.len(), 1);
    assert!(marked[0].contains("FSL MiniLM"));
}

#[test]
fn published_cells_stand_beneath_their_row() {
    let style = Style {
        published: true,
        ..Style::default()
    };
    let table = fixtures::compared();
    insta::assert_snapshot!(fixtures::narrow(&vec![(&table, style)], 80), @"
    Positive or negative tweet, from 100 labelled texts
    ────────────────────────────────────────────────────────────────────────────────
     row             n             F1              P              R             MCC
    ────────────────────────────────────────────────────────────────────────────────
     bow             1   56.40 ±    –   63.07 ±    –   51.00 ±    –   0.215 ±     –
     ↳ published     1   56.40 ±    –   63.07 ±    –   51.00 ±    –               –
     FSL MiniLM      4   67.22 ± 2.48   69.88 ± 1.20   64.94 ± 4.95   0.371 ± 0.024
     ↳ published    15   64.41 ± 4.65   65.34 ± 2.87              –               –
     (median,
     ddof 0)
    ────────────────────────────────────────────────────────────────────────────────
    n = 4 trials per row (rows without randomness run once: –); mean ± sample sd
    (ddof 1) over trials, in percent except MCC; varied: init, order, dropout;
    fixed: sample; 100 training texts, 2,000 test texts.
    ");
}

#[test]
fn optional_columns_give_way_before_words_are_broken() {
    let mut document =
        fixtures::alike(&[fixtures::partial()], &Style::default()).document(Layout::Screen);
    for block in document.sections.iter_mut().flatten() {
        let Block::Grid(grid) = block else { continue };
        let recall = grid.columns.iter_mut().find(|column| column.header == "R");
        recall.unwrap().optional = true;
    }
    let at = |width| {
        let screen = Screen {
            width: Some(width),
            ..Screen::default()
        };
        render(&document, screen)
    };
    assert!(at(70).contains("63.38"), "{}", at(70));
    let narrow = at(60);
    assert!(narrow.contains("\nnot shown at this width: R"), "{narrow}");
    assert!(narrow.contains("complete"), "{narrow}");
    assert!(!narrow.contains("63.38"), "{narrow}");
}
