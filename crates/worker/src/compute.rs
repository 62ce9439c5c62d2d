//! The device and the precision in which a command computes its encoder.

use fsl_common::settings::Precision;
use fsl_exp::cli::compute::{ComputeArgs, PrecisionArg, fastest};
use fsl_exp::cli::error::CliError;
use fsl_nn::{self as nn, Compute};

use crate::error::encoder_error;

/// Refuses a device that is not here, before anything is read or made.
///
/// # Errors
/// Where libtorch has no such device.
pub(crate) fn check_device(args: &ComputeArgs) -> Result<(), CliError> {
    nn::parse_device(&args.device)
        .map(drop)
        .map_err(encoder_error)
}

/// Device and precision, `default` being the precision where none was asked for. Sets libtorch's threads.
///
/// # Errors
/// Where libtorch has no such device, and for a value of `FSL_EXP_PRECISION` that is none.
pub(crate) fn begin(args: &ComputeArgs, default: PrecisionArg) -> Result<Compute, CliError> {
    nn::set_threads(args.threads());
    let device = nn::parse_device(&args.device).map_err(encoder_error)?;
    let precision = match args.precision.unwrap_or(default) {
        PrecisionArg::Auto => fastest(&args.device)?,
        PrecisionArg::F32 => Precision::F32,
        PrecisionArg::Bf16 => Precision::Bf16,
        PrecisionArg::Int8 => Precision::Int8,
    };
    Ok(Compute { device, precision })
}
