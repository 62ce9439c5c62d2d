//! Reading `sweep`: from tables as written to the dimensions of each sweep, with every fault.

use std::path::Path;
use std::rc::Rc;

use serde_json::Value as Json;

use super::command::Set;
use super::key::Key;
use crate::spec::error::{Diagnostic, Location, Problem, nearest};
use crate::spec::schema_check;
use crate::spec::tree::{Entry, Node, Value};

/// A value that a key may have at a point.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) node: Node,
    pub(super) json: Json,
    /// Its JSON text: equal values have equal text.
    pub(super) text: String,
}

/// Keys, by their index in [`Sweeps::keys`], with the values that they have together.
pub(super) type Choices = Vec<(usize, Rc<Choice>)>;

/// Alternatives, of which a point takes one: the values of a key of the grid, the positions of a zip, the cases.
pub(super) type Dimension = Vec<Choices>;

/// One `[sweep]`.
#[derive(Debug)]
pub(super) struct Sweep {
    /// A point takes one alternative of each; the last one varies fastest.
    pub(super) dimensions: Vec<Dimension>,
    pub(super) exclude: Vec<Exclude>,
    pub(super) place: Location,
    /// What faults call it: `sweep`, or `sweep[2]`.
    pub(super) name: String,
    /// Whether the command line changed it, so that its excludes may have lost their points.
    pub(super) altered: bool,
}

/// Values that a point must all have to be dropped.
#[derive(Debug)]
pub(super) struct Exclude {
    pub(super) values: Choices,
    pub(super) place: Location,
    pub(super) name: String,
}

/// All that a spec sweeps.
#[derive(Debug, Default)]
pub(super) struct Sweeps {
    /// The swept keys, in the order in which they are first named.
    pub(super) keys: Vec<Key>,
    pub(super) sweeps: Vec<Sweep>,
}

/// Reads the sweeps of a spec, whose other keys are `root`, and those of the command line.
pub(super) fn read(
    file: &Path,
    root: &Node,
    written: Option<Entry>,
    sets: &[Set],
) -> (Sweeps, Vec<Diagnostic>) {
    let mut reader = Reader {
        file,
        root,
        keys: Vec::new(),
        faults: Vec::new(),
    };
    let mut sweeps = Vec::new();
    match written.map(|entry| entry.node) {
        None => {}
        Some(Node {
            value: Value::Array(items),
            ..
        }) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                sweeps.extend(reader.sweep(item, format!("sweep[{}]", index + 1)));
            }
        }
        Some(node) => sweeps.extend(reader.sweep(&node, "sweep".to_owned())),
    }
    for set in sets {
        reader.set(&mut sweeps, set);
    }
    let keys = reader.keys;
    (Sweeps { keys, sweeps }, reader.faults)
}

pub(super) struct Reader<'a> {
    file: &'a Path,
    root: &'a Node,
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

    fn sweep(&mut self, node: &Node, name: String) -> Option<Sweep> {
        let Value::Table(entries) = &node.value else {
            self.not_allowed(node, &name, "a table (`[sweep]`), or several (`[[sweep]]`)");
            return None;
        };
        let mut sweep = Sweep {
            dimensions: Vec::new(),
            exclude: Vec::new(),
            place: node.place.clone(),
            name,
            altered: false,
        };
        let mut taken = Vec::new();
        for part in entries {
            let name = format!("{}.{}", sweep.name, part.key);
            match part.key.as_str() {
                "grid" => sweep.dimensions.extend(self.grid(part, &name, &mut taken)),
                "zip" => sweep.dimensions.extend(self.zip(part, &name, &mut taken)),
                "cases" => sweep.dimensions.extend(self.cases(part, &name, &mut taken)),
                "exclude" => {}
                _ => self.unknown_part(part, &name),
            }
        }
        // Excludes name swept keys, wherever in the table these stand.
        for part in entries.iter().filter(|part| part.key == "exclude") {
            let name = format!("{}.exclude", sweep.name);
            sweep.exclude = self.exclude(part, &name, &taken);
        }
        if entries.iter().all(|part| part.key == "exclude") {
            let problem =
                Problem::Conflict("nothing is swept; give `grid`, `zip` or `cases`".to_owned());
            self.fault(&node.place, &sweep.name, problem);
        }
        Some(sweep)
    }

    fn unknown_part(&mut self, part: &Entry, name: &str) {
        let parts = ["grid", "zip", "cases", "exclude"];
        let problem = Problem::UnknownKey {
            suggestion: nearest(&part.key, parts),
            allowed: parts.map(str::to_owned).to_vec(),
        };
        self.fault(&part.place, name, problem);
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
                    let problem = format!(
                        "it and `{}`, which is swept too, lie within each other",
                        other.name
                    );
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
