//! Cross-view: a probe teaches two students on unlabelled texts, one by words and one by vectors, and their scores are summed.
//!
//! The students see different things: what one is sure of teaches the other something new (co-training: Blum and Mitchell 1998; here
//! in one round, on scores, by least squares). docs/recipes.md says what that is worth.

use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bow::default_balanced;
use super::frozen::{conflict, layered_encoder};
use super::label_names::{LabelNames, Labelled};
use super::layered_features::{FeatureMaker, LayeredFeatures};
use super::scores::Scores;
use super::teacher::Teacher;
use super::threshold::{Threshold, ThresholdName};
use super::views::Views;
use super::{
    Declared, Dependencies, EncoderInputs, Method, MethodContext, MethodError, Outcome, PoolInputs,
    Progress, Requirements, Settings, TransferSet,
};
use fsl_common::probabilities::Probabilities;
use fsl_common::settings::{ParamError, Pooling};

/// A probe, and students that learn from it and from each other on the transfer texts.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CrossView {
    /// An encoder of the catalogue, a folder (with a `/` in it), or `hf:org/name@revision`.
    #[schemars(length(min = 1))]
    pub encoder: String,
    /// What stands before every text: a text such as `query: `, or the name of a prompt that the encoder declares. Default: the prompt
    /// that it declares as default, otherwise none.
    pub prompt: Option<String>,
    /// How the tokens' vectors become the text's. Default: as the encoder declares, otherwise the mean.
    pub pooling: Option<Pooling>,
    /// Which layers become the features. Default: the pooled output, as a probe has it.
    pub features: Option<LayeredFeatures>,
    /// Learn from the names of the classes, too.
    pub label_names: Option<LabelNames>,
    /// Inverse strength of the probe's L2 penalty.
    #[serde(default = "default_c")]
    #[schemars(range(min = 1e-6, max = 1e6))]
    pub c: f64,
    /// Weigh each class by the inverse of its frequency in the probe.
    #[serde(default = "default_balanced")]
    pub balanced: bool,
    /// How often the students' sum becomes the teacher of new students.
    #[serde(default = "default_rounds")]
    #[schemars(range(min = 1, max = 10))]
    pub rounds: u32,
    /// Above which score a text is of the second of two classes. More classes have none.
    #[serde(default)]
    pub threshold: ThresholdName,
    /// The share of the transfer texts above the threshold `prior`.
    #[schemars(range(min = 0.001, max = 0.999))]
    pub prior: Option<f64>,
    /// Transfer texts to learn from, drawn by the `sample` stream. Default: all.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub transfer_size: Option<u32>,
}

/// The same with every value spelled out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CrossViewInputs {
    /// The encoder, and how it is computed.
    pub encoder: EncoderInputs,
    /// How the tokens' vectors become the text's.
    pub pooling: Pooling,
    /// Which layers become the features, where not the pooled output alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<LayeredFeatures>,
    /// The names of the classes as labelled texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_names: Option<LabelNames>,
    /// Inverse strength of the probe's L2 penalty.
    pub c: f64,
    /// Whether the probe weighs each class by the inverse of its frequency.
    pub balanced: bool,
    /// How often students are taught.
    pub rounds: u32,
    /// Above which score a text is of the second of two classes.
    pub threshold: Threshold,
    /// The texts without labels.
    pub pool: PoolInputs,
}

fn default_c() -> f64 {
    10.0
}

fn default_rounds() -> u32 {
    1
}

fn requirements<'a>(
    encoder: &'a str,
    features: Option<&LayeredFeatures>,
    size: Option<u32>,
) -> Requirements<'a> {
    Requirements {
        transfer: Some(TransferSet { size }),
        ..Requirements::layered(encoder, features, size)
    }
}

impl Settings for CrossView {
    fn requirements(&self) -> Requirements<'_> {
        Requirements {
            prompt: self.prompt.as_deref(),
            pooling: self.pooling,
            threshold: self.threshold.with(self.prior),
            ..requirements(&self.encoder, self.features.as_ref(), self.transfer_size)
        }
    }
}

