//! Made-up tables that the tests of every format share.

use super::{
    Caption, Diagnostics, ExperimentTable, FORMATS, Format, Output, Published, PublishedFigure,
    RowState, Screen, TableMetrics, TableRow, TrialMetrics, texts,
};
use fsl_metrics::{
    Center, Confusion, EnsembleSpread, Metric, MetricValues, Metrics, Placement, Randomness,
};

/// Trials from (F1, P, R) in percent.
pub(super) fn trials(figures: &[(f64, f64, f64)]) -> Vec<TrialMetrics> {
    (0..)
        .zip(figures)
        .map(|(trial, &(f1, precision, recall))| {
            let counts = counts(precision / 100.0, recall / 100.0);
            let metrics = Metrics {
                f1: f1 / 100.0,
                precision: precision / 100.0,
                recall: recall / 100.0,
                ..counts.into()
            };
            let metrics = metrics.into();
            TrialMetrics { trial, metrics }
        })
        .collect()
}

/// The counts on 5,000 texts of each class that give (about) this precision and recall.
fn counts(precision: f64, recall: f64) -> Confusion {
    let true_positives = (5000.0 * recall).round();
    let false_positives = (true_positives / precision - true_positives)
        .round()
        .min(5000.0);
    let (true_positives, false_positives) = (true_positives as u64, false_positives as u64);
    Confusion {
        true_positives,
        false_positives,
        false_negatives: 5000 - true_positives,
        true_negatives: 5000 - false_positives,
    }
}

pub(super) fn row(id: &str, label: &str, state: RowState, trials: Vec<TrialMetrics>) -> TableRow {
    TableRow {
        id: id.into(),
        label: label.into(),
        arm_of: id.into(),
        point: Vec::new(),
        state,
        primary: Metric::primary(),
        trials,
        ensemble: None,
        chance: if id == "bow" {
            Randomness::None
        } else {
            Randomness::Seeds
        },
        published: None,
        diagnostics: Diagnostics::default(),
    }
}

fn bow() -> TableRow {
    row(
        "bow",
        "bow",
        RowState::Complete,
        trials(&[(56.4, 63.07, 51.0)]),
    )
}

fn fsl(state: RowState, count: usize) -> TableRow {
    let all = [
        (68.25, 70.5, 66.0),
        (64.5, 69.0, 60.75),
        (66.0, 71.25, 61.5),
        (70.125, 68.75, 71.5),
    ];
    row("fsl", "FSL MiniLM", state, trials(&all[..count]))
}

fn table(rows: Vec<TableRow>) -> ExperimentTable {
    ExperimentTable {
        name: "quickstart".into(),
        title: "Positive or negative tweet, from 100 labelled texts".into(),
        metrics: TableMetrics::default(),
        rows,
        caption: Caption {
            trials: 4,
            varied: ["init", "order", "dropout"].map(String::from).into(),
            crossed: Vec::new(),
            fixed: vec!["sample".into()],
            data: texts(100, 2_000),
            computed: String::new(),
            warnings: Vec::new(),
            chance: Vec::new(),
        },
        against: None,
    }
}

/// A row that runs once and one with four trials.
pub(super) fn complete() -> ExperimentTable {
    table(vec![bow(), fsl(RowState::Complete, 4)])
}

/// Rows that run once, and nothing else.
pub(super) fn one_run() -> ExperimentTable {
    let random = row(
        "random",
        "Random",
        RowState::Complete,
        trials(&[(50.73, 50.44, 51.02)]),
    );
    table(vec![random, bow()])
}

/// One row that cannot run, with a remedy.
pub(super) fn blocked() -> ExperimentTable {
    let state = RowState::Blocked {
        reason: "encoder `distilbert-base-uncased` could not be fetched".into(),
        hint: Some("fsl-exp fetch distilbert-base-uncased".into()),
    };
    table(vec![bow(), row("fsl", "FSL distilBERT", state, vec![])])
}

/// A row with failed trials, one of which none finished, and one that never ran.
pub(super) fn partial() -> ExperimentTable {
    let some = RowState::Partial {
        finished: 2,
        wanted: 4,
        failed: 1,
    };
    let none = RowState::Partial {
        finished: 0,
        wanted: 4,
        failed: 4,
    };
    let lost = row("probe", "probe", none, vec![]);
    let missing = row(
        "distill",
        "distill MiniLM experts",
        RowState::Missing,
        vec![],
    );
    table(vec![bow(), fsl(some, 2), lost, missing])
}

