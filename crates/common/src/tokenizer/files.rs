//! The files that tokenizers are read from.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use thiserror::Error;

use super::{ADDED_TOKENS, BPE_VOCAB, MERGES, SPECIAL_TOKENS, TOKENIZER, TOKENIZER_CONFIG, VOCAB};
use crate::fsio::OpenFile;
use crate::shown;

/// The files that may decide token ids, beside config.json.
pub const TOKENIZER_FILES: [&str; 7] = [
    ADDED_TOKENS,
    MERGES,
    SPECIAL_TOKENS,
    TOKENIZER,
    TOKENIZER_CONFIG,
    BPE_VOCAB,
    VOCAB,
];

/// Vocabularies of SentencePiece, which this program does not read.
pub const SENTENCEPIECE: [&str; 4] = [
    "sentencepiece.bpe.model",
    "spiece.model",
    "spm.model",
    "tokenizer.model",
];

/// The longest file of a tokenizer that is read, in bytes; the largest published ones have some 35 MB.
pub const LONGEST_TOKENIZER: u64 = 64 << 20;

/// The longest description of what is wrong with a file, in characters.
const LONGEST_PROBLEM: usize = 1000;

/// A file of a tokenizer that cannot be read, or not as what it should be.
#[derive(Debug, Error)]
pub enum TokenizerFault {
    /// What the file system says.
    #[error("`{}` cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the file system says.
        source: io::Error,
    },
    /// What the file holds.
    #[error("`{}` {problem}", path.display())]
    Malformed {
        /// The file, or the folder.
        path: PathBuf,
        /// What is wrong with it, after its name.
        problem: String,
    },
}

/// The files of the tokenizer in one folder.
#[derive(Debug, Clone)]
pub struct TokenizerFiles {
    folder: PathBuf,
    /// The contents, where they were read before; the folder is not looked at then.
    held: Option<BTreeMap<String, Vec<u8>>>,
}

impl TokenizerFiles {
    /// Those in `folder`, each of which is read when it is asked for.
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            held: None,
        }
    }

    /// These contents by name, which errors place into `folder`.
    pub fn held(folder: &Path, files: BTreeMap<String, Vec<u8>>) -> Self {
        Self {
            folder: folder.to_owned(),
            held: Some(files),
        }
    }

    /// The file's path.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Whether there is such a file.
    pub fn has(&self, name: &str) -> bool {
        match &self.held {
            Some(files) => files.contains_key(name),
            None => self.path(name).is_file(),
        }
    }

    /// The file's contents; `None` where it is not there.
    ///
    /// # Errors
    /// [`TokenizerFault::Unreadable`], also for a file that is longer than any tokenizer's.
    pub fn bytes(&self, name: &str) -> Result<Option<Cow<'_, [u8]>>, TokenizerFault> {
        if let Some(files) = &self.held {
            return Ok(files.get(name).map(|bytes| Cow::Borrowed(bytes.as_slice())));
        }
        let path = self.path(name);
        let read = OpenFile::open(&path).and_then(|file| file.read(LONGEST_TOKENIZER));
        match read {
            Ok(bytes) => Ok(Some(Cow::Owned(bytes))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(TokenizerFault::Unreadable { path, source }),
        }
    }

    /// The JSON object that the file holds; `None` where it is not there.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes), and for a file that holds something else.
    pub(super) fn object(&self, name: &str) -> Result<Option<Map<String, Value>>, TokenizerFault> {
        let Some(bytes) = self.bytes(name)? else {
            return Ok(None);
        };
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(object)) => Ok(Some(object)),
            Ok(_) => Err(self.malformed(name, "is not a JSON object")),
            Err(error) => Err(self.malformed(name, &format!("is not valid JSON: {error}"))),
        }
    }

    /// The file as text; `None` where it is not there.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, TokenizerFault> {
        let Some(bytes) = self.bytes(name)? else {
            return Ok(None);
        };
        match String::from_utf8(bytes.into_owned()) {
            Ok(text) => Ok(Some(text)),
            Err(error) => {
                let byte = error.utf8_error().valid_up_to();
                Err(self.malformed(name, &format!("is not UTF-8 from byte {byte} on")))
            }
        }
    }

    /// What is wrong with a file; `problem` follows its name.
    pub(super) fn malformed(&self, name: &str, problem: &str) -> TokenizerFault {
        TokenizerFault::Malformed {
            path: self.path(name),
            problem: fit(problem),
        }
    }

    /// What is wrong with the folder as a whole.
    pub(super) fn lacking(&self, problem: String) -> TokenizerFault {
        TokenizerFault::Malformed {
            path: self.folder.clone(),
            problem,
        }
    }
}

/// What is wrong with a file, where it may repeat what is in it: on one line, and not much longer than one.
pub fn fit(problem: &str) -> String {
    shown::cut(&shown::line(problem), LONGEST_PROBLEM).into_owned()
}
