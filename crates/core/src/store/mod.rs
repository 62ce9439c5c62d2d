//! The results folder: the store of finished and failed trials, addressed by key.
//!
//! ```text
//! RESULTS/store/format            the layout's version, `1`
//!               trials/KE/KEY…/   record.json, predictions.csv, log.txt, request.json of a finished trial; if requested,
//!                                 transfer/ID.{csv,json} (predictions for a transfer set) and model/ (its weights)
//!               failed/KEY…/      failure.json, log.txt, request.json of one that failed
//!               staging/KEY…/     a trial in progress; renamed into one of the two above
//!               locks/KEY…        held (flock) by the process that runs the trial
//! ```
//! Only complete results appear under `trials/`. Locks end with the process; unfinished trials are rerun. Two runs on one folder
//! never run a trial twice. Links in the store are not followed.
//!
//! What is stored is checked when it is read (`reading.rs`). A damaged result counts as missing from then on: [`Store::damage`] tells it,
//! and a run replaces it.

mod commit;
mod damage;
mod error;
mod extras;
mod json;
mod layout;
mod lock;
mod prepare;
mod reading;
mod record_checksum;
mod stage;
mod trial_store;

pub use error::StoreError;
pub use layout::is_store;
pub use lock::Claim;
pub use stage::{Failure, FailureKind, Staged};
pub use trial_store::Store;
