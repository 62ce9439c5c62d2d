//! Options that several commands share, and the command lines of the worker.

#![expect(
    missing_docs,
    reason = "doc comments here are what `--help` prints; groups of options print nothing"
)]

mod embed;
mod export_model;
mod format;
mod infer;
mod specs;
mod style;
mod train;
mod trial;

pub use embed::{EmbedArgs, LongTextsArg, PoolingArg};
pub use export_model::{ExportModelArgs, ExportPrecision};
pub(super) use format::{any_format, default_format};
pub use infer::{InferArgs, UntrainedArgs};
pub(super) use specs::{SpecArgs, StoreArgs, run_command};
pub(super) use style::{CenterArg, Margin, StyleArgs};
pub use train::{DistillArgs, FitArgs, TrainArgs};
pub use trial::{DevicesArgs, TrialArgs};
