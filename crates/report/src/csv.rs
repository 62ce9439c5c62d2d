//! One line per row, for spreadsheets and data frames.

use std::io::Write;

use super::csv_diagnostics;
use super::{ExperimentTable, F1Source, Published, PublishedFigure, ReportError, Styled, TableRow};
use fsl_metrics::{Metric, Placement};

const KEYS: [&str; 7] = [
    "experiment",
    "row",
    "label",
    "state",
    "n",
    "members",
    "ddof",
];
const STATISTICS: [&str; 5] = ["mean", "median", "sd", "min", "max"];
/// The columns that [`Style::published`](super::Style::published) adds.
const PUBLISHED: [&str; 9] = [
    "published_n",
    "published_center",
    "published_ddof",
    "published_f1",
    "published_f1_sd",
    "published_precision",
    "published_precision_sd",
    "published_recall",
    "published_recall_sd",
];

/// Every row of every table under one header; fractions with all their digits, absent values empty.
pub(super) fn render(tables: &[Styled]) -> String {
    let mut bytes = vec![];
    #[expect(
        clippy::expect_used,
        reason = "memory takes every record, and all have the same length"
    )]
    write(tables, &mut bytes).expect("a CSV in memory");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn write(tables: &[Styled], out: impl Write) -> ::csv::Result<()> {
    let mut writer = ::csv::Writer::from_writer(out);
    let names = Metric::placed(Placement::Published)
        .flat_map(|metric| STATISTICS.map(|name| format!("{}_{name}", metric.id)));
    let published = tables.iter().any(|(_, style)| style.published);
    let more = published.then_some(PUBLISHED).into_iter().flatten();
    let swept = swept_keys(tables);
    let header = KEYS.map(str::to_owned).into_iter().chain(names);
    let header = header.chain(more.map(str::to_owned));
    let arm_of = (!swept.is_empty()).then(|| "arm_of".to_owned());
    let points = arm_of
        .into_iter()
        .chain(swept.iter().map(|key| (*key).to_owned()));
    let judged = tables.iter().any(|(table, _)| table.against.is_some());
    let verdict = judged
        .then_some(csv_diagnostics::VERDICT)
        .into_iter()
        .flatten();
    let last = csv_diagnostics::names().chain(verdict.map(str::to_owned));
    writer.write_record(header.chain(points).chain(last))?;
    for (table, style) in tables {
        for row in &table.rows {
            let mut fields = record(table, row, style.ddof);
            if published {
                fields.extend(
                    row.published
                        .map_or_else(Default::default, published_fields),
                );
            }
            if !swept.is_empty() {
                fields.push(row.arm_of.clone());
                fields.extend(swept.iter().map(|key| value(row, key)));
            }
            fields.extend(csv_diagnostics::fields(row, style));
            if judged {
                fields.extend(csv_diagnostics::verdict(table, row));
            }
            writer.write_record(fields)?;
        }
    }
    writer.flush()?;
    Ok(())
}

/// Every key that some table sweeps: a column each.
fn swept_keys<'a>(tables: &[Styled<'a>]) -> Vec<&'a str> {
    let rows = tables.iter().flat_map(|(table, _)| &table.rows);
    let mut keys = Vec::new();
    for (key, _) in rows.flat_map(|row| &row.point) {
        if !keys.contains(&key.as_str()) {
            keys.push(key.as_str());
        }
    }
    keys
}

/// The value of a swept key at the row's point: a text as it is, anything else as JSON; empty where it does not bear on the row.
fn value(row: &TableRow, key: &str) -> String {
    let found = row.point.iter().find(|(name, _)| name == key);
    match found.map(|(_, value)| value) {
        None => String::new(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}

fn record(table: &ExperimentTable, row: &TableRow, ddof: u8) -> Vec<String> {
    let mut fields = vec![
        table.name.clone(),
        row.id.clone(),
        row.label.clone(),
        row.state.name().to_owned(),
        row.trials.len().to_string(),
        row.ensemble
            .as_ref()
            .map_or_else(String::new, |ensemble| ensemble.members.to_string()),
        ddof.to_string(),
    ];
    for metric in Metric::placed(Placement::Published) {
        let Some(summary) = row.summary(metric, F1Source::Counts, ddof) else {
            fields.extend(STATISTICS.map(|_| String::new()));
            continue;
        };
        let sd = summary.sd.map_or_else(String::new, digits);
        let [mean, median, min, max] =
            [summary.mean, summary.median, summary.min, summary.max].map(digits);
        fields.extend([mean, median, sd, min, max]);
    }
    fields
}

/// The fields under [`PUBLISHED`].
fn published_fields(published: Published) -> [String; PUBLISHED.len()] {
    let digits = |number: Option<f64>| number.map_or_else(String::new, digits);
    let value = |figure: Option<PublishedFigure>| digits(figure.map(|figure| figure.value));
    let sd = |figure: Option<PublishedFigure>| digits(figure.and_then(|figure| figure.sd));
    let Published {
        f1,
        precision,
        recall,
        ..
    } = published;
    [
        published.n.to_string(),
        published.center_name().to_owned(),
        published.ddof.to_string(),
        value(f1),
        sd(f1),
        value(precision),
        sd(precision),
        value(recall),
        sd(recall),
    ]
}

/// Writes a header and lines of as many fields.
///
/// # Errors
/// Whatever `out` says.
pub(super) fn write_lines<const N: usize>(
    out: impl Write,
    header: [&str; N],
    lines: impl IntoIterator<Item = [String; N]>,
) -> Result<(), ReportError> {
    let mut writer = ::csv::Writer::from_writer(out);
    writer.write_record(header)?;
    for line in lines {
        writer.write_record(&line)?;
    }
    writer.flush().map_err(ReportError::Write)
}

/// The shortest text that reads back as the same number.
pub(super) fn digits(number: f64) -> String {
    format!("{number:?}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Style, fixtures};

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
            22 + csv_diagnostics::names().count()
        );
        let labels: Vec<_> = reader
            .records()
            .map(|record| record.unwrap()[2].to_owned())
            .collect();
        let expected: Vec<_> = table.rows.iter().map(|row| row.label.clone()).collect();
        assert_eq!(labels, expected);
    }
}
