//! A reader for the one kind of pickle that state dicts are: dictionaries of tensors, pickle protocol 2. The format before PyTorch
//! 1.6 has a few more beside it, of numbers and texts.
//!
//! It knows the opcodes and the globals below, treats "calls" as data, and refuses everything else by name, so no file
//! can make it execute anything. Containers live in one list and are referred to by number: no nesting, however deep,
//! makes it recurse. Opcodes are counted, and what a pickle can say again with a few bytes (texts, shapes, arguments) is short, so
//! that memory and time are bounded. Format: CPython, `Lib/pickletools.py`.

use std::collections::HashMap;
use std::rc::Rc;

use super::pickle_types::{
    Fault, Global, Input, Pickle, Storage, StoredTensor, Value, damaged, number_size,
};

/// The longest pickle read, in bytes. A state dict takes some 100 bytes per tensor.
pub(crate) const LONGEST_PICKLE: u64 = 16 << 20;

/// The most opcodes of a pickle. A state dict has some 50 per tensor.
const MOST_OPCODES: usize = 1 << 19;

/// The longest text, in bytes: the name of a tensor or of a storage.
const LONGEST_TEXT: usize = 500;

/// The most dimensions of a tensor, and the most arguments of a call. PyTorch's own limit is 64 dimensions.
const MOST_ITEMS: usize = 64;

/// Reads the pickle that the bytes begin with. What follows it comes back.
pub(crate) fn unpickle(bytes: &[u8]) -> Result<(Pickle, &[u8]), Fault> {
    let mut machine = Machine {
        input: Input(bytes),
        stack: Vec::new(),
        memo: HashMap::new(),
        containers: Vec::new(),
        storages: Vec::new(),
    };
    let mut opcodes = 0;
    while machine.step()? {
        opcodes += 1;
        if opcodes == MOST_OPCODES {
            return Err(damaged("too many opcodes"));
        }
    }
    let pickle = Pickle {
        root: machine.stack.pop(),
        containers: machine.containers,
        storages: machine.storages,
    };
    Ok((pickle, machine.input.0))
}

struct Machine<'a> {
    input: Input<'a>,
    stack: Vec<Value>,
    memo: HashMap<u32, Value>,
    containers: Vec<Vec<Value>>,
    storages: Vec<Rc<Storage>>,
}

