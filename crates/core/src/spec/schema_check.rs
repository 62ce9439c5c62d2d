//! Checks a spec's tree against the schema: unknown keys, missing keys, types and ranges, all at once.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::Regex;
use serde_json::{Value as Json, json};

use super::error::{Diagnostic, Location, MOST_FAULTS, Problem};
use super::tree::{Entry, Node, Value};
use fsl_common::spelling::nearest;

/// Every fault of the tree against the schema, in the order of the file.
pub(super) fn faults(file: &Path, root: &Node, schema: &Json) -> Vec<Diagnostic> {
    value_faults(file, root, schema, "")
}

/// Every fault of one value against the schema of its key.
pub(super) fn value_faults(file: &Path, node: &Node, schema: &Json, key: &str) -> Vec<Diagnostic> {
    let mut check = SchemaCheck {
        file,
        faults: Vec::new(),
    };
    check.node(node, schema, key);
    check.faults
}

struct SchemaCheck<'a> {
    file: &'a Path,
    faults: Vec<Diagnostic>,
}

impl SchemaCheck<'_> {
    fn fault(&mut self, place: &Location, key: &str, problem: Problem) {
        if self.faults.len() >= MOST_FAULTS {
            return;
        }
        let (file, place, key) = (self.file.to_owned(), place.clone(), key.to_owned());
        self.faults.push(Diagnostic {
            file,
            place,
            key,
            problem,
        });
    }

    fn node(&mut self, node: &Node, schema: &Json, key: &str) {
        let kind = schema["type"].as_str().unwrap_or("string");
        match (kind, &node.value) {
            ("object", Value::Table(entries)) => self.table(node, entries, schema, key),
            ("array", Value::Array(items)) => {
                let most = schema["maxItems"].as_u64().unwrap_or(u64::MAX);
                let least = schema["minItems"].as_u64().unwrap_or(0);
                if !(least..=most).contains(&(items.len() as u64)) {
                    self.not_allowed(node, schema, key);
                }
                for (index, item) in items.iter().enumerate() {
                    self.node(item, &schema["items"], &item_key(key, index, item));
                }
            }
            _ if fits(&node.value, schema) => {}
            _ => self.not_allowed(node, schema, key),
        }
    }

    fn not_allowed(&mut self, node: &Node, schema: &Json, key: &str) {
        let has_no_limit = schema["type"] == "integer" && schema.get("maximum").is_none();
        let allowed = match (&node.value, schema["minimum"].as_i64()) {
            (Value::LargeInteger(_), Some(least)) if has_no_limit => {
                format!("an integer from {least} to {}", i64::MAX)
            }
            _ => allowed(schema),
        };
        let problem = Problem::NotAllowed {
            got: node.value.describe(),
            allowed,
        };
        self.fault(&node.place, key, problem);
    }

    fn table(&mut self, node: &Node, entries: &[Entry], schema: &Json, key: &str) {
        let no_keys = serde_json::Map::new();
        let properties = schema["properties"].as_object().unwrap_or(&no_keys);
        for entry in entries {
            let path = join(key, &entry.key);
            if let Some(inner) = properties.get(&entry.key) {
                self.node(&entry.node, inner, &path);
            } else if self.faults.len() < MOST_FAULTS {
                let suggestion = nearest(&entry.key, properties.keys().map(String::as_str));
                let allowed = properties.keys().cloned().collect();
                let problem = Problem::UnknownKey {
                    suggestion,
                    allowed,
                };
                self.fault(&entry.place, &path, problem);
            }
        }
        for name in schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
        {
            if !entries.iter().any(|entry| entry.key == name) {
                let expected = allowed(&properties[name]);
                self.fault(&node.place, &join(key, name), Problem::Missing { expected });
            }
        }
        if schema.get("maxProperties").is_some_and(|limit| *limit == 1) && entries.len() != 1 {
            let names = entries.iter().map(|entry| entry.key.as_str());
            let got = match entries.len() {
                0 => "none".to_owned(),
                1..=10 => names.collect::<Vec<_>>().join(", "),
                count => format!("{count} keys"),
            };
            let allowed = format!(
                "exactly one of {}",
                list(properties.keys().map(String::as_str))
            );
            self.fault(&node.place, key, Problem::NotAllowed { got, allowed });
        }
    }
}

/// `row` 2 with the id `fsl` is named `row.fsl`, as `--set` names it; a row without a usable id by its number from 1.
fn item_key(key: &str, index: usize, item: &Node) -> String {
    match item.get("id").map(|id| &id.value) {
        Some(Value::String(id)) if !id.is_empty() => format!("{key}.{id}"),
        _ => format!("{key}[{}]", index + 1),
    }
}

