//! An encoder's files, each opened once: what is loaded is what was hashed, whatever takes the files' names meanwhile.

use std::collections::BTreeMap;
use std::path::Path;

use super::config::LONGEST_CONFIG;
use super::tokenizer::LONGEST_VOCABULARY;
use super::weights::{self, Weights};
use super::{EncoderConfig, NnError, Tokenizer};
use fsl_common::fsio::{CachedChecksum, OpenFile, read_hashed, sha256_hex};
use fsl_common::settings::{EncoderSource, FileSums};
use fsl_common::tokenizer::{LONGEST_TOKENIZER, TokenizerFiles, TokenizerSettings};

/// The longest file of weights that is read, in bytes.
pub(crate) const LONGEST_WEIGHTS: u64 = 1 << 37;

/// The files of an encoder: the configuration and those of the tokenizer as they were read, and the weights, which are read when the encoder is
/// loaded.
#[derive(Debug)]
pub struct OpenEncoder {
    source: EncoderSource,
    config: EncoderConfig,
    config_bytes: Vec<u8>,
    /// The files of the tokenizer, in the order of the source's.
    tokenizer: Vec<Vec<u8>>,
    weights: OpenFile,
    /// What the files must hold, where that is known.
    expected: Option<Expected>,
}

/// What the files must hold.
#[derive(Debug)]
enum Expected {
    /// Files of this [id](EncoderSource::id), and what is known of them.
    Encoder {
        id: String,
        known: Vec<CachedChecksum>,
    },
    /// The files that were saved in a model folder.
    Saved(FileSums),
}

impl OpenEncoder {
    /// Opens the files, whatever they hold.
    ///
    /// # Errors
    /// [`NnError::Read`] for a file that cannot be opened, and those of [`EncoderConfig::parse`].
    pub fn open(source: &EncoderSource) -> Result<Self, NnError> {
        Self::opened(source, None)
    }

    /// The files, which must be those that were saved where that is known.
    fn opened(source: &EncoderSource, saved: Option<&FileSums>) -> Result<Self, NnError> {
        let read = |path: &Path, longest| {
            let read = OpenFile::open(path).and_then(|file| file.read(longest));
            let bytes = read.map_err(NnError::read(path))?;
            if let Some(sums) = saved {
                check_saved(sums, path, &sha256_hex(&bytes))?;
            }
            Ok::<_, NnError>(bytes)
        };
        let config_bytes = read(&source.config, LONGEST_CONFIG)?;
        let longest = if source.tokenizer.is_empty() {
            LONGEST_VOCABULARY
        } else {
            LONGEST_TOKENIZER
        };
        let tokenizer = source.tokenizer_paths().iter();
        let tokenizer = tokenizer.map(|path| read(path, longest));
        let tokenizer = tokenizer.collect::<Result<Vec<_>, _>>()?;
        let weights = OpenFile::open(&source.weights).map_err(NnError::read(&source.weights))?;
        Ok(Self {
            source: source.clone(),
            config: EncoderConfig::parse(&source.config, &config_bytes)?,
            config_bytes,
            tokenizer,
            weights,
            expected: None,
        })
    }

