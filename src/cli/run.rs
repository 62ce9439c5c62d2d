//! `fsl-exp run`: from specs to their table.

use std::collections::HashSet;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use clap::Args;

use super::args::{SpecArgs, StoreArgs, StyleArgs};
use super::damage::{self, Remedy, Told};
use super::error::CliError;
use super::exit::Exit;
use super::interrupt::StopFlag;
use super::progress::Reporter;
use super::{assets, compute, console, number, specs, table};
use crate::launch::{self, LocalExecutor};
use fsl_analysis::StoredView;
use fsl_assets::Assets;
use fsl_common::seed::Stream;
use fsl_common::settings::SampleSize;
use fsl_core::runner::{self, DatasetWarnings, Options, Plan, PlannedTrial, Resources, TrialState};
use fsl_core::spec::{Experiment, Row};
use fsl_core::store::{Failure, Store};
use fsl_core::trial::{self, CheckedTransfers};

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    specs: SpecArgs,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    style: StyleArgs,
    /// Number of parallel trials; never changes results (default: the number of cores)
    #[arg(short, long, value_name = "N", value_parser = number::at_least::<u32>(1))]
    jobs: Option<u32>,
    /// Start no more trials after the first failure
    #[arg(long)]
    fail_fast: bool,
    /// Rerun trials that failed in an earlier run
    #[arg(long)]
    retry_failed: bool,
    /// Hide progress
    #[arg(short, long)]
    quiet: bool,
}

/// Runs what is missing and prints the table of everything.
pub(super) fn command(args: &RunArgs) -> Result<Exit, CliError> {
    let assets = Assets::from_env()?;
    let experiments = specs::load(&args.specs, &assets)?;
    let store = Store::open(&args.store.results)?;
    let (mut plan, resources) = planned(args, &experiments, &assets, &store)?;
    console::say_notices(&resources);
    plan.load_checksums(&assets.sums());
    Told::default().tell(&plan, &store, Remedy::Now);
    damage::tell_extras(&plan, &store);
    check_data(&experiments, &plan)?;
    check_devices(&plan, &args.specs.device)?;
    if !args.quiet {
        let (experiments, plan) = (&experiments, &plan);
        let store = &store;
        specs::say_notes(StoredView {
            experiments,
            plan,
            store,
        });
    }
    // Only from here on is there anything to stop with care: an interrupted fetch resumes by itself.
    let stop = StopFlag::begin();
    let outcome = run(args, &experiments, &plan, &store, stop.flag())?;
    if stop.release() || outcome.interrupted {
        console::say(&format!(
            "interrupted: {} trials finished and kept, {} left; run the same command to resume",
            outcome.finished, outcome.left
        ));
        return Ok(Exit::Interrupted);
    }
    let print_table = |plan: &Plan| {
        let view = StoredView {
            experiments: &experiments,
            plan,
            store: &store,
        };
        table::print(view, &args.style)
    };
    if outcome.blocked > 0 {
        // Students of a teacher that failed in this run are blocked now.
        let mut now = plan.clone();
        now.resolve_states(&resources, &store, false)?;
        print_table(&now)?;
    } else {
        print_table(&plan)?;
    }
    let failed_before = plan.count(|state| matches!(state, TrialState::Failed(_)));
    show_failures(&plan, &store, outcome.left);
    let all_done = outcome.failed + outcome.blocked + failed_before + outcome.left == 0
        && plan.blocked().next().is_none();
    Ok(if all_done { Exit::Done } else { Exit::Trials })
}

/// Plans with what is here; where that is not enough for what must run, fetches the rest and plans again.
fn planned(
    args: &RunArgs,
    experiments: &[Experiment],
    assets: &Assets,
    store: &Store,
) -> Result<(Plan, Resources), CliError> {
    let machine = compute::machine(&args.specs.device, experiments)?;
    let known = assets::known(experiments, assets, machine)?;
    runner::check_limits(experiments, &known)?;
    let plan = runner::plan(experiments, &known, store, args.retry_failed)?;
    let lacking = plan
        .trials
        .iter()
        .any(|trial| trial.state == TrialState::Run && trial.files.is_none());
    if !lacking && plan.rows.iter().all(|row| row.blocked.is_none()) {
        return Ok((plan, known));
    }
    let fetched = assets::fetched(experiments, &plan, known, assets, args.quiet)?;
    runner::check_limits(experiments, &fetched)?;
    let plan = runner::plan(experiments, &fetched, store, args.retry_failed)?;
    Ok((plan, fetched))
}

