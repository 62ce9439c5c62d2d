//! `fsl-exp check`: whether specs are right, without running anything.

use clap::Args;

use super::args::SpecArgs;
use super::error::CliError;
use super::exit::Exit;
use super::{compute, console, specs};
use fsl_assets::Assets;
use fsl_core::spec::Row;
use fsl_report::counted;

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    specs: SpecArgs,
}

/// Checks the specs and says what each declares.
pub(super) fn command(args: &CheckArgs) -> Result<Exit, CliError> {
    let experiments = specs::load(&args.specs, &Assets::from_env()?)?;
    compute::machine(&args.specs.device, &experiments)?;
    let mut text = String::new();
    for experiment in experiments.iter().filter(|experiment| !experiment.support) {
        let trials: u32 = experiment.rows.iter().map(Row::trial_count).sum();
        text += &format!(
            "{}: ok, `{}`, {}, {}\n",
            experiment.file.display(),
            experiment.name,
            fsl_analysis::size(experiment),
            counted(u64::from(trials), "trial")
        );
    }
    console::print(&text)
}
