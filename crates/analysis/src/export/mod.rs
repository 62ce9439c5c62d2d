//! Exports for other programs: finished trials, their predictions, and the texts that trials learn from.

mod predictions;
mod runs;
mod samples;

pub use predictions::predictions;
pub use runs::runs;
pub use samples::samples;
