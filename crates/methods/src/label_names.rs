//! Names of classes as labelled texts: one for each class, the mean of its name in several templates.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::MethodError;
use super::layered_features::{FeatureMaker, Rows, mean};
use crate::classic::{Features, LogisticModel, fit_weighted_logistic};
use fsl_common::classes::{Classes, Label};
use fsl_common::settings::ParamError;

/// Where a template has the name.
const PLACE: &str = "{}";

/// Names of the classes as labelled texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LabelNames {
    /// Sentences with `{}` in the place of the name; a name's vector is the mean over all of them.
    #[serde(default = "default_templates")]
    #[schemars(length(min = 1, max = 100))]
    pub templates: Vec<String>,
    /// How many labelled texts a name counts.
    #[serde(default = "default_weight")]
    #[schemars(range(min = 1e-3, max = 1e6))]
    pub weight: f64,
    /// What the classes are called, in their order. Default: their names in the data, with spaces for `_`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10_000))]
    pub names: Vec<String>,
}

fn default_templates() -> Vec<String> {
    let all = [
        "{}",
        "it was {}.",
        "this is {}.",
        "i feel {}.",
        "this text is about {}.",
    ];
    all.map(str::to_owned).to_vec()
}

fn default_weight() -> f64 {
    8.0
}

impl LabelNames {
    /// The usual templates and weight with these names; none = those of the data.
    pub(super) fn named(names: &[String]) -> Self {
        Self {
            templates: default_templates(),
            weight: default_weight(),
            names: names.to_vec(),
        }
    }

    /// A key that does not go with the others, and why.
    pub(super) fn conflict(&self) -> Option<(&'static str, &'static str)> {
        let is_template = |template: &String| template.contains(PLACE);
        (!self.templates.iter().all(is_template)).then_some((
            "label-names.templates",
            "every template has `{}` in the place of the name",
        ))
    }

    /// Refuses names that are not one for each class, and classes that are called nothing.
    pub(super) fn check(&self, classes: &Classes) -> Result<(), ParamError> {
        let (names, count) = (classes.names(), self.names.len());
        let got = if count > 0 && count != names.len() {
            format!("{count} names")
        } else if count == 0 && !names.iter().any(|name| name.contains(char::is_alphabetic)) {
            format!("none, and labels such as `{}`", names[0])
        } else {
            return Ok(());
        };
        Err(ParamError {
            key: "label-names.names",
            got,
            allowed: "what each class is called, in the order of their labels",
        })
    }

    /// What the classes are called.
    fn names(&self, classes: &Classes) -> Vec<String> {
        if self.names.is_empty() {
            let names = classes.names().iter();
            return names.map(|name| name.replace('_', " ")).collect();
        }
        self.names.clone()
    }

    /// One row of features for each class.
    pub(super) fn rows(
        &self,
        classes: &Classes,
        maker: &FeatureMaker,
    ) -> Result<Rows, MethodError> {
        let names = self.names(classes);
        let filled = |name: &String| {
            let templates = self.templates.iter();
            templates
                .map(|template| template.replace(PLACE, name))
                .collect::<Vec<_>>()
        };
        let texts: Vec<String> = names.iter().flat_map(filled).collect();
        let raw = maker.raw(&texts, &mut |_| {})?;
        let means = raw.chunks(self.templates.len()).map(|rows| {
            let mean = mean(rows);
            mean.into_iter().map(|value| value as f32).collect()
        });
        Ok(maker.features(means.collect()))
    }
}

/// Labelled rows of features: those of texts, and behind them those of names.
pub(super) struct Labelled {
    pub(super) rows: Rows,
    pub(super) labels: Vec<Label>,
    /// How much each row counts.
    pub(super) weights: Vec<f64>,
}

impl Labelled {
    /// Logistic regression on the rows with their weights.
    pub(super) fn logistic(
        &self,
        c: f64,
        balanced: bool,
        classes: usize,
    ) -> Result<LogisticModel, MethodError> {
        let features = Features::dense(&self.rows)?;
        let (labels, weights) = (&self.labels, &self.weights);
        let model = fit_weighted_logistic(c, balanced, &features, labels, weights, classes);
        Ok(model?)
    }

    /// The training texts and, where they are asked for, the names of the classes.
    pub(super) fn new(
        (texts, labels): (&[String], &[Label]),
        names: Option<&LabelNames>,
        classes: &Classes,
        maker: &mut FeatureMaker,
    ) -> Result<Self, MethodError> {
        let mut all = Self {
            rows: maker.of_train(texts)?,
            labels: labels.to_vec(),
            weights: vec![1.0; texts.len()],
        };
        if let Some(names) = names {
            let rows = names.rows(classes, maker)?;
            all.weights.extend(vec![names.weight; rows.len()]);
            all.labels
                .extend((0..rows.len()).map(|label| label as Label));
            all.rows.extend(rows);
        }
        Ok(all)
    }
}
