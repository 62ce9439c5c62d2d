//! Names of tensors in files: conflicts between them, and how errors show them.

use std::collections::BTreeMap;

use fsl_common::shown;

/// How many names an error lists.
pub(crate) const LISTED: usize = 3;

/// The longest name that an error shows in full, in characters.
const LONGEST_SHOWN: usize = 200;

/// Several tensors of a file that stand for one parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameConflict {
    /// The parameter, without the family's prefix.
    pub parameter: String,
    /// The names in the file, sorted.
    pub names: Vec<String>,
}

impl std::fmt::Display for NameConflict {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parameter = escaped(&self.parameter);
        if self.names.iter().all(|name| *name == self.parameter) {
            return write!(formatter, "`{parameter}` ({} times)", self.names.len());
        }
        let (shown, more) = self.names.split_at(self.names.len().min(LISTED));
        let mut shown: Vec<String> = shown.iter().map(|name| quoted(name)).collect();
        if !more.is_empty() {
            shown.push(format!("{} more", more.len()));
        }
        let last = shown.pop().unwrap_or_default();
        write!(
            formatter,
            "`{parameter}` (as {} and {last})",
            shown.join(", ")
        )
    }
}

/// Refuses files in which several tensors stand for one parameter, equal values or not: which of them counts is a guess, and
/// no usual way of saving a model writes such a file. `tensors` are parameters with their names in the file.
///
/// # Errors
/// All conflicts, in the order of the parameters' names.
pub(crate) fn refuse_conflicts<'a>(
    tensors: impl Iterator<Item = (String, &'a str)>,
) -> Result<(), Vec<NameConflict>> {
    let mut by_parameter: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (parameter, name) in tensors {
        by_parameter.entry(parameter).or_default().push(name);
    }
    by_parameter.retain(|_, names| names.len() > 1);
    if by_parameter.is_empty() {
        return Ok(());
    }
    let conflicts = by_parameter.into_iter().map(|(parameter, mut names)| {
        names.sort_unstable();
        let names = names.into_iter().map(str::to_owned).collect();
        NameConflict { parameter, names }
    });
    Err(conflicts.collect())
}

/// The first few items, separated by commas, and a count of those left out.
pub(crate) fn listed(first: impl Iterator<Item = String>, count: usize) -> String {
    let mut items: Vec<String> = first.collect();
    if count > items.len() {
        items.push(format!("and {} more", count - items.len()));
    }
    items.join(", ")
}

/// A name from a file in backticks, fit for a terminal.
pub(crate) fn quoted(name: &str) -> String {
    format!("`{}`", escaped(name))
}

/// Text from a file, fit for a terminal: control characters and marks of direction escaped, cut where it is very long.
pub(crate) fn escaped(text: &str) -> String {
    let start: String = text.chars().take(LONGEST_SHOWN).collect();
    let mut shown = shown::escaped(&start).into_owned();
    if start.len() < text.len() {
        shown.push('…');
    }
    shown
}
