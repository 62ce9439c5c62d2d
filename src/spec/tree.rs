//! A TOML document as a tree in which every value knows where it was written.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Fault, Place, Problem};

/// A value and where it was written.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
}

/// A TOML value. Dates are kept as text: no key of a spec takes one.
#[derive(Debug, Clone)]
pub(super) enum Value {
    String(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    Date(String),
    Array(Vec<Node>),
    Table(Vec<Entry>),
}

/// One key of a table.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) place: Place,
    pub(super) node: Node,
}

impl Value {
    /// A value of JSON as TOML has it; `None` for null and for what has a null within.
    pub(super) fn plain(json: &serde_json::Value, place: &Place) -> Option<Self> {
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

    /// The value as a person would write it, shortened, with its type where that is not plain to see.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::String(text) if text.chars().count() > 60 => {
                format!(
                    "the string \"{}…\"",
                    text.chars().take(60).collect::<String>()
                )
            }
            Self::String(text) => format!("the string {text:?}"),
            Self::Integer(number) => number.to_string(),
            Self::Float(number) => format!("{number:?}"),
            Self::Bool(truth) => truth.to_string(),
            Self::Date(text) => format!("the date {text}"),
            Self::Array(items) => format!("an array of {}", items.len()),
            Self::Table(_) => "a table".to_owned(),
        }
    }
}

impl Node {
    /// The node of `key` in this table.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Table(entries) => entries
                .iter()
                .find(|entry| entry.key == key)
                .map(|entry| &entry.node),
            _ => None,
        }
    }

    /// As [`get`](Self::get), to change it.
    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        match &mut self.value {
            Value::Table(entries) => {
                let mut entries = entries.iter_mut();
                entries
                    .find(|entry| entry.key == key)
                    .map(|entry| &mut entry.node)
            }
            _ => None,
        }
    }

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

    fn child(&mut self, step: &str, place: &Place) -> Option<&mut Node> {
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

    /// The node at a path such as `["row", "2", "id"]`, as far as it exists; otherwise the last node on the way.
    pub(super) fn deepest(&self, path: &[&str]) -> &Node {
        let mut node = self;
        for step in path {
            let next = match &node.value {
                Value::Array(items) => step
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| items.get(index)),
                _ => node.get(step),
            };
            match next {
                Some(inner) => node = inner,
                None => break,
            }
        }
        node
    }

    /// The tree without its places, for serde.
    pub(super) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::String(text) | Value::Date(text) => text.as_str().into(),
            Value::Integer(number) => (*number).into(),
            Value::Float(number) => (*number).into(),
            Value::Bool(truth) => (*truth).into(),
            Value::Array(items) => items.iter().map(Node::to_json).collect(),
            Value::Table(entries) => entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.node.to_json()))
                .collect(),
        }
    }
}

/// Parses a document. Every syntax error is reported, with its line.
pub(super) fn parse(file: &Path, text: &str) -> Result<Node, Vec<Fault>> {
    let lines = Lines::of(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        let place = Place::Line(1);
        return table_node(
            &place,
            table.get_ref(),
            &|offset| Place::Line(lines.line(offset)),
            file,
        );
    }
    Err(errors
        .into_iter()
        .map(|error| Fault {
            file: file.to_owned(),
            place: Place::Line(lines.line(error.span().map_or(0, |span| span.start))),
            key: String::new(),
            problem: Problem::Syntax(error.message().lines().collect::<Vec<_>>().join(", ")),
        })
        .collect())
}

/// Parses the value of a `--set` argument; text that is not a TOML value is taken as a string, so that
/// `--set name=mine` needs no quotes.
pub(super) fn parse_value(text: &str, place: &Place) -> Value {
    let parsed = DeValue::parse(text)
        .ok()
        .and_then(|value| convert(&value, &|_| place.clone(), Path::new("")).ok())
        .map(|node| node.value);
    parsed.unwrap_or_else(|| Value::String(text.to_owned()))
}

type PlaceOf<'a> = &'a dyn Fn(usize) -> Place;

fn table_node(
    place: &Place,
    table: &DeTable,
    at: PlaceOf,
    file: &Path,
) -> Result<Node, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut entries = Vec::with_capacity(table.len());
    for (key, value) in table {
        match convert(value, at, file) {
            Ok(node) => entries.push(Entry {
                key: key.get_ref().to_string(),
                place: at(key.span().start),
                node,
            }),
            Err(more) => faults.extend(more),
        }
    }
    if faults.is_empty() {
        Ok(Node {
            place: place.clone(),
            value: Value::Table(entries),
        })
    } else {
        Err(faults)
    }
}

fn convert(value: &Spanned<DeValue>, at: PlaceOf, file: &Path) -> Result<Node, Vec<Fault>> {
    let place = at(value.span().start);
    let unreadable = |got: String, allowed: &str| {
        vec![Fault {
            file: file.to_owned(),
            place: place.clone(),
            key: String::new(),
            problem: Problem::NotAllowed {
                got,
                allowed: allowed.to_owned(),
            },
        }]
    };
    let value = match value.get_ref() {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => Value::Integer(
            i64::from_str_radix(number.as_str(), number.radix())
                .map_err(|_| unreadable(number.to_string(), "an integer of at most 64 bits"))?,
        ),
        DeValue::Float(number) => Value::Float(
            number
                .as_str()
                .parse()
                .map_err(|_| unreadable(number.to_string(), "a floating-point number"))?,
        ),
        DeValue::Boolean(truth) => Value::Bool(*truth),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Table(table) => return table_node(&place, table, at, file),
        DeValue::Array(items) => {
            let mut nodes = Vec::with_capacity(items.len());
            let mut faults = Vec::new();
            for item in items {
                match convert(item, at, file) {
                    Ok(node) => nodes.push(node),
                    Err(more) => faults.extend(more),
                }
            }
            if !faults.is_empty() {
                return Err(faults);
            }
            Value::Array(nodes)
        }
    };
    Ok(Node { place, value })
}

/// Byte offsets of line starts, to turn an offset into a line number.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let starts = text
            .bytes()
            .enumerate()
            .filter(|&(_, byte)| byte == b'\n')
            .map(|(offset, _)| offset + 1);
        Self(std::iter::once(0).chain(starts).collect())
    }

    fn line(&self, offset: usize) -> usize {
        self.0.partition_point(|&start| start <= offset)
    }
}
