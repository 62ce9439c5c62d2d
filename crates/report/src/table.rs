//! One experiment's results as the report sees them.

use super::text::metric_value;
use super::{Against, Diagnostics, F1Source, Published, Style, interval};
use fsl_common::classes::Classes;
use fsl_metrics::{
    ConfusionMatrix, Direction, EnsembleSpread, Interval, MemberSpread, Metric, Placement,
    Randomness, RecordMetrics, Summary, f1_from_rounded, summarize,
};
use serde::Serialize;

/// The table of one experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct ExperimentTable {
    /// The experiment's unique name, as other specs and programs refer to it.
    pub name: String,
    /// The experiment's title for people; the name stands in where it is empty.
    pub title: String,
    /// The metrics that it shows.
    pub metrics: TableMetrics,
    /// The rows, in the order of the spec.
    pub rows: Vec<TableRow>,
    /// What the line under the table says.
    pub caption: Caption,
    /// The row that the others are judged against, where that is asked for.
    pub against: Option<Against>,
}

impl ExperimentTable {
    /// The line above the table.
    pub fn heading(&self) -> &str {
        if self.title.is_empty() {
            &self.name
        } else {
            &self.title
        }
    }

    /// Whether there is nothing to say about the state of any row.
    pub(super) fn is_complete(&self) -> bool {
        self.rows.iter().all(|row| row.state == RowState::Complete)
    }

    /// The rows of the best value of the primary metric, where there are several to choose from.
    pub(super) fn best(&self, style: &Style) -> Vec<usize> {
        let values: Vec<_> = (0..)
            .zip(&self.rows)
            .filter_map(|(index, row)| Some((index, row.center(style)?)))
            .collect();
        if values.len() < 2 {
            return vec![];
        }
        let metric = self.metrics.primary();
        let all = values.iter().map(|(_, value)| *value);
        let best = match metric.direction {
            Direction::HigherIsBetter => all.fold(f64::NEG_INFINITY, f64::max),
            Direction::LowerIsBetter => all.fold(f64::INFINITY, f64::min),
        };
        // Compared as shown: what reads equal is equally good.
        let is_best = |value: f64| metric_value(metric, value) == metric_value(metric, best);
        let rows = values.into_iter().filter(|(_, value)| is_best(*value));
        rows.map(|(index, _)| index).collect()
    }
}

/// The metrics that a table shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TableMetrics {
    /// What texts are sorted into.
    pub classes: Classes,
    /// Whether other rows have other classes.
    pub mixed: bool,
    /// The metrics that the spec asks for, in order; those that suit the classes where it names none.
    pub chosen: Vec<&'static Metric>,
}

impl TableMetrics {
    /// The metric that rows are ranked, compared and plotted by.
    pub fn primary(&self) -> &'static Metric {
        let first = self.chosen.first().copied();
        first.unwrap_or_else(|| Metric::primary_of(&self.classes))
    }

    /// The columns, in order.
    pub fn shown(&self) -> Vec<&'static Metric> {
        if self.chosen.is_empty() {
            Metric::shown(&self.classes)
        } else {
            self.chosen.clone()
        }
    }

    /// The columns of the published layout: F1, precision and recall, unless others are asked for.
    pub(super) fn published(&self) -> Vec<&'static Metric> {
        let all = self.shown();
        if self.chosen.is_empty() {
            all.into_iter().take(3).collect()
        } else {
            all
        }
    }

    /// Those that the table does not show although programs and pages have them.
    pub(super) fn details(&self) -> Vec<&'static Metric> {
        let shown = self.shown();
        let is_detail = |metric: &&Metric| {
            metric.placement != Placement::Chosen
                && metric.suits(&self.classes)
                && !shown.contains(metric)
        };
        Metric::all().iter().filter(is_detail).collect()
    }

    /// The header of a column.
    pub fn heading(&self, metric: &Metric) -> &'static str {
        metric.heading_of(&self.classes)
    }
}

/// One row: a method as declared, and what its trials scored.
#[derive(Debug, Clone, PartialEq)]
pub struct TableRow {
    /// The row's identifier within the experiment.
    pub id: String,
    /// The row that it is an arm of; the identifier itself where nothing is swept.
    pub arm_of: String,
    /// The swept keys that bear on the row, with their values at its point; empty where there are none.
    pub point: Vec<(String, serde_json::Value)>,
    /// The row's name for people. May hold anything; every format escapes it.
    pub label: String,
    /// How far the row is.
    pub state: RowState,
    /// The metric that the row is ranked by.
    pub primary: &'static Metric,
    /// The finished trials, in trial order; for an ensemble its one score.
    pub trials: Vec<TrialMetrics>,
    /// For an ensemble: its spread by resampling its members.
    pub ensemble: Option<EnsembleSpread>,
    /// What makes the trials differ.
    pub chance: Randomness,
    /// What a source printed for the row.
    pub published: Option<Published>,
    /// What else is known of it.
    pub diagnostics: Diagnostics,
}

impl TableRow {
    /// The primary metric of every trial; F1 formed as the style says.
    pub fn primary_values(&self, style: &Style) -> Vec<f64> {
        self.values(self.primary, style.f1).unwrap_or_default()
    }

    /// The value of the primary metric that stands for the row in the style; `None` where no trial is finished.
    pub fn center(&self, style: &Style) -> Option<f64> {
        let summary = summarize(&self.primary_values(style), style.ddof)?;
        Some(summary.center(style.center))
    }

