//! Diagnostics of a row: collapsed trials, its signature, metrics of probabilities, its verdict.

use super::Signature;
use fsl_metrics::{Collapse, Metric, MetricValues, SizePoint, Verdict};

/// What is known of a row besides the metrics of its records.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Diagnostics {
    /// The trials, or members, that collapsed: their number from 0, and what is wrong.
    pub collapsed: Vec<(u64, Vec<Collapse>)>,
    /// How the row's numbers were made.
    pub signature: Option<Signature>,
    /// The metrics of every trial's stored predictions, or of an ensemble's mean; only gathered for programs and for pages.
    pub evaluations: Vec<MetricValues>,
    /// Of an ensemble: F1 against the number of members; only gathered for programs and for pages.
    pub sizes: Vec<SizePoint>,
    /// The verdict against the table's [`Against`].
    pub verdict: Option<Verdict>,
}

/// The row that a table's rows are judged against.
#[derive(Debug, Clone, PartialEq)]
pub struct Against {
    /// The row's name for people. May hold anything.
    pub label: String,
    /// The smallest difference of F1 that matters, a fraction.
    pub margin: f64,
    /// How many comparisons were made at once.
    pub comparisons: usize,
}

impl Diagnostics {
    /// A metric of every trial's stored predictions; `None` where one has no such value.
    pub(super) fn evaluated(&self, metric: &Metric) -> Option<Vec<f64>> {
        let value = |values: &MetricValues| {
            let (_, value) = values.iter().find(|(of, _)| *of == metric)?;
            *value
        };
        self.evaluations.iter().map(value).collect()
    }

    /// Numbers from 1 with what is wrong, such as `3 and 7 (one class only)`; `None` where nothing is.
    pub(super) fn collapsed_words(&self) -> Option<String> {
        let kinds = [
            Collapse::OneClass,
            Collapse::LossStuck,
            Collapse::WorseThanChance,
        ];
        let parts = kinds.into_iter().filter_map(|kind| {
            let of_kind = self
                .collapsed
                .iter()
                .filter(|(_, kinds)| kinds.contains(&kind));
            let numbers: Vec<String> = of_kind
                .map(|(number, _)| (number + 1).to_string())
                .collect();
            (!numbers.is_empty()).then(|| format!("{}: {}", kind.words(), numbers.join(", ")))
        });
        let parts: Vec<String> = parts.collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}
