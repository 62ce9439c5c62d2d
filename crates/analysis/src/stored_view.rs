//! Experiments with their plan and the store: what all analysis reads.

use std::borrow::Cow;
use std::sync::LazyLock;

use rayon::prelude::*;

use fsl_common::classes::Classes;
use fsl_core::runner::{Plan, PlannedRow, PlannedTrial, StoredResult};
use fsl_core::spec::{Experiment, Row};
use fsl_core::store::{Store, StoreError};
use fsl_core::trial::{DataWarnings, Predictions};
use fsl_metrics::{Collapse, Evaluation, Metric, collapse};

/// Trials whose predictions are read at a time.
const AT_A_TIME: usize = 64;

/// Experiments, their plan, and the store that holds their results.
#[derive(Debug, Clone, Copy)]
pub struct StoredView<'a> {
    /// The experiments as loaded, those that others refer to included.
    pub experiments: &'a [Experiment],
    /// Their rows and trials.
    pub plan: &'a Plan,
    /// Their results.
    pub store: &'a Store,
}

impl<'a> StoredView<'a> {
    /// The experiments that were asked for, with their index: not those that are there because others refer to them.
    pub fn requested(self) -> impl Iterator<Item = (usize, &'a Experiment)> {
        let all = self.experiments.iter().enumerate();
        all.filter(|(_, experiment)| !experiment.support)
    }

    /// The rows of the experiments that were asked for.
    pub fn requested_rows(self) -> impl Iterator<Item = &'a PlannedRow> {
        self.plan.rows.iter().filter(|row| !row.support)
    }

    /// The rows of one experiment, with their index in the plan.
    pub fn rows(self, experiment: usize) -> impl Iterator<Item = (usize, &'a PlannedRow)> {
        let rows = self.plan.rows.iter().enumerate();
        rows.filter(move |(_, row)| row.experiment == experiment)
    }

    /// The row as its spec declares it.
    pub fn declared(self, row: &PlannedRow) -> &'a Row {
        &self.experiments[row.experiment].rows[row.row]
    }

    /// The trials that a row's figures rest on: its own, or the members of an ensemble.
    pub fn trials(self, row: &PlannedRow) -> Vec<&'a PlannedTrial> {
        let indices = row.trials.iter().chain(&row.members);
        indices.map(|&index| &self.plan.trials[index]).collect()
    }

    /// What the row's texts are sorted into; `0` and `1` of a row without trials whose spec does not say.
    pub fn classes(self, row: &PlannedRow) -> &'a Classes {
        static ZERO_ONE: LazyLock<Classes> = LazyLock::new(Classes::zero_one);
        let first = row.trials.iter().chain(&row.members).next();
        let known = first.map(|&trial| &self.plan.trials[trial].inputs.data.classes);
        let declared = || self.declared(row).data.classes.as_ref();
        known.or_else(declared).unwrap_or(&ZERO_ONE)
    }

    /// The metric that the rows of an experiment are ranked, compared and plotted by.
    pub fn metric(self, row: &PlannedRow) -> &'static Metric {
        let chosen = self.experiments[row.experiment].table.metrics.first();
        chosen
            .copied()
            .unwrap_or_else(|| Metric::primary_of(self.classes(row)))
    }

    /// A trial's result: what the plan found stored, or what the store holds since.
    ///
    /// # Errors
    /// A record that cannot be read.
    pub fn result(
        self,
        trial: &'a PlannedTrial,
    ) -> Result<Option<Cow<'a, StoredResult>>, StoreError> {
        if let Some(stored) = &trial.stored {
            return Ok(Some(Cow::Borrowed(stored)));
        }
        let record = self.store.record(&trial.key)?;
        Ok(record.map(|record| Cow::Owned(record.into())))
    }

    /// A trial's value of a metric, from its record or from its stored predictions; `None` where it is not stored, or the metric is not
    /// defined.
    ///
    /// # Errors
    /// Results that cannot be read.
    pub fn value(
        self,
        trial: &'a PlannedTrial,
        metric: &'static Metric,
    ) -> Result<Option<f64>, StoreError> {
        let Some(result) = self.result(trial)? else {
            return Ok(None);
        };
        if !metric.needs_probabilities() {
            return Ok(metric.from_record(&result.metrics));
        }
        let Predictions {
            labels,
            probabilities,
        } = self.store.predictions(&trial.key)?;
        let evaluation = Evaluation::new(&trial.inputs.data.classes, &labels, &probabilities);
        Ok(evaluation
            .and_then(|evaluation| metric.evaluate(&evaluation))
            .ok()
            .flatten())
    }

    /// What makes the stored scores of a row doubtful.
    ///
    /// # Errors
    /// Records that cannot be read.
    pub fn warnings(self, row: &'a PlannedRow) -> Result<DataWarnings, StoreError> {
        let mut warnings = DataWarnings::default();
        for trial in self.trials(row) {
            if let Some(result) = self.result(trial)? {
                warnings.merge(&result.data.warnings);
            }
        }
        Ok(warnings)
    }

    /// The predictions of a row's stored trials, or members.
    ///
    /// # Errors
    /// Predictions that cannot be read.
    pub fn predictions(self, row: &PlannedRow) -> Result<Vec<Predictions>, StoreError> {
        let mut read = Vec::new();
        self.each_prediction(row, |predictions| read.push(predictions))?;
        Ok(read)
    }

    /// Visits the predictions of a row's stored trials, or members, in their order, a few of them in memory at a time.
    ///
    /// # Errors
    /// Predictions that cannot be read.
    pub fn each_prediction(
        self,
        row: &PlannedRow,
        mut visit: impl FnMut(Predictions),
    ) -> Result<(), StoreError> {
        for some in self.trials(row).chunks(AT_A_TIME) {
            let stored = some
                .par_iter()
                .filter(|trial| self.store.has(&trial.key))
                .map(|trial| self.store.predictions(&trial.key));
            for read in stored.collect::<Vec<_>>() {
                visit(read?);
            }
        }
        Ok(())
    }

    /// What is wrong with each trial, or member, of a row, as far as they are stored. Nothing is expected of methods that
    /// ignore words.
    ///
    /// # Errors
    /// A record that cannot be read.
    pub fn collapses(self, row: &PlannedRow) -> Result<Vec<Vec<Collapse>>, StoreError> {
        let trials = self.trials(row);
        trials
            .into_iter()
            .map(|trial| self.collapse(trial))
            .collect()
    }

    fn collapse(self, trial: &PlannedTrial) -> Result<Vec<Collapse>, StoreError> {
        let needs = trial.inputs.method.requirements();
        if needs.ignores_words {
            return Ok(Vec::new());
        }
        let Some(stored) = self.result(trial)? else {
            return Ok(Vec::new());
        };
        let losses = stored.fit.as_ref().map_or(&[][..], |fit| &fit.epoch_losses);
        let cross_entropy = needs.transfer.is_none();
        Ok(collapse(&stored.metrics, losses, cross_entropy))
    }
}
