//! What is kept of a trial that failed.

use serde::{Deserialize, Serialize};

/// Why a trial failed, kept so that a later run can show it without trying again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Failure {
    /// Whether the trial said why, or just ended.
    pub kind: FailureKind,
    /// Why, in a sentence that reads after "failed: ".
    pub message: String,
    /// What the user can do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// How a trial failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// It found something wrong and said so.
    Error,
    /// Something was not as planned that has nothing to do with the trial itself: files changed under way, no process to
    /// be had. It is not remembered: the next run tries again.
    #[serde(rename = "passing")]
    Transient,
    /// Its process ended without a word: a signal, an abort inside libtorch, no memory.
    Crash,
}
