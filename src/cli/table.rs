//! `fsl-exp table`: the table of what is stored. Nothing is run, nothing is fetched.

use super::args::{StyleArgs, TableArgs};
use super::error::CliError;
use super::exit::Exit;
use super::specs::{self, Stored};
use super::{console, derived};
use crate::metric::EnsembleSpread;
use crate::report::{
    self, Caption, ExperimentTable, RowState, Style, Styled, TableRow, TrialMetrics,
};
use crate::runner::{Plan, PlannedRow, TrialState};
use crate::seed::Stream;
use crate::spec::Experiment;
use crate::store::{Store, StoreError};
use crate::trial::{DataFacts, Record};

/// Prints the table of the stored results.
pub(super) fn command(args: &TableArgs) -> Result<Exit, CliError> {
    let Stored {
        experiments,
        store,
        plan,
    } = specs::stored(&args.specs, &args.store)?;
    print(&experiments, &plan, &store, &args.style)
}

/// Prints one table per experiment. What a trial's state was when it was planned does not matter here: what counts is what
/// the store holds now.
pub(super) fn print(
    experiments: &[Experiment],
    plan: &Plan,
    store: &Store,
    args: &StyleArgs,
) -> Result<Exit, CliError> {
    let mut tables: Vec<(ExperimentTable, Style)> = Vec::new();
    let shown = experiments.iter().enumerate();
    for (index, experiment) in shown.filter(|(_, experiment)| !experiment.support) {
        let rows: Vec<&PlannedRow> = plan
            .rows
            .iter()
            .filter(|row| row.experiment == index)
            .collect();
        tables.push((
            table(experiment, &rows, plan, store)?,
            specs::style(args, experiment.table),
        ));
    }
    let styled: Vec<Styled> = tables
        .iter()
        .map(|(table, style)| (table, *style))
        .collect();
    console::print(&report::render(&styled, specs::format(args)))
}

fn table(
    experiment: &Experiment,
    rows: &[&PlannedRow],
    plan: &Plan,
    store: &Store,
) -> Result<ExperimentTable, StoreError> {
    let mut facts: Option<DataFacts> = None;
    let mut table_rows = Vec::with_capacity(rows.len());
    for planned in rows {
        let declared = &experiment.rows[planned.row];
        let (mut state, trials, ensemble) = if planned.members.is_empty() {
            let (state, trials) = finished(&planned.trials, plan, store, &mut facts)?;
            (state, trials, None)
        } else {
            averaged(planned, plan, store, &mut facts)?
        };
        if let Some(blocked) = planned.blocked.as_ref().filter(|_| trials.is_empty()) {
            state = RowState::Blocked {
                reason: blocked.reason.clone(),
                hint: blocked.hint.clone(),
            };
        }
        table_rows.push(TableRow {
            id: declared.id.clone(),
            label: declared.label.clone(),
            state,
            trials,
            ensemble,
        });
    }
    Ok(ExperimentTable {
        name: experiment.name.clone(),
        title: experiment.title.clone(),
        rows: table_rows,
        caption: caption(experiment, facts.as_ref()),
    })
}

/// An ensemble's one score, once all of its members are finished.
fn averaged(
    planned: &PlannedRow,
    plan: &Plan,
    store: &Store,
    facts: &mut Option<DataFacts>,
) -> Result<(RowState, Vec<TrialMetrics>, Option<EnsembleSpread>), StoreError> {
    let (state, _) = finished(&planned.members, plan, store, facts)?;
    Ok(match derived::score(planned, plan, store)? {
        Some(score) => {
            let trials = vec![TrialMetrics::new(0, &score.metrics)];
            (RowState::Complete, trials, score.spread)
        }
        None => (state, Vec::new(), None),
    })
}

fn finished(
    indices: &[usize],
    plan: &Plan,
    store: &Store,
    facts: &mut Option<DataFacts>,
) -> Result<(RowState, Vec<TrialMetrics>), StoreError> {
    let mut trials = Vec::with_capacity(indices.len());
    let mut failed = 0;
    for (number, &index) in indices.iter().enumerate() {
        let trial = &plan.trials[index];
        if let Some(Record { metrics, data, .. }) = store.record(&trial.key)? {
            trials.push(TrialMetrics::new(number as u64, &metrics));
            facts.get_or_insert(data);
        } else if matches!(trial.state, TrialState::Failed(_))
            || store.failure(&trial.key).is_some()
        {
            failed += 1;
        }
    }
    let state = match (trials.len(), failed) {
        (0, 0) => RowState::Missing,
        (finished, _) if finished == indices.len() => RowState::Complete,
        (finished, failed) => RowState::Partial {
            finished,
            wanted: indices.len(),
            failed,
        },
    };
    Ok((state, trials))
}

fn caption(experiment: &Experiment, facts: Option<&DataFacts>) -> Caption {
    let drawn: Vec<Stream> = experiment
        .rows
        .iter()
        .flat_map(|row| experiment.streams(row))
        .collect();
    let (varied, fixed): (Vec<Stream>, Vec<Stream>) = Stream::ALL
        .into_iter()
        .filter(|stream| drawn.contains(stream))
        .partition(|stream| experiment.trials.vary.contains(stream));
    let names = |streams: Vec<Stream>| streams.iter().map(ToString::to_string).collect();
    Caption {
        trials: experiment
            .rows
            .iter()
            .map(|row| experiment.trial_count(row))
            .max()
            .unwrap_or(1) as usize,
        varied: names(varied),
        fixed: names(fixed),
        data: facts
            .map(|facts| report::texts(facts.train_texts, facts.test_texts))
            .unwrap_or_default(),
    }
}
