//! The registry of metrics: what each is called, which direction is better, which values it takes, and how it is computed.
//!
//! A [`Metric`] is data. [`Metric::all`] lists every one in the order in which outputs show them, and [`evaluate`] computes
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
//! **A new metric** is a function and an entry of [`METRICS`]: of the [`Metrics`] that a record stores, counts included
//! ([`Formula::Counts`]), or of labels and probabilities ([`Formula::Probabilities`]). It returns `None` where it is not defined.

use super::probability_metrics::{average_precision, calibration_error, roc_auc};
use super::test_set_error::{f1_error, precision_error, recall_error, root_mean_square};
use super::{Confusion, Interval, MetricError, Metrics};

/// A text is predicted positive where its probability is above this, as in the published evaluation.
pub const THRESHOLD: f64 = 0.5;

/// A metric of a two-class trial; the positive class is label 1.
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
    /// Whether records store it.
    pub recorded: bool,
    /// How it is computed.
    formula: Formula,
    /// Its standard error over test sets, from one trial's counts, where there is a formula for it.
    sampling_error: Option<fn(&Confusion) -> f64>,
}

/// Which values of a metric are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Such as F1.
    HigherIsBetter,
    /// Such as a calibration error.
    LowerIsBetter,
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
}

/// A function of labels and P(label = 1).
type OfProbabilities = fn(&[u8], &[f64]) -> Result<Option<f64>, MetricError>;

/// How a metric is computed; `None` where it is not defined.
#[derive(Debug, Clone, Copy)]
enum Formula {
    /// From what a record stores: the counts at [`THRESHOLD`] and what follows from them.
    Counts(fn(&Metrics) -> Option<f64>),
    /// From labels and P(label = 1), text by text.
    Probabilities(OfProbabilities),
}

const SHARE: Metric = Metric {
    id: "",
    label: "",
    heading: "",
    direction: Direction::HigherIsBetter,
    range: Range::SHARE,
    placement: Placement::Details,
    recorded: false,
    formula: Formula::Counts(|_| None),
    sampling_error: None,
};

/// Every metric. The first one is the [primary](Metric::primary) one; outputs keep the order.
static METRICS: [Metric; 9] = [
    Metric {
        id: "f1",
        label: "F1",
        heading: "F1",
        placement: Placement::Published,
        recorded: true,
        formula: Formula::Counts(|record| Some(record.f1)),
        sampling_error: Some(f1_error),
        ..SHARE
    },
    Metric {
        id: "precision",
        label: "precision",
        heading: "P",
        placement: Placement::Published,
        recorded: true,
        formula: Formula::Counts(|record| Some(record.precision)),
        sampling_error: Some(precision_error),
        ..SHARE
    },
    Metric {
        id: "recall",
        label: "recall",
        heading: "R",
        placement: Placement::Published,
        recorded: true,
        formula: Formula::Counts(|record| Some(record.recall)),
        sampling_error: Some(recall_error),
        ..SHARE
    },
    Metric {
        id: "accuracy",
        label: "accuracy",
        heading: "accuracy",
        recorded: true,
        formula: Formula::Counts(|record| Some(record.accuracy)),
        ..SHARE
    },
    Metric {
        id: "macro_f1",
        label: "macro-F1",
        heading: "macro-F1",
        recorded: true,
        formula: Formula::Counts(|record| Some(record.macro_f1)),
        ..SHARE
    },
    Metric {
        id: "roc_auc",
        label: "ROC AUC",
        heading: "ROC AUC",
        formula: Formula::Probabilities(roc_auc),
        ..SHARE
    },
    Metric {
        id: "average_precision",
        label: "average precision",
        heading: "average precision",
        formula: Formula::Probabilities(average_precision),
        ..SHARE
    },
    Metric {
        id: "calibration_error",
        label: "calibration error",
        heading: "calibration error",
        direction: Direction::LowerIsBetter,
        formula: Formula::Probabilities(|labels, probabilities| {
            calibration_error(labels, probabilities).map(Some)
        }),
        ..SHARE
    },
    Metric {
        id: "mcc",
        label: "Matthews' correlation",
        heading: "MCC",
        range: Range {
            low: -1.0,
            high: 1.0,
        },
        placement: Placement::Table,
        formula: Formula::Counts(|record| Some(record.confusion.mcc())),
        ..SHARE
    },
];

