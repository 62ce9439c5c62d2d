//! A point of a sweep, as an arm carries it.

use std::fmt;

use serde_json::Value;

/// The values that the swept keys have for an arm, in the order in which the spec sweeps them; only those that bear on the
/// row, so that it is empty for a row that no sweep touches.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Point(Vec<Setting>);

/// A swept key with its value at a point.
#[derive(Debug, Clone, PartialEq)]
struct Setting {
    key: String,
    value: Value,
}

impl Point {
    pub(super) fn new(settings: impl IntoIterator<Item = (String, Value)>) -> Self {
        let settings = settings.into_iter();
        Self(
            settings
                .map(|(key, value)| Setting { key, value })
                .collect(),
        )
    }

    /// Whether no sweep bears on the row.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys, as `--set` names them, with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0
            .iter()
            .map(|setting| (setting.key.as_str(), &setting.value))
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.iter()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value)
    }

    /// The values of these keys, as one text; `None` where one is not among the point's.
    pub fn text(&self, keys: &[&str]) -> Option<String> {
        let value = |key: &&str| self.get(key).map(Value::to_string);
        let values: Option<Vec<String>> = keys.iter().map(value).collect();
        values.map(|values| values.join("\u{1f}"))
    }

    /// The point as part of the name of an arm of `row`: `train-size=25,pooling=cls`. Keys of other rows keep the row's id, so
    /// that the names of an arm do not depend on what else is swept.
    pub(in crate::spec) fn short(&self, row: &str) -> String {
        let setting = |(key, value)| format!("{}={}", short_key(key, row), Shown(value));
        self.iter().map(setting).collect::<Vec<_>>().join(",")
    }
}

fn short_key(key: &str, row: &str) -> String {
    let last = key.rsplit('.').next().unwrap_or(key);
    let other = key
        .strip_prefix("row.")
        .and_then(|rest| rest.split('.').next())
        .filter(|id| *id != row);
    other.map_or_else(|| last.to_owned(), |id| format!("{id}.{last}"))
}

/// A value as it stands in an arm's name.
struct Shown<'a>(&'a Value);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::String(text) => formatter.write_str(text),
            Value::Number(number) => {
                let text = number.as_f64().filter(|_| number.is_f64());
                let text = text.map_or_else(|| number.to_string(), |number| format!("{number:?}"));
                formatter.write_str(text.strip_suffix(".0").unwrap_or(&text))
            }
            Value::Array(items) if items.is_empty() => formatter.write_str("none"),
            Value::Array(items) => {
                let items = items.iter().map(|item| Shown(item).to_string());
                formatter.write_str(&items.collect::<Vec<_>>().join("+"))
            }
            Value::Object(entries) => {
                let entry = |(key, value): (&String, &Value)| match value {
                    Value::Object(inner) if inner.is_empty() => key.clone(),
                    Value::Object(_) => format!("{key}({})", Shown(value)),
                    _ => format!("{key}:{}", Shown(value)),
                };
                formatter.write_str(&entries.iter().map(entry).collect::<Vec<_>>().join(" "))
            }
            other => write!(formatter, "{other}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_short_and_tell_rows_apart() {
        let point = Point::new([
            ("trials.train-size".to_owned(), json!(25)),
            (
                "row.fsl.method.finetune.learning-rate".to_owned(),
                json!(1e-5),
            ),
            ("trials.vary".to_owned(), json!(["sample", "init"])),
            (
                "row.fsl.method".to_owned(),
                json!({ "probe": { "encoder": "x" } }),
            ),
            ("row.fsl.method.bow.c".to_owned(), json!(1.0)),
        ]);
        assert_eq!(
            point.short("fsl"),
            "train-size=25,learning-rate=1e-5,vary=sample+init,method=probe(encoder:x),c=1"
        );
        assert!(
            point
                .short("mean")
                .starts_with("train-size=25,fsl.learning-rate=1e-5")
        );
    }
}
