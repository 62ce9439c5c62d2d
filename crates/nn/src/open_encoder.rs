//! An encoder's files, each opened once: what is loaded is what was hashed, whatever takes the files' names meanwhile.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::model_type::Inferred;
use super::safetensors_file;
use super::shapes::StoredTensors;
use super::sharded::Shards;
use super::tokenizer::LONGEST_VOCABULARY;
use super::weight_file::WeightFile;
use super::weights::{self, Weights};
use super::{EncoderConfig, NnError, Tokenizer};
use fsl_common::fsio::{CachedChecksum, OpenFile, read_hashed, sha256_hex};
use fsl_common::settings::{EncoderSource, FileSums, LONGEST_CONFIG, LONGEST_INDEX, ShardIndex};
use fsl_common::tokenizer::{LONGEST_TOKENIZER, TokenizerFiles, TokenizerSettings};

/// The longest file of weights that is read, in bytes.
pub(crate) const LONGEST_WEIGHTS: u64 = 1 << 37;

/// The files of an encoder: the configuration and those of the tokenizer as they were read, and the weights, which are read when the encoder is
/// loaded.
#[derive(Debug)]
pub struct OpenEncoder {
    source: EncoderSource,
    config: EncoderConfig,
    /// The family, where config.json does not say it.
    inferred: Option<Inferred>,
    config_bytes: Vec<u8>,
    /// The files of the tokenizer, in the order of the source's.
    tokenizer: Vec<Vec<u8>>,
    /// The weights, or their index.
    weights: OpenFile,
    /// The files that the index names.
    shards: Vec<OpenFile>,
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
        let open = |path: &PathBuf| OpenFile::open(path).map_err(NnError::read(path));
        let shards: Result<Vec<OpenFile>, NnError> = source.shards.iter().map(open).collect();
        let weights = open(&source.weights)?;
        let tensors = || stored_tensors(&weights);
        let (config, inferred) =
            EncoderConfig::parse_or_infer(&source.config, &config_bytes, tensors)?;
        Ok(Self {
            source: source.clone(),
            config,
            inferred,
            config_bytes,
            tokenizer,
            weights,
            shards: shards?,
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

    /// What is to be said of config.json, after its name: that its family was inferred.
    pub fn notice(&self) -> Option<String> {
        self.inferred.map(Inferred::notice)
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
        if let Some(empty) = self.config.empty_text() {
            if entries == empty || (entries < empty && self.config.maps_tokens()) {
                return Ok(tokenizer.with_empty_text(empty));
            }
            return Err(NnError::Malformed {
                path: path.clone(),
                problem: format!("has {entries} entries, but the weights have {empty} vectors"),
            });
        }
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
    /// [`NnError::Read`]; [`NnError::Changed`] for other files than those that the id is of; those of [`weights::read`], and of
    /// [`Shards`] where the weights are several files.
    pub(crate) fn weights(&self) -> Result<Weights, NnError> {
        let path = self.weights.path();
        if !self.shards.is_empty() {
            return self.sharded();
        }
        let (bytes, sum) = self.read(&self.weights, LONGEST_WEIGHTS)?;
        self.check(&sum, &[])?;
        weights::read(path, &bytes, &self.config)
    }

    /// The weights out of several files, one of which is in memory at a time.
    fn sharded(&self) -> Result<Weights, NnError> {
        let path = self.weights.path();
        let malformed = |problem: String| NnError::Malformed {
            path: path.into(),
            problem,
        };
        let (bytes, sum) = self.read(&self.weights, LONGEST_INDEX)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let index = ShardIndex::parse(&name, &bytes);
        let mut shards = match &index {
            Ok(index) if self.are_listed(index) => Shards::new(path, index, &self.config),
            Ok(_) => Err(malformed("names other files than before".to_owned())),
            Err(problem) => Err(malformed(problem.clone())),
        };
        let mut sums = Vec::new();
        for file in &self.shards {
            let (bytes, sum) = self.read(file, LONGEST_WEIGHTS)?;
            sums.push(sum);
            shards = shards.and_then(|mut shards| {
                shards.add(file.path(), &bytes)?;
                Ok(shards)
            });
        }
        // That a file was changed explains whatever else is wrong with it.
        self.check(&sum, &sums)?;
        Ok(shards?.finish())
    }

    /// Whether the index names the files that were opened.
    fn are_listed(&self, index: &ShardIndex) -> bool {
        let names = self.shards.iter().map(|file| file.path().file_name());
        let listed = index.shards().iter().map(|name| Some(OsStr::new(name)));
        names.eq(listed)
    }

    /// All bytes of a file, and their checksum where it is needed.
    fn read(&self, file: &OpenFile, longest: u64) -> Result<(Vec<u8>, String), NnError> {
        let read = match &self.expected {
            None => file.read(longest).map(|bytes| (bytes, String::new())),
            Some(Expected::Encoder { known, .. }) => read_hashed(file, longest, known),
            Some(Expected::Saved(_)) => read_hashed(file, longest, &[]),
        };
        read.map_err(NnError::read(file.path()))
    }

    /// Checks that the files are the expected ones, where that is known, from the checksums of the weights.
    fn check(&self, weights: &str, shards: &[String]) -> Result<(), NnError> {
        let path = self.weights.path();
        let expected = match &self.expected {
            None => return Ok(()),
            Some(Expected::Encoder { id, .. }) => id,
            Some(Expected::Saved(sums)) => return check_saved(sums, path, weights),
        };
        let name = |path: &Path| {
            path.file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        };
        let tokenizer = self.tokenizer_files().into_iter();
        let tokenizer: Vec<(String, String)> = tokenizer
            .map(|(name, bytes)| (name, sha256_hex(&bytes)))
            .collect();
        let mut named = vec![(name(path), weights.to_owned())];
        let shards = self.shards.iter().zip(shards);
        named.extend(shards.map(|(file, sum)| (name(file.path()), sum.clone())));
        let config = sha256_hex(&self.config_bytes);
        let got = self.source.id_of_sums(&config, &tokenizer, &named);
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

/// A checkpoint's tensors, from the weights or their index.
fn stored_tensors(weights: &OpenFile) -> Result<StoredTensors, NnError> {
    let path = weights.path();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if !ShardIndex::is_index(&name) {
        let shapes = stored_shapes(weights)?.into_iter();
        return Ok(StoredTensors {
            path: path.into(),
            shapes: shapes.map(|(name, shape)| (name, Some(shape))).collect(),
        });
    }
    let bytes = weights.read(LONGEST_INDEX).map_err(NnError::read(path))?;
    let index = ShardIndex::parse(&name, &bytes).map_err(|problem| NnError::Malformed {
        path: path.into(),
        problem,
    })?;
    let names = index.tensors().map(|(name, _)| (name.to_owned(), None));
    Ok(StoredTensors {
        path: path.into(),
        shapes: names.collect(),
    })
}

/// The names and shapes of the tensors of one file. Of safetensors only the header is read.
fn stored_shapes(weights: &OpenFile) -> Result<BTreeMap<String, Vec<i64>>, NnError> {
    let path = weights.path();
    if path.extension().is_none_or(|extension| extension != "bin") {
        let header = safetensors_file::stored_shapes(weights).map_err(NnError::read(path))?;
        if let Some(shapes) = header {
            return Ok(shapes);
        }
    }
    let bytes = weights.read(LONGEST_WEIGHTS).map_err(NnError::read(path))?;
    Ok(WeightFile::open(path, &bytes)?.shapes())
}

/// Checks that the file at `path` of a model folder, whose checksum is `got`, is the one that was saved.
pub(super) fn check_saved(sums: &FileSums, path: &Path, got: &str) -> Result<(), NnError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let folder = path.parent().unwrap_or(Path::new(""));
    Ok(sums.check(folder, &name, got)?)
}
