//! What CSV has of a row after its three figures: fractions in [0, 1], empty where there is none.

use super::csv::digits;
use super::json_diagnostics::{Intervals, JsonDiagnostics, Statistics};
use super::{ExperimentTable, F1Source, Style, TableRow};
use fsl_metrics::{Interval, Metric, Placement};

const FIGURES: [&str; 13] = [
    "f1_iqm",
    "f1_mean_low",
    "f1_mean_high",
    "f1_median_low",
    "f1_median_high",
    "f1_iqm_low",
    "f1_iqm_high",
    "precision_iqm",
    "precision_mean_low",
    "precision_mean_high",
    "recall_iqm",
    "recall_mean_low",
    "recall_mean_high",
];
const OTHERS: [&str; 5] = [
    "accuracy",
    "macro_f1",
    "roc_auc",
    "average_precision",
    "calibration_error",
];
const STATISTICS: [&str; 8] = [
    "mean",
    "median",
    "sd",
    "min",
    "max",
    "iqm",
    "mean_low",
    "mean_high",
];
/// The columns of verdicts, where rows are judged.
pub(super) const VERDICT: [&str; 2] = ["verdict", "against"];

/// The columns of interquartile means, intervals, and figures besides F1, precision and recall.
pub(super) fn names() -> impl Iterator<Item = String> {
    let others = OTHERS.iter();
    let others = others.flat_map(|figure| STATISTICS.map(|name| format!("{figure}_{name}")));
    FIGURES.into_iter().map(str::to_owned).chain(others)
}

/// A row's fields under [`names`].
pub(super) fn fields(row: &TableRow, style: &Style) -> Vec<String> {
    let extras = JsonDiagnostics::of(row, style, None);
    let others = [
        extras.accuracy,
        extras.macro_f1,
        extras.roc_auc,
        extras.average_precision,
        extras.calibration_error,
    ];
    let mut fields = of_figures(row, style.ddof);
    fields.extend(others.into_iter().flat_map(statistics));
    fields
}

/// A row's fields under [`FIGURES`].
fn of_figures(row: &TableRow, ddof: u8) -> Vec<String> {
    let mut fields = Vec::with_capacity(FIGURES.len());
    for metric in Metric::placed(Placement::Published) {
        let intervals = Intervals::new(row, metric);
        let summary = row.summary(metric, F1Source::Counts, ddof);
        fields.push(summary.map_or_else(String::new, |summary| digits(summary.iqm)));
        fields.extend(ends(intervals.mean));
        if metric == Metric::primary() {
            fields.extend([intervals.median, intervals.iqm].into_iter().flat_map(ends));
        }
    }
    fields
}

/// A figure's fields under [`STATISTICS`].
fn statistics(figure: Option<Statistics>) -> Vec<String> {
    let Some(figure) = figure else {
        return vec![String::new(); STATISTICS.len()];
    };
    let sd = figure.sd.map_or_else(String::new, digits);
    let mut fields = vec![digits(figure.mean), digits(figure.median), sd];
    fields.extend([figure.min, figure.max, figure.iqm].map(digits));
    fields.extend(ends(figure.interval));
    fields
}

fn ends(interval: Option<Interval>) -> [String; 2] {
    interval.map_or_else(Default::default, |Interval { low, high }| {
        [low, high].map(digits)
    })
}

/// A row's fields under [`VERDICT`]; empty where there is no verdict on it.
pub(super) fn verdict(table: &ExperimentTable, row: &TableRow) -> [String; 2] {
    let verdict = table.against.as_ref().zip(row.diagnostics.verdict);
    verdict.map_or_else(Default::default, |(against, word)| {
        [word.name().to_owned(), against.label.clone()]
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::csv::render;
    use crate::{Against, Ranking, fixtures};
    use fsl_metrics::Verdict;

    /// The rows, by column.
    fn read(table: &ExperimentTable) -> Vec<BTreeMap<String, String>> {
        let text = render(&[(table, Style::default())]);
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        reader.deserialize().map(Result::unwrap).collect()
    }

    fn ranked() -> ExperimentTable {
        let mut table = fixtures::complete();
        let ranking = |roc_auc: f64| Ranking {
            roc_auc: Some(roc_auc),
            average_precision: None,
            calibration_error: 0.125,
        };
        table.rows[1].diagnostics.rankings = [0.5, 0.75, 0.75, 1.0].map(ranking).into();
        table
    }

    #[test]
    fn every_row_has_a_field_under_every_name() {
        for table in [ranked(), fixtures::partial(), fixtures::blocked()] {
            for row in &table.rows {
                let fields = fields(row, &Style::default());
                assert_eq!(fields.len(), names().count(), "{}", row.id);
                assert_eq!(fields[0].is_empty(), row.trials.is_empty(), "{}", row.id);
            }
        }
    }

    #[test]
    fn figures_besides_the_three_are_those_of_json() {
        let rows = read(&ranked());
        let number = |row: usize, name: &str| rows[row][name].parse::<f64>().ok();
        assert_eq!(number(1, "roc_auc_mean"), Some(0.75));
        assert_eq!(number(1, "roc_auc_max"), Some(1.0));
        assert_eq!(number(1, "calibration_error_sd"), Some(0.0));
        assert_eq!(number(1, "average_precision_mean"), None);
        assert_eq!(number(0, "accuracy_sd"), None, "one trial");
        assert_eq!(number(0, "accuracy_mean"), number(0, "accuracy_iqm"));
        // F1 is 64.5, 66, 68.25 and 70.125 %: without one at either end, 66 and 68.25 are left.
        let iqm = number(1, "f1_iqm").unwrap();
        assert!((iqm - 0.67125).abs() < 1e-12, "{iqm}");
        let around = ["f1_mean_low", "f1_mean", "f1_mean_high"].map(|name| number(1, name));
        assert!(around.is_sorted() && around[0].is_some(), "{around:?}");
        assert_eq!(number(0, "f1_mean_low"), None);
    }

    #[test]
    fn verdicts_are_the_last_columns_where_rows_are_judged() {
        let mut table = ranked();
        assert!(!read(&table)[0].contains_key("verdict"));
        table.rows[1].diagnostics.verdict = Some(Verdict::Better);
        table.against = Some(Against {
            label: "bow, the first".to_owned(),
            margin: 0.01,
            comparisons: 1,
        });
        let rows = read(&table);
        assert_eq!(rows[0]["verdict"], "");
        assert_eq!(rows[1]["verdict"], "better");
        assert_eq!(rows[1]["against"], "bow, the first");
        let text = render(&[(&table, Style::default())]);
        let header = text.lines().next().unwrap();
        assert!(header.ends_with(",calibration_error_mean_high,verdict,against"));
    }
}
