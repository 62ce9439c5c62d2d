//! Errors of encoders, as commands and trials end with them.

use std::path::Path;

use fsl_assets::AssetSettings;
use fsl_exp::cli::error::CliError;
use fsl_methods::{EncoderError, MethodError};
use fsl_nn::NnError;

/// An encoder's error with its hint.
pub(crate) fn encoder_error(error: NnError) -> CliError {
    let hint = hint(&error);
    CliError::Encoder {
        source: Box::new(error),
        hint,
    }
}

/// The same as methods have it.
pub(crate) fn refused(error: NnError) -> MethodError {
    let (hint, is_transient) = (hint(&error), error.is_transient());
    EncoderError::new(error, hint, is_transient).into()
}

/// What the user can do: files that were fetched can be fetched again, others are the user's own.
fn hint(error: &NnError) -> Option<String> {
    let cache = AssetSettings::from_env().ok();
    hint_in(
        error,
        cache.as_ref().map(|settings| settings.cache.as_path()),
    )
}

/// The same with this cache.
fn hint_in(error: &NnError, cache: Option<&Path>) -> Option<String> {
    let fetch_again = "remove the encoder's folder and fetch it again; config.json and the weights must come from one model";
    let is_fetched = |path: &Path| {
        let cache = cache.and_then(|cache| cache.canonicalize().ok());
        let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
        let pair = folder.zip(cache);
        pair.is_some_and(|(folder, cache)| folder.starts_with(cache))
    };
    if error.bad_file().is_some_and(is_fetched) {
        return Some(fetch_again.to_owned());
    }
    error.hint()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_cache_are_to_be_fetched_again() {
        let (cache, own) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let said = |folder: &Path| {
            let error = NnError::Malformed {
                path: folder.join("model.safetensors"),
                problem: "is truncated".to_owned(),
            };
            hint_in(&error, Some(cache.path())).unwrap()
        };
        assert!(said(own.path()).starts_with("correct the folder; "));
        let again = "remove the encoder's folder and fetch it again; ";
        assert!(said(cache.path()).starts_with(again));
    }
}