impl Machine<'_> {
    /// Executes one opcode; `false` at the end.
    fn step(&mut self) -> Result<bool, Fault> {
        let [opcode] = self.input.take::<1>()?;
        match opcode {
            0x80 => self.protocol()?,
            b'.' => return Ok(false),
            b'(' => self.stack.push(Value::Mark),
            b'N' => self.stack.push(Value::Nothing),
            0x88 | 0x89 => self.stack.push(Value::Bool(opcode == 0x88)),
            b'K' => self.int(|[byte]: [u8; 1]| i64::from(byte))?,
            b'M' => self.int(|bytes| i64::from(u16::from_le_bytes(bytes)))?,
            b'J' => self.int(|bytes| i64::from(i32::from_le_bytes(bytes)))?,
            0x8a => self.long()?,
            b'X' => self.text()?,
            b')' => self.container(Vec::new(), Value::Tuple),
            b']' => self.container(Vec::new(), Value::List),
            b'}' => self.container(Vec::new(), Value::Dict),
            b't' => {
                let items = self.since_mark()?;
                self.container(items, Value::Tuple);
            }
            0x85..=0x87 => self.short_tuple(usize::from(opcode - 0x84))?,
            b'a' => {
                let item = self.pop()?;
                self.extend(vec![item], false)?;
            }
            b'e' => {
                let items = self.since_mark()?;
                self.extend(items, false)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.extend(vec![key, value], true)?;
            }
            b'u' => {
                let items = self.since_mark()?;
                self.extend(items, true)?;
            }
            b'q' => self.remember(|[byte]: [u8; 1]| u32::from(byte))?,
            b'r' => self.remember(u32::from_le_bytes)?,
            b'h' => self.recall(|[byte]: [u8; 1]| u32::from(byte))?,
            b'j' => self.recall(u32::from_le_bytes)?,
            b'c' => self.global()?,
            b'Q' => self.storage()?,
            b'R' => self.call()?,
            b'b' => self.build()?,
            _ => return Err(Fault::Unsafe(format!("opcode 0x{opcode:02x}"))),
        }
        Ok(true)
    }

    fn protocol(&mut self) -> Result<(), Fault> {
        match self.input.take::<1>()? {
            [2 | 3] => Ok(()),
            [other] => Err(Fault::Unsafe(format!("pickle protocol {other}"))),
        }
    }

    fn int<const N: usize>(&mut self, read: impl Fn([u8; N]) -> i64) -> Result<(), Fault> {
        let value = read(self.input.take::<N>()?);
        self.stack.push(Value::Int(value));
        Ok(())
    }

    /// A whole number of up to eight bytes, two's complement.
    fn long(&mut self) -> Result<(), Fault> {
        let [length] = self.input.take::<1>()?;
        let bytes = self.input.bytes(usize::from(length))?;
        if bytes.len() > 8 {
            return Err(damaged("a number of more than 64 bits"));
        }
        let sign = if bytes.last().is_some_and(|&byte| byte >= 0x80) {
            0xff
        } else {
            0
        };
        let mut all = [sign; 8];
        all[..bytes.len()].copy_from_slice(bytes);
        self.stack.push(Value::Int(i64::from_le_bytes(all)));
        Ok(())
    }

    fn text(&mut self) -> Result<(), Fault> {
        let length = u32::from_le_bytes(self.input.take::<4>()?);
        let bytes = self.input.bytes(length as usize)?;
        if bytes.len() > LONGEST_TEXT {
            return Err(damaged("a name of more than 500 bytes"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| damaged("a text that is not UTF-8"))?;
        self.stack.push(Value::Text(text.into()));
        Ok(())
    }

    fn container(&mut self, items: Vec<Value>, value: impl Fn(usize) -> Value) {
        self.containers.push(items);
        self.stack.push(value(self.containers.len() - 1));
    }

    fn short_tuple(&mut self, length: usize) -> Result<(), Fault> {
        let start = self
            .stack
            .len()
            .checked_sub(length)
            .ok_or_else(|| damaged("an empty stack"))?;
        let items = self.stack.split_off(start);
        self.container(items, Value::Tuple);
        Ok(())
    }

    /// Appends to the list or dictionary on top of the stack.
    fn extend(&mut self, items: Vec<Value>, pairs: bool) -> Result<(), Fault> {
        match (self.stack.last(), pairs) {
            (Some(&Value::Dict(index)), true) if items.len().is_multiple_of(2) => {
                self.containers[index].extend(items);
            }
            (Some(&Value::List(index)), false) => self.containers[index].extend(items),
            _ => return Err(damaged("an item without its container")),
        }
        Ok(())
    }

    fn remember<const N: usize>(&mut self, read: impl Fn([u8; N]) -> u32) -> Result<(), Fault> {
        let key = read(self.input.take::<N>()?);
        let value = self
            .stack
            .last()
            .cloned()
            .ok_or_else(|| damaged("an empty stack"))?;
        self.memo.insert(key, value);
        Ok(())
    }

    fn recall<const N: usize>(&mut self, read: impl Fn([u8; N]) -> u32) -> Result<(), Fault> {
        let key = read(self.input.take::<N>()?);
        let value = self
            .memo
            .get(&key)
            .cloned()
            .ok_or_else(|| damaged("a reference to nothing"))?;
        self.stack.push(value);
        Ok(())
    }

    fn global(&mut self) -> Result<(), Fault> {
        let (module, name) = (self.input.line()?, self.input.line()?);
        let global = match (module.as_str(), name.as_str()) {
            ("collections", "OrderedDict") => Global::OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2") => Global::RebuildTensor,
            ("torch", kind) if number_size(kind).is_some() => Global::StorageKind(name),
            _ => return Err(Fault::Unsafe(format!("the global `{module}.{name}`"))),
        };
        self.stack.push(Value::Global(global));
        Ok(())
    }

    /// A persistent id: `("storage", kind, key, device, count)`, and behind them nothing in the format before PyTorch 1.6.
    fn storage(&mut self) -> Result<(), Fault> {
        let id = self.pop_tuple()?;
        let [
            Value::Text(what),
            Value::Global(Global::StorageKind(kind)),
            Value::Text(key),
            _,
            Value::Int(count),
            view @ ..,
        ] = &id[..]
        else {
            return Err(damaged("a persistent id that is no storage"));
        };
        // The key becomes part of an entry's name inside the archive, never a path on a disk.
        if &**what != "storage" || *count < 0 || !matches!(view, [] | [Value::Nothing]) {
            return Err(damaged("a persistent id that is no storage"));
        }
        let storage = Storage {
            kind: kind.clone(),
            key: key.to_string(),
            count: *count,
        };
        let storage = Rc::new(storage);
        self.storages.push(Rc::clone(&storage));
        self.stack.push(Value::Storage(storage));
        Ok(())
    }

    /// A "call" of a global with a tuple of arguments.
    fn call(&mut self) -> Result<(), Fault> {
        let arguments = self.pop_tuple()?;
        match (self.pop()?, &arguments[..]) {
            (Value::Global(Global::OrderedDict), []) => self.container(Vec::new(), Value::Dict),
            (
                Value::Global(Global::RebuildTensor),
                [
                    Value::Storage(storage),
                    Value::Int(offset),
                    Value::Tuple(shape),
                    Value::Tuple(strides),
                    ..,
                ],
            ) => {
                let (shape, strides) = (self.ints(*shape)?, self.ints(*strides)?);
                let tensor = StoredTensor {
                    storage: Rc::clone(storage),
                    offset: *offset,
                    shape,
                    strides,
                };
                self.stack.push(Value::Tensor(Rc::new(tensor)));
            }
            _ => return Err(Fault::Unsafe("a call that builds no tensor".to_owned())),
        }
        Ok(())
    }

    /// Attributes of an object: state dicts carry `_metadata`, which nothing here needs.
    fn build(&mut self) -> Result<(), Fault> {
        self.pop()?;
        match self.stack.last() {
            Some(Value::Dict(_)) => Ok(()),
            _ => Err(Fault::Unsafe(
                "attributes of something other than a dictionary".to_owned(),
            )),
        }
    }

    fn ints(&self, tuple: usize) -> Result<Vec<i64>, Fault> {
        let items = &self.containers[tuple];
        if items.len() > MOST_ITEMS {
            return Err(damaged("a shape of more than 64 dimensions"));
        }
        items
            .iter()
            .map(|item| {
                if let Value::Int(n) = item {
                    Ok(*n)
                } else {
                    Err(damaged("a shape without numbers"))
                }
            })
            .collect()
    }

    fn pop(&mut self) -> Result<Value, Fault> {
        self.stack.pop().ok_or_else(|| damaged("an empty stack"))
    }

    fn pop_tuple(&mut self) -> Result<Vec<Value>, Fault> {
        match self.pop()? {
            Value::Tuple(index) if self.containers[index].len() <= MOST_ITEMS => {
                Ok(self.containers[index].clone())
            }
            Value::Tuple(_) => Err(damaged("a call with more than 64 arguments")),
            _ => Err(damaged("a call without arguments")),
        }
    }

    fn since_mark(&mut self) -> Result<Vec<Value>, Fault> {
        let mark = self
            .stack
            .iter()
            .rposition(|value| matches!(value, Value::Mark));
        let items = self
            .stack
            .split_off(mark.ok_or_else(|| damaged("a missing mark"))? + 1);
        self.stack.pop();
        Ok(items)
    }
}
