//! Every trial of an experiment, with its record and the end of its log.

use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use crate::stored_view::StoredView;
use fsl_common::fsio;
use fsl_core::runner::{PlannedRow, PlannedTrial, TrialState};
use fsl_core::store::StoreError;
use fsl_core::trial::Record;
use fsl_metrics::{Collapse, RecordMetrics};
use fsl_report::ExperimentTable;
use fsl_report::html::{RowTrials, TrialDetail, TrialLine};

/// The end of a log that a page shows, in bytes.
const LOG: u64 = 3000;

/// Trials of a page that are shown with their records. Of more, rows list their trials in a line each.
pub(crate) const MOST_RECORDS: usize = 1000;

/// Of more trials, so many are examples with their records, and so many of those that went wrong.
const EXAMPLES: usize = 100;

/// The trials of the rows, finished or failed, in their order.
pub(crate) fn trials(
    table: &ExperimentTable,
    rows: &[&PlannedRow],
    view: StoredView,
) -> Result<Vec<TrialDetail>, StoreError> {
    let mut details = Vec::new();
    for (row, shown) in rows.iter().zip(&table.rows) {
        let collapses = view.collapses(row)?;
        for ((number, &index), kinds) in (1..).zip(&row.trials).zip(collapses) {
            let trial = &view.plan.trials[index];
            details.extend(detail(view, &shown.label, number, trial, &kinds)?);
        }
    }
    Ok(details)
}

/// A trial with its record; `None` where it has not run.
fn detail(
    view: StoredView,
    row: &str,
    number: u64,
    trial: &PlannedTrial,
    kinds: &[Collapse],
) -> Result<Option<TrialDetail>, StoreError> {
    let key = &trial.key;
    let mut detail = TrialDetail {
        row: row.to_owned(),
        number,
        key: key.to_string(),
        metrics: None,
        secs: None,
        started: None,
        host: String::new(),
        remarks: Vec::new(),
        record: String::new(),
        log: String::new(),
    };
    if let Some(record) = view.store.record(key)? {
        detail.log = tail(&view.store.folder(key).join("log.txt"));
        finished(&mut detail, &record);
        detail.remarks.extend(remarks(kinds));
    } else if let Some(failure) = view.store.failure(key) {
        detail.log = tail(&view.store.failure_log(key));
        detail.remarks.push(FAILED.to_owned());
        detail.record = failure.message;
    } else {
        return Ok(None);
    }
    Ok(Some(detail))
}

const FAILED: &str = "failed";

fn remarks(kinds: &[Collapse]) -> impl Iterator<Item = String> {
    kinds
        .iter()
        .map(|kind| format!("collapsed: {}", kind.words()))
}

/// The trials of a page that has too many of them to show each record: a line each, row by row, and examples with their records: the first
/// trials of rows, and some that went wrong.
pub(crate) fn listed(
    table: &ExperimentTable,
    rows: &[&PlannedRow],
    view: StoredView,
) -> Result<(Vec<TrialDetail>, Vec<RowTrials>), StoreError> {
    let (mut details, mut lists) = (Vec::new(), Vec::new());
    let [mut firsts, mut odd] = [EXAMPLES; 2];
    for (row, shown) in rows.iter().zip(&table.rows) {
        let mut lines = Vec::with_capacity(row.trials.len());
        let collapses = view.collapses(row)?;
        for ((number, &index), kinds) in (1..).zip(&row.trials).zip(collapses) {
            let trial = &view.plan.trials[index];
            let Some(line) = line(view, number, trial, &kinds)? else {
                continue;
            };
            let left = if line.remarks.is_empty() {
                &mut firsts
            } else {
                &mut odd
            };
            if *left > 0 && (lines.is_empty() || !line.remarks.is_empty()) {
                *left -= 1;
                details.extend(detail(view, &shown.label, number, trial, &kinds)?);
            }
            lines.push(line);
        }
        if !lines.is_empty() {
            lists.push(RowTrials {
                row: shown.label.clone(),
                trials: lines,
            });
        }
    }
    Ok((details, lists))
}

/// What one line says of a trial; `None` where it has not run.
fn line(
    view: StoredView,
    number: u64,
    trial: &PlannedTrial,
    kinds: &[Collapse],
) -> Result<Option<TrialLine>, StoreError> {
    let key = trial.key.to_string();
    if let Some(result) = view.result(trial)? {
        return Ok(Some(TrialLine {
            number,
            key,
            metrics: Some(result.metrics.clone()),
            secs: Some(result.secs),
            remarks: remarks(kinds).collect::<Vec<_>>().join("; "),
        }));
    }
    let failed =
        matches!(trial.state, TrialState::Failed(_)) || view.store.failure(&trial.key).is_some();
    Ok(failed.then(|| TrialLine {
        number,
        key,
        metrics: None,
        secs: None,
        remarks: FAILED.to_owned(),
    }))
}

fn finished(detail: &mut TrialDetail, record: &Record) {
    detail.metrics = Some(record.metrics.clone());
    detail.secs = Some(record.timings.total_secs);
    detail.started = Some(record.timings.started_unix_secs);
    detail.host.clone_from(&record.host.name);
    let text = serde_json::to_string_pretty(record).unwrap_or_default();
    detail.record = match record.metrics {
        RecordMetrics::Positive(_) => text,
        RecordMetrics::Classes(_) => with_short_arrays(&text),
    };
}

/// Indented JSON with every array of numbers on one line: a confusion matrix would take a line for each of its cells.
fn with_short_arrays(json: &str) -> String {
    let is_number = |line: &str| line.trim_end_matches(',').parse::<f64>().is_ok();
    let (mut made, mut inside) = (String::with_capacity(json.len()), false);
    for line in json.lines() {
        let content = line.trim_start();
        let number = is_number(content);
        if inside && (number || content.starts_with(']')) {
            let after = if made.ends_with(',') { " " } else { "" };
            made += after;
            made += content;
        } else {
            if !made.is_empty() {
                made.push('\n');
            }
            made += line;
        }
        inside = line.ends_with('[') || (inside && number);
    }
    made
}

/// The end of a file, from the beginning of a line; empty where it cannot be read. Where the log is a link, what it leads to is not shown.
fn tail(path: &Path) -> String {
    let read = || -> io::Result<(Vec<u8>, bool)> {
        let mut file = fsio::open_plain(path)?;
        let size = file.metadata()?.len();
        file.seek(SeekFrom::Start(size.saturating_sub(LOG)))?;
        let mut bytes = Vec::new();
        file.take(LOG).read_to_end(&mut bytes)?;
        Ok((bytes, size > LOG))
    };
    let (bytes, is_part) = read().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    match text.split_once('\n') {
        Some((_, rest)) if is_part => rest.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_of_numbers_are_short_and_mean_the_same() {
        let value = serde_json::json!({ "a": [[1, 2.5], [3, 4]], "b": ["x", "["], "c": [], "d": "1", "e": [1] });
        let short = with_short_arrays(&serde_json::to_string_pretty(&value).unwrap());
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&short).unwrap(),
            value
        );
        assert!(short.contains("    [1, 2.5],\n    [3, 4]\n"), "{short}");
        assert!(short.contains("\"e\": [1]"), "{short}");
    }
}
