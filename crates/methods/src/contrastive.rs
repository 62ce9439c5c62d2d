//! Contrastive: an encoder that is trained on pairs of labelled texts, and logistic regression on its vectors, in the manner of SetFit
//! (Tunstall et al. 2022, `arXiv:2209.11055`).

use std::time::Instant;

use super::bow::{default_balanced, default_c};
use super::cross_view::{FittedStudents, Students};
use super::frozen::{frozen_declared, frozen_inputs, frozen_method, frozen_settings};
use super::views::ViewName;
use super::{
    Cost, Declared, Dependencies, Embedder, EncoderWeights, Method, MethodContext, MethodError,
    Outcome, PairTraining, Passes, Progress, Requirements, Settings, Threshold, TransferSet,
};
use crate::classic::{Features, check_all_occur};
use fsl_common::seed::Stream;
use fsl_common::settings::{PairParams, Pooling};

frozen_settings! {
    /// An encoder that learns to put texts of one class near each other, and logistic regression on its vectors.
    Contrastive {
        /// How many pairs of each kind, of one class and of two, every text begins in an epoch.
        #[serde(default = "default_iterations")]
        #[schemars(range(min = 1, max = 1000))]
        pub iterations: u32,
        /// Passes over the texts, with new pairs in each.
        #[serde(default = "default_epochs")]
        #[schemars(range(min = 1, max = 1000))]
        pub epochs: u32,
        /// Pairs per step.
        #[serde(default = "default_batch_size")]
        #[schemars(range(min = 1, max = 4096))]
        pub batch_size: u32,
        /// The peak learning rate; it falls to 0 on a straight line.
        #[serde(default = "default_learning_rate")]
        #[schemars(range(min = 1e-12, max = 1))]
        pub learning_rate: f64,
        /// The share of all steps, rounded up, over which the rate rises from 0.
        #[serde(default = "default_warmup")]
        #[schemars(range(min = 0, max = 1))]
        pub warmup: f64,
        /// Decoupled weight decay, not on biases and normalisations.
        #[serde(default = "default_weight_decay")]
        #[schemars(range(min = 0, max = 1))]
        pub weight_decay: f64,
        /// The maximum gradient norm over all parameters; larger gradients are scaled down. 0 = no clipping.
        #[serde(default = "default_clip_norm")]
        #[schemars(range(min = 0, max = 1_000_000))]
        pub clip_norm: f64,
        /// Dropout inside the encoder, in place of what its config.json says.
        #[schemars(range(min = 0, max = 0.95))]
        pub encoder_dropout: Option<f64>,
        /// Inverse strength of the regression's L2 penalty.
        #[serde(default = "default_c")]
        #[schemars(range(min = 1e-6, max = 1e6))]
        pub c: f64,
        /// Weigh each class by the inverse of its frequency in the regression.
        #[serde(default = "default_balanced")]
        pub balanced: bool,
        /// Have the regression teach students on the transfer texts, as `cross-view` has them in one round. Of two classes, half of the transfer
        /// texts are above the threshold then.
        #[serde(default)]
        pub students: bool,
    }
    ContrastiveInputs {
        /// How the encoder is trained.
        pub training: PairParams,
        /// Inverse strength of the regression's L2 penalty.
        pub c: f64,
        /// Whether each class is weighed by the inverse of its frequency.
        pub balanced: bool,
        /// Whether the regression teaches students.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pub students: bool,
    }
}

fn default_iterations() -> u32 {
    20
}

fn default_epochs() -> u32 {
    1
}

fn default_batch_size() -> u32 {
    16
}

fn default_learning_rate() -> f64 {
    2e-5
}

fn default_warmup() -> f64 {
    0.1
}

fn default_weight_decay() -> f64 {
    0.01
}

fn default_clip_norm() -> f64 {
    1.0
}

/// The texts of the pool that its features are centred on, or that students learn from, are all there are.
const POOL: TransferSet = TransferSet {
    size: None,
    asked_by: Some("students"),
};

/// What a method on a frozen encoder asks for, and what a training and students do.
fn trained(frozen: Requirements<'_>, students: bool) -> Requirements<'_> {
    Requirements {
        streams: &[Stream::Order, Stream::Dropout],
        weights: EncoderWeights::Trained,
        threshold: students.then_some(Threshold::Balanced),
        transfer: frozen.transfer.or(students.then_some(POOL)),
        ..frozen
    }
}

impl Settings for Contrastive {
    fn requirements(&self) -> Requirements<'_> {
        trained(self.frozen_requirements(), self.students)
    }
}

impl Settings for ContrastiveInputs {
    fn requirements(&self) -> Requirements<'_> {
        trained(self.frozen_requirements(), self.students)
    }
}

impl Declared for Contrastive {
    type Inputs = ContrastiveInputs;

    fn resolve(&self, dependencies: Dependencies) -> Option<Self::Inputs> {
        frozen_inputs!(
            self,
            dependencies,
            ContrastiveInputs {
                training: PairParams {
                    epochs: self.epochs as usize,
                    iterations: self.iterations as usize,
                    batch_size: self.batch_size as usize,
                    learning_rate: self.learning_rate,
                    warmup: self.warmup,
                    weight_decay: self.weight_decay,
                    clip_norm: self.clip_norm,
                    encoder_dropout: self.encoder_dropout,
                },
                c: self.c,
                balanced: self.balanced,
                students: self.students,
            }
        )
    }

    frozen_declared!();
}

impl ContrastiveInputs {
    /// Fits what tells the classes apart on the vectors of the trained encoder.
    fn classified(
        &self,
        loaded: (&dyn Embedder, Pooling, Instant),
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        let (c, balanced, classes) = (self.c, self.balanced, context.classes.count());
        if !self.students {
            return self.frozen().run_on(
                loaded,
                context,
                on_progress,
                |_, labelled, _| labelled.logistic(c, balanced, classes),
                |model, _, rows| Ok(model.predict_proba(&Features::dense(rows)?)),
            );
        }
        let students = Students {
            c,
            balanced,
            views: ViewName::USUAL.to_vec(),
            rounds: 1,
            add_probe: true,
            threshold: Threshold::Balanced,
        };
        self.frozen().run_on(
            loaded,
            context,
            on_progress,
            |maker, labelled, _| students.fit(context, maker, labelled),
            FittedStudents::predict,
        )
    }
}

impl Method for ContrastiveInputs {
    /// Trains the encoder on pairs, fits the regression on the texts' features, and scores the others'.
    fn run(
        &self,
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        let started = Instant::now();
        let classes = context.classes.count();
        check_all_occur(context.train_labels, classes)?;
        if self.students {
            context.check_pool()?;
        }
        let training = PairTraining {
            params: &self.training,
            pooling: self.pooling,
            texts: context.train_texts,
            labels: context.train_labels,
            order: context.seed(Stream::Order),
            dropout: context.seed(Stream::Dropout),
        };
        let (encoder, fit) =
            context
                .encoders
                .train_on_pairs(&self.encoder, &training, on_progress)?;
        let loaded = (encoder.as_ref(), self.pooling, started);
        let outcome = self.classified(loaded, context, on_progress)?;
        Ok(Outcome {
            fit: Some(fit),
            ..outcome
        })
    }

    /// Each text begins two pairs in every iteration, and each pair has two texts.
    fn cost(&self) -> Cost {
        let PairParams {
            epochs, iterations, ..
        } = self.training;
        Cost {
            training: Some(Passes {
                epochs: (4 * epochs * iterations) as u64,
                least_texts: 0,
            }),
            ..Cost::default()
        }
    }

    frozen_method!();
}
