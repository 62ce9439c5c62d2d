//! Arms of a row: the points that differ in a key that affects it.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
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
    /// The places of the ids; of equal ones the first.
    places: HashMap<&'a str, usize>,
    /// The keys that affect a row at the point of a number, as far as it has been asked for.
    known: RefCell<HashMap<(usize, usize), Vec<bool>>>,
}

impl<'a> Relevance<'a> {
    pub(super) fn new(root: &'a Node, keys: &'a [Key], name: &'a str, ids: Vec<&'a str>) -> Self {
        let mut places = HashMap::new();
        for (place, id) in ids.iter().enumerate() {
            places.entry(*id).or_insert(place);
        }
        Self {
            root,
            keys,
            name,
            ids,
            places,
            known: RefCell::default(),
        }
    }

    /// The arms of a row, in the order of the points.
    pub(super) fn arms(&self, row: usize, points: &[Values]) -> Vec<Arm> {
        if self.keys.is_empty() {
            return vec![Arm { values: Vec::new() }];
        }
        let mut seen = HashSet::new();
        let mut arms = Vec::new();
        for (number, point) in points.iter().enumerate() {
            let affects = self.affecting(row, number, point);
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

    /// The keys that affect a row at a point: its own, those of `data` and `trials` that its method depends on, and those that affect the
    /// row that it builds on. Each row of a chain is looked at once.
    fn affecting(&self, row: usize, number: usize, point: &Values) -> Vec<bool> {
        let mut known = self.known.borrow_mut();
        // The rows that are being looked at, each with the keys found so far and the rows that are left to look at. Chains may be longer
        // than the stack of calls is deep. A row that builds on itself is told by the check of references.
        let mut on_way = HashSet::from([row]);
        let (own, bases) = self.own(row, point);
        let mut way = vec![(row, own, bases)];
        while let Some((here, affects, bases)) = way.last_mut() {
            let Some(next) = bases.pop() else {
                known.insert((*here, number), affects.clone());
                way.pop();
                continue;
            };
            if let Some(found) = known.get(&(next, number)) {
                for (affects, found) in affects.iter_mut().zip(found) {
                    *affects |= *found;
                }
            } else if on_way.insert(next) {
                // Looked at again, and then known, once what it builds on is known.
                bases.push(next);
                let (own, bases) = self.own(next, point);
                way.push((next, own, bases));
            }
        }
        known[&(row, number)].clone()
    }

    /// The keys that affect a row at a point for themselves, and the rows that it builds on or chooses from.
    fn own(&self, row: usize, point: &Values) -> (Vec<bool>, Vec<usize>) {
        let view = ArmView {
            relevance: self,
            row,
            id: self.ids[row],
            point,
        };
        let method = view.method();
        let needs = method.as_ref().map(MethodSettings::requirements);
        let affects = self.keys.iter().map(|key| match key.row() {
            Some(id) => id == view.id,
            // A method that cannot be read is told of at every point.
            None => needs.is_none_or(|needs| view.affects(&key.name, &needs)),
        });
        let candidates = method.iter().flat_map(MethodSettings::inner_rows);
        let bases = needs.and_then(|needs| Some(needs.base?.row));
        let bases = bases.into_iter().chain(candidates);
        // A row that is named with its point is the same at every point.
        let own = |base: &&RowRef| base.experiment.is_empty() || base.experiment == self.name;
        let bases = bases.filter(own);
        let places = bases.filter_map(|base| self.places.get(base.row.as_str()).copied());
        (affects.collect(), places.collect())
    }
}

/// A row at a point.
struct ArmView<'a> {
    relevance: &'a Relevance<'a>,
    row: usize,
    id: &'a str,
    point: &'a Values,
}

impl ArmView<'_> {
    /// The value of a key at the point.
    fn value(&self, name: &str) -> Option<Json> {
        let path: Vec<&str> = name.split('.').collect();
        let written = || self.relevance.root.find(&path);
        self.swept(name).or_else(|| written().map(Node::to_json))
    }

    /// The value of a key of the row itself.
    fn own_value(&self, key: &str) -> Option<Json> {
        let number = self.row.to_string();
        let row = self.relevance.root.deepest(&["row", &number]);
        let swept = self.swept(&format!("row.{}.{key}", self.id));
        swept.or_else(|| row.get(key).map(Node::to_json))
    }

    fn swept(&self, name: &str) -> Option<Json> {
        let mut swept = self.relevance.keys.iter().zip(self.point);
        let (_, value) = swept.find(|(key, _)| key.name == name)?;
        Some(value.as_ref()?.json.clone())
    }

    /// The row's method, as far as it can be read at the point.
    fn method(&self) -> Option<MethodSettings> {
        let mut method = self.own_value("method").unwrap_or_default();
        let prefix = format!("row.{}.method.", self.id);
        for (key, value) in self.relevance.keys.iter().zip(self.point) {
            if let (Some(path), Some(value)) = (key.name.strip_prefix(&prefix), value) {
                put(&mut method, path, value.json.clone());
            }
        }
        let mut method = MethodSettings::deserialize(method).ok()?;
        // Whether there are some follows from keys that may be swept.
        method.set_has_transfer(true);
        Some(method)
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
            "data.transfer" | "data.transfer-size" => needs.transfer.is_some(),
            "data.max-tokens" | "data.long-texts" | "trials.threads" | "trials.precision" => {
                needs.encoder.is_some()
            }
            "trials.train-size" | "trials.shots" => labelled || needs.names_size(),
            "trials.sampling" => samples(),
            "trials.seed" | "trials.vary" => random || samples(),
            _ if key.starts_with("trials.cross") => random || numbered || samples(),
            "trials.count" => {
                let own = self.own_value("trials").is_some();
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
