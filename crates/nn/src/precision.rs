//! The kind of number that an encoder's matrix products are computed in.

use tch::Device;

use super::NnError;
use fsl_common::settings::{Precision, processor_multiplies_bf16};

/// Whether a fit can be computed in this kind of number.
///
/// # Errors
/// [`NnError::Precision`] for int8, which has no gradient.
pub(super) fn check_training(precision: Precision) -> Result<(), NnError> {
    match precision {
        Precision::F32 | Precision::Bf16 => Ok(()),
        Precision::Int8 => Err(NnError::Precision {
            precision,
            problem: "is for inference only".to_owned(),
        }),
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
