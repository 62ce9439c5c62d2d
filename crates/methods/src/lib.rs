//! Methods: from training texts and a seed to a probability for every text.
//!
//! A method is one file. Its settings are what a spec parses, what the schema describes, what a trial's key covers and what
//! runs; [`Settings::requirements`] says what it draws from, learns from and builds on, and nothing else does. The list in `registry.rs`
//! registers it. Encoders are reached through [`Encoders`] only, so nothing here knows libtorch.

pub mod classic;

mod auto;
mod bow;
mod calibrate;
mod candidate;
mod centroid;
mod context;
mod contrastive;
mod cross_validation;
mod cross_view;
mod distill;
mod ensemble;
mod error;
mod finetune;
mod frozen;
mod inputs;
mod label_names;
mod label_propagation;
mod layered_features;
mod lesson;
mod majority;
mod method;
mod mixture;
mod naive_bayes;
mod predictions;
mod probe;
mod random;
mod registry;
mod requirements;
mod row_ref;
mod scores;
mod select;
mod self_training;
mod teacher;
mod temperature;
mod threshold;
mod training;
mod views;

#[cfg(test)]
mod calibrate_tests;
#[cfg(test)]
mod cross_validation_tests;
#[cfg(test)]
mod cross_view_tests;
#[cfg(test)]
mod lesson_tests;
#[cfg(test)]
mod row_table;
#[cfg(test)]
mod select_tests;
#[cfg(test)]
mod tests;

pub use auto::{Auto, AutoInputs};
pub use bow::{Bow, BowInputs};
pub use calibrate::{Calibrate, CalibrateInputs, CrossValidation};
pub use candidate::{Candidate, CandidateInputs, differing_key};
pub use centroid::{Centroid, CentroidInputs};
pub use context::{
    Embedder, Encoders, Fit, MethodContext, NoEncoders, Outcome, PairTraining, Predictor, Progress,
    SaveModel, Selection, SoftTargets, Training, TrainingSeeds,
};
pub use contrastive::{Contrastive, ContrastiveInputs};
pub use cross_view::{CrossView, CrossViewInputs};
pub use distill::{Distill, DistillInputs};
pub use ensemble::{Ensemble, RunningMean, mean_probabilities};
pub use error::{EncoderError, MethodError};
pub use finetune::{Finetune, FinetuneInputs};
pub use inputs::{
    Dependencies, EncoderInputs, PoolInputs, PredictionsInputs, SoftTargetsInputs, TransferInputs,
};
pub use label_names::LabelNames;
pub use label_propagation::{LabelPropagation, LabelPropagationInputs};
pub use layered_features::{Center, LayeredFeatures, blocks_for};
pub use majority::Majority;
pub use method::{Declared, Method, Settings};
pub use mixture::{Average, Mixture, MixtureInputs};
pub use naive_bayes::{NaiveBayes, NaiveBayesInputs};
pub use predictions::{Predictions, SIZE_PLACEHOLDERS, TRIAL_PLACEHOLDER};
pub use probe::{Probe, ProbeInputs};
pub use random::Random;
pub use registry::{MethodInputs, MethodSettings};
pub use requirements::{
    Base, BaseRole, Cost, EncoderWeights, Imported, Passes, Requirements, TransferSet,
};
pub use row_ref::RowRef;
pub use select::{Select, SelectBy, SelectInputs, SelectMetric};
pub use self_training::{SelfTraining, SelfTrainingInputs};
pub use threshold::{Threshold, ThresholdName};
pub use training::{Recipe, label_targets};
pub use views::ViewName;
