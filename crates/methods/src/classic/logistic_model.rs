//! Logistic regression between any number of classes.

use fsl_common::classes::Label;
use fsl_common::probabilities::Probabilities;

use super::{
    ClassicError, Features, Logistic, LogisticParams, Multinomial, MultinomialParams, Targets,
};

/// A fitted logistic regression.
#[derive(Debug, Clone, PartialEq)]
pub enum LogisticModel {
    /// Between two classes.
    Binary(Logistic),
    /// Between three or more.
    Multinomial(Multinomial),
}

/// Fits scikit-learn's `LogisticRegression(C=c, class_weight="balanced" or None)` to full convergence: [`LogisticParams`] for two
/// classes, [`MultinomialParams`] for more.
///
/// # Errors
/// As these have.
pub fn fit_logistic(
    c: f64,
    balanced: bool,
    features: &Features,
    labels: &[Label],
    classes: usize,
) -> Result<LogisticModel, ClassicError> {
    let weights = vec![1.0; labels.len()];
    fit_weighted_logistic(c, balanced, features, labels, &weights, classes)
}

/// As [`fit_logistic`], with rows that count as often as `weights` says.
///
/// # Errors
/// As of [`fit_logistic`]; weights that are not as many as rows.
pub fn fit_weighted_logistic(
    c: f64,
    balanced: bool,
    features: &Features,
    labels: &[Label],
    weights: &[f64],
    classes: usize,
) -> Result<LogisticModel, ClassicError> {
    if classes == 2 {
        let params = LogisticParams {
            c,
            balanced,
            ..LogisticParams::default()
        };
        return params
            .fit_weighted(features, labels, weights)
            .map(LogisticModel::Binary);
    }
    let params = MultinomialParams {
        c,
        balanced,
        ..MultinomialParams::default()
    };
    params
        .fit_weighted(features, labels, weights, classes)
        .map(LogisticModel::Multinomial)
}

/// As [`fit_logistic`], to rows that count for the classes as `targets` say: the cross-entropy with soft targets. Classes are balanced by
/// the sums of what rows count for them.
///
/// # Errors
/// As of [`fit_logistic`].
pub fn fit_soft_logistic(
    c: f64,
    balanced: bool,
    features: &Features,
    targets: &Targets,
) -> Result<LogisticModel, ClassicError> {
    if targets.classes() == 2 {
        let params = LogisticParams {
            c,
            balanced,
            ..LogisticParams::default()
        };
        let model = params.fit_targets(features, targets);
        return model.map(LogisticModel::Binary);
    }
    let params = MultinomialParams {
        c,
        balanced,
        ..MultinomialParams::default()
    };
    let model = params.fit_targets(features, targets);
    model.map(LogisticModel::Multinomial)
}

impl LogisticModel {
    /// The probabilities of each row of `features`.
    ///
    /// # Panics
    /// Where `features` has other columns than the ones that were fitted.
    pub fn predict_proba(&self, features: &Features) -> Probabilities {
        match self {
            Self::Binary(model) => Probabilities::two_class(model.predict_proba(features)),
            Self::Multinomial(model) => model.predict_proba(features),
        }
    }
}
