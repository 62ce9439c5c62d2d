//! Swept keys of rows: their values, which determine others, and short names of rows by them.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use serde_json::Value;

use fsl_report::TableRow;

/// A name per row: its own; of an arm the swept row's identifier, with the values that tell the arm from its fellows.
pub(crate) fn names(rows: &[TableRow]) -> Vec<String> {
    let mut telling: Vec<&str> = Vec::new();
    let mut seen = HashSet::new();
    for (key, _) in rows.iter().flat_map(|row| &row.point) {
        if seen.insert(key) && !telling.iter().any(|other| determined(rows, other, key)) {
            telling.push(key);
        }
    }
    let name = |row: &TableRow| {
        if row.point.is_empty() {
            return row.label.clone();
        }
        let values = telling.iter().filter_map(|key| value(row, key));
        let words = values.map(|value| match value {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        });
        let words: Vec<String> = std::iter::once(row.arm_of.clone()).chain(words).collect();
        words.join(" ")
    };
    rows.iter().map(name).collect()
}

/// The value of a swept key at the row's point; `None` where it does not bear on the row.
pub(crate) fn value<'a>(row: &'a TableRow, key: &str) -> Option<&'a Value> {
    let found = row.point.iter().find(|(name, _)| name == key);
    found.map(|(_, value)| value)
}

/// Whether all rows with one value of `key` have one value of `other`, too: they were swept together.
fn determined(rows: &[TableRow], key: &str, other: &str) -> bool {
    let rows = rows.iter().filter(|row| value(row, other).is_some());
    let text = |row: &TableRow, key: &str| value(row, key).map(Value::to_string);
    determines(rows.map(|row| (text(row, key), text(row, other))))
}

/// Whether the second of each pair follows from the first: a second without a first never does.
pub(crate) fn determines(
    pairs: impl IntoIterator<Item = (Option<String>, Option<String>)>,
) -> bool {
    let mut known = HashMap::new();
    for (x, y) in pairs {
        let Some(x) = x else {
            if y.is_some() {
                return false;
            }
            continue;
        };
        match known.entry(x) {
            Entry::Occupied(one) if *one.get() != y => return false,
            Entry::Occupied(_) => {}
            Entry::Vacant(new) => {
                new.insert(y);
            }
        }
    }
    true
}
