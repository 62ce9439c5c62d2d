//! `fsl-exp check`: whether specs are right, without running anything.

use clap::Args;

use super::args::SpecArgs;
use super::error::CliError;
use super::exit::Exit;
use super::{assets, compute, console, specs};
use fsl_assets::Assets;
use fsl_core::runner::{self, Resources};
use fsl_core::spec::{Experiment, Row};
use fsl_report::counted;

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    specs: SpecArgs,
}

/// Checks the specs and says what each declares.
pub(super) fn command(args: &CheckArgs) -> Result<Exit, CliError> {
    let assets = Assets::from_env()?;
    let experiments = specs::load(&args.specs, &assets)?;
    let machine = compute::machine(&args.specs.device, &experiments)?;
    let known = assets::known(&experiments, &assets, machine)?;
    runner::check_samples(&experiments, &known)?;
    runner::check_predictions(&experiments, &known)?;
    let mut text = String::new();
    for experiment in experiments.iter().filter(|experiment| !experiment.support) {
        let trials: u32 = experiment.rows.iter().map(Row::trial_count).sum();
        text += &format!(
            "{}: ok, `{}`, {}, {}{}\n",
            experiment.file.display(),
            experiment.name,
            fsl_analysis::size(experiment),
            counted(u64::from(trials), "trial"),
            classes(experiment, &known)
        );
    }
    console::print(&text)
}

/// The classes of an experiment, where they are not `0` and `1`.
fn classes(experiment: &Experiment, known: &Resources) -> String {
    let first = experiment.rows.first();
    let classes = first.and_then(|row| known.classes(&row.data));
    let named = classes.filter(|classes| !classes.are_zero_one());
    named.map_or_else(String::new, |classes| {
        format!("; {}", fsl_report::classes_sentence(classes))
    })
}
