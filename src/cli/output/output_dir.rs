//! Model folders as outputs.

use std::fs;
use std::path::{Path, PathBuf};

use super::protected::resolved;
use super::{OPTION, OutputPolicy, head_has};
use crate::cli::error::CliError;
use crate::cli::output_error::{OutputError, Reason};
use fsl_common::fsio::{self, NameClaim, StagedFolder};
use fsl_common::settings::model_folder;

/// The model card, which lies beside the files that `nn` writes.
pub const CARD: &str = "README.md";

/// What a model card says of its maker; README.md is a common name.
pub const CARD_MARK: &str = "made by `fsl-exp ";

/// A folder that may be written: it is new or empty, or a model that the user wants replaced. No other process may write it
/// meanwhile.
#[derive(Debug)]
pub struct OutputDir {
    /// As it was asked for.
    name: String,
    /// Where that is.
    folder: PathBuf,
    force: bool,
    _claim: NameClaim,
}

impl OutputDir {
    /// Claims the folder that was asked for.
    ///
    /// # Errors
    /// Where it must not be replaced, or another process writes it.
    pub fn new(policy: &OutputPolicy, asked: &Path) -> Result<Self, CliError> {
        let refused = |reason| OutputError::new(OPTION, asked, reason);
        // The folder that a link leads to is replaced, not the link.
        let folder = resolved(asked);
        if fs::symlink_metadata(&folder).is_ok() && !folder.is_dir() {
            return Err(refused(Reason::WrongKind("is not a folder")).into());
        }
        if let Some(reason) = policy.protected.reason(&folder) {
            return Err(refused(Reason::Protected(reason)).into());
        }
        let name = asked.display().to_string();
        fsio::clear_abandoned(fsio::parent(&folder));
        let claim = NameClaim::new(&folder).map_err(|source| CliError::Output {
            what: format!("`{name}`"),
            source,
        })?;
        let claim = claim.ok_or_else(|| refused(Reason::Busy))?;
        replaceable(&folder, policy.force).map_err(refused)?;
        Ok(Self {
            name,
            folder,
            force: policy.force,
            _claim: claim,
        })
    }

    /// The folder's name, for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Has `write` fill a folder, and puts it in place where that succeeds.
    ///
    /// # Errors
    /// Whatever `write` says, and where the folder cannot take its place.
    pub fn fill(&self, write: impl FnOnce(&Path) -> Result<(), CliError>) -> Result<(), CliError> {
        let failed = |source| CliError::Output {
            what: format!("`{}`", self.name),
            source,
        };
        let staged = StagedFolder::new(fsio::parent(&self.folder)).map_err(failed)?;
        write(staged.path())?;
        // What came into the folder while the model was trained is nobody's to remove.
        replaceable(&self.folder, self.force)
            .map_err(|reason| OutputError::new(OPTION, Path::new(&self.name), reason))?;
        staged.place(&self.folder).map_err(failed)
    }
}

/// Whether everything in the folder may go.
fn replaceable(folder: &Path, force: bool) -> Result<(), Reason> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(());
    };
    let mut names = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        // A pipe would be waited for.
        let is_part = is_file
            && (model_folder::MODEL_FILES.contains(&&*name)
                || name == CARD && head_has(&entry.path(), CARD_MARK));
        if !is_part {
            return Err(Reason::Foreign(name));
        }
        names.push(name);
    }
    if names.is_empty() {
        return Ok(());
    }
    if !model_folder::is_model(folder) {
        return Err(Reason::Foreign(names.swap_remove(0)));
    }
    if force { Ok(()) } else { Err(Reason::Model) }
}
