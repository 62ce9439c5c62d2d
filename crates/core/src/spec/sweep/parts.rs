//! The parts of one sweep: `grid`, `zip`, `cases` and `exclude`.

use std::rc::Rc;

use super::reader::{Choice, Choices, Dimension, Exclude, ParsedPart, Reader};
use crate::spec::error::Problem;
use crate::spec::tree::{Entry, Value};
use fsl_common::spelling::nearest;

impl Reader<'_> {
    pub(super) fn read_grid(
        &mut self,
        part: &Entry,
        name: &str,
        taken: &mut ParsedPart,
    ) -> Vec<Dimension> {
        let axes = self.axes(part, name, taken);
        let alone = |(key, choices): (usize, Vec<Rc<Choice>>)| {
            choices
                .into_iter()
                .map(|choice| vec![(key, choice)])
                .collect()
        };
        axes.into_iter().map(alone).collect()
    }

    pub(super) fn read_zip(
        &mut self,
        part: &Entry,
        name: &str,
        taken: &mut ParsedPart,
    ) -> Option<Dimension> {
        let before = self.faults.len();
        let axes = self.axes(part, name, taken);
        let length = axes.first()?.1.len();
        if axes.iter().any(|(_, choices)| choices.len() != length) {
            if self.faults.len() == before {
                let said = |(key, choices): &(usize, Vec<Rc<Choice>>)| {
                    format!("`{}` has {}", self.keys[*key].name, choices.len())
                };
                let said = axes.iter().map(said).collect::<Vec<_>>().join(", ");
                let problem = format!("the lists of a zip must have the same length: {said}");
                self.fault(&part.place, name, Problem::Conflict(problem));
            }
            return None;
        }
        let at = |index: usize| {
            let axes = axes.iter();
            axes.map(|(key, choices)| (*key, Rc::clone(&choices[index])))
                .collect()
        };
        Some((0..length).map(at).collect())
    }

    /// Keys with their lists.
    fn axes(
        &mut self,
        part: &Entry,
        name: &str,
        taken: &mut ParsedPart,
    ) -> Vec<(usize, Vec<Rc<Choice>>)> {
        let entries = self.flat(
            &part.node,
            name,
            "a table of keys, each with a list of values",
        );
        if entries.as_ref().is_some_and(Vec::is_empty) {
            self.not_allowed(
                &part.node,
                name,
                "a table of at least one key with its values",
            );
        }
        let mut axes = Vec::new();
        for (written, place, node) in entries.unwrap_or_default() {
            let path = format!("{name}.{written}");
            let Some(key) = self.key(&written, &place, &path) else {
                continue;
            };
            if !self.take(key, &place, &path, taken) {
                continue;
            }
            let choices = self.values(key, node, &path);
            if !choices.is_empty() {
                axes.push((key, choices));
            }
        }
        axes
    }

    pub(super) fn read_cases(
        &mut self,
        part: &Entry,
        name: &str,
        taken: &mut ParsedPart,
    ) -> Option<Dimension> {
        let Value::Array(items) = &part.node.value else {
            self.not_allowed(&part.node, name, "a list of tables");
            return None;
        };
        if items.is_empty() {
            self.not_allowed(&part.node, name, "a list of at least one table");
        }
        // Cases share their keys with one another, but not with grid and zip.
        let mut own = Vec::new();
        let mut dimension = Vec::new();
        for (number, item) in (1..).zip(items) {
            let path = format!("{name}[{number}]");
            let mut choices = Choices::new();
            for (written, place, node) in self.flat(item, &path, "a table of keys and values")? {
                let path = format!("{path}.{written}");
                let Some(key) = self.key(&written, &place, &path) else {
                    continue;
                };
                if !own.iter().any(|(known, _)| *known == key)
                    && !self.take(key, &place, &path, taken)
                {
                    continue;
                }
                own.push((key, place));
                choices.extend(self.choice(key, node, &path).map(|choice| (key, choice)));
            }
            dimension.push(choices);
        }
        (!dimension.is_empty()).then_some(dimension)
    }

    pub(super) fn read_exclude(
        &mut self,
        part: &Entry,
        name: &str,
        taken: &ParsedPart,
    ) -> Vec<Exclude> {
        let Value::Array(items) = &part.node.value else {
            self.not_allowed(&part.node, name, "a list of tables");
            return Vec::new();
        };
        let mut exclude = Vec::new();
        for (number, item) in (1..).zip(items) {
            let path = format!("{name}[{number}]");
            let Some(entries) = self.flat(item, &path, "a table of keys and values") else {
                continue;
            };
            let before = self.faults.len();
            if entries.is_empty() {
                self.not_allowed(item, &path, "a table of at least one key and value");
            }
            let mut values = Choices::new();
            for (written, place, node) in entries {
                let path = format!("{path}.{written}");
                let swept = taken
                    .iter()
                    .find(|(key, _)| self.keys[*key].name == written);
                if let Some(&(key, _)) = swept {
                    values.extend(self.choice(key, node, &path).map(|choice| (key, choice)));
                } else {
                    let known = taken.iter().map(|(key, _)| self.keys[*key].name.clone());
                    let known: Vec<String> = known.collect();
                    let problem = Problem::UnknownName {
                        kind: "swept key",
                        got: written.clone(),
                        suggestion: nearest(&written, known.iter().map(String::as_str)),
                        known,
                    };
                    self.fault(&place, &path, problem);
                }
            }
            if self.faults.len() == before {
                exclude.push(Exclude {
                    values,
                    place: item.place.clone(),
                    name: path,
                });
            }
        }
        exclude
    }
}
