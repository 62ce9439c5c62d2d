//! Model folders: a fine-tuned classifier on disk, and back.
//!
//! The encoder lies in the folder as transformers would save it (`config.json`, `model.safetensors`, `tokenizer_config.json`,
//! `vocab.txt` or the tokenizer's other files as they were), so that `AutoModel.from_pretrained(folder)` loads it; the head beside it in
//! `head.safetensors` (`dense.weight` `[U, H]`, `dense.bias` `[U]`, `output.weight` `[C, U]`, `output.bias` `[C]`, f32, with one
//! output for two classes, otherwise one per class); what else inference needs to know, the names of the classes among it, in
//! `fsl-exp.json`. That one is written last: a folder without it is no model. The names are in `config.json` as well, where
//! transformers looks for them, unless they are `0` and `1`. `SHA256SUMS` has the checksums of all of these files, which are compared
//! whenever the model is loaded.

mod files;
mod sequence_classifier;

use std::path::Path;
use std::{fs, io};

use tch::Device;

use super::encoder::Encoder;
use super::head::{Head, columns};
use super::layers::NamedTensors;
use super::linear::Linear;
use super::open_encoder::check_saved;
use super::predict::Classifier;
use super::{Family, NnError, OpenEncoder, Tokenizer};
use files::HeadFile;
pub use files::{MODEL_FORMAT, ModelMetadata};
use fsl_common::fsio;
use fsl_common::settings::model_folder::{
    CONFIG, FACTS, HEAD, SUMS, TOKENIZER, VOCAB, WEIGHTS, model_exists,
};
use fsl_common::settings::{EncoderSource, FileSums};
use fsl_common::tokenizer::{self, TOKENIZER_FILES};
pub use sequence_classifier::sequence_classifier;

/// The encoder of a model folder, which can be used as any other one.
pub fn model_source(folder: &Path, metadata: &ModelMetadata) -> EncoderSource {
    let names = &metadata.tokenizer;
    let vocabularies = [tokenizer::TOKENIZER, VOCAB, tokenizer::BPE_VOCAB];
    let mut vocabularies = vocabularies.into_iter();
    let vocabulary = vocabularies.find(|vocabulary| names.iter().any(|name| name == vocabulary));
    EncoderSource {
        config: folder.join(CONFIG),
        vocab: folder.join(vocabulary.unwrap_or(VOCAB)),
        weights: folder.join(WEIGHTS),
        shards: Vec::new(),
        lowercase: metadata.lowercase,
        tokenizer: names.iter().map(|name| folder.join(name)).collect(),
    }
}

/// A model that was read out of its folder.
pub struct SavedModel {
    /// The encoder with its head.
    pub classifier: Classifier,
    /// The tokenizer of the encoder.
    pub tokenizer: Tokenizer,
    /// What else inference needs to know.
    pub metadata: ModelMetadata,
}

/// Writes a classifier that was fine-tuned from the encoder `source`. What `folder` holds already is replaced file by file; it counts
/// as a model again once all are written.
///
/// # Errors
/// [`NnError::Malformed`] for a classifier of another number of classes than `metadata` names, [`NnError::Write`].
pub fn save_model(
    classifier: &Classifier,
    source: &OpenEncoder,
    metadata: &ModelMetadata,
    folder: &Path,
) -> Result<(), NnError> {
    let mut sums = FileSums::default();
    let mut write = |name: &str, bytes: &[u8]| {
        sums.add(name, bytes);
        put(folder, name, bytes)
    };
    if classifier.classes() != metadata.classes.count() {
        return Err(NnError::Malformed {
            path: folder.join(FACTS),
            problem: format!(
                "would name {} classes of a model that has {}",
                metadata.classes.count(),
                classifier.classes()
            ),
        });
    }
    let config = files::config(
        classifier.encoder.config().family,
        metadata,
        &source.source().config,
        source.config_bytes(),
    )?;
    let had_model = model_exists(folder);
    if had_model {
        let path = folder.join(FACTS);
        fs::remove_file(&path).map_err(|source| NnError::Write { path, source })?;
    }
    let tokenizer = tokenizer_files(source, metadata)?;
    if had_model {
        remove_other_tokenizers(folder, &tokenizer)?;
    }
    let metadata = &described(source, metadata, &tokenizer);
    let Classifier { encoder, head } = classifier;
    write(CONFIG, &config)?;
    for (name, bytes) in &tokenizer {
        write(name, bytes)?;
    }
    write(
        WEIGHTS,
        &files::safetensors(encoder.named(), &folder.join(WEIGHTS))?,
    )?;
    let mut tensors = NamedTensors::new();
    head.dense.export("dense", &mut tensors);
    head.output.export("output", &mut tensors);
    write(HEAD, &files::safetensors(tensors, &folder.join(HEAD))?)?;
    let description = files::json(metadata);
    sums.add(FACTS, &description);
    put(folder, SUMS, sums.to_text().as_bytes())?;
    put(folder, FACTS, &description)
}

