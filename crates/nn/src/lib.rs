//! Encoders, fine-tuning and inference on libtorch: token ids and numbers in, numbers out.
//!
//! Nothing here knows of datasets, specs or trials. [`Tokenizer`] turns texts into token ids; [`fit()`] fine-tunes an
//! [`Encoder`] with a new [`Head`] into a [`Classifier`]; [`Classifier::predict`] and [`embed`] read it out.
//!
//! Shapes, in all of the module: `B` texts, `N` tokens in all, `T` tokens of the longest text, `H` hidden, `A` heads,
//! `D = H/A`, `U` units of the head. Tokens always include the special ones.

mod activation;
mod attention;
mod batch;
mod config;
mod contrastive;
mod convolution;
mod cuda;
mod device;
mod disentangled;
mod dropout;
mod embeddings;
mod encoder;
mod error;
mod families;
mod family;
mod fit;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod head;
mod int8;
mod layers;
mod linear;
mod loss;
mod memory_limit;
mod model;
mod model_type;
mod mt19937;
mod onnx;
mod open_encoder;
mod optim;
mod parallel;
mod parse_config;
mod pickle;
mod pickle_legacy;
mod pickle_types;
mod pickle_zip;
mod pooling;
mod post_norm;
mod pre_norm;
mod precision;
mod predict;
mod raw_slice;
mod rng;
mod rotary;
mod safetensors_file;
mod settings;
mod shapes;
mod sharded;
mod sparse_embedding;
mod stack;
mod tensor_names;
mod tokenizer;
mod unpickle;
mod vector_modules;
mod weight_file;
mod weights;
mod windows;
mod wrapper_prefixes;

#[cfg(test)]
mod tests;

pub use activation::Activation;
pub use batch::Packed;
pub use config::EncoderConfig;
pub use contrastive::{LabelledTexts, PairSeeds, train_on_pairs};
pub use device::{parse_device, set_threads};
pub use dropout::DropoutRng;
pub use encoder::Encoder;
pub use error::{NnError, SizeConflict};
pub use family::Family;
pub use fit::{Examples, FitReport, FitSeeds, Step, fit};
pub use head::Head;
pub use loss::binary_cross_entropy;
pub use model::{
    MODEL_FORMAT, ModelMetadata, SavedModel, load_model, model_source, save_model,
    sequence_classifier,
};
pub use onnx::export_onnx;
pub use open_encoder::OpenEncoder;
pub use parallel::ParallelClassifier;
pub use precision::Compute;
pub use predict::{Classifier, Progress, embed, embed_layers};
pub use tch::Device;
pub use tensor_names::NameConflict;
pub use tokenizer::{TextWindows, TokenLimit, Tokenizer, Window};
pub use vector_modules::VectorModules;
pub use windows::embed_windows;
