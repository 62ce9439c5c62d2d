//! From checked experiments to finished trials: what there is to do, in which order, and who does it.
//!
//! The runner prints nothing. What happens is told as [`Event`]s; `cli` and `report` show them.

mod event;
mod executor;
mod plan;
mod planner;
mod resources;
mod schedule;
mod settle;
mod ways;

pub use event::{Event, Summary as RunSummary};
pub use executor::{Ended, Executor, Running, Signal};
pub use plan::{Plan, PlannedRow, PlannedTrial, TrialState, Use, plan};
pub use resources::{
    Blocked, DataFiles, EncoderFiles, Resources, TransferSet, needed_transfers, needs,
};
pub use schedule::{Options, run};
pub use ways::{AUTO, Machine};
