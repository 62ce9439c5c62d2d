//! Every trial of an experiment, with its record and the end of its log.

use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use crate::stored_view::StoredView;
use fsl_common::fsio;
use fsl_core::runner::PlannedRow;
use fsl_core::store::StoreError;
use fsl_core::trial::Record;
use fsl_metrics::{Collapse, RecordMetrics};
use fsl_report::ExperimentTable;
use fsl_report::html::TrialDetail;

/// The end of a log that a page shows, in bytes.
const LOG: u64 = 3000;

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
            let key = &view.plan.trials[index].key;
            let mut detail = TrialDetail {
                row: shown.label.clone(),
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
                let remark = |kind: &Collapse| format!("collapsed: {}", kind.words());
                detail.remarks.extend(kinds.iter().map(remark));
            } else if let Some(failure) = view.store.failure(key) {
                detail.log = tail(&view.store.failure_log(key));
                detail.remarks.push("failed".to_owned());
                detail.record = failure.message;
            } else {
                continue;
            }
            details.push(detail);
        }
    }
    Ok(details)
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
