//! An encoder's files, each opened once: what is loaded is what was hashed, whatever takes the files' names meanwhile.

use std::path::Path;

use super::config::LONGEST_CONFIG;
use super::tokenizer::LONGEST_VOCABULARY;
use super::weights::{self, Weights};
use super::{EncoderConfig, NnError, Tokenizer};
use fsl_common::fsio::{CachedChecksum, OpenFile, read_hashed};
use fsl_common::settings::{EncoderSource, encoder_id};

/// The longest file of weights that is read, in bytes.
pub(crate) const LONGEST_WEIGHTS: u64 = 1 << 37;

/// The files of an encoder: the configuration and the vocabulary as they were read, and the weights, which are read when the encoder is
/// loaded.
#[derive(Debug)]
pub struct OpenEncoder {
    source: EncoderSource,
    config: EncoderConfig,
    config_bytes: Vec<u8>,
    vocabulary: Vec<u8>,
    weights: OpenFile,
    /// What the files must hold, where that is known.
    expected: Option<Expected>,
}

/// The id that the files must have, and what is known of them.
#[derive(Debug)]
struct Expected {
    id: String,
    config: String,
    vocabulary: String,
    known: Vec<CachedChecksum>,
}

impl OpenEncoder {
    /// Opens the files, whatever they hold.
    ///
    /// # Errors
    /// [`NnError::Read`] for a file that cannot be opened, and those of [`EncoderConfig::parse`].
    pub fn open(source: &EncoderSource) -> Result<Self, NnError> {
        Self::opened(source, &[]).map(|(files, _)| files)
    }

    /// Opens files that must have this [id](encoder_id). The weights are checked when they are read. A checksum of `known` spares
    /// hashing a file that bears its stamp.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn verified(
        source: &EncoderSource,
        id: &str,
        known: &[CachedChecksum],
    ) -> Result<Self, NnError> {
        let (mut files, [config, vocabulary]) = Self::opened(source, known)?;
        files.expected = Some(Expected {
            id: id.to_owned(),
            config,
            vocabulary,
            known: known.to_vec(),
        });
        Ok(files)
    }

    /// The files, and the checksums of configuration and vocabulary.
    fn opened(
        source: &EncoderSource,
        known: &[CachedChecksum],
    ) -> Result<(Self, [String; 2]), NnError> {
        let read = |path: &Path, longest| {
            OpenFile::open(path)
                .and_then(|file| read_hashed(&file, longest, known))
                .map_err(NnError::read(path))
        };
        let (config_bytes, config_sum) = read(&source.config, LONGEST_CONFIG)?;
        let config = EncoderConfig::parse(&source.config, &config_bytes)?;
        let (vocabulary, vocabulary_sum) = read(&source.vocab, LONGEST_VOCABULARY)?;
        let weights = OpenFile::open(&source.weights).map_err(NnError::read(&source.weights))?;
        let files = Self {
            source: source.clone(),
            config,
            config_bytes,
            vocabulary,
            weights,
            expected: None,
        };
        Ok((files, [config_sum, vocabulary_sum]))
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

    /// The bytes of vocab.txt.
    pub(crate) fn vocabulary(&self) -> &[u8] {
        &self.vocabulary
    }

    /// The tokenizer, which has an embedding for every entry.
    ///
    /// # Errors
    /// Those of [`Tokenizer::parse`]; [`NnError::Malformed`] for a vocabulary that is larger than the encoder's.
    pub fn tokenizer(&self) -> Result<Tokenizer, NnError> {
        let path = &self.source.vocab;
        let tokenizer = Tokenizer::parse(path, &self.vocabulary, self.source.lowercase)?;
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
        let bytes = if let Some(expected) = &self.expected {
            let read = read_hashed(&self.weights, LONGEST_WEIGHTS, &expected.known);
            let (bytes, sum) = read.map_err(NnError::read(path))?;
            self.check(expected, &sum)?;
            bytes
        } else {
            let read = self.weights.read(LONGEST_WEIGHTS);
            read.map_err(NnError::read(path))?
        };
        weights::read(path, &bytes, &self.config)
    }

    /// Checks that the files have the expected id; `weights` is the checksum of the weights.
    fn check(&self, expected: &Expected, weights: &str) -> Result<(), NnError> {
        let path = self.weights.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let got = encoder_id(
            &expected.config,
            &expected.vocabulary,
            (&name, weights),
            self.source.lowercase,
        );
        if got == expected.id {
            return Ok(());
        }
        Err(NnError::Changed {
            path: path.parent().unwrap_or(Path::new("")).to_owned(),
            got,
            expected: expected.id.clone(),
        })
    }
}
