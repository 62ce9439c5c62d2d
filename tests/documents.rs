//! The documents say what the program does: docs/spec.md against the schema and the recipes, and links against the files.

mod links;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use fsl_common::settings::FitParams;
use serde_json::{Map, Value};

use crate::support::entries;

/// The header of the tables that list keys, and of the one that lists recipes.
const KEY_TABLE: [&str; 5] = ["Key", "Type", "Range", "Default", "Meaning"];
const RECIPE_TABLE: [&str; 3] = ["Key", "`reference`", "`stable`"];

/// A key's type, range and default, as a row of a table has them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    kind: String,
    range: String,
    default: String,
}

#[test]
fn the_spec_s_document_lists_every_key_as_the_schema_has_it() {
    let mut expected = BTreeMap::new();
    keys(fsl_core::spec::schema(), "", &mut expected);
    assert!(
        expected.len() > 40,
        "the schema was not walked: {} keys",
        expected.len()
    );
    let faults = differences(&expected, &documented(&read("docs/spec.md")));
    assert!(
        faults.is_empty(),
        "docs/spec.md and the schema differ:\n{}",
        faults.join("\n")
    );
}

/// The comparison above must see what it is there for.
#[test]
fn a_missing_a_surplus_and_a_wrong_row_are_seen() {
    let mut expected = BTreeMap::new();
    keys(fsl_core::spec::schema(), "", &mut expected);
    let text = read("docs/spec.md");
    for (line, instead, told) in [
        (
            "| `data.max-tokens` | integer | 3 to 512 | `64` |",
            "",
            "`data.max-tokens` is not in docs/spec.md",
        ),
        (
            "| `trials.seed` |",
            "| `trials.sead` |",
            "`trials.sead` is not in the schema",
        ),
        (
            "| integer | 3 to 512 | `64` |",
            "| integer | 3 to 512 | `128` |",
            "`data.max-tokens`: default",
        ),
        (
            "| integer | 3 to 512 | `64` |",
            "| integer | 2 to 512 | `64` |",
            "`data.max-tokens`: range",
        ),
        (
            "| integer | 3 to 512 | `64` |",
            "| number | 3 to 512 | `64` |",
            "`data.max-tokens`: type",
        ),
        (
            "| `row.id` | string | letters, digits, `_`, `-` | required |",
            "| `row.id` | string | letters, digits, `_`, `-` | – |",
            "`row.id`: default",
        ),
        (
            "| 1 to 10000 | the recipe's |",
            "| 1 to 10000 | `30` |",
            "`row.method.finetune.epochs`: default",
        ),
    ] {
        let spoilt = text.replacen(line, instead, 1);
        assert!(spoilt != text, "docs/spec.md has no `{line}`");
        let faults = differences(&expected, &documented(&spoilt));
        assert!(
            faults.iter().any(|fault| fault.starts_with(told)),
            "`{told}` was not among {faults:?}"
        );
    }
}

#[test]
fn the_spec_s_document_has_every_value_of_the_recipes() {
    let rows: Vec<[String; 3]> = tables(&read("docs/spec.md"), &RECIPE_TABLE)
        .into_iter()
        .map(|cells| [code(&cells[0]), cells[1].clone(), cells[2].clone()])
        .collect();
    for (column, params) in [(1, FitParams::reference()), (2, FitParams::stable())] {
        let Value::Object(values) = serde_json::to_value(params).unwrap() else {
            panic!("a recipe is a table")
        };
        let expected: BTreeMap<String, String> = values
            .iter()
            .map(|(key, value)| recipe_value(key, value))
            .collect();
        let said: BTreeMap<String, String> = rows
            .iter()
            .map(|row| (row[0].clone(), row[column].clone()))
            .collect();
        assert_eq!(
            said, expected,
            "column {column} of the recipes in docs/spec.md"
        );
    }
}

/// A newcomer reads the README in five minutes; everything else is a page of its own in docs/.
#[test]
fn the_readme_is_short() {
    let readme = read("README.md");
    let words = readme.split_whitespace().count();
    assert!(words <= 900, "README.md has {words} words, at most 900");
}

