//! From checked experiments to finished trials: what there is to do, in which order, and who does it.
//!
//! The runner prints nothing. What happens is told as [`Event`]s; `cli` and `report` show them.

mod compute;
mod estimate;
mod event;
mod executor;
mod forecast;
mod memory_budget;
mod plan;
mod planner;
mod queue;
mod resolve_states;
mod resources;
mod schedule;
#[cfg(test)]
mod test_plans;
mod trial_template;

pub use compute::{AUTO_PRECISION_VARIABLE, ComputeSettings};
pub use event::{Event, Summary as RunSummary};
pub use executor::{Ended, Executor, ProcessEvent, Running};
pub use forecast::{Forecast, forecast};
pub use plan::{Plan, PlannedRow, PlannedTrial, RowTrial, StoredResult, TrialState, plan};
pub use resources::{
    Blocked, DataFiles, EncoderFiles, Resources, TransferSet, needed_transfers, needs,
};
pub use schedule::{Options, run};
