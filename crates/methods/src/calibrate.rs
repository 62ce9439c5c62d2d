//! Calibrate: another row's method with a threshold and a temperature that no test label decides.

use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::candidate::{Candidate, CandidateInputs, combined, inner_method, parted, resolved};
use super::cross_validation::{Partitions, Remembered, counted_fits, of_candidate, out_of_fold};
use super::temperature::{Temperature, log_probabilities};
use super::threshold::{auc, best_f1_cut};
use super::{
    Cost, Declared, Dependencies, Method, MethodContext, MethodError, Outcome, PoolInputs,
    Progress, Requirements, RowRef, Settings, Threshold, ThresholdName, TransferSet,
};
use fsl_common::classes::{Classes, Label};
use fsl_common::probabilities::Probabilities;
use fsl_common::seed::Stream;
use fsl_common::settings::ParamError;

/// Another row's method whose probabilities are calibrated. No test label has a say.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, bound = "")]
#[schemars(bound = "", rename = "Calibrate")]
pub struct Calibrate<M> {
    /// A row of this experiment.
    #[schemars(with = "String", length(min = 1))]
    pub of: RowRef,
    /// Above which probability a text is of the second of two classes. Probabilities are shifted so that it becomes one half.
    #[serde(default = "half")]
    pub threshold: ThresholdName,
    /// The share of the transfer texts above the threshold `prior`.
    #[schemars(range(min = 0.001, max = 0.999))]
    pub prior: Option<f64>,
    /// Divide the logarithms of the probabilities by the number that makes them the likeliest in a cross-validation.
    #[serde(default)]
    pub temperature: bool,
    /// Parts of the labelled texts, where there is a cross-validation; as many as the rarest class has texts, where it has fewer. Default: 5.
    #[schemars(range(min = 2, max = 100))]
    pub folds: Option<u32>,
    /// How often the texts are parted anew. Default: 1.
    #[schemars(range(min = 1, max = 100))]
    pub repeats: Option<u32>,
    /// The row's method, once it is known.
    #[serde(skip)]
    #[schemars(skip)]
    pub methods: Vec<M>,
}

/// The same with the method spelled out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CalibrateInputs<I> {
    /// The method, alone in the list.
    pub of: Vec<I>,
    /// The threshold.
    pub threshold: Threshold,
    /// Whether there is a temperature.
    pub temperature: bool,
    /// How the labelled texts are parted, where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cross_validation: Option<CrossValidation>,
    /// The texts without labels, where they decide the threshold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<PoolInputs>,
}

/// How labelled texts are parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CrossValidation {
    /// Parts.
    pub folds: u32,
    /// How often they are parted anew.
    pub repeats: u32,
}

impl Default for CrossValidation {
    fn default() -> Self {
        Self {
            folds: 5,
            repeats: 1,
        }
    }
}

fn half() -> ThresholdName {
    ThresholdName::Half
}

/// What the method asks for, and beside it a threshold and a temperature.
fn calibrated<'a>(
    methods: impl Iterator<Item = Requirements<'a>>,
    threshold: Option<Threshold>,
    temperature: bool,
) -> Requirements<'a> {
    let needs = combined(methods);
    let pool = TransferSet {
        size: None,
        asked_by: Some("threshold"),
    };
    let needs_pool = threshold.is_some_and(Threshold::needs_pool);
    // The method's own threshold stays where there is no other one.
    let own = threshold.filter(|&threshold| threshold != Threshold::Half);
    let needs = Requirements {
        threshold: own.or(needs.threshold),
        temperature: temperature || needs.temperature,
        transfer: needs.transfer.or(needs_pool.then_some(pool)),
        ..needs
    };
    if is_validated(threshold, temperature) {
        parted(needs)
    } else {
        needs
    }
}

/// Whether a cross-validation decides anything.
fn is_validated(threshold: Option<Threshold>, temperature: bool) -> bool {
    temperature
        || matches!(
            threshold,
            Some(Threshold::F1Optimal | Threshold::Validation)
        )
}

impl<M> Calibrate<M> {
    /// Whether a cross-validation decides anything.
    pub(super) fn is_validated(&self) -> bool {
        is_validated(self.threshold.with(self.prior), self.temperature)
    }

    fn cross_validation(&self) -> Option<CrossValidation> {
        let usual = CrossValidation::default();
        self.is_validated().then(|| CrossValidation {
            folds: self.folds.unwrap_or(usual.folds),
            repeats: self.repeats.unwrap_or(usual.repeats),
        })
    }

