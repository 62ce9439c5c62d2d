//! What rows follow of what their encoders declare, in words.

use std::collections::{BTreeMap, BTreeSet};

use fsl_core::runner::{Followed, PlannedRow};
use fsl_core::spec::Row;

use super::stored_view::StoredView;
use fsl_common::sentence::described;

/// The rows that a sentence names at most.
const LISTED: usize = 5;

/// What the rows of a table follow, encoder by encoder, such as "`./bge` as it declares: cls pooling, length 1"; empty where nothing is
/// declared.
pub(super) fn sentence(rows: &[&PlannedRow], view: StoredView) -> String {
    let named = rows
        .iter()
        .map(|&row| (view.declared(row).id.as_str(), row));
    let said = sentences(named, view);
    said.into_iter().collect::<Vec<_>>().join("; ")
}

/// What is worth a note before rows run: what they follow, and limits that are not the spec's. A note each, without repeats.
pub fn encoder_notes(view: StoredView) -> Vec<String> {
    let all = &view.plan.rows;
    let mut notes = sentences(all.iter().map(|row| (row.name.as_str(), row)), view);
    notes.extend(all.iter().filter_map(|row| limit(row, view)));
    notes.into_iter().collect()
}

/// The encoder of a row, as its spec names it.
fn encoder(row: &Row) -> &str {
    row.method.requirements().encoder.unwrap_or_default()
}

/// What named rows follow, a sentence for each encoder; of one that rows follow differently several, which name the rows.
fn sentences<'a>(
    rows: impl Iterator<Item = (&'a str, &'a PlannedRow)>,
    view: StoredView<'a>,
) -> BTreeSet<String> {
    let mut followed: BTreeMap<&str, BTreeMap<String, Vec<&str>>> = BTreeMap::new();
    for (name, row) in rows {
        let Followed {
            pooling,
            modules,
            prompt,
            ..
        } = &row.followed;
        let Some(words) = described(*pooling, modules, prompt.as_deref()) else {
            continue;
        };
        let sentences = followed.entry(encoder(view.declared(row))).or_default();
        sentences.entry(words).or_default().push(name);
    }
    let said = followed.into_iter().flat_map(|(encoder, sentences)| {
        let is_only = sentences.len() == 1;
        sentences.into_iter().map(move |(words, rows)| {
            let rows = if is_only {
                String::new()
            } else {
                of_rows(&rows)
            };
            format!("encoder `{encoder}` as it declares: {words}{rows}")
        })
    });
    said.collect()
}

/// The rows that a sentence is about, in brackets.
pub(super) fn of_rows(names: &[&str]) -> String {
    let listed = names.get(..LISTED).unwrap_or(names);
    let listed = listed.join("`, `");
    match (names.len(), names.len().saturating_sub(LISTED)) {
        (1, _) => format!(" (row `{listed}`)"),
        (_, 0) => format!(" (rows `{listed}`)"),
        (_, more) => format!(" (rows `{listed}` and {more} more)"),
    }
}

fn limit(row: &PlannedRow, view: StoredView) -> Option<String> {
    let (limit, row) = (row.followed.max_tokens?, view.declared(row));
    let (encoder, used) = (encoder(row), row.data.max_tokens);
    Some(format!(
        "encoder `{encoder}` declares {limit} tokens per text (`max_seq_length`), `data.max-tokens` is {used}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_named_up_to_five() {
        let names = ["a", "b", "c", "d", "e", "f", "g"];
        assert_eq!(of_rows(&names[..1]), " (row `a`)");
        assert_eq!(of_rows(&names[..5]), " (rows `a`, `b`, `c`, `d`, `e`)");
        assert_eq!(
            of_rows(&names),
            " (rows `a`, `b`, `c`, `d`, `e` and 2 more)"
        );
    }
}
