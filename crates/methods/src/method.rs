//! Traits of a method: its settings in a spec, and with every value spelled out.

use super::{
    Cost, Dependencies, EncoderInputs, MethodContext, MethodError, Outcome, PoolInputs,
    PredictionsInputs, Progress, Requirements, RowRef, SoftTargetsInputs,
};

use fsl_common::classes::Classes;
use fsl_common::settings::ParamError;

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

    /// The keys that name files of its own, with what they say: paths, which count from the spec's folder.
    fn files_mut(&mut self) -> Vec<(&'static str, &mut String)> {
        Vec::new()
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

    /// Refuses settings that do not go with these classes.
    ///
    /// # Errors
    /// [`ParamError`] for the first one.
    fn check_classes(&self, _: &Classes) -> Result<(), ParamError> {
        Ok(())
    }

    /// What its time depends on, beside the sizes of texts and encoder.
    fn cost(&self) -> Cost {
        Cost::default()
    }

    /// The encoder, for methods that have one.
    fn encoder(&self) -> Option<&EncoderInputs> {
        None
    }

    /// The encoders of all parts of the method, to be changed.
    fn encoders_mut(&mut self) -> Vec<&mut EncoderInputs> {
        Vec::new()
    }

    /// The teacher's probabilities that it learns from.
    fn soft_targets(&self) -> Option<&SoftTargetsInputs> {
        None
    }

    /// The texts without labels that it learns from by itself.
    fn pool(&self) -> Option<&PoolInputs> {
        None
    }

    /// The files that its probabilities are read from.
    fn imported(&self) -> Option<&PredictionsInputs> {
        None
    }

    /// The teacher's probabilities, to be changed.
    fn soft_targets_mut(&mut self) -> Option<&mut SoftTargetsInputs> {
        None
    }
}
