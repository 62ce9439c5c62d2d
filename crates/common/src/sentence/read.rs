//! The files of a sentence encoder's folder.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::layout::{CONFIG, Kind, Layout, MODULES, PROMPTS, SENTENCE_BERT, WEIGHTS};
use super::{Prompts, SentenceFault, parse};
use crate::fsio::{OpenFile, sha256_hex};
use crate::settings::Pooling;
use crate::shown;

/// The longest of these files that is read, in bytes.
const LONGEST: u64 = 4 << 20;
/// The longest prompt that is shown in full, in characters.
const LONGEST_SHOWN: usize = 100;

/// What is done to a text's vector after the pooling. A dense layer is known by its contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VectorModule {
    /// It is scaled to length 1.
    Normalize,
    /// It goes through the dense layer of this [id](DenseSource::id).
    Dense(String),
}

/// The files of a dense layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DenseSource {
    /// config.json
    pub config: PathBuf,
    /// model.safetensors, or pytorch_model.bin
    pub weights: PathBuf,
}

impl DenseSource {
    /// Both files.
    pub fn paths(&self) -> [&PathBuf; 2] {
        [&self.config, &self.weights]
    }

    /// One id for the contents of a dense layer: the SHA-256 of the lines below, of which the `1` is the version of the rule. `config` and
    /// `weights` are SHA-256 in lower-case hexadecimal.
    pub fn id(&self, config: &str, weights: &str) -> String {
        let name = self.weights.file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        let lines = format!("fsl-exp dense 1\nconfig.json {config}\n{name} {weights}\n");
        sha256_hex(lines.as_bytes())
    }
}

/// What an encoder's folder declares of its texts' vectors; the default is that of a folder which declares nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SentenceEncoder {
    /// How the tokens' vectors become the text's.
    pub pooling: Option<Pooling>,
    /// What follows.
    pub modules: Vec<VectorModule>,
    /// The files of the dense layers among them, in their order.
    pub dense: Vec<DenseSource>,
    /// What stands before texts.
    pub prompts: Prompts,
    /// Tokens per text at most.
    pub max_tokens: Option<u32>,
    /// Whether texts are lower-cased before the tokenizer sees them.
    pub lowercase: bool,
}

/// A prompt as messages show it.
pub fn shown_prompt(prompt: &str) -> String {
    let prompt = shown::cut(prompt, LONGEST_SHOWN);
    format!("`{}`", shown::escaped(&prompt))
}

/// What is followed of what an encoder declares, in words: `cls pooling, dense layer, length 1, prompt `query: ``; `None` where that is
/// nothing.
pub fn described(
    pooling: Option<Pooling>,
    modules: &[VectorModule],
    prompt: Option<&str>,
) -> Option<String> {
    let module = |module: &VectorModule| match module {
        VectorModule::Normalize => "length 1".to_owned(),
        VectorModule::Dense(_) => "dense layer".to_owned(),
    };
    let pooling = pooling.map(|pooling| format!("{} pooling", pooling.as_str()));
    let prompt = prompt.map(|prompt| format!("prompt {}", shown_prompt(prompt)));
    let parts = pooling.into_iter().chain(modules.iter().map(module));
    let parts: Vec<String> = parts.chain(prompt).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The modules.json of a folder; `None` where it has none.
///
/// # Errors
/// [`SentenceFault::Unreadable`], and those of [`Layout::parse`].
pub fn read_layout(folder: &Path) -> Result<Option<Layout>, SentenceFault> {
    let path = folder.join(MODULES);
    let bytes = read(&path)?;
    bytes.map(|bytes| Layout::parse(&path, &bytes)).transpose()
}

impl SentenceEncoder {
    /// What the config.json of a static encoder declares, which errors call `path`: the mean, and whether it is scaled to length 1. What
    /// its modules.json says, follows from that.
    ///
    /// # Errors
    /// [`SentenceFault::NotJson`], [`SentenceFault::Key`].
    pub fn of_static(path: &Path, config: &[u8]) -> Result<Self, SentenceFault> {
        let normalize = parse::static_normalize(path, config)?;
        let modules = normalize.then_some(VectorModule::Normalize);
        Ok(Self {
            pooling: Some(Pooling::Mean),
            modules: modules.into_iter().collect(),
            ..Self::default()
        })
    }

    /// Reads what `layout` names in `folder`. `sha256` gives the checksum of a file's contents.
    ///
    /// # Errors
    /// See [`SentenceFault`].
    pub fn read(
        folder: &Path,
        layout: &Layout,
        sha256: impl Fn(&Path) -> io::Result<String>,
    ) -> Result<Self, SentenceFault> {
        let at = |part: &str, name: &str| folder.join(Layout::file(part, name));
        let Some(pooling) = &layout.pooling else {
            let path = folder.join(CONFIG);
            return Self::of_static(&path, &needed(&path)?);
        };
        let path = at(pooling, CONFIG);
        let (pooling, counts_prompt) = parse::pooling(&path, &needed(&path)?)?;
        let mut declared = Self {
            pooling: Some(pooling),
            ..Self::default()
        };
        declared.prompts.left_out = !counts_prompt;
        for (kind, part) in &layout.after {
            match kind {
                Kind::Normalize => {
                    let path = at(part, CONFIG);
                    // In the encoder's own folder, config.json is the Transformer's.
                    if let Some(bytes) = read(&path)?.filter(|_| !part.is_empty()) {
                        parse::normalize(&path, &bytes)?;
                    }
                    declared.modules.push(VectorModule::Normalize);
                }
                Kind::Dense => {
                    let (source, id) = dense(&folder.join(part), &sha256)?;
                    declared.modules.push(VectorModule::Dense(id));
                    declared.dense.push(source);
                }
            }
        }
        let path = folder.join(PROMPTS);
        if let Some(bytes) = read(&path)? {
            let (named, default) = parse::prompts(&path, &bytes)?;
            declared.prompts.named = named;
            declared.prompts.default = default;
        }
        let path = at(&layout.transformer, SENTENCE_BERT);
        if let Some(bytes) = read(&path)? {
            (declared.max_tokens, declared.lowercase) = parse::sentence_bert(&path, &bytes)?;
        }
        Ok(declared)
    }
}

/// The dense layer in a folder, with its id.
fn dense(
    folder: &Path,
    sha256: impl Fn(&Path) -> io::Result<String>,
) -> Result<(DenseSource, String), SentenceFault> {
    let config = folder.join(CONFIG);
    let bytes = needed(&config)?;
    parse::DenseConfig::parse(&config, &bytes)?;
    let weights = WEIGHTS.map(|name| folder.join(name));
    let found = weights.iter().find(|path| path.is_file());
    let lacks = || SentenceFault::Lacks {
        path: weights[0].clone(),
    };
    let weights = found.ok_or_else(lacks)?.clone();
    let sum = sha256(&weights).map_err(unreadable(&weights))?;
    let source = DenseSource { config, weights };
    let id = source.id(&sha256_hex(&bytes), &sum);
    Ok((source, id))
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> SentenceFault + use<> {
    let path = path.to_owned();
    move |source| SentenceFault::Unreadable { path, source }
}

/// A file's bytes; `None` where there is none.
fn read(path: &Path) -> Result<Option<Vec<u8>>, SentenceFault> {
    match OpenFile::open(path).and_then(|file| file.read(LONGEST)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(path)(error)),
    }
}

fn needed(path: &Path) -> Result<Vec<u8>, SentenceFault> {
    read(path)?.ok_or_else(|| SentenceFault::Lacks {
        path: path.to_owned(),
    })
}
