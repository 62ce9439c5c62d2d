//! The kind of number that an encoder's matrix products are computed in.

use serde::{Deserialize, Serialize};
use tch::Device;

use super::NnError;

/// The kind of number that an encoder's matrix products are computed in. Everything else (sums, normalisation, softmax, dropout
/// of layers, the head, the loss, Adam, the weights themselves) is IEEE single precision whatever this says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// IEEE single precision.
    F32,
    /// bfloat16: operands and results are rounded to 8 bits of mantissa, sums are f32. Processors without such products
    /// round operands and results and multiply in f32, without the speed. That gives nearly the same numbers: attention's scores
    /// and probabilities stay f32 there.
    Bf16,
    /// 8-bit integers, inference on processors only: weights by output, activations by token, sums exact.
    Int8,
}

impl Precision {
    /// The fastest kind that training can use on the device: bf16 on GPUs and on processors that multiply in it, else f32.
    pub fn fastest(device: Device) -> Self {
        if multiplies_bf16(device) {
            Self::Bf16
        } else {
            Self::F32
        }
    }

    /// As it is written in specs and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::Int8 => "int8",
        }
    }

    /// Whether a fit can be computed in it.
    ///
    /// # Errors
    /// [`NnError::Precision`] for int8, which has no gradient.
    pub(super) fn check_training(self) -> Result<(), NnError> {
        match self {
            Self::F32 | Self::Bf16 => Ok(()),
            Self::Int8 => Err(NnError::Precision {
                precision: self,
                problem: "is for inference only".to_owned(),
            }),
        }
    }
}

/// Where an encoder is computed, and in which kind of number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compute {
    /// Where tensors live.
    pub device: Device,
    /// What products are computed in.
    pub precision: Precision,
}

impl Compute {
    /// f32 on the processor.
    pub const CPU: Self = Self {
        device: Device::Cpu,
        precision: Precision::F32,
    };
}

/// Whether the device has products of bf16 numbers of its own.
pub(super) fn multiplies_bf16(device: Device) -> bool {
    match device {
        Device::Cpu => processor_multiplies_bf16(),
        _ => true,
    }
}

/// Whether the processor has products of bf16 numbers, as libtorch's library for them (oneDNN) uses them: AVX512-BF16,
/// which processors with AMX have too.
#[cfg(target_arch = "x86_64")]
pub fn processor_multiplies_bf16() -> bool {
    std::arch::is_x86_feature_detected!("avx512bf16")
        && std::arch::is_x86_feature_detected!("avx512vl")
}

/// Whether the processor has products of bf16 numbers; not known of other families.
#[cfg(not(target_arch = "x86_64"))]
pub fn processor_multiplies_bf16() -> bool {
    false
}