impl Settings for CrossViewInputs {
    fn requirements(&self) -> Requirements<'_> {
        let size = self.pool.transfer_size;
        requirements(&self.encoder.sha256, self.features.as_ref(), size)
    }
}

impl Declared for CrossView {
    type Inputs = CrossViewInputs;

    fn resolve(&self, dependencies: Dependencies) -> Option<Self::Inputs> {
        let declared = dependencies.pooling.unwrap_or(Pooling::Mean);
        Some(CrossViewInputs {
            encoder: layered_encoder(dependencies.encoder?, self.features.as_ref()),
            pooling: self.pooling.unwrap_or(declared),
            features: self.features.as_ref().map(LayeredFeatures::resolved),
            label_names: self.label_names.clone(),
            c: self.c,
            balanced: self.balanced,
            rounds: self.rounds,
            threshold: self.threshold.with(self.prior)?,
            pool: dependencies.pool?,
        })
    }

    fn encoder_mut(&mut self) -> Option<&mut String> {
        Some(&mut self.encoder)
    }

    fn conflict(&self) -> Option<(&'static str, &'static str)> {
        let of_frozen = conflict(self.features.as_ref(), self.label_names.as_ref());
        of_frozen.or_else(|| self.threshold.conflict(self.prior))
    }
}

impl Method for CrossViewInputs {
    /// Fits the probe, scores the pool with it, and fits the students on these scores and on the labelled texts.
    fn run(
        &self,
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        let started = Instant::now();
        let encoder = context.encoders.load(&self.encoder)?;
        let layered = self.features.as_ref();
        let centers = (context.train_texts, context.pool);
        let mut maker = FeatureMaker::new(encoder.as_ref(), self.pooling, layered, centers)?;
        let train = (context.train_texts, context.train_labels);
        let labelled = Labelled::new(train, self.label_names.as_ref(), context.classes, &maker)?;
        let teacher = Teacher::fit(self.c, self.balanced, &labelled, context.classes.count())?;
        let pool = maker.of_pool(context.pool)?;
        let views = Views::fit(
            self.rounds,
            &teacher,
            train,
            &labelled,
            (context.pool, &pool),
        )?;
        let auc = if self.threshold.needs_auc() {
            Some(teacher.cross_validated_auc(&labelled, train.1.len())?)
        } else {
            None
        };
        let cut = self.threshold.cut(&views.pool.first_column(), auc);
        let fit_time = started.elapsed();
        let probabilities = context.predict_sets(on_progress, |texts, on_text| {
            let scores = views.score(texts, &maker.of(texts, on_text)?)?;
            Ok(probabilities(&scores, cut, context.classes.count()))
        })?;
        Ok(Outcome {
            probabilities,
            fit: None,
            fit_time,
            predict_time: started.elapsed() - fit_time,
        })
    }

    fn check_classes(&self, classes: usize) -> Result<(), ParamError> {
        let names = self.label_names.as_ref();
        names.map_or(Ok(()), |names| names.check(classes))
    }

    fn encoder(&self) -> Option<&EncoderInputs> {
        Some(&self.encoder)
    }

    fn encoder_mut(&mut self) -> Option<&mut EncoderInputs> {
        Some(&mut self.encoder)
    }

    fn pool(&self) -> Option<&PoolInputs> {
        Some(&self.pool)
    }

    fn pool_mut(&mut self) -> Option<&mut PoolInputs> {
        Some(&mut self.pool)
    }
}

/// Probabilities that rank texts as their scores do: of two classes `1 / (1 + exp(cut − s))`, of more the softmax.
fn probabilities(scores: &Scores, cut: f64, classes: usize) -> Probabilities {
    if classes == 2 {
        let scores = scores.first_column().into_iter();
        let of_second = |score: f64| 1.0 / (1.0 + (cut - score).exp());
        return Probabilities::two_class(scores.map(of_second).collect());
    }
    let softmax = |row: &Vec<f64>| {
        let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let raised: Vec<f64> = row.iter().map(|score| (score - largest).exp()).collect();
        let sum: f64 = raised.iter().sum();
        raised
            .into_iter()
            .map(move |value| value / sum)
            .collect::<Vec<_>>()
    };
    Probabilities::new(classes, scores.rows.iter().flat_map(softmax).collect())
}
