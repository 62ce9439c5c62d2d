//! One line per row, for spreadsheets and data frames.

mod lines;
mod metrics;

use std::io::Write;

use super::{ExperimentTable, Published, PublishedFigure, Styled, TableRow};
use metrics::MetricFields;

pub(super) use lines::{digits, write_line, write_lines};

const KEYS: [&str; 7] = [
    "experiment",
    "row",
    "label",
    "state",
    "n",
    "members",
    "ddof",
];
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

/// The columns of verdicts, where rows are judged.
const VERDICT: [&str; 2] = ["verdict", "against"];

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
    let published = tables.iter().any(|(_, style)| style.published);
    let more = published.then_some(PUBLISHED).into_iter().flatten();
    let swept = swept_keys(tables);
    let chosen = metrics::chosen(tables);
    let header = KEYS
        .map(str::to_owned)
        .into_iter()
        .chain(metrics::published_names());
    let header = header.chain(more.map(str::to_owned));
    let arm_of = (!swept.is_empty()).then(|| "arm_of".to_owned());
    let points = arm_of
        .into_iter()
        .chain(swept.iter().map(|key| (*key).to_owned()));
    let judged = tables.iter().any(|(table, _)| table.against.is_some());
    let verdict = judged.then_some(VERDICT).into_iter().flatten();
    let last = metrics::names(&chosen).chain(verdict.map(str::to_owned));
    write_line(&mut writer, header.chain(points).chain(last))?;
    for (table, style) in tables {
        for row in &table.rows {
            let metrics = MetricFields::new(row, style.ddof, &chosen);
            let mut fields = keys(table, row, style.ddof);
            fields.extend(metrics.published);
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
            fields.extend(metrics.all);
            if judged {
                fields.extend(verdict_fields(table, row));
            }
            write_line(&mut writer, fields)?;
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

/// The fields under [`KEYS`].
fn keys(table: &ExperimentTable, row: &TableRow, ddof: u8) -> Vec<String> {
    let members = row.ensemble.as_ref().map(|ensemble| ensemble.members);
    vec![
        table.name.clone(),
        row.id.clone(),
        row.label.clone(),
        row.state.name().to_owned(),
        row.trials.len().to_string(),
        members.map_or_else(String::new, |members| members.to_string()),
        ddof.to_string(),
    ]
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

/// A row's fields under [`VERDICT`]; empty where there is no verdict on it.
fn verdict_fields(table: &ExperimentTable, row: &TableRow) -> [String; 2] {
    let verdict = table.against.as_ref().zip(row.diagnostics.verdict);
    verdict.map_or_else(Default::default, |(against, word)| {
        [word.name().to_owned(), against.label.clone()]
    })
}

#[cfg(test)]
mod tests;