fn join(key: &str, step: &str) -> String {
    if key.is_empty() {
        step.to_owned()
    } else {
        format!("{key}.{step}")
    }
}

fn fits(value: &Value, schema: &Json) -> bool {
    let kind = schema["type"].as_str().unwrap_or("string");
    match value {
        Value::String(text) => kind == "string" && text_fits(text, schema),
        Value::Integer(number) => match kind {
            "integer" | "number" => in_range(*number as f64, schema),
            // Where a number is a text too, as in `test = 1000` beside `test = "700:300"`.
            _ => integer_or_string(schema),
        },
        Value::Float(number) => kind == "number" && number.is_finite() && in_range(*number, schema),
        Value::Bool(_) => kind == "boolean",
        Value::LargeInteger(_) | Value::Date(_) | Value::Array(_) | Value::Table(_) => false,
    }
}

fn integer_or_string(schema: &Json) -> bool {
    schema["type"] == json!(["integer", "string"])
}

fn text_fits(text: &str, schema: &Json) -> bool {
    let choices = choices(schema);
    let long_enough = schema["minLength"]
        .as_u64()
        .is_none_or(|least| text.chars().count() as u64 >= least);
    let matches = schema["pattern"]
        .as_str()
        .is_none_or(|pattern| matches(pattern, text));
    (choices.is_empty() || choices.contains(&text)) && long_enough && matches
}

/// Whether a text has the pattern. Patterns are few and compiled once: a sweep checks thousands of arms.
fn matches(pattern: &str, text: &str) -> bool {
    static COMPILED: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(regex) = compiled.get(pattern) {
        return regex.is_match(text);
    }
    Regex::new(pattern).is_ok_and(|regex| {
        let is_match = regex.is_match(text);
        compiled.insert(pattern.to_owned(), regex);
        is_match
    })
}

fn in_range(number: f64, schema: &Json) -> bool {
    schema["minimum"]
        .as_f64()
        .is_none_or(|least| number >= least)
        && schema["maximum"].as_f64().is_none_or(|most| number <= most)
}

/// The texts that an enumeration allows; empty where any text is allowed.
fn choices(schema: &Json) -> Vec<&str> {
    let listed = schema["enum"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Json::as_str);
    let described = schema["oneOf"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["const"].as_str());
    listed.chain(described).collect()
}

/// What a schema allows, in words.
fn allowed(schema: &Json) -> String {
    let choices = choices(schema);
    if !choices.is_empty() {
        return format!("one of {}", list(choices));
    }
    let range = match (schema["minimum"].as_f64(), schema["maximum"].as_f64()) {
        (Some(least), Some(most)) => format!(" from {} to {}", short(least), short(most)),
        (Some(least), None) => format!(" of at least {}", short(least)),
        (None, Some(most)) => format!(" of at most {}", short(most)),
        (None, None) => String::new(),
    };
    match schema["type"].as_str().unwrap_or("string") {
        "integer" => format!("an integer{range}"),
        "number" => format!("a number{range}"),
        "boolean" => "`true` or `false`".to_owned(),
        "object" if schema.get("maxProperties").is_some() => {
            let properties = schema["properties"].as_object().into_iter().flatten();
            let keys = list(properties.map(|(key, _)| key.as_str()));
            format!("a table with exactly one of {keys}")
        }
        "object" => "a table".to_owned(),
        "array" if schema["items"]["type"] == "object" => {
            "an array of at least one table (`[[row]]`)".to_owned()
        }
        "array" => {
            let count = match (schema["minItems"].as_u64(), schema["maxItems"].as_u64()) {
                (None, None) => String::new(),
                (least, None) => format!(" of {} items or more", least.unwrap_or_default()),
                (least, Some(most)) => {
                    format!(" of {} to {most} items", least.unwrap_or_default())
                }
            };
            format!("an array{count}, each item {}", allowed(&schema["items"]))
        }
        _ if integer_or_string(schema) => "an integer or a string".to_owned(),
        _ if schema.get("pattern").is_some() => {
            "a string of letters, digits, `_` and `-` that begins with a letter or a digit"
                .to_owned()
        }
        _ if schema.get("minLength").is_some() => "a string that is not empty".to_owned(),
        _ => "a string".to_owned(),
    }
}

/// Small numbers as people write them: `1e-12`.
fn short(number: f64) -> String {
    if number != 0.0 && number.abs() < 1e-3 {
        format!("{number:e}")
    } else {
        number.to_string()
    }
}

fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names
        .into_iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
