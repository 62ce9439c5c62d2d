//! Methods: from training texts and a seed to a probability for every text.
//!
//! A method is one file. Its settings are what a spec parses, what the schema describes, what a trial's key covers and what
//! runs; [`Settings::requirements`] says what it draws from, learns from and builds on, and nothing else does. The list at the end of this
//! file registers it. Encoders are reached through [`Encoders`] only, so nothing here knows libtorch.

mod bow;
mod context;
mod distill;
mod ensemble;
mod error;
mod finetune;
mod inputs;
mod majority;
mod probe;
mod random;
mod registry;
mod requirements;
mod row_ref;
mod training;

#[cfg(test)]
mod tests;

pub use bow::Bow;
pub use context::{
    Embedder, Encoders, Fit, MethodContext, NoEncoders, Outcome, Predictor, Progress, SaveModel,
    SoftTargets, Training, TrainingSeeds,
};
pub use distill::{Distill, DistillInputs};
pub use ensemble::{Ensemble, mean_probabilities};
pub use error::{EncoderError, MethodError};
pub use finetune::{Finetune, FinetuneInputs};
pub use inputs::{Dependencies, EncoderInputs, SoftTargetsInputs, TransferInputs};
pub use majority::Majority;
pub use probe::Probe;
pub use random::Random;
pub use requirements::{Base, BaseRole, Cost, Requirements, TransferSet};
pub use row_ref::RowRef;
pub use training::Recipe;

/// What a method's settings ask for, in a spec and in a key alike.
pub trait Settings {
    /// The only place that says what the method draws from, learns from and builds on.
    fn requirements(&self) -> Requirements<'_>;
}

/// A method's settings as a spec has them.
pub trait Declared: Settings {
    /// The settings with every value spelled out and encoders named by their contents: what a trial's key covers and what runs.
    type Inputs: Method;

    /// Spells the settings out; `None` where a dependency is missing that the requirements name, and for methods without trials.
    fn resolve(&self, dependencies: Dependencies) -> Option<Self::Inputs>;

    /// The name of the encoder.
    fn encoder_mut(&mut self) -> Option<&mut String> {
        None
    }

    /// The name of the row that it builds on.
    fn base_mut(&mut self) -> Option<&mut RowRef> {
        None
    }

    /// A key that does not go with the others, and why.
    fn conflict(&self) -> Option<(&'static str, &'static str)> {
        None
    }
}

/// A method with every setting spelled out.
pub trait Method: Settings {
    /// Fits and predicts: a pure function of the settings, the context's texts and its seeds.
    ///
    /// # Errors
    /// See [`MethodError`].
    fn run(
        &self,
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError>;

    /// What its time depends on, beside the sizes of texts and encoder.
    fn cost(&self) -> Cost<'_> {
        Cost::default()
    }

    /// The encoder, for methods that have one.
    fn encoder(&self) -> Option<&EncoderInputs> {
        None
    }

    /// The encoder, to be changed.
    fn encoder_mut(&mut self) -> Option<&mut EncoderInputs> {
        None
    }

    /// The teacher's probabilities that it learns from.
    fn soft_targets(&self) -> Option<&SoftTargetsInputs> {
        None
    }

    /// The teacher's probabilities, to be changed.
    fn soft_targets_mut(&mut self) -> Option<&mut SoftTargetsInputs> {
        None
    }
}

registry::methods! {
    /// Fair coins: the mean of many draws per text, positive above one half.
    random: Random,
    /// The most frequent class of the training texts, for every text.
    majority: Majority,
    /// TF-IDF of word n-grams and logistic regression, with scikit-learn's semantics.
    bow: Bow,
    /// A frozen encoder and logistic regression on its pooled output.
    probe: Probe,
    /// An encoder and a classifier head, trained together.
    finetune: Finetune,
    /// The mean of several trials' probabilities.
    ensemble: Ensemble,
    /// A student, trained on a teacher's probabilities.
    distill: Distill,
}
