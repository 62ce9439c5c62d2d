//! From config.json to the shape of an encoder, by its family.

use std::path::Path;

use super::NnError;
use super::activation::one_of;
use super::config::{EncoderConfig, Keys};
use super::families::sized;
use super::family::Family;
use super::model_type::{self, Inferred};
use super::settings::FamilySettings;
use super::shapes::StoredTensors;

impl EncoderConfig {
    /// Checks a config.json, which errors call `path`.
    ///
    /// # Errors
    /// [`NnError::Malformed`] where it is no JSON object, [`NnError::Config`] for the first key that is missing or has a value that
    /// no encoder here can have.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, NnError> {
        Self::parse_or_infer(path, bytes, || Ok(StoredTensors::default())).map(|(config, _)| config)
    }

    /// The same; where no `model_type` is in it and it does not follow from other keys, from the names of the tensors. What was
    /// inferred comes back. Of a static encoder, the shapes of the tensors say the sizes.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and those of `tensors` and of [`sized`].
    pub(crate) fn parse_or_infer(
        path: &Path,
        bytes: &[u8],
        tensors: impl Fn() -> Result<StoredTensors, NnError>,
    ) -> Result<(Self, Option<Inferred>), NnError> {
        let keys = Keys::parse(path, bytes)?;
        if keys.object().contains_key("model_type") {
            return Ok((of_family(&keys, keys.family()?, tensors)?, None));
        }
        let names = || Ok(tensors()?.shapes.into_keys().collect());
        let inferred = model_type::infer(keys.object(), names)?;
        let Some(found) = inferred else {
            let all = one_of(Family::ALL.iter().map(|(_, name, _)| *name));
            let line = "add a line such as `\"model_type\": \"bert\",`";
            return Err(keys.refused("model_type", &format!("{all}; {line}")));
        };
        Ok((of_family(&keys, found.family, tensors)?, inferred))
    }
}

fn of_family(
    keys: &Keys,
    family: Family,
    tensors: impl Fn() -> Result<StoredTensors, NnError>,
) -> Result<EncoderConfig, NnError> {
    let config = (family.definition().config)(keys, family)?;
    match config.settings {
        FamilySettings::Static(settings) => sized(&config, settings, &tensors()?),
        _ => Ok(config),
    }
}
