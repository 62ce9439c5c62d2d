//! A trial: one fit and one evaluation, a pure function of its [`TrialInputs`].
//!
//! Everything that can change a trial's numbers is part of its inputs, and its [`TrialKey`] is a hash of them: two specs that
//! need the same trial share it, and a stored record is reused exactly where nothing that matters has changed. A trial
//! runs in a process of its own (`fsl-exp trial`): a crash costs it alone, and libtorch's threads, and its generator on GPUs, are its own.

mod data_check;
mod data_warnings;
mod error;
#[cfg(any(test, feature = "fuzzing"))]
mod fuzzing;
mod imports;
mod inputs;
mod predictions;
mod record;
mod record_check;
mod request;
mod run;
mod texts;

pub use data_check::{CheckedTransfers, LabelSource, check_data, read_classes};
pub use data_warnings::{DataWarnings, LabelledTexts};
pub use error::TrialError;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub use fuzzing::fuzz;
pub use imports::check_imports;
pub use inputs::{DataInputs, RECORD_VERSION, TrialInputs, TrialKey};
pub use predictions::{
    Predictions, probability_columns, read as read_predictions,
    read_transfer as read_transfer_predictions,
};
pub use record::{
    DatasetStats, Host, ImportRecord, Record, Timings, TransferRecord, peak_memory_bytes,
};
pub use request::{
    PredictionFiles, TeacherFile, TransferFile, TrialExtras, TrialFiles, TrialRequest,
};
pub use run::{THRESHOLD, TrialOutput, run};
pub use texts::{rows_sha256, sampled_rows, test_texts};
