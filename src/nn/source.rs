//! The files of an encoder, and one checksum for their contents.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::fsio;

/// The files of one encoder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EncoderSource {
    /// config.json
    pub config: PathBuf,
    /// vocab.txt
    pub vocab: PathBuf,
    /// model.safetensors, or pytorch_model.bin
    pub weights: PathBuf,
    /// Whether texts are lower-cased and lose their accents.
    pub lowercase: bool,
}

impl EncoderSource {
    /// The three files.
    pub fn paths(&self) -> [&PathBuf; 3] {
        [&self.config, &self.vocab, &self.weights]
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
        let name = self
            .weights
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let (config, vocab) = (sum(&self.config)?, sum(&self.vocab)?);
        Ok(encoder_id(
            &config,
            &vocab,
            (&name, &sum(&self.weights)?),
            self.lowercase,
        ))
    }
}

/// One id for the contents of an encoder: the SHA-256 of the lines below, of which the `1` is the version of the rule. The
/// sums are SHA-256 in lower-case hexadecimal; the weights have their file's name beside theirs.
pub fn encoder_id(config: &str, vocab: &str, weights: (&str, &str), lowercase: bool) -> String {
    let (name, sum) = weights;
    let lines = format!(
        "fsl-exp encoder 1\nconfig.json {config}\nvocab.txt {vocab}\n{name} {sum}\nlowercase {lowercase}\n"
    );
    fsio::sha256_hex(lines.as_bytes())
}
