//! The cells that a publication printed for a row.

use serde::Serialize;

use fsl_metrics::{Center, Metric, PublishedCell};

/// What a source printed for a row, as fractions. At least one figure is there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Published {
    /// F1: of the positive class, otherwise the macro average, as of the next two.
    pub f1: Option<PublishedFigure>,
    /// Precision.
    pub precision: Option<PublishedFigure>,
    /// Recall.
    pub recall: Option<PublishedFigure>,
    /// Accuracy.
    pub accuracy: Option<PublishedFigure>,
    /// Matthews' correlation.
    pub mcc: Option<PublishedFigure>,
    /// The runs behind the figures; at least 1.
    pub n: usize,
    /// What the figures are of several runs.
    pub center: Center,
    /// Degrees of freedom taken off n in the standard deviations: 0 or 1.
    pub ddof: u8,
}

/// One printed figure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PublishedFigure {
    /// The figure, a fraction.
    pub value: f64,
    /// Its standard deviation over runs, where one was printed; a fraction.
    pub sd: Option<f64>,
}

impl Published {
    /// What was printed of a metric.
    pub(super) fn figure(&self, metric: &Metric) -> Option<PublishedFigure> {
        match metric.id {
            "f1" | "macro_f1" => self.f1,
            "precision" | "macro_precision" => self.precision,
            "recall" | "macro_recall" => self.recall,
            "accuracy" => self.accuracy,
            "mcc" => self.mcc,
            _ => None,
        }
    }

    /// The same, with all that is known of it.
    pub(super) fn published_cell(&self, metric: &Metric) -> Option<PublishedCell> {
        let PublishedFigure { value, sd } = self.figure(metric)?;
        Some(PublishedCell {
            value,
            sd,
            n: self.n,
            center: self.center,
            ddof: self.ddof,
        })
    }

    /// `mean` or `median`.
    pub(super) fn center_name(&self) -> &'static str {
        match self.center {
            Center::Mean => "mean",
            Center::Median => "median",
        }
    }

    /// The line's name beneath the row of ours.
    pub(super) fn label(&self) -> String {
        if self.n == 1 {
            return "↳ published".to_owned();
        }
        format!("↳ published ({}, ddof {})", self.center_name(), self.ddof)
    }
}
