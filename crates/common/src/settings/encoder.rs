//! Encoders: their files and checksum, the devices and the kinds of number that they are computed in.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::sharded_sum;
use crate::fsio;

/// The configuration of an encoder, and of every module of one.
pub const CONFIG: &str = "config.json";

/// The longest config.json of an encoder that is read, in bytes: one with thousands of class names has some hundred thousand.
pub const LONGEST_CONFIG: u64 = 16 << 20;

/// The files of one encoder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EncoderSource {
    /// config.json
    pub config: PathBuf,
    /// vocab.txt; for a tokenizer that is more than that, the first of its files.
    pub vocab: PathBuf,
    /// model.safetensors or pytorch_model.bin, or the [index](super::ShardIndex) of weights in several files.
    pub weights: PathBuf,
    /// The files that the index names, in its order; none where the weights are one file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shards: Vec<PathBuf>,
    /// Whether texts are lower-cased and lose their accents.
    pub lowercase: bool,
    /// All files that decide token ids, by name, of a tokenizer that is more than `vocab` and `lowercase`; empty of one that is not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tokenizer: Vec<PathBuf>,
}

impl EncoderSource {
    /// All of its files.
    pub fn paths(&self) -> Vec<&PathBuf> {
        let mut paths = vec![&self.config];
        paths.extend(self.tokenizer_paths());
        paths.push(&self.weights);
        paths.extend(&self.shards);
        paths
    }

    /// The files of the tokenizer.
    pub fn tokenizer_paths(&self) -> &[PathBuf] {
        match self.tokenizer.as_slice() {
            [] => std::slice::from_ref(&self.vocab),
            files => files,
        }
    }

    /// The files that hold the numbers.
    pub fn weight_files(&self) -> &[PathBuf] {
        if self.shards.is_empty() {
            std::slice::from_ref(&self.weights)
        } else {
            &self.shards
        }
    }

    /// The id of what the files hold now, see [`encoder_id`]. `sha256` gives the checksum of a file's contents.
    ///
    /// # Errors
    /// The file that cannot be read, and what `sha256` said.
    pub fn id(
        &self,
        sha256: impl Fn(&Path) -> io::Result<String>,
    ) -> Result<String, (PathBuf, io::Error)> {
        let sum = |path: &Path| sha256(path).map_err(|error| (path.to_owned(), error));
        let named = |path: &PathBuf| Ok((name(path), sum(path)?));
        let all = |paths: &[PathBuf]| paths.iter().map(named).collect::<Result<Vec<_>, _>>();
        let tokenizer = all(self.tokenizer_paths())?;
        let mut weights = vec![named(&self.weights)?];
        weights.extend(all(&self.shards)?);
        Ok(self.id_of_sums(&sum(&self.config)?, &tokenizer, &weights))
    }

    /// The id of files with these checksums: of config.json, of the tokenizer's files and of the weights, the latter by name. Of weights
    /// in several files the index comes first, then those that it names, in their order.
    pub fn id_of_sums(
        &self,
        config: &str,
        tokenizer: &[(String, String)],
        weights: &[(String, String)],
    ) -> String {
        match (self.tokenizer.as_slice(), tokenizer, weights) {
            ([], [(_, vocab)], [(name, sum)]) => {
                encoder_id(config, vocab, (name, sum), self.lowercase)
            }
            ([], [(_, vocab)], [(name, sum), shards @ ..]) => {
                let shards = shards.iter();
                let shards = shards.map(|(name, sum)| (name.as_str(), sum.as_str()));
                let sum = sharded_sum((name, sum), shards);
                encoder_id(config, vocab, (name, &sum), self.lowercase)
            }
            _ => encoder_id_of_files(config, tokenizer, weights),
        }
    }
}

/// The name of a file.
fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// One id for the contents of an encoder: the SHA-256 of the lines below, of which the `1` is the version of the rule. The
/// sums are SHA-256 in lower-case hexadecimal; the weights have their file's name beside theirs, or those in several files the index's
/// name beside [`sharded_sum`].
///
/// This rule is for encoders whose tokenizer is a vocab.txt and a case. It never changes.
pub fn encoder_id(config: &str, vocab: &str, weights: (&str, &str), lowercase: bool) -> String {
    let (name, sum) = weights;
    let lines = format!(
        "fsl-exp encoder 1\nconfig.json {config}\nvocab.txt {vocab}\n{name} {sum}\nlowercase {lowercase}\n"
    );
    fsio::sha256_hex(lines.as_bytes())
}

/// The id of all other encoders, by version 2 of the rule: a line for config.json, one for each file of the tokenizer and one
/// for each file of the weights, with its name and its SHA-256, each kind in the order of its names.
pub fn encoder_id_of_files(
    config: &str,
    tokenizer: &[(String, String)],
    weights: &[(String, String)],
) -> String {
    let lines = |kind: &str, files: &[(String, String)]| {
        let mut lines: Vec<String> = files
            .iter()
            .map(|(name, sum)| format!("{kind} {name} {sum}\n"))
            .collect();
        lines.sort_unstable();
        lines.concat()
    };
    let text = format!(
        "fsl-exp encoder 2\nconfig.json {config}\n{}{}",
        lines("tokenizer", tokenizer),
        lines("weights", weights)
    );
    fsio::sha256_hex(text.as_bytes())
}

/// A family of devices. What is computed on another member of the same family differs in the last digits at most; another
/// family draws other random numbers too.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceKind {
    /// The processor.
    #[default]
    Cpu,
    /// An NVIDIA GPU.
    Cuda,
}

impl DeviceKind {
    /// The family of a device that is called `cpu`, `cuda` or `cuda:N`; `None` for other names. Asks no device.
    pub fn from_name(name: &str) -> Option<Self> {
        match name.split_once(':') {
            None if name == "cpu" => Some(Self::Cpu),
            None if name == "cuda" => Some(Self::Cuda),
            Some(("cuda", number)) if number.parse::<u16>().is_ok() => Some(Self::Cuda),
            _ => None,
        }
    }

    /// As in device names.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
        }
    }

    /// For leaving the usual one out of a key.
    pub fn is_cpu(&self) -> bool {
        *self == Self::Cpu
    }
}

/// The kind of number that an encoder's matrix products are computed in. Everything else (sums, normalisation, softmax, dropout
/// of layers, the head, the loss, Adam, the weights themselves) is IEEE single precision whatever this says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// IEEE single precision.
    F32,
    /// bfloat16: operands and results are rounded to 8 bits of mantissa, sums are f32. Processors without such products
    /// round operands and results and multiply in f32, without the speed. That gives nearly the same numbers: attention's scores
    /// and probabilities stay f32 there.
    Bf16,
    /// 8-bit integers, inference on processors only: weights by output, activations by token, sums exact.
    Int8,
}

impl Precision {
    /// As it is written in specs and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::Int8 => "int8",
        }
    }
}

/// Whether the processor has products of bf16 numbers, as libtorch's library for them (oneDNN) uses them: AVX512-BF16,
/// which processors with AMX have too.
#[cfg(target_arch = "x86_64")]
pub fn processor_multiplies_bf16() -> bool {
    std::arch::is_x86_feature_detected!("avx512bf16")
        && std::arch::is_x86_feature_detected!("avx512vl")
}

/// Whether the processor has products of bf16 numbers; not known of other families.
#[cfg(not(target_arch = "x86_64"))]
pub fn processor_multiplies_bf16() -> bool {
    false
}
