//! The JSON Schema of a spec, derived from [`raw`](super::raw): for editors, for `docs/spec.md` and for the check itself.

use std::sync::LazyLock;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::raw::RawSpec;
use super::sweep;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let mut schema = schema_of::<RawSpec>();
    // Sweeps are taken out of a spec before the rest of it is read.
    schema["properties"]["sweep"] = sweep::schema();
    schema
});

/// The JSON Schema (draft 7) of a spec file. Every key's meaning, type, range and default stands in it.
pub fn schema() -> &'static Value {
    &SCHEMA
}

/// The JSON Schema of a type that is read from TOML.
pub(super) fn schema_of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value();
    without_null(&mut schema);
    schema
}

/// TOML has no null: a key that may be left out is just not required. This removes the null alternatives and the null
/// defaults that serde's `Option` brings, and the number formats that no editor knows.
fn without_null(schema: &mut Value) {
    let Value::Object(object) = schema else {
        return;
    };
    if let Some(Value::Array(types)) = object.get("type") {
        let kept: Vec<Value> = types
            .iter()
            .filter(|name| *name != "null")
            .cloned()
            .collect();
        let kept = match kept.as_slice() {
            [only] => only.clone(),
            _ => Value::Array(kept),
        };
        object.insert("type".to_owned(), kept);
    }
    if let Some(Value::Array(alternatives)) = object.remove("anyOf") {
        merge_only_alternative(object, alternatives);
    }
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
    object.remove("format");
    for inner in ["properties", "items", "oneOf"] {
        match object.get_mut(inner) {
            Some(Value::Object(properties)) if inner == "properties" => {
                properties.values_mut().for_each(without_null);
            }
            Some(Value::Array(alternatives)) => alternatives.iter_mut().for_each(without_null),
            Some(single) => without_null(single),
            None => {}
        }
    }
}

/// `anyOf: [X, null]` becomes X; the key's own description wins over that of X's type.
fn merge_only_alternative(object: &mut Map<String, Value>, alternatives: Vec<Value>) {
    for alternative in alternatives {
        if alternative.get("type").is_some_and(|name| name == "null") {
            continue;
        }
        if let Value::Object(inner) = alternative {
            for (key, value) in inner {
                object.entry(key).or_insert(value);
            }
        }
    }
}
