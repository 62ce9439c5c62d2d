//! The device and the precision that commands compute encoders in.

use std::thread;

use clap::{Args, ValueEnum};

use super::error::CliError;
use super::number;
use fsl_common::settings::{DeviceKind, Precision};
use fsl_core::runner::{AUTO_PRECISION_VARIABLE, ComputeSettings};
use fsl_core::spec::{Experiment, PrecisionName};

/// The options of commands that compute an encoder themselves.
#[derive(Debug, Args)]
pub struct ComputeArgs {
    /// The kind of number that the encoder's matrix products are computed in; `auto` is bf16 where the device multiplies in it
    /// [default: auto; `embed`: f32]
    #[arg(long, value_enum)]
    pub precision: Option<PrecisionArg>,
    /// The device: `cpu`, `cuda` (the first GPU) or `cuda:N`
    #[arg(long, default_value = "cpu", value_parser = device, value_name = "DEVICE")]
    pub device: String,
    /// libtorch threads; with 1, the same command on the same processor gives the same numbers, bit by bit [default: the number of cores]
    #[arg(long, value_parser = number::between::<u32>(1, 256), value_name = "N")]
    threads: Option<u32>,
}

/// What `--precision` can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PrecisionArg {
    /// bf16 where the device multiplies in it, otherwise f32
    Auto,
    /// IEEE single precision
    F32,
    /// bfloat16 with f32 weights and sums
    Bf16,
    /// 8-bit integers, for inference on processors
    Int8,
}

impl PrecisionArg {
    /// As specs write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::Int8 => "int8",
        }
    }
}

impl ComputeArgs {
    /// How many threads libtorch gets.
    pub fn threads(&self) -> usize {
        self.threads.map_or_else(
            || thread::available_parallelism().map_or(1, usize::from),
            |threads| threads as usize,
        )
    }
}

/// What `auto` means on a device.
///
/// # Errors
/// [`CliError::Usage`] for a value of [`AUTO_PRECISION_VARIABLE`] that is none.
pub fn fastest(device: &str) -> Result<Precision, CliError> {
    let kind = DeviceKind::from_name(device).unwrap_or_default();
    Ok(
        if ComputeSettings::new(Some(kind), auto()?.as_deref()).prefers_bf16(kind) {
            Precision::Bf16
        } else {
            Precision::F32
        },
    )
}

/// The value of [`AUTO_PRECISION_VARIABLE`], where it is set.
fn auto() -> Result<Option<String>, CliError> {
    let auto = std::env::var(AUTO_PRECISION_VARIABLE)
        .ok()
        .filter(|value| !value.is_empty());
    match auto.as_deref() {
        None | Some("auto" | "f32" | "bf16") => Ok(auto),
        Some(_) => Err(CliError::Usage {
            option: AUTO_PRECISION_VARIABLE,
            problem: "must be `auto`, `f32` or `bf16`".to_owned(),
        }),
    }
}

/// This machine, with the family of the devices that a run of `experiments` was told to use.
///
/// # Errors
/// [`CliError::Usage`] for a value of [`AUTO_PRECISION_VARIABLE`] that is none, for devices of two families, and for int8 on a GPU.
pub fn machine(
    devices: &[String],
    experiments: &[Experiment],
) -> Result<ComputeSettings, CliError> {
    let auto = auto()?;
    let mut kinds = devices
        .iter()
        .filter_map(|name| DeviceKind::from_name(name));
    let first = kinds.next();
    if kinds.any(|kind| Some(kind) != first) {
        return Err(CliError::Usage {
            option: "--device",
            problem: "mixes the CPU and GPUs, whose results differ".to_owned(),
        });
    }
    let int8 = |experiment: &Experiment| {
        let mut rows = experiment.rows.iter();
        rows.any(|row| row.trials.precision == PrecisionName::Int8)
    };
    if first == Some(DeviceKind::Cuda)
        && let Some(experiment) = experiments.iter().find(|one| int8(one))
    {
        return Err(CliError::Usage {
            option: "--device",
            problem: format!(
                "is a GPU, but `{}` uses int8 inference, which runs on the CPU only",
                experiment.name
            ),
        });
    }
    Ok(ComputeSettings::new(first, auto.as_deref()))
}

/// A device as it is written.
///
/// # Errors
/// What it must be.
pub fn device(written: &str) -> Result<String, String> {
    match DeviceKind::from_name(written) {
        Some(_) => Ok(written.to_owned()),
        None => Err("must be `cpu`, `cuda` or `cuda:N`".to_owned()),
    }
}
