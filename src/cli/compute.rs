//! Where and in which kind of number commands compute encoders.

use std::thread;

use clap::{Args, ValueEnum};

use super::error::CliError;
use crate::nn::{self, Compute, DeviceKind, NnError, Precision};
use crate::runner::{AUTO, Machine};

/// The options of commands that compute an encoder themselves.
#[derive(Debug, Args)]
pub(super) struct ComputeArgs {
    /// The kind of number that the encoder's matrix products are computed in; `auto` is bf16 where the device multiplies in it
    /// [default: auto; `embed`: f32]
    #[arg(long, value_enum)]
    precision: Option<PrecisionArg>,
    /// The device: `cpu`, `cuda` (the first GPU) or `cuda:N`
    #[arg(long, default_value = "cpu", value_parser = device, value_name = "DEVICE")]
    device: String,
    /// libtorch threads; with 1, the same command gives the same numbers, bit by bit [default: the number of cores]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=256), value_name = "N")]
    threads: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PrecisionArg {
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
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::Int8 => "int8",
        }
    }
}

impl ComputeArgs {
    /// Device and precision, `default` being the precision where none was asked for. Sets libtorch's threads.
    ///
    /// # Errors
    /// Where libtorch has no such device.
    pub(super) fn begin(&self, default: PrecisionArg) -> Result<Compute, NnError> {
        nn::set_threads(self.threads());
        let device = nn::parse_device(&self.device)?;
        let precision = match self.precision.unwrap_or(default) {
            PrecisionArg::Auto => fastest(DeviceKind::of(&self.device).unwrap_or_default()),
            PrecisionArg::F32 => Precision::F32,
            PrecisionArg::Bf16 => Precision::Bf16,
            PrecisionArg::Int8 => Precision::Int8,
        };
        Ok(Compute { device, precision })
    }

    /// How many threads libtorch gets.
    pub(super) fn threads(&self) -> usize {
        self.threads.map_or_else(
            || thread::available_parallelism().map_or(1, usize::from),
            |threads| threads as usize,
        )
    }
}

/// What `auto` means.
fn fastest(device: DeviceKind) -> Precision {
    let machine = Machine::here(Some(device), std::env::var(AUTO).ok().as_deref());
    if machine.bf16 || device == DeviceKind::Cuda {
        Precision::Bf16
    } else {
        Precision::F32
    }
}

/// This machine, with the family of the devices that a run was told to use.
///
/// # Errors
/// [`CliError::Usage`] for a value of [`AUTO`] that is none, and for devices of two families.
pub(super) fn machine(devices: &[String]) -> Result<Machine, CliError> {
    let auto = std::env::var(AUTO).ok().filter(|value| !value.is_empty());
    if auto
        .as_deref()
        .is_some_and(|value| !["auto", "f32", "bf16"].contains(&value))
    {
        return Err(CliError::Usage {
            option: AUTO,
            problem: "must be `auto`, `f32` or `bf16`".to_owned(),
        });
    }
    let mut kinds = devices.iter().filter_map(|name| DeviceKind::of(name));
    let first = kinds.next();
    if kinds.any(|kind| Some(kind) != first) {
        return Err(CliError::Usage {
            option: "--device",
            problem: "names a processor and a GPU; their results are not the same".to_owned(),
        });
    }
    Ok(Machine::here(first, auto.as_deref()))
}

/// A device as it is written.
pub(super) fn device(written: &str) -> Result<String, String> {
    match DeviceKind::of(written) {
        Some(_) => Ok(written.to_owned()),
        None => Err("must be `cpu`, `cuda` or `cuda:N`".to_owned()),
    }
}