    /// How often the method is fitted in the cross-validation, at most; `None` where there is none.
    pub fn validation_fits(&self) -> Option<u64> {
        let CrossValidation { folds, repeats } = self.cross_validation()?;
        Some(u64::from(folds) * u64::from(repeats))
    }
}

impl<M: Candidate> Settings for Calibrate<M> {
    fn requirements(&self) -> Requirements<'_> {
        let methods = self.methods.iter().map(M::requirements);
        calibrated(methods, self.threshold.with(self.prior), self.temperature)
    }
}

impl<I: CandidateInputs> Settings for CalibrateInputs<I> {
    fn requirements(&self) -> Requirements<'_> {
        let methods = self.methods().map(Settings::requirements);
        calibrated(methods, Some(self.threshold), self.temperature)
    }
}

impl<M: Candidate> Declared for Calibrate<M> {
    type Inputs = CalibrateInputs<M::Inputs>;

    fn resolve(&self, dependencies: Dependencies) -> Option<Self::Inputs> {
        let threshold = self.threshold.with(self.prior)?;
        let pool = dependencies.pool.clone();
        if threshold.needs_pool() && pool.is_none() {
            return None;
        }
        Some(CalibrateInputs {
            of: resolved(&self.methods, &dependencies)?,
            threshold,
            temperature: self.temperature,
            cross_validation: self.cross_validation(),
            pool: pool.filter(|_| threshold.needs_pool()),
        })
    }

    fn conflict(&self) -> Option<(&'static str, &'static str)> {
        let unused = "it goes only with `temperature = true` or with `threshold` `f1-optimal` or `validation`";
        let is_plain = self.threshold == ThresholdName::Half && !self.temperature;
        if is_plain {
            return Some((
                "of",
                "nothing is calibrated: set `threshold`, or `temperature = true`",
            ));
        }
        let of_threshold = self.threshold.conflict(self.prior);
        of_threshold.or_else(|| {
            let parts = [("folds", self.folds), ("repeats", self.repeats)];
            let mut parts = parts.into_iter().filter(|_| !self.is_validated());
            let (key, _) = parts.find(|(_, value)| value.is_some())?;
            Some((key, unused))
        })
    }
}

impl<I: CandidateInputs> Method for CalibrateInputs<I> {
    /// Cross-validates the method where that decides something, fits it on all labelled texts, and calibrates what it says.
    fn run(
        &self,
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        let started = Instant::now();
        if self.threshold.needs_pool() {
            context.check_pool()?;
        }
        let left_out = self.validated(context, on_progress)?;
        let time = started.elapsed();
        let mut sets = context.sets.to_vec();
        if self.threshold.needs_pool() {
            sets.push(context.pool);
        }
        let context = MethodContext {
            sets: &sets,
            ..*context
        };
        let mut outcome = (self.methods()).try_fold(None, |_, method| {
            let context = of_candidate(method, &context);
            method.run(&context, on_progress).map(Some)
        })?;
        let outcome = outcome.as_mut().ok_or(MethodError::FewTexts)?;
        let pool = (self.threshold.needs_pool()).then(|| outcome.probabilities.pop());
        let calibration = self.calibration(left_out.as_ref(), pool.flatten().as_ref());
        let calibrated = outcome.probabilities.iter();
        Ok(Outcome {
            probabilities: calibrated.map(|one| calibration.apply(one)).collect(),
            fit: None,
            selection: None,
            fit_time: time + outcome.fit_time,
            predict_time: outcome.predict_time,
        })
    }

    /// Of more than two classes the highest probability decides: there is no threshold.
    fn check_classes(&self, classes: &Classes) -> Result<(), ParamError> {
        if classes.count() > 2 && self.threshold != Threshold::Half {
            return Err(ParamError {
                key: "threshold",
                got: format!("one for {} classes", classes.count()),
                allowed: "left out where there are more than two classes",
            });
        }
        let mut methods = self.methods();
        methods.try_for_each(|method| method.check_classes(classes))
    }

    fn cost(&self) -> Cost {
        let fits = self.cross_validation.map_or(0, |of| of.folds * of.repeats);
        let secs: f64 = self.methods().map(|method| method.cost().fit_secs).sum();
        let tosses = self.methods().map(|method| method.cost().tosses_per_text);
        Cost {
            tosses_per_text: tosses.fold(0.0, f64::max),
            fit_secs: secs,
            selection_secs: f64::from(fits) * secs,
            ..Cost::default()
        }
    }

