//! `fsl-exp check`: whether specs are right, without running anything.

use clap::Args;

use super::args::SpecArgs;
use super::error::CliError;
use super::exit::Exit;
use super::{assets, compute, console, specs};
use fsl_assets::Assets;
use fsl_common::classes::Classes;
use fsl_core::runner::{self, Resources};
use fsl_core::spec::{Experiment, Row};
use fsl_report::{counted, one_line};

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
    runner::check_limits(&experiments, &known)?;
    runner::check_prompts(&experiments, &known)?;
    let warnings = runner::check_samples(&experiments, &known)?;
    runner::check_predictions(&experiments, &known)?;
    let mut text = String::new();
    for experiment in experiments.iter().filter(|experiment| !experiment.support) {
        let trials: u32 = experiment.rows.iter().map(Row::trial_count).sum();
        text += &format!(
            "{}: ok, `{}`, {}, {}{}\n",
            one_line(&experiment.file.to_string_lossy()),
            experiment.name,
            fsl_analysis::size(experiment),
            counted(u64::from(trials), "trial"),
            classes(experiment, &known)
        );
    }
    console::say_notices(&known);
    console::say_data_warnings(&warnings);
    console::print(&text)
}

/// The classes of an experiment, where they are not `0` and `1`.
fn classes(experiment: &Experiment, known: &Resources) -> String {
    let rows = experiment.rows.iter();
    let mut all: Vec<&Classes> = rows.filter_map(|row| known.classes(&row.data)).collect();
    all.dedup();
    let counts = || all.iter().map(|classes| classes.count());
    match (all.as_slice(), counts().min(), counts().max()) {
        ([], ..) => String::new(),
        ([classes], ..) if classes.are_zero_one() => String::new(),
        ([classes], ..) => format!("; {}", fsl_report::classes_sentence(classes)),
        (_, Some(least), Some(most)) if least < most => {
            format!("; {least} to {most} classes, which differ from row to row")
        }
        (_, least, _) => format!(
            "; {} classes, which differ from row to row",
            least.unwrap_or_default()
        ),
    }
}
