//! The keys that can be swept, as `--set` names them.

use serde_json::Value as Json;

use crate::spec::error::Problem;
use crate::spec::schema::schema;
use crate::spec::tree::{Node, Value};
use fsl_common::spelling::nearest;

/// A key that a sweep may vary.
#[derive(Debug, Clone)]
pub(super) struct Key {
    /// As `--set` has it, such as `row.fsl.method.finetune.epochs`.
    pub(super) name: String,
    /// Its steps.
    pub(super) path: Vec<String>,
    /// What the schema says of its values.
    pub(super) schema: &'static Json,
}

impl Key {
    /// Finds the key in the schema, and its row in the spec.
    pub(super) fn find(name: &str, root: &Node) -> Result<Self, Problem> {
        let path: Vec<String> = name.split('.').map(str::to_owned).collect();
        let schema = known(&path, root)?;
        sweepable(&path)?;
        fits_method(&path, root)?;
        Ok(Self {
            name: name.to_owned(),
            path,
            schema,
        })
    }

    /// The id of the row that it belongs to; `None` for keys of `data` and `trials`.
    pub(super) fn row(&self) -> Option<&str> {
        match self.path.as_slice() {
            [first, id, ..] if first == "row" => Some(id),
            _ => None,
        }
    }

    /// Whether a list is one value of it, as for `trials.vary`.
    pub(super) fn takes_lists(&self) -> bool {
        self.schema["type"] == "array"
    }

    /// Whether one of the keys lies within the other.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let shorter = self.path.len().min(other.path.len());
        self.path[..shorter] == other.path[..shorter]
    }
}

/// The schema of a key's values, or where the path leaves it.
fn known(path: &[String], root: &Node) -> Result<&'static Json, Problem> {
    let mut node = schema();
    for (index, step) in path.iter().enumerate() {
        if index == 1 && path[0] == "row" {
            known_row(step, root)?;
            node = &node["items"];
            continue;
        }
        node = node["properties"]
            .get(step)
            .ok_or_else(|| unknown(node, &path[..index], step))?;
    }
    Ok(node)
}

fn unknown(node: &Json, before: &[String], step: &str) -> Problem {
    let names = node["properties"].as_object();
    if names.is_none() && !before.is_empty() {
        let key = before.join(".");
        return Problem::Conflict(format!(
            "`{key}` has no keys of its own; give a list of values"
        ));
    }
    let mut allowed: Vec<String> = names
        .into_iter()
        .flatten()
        .map(|(name, _)| name)
        .cloned()
        .collect();
    let whole = |name: String| {
        before
            .iter()
            .cloned()
            .chain([name])
            .collect::<Vec<_>>()
            .join(".")
    };
    let mut suggestion = nearest(step, allowed.iter().map(String::as_str));
    if before.is_empty() {
        // Whoever leaves the section out is told the whole key.
        let sections = ["data", "trials"].into_iter();
        let every = sections.flat_map(|section| {
            let keys = schema()["properties"][section]["properties"].as_object();
            keys.into_iter()
                .flatten()
                .map(move |(name, _)| (section, name))
        });
        let near = nearest(step, every.clone().map(|(_, name)| name.as_str()));
        let found = every
            .into_iter()
            .find(|(_, name)| Some(*name) == near.as_ref());
        suggestion = suggestion.or(found.map(|(section, name)| format!("{section}.{name}")));
        allowed = ["data", "trials", "row"].map(str::to_owned).to_vec();
    } else if before.len() == 2 && before[0] == "row" {
        allowed = ["trials", "method"].map(str::to_owned).to_vec();
    }
    Problem::UnknownKey {
        suggestion: suggestion.map(whole),
        allowed,
    }
}

fn known_row(id: &str, root: &Node) -> Result<(), Problem> {
    let ids = row_ids(root);
    if ids.contains(&id) {
        return Ok(());
    }
    Err(Problem::UnknownName {
        kind: "row",
        got: id.to_owned(),
        suggestion: nearest(id, ids.iter().copied()),
        known: ids.into_iter().map(str::to_owned).collect(),
    })
}

fn row_ids(root: &Node) -> Vec<&str> {
    let Some(Value::Array(rows)) = root.get("row").map(|rows| &rows.value) else {
        return Vec::new();
    };
    let id = |row| match &Node::get(row, "id")?.value {
        Value::String(id) => Some(id.as_str()),
        _ => None,
    };
    rows.iter().filter_map(id).collect()
}

/// What changes no trial is not worth an arm, and sections are swept key by key.
fn sweepable(path: &[String]) -> Result<(), Problem> {
    let steps: Vec<&str> = path.iter().map(String::as_str).collect();
    let why = match steps.as_slice() {
        ["name" | "title" | "table" | "sweep", ..]
        | [
            "row",
            _,
            "id" | "label" | "keep-weights" | "published" | "published-at",
            ..,
        ] => "it changes no trial; only keys of `data`, `trials` and rows' methods can be swept",
        ["data" | "trials" | "row"] | ["row", _] => {
            "it is a whole section; name a key in it, such as `trials.train-size`"
        }
        _ => return Ok(()),
    };
    Err(Problem::Conflict(why.to_owned()))
}

/// A key of a method that the row does not have would give it two.
fn fits_method(path: &[String], root: &Node) -> Result<(), Problem> {
    let [first, id, third, wanted, ..] = path else {
        return Ok(());
    };
    if first != "row" || third != "method" {
        return Ok(());
    }
    let method = root.find(&["row", id, "method"]);
    match method.map(|method| &method.value) {
        Some(Value::Table(entries)) if entries.iter().all(|entry| entry.key != *wanted) => {
            let has: Vec<String> = entries
                .iter()
                .map(|entry| format!("`{}`", entry.key))
                .collect();
            if has.is_empty() {
                return Ok(());
            }
            let has = has.join(", ");
            Err(Problem::Conflict(format!(
                "the method of row `{id}` is {has}"
            )))
        }
        _ => Ok(()),
    }
}
