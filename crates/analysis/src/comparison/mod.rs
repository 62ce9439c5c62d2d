//! Comparisons of rows: which rows, how their trials belong together, and the verdict.

mod baseline;
mod compare;
mod error;
mod pairing;
mod pairs;
mod row_names;
mod selection;
mod shared_points;

pub use baseline::judge_tables;
pub use compare::compare;
pub use error::{CompareError, TestSet};
pub use pairs::Pairs;
pub(crate) use pairs::{against, called, neighbours};
pub use selection::{RowSelection, select};