/// Metrics with their values; `None` for those that are not defined.
pub type MetricValues = Vec<(&'static Metric, Option<f64>)>;

/// Every metric of labels (0 or 1) and P(label = 1), in the order of [`Metric::all`].
///
/// # Errors
/// Lengths that differ, a label other than 0 and 1, a probability outside [0, 1].
pub fn evaluate(labels: &[u8], probabilities: &[f64]) -> Result<MetricValues, MetricError> {
    let values = Metric::all().iter().map(|metric| {
        let value = metric.evaluate(labels, probabilities)?;
        Ok((metric, value))
    });
    values.collect()
}

impl Metric {
    /// Every metric, in the order in which outputs show them.
    pub fn all() -> &'static [Self] {
        &METRICS
    }

    /// The metric that rows are ranked, compared and plotted by: F1.
    pub fn primary() -> &'static Self {
        &METRICS[0]
    }

    /// The metric of this name for programs.
    #[cfg(test)]
    pub(crate) fn by_id(id: &str) -> Option<&'static Self> {
        Self::all().iter().find(|metric| metric.id == id)
    }

    /// Those of this placement.
    pub fn placed(placement: Placement) -> impl Iterator<Item = &'static Self> {
        let all = Self::all().iter();
        all.filter(move |metric| metric.placement == placement)
    }

    /// Those that tables show: all but [`Placement::Details`].
    pub fn in_tables() -> impl Iterator<Item = &'static Self> {
        let all = Self::all().iter();
        all.filter(|metric| metric.placement != Placement::Details)
    }

    /// Whether its values are fractions, which people read in percent.
    pub fn is_share(&self) -> bool {
        self.range == Range::SHARE
    }

    /// Whether it takes stored predictions; all others follow from what a record stores.
    pub fn needs_probabilities(&self) -> bool {
        matches!(self.formula, Formula::Probabilities(_))
    }

    /// Its value of a trial, from the trial's record; `None` where it is not defined, or needs probabilities.
    pub fn from_record(&self, metrics: &Metrics) -> Option<f64> {
        match self.formula {
            Formula::Counts(formula) => formula(metrics),
            Formula::Probabilities(_) => None,
        }
    }

    /// Its value of labels (0 or 1) and P(label = 1); `None` where it is not defined.
    ///
    /// # Errors
    /// As [`evaluate`].
    pub fn evaluate(
        &self,
        labels: &[u8],
        probabilities: &[f64],
    ) -> Result<Option<f64>, MetricError> {
        match self.formula {
            Formula::Probabilities(formula) => formula(labels, probabilities),
            Formula::Counts(formula) => {
                let counts = Confusion::from_probabilities(labels, probabilities, THRESHOLD)?;
                Ok(formula(&Metrics::from(counts)))
            }
        }
    }

    /// Its standard error over test sets of the same kind, by the delta method: the root mean square over several trials on the same
    /// texts. `None` where there is no formula for it.
    pub fn sampling_error(&self, trials: &[Confusion]) -> Option<f64> {
        let errors: Vec<f64> = trials.iter().map(self.sampling_error?).collect();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    #[test]
    fn names_are_unique_and_recorded_ones_are_those_of_records() {
        let ids: std::collections::BTreeSet<_> = Metric::all().iter().map(|one| one.id).collect();
        assert_eq!(ids.len(), Metric::all().len());
        let record = serde_json::to_value(Metrics::from(Confusion::default())).unwrap();
        let stored = record.as_object().unwrap().keys().map(String::as_str);
        let mut stored: Vec<&str> = stored.filter(|&key| key != "confusion").collect();
        let recorded = Metric::all().iter().filter(|metric| metric.recorded);
        let mut recorded: Vec<&str> = recorded.map(|metric| metric.id).collect();
        recorded.sort_unstable();
        stored.sort_unstable();
        assert_eq!(recorded, stored);
    }

    #[test]
    fn records_and_predictions_give_the_same_value() {
        let (labels, probabilities) = ([1, 1, 0, 0, 1], [0.9, 0.4, 0.6, 0.1, 0.8]);
        let counts = Confusion::from_probabilities(&labels, &probabilities, THRESHOLD).unwrap();
        let record = Metrics::from(counts);
        // Two true positives, one false positive, one false negative, one true negative; each probability alone in its bin.
        let expected = [
            ("f1", 4.0 / 6.0),
            ("precision", 2.0 / 3.0),
            ("recall", 2.0 / 3.0),
            ("accuracy", 3.0 / 5.0),
            ("macro_f1", 7.0 / 12.0),
            ("roc_auc", 5.0 / 6.0),
            ("average_precision", (1.0 + 1.0 + 3.0 / 4.0) / 3.0),
            ("calibration_error", (0.1 + 0.6 + 0.6 + 0.1 + 0.2) / 5.0),
            ("mcc", 1.0 / 6.0),
        ];
        let values = evaluate(&labels, &probabilities).unwrap();
        assert_eq!(values.len(), expected.len());
        for ((metric, value), (id, expected)) in values.into_iter().zip(expected) {
            assert_eq!(metric.id, id);
            // A few sums and quotients: some units in the last place.
            close(id, value.unwrap(), expected, 1e-15);
            let recorded = metric.from_record(&record);
            assert_eq!(recorded.is_none(), metric.needs_probabilities(), "{id}");
            close(id, recorded.unwrap_or(expected), expected, 1e-15);
        }
        assert!(evaluate(&[2], &[0.5]).is_err());
        assert_eq!(
            Metric::by_id("roc_auc").unwrap().evaluate(&[1], &[0.5]),
            Ok(None)
        );
    }

    #[test]
    fn a_metric_that_is_no_share_ends_where_its_range_does() {
        let mcc = Metric::by_id("mcc").unwrap();
        assert!(!mcc.is_share());
        let wide = mcc.range.clip(Interval::around(-0.9, 0.3));
        close("the lower end", wide.low, -1.0, 0.0);
        close("the upper end", wide.high, -0.6, 1e-15);
    }
}