/// Removes the files of the tokenizer of an earlier model that this one does not have.
fn remove_other_tokenizers(folder: &Path, kept: &[(String, Vec<u8>)]) -> Result<(), NnError> {
    let is_kept = |name: &str| kept.iter().any(|(other, _)| other == name);
    for name in TOKENIZER_FILES.into_iter().filter(|name| !is_kept(name)) {
        let path = folder.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => removed.map_err(|source| NnError::Write { path, source })?,
        }
    }
    Ok(())
}

/// The files of the tokenizer by name, as the folder gets them.
fn tokenizer_files(
    source: &OpenEncoder,
    metadata: &ModelMetadata,
) -> Result<Vec<(String, Vec<u8>)>, NnError> {
    let mut all = source.tokenizer_files();
    if source.config().family == Family::Model2Vec {
        return Ok(all.into_iter().collect());
    }
    if source.source().tokenizer.is_empty() {
        let config = files::tokenizer(source.config().family, metadata);
        let vocabulary = all.into_values().next().unwrap_or_default();
        return Ok(vec![
            (VOCAB.to_owned(), vocabulary),
            (TOKENIZER.to_owned(), config),
        ]);
    }
    let written = all.get(TOKENIZER).map(Vec::as_slice);
    let config = files::tokenizer_with_limit(written, metadata.max_tokens);
    let config = config.map_err(|error| NnError::Malformed {
        path: source.source().vocab.with_file_name(TOKENIZER),
        problem: format!("is not a JSON object: {error}"),
    })?;
    all.insert(TOKENIZER.to_owned(), config);
    Ok(all.into_iter().collect())
}

/// The description of a model with the files of its tokenizer.
fn described(
    source: &OpenEncoder,
    metadata: &ModelMetadata,
    tokenizer: &[(String, Vec<u8>)],
) -> ModelMetadata {
    if source.source().tokenizer.is_empty() {
        return metadata.clone();
    }
    ModelMetadata {
        format: MODEL_FORMAT,
        tokenizer: tokenizer.iter().map(|(name, _)| name.clone()).collect(),
        ..metadata.clone()
    }
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), NnError> {
    let path = folder.join(name);
    fsio::write_atomic(&path, bytes).map_err(|source| NnError::Write { path, source })
}

/// Reads what [`save_model`] wrote, onto `device`. Each file is opened once.
///
/// # Errors
/// [`NnError::NoModel`]; [`NnError::Model`] with the file and what is wrong with it: it was written by a newer program, is not as it was
/// saved, or does not go with the others.
pub fn load_model(folder: &Path, device: Device) -> Result<SavedModel, NnError> {
    if !model_exists(folder) {
        return Err(NnError::NoModel {
            folder: folder.into(),
            exists: folder.exists(),
        });
    }
    load(folder, device).map_err(|error| in_model(folder, error))
}

/// The error with the model that it is about.
fn in_model(folder: &Path, error: NnError) -> NnError {
    NnError::Model {
        folder: folder.into(),
        source: Box::new(error),
    }
}

fn load(folder: &Path, device: Device) -> Result<SavedModel, NnError> {
    let sums = FileSums::read(folder)?;
    let check = |path: &Path, bytes: &[u8]| match &sums {
        Some(sums) => check_saved(sums, path, &fsio::sha256_hex(bytes)),
        None => Ok(()),
    };
    let metadata_path = folder.join(FACTS);
    let read = |path: &Path| {
        let bytes = files::read(path, files::LONGEST_FACTS)?;
        check(path, &bytes).map(|()| bytes)
    };
    let bytes = read(&metadata_path)?;
    // Other programs read it: what is wrong with it is wrong with the model.
    if folder.join(TOKENIZER).exists() {
        read(&folder.join(TOKENIZER))?;
    }
    let metadata = files::metadata(&metadata_path, &bytes)?;
    let source = model_source(folder, &metadata);
    let files = match &sums {
        Some(sums) => OpenEncoder::saved(&source, sums.clone())?,
        None => OpenEncoder::open(&source)?,
    };
    let positions = files.config().max_positions;
    if metadata.max_tokens as i64 > positions {
        let problem = format!(
            "has `max-tokens` {}, but the encoder reads at most {positions}",
            metadata.max_tokens
        );
        return Err(NnError::Malformed {
            path: metadata_path,
            problem,
        });
    }
    let (tokenizer, encoder) = (files.tokenizer()?, Encoder::load(&files, device)?);
    let (hidden, units) = (encoder.config().hidden, metadata.hidden_units);
    let mut head = HeadFile::read(&folder.join(HEAD), device)?;
    check(&folder.join(HEAD), head.bytes())?;
    let dense = Linear::new(
        head.take("dense.weight", &[units, hidden])?,
        head.take("dense.bias", &[units])?,
    );
    let outputs = columns(metadata.classes.count()) as i64;
    let output = Linear::new(
        head.take("output.weight", &[outputs, units])?,
        head.take("output.bias", &[outputs])?,
    );
    let head = Head::with(dense, output, metadata.pooling, metadata.head_dropout);
    Ok(SavedModel {
        classifier: Classifier { encoder, head },
        tokenizer,
        metadata,
    })
}
