//! The registry: every metric, and which of them outputs show.

use fsl_common::classes::Classes;

use super::class_counts::ClassCounts;
use super::class_probability_metrics::{
    area_under_roc, brier, class_calibration_error, log_loss, mean_average_precision, text_brier,
    text_log_loss,
};
use super::metrics::{Direction, Formula, Metric, MetricValues, Placement, Range};
use super::test_set_error::{f1_error, precision_error, recall_error};
use super::weighted_scores::{Curve, Weighted};
use super::{Evaluation, MetricError, RecordMetrics};

const SHARE: Metric = Metric {
    id: "",
    label: "",
    heading: "",
    direction: Direction::HigherIsBetter,
    range: Range::SHARE,
    placement: Placement::Details,
    needs_positive: false,
    recorded: false,
    stored: None,
    formula: Formula::Counts(|_| None),
    weighted: Weighted::Anew,
    sampling_error: None,
};

/// Every metric. The first one is the [primary](Metric::primary) one; outputs keep the order.
static METRICS: [Metric; 21] = [
    Metric {
        id: "f1",
        label: "F1",
        heading: "F1",
        placement: Placement::Published,
        needs_positive: true,
        recorded: true,
        stored: Some(|record| record.f1),
        formula: Formula::Counts(|counts| Some(counts.f1(1))),
        sampling_error: Some(f1_error),
        ..SHARE
    },
    Metric {
        id: "precision",
        label: "precision",
        heading: "P",
        placement: Placement::Published,
        needs_positive: true,
        recorded: true,
        stored: Some(|record| record.precision),
        formula: Formula::Counts(|counts| Some(counts.precision(1))),
        sampling_error: Some(precision_error),
        ..SHARE
    },
    Metric {
        id: "recall",
        label: "recall",
        heading: "R",
        placement: Placement::Published,
        needs_positive: true,
        recorded: true,
        stored: Some(|record| record.recall),
        formula: Formula::Counts(|counts| Some(counts.recall(1))),
        sampling_error: Some(recall_error),
        ..SHARE
    },
    Metric {
        id: "accuracy",
        label: "accuracy",
        heading: "accuracy",
        recorded: true,
        stored: Some(|record| record.accuracy),
        formula: Formula::Counts(|counts| Some(counts.accuracy())),
        ..SHARE
    },
    Metric {
        id: "macro_f1",
        label: "macro-F1",
        heading: "macro-F1",
        recorded: true,
        stored: Some(|record| record.macro_f1),
        formula: Formula::Counts(|counts| Some(counts.macro_average(ClassCounts::f1))),
        ..SHARE
    },
    Metric {
        id: "roc_auc",
        label: "ROC AUC",
        heading: "ROC AUC",
        formula: Formula::Probabilities(|of| area_under_roc(of.labels, of.probabilities)),
        weighted: Weighted::Area(Curve::Roc),
        ..SHARE
    },
    Metric {
        id: "average_precision",
        label: "average precision",
        heading: "average precision",
        formula: Formula::Probabilities(|of| {
            mean_average_precision(of.labels, of.probabilities, of.classes.has_positive())
        }),
        weighted: Weighted::Area(Curve::PrecisionRecall),
        ..SHARE
    },
    Metric {
        id: "calibration_error",
        label: "calibration error",
        heading: "calibration error",
        direction: Direction::LowerIsBetter,
        formula: Formula::Probabilities(|of| {
            class_calibration_error(of.labels, of.probabilities).map(Some)
        }),
        weighted: Weighted::Calibration,
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
        formula: Formula::Counts(|counts| Some(counts.mcc())),
        ..SHARE
    },
    Metric {
        id: "balanced_accuracy",
        label: "balanced accuracy",
        heading: "balanced accuracy",
        placement: Placement::Chosen,
        formula: Formula::Counts(ClassCounts::balanced_accuracy),
        ..SHARE
    },
    Metric {
        id: "macro_precision",
        label: "macro-precision",
        heading: "macro-P",
        placement: Placement::Chosen,
        formula: Formula::Counts(|counts| Some(counts.macro_average(ClassCounts::precision))),
        ..SHARE
    },
    Metric {
        id: "macro_recall",
        label: "macro-recall",
        heading: "macro-R",
        placement: Placement::Chosen,
        formula: Formula::Counts(|counts| Some(counts.macro_average(ClassCounts::recall))),
        ..SHARE
    },
    Metric {
        id: "micro_f1",
        label: "micro-F1",
        heading: "micro-F1",
        placement: Placement::Chosen,
        formula: Formula::Counts(|counts| Some(counts.accuracy())),
        ..SHARE
    },
    Metric {
        id: "micro_precision",
        label: "micro-precision",
        heading: "micro-P",
        placement: Placement::Chosen,
        formula: Formula::Counts(|counts| Some(counts.accuracy())),
        ..SHARE
    },
    Metric {
        id: "micro_recall",
        label: "micro-recall",
        heading: "micro-R",
        placement: Placement::Chosen,
        formula: Formula::Counts(|counts| Some(counts.accuracy())),
        ..SHARE
    },
    Metric {
        id: "weighted_f1",
        label: "weighted F1",
        heading: "weighted F1",
        placement: Placement::Chosen,
        formula: Formula::Counts(|counts| Some(counts.weighted_average(ClassCounts::f1))),
        ..SHARE
    },
    Metric {
        id: "weighted_precision",
        label: "weighted precision",
        heading: "weighted P",
        placement: Placement::Chosen,
        formula: Formula::Counts(|counts| Some(counts.weighted_average(ClassCounts::precision))),
        ..SHARE
    },
    Metric {
        id: "weighted_recall",
        label: "weighted recall",
        heading: "weighted R",
        placement: Placement::Chosen,
        formula: Formula::Counts(|counts| Some(counts.weighted_average(ClassCounts::recall))),
        ..SHARE
    },
    Metric {
        id: "kappa",
        label: "Cohen's kappa",
        heading: "kappa",
        range: Range {
            low: -1.0,
            high: 1.0,
        },
        placement: Placement::Chosen,
        formula: Formula::Counts(ClassCounts::kappa),
        ..SHARE
    },
    Metric {
        id: "log_loss",
        label: "log loss",
        heading: "log loss",
        direction: Direction::LowerIsBetter,
        range: Range {
            low: 0.0,
            high: f64::INFINITY,
        },
        placement: Placement::Chosen,
        formula: Formula::Probabilities(|of| Ok(log_loss(of.labels, of.probabilities))),
        weighted: Weighted::TextMean(text_log_loss),
        ..SHARE
    },
    Metric {
        id: "brier",
        label: "Brier score",
        heading: "Brier",
        direction: Direction::LowerIsBetter,
        range: Range {
            low: 0.0,
            high: 2.0,
        },
        placement: Placement::Chosen,
        formula: Formula::Probabilities(|of| Ok(brier(of.labels, of.probabilities))),
        weighted: Weighted::TextMean(text_brier),
        ..SHARE
    },
];

