//! `fsl-exp train` and `fsl-exp distill`: from a CSV file to a model folder. They run in the worker.

mod card;
mod distill;
mod fit;
mod labelled;
mod training_set;

pub(super) use distill::command as distill;
pub(super) use labelled::command as train;
