use std::collections::BTreeMap;

use super::*;
use crate::{Against, Style, fixtures};
use fsl_metrics::Verdict;

/// Of every line as many fields from one place on; none of them holds a comma.
fn columns(text: &str, from: usize, count: usize) -> String {
    let cut = |line: &str| {
        let fields: Vec<&str> = line.split(',').skip(from).take(count).collect();
        fields.join(",")
    };
    text.lines().map(cut).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_state_of_a_row() {
    let tables = [
        fixtures::complete(),
        fixtures::blocked(),
        fixtures::partial(),
    ];
    let text = render(&fixtures::alike(&tables, &Style::default()));
    insta::assert_snapshot!(columns(&text, 0, 22), @"
    experiment,row,label,state,n,members,ddof,f1_mean,f1_median,f1_sd,f1_min,f1_max,precision_mean,precision_median,precision_sd,precision_min,precision_max,recall_mean,recall_median,recall_sd,recall_min,recall_max
    quickstart,bow,bow,complete,1,,1,0.564,0.564,,0.564,0.564,0.6307,0.6307,,0.6307,0.6307,0.51,0.51,,0.51,0.51
    quickstart,fsl,FSL MiniLM,complete,4,,1,0.6721875,0.67125,0.024756627900422948,0.645,0.70125,0.69875,0.6975,0.011989578808281815,0.6875,0.7125,0.649375,0.6375,0.04951325580084587,0.6075,0.715
    quickstart,bow,bow,complete,1,,1,0.564,0.564,,0.564,0.564,0.6307,0.6307,,0.6307,0.6307,0.51,0.51,,0.51,0.51
    quickstart,fsl,FSL distilBERT,blocked,0,,1,,,,,,,,,,,,,,,
    quickstart,bow,bow,complete,1,,1,0.564,0.564,,0.564,0.564,0.6307,0.6307,,0.6307,0.6307,0.51,0.51,,0.51,0.51
    quickstart,fsl,FSL MiniLM,partial,2,,1,0.6637500000000001,0.6637500000000001,0.026516504294495556,0.645,0.6825,0.6975,0.6975,0.010606601717798262,0.69,0.705,0.63375,0.63375,0.03712310601229374,0.6075,0.66
    quickstart,probe,probe,partial,0,,1,,,,,,,,,,,,,,,
    quickstart,distill,distill MiniLM experts,missing,0,,1,,,,,,,,,,,,,,,
    ");
}

#[test]
fn the_median_and_ddof_0_of_the_published_line() {
    let text = render(&fixtures::alike(
        &[fixtures::published()],
        &Style::published(),
    ));
    insta::assert_snapshot!(columns(&text, 0, 22), @"
    experiment,row,label,state,n,members,ddof,f1_mean,f1_median,f1_sd,f1_min,f1_max,precision_mean,precision_median,precision_sd,precision_min,precision_max,recall_mean,recall_median,recall_sd,recall_min,recall_max
    quickstart,bow,bow,complete,1,,0,0.564,0.564,,0.564,0.564,0.6307,0.6307,,0.6307,0.6307,0.51,0.51,,0.51,0.51
    quickstart,fsl,FSL distilBERT,complete,4,,0,0.6441,0.6441,0.046499999999999986,0.5976,0.6906,0.6534,0.6534,0.028700000000000014,0.6247,0.6821,0.6479999999999999,0.6479999999999999,0.10390000000000006,0.5440999999999999,0.7519
    ");
}

#[test]
fn published_cells_are_columns_of_their_own() {
    let style = Style {
        published: true,
        ..Style::default()
    };
    let tables = [fixtures::compared()];
    let text = render(&fixtures::alike(&tables, &style));
    insta::assert_snapshot!(columns(&text, 22, 9), @"
    published_n,published_center,published_ddof,published_f1,published_f1_sd,published_precision,published_precision_sd,published_recall,published_recall_sd
    1,median,0,0.564,,0.6307,,0.51,
    15,median,0,0.6441,0.04650000000000001,0.6534,0.0287,,
    ");
}

#[test]
fn hostile_labels_read_back_as_they_were() {
    let table = fixtures::hostile();
    let text = render(&[(&table, Style::default())]);
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    assert_eq!(
        reader.headers().unwrap().len(),
        22 + metrics::names(&[]).count()
    );
    let labels: Vec<_> = reader
        .records()
        .map(|record| record.unwrap()[2].to_owned())
        .collect();
    let expected: Vec<_> = table.rows.iter().map(|row| row.label.clone()).collect();
    assert_eq!(labels, expected);
}

/// The rows, by column.
fn read(table: &ExperimentTable) -> Vec<BTreeMap<String, String>> {
    let text = render(&[(table, Style::default())]);
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

fn ranked() -> ExperimentTable {
    let mut table = fixtures::complete();
    table.rows[1].diagnostics.evaluations = [0.5, 0.75, 0.75, 1.0].map(fixtures::evaluation).into();
    table
}

#[test]
fn every_row_has_a_field_under_every_name() {
    for table in [ranked(), fixtures::partial(), fixtures::blocked()] {
        for row in &table.rows {
            let MetricFields { published, all } = MetricFields::new(row, 1, &[]);
            assert_eq!(published.len(), metrics::published_names().count());
            assert_eq!(all.len(), metrics::names(&[]).count(), "{}", row.id);
            for fields in [published, all] {
                assert_eq!(fields[0].is_empty(), row.trials.is_empty(), "{}", row.id);
            }
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
    assert!(header.ends_with("_mean_high,verdict,against"));
}
