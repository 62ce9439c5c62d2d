//! Distinct labels of a column: how they are written, ordered and listed.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

/// The most labels that a message lists.
const LISTED: usize = 10;

/// A label that a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistinctLabel {
    /// The label.
    pub name: String,
    /// How many texts have it.
    pub count: usize,
    /// The line, from 1, of the first of them.
    pub first_line: u64,
}

impl DistinctLabel {
    /// How many texts, and where: `3 texts, line 5 first`.
    fn place(&self) -> String {
        let line = self.first_line;
        match self.count {
            1 => format!("1 text, line {line}"),
            count => format!("{count} texts, first in line {line}"),
        }
    }
}

/// The distinct labels of a column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct DistinctLabels {
    /// What errors call the file.
    pub(super) path: PathBuf,
    /// The name of the column.
    pub(super) column: String,
    /// The labels by the line of their first text.
    pub(super) by_line: Vec<DistinctLabel>,
}

impl DistinctLabels {
    /// No labels yet.
    pub(super) fn new(path: &Path, column: &str) -> Self {
        Self {
            path: path.to_owned(),
            column: column.to_owned(),
            by_line: Vec::new(),
        }
    }

    /// How many texts have one of the labels.
    pub(super) fn texts(&self) -> usize {
        self.by_line.iter().map(|label| label.count).sum()
    }

    /// The labels in the order of classes: numbers by size if all are whole or decimal numbers, otherwise by code points.
    pub(super) fn sorted(&self) -> Vec<DistinctLabel> {
        let mut labels = self.by_line.clone();
        sort(&mut labels);
        labels
    }
}

/// A field as a label: without spaces around it, and a whole number written with a point, such as `1.0`, without that.
pub fn label_text(field: &str) -> &str {
    let field = field.trim();
    match field.split_once('.') {
        Some((whole, zeros))
            if is_whole(whole) && !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') =>
        {
            whole
        }
        _ => field,
    }
}

/// Digits, after a minus sign or none.
fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number that a label is, whole or decimal.
pub(super) fn number(label: &str) -> Option<f64> {
    let (whole, decimals) = label.split_once('.').unwrap_or((label, ""));
    let is_number = is_whole(whole) && decimals.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| label.parse().ok()).flatten()
}

/// Puts labels in the order of classes: numbers by size if all are numbers, otherwise by code points.
fn sort(labels: &mut [DistinctLabel]) {
    let are_numbers = labels.iter().all(|label| number(&label.name).is_some());
    labels.sort_by(|left, right| {
        let by_size = match (number(&left.name), number(&right.name)) {
            (Some(left), Some(right)) if are_numbers => left.total_cmp(&right),
            _ => Ordering::Equal,
        };
        by_size.then_with(|| left.name.cmp(&right.name))
    });
}

/// The first ten labels with the number of texts and the line of the first, and how many more there are.
pub(super) fn listed(labels: &[DistinctLabel]) -> String {
    let one = |label: &DistinctLabel| format!("`{}` ({})", shown(&label.name), label.place());
    let some: Vec<String> = labels.iter().take(LISTED).map(one).collect();
    match labels.len() - some.len() {
        0 => some.join(", "),
        more => format!("{} and {more} more", some.join(", ")),
    }
}

/// Up to 20 names in backticks, with commas between.
pub(super) fn quoted(names: &[String]) -> String {
    let some: Vec<String> = names
        .iter()
        .take(20)
        .map(|name| format!("`{}`", shown(name)))
        .collect();
    match names.len() - some.len() {
        0 => some.join(", "),
        more => format!("{} and {more} more", some.join(", ")),
    }
}

/// The first 40 characters of a field, with line breaks and controls written out.
pub(super) fn shown(field: &str) -> String {
    let more = if field.chars().nth(40).is_some() {
        "…"
    } else {
        ""
    };
    field
        .chars()
        .take(40)
        .flat_map(char::escape_debug)
        .collect::<String>()
        + more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_lose_their_point_and_nothing_else_changes() {
        for (field, label) in [
            ("1", "1"),
            (" 1.0 ", "1"),
            ("0.0", "0"),
            ("1.00", "1"),
            ("-1.0", "-1"),
            ("01", "01"),
            ("1.5", "1.5"),
            ("1.", "1."),
            (".0", ".0"),
            ("v1.0", "v1.0"),
            ("1.0.0", "1.0.0"),
            (" not spam\t", "not spam"),
            ("  ", ""),
        ] {
            assert_eq!(label_text(field), label, "{field:?}");
        }
    }

    #[test]
    fn numbers_are_ordered_by_size_and_words_by_code_points() {
        let sorted = |names: &[&str]| -> Vec<String> {
            let label = |&name: &&str| DistinctLabel {
                name: name.to_owned(),
                count: 1,
                first_line: 2,
            };
            let mut labels: Vec<DistinctLabel> = names.iter().map(label).collect();
            sort(&mut labels);
            labels.into_iter().map(|label| label.name).collect()
        };
        assert_eq!(sorted(&["10", "9", "-1", "2.5"]), ["-1", "2.5", "9", "10"]);
        assert_eq!(sorted(&["10", "9", "x"]), ["10", "9", "x"]);
        assert_eq!(sorted(&["é", "z", "Z", "a"]), ["Z", "a", "z", "é"]);
        assert_eq!(sorted(&["1", "01"]), ["01", "1"]);
    }
}
