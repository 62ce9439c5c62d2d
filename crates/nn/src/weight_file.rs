//! A file of weights in either format.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use tch::Tensor;

use super::tensor_names::quoted;
use super::{NnError, pickle, safetensors_file};

/// An open file of weights.
pub(crate) struct WeightFile<'a> {
    /// What errors call it.
    pub(crate) path: PathBuf,
    /// How many bytes it has.
    pub(crate) size: usize,
    format: Format<'a>,
}

enum Format<'a> {
    Pickle(pickle::Archive<'a>),
    Safetensors(SafeTensors<'a>),
}

impl<'a> WeightFile<'a> {
    /// Reads which tensors the file has; its name says in which format it is.
    ///
    /// # Errors
    /// Those of [`pickle::Archive::open`] and [`safetensors_file::parse`].
    pub(crate) fn open(path: &Path, bytes: &'a [u8]) -> Result<Self, NnError> {
        let format = if path.extension().is_some_and(|extension| extension == "bin") {
            Format::Pickle(pickle::Archive::open(path, bytes)?)
        } else {
            Format::Safetensors(safetensors_file::parse(path, bytes)?)
        };
        Ok(Self {
            path: path.into(),
            size: bytes.len(),
            format,
        })
    }

    /// The tensors' names and shapes.
    pub(crate) fn shapes(&self) -> BTreeMap<String, Vec<i64>> {
        match &self.format {
            Format::Pickle(archive) => {
                let tensors = archive.tensors().iter();
                tensors
                    .map(|(name, stored)| (name.to_string(), stored.shape.clone()))
                    .collect()
            }
            Format::Safetensors(file) => {
                let shape = |shape: &[usize]| shape.iter().map(|&size| size as i64).collect();
                file.iter()
                    .map(|(name, view)| (name.to_owned(), shape(view.shape())))
                    .collect()
            }
        }
    }

    /// One tensor of whole numbers, which are only read from safetensors.
    ///
    /// # Errors
    /// [`NnError::Malformed`] for another file; those of [`safetensors_file::whole_numbers`].
    pub(crate) fn whole_numbers(&self, name: &str) -> Result<Tensor, NnError> {
        match &self.format {
            Format::Pickle(_) => Err(NnError::Malformed {
                path: self.path.clone(),
                problem: format!("has {}, which is only read from safetensors", quoted(name)),
            }),
            Format::Safetensors(file) => safetensors_file::whole_numbers(&self.path, file, name),
        }
    }

    /// One tensor.
    ///
    /// # Errors
    /// Those of [`pickle::Archive::tensor`] and [`safetensors_file::tensor`].
    pub(crate) fn tensor(&mut self, name: &str) -> Result<Tensor, NnError> {
        match &mut self.format {
            Format::Pickle(archive) => archive.tensor(name),
            Format::Safetensors(file) => safetensors_file::tensor(&self.path, file, name),
        }
    }
}
