//! The tables of experiments, filled from the store.

use super::caption;
use super::chance;
use super::ensemble::Members;
use super::followed;
use super::selections;
use super::stored_view::StoredView;
use super::style;
use super::thresholds;
use fsl_core::runner::{PlannedRow, TrialState};
use fsl_core::spec::{self, Experiment, Row};
use fsl_core::store::StoreError;
use fsl_core::trial::{DataWarnings, DatasetStats};
use fsl_methods::MethodInputs;
use fsl_metrics::{EnsembleSpread, Metric, Randomness};
use fsl_report::{
    self as report, ChanceLevel, Diagnostics, ExperimentTable, Published, PublishedFigure,
    RowState, TableMetrics, TableRow, TrialMetrics,
};

/// One table per experiment that was asked for, of what the store holds now: what a trial's state was when it was planned does not
/// matter here.
///
/// # Errors
/// Results that cannot be read.
pub fn tables(view: StoredView) -> Result<Vec<ExperimentTable>, StoreError> {
    let requested = view.requested();
    requested
        .map(|(index, experiment)| {
            let rows: Vec<&PlannedRow> = view.rows(index).map(|(_, row)| row).collect();
            table(experiment, &rows, view)
        })
        .collect()
}

fn table(
    experiment: &Experiment,
    rows: &[&PlannedRow],
    view: StoredView,
) -> Result<ExperimentTable, StoreError> {
    let mut texts = TextCounts::default();
    let metrics = TableMetrics {
        chosen: experiment.table.metrics.clone(),
        ..shared_classes(rows, view)
    };
    let table_rows = (rows.iter()).map(|planned| row(planned, view, metrics.primary(), &mut texts));
    Ok(ExperimentTable {
        name: experiment.name.clone(),
        title: experiment.title.clone(),
        rows: table_rows.collect::<Result<_, _>>()?,
        metrics,
        against: None,
        caption: caption::caption(
            experiment,
            (texts.sentence(), texts.warnings.clauses("test")),
            computed(rows, view)?,
            texts.chance,
        ),
    })
}

