//! The methods: from training texts and a seed to a probability for every test text.
//!
//! This module maps checked values to [`classic`](crate::classic) and [`nn`](crate::nn). It opens no store and knows no
//! spec beyond the method it is given. To add a method, see CONTRIBUTING.

mod baseline;
mod bow;
mod distill;
mod ensemble;
mod error;
mod finetune;
mod inputs;
mod outcome;
mod probe;
mod recipe;

pub use ensemble::mean_probabilities;
pub use error::MethodError;
pub use inputs::{EncoderInputs, LessonInputs, MethodInputs, TransferInputs};
pub use outcome::{Fit, Fitter, Keep, Lesson, Outcome, Progress, Task, run, run_plain};
