//! `fsl-exp table`: the table of what is stored. Nothing is run, nothing is fetched.

use std::borrow::Cow;

use super::args::{StyleArgs, TableArgs};
use super::compare::StoredView;
use super::error::CliError;
use super::exit::Exit;
use super::specs::{self, Stored};
use super::{caption, console, diagnostics, ensemble, precision_caption};
use fsl_core::runner::{Plan, PlannedRow, PlannedTrial, StoredResult, TrialState};
use fsl_core::spec::{self, Experiment, Row};
use fsl_core::store::{Store, StoreError};
use fsl_core::trial::DatasetStats;
use fsl_methods::MethodInputs;
use fsl_metrics::{EnsembleSpread, Randomness};
use fsl_report::{
    self as report, Diagnostics, ExperimentTable, Published, PublishedFigure, RowState, Styled,
    TableRow, TrialMetrics,
};

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
    let mut tables = tables(experiments, plan, store)?;
    let held = StoredView {
        experiments,
        plan,
        store,
    };
    diagnostics::add(&mut tables, held, args)?;
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
    let mut facts = Facts::default();
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
            arm_of: declared.arm_of.clone(),
            point: point(declared),
            state,
            trials,
            ensemble,
            chance: chance(declared, planned, plan),
            published: declared.published.map(published),
            diagnostics: Diagnostics::default(),
        });
    }
    Ok(ExperimentTable {
        name: experiment.name.clone(),
        title: experiment.title.clone(),
        rows: table_rows,
        against: None,
        caption: caption::caption(
            experiment,
            facts.sentence(),
            precision_caption::sentence(rows, plan, store),
        ),
    })
}

/// An ensemble's one score, once all of its members are finished.
fn averaged(
    planned: &PlannedRow,
    plan: &Plan,
    store: &Store,
    facts: &mut Facts,
) -> Result<(RowState, Vec<TrialMetrics>, Option<EnsembleSpread>), StoreError> {
    let (state, _) = finished(&planned.members, plan, store, facts)?;
    Ok(match ensemble::score(planned, plan, store)? {
        Some(score) => {
            let trials = vec![TrialMetrics::new(0, &score.metrics)];
            (RowState::Complete, trials, score.spread)
        }
        None => (state, Vec::new(), None),
    })
}

/// How many texts the rows learn from and are scored on: the fewest and the most.
#[derive(Default)]
struct Facts {
    training: Option<(u64, u64)>,
    test: Option<(u64, u64)>,
    /// The training texts that coins were tossed beside, for tables that have nothing else.
    coins: Option<u64>,
}

impl Facts {
    fn add(&mut self, data: &DatasetStats, method: &MethodInputs) {
        let widened = |known: Option<(u64, u64)>, texts: u64| {
            known.map_or((texts, texts), |(least, most)| {
                (least.min(texts), most.max(texts))
            })
        };
        // A student of its teacher only has learnt from no labelled text; the caption speaks of those who have.
        if !method.requirements().learns() {
            self.coins = Some(data.train_texts);
        } else if data.train_texts > 0 {
            self.training = Some(widened(self.training, data.train_texts));
        }
        self.test = Some(widened(self.test, data.test_texts));
    }

    fn sentence(&self) -> String {
        let coins = self.coins.map(|texts| (texts, texts));
        let training = self.training.or(coins).unwrap_or_default();
        self.test
            .map_or_else(String::new, |test| report::text_ranges(training, test))
    }
}

/// What makes a row's trials differ, or would if more than one were run.
fn chance(row: &Row, planned: &PlannedRow, plan: &Plan) -> Randomness {
    let needs = row.method.requirements();
    let drawn = |&member: &usize| !plan.trials[member].inputs.seeds.is_empty();
    let random = if needs.has_trials() {
        !row.streams().is_empty()
    } else {
        planned.members.iter().any(drawn)
    };
    match random {
        true if needs.has_trials() && !needs.learns() => Randomness::PerText,
        true => Randomness::Seeds,
        false => Randomness::None,
    }
}

/// The values of the swept keys that bear on a row.
fn point(row: &Row) -> Vec<(String, serde_json::Value)> {
    let point = row.point.iter();
    point
        .map(|(key, value)| (key.to_owned(), value.clone()))
        .collect()
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
    facts: &mut Facts,
) -> Result<(RowState, Vec<TrialMetrics>), StoreError> {
    let mut trials = Vec::with_capacity(indices.len());
    let mut failed = 0;
    for (number, &index) in indices.iter().enumerate() {
        let trial = &plan.trials[index];
        if let Some(result) = result(trial, store)? {
            trials.push(TrialMetrics::new(number as u64, &result.metrics));
            facts.add(&result.data, &trial.inputs.method);
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
