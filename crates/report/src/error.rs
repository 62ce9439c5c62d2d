//! Errors of writing results.

use std::io;

/// Results that could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The destination refused the predictions.
    #[error("write predictions")]
    Write(#[source] io::Error),
    /// A plot could not be drawn.
    #[error("cannot draw a plot: {0}")]
    Plot(String),
}

impl ReportError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Write(error) if error.kind() == io::ErrorKind::StorageFull => {
                Some("free some space, or choose a file on another disk".into())
            }
            Self::Write(_) | Self::Plot(_) => None,
        }
    }
}

impl From<::csv::Error> for ReportError {
    fn from(error: ::csv::Error) -> Self {
        Self::Write(error.into())
    }
}
