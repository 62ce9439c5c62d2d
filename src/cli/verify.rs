//! `fsl-exp verify`: stored trials run once more, in a folder of their own, and held against what is stored.

use std::collections::BTreeSet;
use std::env;

use clap::Args;

use super::args::{SpecArgs, StoreArgs, any_format, default_format};
use super::damage::{Remedy, Told};
use super::error::CliError;
use super::exit::Exit;
use super::interrupt::StopFlag;
use super::progress::Reporter;
use super::specs::{self, Stored};
use super::{assets, compute, console, number, run};
use fsl_assets::Assets;
use fsl_common::fsio::StagedFolder;
use fsl_core::runner::{self, Options, Plan};
use fsl_core::store::Store;
use fsl_report::Format;
use fsl_report::verified::{Verification, Verified};

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    specs: SpecArgs,
    #[command(flatten)]
    store: StoreArgs,
    /// A row to verify, as `ROW` or `EXPERIMENT/ROW`; may be repeated (default: all)
    #[arg(long, value_name = "ROW")]
    row: Vec<String>,
    /// The first N finished trials of each row (default: 1)
    #[arg(long, value_name = "N", conflicts_with = "all", value_parser = number::at_least::<u32>(1))]
    trials: Option<u32>,
    /// All finished trials of each row
    #[arg(long)]
    all: bool,
    /// The largest allowed difference from a stored probability
    #[arg(long, value_name = "P", default_value_t = 0.001, value_parser = tolerance)]
    tolerance: f64,
    /// Number of parallel trials (default: the number of cores)
    #[arg(short, long, value_name = "N", value_parser = number::at_least::<u32>(1))]
    jobs: Option<u32>,
    /// The output format
    #[arg(long, default_value = default_format(), value_parser = any_format())]
    format: &'static Format,
    /// Hide progress
    #[arg(short, long)]
    quiet: bool,
}

/// With NaN nothing would be within tolerance, with infinity everything.
fn tolerance(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok();
    let number = number.filter(|number| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| "must be a number of at least 0, such as 0.001".to_owned())
}

/// Runs the chosen trials again and says how alike the results are.
pub(super) fn command(args: &VerifyArgs) -> Result<Exit, CliError> {
    let (stored, plan) = planned(args)?;
    let mut told = Told::default();
    told.tell(&plan, &stored.store, Remedy::Run);
    let chosen = chosen(args, &stored, &plan)?;
    let stop = StopFlag::begin();
    let scratch = StagedFolder::new(&env::temp_dir()).map_err(|source| CliError::Output {
        what: "a temporary folder".to_owned(),
        source,
    })?;
    let again = Store::open_for_writing(scratch.path())?;
    let run_again = plan.with_teachers(&chosen);
    let plan = plan.again(&run_again);
    run::check_devices(&plan, &args.specs.device)?;
    let executor = run::local(&plan, args.specs.device.clone()).map_err(CliError::Worker)?;
    let jobs = run::jobs(args.jobs, &args.specs.device);
    let mut reporter = Reporter::new(&plan, &stored.experiments, jobs, args.quiet);
    let options = Options {
        jobs,
        fail_fast: false,
    };
    let summary = runner::run(
        &plan,
        &again,
        &executor,
        options,
        stop.flag(),
        &mut |event| {
            reporter.event(event);
        },
    )?;
    reporter.finish();
    let interrupted = stop.release() || summary.interrupted;
    let mut verified = Vec::with_capacity(run_again.len());
    for &index in &run_again {
        let trial = &plan.trials[index];
        // A teacher whose own result is gone, so that there is nothing to hold it against.
        if !chosen.contains(&index) && !stored.store.has(&trial.key) {
            continue;
        }
        let stores = [&stored.store, &again];
        verified.push(fsl_analysis::verified(
            &plan,
            trial,
            stores,
            args.tolerance,
        )?);
    }
    let verification = Verification {
        tolerance: args.tolerance,
        trials: verified,
    };
    console::print_output(&args.format.render(&verification, console::screen()))?;
    let holds = verification.trials.iter().all(Verified::holds);
    Ok(match (interrupted, holds) {
        (true, _) => Exit::Interrupted,
        (false, true) => told.exit(Exit::Done),
        (false, false) => Exit::Trials,
    })
}

/// What is stored, and a plan with everything at hand that must be fetched for it.
fn planned(args: &VerifyArgs) -> Result<(Stored, Plan), CliError> {
    let assets = Assets::from_env()?;
    let mut stored = specs::stored(&args.specs, &args.store)?;
    let machine = compute::machine(&args.specs.device, &stored.experiments)?;
    let known = assets::known(&stored.experiments, &assets, machine)?;
    let mut plan = std::mem::take(&mut stored.plan);
    if plan.trials.iter().any(|trial| trial.files.is_none()) {
        let fetched = assets::fetched(&stored.experiments, &plan, known, &assets, args.quiet)?;
        plan = runner::plan(&stored.experiments, &fetched, &stored.store, false)?;
    }
    plan.load_checksums(&assets.sums());
    Ok((stored, plan))
}

/// The finished trials that are asked for: of every row that is named (or of all), the first so many.
fn chosen(args: &VerifyArgs, stored: &Stored, plan: &Plan) -> Result<BTreeSet<usize>, CliError> {
    let is_named = |name: &str| {
        let short = name.split_once('/').map_or(name, |(_, row)| row);
        args.row.is_empty() || args.row.iter().any(|row| row == name || row == short)
    };
    let rows = || plan.rows.iter().filter(|row| !row.support);
    if let Some(unknown) = args.row.iter().find(|row| {
        !rows().any(|known| known.name == **row || known.name.ends_with(&format!("/{row}")))
    }) {
        let names: Vec<&str> = rows().map(|row| row.name.as_str()).collect();
        return Err(CliError::Usage {
            option: "--row",
            problem: format!("there is no row `{unknown}`; rows: {}", names.join(", ")),
        });
    }
    let most = if args.all {
        usize::MAX
    } else {
        args.trials.map_or(1, |count| count as usize)
    };
    let mut chosen = BTreeSet::new();
    for row in rows().filter(|row| is_named(&row.name)) {
        let done = row
            .trials
            .iter()
            .chain(&row.members)
            .copied()
            .filter(|&index| {
                let trial = &plan.trials[index];
                // What counts as damaged only because its record counts other predictions is compared all the same.
                let is_stored = stored.store.has(&trial.key)
                    || stored.store.damage(&trial.key).is_some()
                        && stored.store.result_as_stored(&trial.key).is_ok();
                is_stored && trial.files.is_some()
            });
        chosen.extend(done.take(most));
    }
    if chosen.is_empty() {
        return Err(CliError::Usage {
            option: "SPEC",
            problem: format!(
                "no trial of it is stored in `{}`, or its data has not been fetched; run it first with `fsl-exp run`",
                args.store.results.display()
            ),
        });
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tolerances_are_finite_and_not_negative() {
        assert_eq!(tolerance("0.01"), Ok(0.01));
        assert_eq!(tolerance("0"), Ok(0.0));
        for wrong in [
            "nan", "NaN", "inf", "infinity", "-inf", "-0.1", "1e999", "x", "",
        ] {
            assert!(tolerance(wrong).is_err(), "{wrong}");
        }
    }
}
