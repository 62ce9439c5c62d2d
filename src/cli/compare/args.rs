//! The command line of `compare`.

use std::str::FromStr;

use clap::Args;

use super::super::args::{SpecArgs, StoreArgs, VerdictFormat};

/// Which rows, at which margin.
#[derive(Debug, Args)]
pub(in super::super) struct CompareArgs {
    #[command(flatten)]
    pub(super) specs: SpecArgs,
    #[command(flatten)]
    pub(super) store: StoreArgs,
    /// A row to judge, as `id` or `experiment/id` (default: every other row)
    #[arg(long, value_name = "ROW", conflicts_with = "pair")]
    pub(super) row: Vec<String>,
    /// The row to judge against (default: the first)
    #[arg(long, value_name = "ROW", conflicts_with = "pair")]
    pub(super) against: Option<String>,
    /// Two rows, the first of which is judged against the second; may be repeated
    #[arg(long, value_name = "ROW,ROW", value_parser = pair)]
    pub(super) pair: Vec<[String; 2]>,
    /// The smallest difference that matters, in points of F1
    #[arg(
        long,
        value_name = "POINTS",
        default_value = "1.0",
        allow_negative_numbers = true
    )]
    pub(super) margin: Margin,
    /// The form of the verdicts
    #[arg(long, value_enum, default_value_t = VerdictFormat::Terminal)]
    pub(super) format: VerdictFormat,
}

/// A number of points above 0 and below 100.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) struct Margin(pub(in super::super) f64);

impl FromStr for Margin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let points = text.parse::<f64>().ok();
        let points = points.filter(|points| *points > 0.0 && *points < 100.0);
        points.map(Self).ok_or_else(|| {
            "must be a number of points above 0 and below 100, such as 0.5".to_owned()
        })
    }
}

fn pair(text: &str) -> Result<[String; 2], String> {
    match text.split_once(',') {
        Some((a, b)) if !a.is_empty() && !b.is_empty() && !b.contains(',') => {
            Ok([a.trim().to_owned(), b.trim().to_owned()])
        }
        _ => Err("must be two rows with a comma between them, such as `fsl-mean,fsl`".to_owned()),
    }
}

impl CompareArgs {
    /// The command that makes what is missing.
    pub(super) fn remedy(&self) -> String {
        remedy(&self.specs, &self.store)
    }
}

/// The command that makes what is missing of these specs.
pub(in super::super) fn remedy(specs: &SpecArgs, store: &StoreArgs) -> String {
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
