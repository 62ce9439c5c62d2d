//! Records: the stored results of finished trials, and the host they ran on.

use std::fs;

use serde::{Deserialize, Serialize};

use super::data_warnings::DataWarnings;
use super::inputs::{TrialInputs, TrialKey};
use fsl_methods::{Fit, Selection, TransferInputs};
use fsl_metrics::RecordMetrics;

/// The stored result of a trial except its predictions: inputs, metrics and everything needed to repeat it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Record {
    /// [`RECORD_VERSION`](super::RECORD_VERSION) of the program that wrote it.
    pub version: u32,
    /// The hash of [`inputs`](Self::inputs).
    pub key: TrialKey,
    /// Everything that determined the result.
    pub inputs: TrialInputs,
    /// The scores on the test texts, at the threshold 0.5.
    pub metrics: RecordMetrics,
    /// The SHA-256 of the predictions' file, which is checked whenever they are read.
    pub predictions_sha256: String,
    /// The SHA-256 of the checksums in the folder of the saved model (`SHA256SUMS`), where the weights were kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_sha256: Option<String>,
    /// Details of the fit, for iterative methods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<Fit>,
    /// Which candidate was taken, where there were several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<Selection>,
    /// Where the probabilities are from, if another program made them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<ImportRecord>,
    /// The datasets used.
    pub data: DatasetStats,
    /// The duration of each part.
    pub timings: Timings,
    /// The peak memory of the process, if the system reports it.
    pub peak_memory_bytes: Option<u64>,
    /// The host and software it ran on.
    pub host: Host,
}

/// The file that another program's probabilities were read from; its checksum is in the inputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ImportRecord {
    /// The file's name, without its folder.
    pub file: String,
    /// Its columns that were held against the test set, such as `index` and `label`.
    pub checked: Vec<String>,
}

/// Sizes of the datasets, for captions and audits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DatasetStats {
    /// Labelled training texts.
    pub train_texts: u64,
    /// Those of the positive class, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train_positives: Option<u64>,
    /// Those of each class, where none is positive.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub train_per_class: Vec<u64>,
    /// The SHA-256 over the indices (from 0) of the training rows used, in decimal, joined by `,`.
    pub train_rows_sha256: String,
    /// Transfer texts used to train a student.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer_texts: Option<u64>,
    /// Test texts.
    pub test_texts: u64,
    /// Those of the positive class, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_positives: Option<u64>,
    /// Those of each class, where none is positive.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub test_per_class: Vec<u64>,
    /// What makes scores on these texts doubtful.
    #[serde(default, skip_serializing_if = "DataWarnings::is_empty")]
    pub warnings: DataWarnings,
}

/// The duration of each part, in seconds of wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Timings {
    /// The start of the trial, in seconds since 1970-01-01 UTC.
    pub started_unix_secs: u64,
    /// Reading, preprocessing and sampling texts.
    pub data_secs: f64,
    /// Loading weights and fitting.
    pub fit_secs: f64,
    /// Predicting the test texts.
    pub predict_secs: f64,
    /// The whole trial.
    pub total_secs: f64,
}

/// A model's predictions for a transfer set; the file of probabilities is stored beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TransferRecord {
    /// The texts.
    pub inputs: TransferInputs,
    /// The number of texts.
    pub texts: u64,
    /// The SHA-256 of the file of probabilities.
    pub sha256: String,
}

/// The host and software of a trial, for information only; not part of the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Host {
    /// The machine's name.
    pub name: String,
    /// Operating system and processor family, such as `linux x86_64`.
    pub platform: String,
    /// The processor's model name, if the system reports it.
    pub processor: Option<String>,
    /// This program's version.
    pub program: String,
    /// libtorch's version, as the program was built against.
    pub libtorch: String,
    /// The device that computed the encoder, if not the CPU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

impl Host {
    /// The current host, computing encoders on `device`.
    pub fn current(device: &str) -> Self {
        let line = |path: &str| {
            fs::read_to_string(path)
                .ok()
                .map(|text| text.trim().to_owned())
        };
        Self {
            name: line("/proc/sys/kernel/hostname")
                .or_else(|| std::env::var("HOSTNAME").ok())
                .unwrap_or_else(|| "unknown".to_owned()),
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            processor: field("/proc/cpuinfo", "model name"),
            program: concat!("fsl-exp ", env!("CARGO_PKG_VERSION")).to_owned(),
            libtorch: option_env!("FSL_EXP_LIBTORCH_VERSION")
                .unwrap_or("unknown")
                .to_owned(),
            device: (device != "cpu").then(|| device.to_owned()),
        }
    }
}

/// The peak memory of this process, in bytes; `None` if the system does not report it.
pub fn peak_memory_bytes() -> Option<u64> {
    let kilobytes = field("/proc/self/status", "VmHWM")?;
    kilobytes
        .split_whitespace()
        .next()?
        .parse::<u64>()
        .ok()
        .map(|count| 1024 * count)
}

/// The value of the first `name: value` line of a `/proc` file.
fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })
}
