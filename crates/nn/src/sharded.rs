//! Weights in several files, read one after the other: what their index says of them must be true.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tch::Tensor;

use super::tensor_names::quoted;
use super::weight_file::WeightFile;
use super::weights::{self, Weights};
use super::wrapper_prefixes::parameter;
use super::{EncoderConfig, NnError};
use fsl_common::settings::ShardIndex;

/// The tensors of an encoder, as far as its files have been read.
pub(crate) struct Shards<'a> {
    path: PathBuf,
    index: &'a ShardIndex,
    config: &'a EncoderConfig,
    expected: Vec<(String, Vec<i64>)>,
    /// The name in the files of every parameter.
    located: BTreeMap<String, &'a str>,
    tensors: BTreeMap<String, Tensor>,
}

impl<'a> Shards<'a> {
    /// Checks that the index at `path` lists what the configuration asks for.
    ///
    /// # Errors
    /// As [`weights::locate`].
    pub(crate) fn new(
        path: &Path,
        index: &'a ShardIndex,
        config: &'a EncoderConfig,
    ) -> Result<Self, NnError> {
        let names: Vec<&str> = index.tensors().map(|(tensor, _)| tensor).collect();
        let expected = weights::expected_of(path, config, names.len())?;
        let located = weights::locate(path, config, &expected, &names)?;
        Ok(Self {
            path: path.into(),
            index,
            config,
            expected,
            located,
            tensors: BTreeMap::new(),
        })
    }

    /// Reads the parameters in one of the files.
    ///
    /// # Errors
    /// [`NnError::Malformed`] for a file that lacks what the index says is in it, or has a tensor that is elsewhere; as
    /// [`weights::load`].
    pub(crate) fn add(&mut self, path: &Path, bytes: &[u8]) -> Result<(), NnError> {
        let mut file = WeightFile::open(path, bytes)?;
        let found = file.shapes();
        let shard = path.file_name().unwrap_or_default().to_string_lossy();
        self.check(path, &shard, &found)?;
        let here = |name: &str| self.index.file_of(name) == Some(&*shard);
        let wanted = self.expected.iter().filter_map(|(name, shape)| {
            let stored_name = self.located[name];
            here(stored_name).then_some((name.as_str(), stored_name, shape.as_slice()))
        });
        let wanted: Vec<_> = wanted.collect();
        let file = (&mut file, &found);
        weights::load(file, self.config, &wanted, &mut self.tensors)
    }

    /// The tensors, when all files have been read.
    pub(crate) fn finish(self) -> Weights {
        Weights::new(self.path, self.tensors)
    }

    /// Compares the tensors of a file with the index.
    fn check(
        &self,
        path: &Path,
        shard: &str,
        found: &BTreeMap<String, Vec<i64>>,
    ) -> Result<(), NnError> {
        let malformed = |problem: String| NnError::Malformed {
            path: path.into(),
            problem,
        };
        let index = self.path.file_name().unwrap_or_default();
        let index = quoted(&index.to_string_lossy());
        let mut listed = self.index.tensors().filter(|(_, file)| *file == shard);
        if let Some((tensor, _)) = listed.find(|(tensor, _)| !found.contains_key(*tensor)) {
            let tensor = quoted(tensor);
            return Err(malformed(format!(
                "lacks tensor {tensor}, which {index} says is in it"
            )));
        }
        let parameters = self.located.keys().map(String::as_str);
        let parameters: BTreeSet<&str> = parameters.collect();
        for name in found.keys() {
            let tensor = quoted(name);
            match self.index.file_of(name) {
                Some(file) if file == shard => {}
                Some(file) => {
                    let file = quoted(file);
                    return Err(malformed(format!(
                        "has tensor {tensor}, which {index} says is in {file}"
                    )));
                }
                None if parameter(&parameters, name).is_some() => {
                    return Err(malformed(format!(
                        "has tensor {tensor}, which {index} does not list"
                    )));
                }
                None => {}
            }
        }
        Ok(())
    }
}
