//! Arms of a row: the points that differ in a key that affects it.

use std::collections::HashSet;
use std::rc::Rc;

use serde::Deserialize as _;
use serde_json::Value as Json;

use super::key::Key;
use super::points::{Values, text};
use super::reader::Choice;
use crate::spec::tree::{Node, Value};
use fsl_methods::{MethodSettings, Requirements, RowRef};

/// A row at a point.
#[derive(Debug)]
pub(in crate::spec) struct Arm {
    /// The keys that affect the row, by their index, with their values.
    pub(super) values: Values,
}

/// Which swept keys affect which rows.
pub(super) struct Relevance<'a> {
    /// The spec without its sweep.
    root: &'a Node,
    keys: &'a [Key],
    /// The experiment's name.
    name: &'a str,
    ids: Vec<&'a str>,
}

impl<'a> Relevance<'a> {
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
            let mut affects = vec![false; self.keys.len()];
            self.mark(row, point, &mut affects, &mut Vec::new());
            let chosen = point.iter().zip(&affects);
            let values: Values = chosen
                .map(|(value, affects)| value.clone().filter(|_| *affects))
                .collect();
            if seen.insert(text(&values)) {
                arms.push(Arm { values });
            }
        }
        arms
    }

    /// Marks the keys that affect a row at a point: its own, those of `data` and `trials` that its method depends on, and those
    /// that affect the row that it builds on.
    fn mark(&self, row: usize, point: &Values, affects: &mut [bool], path: &mut Vec<usize>) {
        // A row that builds on itself is told by the check of references.
        if path.contains(&row) {
            return;
        }
        path.push(row);
        let view = ArmView {
            relevance: self,
            id: self.ids[row],
            point,
        };
        let method = view.method();
        let needs = method.as_ref().map(MethodSettings::requirements);
        for (key, affects) in self.keys.iter().zip(affects.iter_mut()) {
            *affects |= match key.row() {
                Some(id) => id == view.id,
                // A method that cannot be read is told of at every point.
                None => needs.is_none_or(|needs| view.affects(&key.name, &needs)),
            };
        }
        let base = needs.and_then(|needs| Some(needs.base?.row));
        // A row that is named with its point is the same at every point.
        let own = |base: &&RowRef| base.experiment.is_empty() || base.experiment == self.name;
        let base = base.filter(own);
        let base = base.and_then(|base| self.ids.iter().position(|id| *id == base.row));
        if let Some(base) = base {
            self.mark(base, point, affects, path);
        }
    }
}

/// A row at a point.
struct ArmView<'a> {
    relevance: &'a Relevance<'a>,
    id: &'a str,
    point: &'a Values,
}

impl ArmView<'_> {
    /// The value of a key at the point.
    fn value(&self, name: &str) -> Option<Json> {
        let mut swept = self.relevance.keys.iter().zip(self.point);
        if let Some((_, Some(value))) = swept.find(|(key, _)| key.name == name) {
            return Some(value.json.clone());
        }
        let path: Vec<&str> = name.split('.').collect();
        self.relevance.root.find(&path).map(Node::to_json)
    }

    /// The row's method, as far as it can be read at the point.
    fn method(&self) -> Option<MethodSettings> {
        let prefix = format!("row.{}.method", self.id);
        let mut method = self.value(&prefix).unwrap_or_default();
        for (key, value) in self.relevance.keys.iter().zip(self.point) {
            let within = key.name.strip_prefix(&prefix);
            let path = within.and_then(|rest| rest.strip_prefix('.'));
            if let (Some(path), Some(value)) = (path, value) {
                put(&mut method, path, value.json.clone());
            }
        }
        MethodSettings::deserialize(method).ok()
    }

    /// Whether a key of `data` or `trials` can change a trial of the row, by what its method learns and draws from.
    fn affects(&self, key: &str, needs: &Requirements) -> bool {
        let random = !needs.streams.is_empty();
        let labelled = needs.labelled_texts;
        let numbered = needs.is_numbered();
        let sized = |key| self.value(key).is_some();
        let samples = || labelled && (sized("trials.train-size") || sized("trials.shots"));
        match key {
            "data.text" | "data.raw-text" | "data.preprocess" => needs.learns(),
            "data.transfer" => needs.transfer.is_some(),
            "data.max-tokens" | "trials.threads" | "trials.precision" => needs.encoder.is_some(),
            "trials.train-size" | "trials.shots" => labelled || needs.names_size(),
            "trials.sampling" => samples(),
            "trials.seed" | "trials.vary" => random || samples(),
            _ if key.starts_with("trials.cross") => random || numbered || samples(),
            "trials.count" => {
                let own = self.value(&format!("row.{}.trials", self.id)).is_some();
                !own && (random || numbered || samples() && self.varies("sample"))
            }
            // What is scored affects every row.
            _ => true,
        }
    }

    fn varies(&self, stream: &str) -> bool {
        let vary = self.value("trials.vary");
        let streams = vary.as_ref().and_then(Json::as_array);
        streams.is_some_and(|streams| streams.iter().any(|name| name == stream))
    }
}

/// Puts a value into tables, which are made where they are missing.
fn put(mut table: &mut Json, path: &str, value: Json) {
    for step in path.split('.') {
        if !table.is_object() {
            *table = Json::Object(serde_json::Map::new());
        }
        table = &mut table[step];
    }
    *table = value;
}

impl Arm {
    /// The values of the keys that affect it.
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
