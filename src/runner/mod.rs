//! From checked experiments to finished trials: what there is to do, in which order, and who does it.
//!
//! The runner prints nothing. What happens is told as [`Event`]s; `cli` and `report` show them.

mod estimate;
mod event;
mod executor;
mod forecast;
mod ingredients;
mod line;
mod plan;
mod planner;
mod resources;
mod room;
mod schedule;
mod settle;
#[cfg(test)]
mod testing;
mod ways;

pub use event::{Event, Summary as RunSummary};
pub use executor::{Ended, Executor, Running, Signal};
pub use forecast::{Forecast, forecast};
pub use plan::{Plan, PlannedRow, PlannedTrial, StoredResult, TrialState, Use, plan};
pub use resources::{
    Blocked, DataFiles, EncoderFiles, Resources, TransferSet, needed_transfers, needs,
};
pub use schedule::{Options, run};
pub use ways::{AUTO, Machine};