/// What encoders were computed in, what rows follow of what they declare, thresholds that are not one half, and what was selected.
fn computed(rows: &[&PlannedRow], view: StoredView) -> Result<String, StoreError> {
    let parts = [
        caption::precisions(rows, view),
        followed::sentence(rows, view),
        thresholds::sentence(rows, view)?,
        selections::sentence(rows, view)?,
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Ok(parts.join("; "))
}

/// The classes of the rows. Where they differ, as in a sweep over data, those of a row without a positive class, of which the metrics suit
/// all rows.
fn shared_classes(rows: &[&PlannedRow], view: StoredView) -> TableMetrics {
    let mut classes = rows.iter().map(|row| view.classes(row));
    let first = classes.clone().next().cloned().unwrap_or_default();
    let mixed = classes.any(|other| *other != first);
    let mut all = rows.iter().map(|row| view.classes(row));
    let averaged = all.find(|classes| !classes.has_positive());
    TableMetrics {
        classes: averaged.cloned().unwrap_or(first),
        mixed,
        chosen: Vec::new(),
    }
}

fn row(
    planned: &PlannedRow,
    view: StoredView,
    primary: &'static Metric,
    texts: &mut TextCounts,
) -> Result<TableRow, StoreError> {
    let declared = view.declared(planned);
    let (mut state, trials, ensemble) = if planned.members.is_empty() {
        let (state, trials) = finished(&planned.trials, view, texts)?;
        (state, trials, None)
    } else {
        averaged(planned, view, texts)?
    };
    if let Some(stats) = texts.last.take() {
        let (data, classes) = (&declared.data, view.classes(planned));
        chance::add(&mut texts.chance, primary, data, classes, &stats);
    }
    if let Some(blocked) = planned.blocked.as_ref().filter(|_| trials.is_empty()) {
        state = RowState::Blocked {
            reason: blocked.reason.clone(),
            hint: blocked.hint.clone(),
        };
    }
    Ok(TableRow {
        id: declared.id.clone(),
        label: declared.label.clone(),
        arm_of: declared.arm_of.clone(),
        point: point(declared),
        state,
        primary,
        trials,
        ensemble,
        chance: randomness(declared, planned, view),
        published: declared.published.map(published),
        diagnostics: Diagnostics::default(),
    })
}

/// An ensemble's one score, once all of its members are finished.
fn averaged(
    planned: &PlannedRow,
    view: StoredView,
    texts: &mut TextCounts,
) -> Result<(RowState, Vec<TrialMetrics>, Option<EnsembleSpread>), StoreError> {
    let (state, _) = finished(&planned.members, view, texts)?;
    let chosen = &view.experiments[planned.experiment].table.metrics;
    Ok(
        match Members::load(planned, view)?.and_then(|members| members.score(chosen)) {
            Some(score) => {
                let trials = vec![TrialMetrics::new(0, &score.metrics)];
                (RowState::Complete, trials, score.spread)
            }
            None => (state, Vec::new(), None),
        },
    )
}

/// How many texts the rows learn from and are scored on, the fewest and the most, and what chance comes to on them.
#[derive(Default)]
struct TextCounts {
    training: Option<(u64, u64)>,
    test: Option<(u64, u64)>,
    /// The training texts that coins were tossed beside, for tables that have nothing else.
    coins: Option<u64>,
    /// The texts of the last result.
    last: Option<DatasetStats>,
    /// What makes scores on them doubtful.
    warnings: DataWarnings,
    chance: Vec<ChanceLevel>,
    /// Whether another program learnt from texts that are not known.
    learnt_elsewhere: bool,
}

impl TextCounts {
    fn add(&mut self, data: &DatasetStats, method: &MethodInputs) {
        let widened = |known: Option<(u64, u64)>, texts: u64| {
            known.map_or((texts, texts), |(least, most)| {
                (least.min(texts), most.max(texts))
            })
        };
        // A student of its teacher only has learnt from no labelled text; the caption speaks of those who have.
        let needs = method.requirements();
        if needs.learnt_elsewhere() {
            self.learnt_elsewhere = true;
        } else if !needs.learns() {
            self.coins = Some(data.train_texts);
        } else if data.train_texts > 0 {
            self.training = Some(widened(self.training, data.train_texts));
        }
        self.test = Some(widened(self.test, data.test_texts));
        self.last = Some(data.clone());
        self.warnings.merge(&data.warnings);
    }

    fn sentence(&self) -> String {
        let coins = self.coins.map(|texts| (texts, texts));
        let none = (!self.learnt_elsewhere).then_some((0, 0));
        let training = self.training.or(coins).or(none);
        self.test
            .map_or_else(String::new, |test| report::text_ranges(training, test))
    }
}

/// What makes a row's trials differ, or would if more than one were run.
fn randomness(row: &Row, planned: &PlannedRow, view: StoredView) -> Randomness {
    let needs = row.method.requirements();
    let drawn = |&member: &usize| view.plan.trials[member].inputs.is_random();
    let random = if needs.has_trials() {
        needs.is_numbered() || !row.streams().is_empty()
    } else {
        planned.members.iter().any(drawn)
    };
    match random {
        true if needs.has_trials() && !needs.learns() && needs.imported.is_none() => {
            Randomness::PerText
        }
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
        accuracy: figure(cells.accuracy),
        mcc: figure(cells.mcc),
        n: cells.n as usize,
        center: style::center(cells.center),
        ddof: cells.ddof,
    }
}

fn finished(
    indices: &[usize],
    view: StoredView,
    texts: &mut TextCounts,
) -> Result<(RowState, Vec<TrialMetrics>), StoreError> {
    let mut trials = Vec::with_capacity(indices.len());
    let mut failed = 0;
    for (number, &index) in indices.iter().enumerate() {
        let trial = &view.plan.trials[index];
        if let Some(result) = view.result(trial)? {
            trials.push(TrialMetrics::new(number as u64, &result.metrics));
            texts.add(&result.data, &trial.inputs.method);
        } else if matches!(trial.state, TrialState::Failed(_))
            || view.store.failure(&trial.key).is_some()
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
