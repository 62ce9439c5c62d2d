//! Swept keys of rows: their values, which determine others, and short names of rows by them.

use serde_json::Value;

use fsl_report::TableRow;

/// A name per row: its own; of an arm the swept row's identifier, with the values that tell the arm from its fellows.
pub(crate) fn names(rows: &[TableRow]) -> Vec<String> {
    let mut telling: Vec<&str> = Vec::new();
    for (key, _) in rows.iter().flat_map(|row| &row.point) {
        let known = telling.contains(&key.as_str());
        if !known && !telling.iter().any(|other| determined(rows, other, key)) {
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
    determines(rows.map(|row| (value(row, key), value(row, other))))
}

/// Whether the second of each pair follows from the first: a second without a first never does.
pub(crate) fn determines<K: PartialEq, V: PartialEq>(
    pairs: impl IntoIterator<Item = (Option<K>, Option<V>)>,
) -> bool {
    let mut known: Vec<(K, Option<V>)> = Vec::new();
    for (x, y) in pairs {
        let Some(x) = x else {
            if y.is_some() {
                return false;
            }
            continue;
        };
        match known.iter().find(|one| one.0 == x) {
            Some(one) if one.1 != y => return false,
            Some(_) => {}
            None => known.push((x, y)),
        }
    }
    true
}
