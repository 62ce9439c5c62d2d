//! `--set key=value`: any key of a spec, set from the command line before the spec is checked.

use super::error::{Location, SpecError};
use super::tree::{Node, Value, parse_value};

/// More parts than any key has: `row.ID.method.METHOD.KEY`.
const MOST_PARTS: usize = 16;

/// One parsed `--set` argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    path: Vec<String>,
    value: String,
    text: String,
}

impl Override {
    /// Parses `key=value`. The key is a dotted path (`trials.count`, `row.fsl.method.finetune.epochs`, where the step after
    /// `row` is the row's id); the value is TOML, and text that is not TOML is taken as a string.
    ///
    /// # Errors
    /// [`SpecError::BadSet`] where there is no `=` or a step of the path is empty.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        let bad = |problem: &str| SpecError::BadSet {
            text: text.to_owned(),
            problem: problem.to_owned(),
        };
        let (key, value) = text.split_once('=').ok_or_else(|| bad("there is no `=`"))?;
        let path: Vec<String> = key
            .trim()
            .split('.')
            .map(|step| step.trim().to_owned())
            .collect();
        if path.iter().any(String::is_empty) {
            return Err(bad("the key has an empty part"));
        }
        if path.len() > MOST_PARTS {
            return Err(bad(&format!(
                "the key has {} parts, no key of a spec has more than {MOST_PARTS}",
                path.len()
            )));
        }
        Ok(Self {
            path,
            value: value.trim().to_owned(),
            text: text.to_owned(),
        })
    }

    /// The id of the row whose key is set, if it is a row's.
    pub(super) fn row(&self) -> Option<&str> {
        match self.path.as_slice() {
            [first, id, ..] if first == "row" => Some(id),
            _ => None,
        }
    }

    /// Whether there is nothing in `root` to set: the key is one of a row that this spec does not have.
    pub(super) fn passes_by(&self, root: &Node) -> bool {
        let Some(id) = self.row() else {
            return false;
        };
        match root.get("row").map(|rows| &rows.value) {
            Some(Value::Array(items)) => !items.iter().any(|item| item.has_id(id)),
            Some(_) => false,
            None => true,
        }
    }

    /// Sets the value in `root`; tables on the way are made where they are missing. A row that does not exist, or a step
    /// into something that is no table, leaves `Err` with the path up to there.
    pub(super) fn apply(&self, root: &mut Node) -> Result<(), String> {
        root.put(&self.path, self.node())
    }

    /// The key, as it was written.
    pub(super) fn key(&self) -> String {
        self.path.join(".")
    }

    /// The value, placed on the command line.
    pub(super) fn node(&self) -> Node {
        let place = Location::Set(self.text.clone());
        Node {
            value: parse_value(&self.value, &place),
            place,
        }
    }
}

impl std::fmt::Display for Override {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.text)
    }
}
