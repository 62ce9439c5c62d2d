//! The planner and scheduler: from checked experiments to finished trials.
//!
//! The runner prints nothing. It reports progress as [`Event`]s, which `cli` and `report` show.

mod again;
mod compute;
mod declared;
mod encoder_check;
mod estimate;
mod event;
mod executor;
mod imports;
mod memory_budget;
mod plan;
mod planner;
mod planning;
mod queue;
mod resolve_states;
mod resources;
mod run_state;
mod sample_check;
mod schedule;
#[cfg(test)]
mod test_plans;
mod trial_template;

pub use compute::{AUTO_PRECISION_VARIABLE, ComputeSettings};
pub use declared::Followed;
pub use encoder_check::{check_limits, check_prompts};
pub use estimate::{Forecast, forecast};
pub use event::{Event, Summary as RunSummary};
pub use executor::{Ended, Executor, ProcessEvent, Running};
pub use imports::{check_predictions, prediction_checksums};
pub use plan::{Plan, PlannedRow, PlannedTrial, RowTrial, StoredResult, TrialState};
pub use planning::plan;
pub use resources::{
    Blocked, DataFiles, KnownEncoder, Resources, TransferSet, needed_transfers, needs,
    needs_transfer_file,
};
pub use sample_check::{DatasetWarnings, check_samples};
pub use schedule::{Options, run};
