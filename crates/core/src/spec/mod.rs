//! Specs: TOML files that state experiments, read and checked before anything runs.
//!
//! Reading takes two passes, and each reports all it finds. The first compares the file with the [`schema`](schema()): unknown
//! keys, wrong types, values out of range. The second (`check`) resolves what a schema cannot see: references, duplicate
//! ids, files that must exist. Only a spec that passes both becomes an [`Experiment`].

mod check;
mod choices;
mod context;
mod design;
mod document;
mod error;
mod experiment;
#[cfg(any(test, feature = "fuzzing"))]
mod fuzzing;
mod imports;
mod inner_methods;
mod load;
mod overrides;
mod parse;
mod paths;
mod published;
mod raw;
mod references;
mod row_index;
mod rows;
mod schema;
mod schema_check;
mod sweep;
mod syntax;
mod tree;
mod trials;

pub use choices::{CenterName, F1Name, PrecisionName};
pub use context::{CatalogDataset, CatalogIndex};
pub use document::Document;
pub use error::{Diagnostic, Location, Problem, SpecError};
pub use experiment::{
    Checked, Crossed, Data, DataSource, Experiment, Row, TableStyle, TransferSource, Trials,
};
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub use fuzzing::fuzz;
pub use load::{load, parse};
pub use overrides::Override;
pub use published::{Published, PublishedFigure};
pub use schema::schema;
pub use sweep::Point;
