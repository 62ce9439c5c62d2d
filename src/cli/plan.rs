//! `fsl-exp plan`: every trial, and what a run would do about it.

use clap::Args;

use super::args::{SpecArgs, StoreArgs};
use super::error::CliError;
use super::exit::Exit;
use super::run::default_jobs;
use super::{console, specs};
use fsl_analysis::PlanSummary;

#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    specs: SpecArgs,
    #[command(flatten)]
    store: StoreArgs,
    /// Print one JSON object instead of lines
    #[arg(long)]
    json: bool,
}

/// Prints the plan. Nothing is run, nothing is fetched.
pub(super) fn command(args: &PlanArgs) -> Result<Exit, CliError> {
    specs::on_stored(&args.specs, &args.store, |stored| {
        stored.check_encoder_limits()?;
        for trial in &stored.plan.trials {
            stored.plan.check_classes(trial)?;
        }
        specs::say_notes(stored.view());
        let summary = PlanSummary::new(stored.view(), default_jobs(&args.specs.device));
        if args.json {
            console::print_output(&summary.json())
        } else {
            console::print(&summary.text())
        }
    })
}