/// Prose is wrapped at 120 characters; tables and code are not.
#[test]
fn documents_are_wrapped() {
    let docs = crate::support::entries(&root().join("docs")).into_iter();
    let documents = docs.filter(|path| path.extension().is_some_and(|one| one == "md"));
    let top = ["README.md", "CONTRIBUTING.md"].map(|name| root().join(name));
    let mut long = Vec::new();
    for path in documents.chain(top) {
        let text = fs::read_to_string(&path).unwrap();
        let mut is_code = false;
        for (number, line) in (1..).zip(text.lines()) {
            is_code ^= line.trim_start().starts_with("```");
            if !is_code && !line.starts_with('|') && line.chars().count() > 120 {
                long.push(format!("{}:{number}", path.display()));
            }
        }
    }
    assert!(long.is_empty(), "lines to be wrapped:\n{}", long.join("\n"));
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// Every key below a schema's node by its full path, array items under the array's own path.
fn keys(node: &Value, path: &str, found: &mut BTreeMap<String, Row>) {
    let none = Map::new();
    let required: Vec<&str> = node["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for (key, inner) in node["properties"].as_object().unwrap_or(&none) {
        let path = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        let default = match inner.get("default") {
            Some(value) => format!("`{}`", toml(value)),
            None if required.contains(&key.as_str()) => "required".to_owned(),
            None => String::new(),
        };
        found.insert(
            path.clone(),
            Row {
                kind: kind(inner),
                range: range(inner),
                default,
            },
        );
        // One table of cells is like the other, and described once.
        if path != "row.published-at.cells" {
            keys(inner, &path, found);
        }
        keys(&inner["items"], &path, found);
    }
}

fn kind(node: &Value) -> String {
    match node["type"].as_str() {
        _ if !choices(node).is_empty() => "choice".to_owned(),
        Some("object") => "table".to_owned(),
        Some("array") if node["items"]["type"] == "object" => "array of tables".to_owned(),
        Some(name) => name.to_owned(),
        None if node["type"] == serde_json::json!(["object", "array"]) => {
            "table, or array of tables".to_owned()
        }
        None => panic!("a key without a type: {node}"),
    }
}

fn range(node: &Value) -> String {
    let number = |key: &str| node[key].as_f64();
    let inner = choices(&node["items"]);
    match (number("minimum"), number("maximum")) {
        _ if !choices(node).is_empty() => listed(&choices(node)),
        _ if !inner.is_empty() => format!("any of {}", listed(&inner)),
        (Some(least), Some(most)) => format!("{} to {}", short(least), short(most)),
        (Some(least), None) => format!("at least {least}"),
        (None, Some(most)) => format!("at most {most}"),
        _ if node["type"] == "boolean" => listed(&["true", "false"]),
        _ if node.get("pattern").is_some() => "letters, digits, `_`, `-`".to_owned(),
        _ if node.get("minLength").is_some() => "not empty".to_owned(),
        _ if node.get("minItems").is_some() => match node["minItems"].as_u64() {
            Some(2) => "at least two".to_owned(),
            _ => "at least one".to_owned(),
        },
        _ if node.get("maxProperties").is_some() => "exactly one key".to_owned(),
        _ => "–".to_owned(),
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

/// The texts that an enumeration allows; empty where any text is allowed.
fn choices(node: &Value) -> Vec<&str> {
    let described = node["oneOf"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["const"].as_str());
    node["enum"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .chain(described)
        .collect()
}

fn listed(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A default as a spec would have it.
fn toml(value: &Value) -> String {
    match value {
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(toml).collect::<Vec<_>>().join(", ")
        ),
        other => other.to_string(),
    }
}

/// A recipe's value under the key and in the form of the document.
fn recipe_value(key: &str, value: &Value) -> (String, String) {
    let key = if key == "head-dropout" {
        "dropout"
    } else {
        key
    };
    let said = match value {
        Value::Null if key == "encoder-dropout" => "the encoder's own".to_owned(),
        Value::Null => "0".to_owned(),
        Value::String(name) => name.clone(),
        Value::Number(number) => short(number.as_f64().unwrap()),
        other => other.to_string(),
    };
    (key.to_owned(), said)
}

/// The rows of the tables that list keys.
fn documented(text: &str) -> Vec<(String, Row)> {
    let rows = tables(text, &KEY_TABLE).into_iter();
    rows.map(|cells| {
        let row = Row {
            kind: cells[1].clone(),
            range: cells[2].clone(),
            default: cells[3].clone(),
        };
        assert!(!cells[4].is_empty(), "{} has no meaning", cells[0]);
        (code(&cells[0]), row)
    })
    .collect()
}

/// The cells of all tables that have this header, row by row.
fn tables(text: &str, header: &[&str]) -> Vec<Vec<String>> {
    let (mut found, mut inside) = (Vec::new(), false);
    for line in text.lines() {
        let Some(cells) = line
            .strip_prefix('|')
            .and_then(|line| line.strip_suffix('|'))
        else {
            inside = false;
            continue;
        };
        let cells: Vec<String> = cells
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect();
        if cells == header {
            inside = true;
        } else if inside
            && !cells
                .iter()
                .all(|cell| cell.chars().all(|letter| letter == '-'))
        {
            assert_eq!(cells.len(), header.len(), "{line}");
            found.push(cells);
        }
    }
    found
}

fn code(cell: &str) -> String {
    let inner = cell
        .strip_prefix('`')
        .and_then(|cell| cell.strip_suffix('`'));
    inner
        .unwrap_or_else(|| panic!("`{cell}` is no key in backticks"))
        .to_owned()
}

/// What differs between schema and document, a line each.
fn differences(expected: &BTreeMap<String, Row>, said: &[(String, Row)]) -> Vec<String> {
    let mut faults = Vec::new();
    for (key, _) in expected
        .iter()
        .filter(|(key, _)| !said.iter().any(|(other, _)| other == *key))
    {
        faults.push(format!("`{key}` is not in docs/spec.md"));
    }
    for (index, (key, row)) in said.iter().enumerate() {
        let Some(wanted) = expected.get(key) else {
            faults.push(format!("`{key}` is not in the schema"));
            continue;
        };
        if said[..index].iter().any(|(other, _)| other == key) {
            faults.push(format!("`{key}` stands in the tables twice"));
        }
        for (what, got, wanted) in [
            ("type", &row.kind, &wanted.kind),
            ("range", &row.range, &wanted.range),
        ] {
            if got != wanted {
                faults.push(format!(
                    "`{key}`: {what} `{got}`, the schema says `{wanted}`"
                ));
            }
        }
        // Where the schema has no default, the document says in words what leaving the key out means.
        let in_words =
            !row.default.is_empty() && row.default != "required" && !row.default.contains('`');
        if row.default != wanted.default && !(wanted.default.is_empty() && in_words) {
            faults.push(format!(
                "`{key}`: default {}, the schema says {:?}",
                row.default, wanted.default
            ));
        }
    }
    faults
}
