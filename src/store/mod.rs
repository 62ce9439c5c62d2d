//! The results folder: what every finished trial left, addressed by its key.
//!
//! ```text
//! RESULTS/store/format            the layout's version, `1`
//!               trials/KE/KEY…/   record.json, predictions.csv, log.txt, request.json of a finished trial; where asked for,
//!                                 transfer/ID.{csv,json} (what it says of a transfer set) and model/ (its weights)
//!               failed/KEY…/      failure.json, log.txt, request.json of one that failed
//!               staging/KEY…/     a trial in progress; renamed into one of the two above
//!               locks/KEY…        held (flock) by the process that runs the trial
//! ```
//! Nothing appears under `trials/` before it is whole. A process that dies gives up its lock with its life, so what it was
//! doing is simply missing and the next run does it; two runs on one folder never do a trial twice.

mod error;
mod extras;
mod failure;
mod layout;
mod lock;
mod stage;
mod trial_store;

pub use error::StoreError;
pub use failure::{Failure, FailureKind};
pub use lock::Claim;
pub use stage::Staged;
pub use trial_store::Store;
