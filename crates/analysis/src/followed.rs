//! What rows follow of what their encoders declare, in words.

use std::collections::BTreeSet;

use fsl_core::runner::{Followed, PlannedRow};
use fsl_core::spec::Row;

use super::stored_view::StoredView;
use fsl_common::sentence::described;

/// What the rows of a table follow, encoder by encoder, such as "`./bge` as it declares: cls pooling, length 1"; empty where nothing is
/// declared.
pub(super) fn sentence(rows: &[&PlannedRow], view: StoredView) -> String {
    let rows = rows.iter().copied();
    let said: BTreeSet<String> = rows.filter_map(|row| followed(row, view)).collect();
    said.into_iter().collect::<Vec<_>>().join("; ")
}

/// What is worth a note before rows run: what they follow, and limits that are not the spec's. A note each, without repeats.
pub fn encoder_notes(view: StoredView) -> Vec<String> {
    let all = view.plan.rows.iter();
    let notes = all.flat_map(|row| followed(row, view).into_iter().chain(limit(row, view)));
    notes.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The encoder of a row, as its spec names it.
fn encoder(row: &Row) -> &str {
    row.method.requirements().encoder.unwrap_or_default()
}

fn followed(row: &PlannedRow, view: StoredView) -> Option<String> {
    let Followed {
        pooling,
        modules,
        prompt,
        ..
    } = &row.followed;
    let words = described(*pooling, modules, prompt.as_deref())?;
    let encoder = encoder(view.declared(row));
    Some(format!("encoder `{encoder}` as it declares: {words}"))
}

fn limit(row: &PlannedRow, view: StoredView) -> Option<String> {
    let (limit, row) = (row.followed.max_tokens?, view.declared(row));
    let (encoder, used) = (encoder(row), row.data.max_tokens);
    Some(format!(
        "encoder `{encoder}` declares {limit} tokens per text (`max_seq_length`), `data.max-tokens` is {used}"
    ))
}
