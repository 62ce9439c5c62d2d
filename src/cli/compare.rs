//! `fsl-exp compare`: rows against each other, from stored predictions. Nothing is run, nothing is fetched.

use clap::Args;

use super::args::{Margin, SpecArgs, StoreArgs, any_format, default_format, run_command};
use super::console;
use super::error::CliError;
use super::exit::Exit;
use super::specs::{self, Stored};
use fsl_analysis::RowSelection;
use fsl_metrics::Metric;
use fsl_report::Format;

/// Which rows, at which margin.
#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    #[command(flatten)]
    specs: SpecArgs,
    #[command(flatten)]
    store: StoreArgs,
    /// A row to compare, as `id` or `experiment/id`; for a swept row, every arm (default: every row)
    #[arg(long, value_name = "ROW", conflicts_with = "pair")]
    row: Vec<String>,
    /// The row to compare with; for a swept row, its arm at the same point (default: the row above; in a sweep of several rows, the
    /// nearest row above at the same point)
    #[arg(long, value_name = "ROW", conflicts_with = "pair")]
    against: Option<String>,
    /// Two rows; the first is compared with the second. May be repeated
    #[arg(long, value_name = "ROW,ROW", value_parser = pair)]
    pair: Vec<[String; 2]>,
    /// The metric to compare by [default: the one that the table is ranked by]
    #[arg(long, value_name = "METRIC", value_parser = metric)]
    metric: Option<&'static Metric>,
    /// The smallest difference that matters, in points of the metric
    #[arg(long, value_name = "POINTS", default_value = "1.0")]
    margin: Margin,
    /// The output format
    #[arg(long, default_value = default_format(), value_parser = any_format())]
    format: &'static Format,
}

/// Prints a verdict on every pair of rows that is asked for.
pub(super) fn command(args: &CompareArgs) -> Result<Exit, CliError> {
    specs::on_stored(&args.specs, &args.store, |stored| compare(args, stored))
}

fn compare(args: &CompareArgs, stored: &Stored) -> Result<Exit, CliError> {
    let view = stored.view();
    let selection = RowSelection {
        pairs: &args.pair,
        rows: &args.row,
        against: args.against.as_deref(),
    };
    let pairs = fsl_analysis::select(view, selection)?;
    let left_out = pairs.left_out(view.plan);
    for line in &left_out {
        console::say(line);
    }
    let margin = args.margin.0 / 100.0;
    let remedy = run_command(&args.specs, &args.store);
    let compared = fsl_analysis::compare(view, &pairs.found, args.metric, margin, &remedy)?;
    let rows = pairs
        .found
        .iter()
        .flatten()
        .map(|&row| &view.plan.rows[row]);
    specs::say_warnings_about(view, rows)?;
    console::print_output(&args.format.render(&compared, console::screen()))?;
    Ok(if compared.missing.is_empty() {
        Exit::Done
    } else {
        Exit::Trials
    })
}

/// A metric by its name in specs.
fn metric(name: &str) -> Result<&'static Metric, String> {
    Metric::named(name).ok_or_else(|| {
        let known: Vec<String> = Metric::all().iter().map(Metric::spec_name).collect();
        format!("there is no such metric; known are {}", known.join(", "))
    })
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
        _ => Err("must be two rows separated by a comma, such as `fsl-mean,fsl`".to_owned()),
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
