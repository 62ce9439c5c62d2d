//! The options of commands that read specs and results.

use std::path::PathBuf;

use clap::Args;

use crate::cli::compute::{PrecisionArg, device};
use crate::cli::number;

/// Which specs, with which keys set, and where their results are.
#[derive(Debug, Args)]
pub(in crate::cli) struct SpecArgs {
    /// Spec files
    #[arg(required = true, value_name = "SPEC")]
    pub(in crate::cli) specs: Vec<PathBuf>,
    /// Set a key in every spec, such as `trials.count=15`; a list for a key that takes one value sweeps it, as in
    /// `trials.train-size=[10,25,50]`
    #[arg(long, value_name = "KEY=VALUE")]
    pub(in crate::cli) set: Vec<String>,
    /// Allow sweeps of up to N points (default: 10,000)
    #[arg(long, value_name = "N", value_parser = number::at_least::<u64>(1))]
    pub(in crate::cli) allow_points: Option<u64>,
    /// The precision of encoders, for every spec (default: the spec's, else `auto`)
    #[arg(long, value_enum)]
    pub(in crate::cli) precision: Option<PrecisionArg>,
    /// Devices to spread trials over, separated by commas: `cpu`, `cuda` (the first GPU), `cuda:N`. Results from the CPU and from
    /// GPUs are stored separately (default: cpu)
    #[arg(long, value_delimiter = ',', value_parser = device, value_name = "DEVICE")]
    pub(in crate::cli) device: Vec<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct StoreArgs {
    /// The results folder
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub(in crate::cli) results: PathBuf,
}

/// The command that makes results of these specs that are missing.
pub(in crate::cli) fn run_command(specs: &SpecArgs, store: &StoreArgs) -> String {
    let mut words = vec!["fsl-exp run".to_owned()];
    words.extend(
        specs
            .specs
            .iter()
            .map(|spec| quoted(&spec.to_string_lossy())),
    );
    words.extend(specs.set.iter().map(|set| format!("--set {}", quoted(set))));
    words.extend(
        specs
            .precision
            .map(|precision| format!("--precision {}", precision.name())),
    );
    words.extend(
        specs
            .allow_points
            .map(|points| format!("--allow-points {points}")),
    );
    if !specs.device.is_empty() {
        words.push(format!("--device {}", specs.device.join(",")));
    }
    words.push(format!(
        "--results {}",
        quoted(&store.results.to_string_lossy())
    ));
    words.join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./=:,+@%".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
