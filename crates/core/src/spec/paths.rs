//! Finding and changing what a TOML tree holds, by the paths that `--set` uses.

use super::error::Location;
use super::tree::{Entry, Node, Value};

impl Node {
    /// The node at a path as `--set` has it, in which rows go by their ids: `["row", "fsl", "label"]`.
    pub(super) fn find(&self, path: &[impl AsRef<str>]) -> Option<&Node> {
        path.iter().try_fold(self, |node, step| match &node.value {
            Value::Array(items) => items.iter().find(|item| item.has_id(step.as_ref())),
            _ => node.get(step.as_ref()),
        })
    }

    /// Puts a node at such a path; tables on the way are made where they are missing. A row that does not exist, or a step into
    /// something that is no table, leaves `Err` with the path up to there.
    pub(super) fn put(&mut self, path: &[String], new: Node) -> Result<(), String> {
        let place = new.place.clone();
        let mut node = self;
        for (index, step) in path.iter().enumerate() {
            node = node
                .child(step, &place)
                .ok_or_else(|| path[..=index].join("."))?;
        }
        *node = new;
        Ok(())
    }

    fn child(&mut self, step: &str, place: &Location) -> Option<&mut Node> {
        match &mut self.value {
            Value::Table(entries) => {
                let index = entries
                    .iter()
                    .position(|entry| entry.key == step)
                    .unwrap_or_else(|| {
                        let empty = Node {
                            place: place.clone(),
                            value: Value::Table(Vec::new()),
                        };
                        entries.push(Entry {
                            key: step.to_owned(),
                            place: place.clone(),
                            node: empty,
                        });
                        entries.len() - 1
                    });
                Some(&mut entries[index].node)
            }
            Value::Array(items) => items.iter_mut().find(|item| item.has_id(step)),
            _ => None,
        }
    }

    /// Whether it is the table of the row with this id.
    pub(super) fn has_id(&self, wanted: &str) -> bool {
        matches!(self.get("id").map(|id| &id.value), Some(Value::String(id)) if id == wanted)
    }

    /// Takes an entry out of a table.
    pub(super) fn take(&mut self, key: &str) -> Option<Entry> {
        let Value::Table(entries) = &mut self.value else {
            return None;
        };
        let index = entries.iter().position(|entry| entry.key == key)?;
        Some(entries.remove(index))
    }
}

impl Value {
    /// A value of JSON as TOML has it; `None` for null and for what has a null within.
    pub(super) fn plain(json: &serde_json::Value, place: &Location) -> Option<Self> {
        let node = |json: &serde_json::Value| {
            Some(Node {
                place: place.clone(),
                value: Self::plain(json, place)?,
            })
        };
        Some(match json {
            serde_json::Value::Null => return None,
            serde_json::Value::Bool(truth) => Self::Bool(*truth),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(whole) => Self::Integer(whole),
                None => Self::Float(number.as_f64()?),
            },
            serde_json::Value::String(text) => Self::String(text.clone()),
            serde_json::Value::Array(items) => {
                Self::Array(items.iter().map(node).collect::<Option<_>>()?)
            }
            serde_json::Value::Object(entries) => {
                let entry = |(key, json): (&String, &serde_json::Value)| {
                    Some(Entry {
                        key: key.clone(),
                        place: place.clone(),
                        node: node(json)?,
                    })
                };
                Self::Table(entries.iter().map(entry).collect::<Option<_>>()?)
            }
        })
    }
}
