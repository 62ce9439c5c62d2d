//! `fsl-exp table`: the table of what is stored. Nothing is run, nothing is fetched.

use std::borrow::Cow;

use super::args::{StyleArgs, TableArgs};
use super::compare::Held;
use super::error::CliError;
use super::exit::Exit;
use super::specs::{self, Stored};
use super::{computed, console, derived, extra};
use crate::metric::{Chance, EnsembleSpread};
use crate::report::{
    self, Caption, ExperimentTable, Extra, Published, PublishedFigure, RowState, Styled, TableRow,
    TrialMetrics,
};
use crate::runner::{Plan, PlannedRow, PlannedTrial, StoredResult, TrialState};
use crate::seed::Stream;
use crate::spec::{self, Experiment, Method, Row};
use crate::store::{Store, StoreError};
use crate::trial::DataFacts;

/// Prints the table of the stored results.
pub(super) fn command(args: &TableArgs) -> Result<Exit, CliError> {
    let Stored {
        experiments,
        store,
        plan,
    } = specs::stored(&args.specs, &[], &args.store)?;
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
    let mut tables = tables(experiments, plan, store)?;
    let held = Held {
        experiments,
        plan,
        store,
    };
    extra::add(&mut tables, held, args)?;
    let styled: Vec<Styled> = tables
        .iter()
        .zip(experiments.iter().filter(|experiment| !experiment.support))
        .map(|(table, experiment)| (table, specs::style(args, experiment.table)))
        .collect();
    console::print(&report::render(&styled, specs::format(args)))
}

/// One table per experiment, of what the store holds now.
pub(super) fn tables(
    experiments: &[Experiment],
    plan: &Plan,
    store: &Store,
) -> Result<Vec<ExperimentTable>, StoreError> {
    let rows = |index: usize| plan.rows.iter().filter(move |row| row.experiment == index);
    (0..)
        .zip(experiments)
        .filter(|(_, experiment)| !experiment.support)
        .map(|(index, experiment)| table(experiment, &rows(index).collect::<Vec<_>>(), plan, store))
        .collect()
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
            chance: chance(experiment, declared, planned, plan),
            published: declared.published.map(published),
            extra: Extra::default(),
        });
    }
    Ok(ExperimentTable {
        name: experiment.name.clone(),
        title: experiment.title.clone(),
        rows: table_rows,
        against: None,
        caption: caption(
            experiment,
            facts.as_ref(),
            computed::sentence(rows, plan, store),
        ),
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

/// What makes a row's trials differ, or would if more than one were run.
fn chance(experiment: &Experiment, row: &Row, planned: &PlannedRow, plan: &Plan) -> Chance {
    match row.method {
        Method::Random { .. } => Chance::Coins,
        Method::Ensemble(_) => {
            let mut members = planned.members.iter();
            let drawn = |&member: &usize| !plan.trials[member].inputs.seeds.is_empty();
            if members.any(drawn) {
                Chance::Seeds
            } else {
                Chance::None
            }
        }
        _ if experiment.streams(row).is_empty() => Chance::None,
        _ => Chance::Seeds,
    }
}

/// Percent as a fraction, rounded to the nearest number of eight digits: 66.67 is 0.6667, not 0.6667000000000001.
fn fraction(percent: f64) -> f64 {
    (percent * 1e6).round() / 1e8
}

/// Published cells as fractions: specs have them in percent, as they were printed.
fn published(cells: spec::Published) -> Published {
    let figure = |figure: Option<spec::PublishedFigure>| {
        figure.map(|spec::PublishedFigure { value, sd }| PublishedFigure {
            value: fraction(value),
            sd: sd.map(fraction),
        })
    };
    Published {
        f1: figure(cells.f1),
        precision: figure(cells.precision),
        recall: figure(cells.recall),
        n: cells.n as usize,
        center: specs::center(cells.center),
        ddof: cells.ddof,
    }
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
        if let Some(result) = result(trial, store)? {
            trials.push(TrialMetrics::new(number as u64, &result.metrics));
            // A student of its teacher only has learnt from no labelled text; the caption speaks of those who have.
            if facts.as_ref().is_none_or(|known| known.train_texts == 0) {
                *facts = Some(result.into_owned().data);
            }
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

/// What the plan found stored, or what the store holds since.
pub(super) fn result<'a>(
    trial: &'a PlannedTrial,
    store: &Store,
) -> Result<Option<Cow<'a, StoredResult>>, StoreError> {
    if let Some(stored) = &trial.stored {
        return Ok(Some(Cow::Borrowed(stored)));
    }
    let record = store.record(&trial.key)?;
    Ok(record.map(|record| Cow::Owned(record.into())))
}

fn caption(experiment: &Experiment, facts: Option<&DataFacts>, computed: String) -> Caption {
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
        computed,
    }
}
