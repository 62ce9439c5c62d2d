//! The command lines of `trial` and `devices`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::compute::device;

#[derive(Debug, Args)]
pub struct DevicesArgs {
    /// The devices to look for
    #[arg(required = true, value_parser = device, value_name = "DEVICE")]
    pub devices: Vec<String>,
}

#[derive(Debug, Args)]
pub struct TrialArgs {
    /// A folder with request.json; the result is written to it
    pub folder: PathBuf,
    /// Write progress to standard output as JSON lines; stop when the reader is gone
    #[arg(long)]
    pub progress: bool,
    /// The device to compute an encoder on
    #[arg(long, value_parser = device, value_name = "DEVICE")]
    pub device: Option<String>,
}
