//! Which points make an arm of a row: those that differ in a key that bears on it.

use std::collections::HashSet;
use std::rc::Rc;

use serde_json::Value as Json;

use super::super::tree::{Node, Value};
use super::key::Key;
use super::points::{Values, text};
use super::read::Choice;

/// A row at a point.
#[derive(Debug)]
pub(in crate::spec) struct Arm {
    /// The keys that bear on the row, by their index, with their values.
    pub(super) values: Values,
}

/// What tells which keys bear on which rows.
pub(super) struct Bearing<'a> {
    /// The spec without its sweep.
    root: &'a Node,
    keys: &'a [Key],
    /// The experiment's name.
    name: &'a str,
    ids: Vec<&'a str>,
}

impl<'a> Bearing<'a> {
    pub(super) fn new(root: &'a Node, keys: &'a [Key], name: &'a str, ids: Vec<&'a str>) -> Self {
        Self {
            root,
            keys,
            name,
            ids,
        }
    }

    /// The arms of a row, in the order of the points.
    pub(super) fn arms(&self, row: usize, points: &[Values]) -> Vec<Arm> {
        let mut seen = HashSet::new();
        let mut arms = Vec::new();
        for point in points {
            let mut bears = vec![false; self.keys.len()];
            self.mark(row, point, &mut bears, &mut Vec::new());
            let chosen = point.iter().zip(&bears);
            let values: Values = chosen
                .map(|(value, bears)| value.clone().filter(|_| *bears))
                .collect();
            if seen.insert(text(&values)) {
                arms.push(Arm { values });
            }
        }
        arms
    }

    /// Marks the keys that bear on a row at a point: its own, those of `data` and `trials` that its method looks at, and those
    /// that bear on the row that it builds on.
    fn mark(&self, row: usize, point: &Values, bears: &mut [bool], way: &mut Vec<usize>) {
        // A row that builds on itself is told by the check of references.
        if way.contains(&row) {
            return;
        }
        way.push(row);
        let at = At {
            bearing: self,
            id: self.ids[row],
            point,
        };
        let method = at.method();
        for (key, bears) in self.keys.iter().zip(bears.iter_mut()) {
            *bears |= match key.row() {
                Some(id) => id == at.id,
                None => at.looks_at(&key.name, method.as_deref().unwrap_or_default()),
            };
        }
        let base = method.and_then(|method| at.builds_on(&method));
        let base = base.and_then(|base| self.ids.iter().position(|id| *id == base));
        if let Some(base) = base {
            self.mark(base, point, bears, way);
        }
    }
}

/// A row at a point.
struct At<'a> {
    bearing: &'a Bearing<'a>,
    id: &'a str,
    point: &'a Values,
}

impl At<'_> {
    /// The value of a key at the point.
    fn value(&self, name: &str) -> Option<Json> {
        let mut swept = self.bearing.keys.iter().zip(self.point);
        if let Some((_, Some(value))) = swept.find(|(key, _)| key.name == name) {
            return Some(value.json.clone());
        }
        let path: Vec<&str> = name.split('.').collect();
        self.bearing.root.find(&path).map(Node::to_json)
    }

    /// The value of a key of the row's method.
    fn of_method(&self, method: &str, key: &str) -> Option<Json> {
        let prefix = format!("row.{}.method", self.id);
        let swept = self.value(&prefix).map(|table| table[method][key].clone());
        self.value(&format!("{prefix}.{method}.{key}"))
            .or(swept.filter(|value| !value.is_null()))
    }

    /// The name of the row's method.
    fn method(&self) -> Option<String> {
        let prefix = format!("row.{}.method", self.id);
        if let Some(Json::Object(table)) = self.value(&prefix)
            && let Some(name) = table.keys().next()
        {
            return Some(name.clone());
        }
        let keys = self.bearing.keys.iter().zip(self.point);
        let mut within = keys.filter(|(_, value)| value.is_some());
        within.find_map(|(key, _)| {
            let rest = key.name.strip_prefix(&prefix)?.strip_prefix('.')?;
            rest.split('.').next().map(str::to_owned)
        })
    }

    /// The row of this experiment that the row builds on; a row that is named with its point is the same at every point.
    fn builds_on(&self, method: &str) -> Option<String> {
        let key = match method {
            "ensemble" => "of",
            "distill" => "teacher",
            _ => return None,
        };
        let written = self.of_method(method, key)?;
        let written = written.as_str()?;
        let own = written
            .strip_prefix(self.bearing.name)
            .and_then(|rest| rest.strip_prefix('/'));
        let id = own.unwrap_or(written);
        (!id.contains('[')).then(|| id.to_owned())
    }

    /// Whether a key of `data` or `trials` can change a trial of the row, by what its method reads and draws.
    fn looks_at(&self, key: &str, method: &str) -> bool {
        let encodes = matches!(method, "probe" | "finetune" | "distill");
        let random = matches!(method, "random" | "finetune" | "distill");
        let labelled = match method {
            "majority" | "bow" | "probe" | "finetune" => true,
            "distill" => self.of_method(method, "labelled") == Some(Json::Bool(true)),
            _ => false,
        };
        let samples = || labelled && self.value("trials.train-size").is_some();
        match key {
            "data.text" | "data.raw-text" | "data.preprocess" => labelled || method == "distill",
            "data.transfer" => method == "distill",
            "data.max-tokens" | "trials.threads" | "trials.precision" => encodes,
            "trials.train-size" => labelled,
            "trials.seed" | "trials.vary" => random || samples(),
            _ if key.starts_with("trials.cross") => random || samples(),
            "trials.count" => {
                let own = self.value(&format!("row.{}.trials", self.id)).is_some();
                !own && (random || samples() && self.varies("sample"))
            }
            // What is scored bears on every row.
            _ => true,
        }
    }

    fn varies(&self, stream: &str) -> bool {
        let vary = self.value("trials.vary");
        let streams = vary.as_ref().and_then(Json::as_array);
        streams.is_some_and(|streams| streams.iter().any(|name| name == stream))
    }
}

impl Arm {
    /// The values of the keys that bear on it.
    pub(super) fn set(&self) -> impl Iterator<Item = (usize, &Rc<Choice>)> {
        let values = self.values.iter().enumerate();
        values.filter_map(|(key, value)| Some((key, value.as_ref()?)))
    }
}

/// The ids of a spec's rows, in its order; empty where one lacks it.
pub(super) fn ids(root: &Node) -> Vec<&str> {
    let rows = root.get("row").map(|rows| &rows.value);
    let Some(Value::Array(rows)) = rows else {
        return Vec::new();
    };
    let id = |row| match Node::get(row, "id").map(|id| &id.value) {
        Some(Value::String(id)) => id.as_str(),
        _ => "",
    };
    rows.iter().map(id).collect()
}
