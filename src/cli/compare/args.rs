//! The command line of `compare`.

use std::str::FromStr;

use clap::Args;

use crate::cli::args::{SpecArgs, StoreArgs, any_format, default_format};
use fsl_report::Format;

/// Which rows, at which margin.
#[derive(Debug, Args)]
pub(in crate::cli) struct CompareArgs {
    #[command(flatten)]
    pub(super) specs: SpecArgs,
    #[command(flatten)]
    pub(super) store: StoreArgs,
    /// A row to judge, as `id` or `experiment/id`; of a swept one every arm (default: every row)
    #[arg(long, value_name = "ROW", conflicts_with = "pair")]
    pub(super) row: Vec<String>,
    /// The row to judge against; of a swept one its arm at the same point (default: the row above; in a sweep of several rows the
    /// nearest above of another row at the same point)
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
    /// The format of the verdicts
    #[arg(long, default_value = default_format(), value_parser = any_format())]
    pub(super) format: &'static Format,
}

/// A number of points above 0 and below 100.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::cli) struct Margin(pub(in crate::cli) f64);

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

/// Two rows at a comma; those in the brackets of an arm's id are part of it.
fn pair(text: &str) -> Result<[String; 2], String> {
    let mut depth = 0_usize;
    let rows = text.split(|letter| {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    });
    let rows: Vec<&str> = rows.map(str::trim).collect();
    match rows.as_slice() {
        [a, b] if !a.is_empty() && !b.is_empty() => Ok([(*a).to_owned(), (*b).to_owned()]),
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
pub(in crate::cli) fn remedy(specs: &SpecArgs, store: &StoreArgs) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_split_at_commas_outside_brackets() {
        let split = |text| pair(text).ok().map(|[a, b]| format!("{a} and {b}"));
        let arms = "bow[train-size=10,c=0.0002], t/bow[train-size=25,c=0.0002]";
        assert_eq!(
            split(arms).as_deref(),
            Some("bow[train-size=10,c=0.0002] and t/bow[train-size=25,c=0.0002]")
        );
        assert_eq!(split("a,b[c=1,d=2]").as_deref(), Some("a and b[c=1,d=2]"));
        for wrong in ["a", "a,", ",b", "a, ", "a,b,c", "a[b,c]", "a[x=1,b"] {
            assert_eq!(split(wrong), None, "{wrong}");
        }
    }
}
