//! Short names of rows, for plots.

use serde_json::Value;

use fsl_report::TableRow;

/// A name per row: its own; of an arm the swept row's identifier, with the values that tell the arm from its fellows.
pub(super) fn names(rows: &[TableRow]) -> Vec<String> {
    let mut telling: Vec<&str> = Vec::new();
    for (key, _) in rows.iter().flat_map(|row| &row.point) {
        let known = telling.contains(&key.as_str());
        if !known && !telling.iter().any(|other| determines(rows, other, key)) {
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

fn value<'a>(row: &'a TableRow, key: &str) -> Option<&'a Value> {
    let found = row.point.iter().find(|(name, _)| name == key);
    found.map(|(_, value)| value)
}

/// Whether all rows with one value of `key` have one value of `other`, too: they were swept together.
fn determines(rows: &[TableRow], key: &str, other: &str) -> bool {
    let mut known: Vec<(&Value, &Value)> = Vec::new();
    rows.iter()
        .filter(|row| value(row, other).is_some())
        .all(|row| match (value(row, key), value(row, other)) {
            (Some(x), Some(y)) => {
                let before = known.iter().find(|one| one.0 == x);
                let agrees = before.is_none_or(|one| one.1 == y);
                known.push((x, y));
                agrees
            }
            _ => false,
        })
}
