//! References to encoders: by the catalogue, by a folder, or by a repository of the hub.

use std::fmt;
use std::path::PathBuf;

use super::error::AssetError;
use fsl_common::settings::HubSource;

/// How an encoder is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EncoderRef {
    /// A name of the catalogue.
    Name(String),
    /// A folder with the encoder's files. A relative one is taken from the current folder.
    Folder(PathBuf),
    /// A repository of the hub at a revision.
    Hub(HubSource),
}

impl EncoderRef {
    /// Reads a reference: `hf:org/name@revision` (revision `main` where left out), a folder where there is a slash or a
    /// leading dot (`./name`, `/models/name`, `.`), else a name of the catalogue.
    ///
    /// # Errors
    /// [`AssetError::BadReference`] for an empty text and for an `hf:` that no repository could have.
    pub fn parse(text: &str) -> Result<Self, AssetError> {
        let bad = |problem| AssetError::BadReference {
            text: text.to_owned(),
            problem,
        };
        if let Some(hub) = text.strip_prefix("hf:") {
            return HubSource::parse(hub).map(Self::Hub).map_err(bad);
        }
        if text.trim().is_empty() || text.contains('\0') {
            return Err(bad("the name is empty"));
        }
        if text.starts_with('.') || text.contains(['/', '\\']) {
            return Ok(Self::Folder(PathBuf::from(text)));
        }
        Ok(Self::Name(text.to_owned()))
    }
}

impl fmt::Display for EncoderRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => formatter.write_str(name),
            Self::Folder(path) => write!(formatter, "{}", path.display()),
            Self::Hub(hub) => hub.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub(repo: &str, revision: &str) -> EncoderRef {
        EncoderRef::Hub(HubSource {
            repo: repo.to_owned(),
            revision: revision.to_owned(),
        })
    }

    #[test]
    fn the_three_kinds_are_told_apart() {
        for (text, expected) in [
            (
                "all-MiniLM-L6-v2",
                EncoderRef::Name("all-MiniLM-L6-v2".to_owned()),
            ),
            ("./mine", EncoderRef::Folder("./mine".into())),
            (".", EncoderRef::Folder(".".into())),
            ("/models/mine", EncoderRef::Folder("/models/mine".into())),
            ("hf:org/name@refs/pr/3", hub("org/name", "refs/pr/3")),
            ("hf:org/name", hub("org/name", "main")),
            ("hf:bert-base-uncased", hub("bert-base-uncased", "main")),
        ] {
            assert_eq!(EncoderRef::parse(text).unwrap(), expected, "{text}");
        }
        assert_eq!(hub("a/b", "main").to_string(), "hf:a/b@main");
    }

    #[test]
    fn what_no_repository_could_be_called_is_refused() {
        for text in [
            "",
            " ",
            "hf:",
            "hf:a/b/c",
            "hf:../b",
            "hf:a/b@",
            "hf:a/b@../c",
            "hf:a b/c",
            "hf:/b",
        ] {
            let error = EncoderRef::parse(text).unwrap_err();
            assert!(matches!(error, AssetError::BadReference { .. }), "{text}");
            assert!(error.hint().is_some());
        }
    }
}
