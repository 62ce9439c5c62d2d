//! Where, and in which kind of number, encoders are computed: what a run does, and what it takes as done.

use crate::method::{EncoderInputs, MethodInputs};
use crate::settings::{DeviceKind, Precision, processor_multiplies_bf16};
use crate::spec::PrecisionName;

/// The variable that says what `auto` means, where the processor shall not be asked: `f32` or `bf16`.
pub const AUTO_PRECISION_VARIABLE: &str = "FSL_EXP_PRECISION";

/// What this machine computes encoders with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComputeSettings {
    /// The family of devices that the user asked for; `None` = the processor, and results of any family are taken.
    pub device: Option<DeviceKind>,
    /// What `auto` was said to mean, on every device: bf16 or not; `None` = what the device multiplies fastest in.
    pub auto_bf16: Option<bool>,
}

impl Default for ComputeSettings {
    /// The processor, as it is.
    fn default() -> Self {
        Self::new(None, None)
    }
}

impl ComputeSettings {
    /// This machine. `auto` is the value of [`AUTO_PRECISION_VARIABLE`].
    pub fn new(device: Option<DeviceKind>, auto: Option<&str>) -> Self {
        let auto_bf16 = match auto {
            Some("bf16") => Some(true),
            Some("f32") => Some(false),
            _ => None,
        };
        Self { device, auto_bf16 }
    }

    /// Whether `auto` means bf16 on such a device.
    pub fn prefers_bf16(self, device: DeviceKind) -> bool {
        self.auto_bf16.unwrap_or_else(|| match device {
            DeviceKind::Cpu => processor_multiplies_bf16(),
            DeviceKind::Cuda => true,
        })
    }
}

/// One way to compute an encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ComputeVariant {
    device: DeviceKind,
    precision: Precision,
    inference: Option<Precision>,
}

/// The variants that answer to what a spec asks for: the first is what runs, a result of any other is taken where it is stored.
pub(super) fn variants(asked: PrecisionName, machine: ComputeSettings) -> Vec<ComputeVariant> {
    let own = machine.device.unwrap_or_default();
    let devices = match machine.device {
        Some(device) => vec![device],
        None => vec![own, DeviceKind::Cuda],
    };
    let fastest = |device: DeviceKind| {
        if machine.prefers_bf16(device) {
            [Precision::Bf16, Precision::F32]
        } else {
            [Precision::F32, Precision::Bf16]
        }
    };
    let mut variants = Vec::new();
    for device in devices {
        let precisions = match asked {
            PrecisionName::F32 => vec![Precision::F32],
            PrecisionName::Bf16 => vec![Precision::Bf16],
            PrecisionName::Auto | PrecisionName::Int8 => fastest(device).to_vec(),
        };
        let inference = (asked == PrecisionName::Int8).then_some(Precision::Int8);
        variants.extend(precisions.into_iter().map(|precision| ComputeVariant {
            device,
            precision,
            inference,
        }));
    }
    variants
}

impl ComputeVariant {
    /// The encoder part of a trial's inputs.
    pub(super) fn inputs(self, sha256: String, max_tokens: u32, threads: u32) -> EncoderInputs {
        EncoderInputs {
            sha256,
            max_tokens,
            precision: self.precision,
            inference: self.inference,
            device: self.device,
            threads,
        }
    }

    /// The method, computed by this variant.
    pub(super) fn apply(self, method: &mut MethodInputs) {
        if let Some(encoder) = method.encoder_mut() {
            encoder.precision = self.precision;
            encoder.inference = self.inference;
            encoder.device = self.device;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(
        asked: PrecisionName,
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
        variants(asked, ComputeSettings { device, auto_bf16 })
            .into_iter()
            .map(one)
            .collect()
    }

    #[test]
    fn the_first_way_is_the_fastest_and_auto_takes_all_others() {
        let all = ["cpu f32", "cpu bf16", "cuda f32", "cuda bf16"];
        assert_eq!(said(PrecisionName::Auto, None, Some(false)), all);
        assert_eq!(
            said(PrecisionName::Auto, None, Some(true))[..2],
            ["cpu bf16", "cpu f32"]
        );
        let gpu = Some(DeviceKind::Cuda);
        assert_eq!(
            said(PrecisionName::Auto, gpu, None),
            ["cuda bf16", "cuda f32"]
        );
    }

    #[test]
    fn what_was_asked_for_is_not_traded() {
        assert_eq!(
            said(PrecisionName::F32, None, Some(true)),
            ["cpu f32", "cuda f32"]
        );
        let gpu = Some(DeviceKind::Cuda);
        assert_eq!(said(PrecisionName::Bf16, gpu, Some(false)), ["cuda bf16"]);
        let cpu = Some(DeviceKind::Cpu);
        assert_eq!(
            said(PrecisionName::Int8, cpu, Some(true)),
            ["cpu bf16 int8", "cpu f32 int8"]
        );
    }
}
