//! The address of a trial's result.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The first 128 bits of a SHA-256 over a trial's inputs, as 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TrialKey(String);

impl TrialKey {
    /// The key of inputs that were written as `canonical` text.
    pub(super) fn of(canonical: &[u8]) -> Self {
        let mut digits = crate::fsio::sha256_hex(canonical);
        digits.truncate(32);
        Self(digits)
    }

    /// Reads a key back, as from a folder's name; `None` where it is not 32 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.len() == 32
            && text
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        plain.then(|| Self(text.to_owned()))
    }

    /// All 32 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 10 digits, for people.
    pub fn short(&self) -> &str {
        &self.0[..10]
    }
}

impl fmt::Display for TrialKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
