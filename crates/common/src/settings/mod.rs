//! Settings that several layers share: hyper-parameters of training, encoders' files, repositories and devices, text rules. No libtorch.

mod encoder;
mod encoder_limits;
mod hub;
mod long_texts;
pub mod model_folder;
mod model_sums;
mod model_type;
mod pairs;
mod sampling;
mod shards;
mod training;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use encoder::{
    CONFIG, DeviceKind, EncoderSource, LONGEST_CONFIG, Precision, encoder_id, encoder_id_of_files,
    processor_multiplies_bf16,
};
pub use encoder_limits::EncoderLimits;
pub use hub::HubSource;
pub use long_texts::{LongTexts, MOST_WINDOWS};
pub use model_sums::{FileSums, ModelFault, check_files};
pub use model_type::{ImpliedModelType, implied_model_type, model_type};
pub use pairs::PairParams;
pub use sampling::{SampleSize, Sampling};
pub use shards::{LONGEST_INDEX, ShardIndex, sharded_sum};
pub use training::{
    ClassWeights, FitParams, LossName, LossParams, Optimizer, ParamError, Pooling, Schedule,
};

/// The text rules applied before anything learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Preprocess {
    /// The column is read as it is.
    #[default]
    None,
    /// The rules of the published system, character for character.
    Reference,
}
