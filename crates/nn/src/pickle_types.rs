//! Parts of a pickled checkpoint: tensors as it describes them, values on the way there, and faults.

use std::path::Path;
use std::rc::Rc;

use super::NnError;

/// A storage: the numbers that one or more tensors view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Storage {
    /// `FloatStorage`
    pub(crate) kind: String,
    /// The entry `data/KEY` of a zip; before PyTorch 1.6 one of the keys in front of the storages.
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
    /// How many numbers it has; `None` where that is nonsense.
    pub(crate) fn numbers(&self) -> Option<i64> {
        let mut sizes = self.shape.iter();
        sizes.try_fold(1_i64, |product, &size| product.checked_mul(size))
    }

    /// One more than the index of the last number that the tensor looks at; `None` where that is nonsense.
    pub(crate) fn end_offset(&self) -> Option<i64> {
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

/// The globals that state dicts use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Global {
    OrderedDict,
    RebuildTensor,
    StorageKind(String),
}

/// A value on the stack. Containers are numbers into the containers of [`unpickle`](super::unpickle).
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Mark,
    Nothing,
    Bool(bool),
    Int(i64),
    Text(Rc<str>),
    Tuple(usize),
    List(usize),
    /// Keys and values in turn.
    Dict(usize),
    Global(Global),
    Storage(Rc<Storage>),
    Tensor(Rc<StoredTensor>),
}

/// What a pickle holds, as data.
#[derive(Debug)]
pub(crate) struct Pickle {
    /// What the pickle is; `None` where it is nothing.
    pub(crate) root: Option<Value>,
    pub(crate) containers: Vec<Vec<Value>>,
    /// Every mention of a storage, in the order of the file.
    pub(crate) storages: Vec<Rc<Storage>>,
}

/// A state dict as it stands in a pickle: names with their tensors, `None` for what is no tensor.
pub(crate) type StateDict = Vec<(Rc<str>, Option<Rc<StoredTensor>>)>;

impl Pickle {
    /// The state dict that it is, in the order of the file. Only the last of several equal names would count in Python.
    pub(crate) fn state_dict(&self) -> Result<StateDict, Fault> {
        let pairs = self.pairs().ok_or_else(|| {
            let problem = "it holds no dictionary of tensors";
            Fault::Damaged(problem.to_owned())
        })?;
        let named = pairs.map(|(name, value)| match value {
            Value::Tensor(tensor) => (Rc::clone(name), Some(Rc::clone(tensor))),
            _ => (Rc::clone(name), None),
        });
        Ok(named.collect())
    }

    /// The number that it is.
    pub(crate) fn int(&self) -> Option<i64> {
        match self.root {
            Some(Value::Int(number)) => Some(number),
            _ => None,
        }
    }

    /// The entry of the dictionary that it is which says yes or no.
    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        let mut pairs = self.pairs()?;
        pairs.find_map(|(name, value)| match value {
            Value::Bool(flag) if **name == *key => Some(*flag),
            _ => None,
        })
    }

    /// The list of texts that it is.
    pub(crate) fn texts(&self) -> Option<Vec<&str>> {
        let Some(Value::List(list)) = self.root else {
            return None;
        };
        let texts = self.containers[list].iter().map(|value| match value {
            Value::Text(text) => Some(&**text),
            _ => None,
        });
        texts.collect()
    }

    /// The entries with a text as key, where it is a dictionary.
    fn pairs(&self) -> Option<impl Iterator<Item = (&Rc<str>, &Value)>> {
        let Some(Value::Dict(dict)) = self.root else {
            return None;
        };
        let pairs = self.containers[dict].chunks_exact(2);
        Some(pairs.filter_map(|pair| match pair {
            [Value::Text(name), value] => Some((name, value)),
            _ => None,
        }))
    }
}

/// Kinds of storage, all of which a state dict may hold, with the bytes of a number; an encoder's tensors are of the first three.
pub(crate) const STORAGES: [(&str, u64); 10] = [
    ("FloatStorage", 4),
    ("HalfStorage", 2),
    ("BFloat16Storage", 2),
    ("DoubleStorage", 8),
    ("LongStorage", 8),
    ("IntStorage", 4),
    ("ShortStorage", 2),
    ("CharStorage", 1),
    ("ByteStorage", 1),
    ("BoolStorage", 1),
];

/// The bytes of a number in a storage of this kind; `None` for kinds that no state dict holds.
pub(crate) fn number_size(kind: &str) -> Option<u64> {
    let mut known = STORAGES.iter();
    known.find_map(|(name, size)| (*name == kind).then_some(*size))
}

pub(crate) fn damaged(what: &str) -> Fault {
    Fault::Damaged(format!("its pickle has {what}"))
}

/// The bytes of a pickle that are still to be read.
pub(crate) struct Input<'a>(pub(crate) &'a [u8]);

impl<'a> Input<'a> {
    /// Up to the next line break, which is dropped.
    pub(crate) fn line(&mut self) -> Result<String, Fault> {
        let end = self.0.iter().position(|&byte| byte == b'\n');
        let line = self.bytes(end.ok_or_else(|| damaged("an early end"))?)?;
        self.bytes(1)?;
        Ok(String::from_utf8_lossy(line).into_owned())
    }

    pub(crate) fn take<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let bytes = self.bytes(N)?;
        bytes.try_into().map_err(|_| damaged("an early end"))
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        let split = self.0.split_at_checked(count);
        let (taken, rest) = split.ok_or_else(|| damaged("an early end"))?;
        self.0 = rest;
        Ok(taken)
    }
}
