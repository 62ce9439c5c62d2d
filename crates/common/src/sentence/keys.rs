//! The keys of one JSON file, read by kind.

use std::path::Path;

use serde_json::{Map, Value};

use super::SentenceFault;
use crate::shown;

/// The longest value that a message repeats in full, in characters.
const LONGEST_SHOWN: usize = 100;

/// The keys of one file, or of one entry of a list in it.
pub(super) struct Keys<'a> {
    path: &'a Path,
    /// Stands before keys in messages.
    prefix: String,
    object: Map<String, Value>,
}

/// The JSON in a file's bytes.
fn json(path: &Path, expected: &'static str, bytes: &[u8]) -> Result<Value, SentenceFault> {
    serde_json::from_slice(bytes).map_err(|error| SentenceFault::NotJson {
        path: path.into(),
        expected,
        problem: error.to_string(),
    })
}

fn other_kind(path: &Path, expected: &'static str) -> SentenceFault {
    SentenceFault::NotJson {
        path: path.into(),
        expected,
        problem: String::new(),
    }
}

/// The entries of a file that is a list of objects, at most `most`.
pub(super) fn list<'a>(
    path: &'a Path,
    bytes: &[u8],
    most: usize,
) -> Result<Vec<Keys<'a>>, SentenceFault> {
    let Value::Array(entries) = json(path, "list", bytes)? else {
        return Err(other_kind(path, "list"));
    };
    if entries.len() > most {
        return Err(SentenceFault::Key {
            path: path.into(),
            key: "length".to_owned(),
            got: entries.len().to_string(),
            allowed: format!("at most {most}"),
        });
    }
    let entry = |(place, value): (usize, Value)| match value {
        Value::Object(object) => Ok(Keys {
            path,
            prefix: format!("{place}."),
            object,
        }),
        _ => Err(other_kind(path, "list of objects")),
    };
    entries.into_iter().enumerate().map(entry).collect()
}

impl<'a> Keys<'a> {
    /// Those of a file that is an object.
    pub(super) fn parse(path: &'a Path, bytes: &[u8]) -> Result<Self, SentenceFault> {
        match json(path, "object", bytes)? {
            Value::Object(object) => Ok(Self {
                path,
                prefix: String::new(),
                object,
            }),
            _ => Err(other_kind(path, "object")),
        }
    }

    /// The value of a key; null counts as none.
    pub(super) fn value(&self, key: &str) -> Option<&Value> {
        self.object.get(key).filter(|value| !value.is_null())
    }

    /// The names of all keys.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.object.keys().map(String::as_str)
    }

    /// The error for a key whose value is not `allowed`.
    pub(super) fn refused(&self, key: &str, allowed: impl Into<String>) -> SentenceFault {
        let got = match self.object.get(key) {
            None => "missing".to_owned(),
            Some(value) => {
                let text = value.to_string();
                format!("`{}`", shown::escaped(&shown::cut(&text, LONGEST_SHOWN)))
            }
        };
        SentenceFault::Key {
            path: self.path.into(),
            key: self.prefix.clone() + &shown::escaped(&shown::cut(key, LONGEST_SHOWN)),
            got,
            allowed: allowed.into(),
        }
    }

    /// A text.
    pub(super) fn text(&self, key: &str) -> Result<Option<&str>, SentenceFault> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.refused(key, "a text")),
        }
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, SentenceFault> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.refused(key, "true or false")),
        }
    }

    /// A whole number of a range.
    pub(super) fn count(
        &self,
        key: &str,
        (least, most): (u64, u64),
    ) -> Result<Option<u64>, SentenceFault> {
        match self.value(key).map(Value::as_u64) {
            None => Ok(None),
            Some(Some(count)) if (least..=most).contains(&count) => Ok(Some(count)),
            Some(_) => Err(self.refused(key, format!("a whole number from {least} to {most}"))),
        }
    }
}