/// What tables show of classes of which none is positive.
const OF_CLASSES: [&str; 5] = [
    "macro_f1",
    "macro_precision",
    "macro_recall",
    "accuracy",
    "mcc",
];

/// Every metric but those of [`Placement::Chosen`], in the order of [`Metric::all`]; without those that need a positive class where there is
/// none.
///
/// # Errors
/// None for an [`Evaluation`], which is checked.
pub fn evaluate(of: &Evaluation) -> Result<MetricValues, MetricError> {
    let shown = Metric::all()
        .iter()
        .filter(|metric| metric.placement != Placement::Chosen && metric.suits(of.classes));
    shown
        .map(|metric| Ok((metric, metric.evaluate(of)?)))
        .collect()
}

impl Metric {
    /// Every metric, in the order in which outputs show them; the last ones are shown only where they are asked for
    /// ([`Placement::Chosen`]).
    pub fn all() -> &'static [Self] {
        &METRICS
    }

    /// The metric that rows of two classes, one of them positive, are ranked, compared and plotted by: F1.
    pub fn primary() -> &'static Self {
        &METRICS[0]
    }

    /// The metric that rows are ranked, compared and plotted by: F1 of the positive class, or macro-F1.
    pub fn primary_of(classes: &Classes) -> &'static Self {
        Self::shown(classes)[0]
    }

    /// The metric of this name, with `-` or `_` between words.
    pub fn named(name: &str) -> Option<&'static Self> {
        let id = name.replace('-', "_");
        Self::all().iter().find(|metric| metric.id == id)
    }

    /// What tables show unless other metrics are chosen.
    pub fn shown(classes: &Classes) -> Vec<&'static Self> {
        if classes.has_positive() {
            Self::in_tables().collect()
        } else {
            OF_CLASSES.iter().filter_map(|id| Self::named(id)).collect()
        }
    }

    /// Those of this placement.
    pub fn placed(placement: Placement) -> impl Iterator<Item = &'static Self> {
        let all = Self::all().iter();
        all.filter(move |metric| metric.placement == placement)
    }

    /// Those that tables of two classes, one of them positive, show: [`Placement::Published`] and [`Placement::Table`].
    pub fn in_tables() -> impl Iterator<Item = &'static Self> {
        let all = Self::all().iter();
        all.filter(|metric| matches!(metric.placement, Placement::Published | Placement::Table))
    }

    /// The header of its column in a table over these classes: where none is positive, the macro averages are `F1`, `P` and `R`.
    pub fn heading_of(&self, classes: &Classes) -> &'static str {
        match self.id {
            "macro_f1" if !classes.has_positive() => "F1",
            "macro_precision" if !classes.has_positive() => "P",
            "macro_recall" if !classes.has_positive() => "R",
            _ => self.heading,
        }
    }
}

impl RecordMetrics {
    /// What the record stores, by metric.
    pub fn stored(&self) -> Vec<(&'static Metric, f64)> {
        let names: &[&str] = match self {
            Self::Positive(_) => &["f1", "precision", "recall", "accuracy", "macro_f1"],
            Self::Classes(_) => &["accuracy", "macro_f1", "macro_precision", "macro_recall"],
        };
        let metrics = names.iter().filter_map(|name| Metric::named(name));
        metrics
            .filter_map(|metric| Some((metric, metric.from_record(self)?)))
            .collect()
    }
}

#[cfg(test)]
mod tests;
