//! Sweeps: from `[sweep]` and lists on the command line to arms.
//!
//! A sweep has points, each with a value for every swept key. Within one sweep, the keys of `grid`, the positions of `zip` and
//! the tables of `cases` multiply; several sweeps add up, and a point that two of them have is one. A row becomes an *arm* for each set of
//! values of the keys that affect it ([`arms`]): a row that no swept key affects stays as the spec has it without the sweep, and
//! a row that builds on another takes the arm of that row at its own point.
//!
//! An arm is checked as if the spec had been written with its values, so its trials have the keys that such a spec gives them.

mod arms;
mod command;
mod key;
mod parts;
mod point;
mod points;
mod read;
mod reader;
mod schema;

use std::path::Path;

pub(super) use arms::Arm;
pub(super) use command::Set;
pub use point::Point;
pub(super) use points::MOST_POINTS;
pub(super) use schema::schema;

use super::error::Diagnostic;
use super::tree::{Entry, Node, Value};
use key::Key;
use points::Values;

/// The keys that `sweep` names as written, right or wrong.
pub(super) fn named(written: &Node) -> Vec<String> {
    let mut found = Vec::new();
    match &written.value {
        Value::Array(items) => found.extend(items.iter().flat_map(named)),
        Value::Table(parts) => {
            for part in parts.iter().filter(|part| part.key != "exclude") {
                let tables = match &part.node.value {
                    Value::Array(items) => items.iter().collect(),
                    _ => vec![&part.node],
                };
                for table in tables {
                    let mut entries = Vec::new();
                    reader::flatten(table, "", &mut entries);
                    found.extend(entries.into_iter().map(|(name, _, _)| name));
                }
            }
        }
        _ => {}
    }
    found
}

/// The swept keys of a spec and their points.
#[derive(Debug)]
pub(super) struct Space {
    keys: Vec<Key>,
    points: Vec<Values>,
    /// The values that the spec gives the keys without the sweep.
    baseline: Values,
}

impl Space {
    /// Reads the sweeps of a spec, whose other keys are `root`, and those of the command line.
    ///
    /// # Errors
    /// Every fault; more than `most` points.
    pub(super) fn read(
        file: &Path,
        root: &Node,
        written: Option<Entry>,
        sets: &[Set],
        most: u64,
    ) -> Result<Self, Vec<Diagnostic>> {
        let (sweeps, faults) = read::read(file, root, written, sets);
        if !faults.is_empty() {
            return Err(faults);
        }
        let points = points::points(file, root, &sweeps, most)?;
        let baseline = points::baseline_values(&sweeps.keys, root);
        let keys = sweeps.keys;
        Ok(Self {
            keys,
            points,
            baseline,
        })
    }

    /// How many points there are; 0 without a sweep.
    pub(super) fn len(&self) -> usize {
        if self.keys.is_empty() {
            0
        } else {
            self.points.len()
        }
    }

    /// Whether a key that ends so is swept.
    pub(super) fn has(&self, end: &str) -> bool {
        self.keys.iter().any(|known| known.name.ends_with(end))
    }

    /// The arms of each row of the experiment `name`.
    pub(super) fn arms(&self, root: &Node, name: &str) -> Vec<Vec<Arm>> {
        let ids = arms::ids(root);
        let rows = 0..ids.len();
        let relevance = arms::Relevance::new(root, &self.keys, name, ids);
        rows.map(|row| relevance.arms(row, &self.points)).collect()
    }

    /// The spec at an arm, with no other row.
    pub(super) fn tree(&self, root: &Node, row: usize, arm: &Arm) -> Node {
        let mut tree = with_row(root, row);
        for (key, choice) in arm.set() {
            // Its path was found in the schema and its row in the spec; what it cannot be put into is a fault of the spec.
            let _ = tree.put(&self.keys[key].path, choice.node.clone());
        }
        tree
    }

    /// The spec with a value for each key that it lacks and some point has, so that nothing is missing that is swept.
    pub(super) fn completed(&self, root: &Node) -> Node {
        let mut tree = root.clone();
        for (index, key) in self.keys.iter().enumerate() {
            let first = self.points.iter().find_map(|point| point[index].as_ref());
            if let (None, Some(choice)) = (root.find(&key.path), first) {
                let _ = tree.put(&key.path, choice.node.clone());
            }
        }
        tree
    }

    /// The arm's values as an experiment carries them.
    pub(super) fn point(&self, arm: &Arm) -> Point {
        let setting = |(key, choice): (usize, &std::rc::Rc<reader::Choice>)| {
            (self.keys[key].name.clone(), choice.json.clone())
        };
        Point::new(arm.set().map(setting))
    }

    /// Whether the arm has the values that the spec has without the sweep.
    pub(super) fn is_baseline(&self, arm: &Arm) -> bool {
        arm.set().all(|(key, choice)| {
            let baseline = self.baseline[key].as_ref();
            baseline.is_some_and(|baseline| baseline.text == choice.text)
        })
    }
}

/// The spec with one of its rows. The others are never copied: that would take time in the square of their number.
fn with_row(root: &Node, row: usize) -> Node {
    let Value::Table(entries) = &root.value else {
        return root.clone();
    };
    let entry = |entry: &Entry| match &entry.node.value {
        Value::Array(rows) if entry.key == "row" => Entry {
            key: entry.key.clone(),
            place: entry.place.clone(),
            node: Node {
                place: entry.node.place.clone(),
                value: Value::Array(rows.get(row).cloned().into_iter().collect()),
            },
        },
        _ => entry.clone(),
    };
    Node {
        place: root.place.clone(),
        value: Value::Table(entries.iter().map(entry).collect()),
    }
}
