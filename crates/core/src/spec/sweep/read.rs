//! Reading `sweep`: from tables as written to the dimensions of each sweep, with every fault.

use std::path::Path;

use super::command::Set;
use super::key::Key;
use super::reader::{Choices, Dimension, Exclude, Reader};
use crate::spec::error::{Diagnostic, Location, Problem};
use crate::spec::tree::{Entry, Node, Value};
use fsl_common::spelling::nearest;

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

impl Reader<'_> {
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
                "grid" => sweep
                    .dimensions
                    .extend(self.read_grid(part, &name, &mut taken)),
                "zip" => sweep
                    .dimensions
                    .extend(self.read_zip(part, &name, &mut taken)),
                "cases" => sweep
                    .dimensions
                    .extend(self.read_cases(part, &name, &mut taken)),
                "exclude" => {}
                _ => self.unknown_part(part, &name),
            }
        }
        // Excludes name swept keys, wherever in the table these stand.
        for part in entries.iter().filter(|part| part.key == "exclude") {
            let name = format!("{}.exclude", sweep.name);
            sweep.exclude = self.read_exclude(part, &name, &taken);
        }
        if entries.iter().all(|part| part.key == "exclude") {
            let problem =
                Problem::Conflict("nothing is swept; add `grid`, `zip` or `cases`".to_owned());
            self.fault(&node.place, &sweep.name, problem);
        }
        Some(sweep)
    }

    /// Has every sweep take the key's values from the command line, in place of what the file says of it.
    fn set(&mut self, sweeps: &mut Vec<Sweep>, set: &Set) {
        let is_swept = self.keys.iter().any(|key| key.name == set.key);
        if !set.sweeps && !is_swept {
            return;
        }
        let place = &set.node.place;
        let Some(key) = self.key(&set.key, place, &set.key) else {
            return;
        };
        let choices = if set.sweeps {
            self.values(key, &set.node, &set.key)
        } else {
            self.choice(key, &set.node, &set.key).into_iter().collect()
        };
        if choices.is_empty() {
            return;
        }
        let dimension: Dimension = choices
            .into_iter()
            .map(|choice| vec![(key, choice)])
            .collect();
        if sweeps.is_empty() {
            sweeps.push(Sweep {
                dimensions: Vec::new(),
                exclude: Vec::new(),
                place: place.clone(),
                name: "sweep".to_owned(),
                altered: true,
            });
        }
        for sweep in sweeps {
            for choices in sweep.dimensions.iter_mut().flatten() {
                choices.retain(|(other, _)| *other != key);
            }
            sweep
                .dimensions
                .retain(|alternatives| !alternatives.iter().all(Choices::is_empty));
            sweep.dimensions.push(dimension.clone());
            sweep.altered = true;
        }
    }

    fn unknown_part(&mut self, part: &Entry, name: &str) {
        let parts = ["grid", "zip", "cases", "exclude"];
        let problem = Problem::UnknownKey {
            suggestion: nearest(&part.key, parts),
            allowed: parts.map(str::to_owned).to_vec(),
        };
        self.fault(&part.place, name, problem);
    }
}
