//! Snapshots of Markdown.

use crate::{ExperimentTable, Style, fixtures};

fn shown(tables: &[ExperimentTable], style: &Style, format: &str) -> String {
    fixtures::shown(&fixtures::alike(tables, style), format)
}

fn plain(table: ExperimentTable) -> String {
    shown(&[table], &Style::default(), "markdown")
}

#[test]
fn a_line_of_the_published_table_is_reproduced() {
    let style = Style {
        f1: crate::F1Source::Counts,
        ..Style::published()
    };
    let text = shown(&[fixtures::published()], &style, "markdown");
    insta::assert_snapshot!(text, @r"
    ### quickstart

    |Models| F1 | P | R |
    |:-----:|:--:|:-:|:-:|
    |bow|56.40(–)|63.07(–)|51.00(–)|
    |FSL distilBERT|64.41(4.65)|65.34(2.87)|64.80(10.39)|

    n = 4 trials per row (rows without randomness run once: –); median (population sd, ddof 0) over trials, in percent; varied: init, order, dropout; fixed: sample; 100 training texts, 2,000 test texts.
    ");
    assert!(text.contains("\n|FSL distilBERT|64.41(4.65)|65.34(2.87)|64.80(10.39)|\n"));
}

#[test]
fn a_complete_table() {
    insta::assert_snapshot!(plain(fixtures::complete()), @r"
    ### Positive or negative tweet, from 100 labelled texts

    |Models| F1 | P | R |
    |:-----:|:--:|:-:|:-:|
    |bow|56.40(–)|63.07(–)|51.00(–)|
    |FSL MiniLM|67.22(2.48)|69.88(1.20)|64.94(4.95)|

    n = 4 trials per row (rows without randomness run once: –); mean (sample sd, ddof 1) over trials, in percent; varied: init, order, dropout; fixed: sample; 100 training texts, 2,000 test texts.
    ");
}

#[test]
fn one_run_has_no_spread() {
    insta::assert_snapshot!(plain(fixtures::one_run()), @r"
    ### Positive or negative tweet, from 100 labelled texts

    |Models| F1 | P | R |
    |:-----:|:--:|:-:|:-:|
    |Random|50.73(–)|50.44(–)|51.02(–)|
    |bow|56.40(–)|63.07(–)|51.00(–)|

    n = 1 trial per row, without spread (–), in percent; 100 training texts, 2,000 test texts.
    ");
}

#[test]
fn a_blocked_row_says_why_and_what_to_do() {
    insta::assert_snapshot!(plain(fixtures::blocked()), @r"
    ### Positive or negative tweet, from 100 labelled texts

    |Models| F1 | P | R |
    |:-----:|:--:|:-:|:-:|
    |bow|56.40(–)|63.07(–)|51.00(–)|
    |FSL distilBERT|–|–|–|

    - FSL distilBERT: blocked: encoder `distilbert-base-uncased` could not be fetched; hint: fsl-exp fetch distilbert-base-uncased

    n = 1 trial per row, without spread (–), in percent; 100 training texts, 2,000 test texts.
    ");
}

#[test]
fn unfinished_rows_say_how_far_they_are() {
    insta::assert_snapshot!(plain(fixtures::partial()), @r"
    ### Positive or negative tweet, from 100 labelled texts

    |Models| F1 | P | R |
    |:-----:|:--:|:-:|:-:|
    |bow|56.40(–)|63.07(–)|51.00(–)|
    |FSL MiniLM|66.38(2.65)|69.75(1.06)|63.38(3.71)|
    |probe|–|–|–|
    |distill MiniLM experts|–|–|–|

    - FSL MiniLM: 2 of 4 trials finished, 1 failed
    - probe: 0 of 4 trials finished, 4 failed
    - distill MiniLM experts: not run yet

    n = up to 4 trials per row (rows without randomness run once: –); mean (sample sd, ddof 1) over trials, in percent; varied: init, order, dropout; fixed: sample; 100 training texts, 2,000 test texts.
    ");
}

#[test]
fn published_cells_stand_beneath_their_row() {
    let lines = |format| {
        let style = Style {
            published: true,
            ..Style::default()
        };
        let text = shown(&[fixtures::compared()], &style, format);
        let lines = text.lines().filter(|line| line.starts_with('|'));
        lines.collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(lines("markdown"), @"
    |Models| F1 | P | R |
    |:-----:|:--:|:-:|:-:|
    |bow|56.40(–)|63.07(–)|51.00(–)|
    |↳ published|56.40(–)|63.07(–)|51.00(–)|
    |FSL MiniLM|67.22(2.48)|69.88(1.20)|64.94(4.95)|
    |↳ published (median, ddof 0)|64.41(4.65)|65.34(2.87)|–|
    ");
    insta::assert_snapshot!(lines("markdown-wide"), @"
    | row | n | F1 | P | R | MCC |
    |:--|--:|--:|--:|--:|--:|
    | bow | 1 | 56.40 ± – | 63.07 ± – | 51.00 ± – | 0.215 ± – |
    | ↳ published | 1 | 56.40 ± – | 63.07 ± – | 51.00 ± – | – |
    | FSL MiniLM | 4 | 67.22 ± 2.48 | 69.88 ± 1.20 | 64.94 ± 4.95 | 0.371 ± 0.024 |
    | ↳ published (median, ddof 0) | 15 | 64.41 ± 4.65 | 65.34 ± 2.87 | – | – |
    ");
}

#[test]
fn hostile_labels_stay_in_their_cells() {
    insta::assert_snapshot!(plain(fixtures::hostile()), @r#"
    ### two lines \| and # a hash

    |Models| F1 | P | R |
    |:-----:|:--:|:-:|:-:|
    |a\|b \\\| c|100.00(–)|100.00(–)|100.00(–)|
    |say "so", then break\\u{1b}\[31m|100.00(–)|100.00(–)|100.00(–)|
    |少样本学习 モデル|100.00(–)|100.00(–)|100.00(–)|
    |\*bold\* &lt;b> \`code\` \[x](y) FSL_mean \_x\_|100.00(–)|100.00(–)|100.00(–)|
    |very long label very long label very long label very long label very long label|100.00(–)|100.00(–)|100.00(–)|

    n = 1 trial per row, without spread (–), in percent; 100 training texts, 2,000 test texts.
    "#);
}

#[test]
fn labels_in_captions_are_escaped() {
    let mut table = fixtures::complete();
    table.rows[1].label = "*x* <b>".to_owned();
    table.rows[1].diagnostics.collapsed = vec![(0, vec![fsl_metrics::Collapse::OneClass])];
    table.against = Some(crate::Against {
        label: "[a](b) `c`".to_owned(),
        margin: 0.01,
        comparisons: 1,
    });
    let text = plain(table);
    assert!(
        text.ends_with(
            "; 1 trial of \\*x\\* &lt;b> collapsed and counts as usual (one class only: 1); \
             compared with \\[a](b) \\`c\\` at a margin of 1.00 points of F1.\n"
        ),
        "{text}"
    );
}

#[test]
fn the_detailed_layout_has_the_terminals_columns() {
    let tables = [fixtures::complete(), fixtures::partial()];
    insta::assert_snapshot!(shown(&tables, &Style::default(), "markdown-wide"), @r"
    ### Positive or negative tweet, from 100 labelled texts

    | row | n | F1 | P | R | MCC |
    |:--|--:|--:|--:|--:|--:|
    | bow | 1 | 56.40 ± – | 63.07 ± – | 51.00 ± – | 0.215 ± – |
    | FSL MiniLM | 4 | 67.22 ± 2.48 | 69.88 ± 1.20 | 64.94 ± 4.95 | 0.371 ± 0.024 |

    n = 4 trials per row (rows without randomness run once: –); mean ± sample sd (ddof 1) over trials, in percent except MCC; varied: init, order, dropout; fixed: sample; 100 training texts, 2,000 test texts.

    ### Positive or negative tweet, from 100 labelled texts

    | row | n | F1 | P | R | MCC | state |
    |:--|--:|--:|--:|--:|--:|:--|
    | bow | 1 | 56.40 ± – | 63.07 ± – | 51.00 ± – | 0.215 ± – | complete |
    | FSL MiniLM | 2 | 66.38 ± 2.65 | 69.75 ± 1.06 | 63.38 ± 3.71 | 0.361 ± 0.034 | 2 of 4, 1 failed |
    | probe | 0 | – | – | – | – | 0 of 4, 4 failed |
    | distill MiniLM experts | 0 | – | – | – | – | missing |

    - FSL MiniLM: 2 of 4 trials finished, 1 failed
    - probe: 0 of 4 trials finished, 4 failed
    - distill MiniLM experts: not run yet

    n = up to 4 trials per row (rows without randomness run once: –); mean ± sample sd (ddof 1) over trials, in percent except MCC; varied: init, order, dropout; fixed: sample; 100 training texts, 2,000 test texts.
    ");
}