/// An ensemble's standard deviations of F1, precision and recall, as fractions.
pub(super) fn spread(members: usize, sds: [f64; 3]) -> EnsembleSpread {
    EnsembleSpread {
        members,
        sds: Metric::placed(Placement::Published).zip(sds).collect(),
    }
}

/// The metrics of a trial's predictions: this area under the ROC curve, no average precision, and a calibration error of 1/8.
pub(super) fn evaluation(roc_auc: f64) -> MetricValues {
    let value = |metric: &'static Metric| match metric.id {
        "roc_auc" => (metric, Some(roc_auc)),
        "calibration_error" => (metric, Some(0.125)),
        _ => (metric, None),
    };
    Metric::all().iter().map(value).collect()
}

/// Labels and titles that would break a careless format.
pub(super) fn hostile() -> ExperimentTable {
    let once = || trials(&[(100.0, 100.0, 100.0)]);
    let label = |id, label| row(id, label, RowState::Complete, once());
    let mut table = table(vec![
        label("pipe", "a|b \\| c"),
        label("quote", "say \"so\", then\r\nbreak\u{1b}[31m"),
        label("cjk", "少样本学习 モデル"),
        label("markup", "*bold* <b> `code` [x](y) FSL_mean _x_"),
        label("long", &"very long label ".repeat(5)),
    ]);
    "two\nlines | and # a hash".clone_into(&mut table.title);
    table
}

/// Four trials whose medians and population deviations are those of a line of the published table.
pub(super) fn published() -> ExperimentTable {
    // Median m; m ± d twice has a population deviation of d where the two middle values are m ± d as well.
    let around = |center: f64, sd: f64| [center - sd, center + sd, center + sd, center - sd];
    let (f1, precision, recall) = (
        around(64.41, 4.65),
        around(65.34, 2.87),
        around(64.80, 10.39),
    );
    let figures: Vec<_> = (0..4)
        .map(|trial| (f1[trial], precision[trial], recall[trial]))
        .collect();
    let fsl = row(
        "fsl",
        "FSL distilBERT",
        RowState::Complete,
        trials(&figures),
    );
    let mut table = table(vec![bow(), fsl]);
    table.title = String::new();
    table
}

/// A row of the published table: (value, sd) of F1, precision and recall in percent, as the median of `n` runs with ddof 0.
pub(super) fn cells(n: usize, figures: [(f64, Option<f64>); 3]) -> Published {
    let [f1, precision, recall] = figures.map(|(value, sd)| {
        Some(PublishedFigure {
            value: value / 100.0,
            sd: sd.map(|sd| sd / 100.0),
        })
    });
    Published {
        f1,
        precision,
        recall,
        accuracy: None,
        mcc: None,
        n,
        center: Center::Median,
        ddof: 0,
    }
}

/// Our rows beside published ones, one of which lacks a cell.
pub(super) fn compared() -> ExperimentTable {
    let mut table = complete();
    table.rows[0].published = Some(cells(1, [(56.4, None), (63.07, None), (51.0, None)]));
    let mut experts = cells(
        15,
        [
            (64.41, Some(4.65)),
            (65.34, Some(2.87)),
            (64.80, Some(10.39)),
        ],
    );
    experts.recall = None;
    table.rows[1].published = Some(experts);
    table
}

/// The tables, all in one style.
pub(super) fn alike<'a>(
    tables: &'a [ExperimentTable],
    style: &super::Style,
) -> Vec<super::Styled<'a>> {
    tables.iter().map(|table| (table, *style)).collect()
}

/// The output in the format of this name, as wide as needed.
pub(super) fn shown(output: &dyn Output, format: &str) -> String {
    Format::named(format)
        .unwrap()
        .render(output, Screen::default())
}

/// The output in a terminal of this many columns.
pub(super) fn narrow(output: &dyn Output, width: u16) -> String {
    let screen = Screen {
        width: Some(width),
        ..Screen::default()
    };
    FORMATS[0].render(output, screen)
}
