//! Devices and precisions for encoders: what a run uses, and which stored results it accepts.

use crate::spec::PrecisionName;
use fsl_common::settings::{DeviceKind, LongTexts, Precision, processor_multiplies_bf16};
use fsl_methods::{EncoderInputs, MethodInputs};

/// The environment variable that overrides what `precision = "auto"` means: `f32` or `bf16`.
pub const AUTO_PRECISION_VARIABLE: &str = "FSL_EXP_PRECISION";

/// How this machine computes encoders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComputeSettings {
    /// The kind of device the user asked for; `None` runs on the CPU and accepts stored results from any device.
    pub device: Option<DeviceKind>,
    /// Whether `auto` means bf16, on every device; `None` picks what the device multiplies fastest.
    pub auto_bf16: Option<bool>,
}

impl Default for ComputeSettings {
    /// The CPU, with its fastest precision.
    fn default() -> Self {
        Self::new(None, None)
    }
}

impl ComputeSettings {
    /// Settings for `device`; `auto` is the value of [`AUTO_PRECISION_VARIABLE`].
    pub fn new(device: Option<DeviceKind>, auto: Option<&str>) -> Self {
        let auto_bf16 = match auto {
            Some("bf16") => Some(true),
            Some("f32") => Some(false),
            _ => None,
        };
        Self { device, auto_bf16 }
    }

    /// Whether `auto` means bf16 on this kind of device.
    pub fn prefers_bf16(self, device: DeviceKind) -> bool {
        self.auto_bf16.unwrap_or_else(|| match device {
            DeviceKind::Cpu => processor_multiplies_bf16(),
            DeviceKind::Cuda => true,
        })
    }
}

/// One combination of device and precisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ComputeVariant {
    device: DeviceKind,
    precision: Precision,
    inference: Option<Precision>,
}

/// The acceptable variants, preferred first. The first one runs; a stored result of any other is reused.
pub(super) fn variants(requested: PrecisionName, settings: ComputeSettings) -> Vec<ComputeVariant> {
    let devices = match settings.device {
        Some(device) => vec![device],
        None => vec![DeviceKind::default(), DeviceKind::Cuda],
    };
    let fastest = |device: DeviceKind| {
        if settings.prefers_bf16(device) {
            [Precision::Bf16, Precision::F32]
        } else {
            [Precision::F32, Precision::Bf16]
        }
    };
    let mut variants = Vec::new();
    for device in devices {
        let precisions = match requested {
            PrecisionName::F32 => vec![Precision::F32],
            PrecisionName::Bf16 => vec![Precision::Bf16],
            PrecisionName::Auto | PrecisionName::Int8 => fastest(device).to_vec(),
        };
        let inference = (requested == PrecisionName::Int8).then_some(Precision::Int8);
        variants.extend(precisions.into_iter().map(|precision| ComputeVariant {
            device,
            precision,
            inference,
        }));
    }
    variants
}

impl ComputeVariant {
    /// The encoder part of a trial's inputs under this variant.
    pub(super) fn inputs(self, sha256: String, max_tokens: u32, threads: u32) -> EncoderInputs {
        EncoderInputs {
            sha256,
            max_tokens,
            long_texts: LongTexts::default(),
            precision: self.precision,
            inference: self.inference,
            device: self.device,
            threads,
            modules: Vec::new(),
            prompt: None,
        }
    }

    /// Switches a method's encoder to this variant.
    pub(super) fn apply(self, method: &mut MethodInputs) {
        for encoder in method.encoders_mut() {
            encoder.precision = self.precision;
            encoder.inference = self.inference;
            encoder.device = self.device;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(
        requested: PrecisionName,
        device: Option<DeviceKind>,
        auto_bf16: Option<bool>,
    ) -> Vec<String> {
        let one = |variant: ComputeVariant| {
            let inference = variant.inference.map_or("", |_| " int8");
            format!(
                "{} {}{inference}",
                variant.device.as_str(),
                variant.precision.as_str()
            )
        };
        variants(requested, ComputeSettings { device, auto_bf16 })
            .into_iter()
            .map(one)
            .collect()
    }

    #[test]
    fn auto_prefers_the_fastest_and_accepts_all_others() {
        let all = ["cpu f32", "cpu bf16", "cuda f32", "cuda bf16"];
        assert_eq!(names(PrecisionName::Auto, None, Some(false)), all);
        assert_eq!(
            names(PrecisionName::Auto, None, Some(true))[..2],
            ["cpu bf16", "cpu f32"]
        );
        let gpu = Some(DeviceKind::Cuda);
        assert_eq!(
            names(PrecisionName::Auto, gpu, None),
            ["cuda bf16", "cuda f32"]
        );
    }

    #[test]
    fn an_explicit_precision_is_never_replaced() {
        assert_eq!(
            names(PrecisionName::F32, None, Some(true)),
            ["cpu f32", "cuda f32"]
        );
        let gpu = Some(DeviceKind::Cuda);
        assert_eq!(names(PrecisionName::Bf16, gpu, Some(false)), ["cuda bf16"]);
        let cpu = Some(DeviceKind::Cpu);
        assert_eq!(
            names(PrecisionName::Int8, cpu, Some(true)),
            ["cpu bf16 int8", "cpu f32 int8"]
        );
    }
}
