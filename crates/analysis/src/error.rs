//! Errors of analysis.

use thiserror::Error;

use super::comparison::CompareError;
use fsl_core::store::StoreError;
use fsl_core::trial::TrialError;
use fsl_data::DataError;
use fsl_metrics::MetricError;
use fsl_report::ReportError;

/// What keeps stored trials from being analysed.
#[derive(Debug, Error)]
pub enum AnalysisError {
    /// The results folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Rows that cannot be compared.
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// A sample that cannot be drawn.
    #[error(transparent)]
    Trial(#[from] TrialError),
    /// A file of texts.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Metrics of no texts, or of too few.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// A plot or an export that cannot be made.
    #[error(transparent)]
    Report(#[from] ReportError),
}
