//! Where a model folder goes.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::error::CliError;
use super::super::streaming;
use crate::data::stream::Input;
use crate::fsio::StagedFolder;
use crate::nn;

/// A folder that may be written: it is new or empty, or a model that the user wants replaced.
#[derive(Debug)]
pub(super) struct Place {
    /// As it was asked for.
    name: String,
    /// Where that is.
    folder: PathBuf,
}

impl Place {
    /// The folder that is asked for, otherwise `models/` and the input's name with `suffix`. `inputs` are files that must
    /// outlive it.
    pub(super) fn choose(
        asked: Option<&Path>,
        input: &Input,
        suffix: &str,
        inputs: &[&Path],
        force: bool,
    ) -> Result<Self, CliError> {
        let folder = match (asked, input) {
            (Some(folder), _) => folder.to_owned(),
            (None, Input::File(path)) => Path::new("models").join(streaming::stem(path) + suffix),
            (None, Input::Stdin | Input::Copied(_)) => {
                return Err(CliError::Usage {
                    option: "--output",
                    problem: "name a folder; standard input has no name to call it by".to_owned(),
                });
            }
        };
        let refused = |problem: &str| {
            Err(CliError::Usage {
                option: "--output",
                problem: format!("`{}` {problem}", folder.display()),
            })
        };
        // The folder that a link leads to is replaced, not the link.
        let name = folder.display().to_string();
        let Ok(found) = folder.canonicalize() else {
            return Ok(Self { name, folder });
        };
        if !found.is_dir() {
            return refused("is no folder");
        }
        let within = |path: &&Path| {
            path.canonicalize()
                .is_ok_and(|path| path.starts_with(&found))
        };
        if inputs.iter().any(within) {
            return refused("holds an input, which is never overwritten");
        }
        if nn::model_exists(&found) {
            if !force {
                return refused("holds a model; `--force` replaces it");
            }
        } else if !is_empty(&found) {
            return refused("holds other things than a model; name another folder");
        }
        Ok(Self {
            name,
            folder: found,
        })
    }

    /// The folder's name, for people.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Has `write` fill a folder, and puts it in place where that succeeds.
    pub(super) fn fill(
        &self,
        write: impl FnOnce(&Path) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        let failed = |source| CliError::Output {
            what: format!("`{}`", self.name),
            source,
        };
        let parent = match self.folder.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let staged = StagedFolder::new(parent).map_err(failed)?;
        write(staged.path())?;
        staged.place(&self.folder).map_err(failed)
    }
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}