/// Reads the texts of everything that is to run, so that a fault in them, or in a path, is told before anything trains. Says what makes
/// scores on them doubtful.
fn check_data(experiments: &[Experiment], plan: &Plan) -> Result<(), CliError> {
    let (mut checked, mut warnings) = (HashSet::new(), Vec::new());
    let mut transfers = CheckedTransfers::default();
    for trial in plan.trials.iter().filter(|trial| trial.can_run()) {
        let Some(files) = &trial.files else { continue };
        files.check_paths()?;
        let inputs = &trial.inputs;
        plan.check_classes(trial)?;
        let rows = trial.uses.iter().map(|used| {
            let planned = &plan.rows[used.row];
            &experiments[planned.experiment].rows[planned.row]
        });
        let redraws = (rows.clone()).any(|row| row.trials.vary.contains(&Stream::Sample));
        let size = (inputs.data.train_size).map(|texts| sample_size(texts, rows));
        let learnt = inputs.method.transfer();
        let known = learnt.map(|(transfer, size)| (transfer.id(), size));
        if checked.insert((inputs.data.canonical(), redraws, known)) {
            let transfer = match (learnt, &files.transfer) {
                (Some(learnt), Some(path)) => transfers.texts(path, learnt)?,
                _ => &[],
            };
            let (train, test) = (&files.train, &files.test);
            let found = trial::check_data(train, test, &inputs.data, size, redraws, transfer)?;
            DatasetWarnings::add(&mut warnings, train, test, found);
        }
        trial::check_imports(inputs, files, &trial.transfers)?;
    }
    console::say_data_warnings(&warnings);
    Ok(())
}

/// The size of a sample of `texts` texts as the first of the rows that draw it has it: texts, or shots.
fn sample_size<'a>(texts: u32, mut rows: impl Iterator<Item = &'a Row>) -> SampleSize {
    let written = rows.next().and_then(|row| row.trials.train_size);
    let shots = written.filter(|size| matches!(size, SampleSize::Shots(_)));
    shots.unwrap_or(SampleSize::Texts(texts as usize))
}

fn run(
    args: &RunArgs,
    experiments: &[Experiment],
    plan: &Plan,
    store: &Store,
    stop: &AtomicBool,
) -> Result<runner::RunSummary, CliError> {
    if !plan.trials.iter().any(PlannedTrial::can_run) {
        store.clear_leftovers();
        return Ok(runner::RunSummary {
            interrupted: stop.load(Ordering::Relaxed),
            ..Default::default()
        });
    }
    store.prepare()?;
    let devices = &args.specs.device;
    let executor = local(plan, devices.clone()).map_err(CliError::Worker)?;
    let jobs = jobs(args.jobs, devices);
    let options = Options {
        jobs,
        fail_fast: args.fail_fast,
    };
    let mut reporter = Reporter::new(plan, experiments, jobs, args.quiet);
    let summary = runner::run(plan, store, &executor, options, stop, &mut |event| {
        reporter.event(event);
    })?;
    reporter.finish();
    Ok(summary)
}

/// Trials at a time: as many as are asked for, otherwise what the machine has room for.
pub(super) fn jobs(asked: Option<u32>, devices: &[String]) -> usize {
    asked.map_or_else(|| default_jobs(devices), |jobs| jobs as usize)
}

/// Where trials run. The worker need not be there where no trial needs it.
pub(super) fn local(plan: &Plan, devices: Vec<String>) -> io::Result<LocalExecutor> {
    let plain = launch::front_binary()?;
    let mut runnable = plan.trials.iter().filter(|trial| trial.can_run());
    let worker = if runnable.any(|trial| trial.inputs.method.requirements().libtorch()) {
        launch::worker_binary()?
    } else {
        plain.clone()
    };
    Ok(LocalExecutor::new(worker, plain, devices))
}

/// Refuses devices that are not here, where a trial needs one: every trial would fail for the same reason, and be remembered as failed.
pub(super) fn check_devices(plan: &Plan, devices: &[String]) -> Result<(), CliError> {
    let names = devices.iter().map(String::as_str);
    let gpus: Vec<&str> = names.filter(|name| name.starts_with("cuda")).collect();
    let mut runnable = plan.trials.iter().filter(|trial| trial.can_run());
    let needed = runnable.any(|trial| trial.inputs.method.requirements().libtorch());
    if gpus.is_empty() || !needed {
        return Ok(());
    }
    match launch::refused_device(&gpus).map_err(CliError::Worker)? {
        None => Ok(()),
        Some(Failure { message, hint, .. }) => Err(CliError::Encoder {
            source: message.into(),
            hint,
        }),
    }
}

/// A trial per core, or two per GPU, of which one prepares or ends while the other computes.
pub(super) fn default_jobs(devices: &[String]) -> usize {
    let gpus = devices
        .iter()
        .filter(|name| name.starts_with("cuda"))
        .count();
    if gpus == 0 { cores() } else { 2 * gpus }
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Repeats under the table what went wrong, with the logs.
fn show_failures(plan: &Plan, store: &Store, left: usize) {
    for trial in plan.trials.iter().filter(|trial| !store.has(&trial.key)) {
        let earlier = match &trial.state {
            TrialState::Failed(failure) => Some((
                failure.clone(),
                " in an earlier run (`--retry-failed` runs it again)",
            )),
            _ => store.failure(&trial.key).map(|failure| (failure, "")),
        };
        if let Some((failure, when)) = earlier {
            console::say(&format!(
                "failed{when}: {}: {} (log: {})",
                plan.name_of(trial),
                failure.message,
                store.failure_log(&trial.key).display()
            ));
            if let Some(hint) = failure.hint {
                console::say(&format!("  hint: {hint}"));
            }
        }
    }
    if left > 0 {
        console::say(&format!(
            "{left} trials were not started because of `--fail-fast`"
        ));
    }
}