    fn pool(&self) -> Option<&PoolInputs> {
        let inner = || self.methods().find_map(Method::pool);
        self.pool.as_ref().or_else(inner)
    }

    inner_method!(encoders of);
}

/// What the cross-validation says of the labelled texts, all partitions one after the other.
pub(super) struct LeftOut {
    pub(super) log_probabilities: Vec<Vec<f64>>,
    pub(super) labels: Vec<Label>,
}

impl<I: CandidateInputs> CalibrateInputs<I> {
    fn methods(&self) -> impl Iterator<Item = &dyn Method> {
        self.of.iter().map(I::method)
    }

    /// The cross-validation, where there is one.
    fn validated(
        &self,
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Option<LeftOut>, MethodError> {
        let Some(CrossValidation { folds, repeats }) = self.cross_validation else {
            return Ok(None);
        };
        let seed = context.seed(Stream::Order);
        let (labels, classes) = (context.train_labels, context.classes);
        let partitions = Partitions::new(labels, classes, (folds, repeats), seed)?;
        let encoders = Remembered::new(context.encoders);
        let context = MethodContext {
            encoders: &encoders,
            ..*context
        };
        let fits = partitions.part_of.len() * partitions.parts;
        let mut on_fit = counted_fits(fits, on_progress);
        let left_out = self.left_out(&context, &partitions.part_of, &mut on_fit)?;
        Ok(Some(left_out))
    }

    /// What models say of texts that they did not learn from, in every partition.
    pub(super) fn left_out(
        &self,
        context: &MethodContext,
        partitions: &[Vec<usize>],
        on_fit: &mut dyn FnMut(),
    ) -> Result<LeftOut, MethodError> {
        let mut left_out = LeftOut {
            log_probabilities: Vec::new(),
            labels: Vec::new(),
        };
        for part_of in partitions {
            for method in self.methods() {
                let found = out_of_fold(method, context, part_of, on_fit)?;
                left_out.log_probabilities.extend(log_probabilities(&found));
                left_out.labels.extend(context.train_labels);
            }
        }
        Ok(left_out)
    }

    /// What follows from the left-out texts and from the pool.
    pub(super) fn calibration(
        &self,
        left_out: Option<&LeftOut>,
        pool: Option<&Probabilities>,
    ) -> Calibration {
        let validated = left_out.map(
            |LeftOut {
                 log_probabilities,
                 labels,
             }| { (log_odds(log_probabilities), labels.as_slice()) },
        );
        let cut = match (self.threshold, &validated) {
            (Threshold::Validation, Some((scores, labels))) => best_f1_cut(scores, labels),
            (threshold, validated) => {
                let pool = pool.map_or_else(Vec::new, |pool| log_odds(&log_probabilities(pool)));
                let auc = validated
                    .as_ref()
                    .map(|(scores, labels)| auc(scores, labels));
                threshold.cut(&pool, auc)
            }
        };
        let temperature = left_out.filter(|_| self.temperature).map(|left_out| {
            let mut scores = left_out.log_probabilities.clone();
            shift(&mut scores, cut);
            Temperature::fit(&scores, &left_out.labels)
        });
        Calibration { cut, temperature }
    }
}

/// Of two classes, by how much the second one's logarithm is larger; of more 0, where there is no threshold.
fn log_odds(log_probabilities: &[Vec<f64>]) -> Vec<f64> {
    let rows = log_probabilities.iter();
    rows.map(|row| match row.as_slice() {
        [first, second] => second - first,
        _ => 0.0,
    })
    .collect()
}

/// Takes the log-odds of the threshold from those of two classes, so that it becomes one half.
fn shift(log_probabilities: &mut [Vec<f64>], cut: f64) {
    for row in log_probabilities {
        if let [_, second] = row.as_mut_slice() {
            *second -= cut;
        }
    }
}

/// What is done to probabilities.
pub(super) struct Calibration {
    /// The log-odds that become one half.
    cut: f64,
    temperature: Option<Temperature>,
}

impl Calibration {
    pub(super) fn apply(&self, probabilities: &Probabilities) -> Probabilities {
        let mut rows = log_probabilities(probabilities);
        shift(&mut rows, self.cut);
        let temperature = self.temperature.unwrap_or_default();
        let shares = rows.iter().map(|row| temperature.shares(row));
        Probabilities::from_shares(probabilities.classes(), shares)
    }
}
