//! The command line of `trial`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::compute::device;

#[derive(Debug, Args)]
pub struct TrialArgs {
    /// A folder with request.json; the result is left in it
    pub folder: PathBuf,
    /// Tell progress on standard output, a line of JSON each, and stop when nobody reads it any more
    #[arg(long)]
    pub progress: bool,
    /// The device to compute an encoder on
    #[arg(long, value_parser = device, value_name = "DEVICE")]
    pub device: Option<String>,
}
