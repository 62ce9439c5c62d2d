//! The reader of `sweep`: keys and their values, each checked against the schema, and the faults found so far.

use std::path::Path;
use std::rc::Rc;

use serde_json::Value as Json;

use super::key::Key;
use crate::spec::error::{Diagnostic, Location, Problem};
use crate::spec::schema_check;
use crate::spec::tree::{Node, Value};

/// A value that a key may have at a point.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) node: Node,
    pub(super) json: Json,
    /// Its JSON text: equal values have equal text.
    pub(super) text: String,
}

/// Keys, by their index in the sweep's list of keys, with the values that they have together.
pub(super) type Choices = Vec<(usize, Rc<Choice>)>;

/// Alternatives, of which a point takes one: the values of a key of the grid, the positions of a zip, the cases.
pub(super) type Dimension = Vec<Choices>;

/// Values that a point must all have to be dropped.
#[derive(Debug)]
pub(super) struct Exclude {
    pub(super) values: Choices,
    pub(super) place: Location,
    pub(super) name: String,
}

pub(super) struct Reader<'a> {
    pub(super) file: &'a Path,
    pub(super) root: &'a Node,
    pub(super) keys: Vec<Key>,
    pub(super) faults: Vec<Diagnostic>,
}

impl Reader<'_> {
    pub(super) fn fault(&mut self, place: &Location, key: &str, problem: Problem) {
        self.faults.push(Diagnostic {
            file: self.file.to_owned(),
            place: place.clone(),
            key: key.to_owned(),
            problem,
        });
    }

    pub(super) fn not_allowed(&mut self, node: &Node, key: &str, allowed: &str) {
        let problem = Problem::NotAllowed {
            got: node.value.describe(),
            allowed: allowed.to_owned(),
        };
        self.fault(&node.place, key, problem);
    }

    /// The values of a list; none where it has a fault.
    pub(super) fn values(&mut self, key: usize, node: &Node, path: &str) -> Vec<Rc<Choice>> {
        let Value::Array(items) = &node.value else {
            self.not_allowed(node, path, "a list of values");
            return Vec::new();
        };
        if items.is_empty() {
            self.not_allowed(node, path, "a list of at least one value");
        }
        let choices: Vec<Option<Rc<Choice>>> = (1..)
            .zip(items)
            .map(|(number, item)| self.choice(key, item, &format!("{path}[{number}]")))
            .collect();
        choices
            .into_iter()
            .collect::<Option<_>>()
            .unwrap_or_default()
    }

    /// The keys of a table with their values, where dotted keys made tables of tables.
    pub(super) fn flat<'n>(
        &mut self,
        node: &'n Node,
        name: &str,
        allowed: &str,
    ) -> Option<Vec<(String, Location, &'n Node)>> {
        if !matches!(node.value, Value::Table(_)) {
            self.not_allowed(node, name, allowed);
            return None;
        }
        let mut found = Vec::new();
        flatten(node, "", &mut found);
        Some(found)
    }

    /// The index of a key, which must be one that can be swept.
    pub(super) fn key(&mut self, name: &str, place: &Location, path: &str) -> Option<usize> {
        if let Some(known) = self.keys.iter().position(|key| key.name == name) {
            return Some(known);
        }
        match Key::find(name, self.root) {
            Ok(key) => {
                let within = self.keys.iter().find(|other| other.overlaps(&key));
                if let Some(other) = within {
                    let problem = format!("it overlaps with `{}`, which is also swept", other.name);
                    self.fault(place, path, Problem::Conflict(problem));
                    return None;
                }
                self.keys.push(key);
                Some(self.keys.len() - 1)
            }
            Err(problem) => {
                self.fault(place, path, problem);
                None
            }
        }
    }

    /// Notes that a part of the sweep varies the key; it may be the only one.
    pub(super) fn take(
        &mut self,
        key: usize,
        place: &Location,
        path: &str,
        taken: &mut ParsedPart,
    ) -> bool {
        let Some((_, first)) = taken.iter().find(|(known, _)| *known == key) else {
            taken.push((key, place.clone()));
            return true;
        };
        let problem = Problem::Duplicate {
            got: self.keys[key].name.clone(),
            first: format!("in this sweep, {first}"),
        };
        self.fault(place, path, problem);
        false
    }

    /// A value that the key accepts.
    pub(super) fn choice(&mut self, key: usize, node: &Node, path: &str) -> Option<Rc<Choice>> {
        let key = &self.keys[key];
        let faults = schema_check::value_faults(self.file, node, key.schema, path);
        if faults.is_empty() {
            Some(Rc::new(Choice::new(key, node.clone())))
        } else {
            self.faults.extend(faults);
            None
        }
    }
}

/// The keys that the parts of one sweep vary, and where they are first named.
pub(super) type ParsedPart = Vec<(usize, Location)>;

impl Choice {
    /// Whole numbers of keys that take any are written as these, so that `1` and `1.0` are one value.
    pub(super) fn new(key: &Key, mut node: Node) -> Self {
        if let (Value::Integer(number), true) = (&node.value, key.schema["type"] == "number") {
            node.value = Value::Float(*number as f64);
        }
        let json = node.to_json();
        Self {
            text: json.to_string(),
            json,
            node,
        }
    }
}

/// The keys of a table of tables, joined by dots, with where they stand and their values.
pub(super) fn flatten<'n>(
    node: &'n Node,
    prefix: &str,
    found: &mut Vec<(String, Location, &'n Node)>,
) {
    let Value::Table(entries) = &node.value else {
        return;
    };
    for entry in entries {
        let name = format!("{prefix}{}", entry.key);
        match &entry.node.value {
            Value::Table(inner) if !inner.is_empty() => {
                flatten(&entry.node, &format!("{name}."), found);
            }
            _ => found.push((name, entry.place.clone(), &entry.node)),
        }
    }
}