    /// Opens files that must have this [id](EncoderSource::id). It is checked when the weights are read. A checksum of `known` spares
    /// hashing weights that bear its stamp.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn verified(
        source: &EncoderSource,
        id: &str,
        known: &[CachedChecksum],
    ) -> Result<Self, NnError> {
        let mut files = Self::open(source)?;
        files.expected = Some(Expected::Encoder {
            id: id.to_owned(),
            known: known.to_vec(),
        });
        Ok(files)
    }

    /// Opens the files of a model folder, which must be those that were saved. The weights are checked when they are read.
    ///
    /// # Errors
    /// As [`open`](Self::open); [`NnError::Malformed`] for another file.
    pub(crate) fn saved(source: &EncoderSource, sums: FileSums) -> Result<Self, NnError> {
        let mut files = Self::opened(source, Some(&sums))?;
        files.expected = Some(Expected::Saved(sums));
        Ok(files)
    }

    /// Where the files are, and whether texts are lower-cased.
    pub fn source(&self) -> &EncoderSource {
        &self.source
    }

    /// The shape of the encoder.
    pub fn config(&self) -> &EncoderConfig {
        &self.config
    }

    /// The bytes of config.json.
    pub(crate) fn config_bytes(&self) -> &[u8] {
        &self.config_bytes
    }

    /// The files of the tokenizer by name, as they were read.
    pub(crate) fn tokenizer_files(&self) -> BTreeMap<String, Vec<u8>> {
        let paths = self.source.tokenizer_paths().iter();
        let names = paths.map(|path| path.file_name().unwrap_or_default());
        let names = names.map(|name| name.to_string_lossy().into_owned());
        names.zip(self.tokenizer.iter().cloned()).collect()
    }

    /// The tokenizer, which has an embedding for every entry.
    ///
    /// # Errors
    /// Those of [`Tokenizer::parse`] and of [`Tokenizer::from_pipeline`]; [`NnError::Malformed`] for a vocabulary that is larger than
    /// the encoder's.
    pub fn tokenizer(&self) -> Result<Tokenizer, NnError> {
        let path = &self.source.vocab;
        let plain = self.source.tokenizer.is_empty();
        let tokenizer = if let (true, [vocabulary]) = (plain, self.tokenizer.as_slice()) {
            Tokenizer::parse(path, vocabulary, self.source.lowercase)?
        } else {
            let folder = path.parent().unwrap_or(Path::new(""));
            let files = TokenizerFiles::held(folder, self.tokenizer_files());
            let settings = TokenizerSettings::read(&files, &self.config_bytes)?;
            Tokenizer::from_pipeline(folder, &settings.pipeline(&files)?)?
        };
        let (entries, rows) = (tokenizer.rows(), self.config.vocab_size);
        if entries <= rows {
            return Ok(tokenizer);
        }
        Err(NnError::Malformed {
            path: path.clone(),
            problem: format!("has {entries} entries, but config.json has `vocab_size` {rows}"),
        })
    }

    /// The weights.
    ///
    /// # Errors
    /// [`NnError::Read`]; [`NnError::Changed`] for other files than those that the id is of; those of [`weights::read`].
    pub(crate) fn weights(&self) -> Result<Weights, NnError> {
        let path = self.weights.path();
        let known = match &self.expected {
            Some(Expected::Encoder { known, .. }) => known.as_slice(),
            _ => &[],
        };
        let bytes = match &self.expected {
            None => self.weights.read(LONGEST_WEIGHTS),
            Some(expected) => {
                let read = read_hashed(&self.weights, LONGEST_WEIGHTS, known);
                let (bytes, sum) = read.map_err(NnError::read(path))?;
                self.check(expected, &sum)?;
                Ok(bytes)
            }
        };
        weights::read(path, &bytes.map_err(NnError::read(path))?, &self.config)
    }

    /// Checks that the files are the expected ones; `weights` is the checksum of the weights.
    fn check(&self, expected: &Expected, weights: &str) -> Result<(), NnError> {
        let path = self.weights.path();
        let expected = match expected {
            Expected::Encoder { id, .. } => id,
            Expected::Saved(sums) => return check_saved(sums, path, weights),
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let tokenizer = self.tokenizer_files().into_iter();
        let tokenizer: Vec<(String, String)> = tokenizer
            .map(|(name, bytes)| (name, sha256_hex(&bytes)))
            .collect();
        let weights = (name.into_owned(), weights.to_owned());
        let config = sha256_hex(&self.config_bytes);
        let got = self.source.id_of_sums(&config, &tokenizer, &weights);
        if got == *expected {
            return Ok(());
        }
        Err(NnError::Changed {
            path: path.parent().unwrap_or(Path::new("")).to_owned(),
            got,
            expected: expected.clone(),
        })
    }
}

/// Checks that the file at `path` of a model folder, whose checksum is `got`, is the one that was saved.
pub(super) fn check_saved(sums: &FileSums, path: &Path, got: &str) -> Result<(), NnError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let folder = path.parent().unwrap_or(Path::new(""));
    Ok(sums.check(folder, &name, got)?)
}
