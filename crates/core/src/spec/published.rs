//! The cells that a source printed for a row, for comparison. They never change a trial.

use schemars::JsonSchema;
use serde::Deserialize;

use super::choices::{CenterName, Ddof};
use super::error::Problem;

/// What a source printed for this row, in percent. `fsl-exp check-published` judges it against our results.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawPublished {
    /// F1 as printed, in percent: of the positive class, otherwise the macro average, as of precision and recall.
    #[schemars(range(min = 0.0, max = 100.0))]
    f1: Option<f64>,
    /// The printed standard deviation of F1 over runs, in percentage points.
    #[schemars(range(min = 0.0, max = 100.0))]
    f1_sd: Option<f64>,
    /// Precision as printed, in percent.
    #[schemars(range(min = 0.0, max = 100.0))]
    precision: Option<f64>,
    /// The printed standard deviation of precision over runs, in percentage points.
    #[schemars(range(min = 0.0, max = 100.0))]
    precision_sd: Option<f64>,
    /// Recall as printed, in percent.
    #[schemars(range(min = 0.0, max = 100.0))]
    recall: Option<f64>,
    /// The printed standard deviation of recall over runs, in percentage points.
    #[schemars(range(min = 0.0, max = 100.0))]
    recall_sd: Option<f64>,
    /// Accuracy as printed, in percent.
    #[schemars(range(min = 0.0, max = 100.0))]
    accuracy: Option<f64>,
    /// The printed standard deviation of accuracy over runs, in percentage points.
    #[schemars(range(min = 0.0, max = 100.0))]
    accuracy_sd: Option<f64>,
    /// Matthews' correlation as printed, times 100.
    #[schemars(range(min = -100.0, max = 100.0))]
    mcc: Option<f64>,
    /// The printed standard deviation of Matthews' correlation over runs, times 100.
    #[schemars(range(min = 0.0, max = 100.0))]
    mcc_sd: Option<f64>,
    /// The runs behind the cells.
    #[schemars(range(min = 1, max = 1_000_000))]
    n: u32,
    /// What the cells are of several runs.
    #[serde(default)]
    center: CenterName,
    /// Degrees of freedom that the source took off n in its standard deviations: 1 = sample, 0 = population.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    ddof: Ddof,
}

/// What a source printed for one arm of a row.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawPublishedAt {
    /// The arm, as its name has it in brackets: `train-size=25`.
    #[schemars(length(min = 1))]
    pub(super) arm: String,
    /// What was printed.
    pub(super) cells: RawPublished,
}

/// What a source printed for a row. At least one figure is there; none has a spread where `n` is 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Published {
    /// F1.
    pub f1: Option<PublishedFigure>,
    /// Precision.
    pub precision: Option<PublishedFigure>,
    /// Recall.
    pub recall: Option<PublishedFigure>,
    /// Accuracy.
    pub accuracy: Option<PublishedFigure>,
    /// Matthews' correlation, times 100.
    pub mcc: Option<PublishedFigure>,
    /// The runs behind the cells; at least 1.
    pub n: u32,
    /// What the cells are of several runs.
    pub center: CenterName,
    /// Degrees of freedom taken off n in the standard deviations: 0 or 1.
    pub ddof: u8,
}

/// One printed cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PublishedFigure {
    /// In percent.
    pub value: f64,
    /// The standard deviation over runs in percentage points, where one was printed.
    pub sd: Option<f64>,
}

impl RawPublished {
    /// The checked cells, or every fault with the key that it stands at (empty: the whole table).
    pub(super) fn check(&self) -> Result<Published, Vec<(&'static str, Problem)>> {
        let figures = [
            ("f1-sd", self.f1, self.f1_sd),
            ("precision-sd", self.precision, self.precision_sd),
            ("recall-sd", self.recall, self.recall_sd),
            ("accuracy-sd", self.accuracy, self.accuracy_sd),
            ("mcc-sd", self.mcc, self.mcc_sd),
        ];
        let fault = |key, text: &str| Some((key, Problem::Conflict(text.to_owned())));
        let mut faults: Vec<_> = figures
            .iter()
            .filter_map(|&(key, value, sd)| match (value, sd) {
                (None, Some(_)) => fault(key, "a spread without its value"),
                (Some(_), Some(_)) if self.n == 1 => fault(key, "a single run has no spread"),
                _ => None,
            })
            .collect();
        if figures.iter().all(|(_, value, _)| value.is_none()) {
            faults.extend(fault(
                "",
                "give at least one of `f1`, `precision`, `recall`, `accuracy` and `mcc`",
            ));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let [f1, precision, recall, accuracy, mcc] =
            figures.map(|(_, value, sd)| value.map(|value| PublishedFigure { value, sd }));
        Ok(Published {
            f1,
            precision,
            recall,
            accuracy,
            mcc,
            n: self.n,
            center: self.center,
            ddof: self.ddof.0,
        })
    }
}
