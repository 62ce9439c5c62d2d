//! Tensors as a pickled checkpoint describes them, and what can be wrong with the description.

use std::path::Path;
use std::rc::Rc;

use super::NnError;

/// A storage: the numbers that one or more tensors view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Storage {
    /// `FloatStorage`
    pub(crate) kind: String,
    /// The entry `data/KEY` of the archive.
    pub(crate) key: String,
    /// How many numbers it holds.
    pub(crate) count: i64,
}

/// A tensor as a view of a storage; offset and strides are counted in numbers, not bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredTensor {
    pub(crate) storage: Rc<Storage>,
    pub(crate) offset: i64,
    pub(crate) shape: Vec<i64>,
    pub(crate) strides: Vec<i64>,
}

impl StoredTensor {
    /// One more than the index of the last number that the tensor looks at; `None` where that is nonsense.
    pub(crate) fn reach(&self) -> Option<i64> {
        let negative = self.shape.iter().chain(&self.strides).any(|&n| n < 0) || self.offset < 0;
        if negative || self.shape.len() != self.strides.len() {
            return None;
        }
        if self.shape.contains(&0) {
            return Some(self.offset);
        }
        let last = self.shape.iter().zip(&self.strides).try_fold(
            self.offset,
            |sum, (&size, &stride)| {
                (size - 1)
                    .checked_mul(stride)
                    .and_then(|step| sum.checked_add(step))
            },
        )?;
        last.checked_add(1)
    }
}

/// What is wrong with a pickle.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It ends early or contradicts itself.
    Damaged(String),
    /// It wants something that no state dict needs.
    Unsafe(String),
}

impl Fault {
    pub(crate) fn at(self, path: &Path) -> NnError {
        match self {
            Self::Damaged(what) => NnError::Malformed {
                path: path.into(),
                problem: format!("is damaged: {what}"),
            },
            Self::Unsafe(what) => NnError::UnsafePickle {
                path: path.into(),
                what,
            },
        }
    }
}
