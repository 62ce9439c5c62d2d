//! Errors of encoders, as commands end with them.

use fsl_exp::cli::error::CliError;
use fsl_nn::NnError;

/// An encoder's error with its hint.
pub(crate) fn encoder_error(error: NnError) -> CliError {
    let hint = error.hint();
    CliError::Encoder {
        source: Box::new(error),
        hint,
    }
}
