//! Sweeps from the command line: `--set KEY=[…]` where the key takes no list.

use super::key::Key;
use super::read::{Choices, Dimension, Reader, Sweep};
use crate::spec::overrides::Override;
use crate::spec::tree::{Node, Value};

/// What a `--set` argument means to the sweeps of a spec.
#[derive(Debug)]
pub(in crate::spec) struct Set {
    key: String,
    node: Node,
    /// Whether its list is swept; otherwise it holds a swept key at one value.
    sweeps: bool,
}

impl Set {
    /// What the argument means, or `None` where its key cannot be swept.
    pub(in crate::spec) fn of(set: &Override, root: &Node) -> Option<Self> {
        let key = Key::find(&set.key(), root).ok()?;
        let node = set.node();
        let sweeps = match &node.value {
            Value::Array(items) if key.takes_lists() => {
                let is_list = |item: &Node| matches!(item.value, Value::Array(_));
                !items.is_empty() && items.iter().all(is_list)
            }
            Value::Array(_) => true,
            _ => false,
        };
        let key = key.name;
        Some(Self { key, node, sweeps })
    }

    /// Whether it sweeps, so that there is no value to set.
    pub(in crate::spec) fn sweeps(&self) -> bool {
        self.sweeps
    }
}

impl Reader<'_> {
    /// Has every sweep take the key's values from the command line, in place of what the file says of it.
    pub(super) fn set(&mut self, sweeps: &mut Vec<Sweep>, set: &Set) {
        let is_swept = self.keys.iter().any(|key| key.name == set.key);
        if !set.sweeps && !is_swept {
            return;
        }
        let place = &set.node.place;
        let Some(key) = self.key(&set.key, place, &set.key) else {
            return;
        };
        let choices = if set.sweeps {
            self.values(key, &set.node, &set.key)
        } else {
            self.choice(key, &set.node, &set.key).into_iter().collect()
        };
        if choices.is_empty() {
            return;
        }
        let dimension: Dimension = choices
            .into_iter()
            .map(|choice| vec![(key, choice)])
            .collect();
        if sweeps.is_empty() {
            sweeps.push(Sweep {
                dimensions: Vec::new(),
                exclude: Vec::new(),
                place: place.clone(),
                name: "sweep".to_owned(),
                altered: true,
            });
        }
        for sweep in sweeps {
            for choices in sweep.dimensions.iter_mut().flatten() {
                choices.retain(|(other, _)| *other != key);
            }
            sweep
                .dimensions
                .retain(|alternatives| !alternatives.iter().all(Choices::is_empty));
            sweep.dimensions.push(dimension.clone());
            sweep.altered = true;
        }
    }
}
