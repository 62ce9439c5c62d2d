//! The tokenizer of an encoder: the files that it is, and what its user should know of them.

use std::path::{Path, PathBuf};

use super::error::AssetError;
use fsl_common::settings::{CONFIG, EncoderSource};
use fsl_common::tokenizer::{
    BPE_VOCAB, MERGES, SENTENCEPIECE, TOKENIZER, TokenizerFault, TokenizerFiles, TokenizerSettings,
    VOCAB,
};

/// The tokenizer of an encoder.
#[derive(Debug)]
pub(super) struct EncoderTokenizer {
    lowercase: bool,
    /// The files that decide ids; none of them for one that is vocab.txt and `lowercase`.
    names: Vec<&'static str>,
    /// What the user should know, a sentence each.
    pub(super) notices: Vec<String>,
}

/// Whether a folder has a vocabulary of any kind.
pub(super) fn is_there(has: impl Fn(&str) -> bool) -> bool {
    [TOKENIZER, VOCAB].iter().any(|name| has(name))
        || [BPE_VOCAB, MERGES].iter().all(|name| has(name))
        || SENTENCEPIECE.iter().any(|name| has(name))
}

impl EncoderTokenizer {
    /// One that is vocab.txt.
    pub(super) fn plain(lowercase: bool) -> Self {
        Self {
            lowercase,
            names: Vec::new(),
            notices: Vec::new(),
        }
    }

    /// The tokenizer that the files make, beside a config.json of these contents.
    pub(super) fn read(files: &TokenizerFiles, config: &[u8]) -> Result<Self, AssetError> {
        let settings = TokenizerSettings::read(files, config)?;
        let tokenizer = match settings.plain(files)? {
            Some(lowercase) => Self::plain(lowercase),
            None => Self {
                lowercase: settings.lowercases(files)?,
                names: settings.deciding(files)?,
                notices: Vec::new(),
            },
        };
        Ok(Self {
            notices: settings.notices(files)?,
            ..tokenizer
        })
    }

    /// The files whose checksums the id covers.
    pub(super) fn names(&self) -> &[&'static str] {
        if self.names.is_empty() {
            &[VOCAB]
        } else {
            &self.names
        }
    }

    /// The files of the encoder in `folder`; `shards` where `weights` is their index.
    pub(super) fn source(
        &self,
        folder: &Path,
        weights: PathBuf,
        shards: Vec<PathBuf>,
    ) -> EncoderSource {
        let first = [TOKENIZER, VOCAB, BPE_VOCAB];
        let first = first.into_iter().find(|name| self.names().contains(name));
        EncoderSource {
            config: folder.join(CONFIG),
            vocab: folder.join(first.unwrap_or(VOCAB)),
            weights,
            lowercase: self.lowercase,
            shards,
            tokenizer: self.names.iter().map(|name| folder.join(name)).collect(),
        }
    }
}

impl From<TokenizerFault> for AssetError {
    fn from(fault: TokenizerFault) -> Self {
        match fault {
            TokenizerFault::Unreadable { path, source } => Self::disk(&path)(source),
            TokenizerFault::Malformed { path, problem } => Self::BadFile {
                path,
                problem: format!("it {problem}"),
            },
        }
    }
}
