//! Sweeps from the command line: `--set KEY=[…]` where the key takes no list.

use super::key::Key;
use crate::spec::overrides::Override;
use crate::spec::tree::{Node, Value};

/// What a `--set` argument means to the sweeps of a spec.
#[derive(Debug)]
pub(in crate::spec) struct Set {
    pub(super) key: String,
    pub(super) node: Node,
    /// Whether its list is swept; otherwise it holds a swept key at one value.
    pub(super) sweeps: bool,
}

impl Set {
    /// What the argument means, or `None` where its key cannot be swept.
    pub(in crate::spec) fn parse(set: &Override, root: &Node) -> Option<Self> {
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
