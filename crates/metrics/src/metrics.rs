//! Metrics as data: what each is called, which direction is better, which values it takes, and how it is computed.
//!
//! A [`Metric`] is data. [`Metric::all`] lists every one in the order in which outputs show them, and `evaluate` computes
//! them from labels and probabilities. Tables, exports and curves iterate over the list and name no metric:
//!
//! - the published layout of Markdown shows those whose [`placement`](Metric::placement) is [`Placement::Published`]; every other table
//!   those of [`Placement::Table`] as well ([`Metric::in_tables`]); JSON, CSV and the details of the HTML report also those of
//!   [`Placement::Details`];
//! - trackers such as `MLflow` get the [`recorded`](Metric::recorded) ones, which records store under the same names;
//! - a value comes from the record ([`Metric::from_record`]) unless the metric [needs probabilities](Metric::needs_probabilities);
//!   then it comes from the stored predictions ([`Metric::evaluate`]). A new metric is therefore shown for old results too, and
//!   neither records nor keys change;
//! - keys and columns that programs read keep their places. JSON has the metrics of tables first, each with its intervals, then those of
//!   [`Placement::Details`]. CSV begins with the [`Placement::Published`] ones, and has all columns of every other metric to the right, in
//!   the list's order: a metric at the list's end gets the last ones;
//! - a value is a fraction, shown in percent, where [`range`](Metric::range) is [`Range::SHARE`], and a plain number elsewhere.
//!
//! **A new metric** is a function and an entry of `registry.rs`: of counts per class
//! ([`Formula::Counts`]), or of labels and probabilities ([`Formula::Probabilities`]). It returns `None` where it is not defined.

use fsl_common::classes::Classes;

use super::class_counts::ClassCounts;
use super::test_set_error::{counts_error, root_mean_square};
use super::weighted_scores::Weighted;
use super::{
    Confusion, ConfusionMatrix, Evaluation, Interval, MetricError, Metrics, RecordMetrics,
};

/// A text is predicted positive where its probability is above this, as in the published evaluation.
pub const THRESHOLD: f64 = 0.5;

/// A metric of a trial.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// The name for programs: a JSON key, the beginning of CSV columns.
    pub id: &'static str,
    /// The name for people, as a part of a sentence.
    pub label: &'static str,
    /// The header of a column in a table.
    pub heading: &'static str,
    /// Which values are better.
    pub direction: Direction,
    /// The values that it can take.
    pub range: Range,
    /// Which outputs show it.
    pub placement: Placement,
    /// Whether it is of the positive class.
    pub needs_positive: bool,
    /// Whether records of two classes, one of them positive, store it.
    pub recorded: bool,
    /// What such a record has of it.
    pub(super) stored: Option<fn(&Metrics) -> f64>,
    /// How it is computed.
    pub(super) formula: Formula,
    /// How it is computed where texts count several times, if it needs probabilities.
    pub(super) weighted: Weighted,
    /// Its standard error over test sets, from one trial's counts, where there is a formula for it.
    pub(super) sampling_error: Option<fn(&Confusion) -> f64>,
}

/// Which values of a metric are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Such as F1.
    HigherIsBetter,
    /// Such as a calibration error.
    LowerIsBetter,
}

impl Direction {
    /// What a value is multiplied by for the larger one to be the better one.
    pub(super) fn sign(self) -> f64 {
        match self {
            Self::HigherIsBetter => 1.0,
            Self::LowerIsBetter => -1.0,
        }
    }
}

/// The values that a metric can take, ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The lowest; may be −∞.
    pub low: f64,
    /// The highest; may be ∞.
    pub high: f64,
}

/// Which outputs show a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// Every table, the published layout of Markdown included: F1, precision and recall, and no other.
    Published,
    /// Every table but the published layout.
    Table,
    /// JSON, CSV and the details of the HTML report.
    Details,
    /// Only where it is asked for.
    Chosen,
}

/// How a metric is computed; `None` where it is not defined.
#[derive(Debug, Clone, Copy)]
pub(super) enum Formula {
    /// From counts per class, at the threshold of one half where there are two.
    Counts(fn(&ClassCounts) -> Option<f64>),
    /// From labels and probabilities, text by text.
    Probabilities(fn(&Evaluation) -> Result<Option<f64>, MetricError>),
}

/// Metrics with their values; `None` for those that are not defined.
pub type MetricValues = Vec<(&'static Metric, Option<f64>)>;

impl Metric {
    /// Whether its values are fractions, which people read in percent.
    pub fn is_share(&self) -> bool {
        self.range == Range::SHARE
    }

    /// Whether it takes stored predictions; all others follow from what a record stores.
    pub fn needs_probabilities(&self) -> bool {
        matches!(self.formula, Formula::Probabilities(_))
    }

    /// Whether it can be computed of these classes.
    pub fn suits(&self, classes: &Classes) -> bool {
        classes.has_positive() || !self.needs_positive
    }

    /// Its name in a spec: `macro-f1`.
    pub fn spec_name(&self) -> String {
        self.id.replace('_', "-")
    }

    /// Its value of a trial, from the trial's record; `None` where it is not defined, or needs probabilities.
    pub fn from_record(&self, record: &RecordMetrics) -> Option<f64> {
        match (self.formula, self.stored, record) {
            (Formula::Probabilities(_), ..) => None,
            (_, Some(stored), RecordMetrics::Positive(metrics)) => Some(stored(metrics)),
            (_, _, RecordMetrics::Classes(_)) if self.needs_positive => None,
            (Formula::Counts(formula), ..) => formula(&record.matrix().counts()),
        }
    }

    /// Its value of a trial's answers; `None` where it is not defined.
    ///
    /// # Errors
    /// None for an [`Evaluation`], which is checked.
    pub fn evaluate(&self, of: &Evaluation) -> Result<Option<f64>, MetricError> {
        match self.formula {
            _ if !self.suits(of.classes) => Ok(None),
            Formula::Probabilities(formula) => formula(of),
            Formula::Counts(formula) => Ok(formula(&of.matrix.counts())),
        }
    }

    /// Its value of counts per class; `None` where it is not defined, or needs probabilities.
    pub fn of_counts(&self, counts: &ClassCounts) -> Option<f64> {
        match self.formula {
            Formula::Counts(formula) => formula(counts),
            Formula::Probabilities(_) => None,
        }
    }

    /// Its standard error over test sets of the same kind, by the delta method: the root mean square over several trials on the same
    /// texts. `None` where it needs probabilities, or is not defined.
    pub fn sampling_error(&self, trials: &[ConfusionMatrix]) -> Option<f64> {
        if self.needs_probabilities() {
            return None;
        }
        let one = |trial: &ConfusionMatrix| match (self.sampling_error, trial.two_class()) {
            (Some(formula), Some(two)) => Some(formula(&two)),
            (Some(_), None) => None,
            (None, _) => counts_error(|counts| self.of_counts(counts), trial),
        };
        let errors: Vec<f64> = trials.iter().map(one).collect::<Option<_>>()?;
        Some(root_mean_square(&errors))
    }
}

/// Metrics are the same where their names are.
impl PartialEq for Metric {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Range {
    /// From 0 to 1: a fraction, which people read in percent.
    pub const SHARE: Self = Self {
        low: 0.0,
        high: 1.0,
    };

    /// The part of an interval that lies in the range.
    pub fn clip(self, interval: Interval) -> Interval {
        let Interval { low, high } = interval;
        Interval {
            low: low.clamp(self.low, self.high),
            high: high.clamp(self.low, self.high),
        }
    }
}
