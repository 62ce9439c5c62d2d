//! Every trial of an experiment, with its record and the end of its log.

use std::fs;
use std::path::Path;

use crate::stored_view::StoredView;
use fsl_core::runner::PlannedRow;
use fsl_core::store::StoreError;
use fsl_core::trial::Record;
use fsl_metrics::Collapse;
use fsl_report::ExperimentTable;
use fsl_report::html::TrialDetail;

/// The end of a log that a page shows, in bytes.
const LOG: usize = 3000;

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
    detail.record = serde_json::to_string_pretty(record).unwrap_or_default();
}

/// The end of a file, from the beginning of a line; empty where it cannot be read.
fn tail(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(LOG)..]).into_owned();
    match text.split_once('\n') {
        Some((_, rest)) if bytes.len() > LOG => rest.to_owned(),
        _ => text,
    }
}
