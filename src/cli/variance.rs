//! `fsl-exp variance`: how much of the spread each random stream causes. Nothing is run, nothing is fetched.

use clap::Args;

use super::args::{SpecArgs, StoreArgs, any_format, default_format, run_command};
use super::error::CliError;
use super::exit::Exit;
use super::{console, specs};
use fsl_report::Format;

/// Whose spread.
#[derive(Debug, Args)]
pub(super) struct VarianceArgs {
    #[command(flatten)]
    specs: SpecArgs,
    #[command(flatten)]
    store: StoreArgs,
    /// The output format
    #[arg(long, default_value = default_format(), value_parser = any_format())]
    format: &'static Format,
}

/// Prints the variance components of every method whose trials differ in some stream.
pub(super) fn command(args: &VarianceArgs) -> Result<Exit, CliError> {
    specs::on_stored(&args.specs, &args.store, |stored| {
        let spreads = fsl_analysis::variance(stored.view())?;
        if !spreads.is_empty() || args.format.for_programs {
            console::print_output(&args.format.render(&spreads, console::screen()))?;
        }
        if !spreads.is_empty() {
            specs::say_stored_warnings(stored.view())?;
            return Ok(Exit::Done);
        }
        let mut trials = stored.plan.trials.iter();
        if trials.any(|trial| !trial.inputs.seeds.is_empty()) {
            console::say("no trial that draws random numbers has a result yet");
            let remedy = run_command(&args.specs, &args.store);
            console::say(&format!("hint: {remedy}"));
            Ok(Exit::Trials)
        } else {
            console::say("no row draws random numbers: there is no spread to take apart");
            Ok(Exit::Done)
        }
    })
}
