//! A trial: one fit and one scoring, a pure function of what its [`TrialInputs`] name.
//!
//! Everything that can change a trial's numbers is part of its inputs, and its [`TrialKey`] is a hash of them: two specs that
//! need the same trial share it, and a stored record is reused exactly where nothing that matters has changed. A trial
//! runs in a process of its own (`fsl-exp trial`): a crash costs it alone, and libtorch's threads, and its generator on GPUs, are its own.

mod data_check;
mod error;
mod host;
mod inputs;
mod key;
mod record;
mod request;
mod run;
mod texts;

pub use data_check::{check_data, check_transfer};
pub use error::TrialError;
pub use host::{Host, peak_memory_bytes};
pub use inputs::{DataInputs, TrialInputs};
pub use key::TrialKey;
pub use record::{DatasetStats, Prediction, RECORD_VERSION, Record, Timings, TransferRecord};
pub use request::{TeacherFile, TransferFile, TrialExtras, TrialFiles, TrialRequest};
pub use run::{THRESHOLD, TrialOutput, run};
pub use texts::{rows_sha256, sampled_rows, test_texts};
