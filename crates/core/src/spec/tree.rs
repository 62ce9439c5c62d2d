//! A TOML document as a tree in which every value knows where it was written.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Diagnostic, Location, MOST_FAULTS, Problem};
use super::syntax;

/// A value and where it was written.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) place: Location,
    pub(super) value: Value,
}

/// A TOML value. Dates are kept as text: no key of a spec takes one.
#[derive(Debug, Clone)]
pub(super) enum Value {
    String(String),
    Integer(i64),
    /// An integer that is too large for that, as written.
    LargeInteger(String),
    Float(f64),
    Bool(bool),
    Date(String),
    Array(Vec<Node>),
    Table(Vec<Entry>),
}

/// One key of a table.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) place: Location,
    pub(super) node: Node,
}

impl Value {
    /// The value as a person would write it, shortened, with its type where that is not plain to see.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::String(text) if text.chars().count() > 60 => {
                format!(
                    "the string \"{}…\"",
                    text.chars().take(60).collect::<String>()
                )
            }
            Self::String(text) => format!("the string {text:?}"),
            Self::Integer(number) => number.to_string(),
            Self::LargeInteger(written) => written.clone(),
            Self::Float(number) => format!("{number:?}"),
            Self::Bool(truth) => truth.to_string(),
            Self::Date(text) => format!("the date {text}"),
            Self::Array(items) if items.is_empty() => "an empty list".to_owned(),
            Self::Array(items) => format!("an array of {}", items.len()),
            Self::Table(entries) if entries.is_empty() => "an empty table".to_owned(),
            Self::Table(_) => "a table".to_owned(),
        }
    }
}

impl Node {
    /// The node of `key` in this table.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Table(entries) => entries
                .iter()
                .find(|entry| entry.key == key)
                .map(|entry| &entry.node),
            _ => None,
        }
    }

    /// The node at a path such as `["row", "2", "id"]`, as far as it exists; otherwise the last node on the way.
    pub(super) fn deepest(&self, path: &[&str]) -> &Node {
        let mut node = self;
        for step in path {
            let next = match &node.value {
                Value::Array(items) => step
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| items.get(index)),
                _ => node.get(step),
            };
            match next {
                Some(inner) => node = inner,
                None => break,
            }
        }
        node
    }

    /// The tree without its places, for serde.
    pub(super) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::String(text) | Value::Date(text) | Value::LargeInteger(text) => {
                text.as_str().into()
            }
            Value::Integer(number) => (*number).into(),
            Value::Float(number) => (*number).into(),
            Value::Bool(truth) => (*truth).into(),
            Value::Array(items) => items.iter().map(Node::to_json).collect(),
            Value::Table(entries) => entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.node.to_json()))
                .collect(),
        }
    }
}

/// Parses a document. Every syntax error is reported, with its line.
pub(super) fn parse(file: &Path, text: &str) -> Result<Node, Vec<Diagnostic>> {
    let lines = Lines::new(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        let place = Location::Line(1);
        return table_node(
            &place,
            table.get_ref(),
            &|offset| Location::Line(lines.line(offset)),
            file,
        );
    }
    Err(syntax_faults(file, text, &lines, &errors))
}

/// The faults that the parser found, apart from those that follow from one before them.
fn syntax_faults(
    file: &Path,
    text: &str,
    lines: &Lines,
    errors: &[toml::de::Error],
) -> Vec<Diagnostic> {
    let mut faults: Vec<Diagnostic> = Vec::new();
    let mut repeats_section = false;
    for error in errors.iter().take(MOST_FAULTS) {
        let (span, message) = (error.span().unwrap_or_default(), error.message());
        let line = lines.line(span.start);
        let before = text.get(lines.start(line)..span.start).unwrap_or_default();
        let is_section = before.trim_start().starts_with('[');
        // The keys of a section that is there twice are there twice.
        if message == syntax::DUPLICATE && repeats_section && !is_section {
            continue;
        }
        repeats_section |= message == syntax::DUPLICATE && is_section;
        let place = Location::Line(line);
        if faults.last().is_some_and(|last| last.place == place) {
            continue;
        }
        let written = text.get(span).unwrap_or_default();
        faults.push(Diagnostic {
            file: file.to_owned(),
            place,
            key: String::new(),
            problem: Problem::Syntax(syntax::meaning(message, written, is_section)),
        });
    }
    faults
}

/// Parses the value of a `--set` argument; text that is not a TOML value is taken as a string, so that
/// `--set name=mine` needs no quotes.
pub(super) fn parse_value(text: &str, place: &Location) -> Value {
    let parsed = DeValue::parse(text)
        .ok()
        .and_then(|value| convert(&value, &|_| place.clone(), Path::new("")).ok())
        .map(|node| node.value);
    parsed.unwrap_or_else(|| Value::String(text.to_owned()))
}

type PlaceOf<'a> = &'a dyn Fn(usize) -> Location;

fn table_node(
    place: &Location,
    table: &DeTable,
    at: PlaceOf,
    file: &Path,
) -> Result<Node, Vec<Diagnostic>> {
    let mut faults = Vec::new();
    let mut entries = Vec::with_capacity(table.len());
    for (key, value) in table {
        match convert(value, at, file) {
            Ok(node) => entries.push(Entry {
                key: key.get_ref().to_string(),
                place: at(key.span().start),
                node,
            }),
            Err(more) => faults.extend(more),
        }
    }
    if faults.is_empty() {
        Ok(Node {
            place: place.clone(),
            value: Value::Table(entries),
        })
    } else {
        Err(faults)
    }
}

fn convert(value: &Spanned<DeValue>, at: PlaceOf, file: &Path) -> Result<Node, Vec<Diagnostic>> {
    let place = at(value.span().start);
    let unreadable = |got: String, allowed: &str| {
        vec![Diagnostic {
            file: file.to_owned(),
            place: place.clone(),
            key: String::new(),
            problem: Problem::NotAllowed {
                got,
                allowed: allowed.to_owned(),
            },
        }]
    };
    let value = match value.get_ref() {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => {
            let whole = i64::from_str_radix(number.as_str(), number.radix());
            whole.map_or_else(|_| Value::LargeInteger(number.to_string()), Value::Integer)
        }
        DeValue::Float(number) => Value::Float(
            number
                .as_str()
                .parse()
                .map_err(|_| unreadable(number.to_string(), "a floating-point number"))?,
        ),
        DeValue::Boolean(truth) => Value::Bool(*truth),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Table(table) => return table_node(&place, table, at, file),
        DeValue::Array(items) => {
            let mut nodes = Vec::with_capacity(items.len());
            let mut faults = Vec::new();
            for item in items {
                match convert(item, at, file) {
                    Ok(node) => nodes.push(node),
                    Err(more) => faults.extend(more),
                }
            }
            if !faults.is_empty() {
                return Err(faults);
            }
            Value::Array(nodes)
        }
    };
    Ok(Node { place, value })
}

/// Byte offsets of line starts, to turn an offset into a line number.
struct Lines(Vec<usize>);

impl Lines {
    fn new(text: &str) -> Self {
        let starts = text
            .bytes()
            .enumerate()
            .filter(|&(_, byte)| byte == b'\n')
            .map(|(offset, _)| offset + 1);
        Self(std::iter::once(0).chain(starts).collect())
    }

    fn line(&self, offset: usize) -> usize {
        self.0.partition_point(|&start| start <= offset)
    }

    /// Where a line starts, counted from 1.
    fn start(&self, line: usize) -> usize {
        self.0.get(line.saturating_sub(1)).copied().unwrap_or(0)
    }
}