    /// The 95 % interval of [`center`](Self::center), within the metric's range; `None` for one trial. Words for it:
    /// [`interval_words`](crate::interval_words).
    pub fn interval(&self, style: &Style) -> Option<Interval> {
        let (metric, values) = (self.primary, self.primary_values(style));
        interval::of_center(metric, style.center, &values, self.members(metric))
    }

    /// A metric of every trial; `None` where a trial has no such value.
    pub(super) fn values(&self, metric: &Metric, f1: F1Source) -> Option<Vec<f64>> {
        if metric.needs_probabilities() {
            return self.diagnostics.evaluated(metric);
        }
        self.trials
            .iter()
            .map(|trial| trial.value(metric, f1))
            .collect()
    }

    /// A metric over the trials; `None` where no trial is finished, or one has no such value.
    pub(super) fn summary(&self, metric: &Metric, f1: F1Source, ddof: u8) -> Option<Summary> {
        let mut summary = summarize(&self.values(metric, f1)?, ddof)?;
        if let Some(MemberSpread { sd, .. }) = self.members(metric) {
            summary.sd = Some(sd);
        }
        Some(summary)
    }

    /// How often each class was predicted for each, trial by trial.
    pub(super) fn matrices(&self) -> Vec<ConfusionMatrix> {
        let trials = self.trials.iter();
        trials.map(|trial| trial.metrics.matrix()).collect()
    }

    /// For an ensemble: a metric's spread by resampling its members.
    pub(super) fn members(&self, metric: &Metric) -> Option<MemberSpread> {
        self.ensemble.as_ref()?.spread(metric)
    }

    /// How many trials the row's figures rest on, as a table's cell.
    pub(super) fn count(&self) -> String {
        match &self.ensemble {
            Some(ensemble) => format!("mean of {}", ensemble.members),
            None => self.trials.len().to_string(),
        }
    }
}

/// How far a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowState {
    /// Every trial is finished.
    Complete,
    /// Some trials are not finished, or failed.
    Partial {
        /// Trials that have a result.
        finished: usize,
        /// Trials the spec asks for.
        wanted: usize,
        /// Trials that were tried and failed.
        failed: usize,
    },
    /// The row cannot run here.
    Blocked {
        /// Why, as a fragment such as "encoder `x` could not be fetched".
        reason: String,
        /// What the user can do, such as a command.
        hint: Option<String>,
    },
    /// No trial has run yet.
    Missing,
}

impl RowState {
    /// The state in one word, as CSV and JSON have it: `complete`, `partial`, `blocked` or `missing`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial { .. } => "partial",
            Self::Blocked { .. } => "blocked",
            Self::Missing => "missing",
        }
    }

    /// The state as a table's cell.
    pub(super) fn cell(&self) -> String {
        match self {
            Self::Partial {
                finished,
                wanted,
                failed: 0,
            } => format!("{finished} of {wanted}"),
            Self::Partial {
                finished,
                wanted,
                failed,
            } => {
                format!("{finished} of {wanted}, {failed} failed")
            }
            state => state.name().to_owned(),
        }
    }
}

/// One finished trial.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialMetrics {
    /// The trial's number within the row, from 0.
    pub trial: u64,
    /// What its record stores.
    pub metrics: RecordMetrics,
}

impl TrialMetrics {
    /// What a table shows of a trial's record.
    pub fn new(trial: u64, metrics: &RecordMetrics) -> Self {
        let metrics = metrics.clone();
        Self { trial, metrics }
    }

    /// Its value of a metric, where F1 is formed as asked for; `None` where the metric is not defined or does not follow from the record.
    fn value(&self, metric: &Metric, f1: F1Source) -> Option<f64> {
        match (f1, self.metrics.positive()) {
            (F1Source::Rounded, Some(record)) if metric == Metric::primary() => {
                Some(f1_from_rounded(record.precision, record.recall))
            }
            _ => metric.from_record(&self.metrics),
        }
    }
}

/// What a reader must know to judge the spread.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Caption {
    /// Trials wanted of every row that has randomness.
    pub trials: usize,
    /// Streams that differ in every trial, such as `init` and `order`.
    pub varied: Vec<String>,
    /// Crossed designs of streams with their levels, such as `sample × init (5 × 5)`; several only where the design is swept.
    pub crossed: Vec<String>,
    /// Streams that are the same in every trial.
    pub fixed: Vec<String>,
    /// What was trained and tested on, such as "100 training texts, 2,000 test texts"
    /// (see [`texts`](crate::texts)); empty where there is nothing to say.
    pub data: String,
    /// What makes the scores doubtful, such as "2 test texts are also training texts".
    pub warnings: Vec<String>,
    /// The kinds of number that encoders were computed in, such as "encoders in bf16", and what rows follow of what encoders declare;
    /// empty where all were in f32 on the processor and nothing is declared.
    pub computed: String,
    /// The chance levels of the primary metric, one per dataset; empty where none are worth a word.
    pub chance: Vec<ChanceLevel>,
}

/// What the primary metric comes to on a dataset without a look at its texts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChanceLevel {
    /// The dataset's name.
    pub data: String,
    /// Where every class is guessed equally often.
    pub uniform: f64,
    /// Where the most frequent class is predicted for every text.
    pub most_frequent: f64,
}
