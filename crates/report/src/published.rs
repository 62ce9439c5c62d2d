//! What a source printed for a row.

use serde::Serialize;

use super::metric_summary::{Cell, NONE};
use super::text::percent;
use fsl_metrics::{Center, PublishedCell};

/// What a source printed for a row, as fractions. At least one figure is there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Published {
    /// F1.
    pub f1: Option<PublishedFigure>,
    /// Precision.
    pub precision: Option<PublishedFigure>,
    /// Recall.
    pub recall: Option<PublishedFigure>,
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
    /// F1, precision, recall: the order of every table.
    pub(super) fn columns(&self) -> [Option<PublishedFigure>; 3] {
        [self.f1, self.precision, self.recall]
    }

    /// The same, each with all that is known of it.
    pub(super) fn cells(&self) -> [Option<PublishedCell>; 3] {
        self.columns().map(|figure| {
            figure.map(|PublishedFigure { value, sd }| PublishedCell {
                value,
                sd,
                n: self.n,
                center: self.center,
                ddof: self.ddof,
            })
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

impl PublishedFigure {
    pub(super) fn cell(&self) -> Cell {
        Cell {
            center: percent(self.value),
            spread: self.sd.map_or_else(|| NONE.to_owned(), percent),
        }
    }
}
