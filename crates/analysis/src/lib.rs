//! Analysis of stored trials: tables, ensembles, comparisons, variance, pages and exports.
//!
//! Everything here reads experiments, their plan and the store ([`StoredView`]) and fills the types that `fsl_report` renders. Nothing
//! is run, fetched, printed or written. It stands above `fsl_core` and `fsl_report`, which do not know each other.

mod caption;
mod chance;
mod comparison;
mod diagnostics;
mod ensemble;
mod error;
mod export;
mod followed;
mod page;
mod plan_summary;
mod run_time;
mod selections;
mod settings;
mod signature;
mod sizes;
mod stored_view;
mod style;
mod tables;
mod thresholds;
mod variance;
mod verification;

pub use comparison::{CompareError, Pairs, RowSelection, TestSet, compare, judge_tables, select};
pub use diagnostics::describe;
pub use error::AnalysisError;
pub use export::{predictions, runs, samples};
pub use followed::encoder_notes;
pub use page::{ComparisonOptions, PageOptions, page, plot_files};
pub use plan_summary::PlanSummary;
pub use selections::selection_notes;
pub use settings::{citations, settings};
pub use sizes::size;
pub use stored_view::StoredView;
pub use style::table_style;
pub use tables::tables;
pub use variance::variance;
pub use verification::verified;
