//! `fsl-exp check-published`: the published cells of specs against what is stored. Nothing is run, nothing is fetched.

use clap::Args;

use super::args::{SpecArgs, StoreArgs, any_format, default_format};
use super::console;
use super::error::CliError;
use super::exit::Exit;
use super::specs::{self, Stored};
use fsl_report::{self as report, Format, Style, Styled, VerdictCounts};

#[derive(Debug, Args)]
pub(super) struct CheckPublishedArgs {
    #[command(flatten)]
    specs: SpecArgs,
    #[command(flatten)]
    store: StoreArgs,
    /// The output format
    #[arg(long, default_value = default_format(), value_parser = any_format())]
    format: &'static Format,
    /// Also exit with code 3 if a published cell cannot be judged
    #[arg(long)]
    strict: bool,
}

/// Prints a verdict on every published cell.
pub(super) fn command(args: &CheckPublishedArgs) -> Result<Exit, CliError> {
    specs::on_stored(&args.specs, &args.store, |stored| check(args, stored))
}

fn check(args: &CheckPublishedArgs, stored: &Stored) -> Result<Exit, CliError> {
    let view = stored.view();
    let tables = fsl_analysis::tables(view)?;
    let styled: Vec<Styled> = tables
        .iter()
        .zip(view.requested())
        .map(|(table, (_, experiment))| {
            let f1 = fsl_analysis::table_style(&experiment.table).f1;
            let style = Style::default();
            (table, Style { f1, ..style })
        })
        .collect();
    let checked = report::check_published(&styled);
    if checked.is_empty() {
        return Err(CliError::Usage {
            option: "SPEC",
            problem: "no row of these specs has `published` cells to check".to_owned(),
        });
    }
    specs::say_stored_warnings(view)?;
    console::print_output(&args.format.render(&checked, console::screen()))?;
    let counts = VerdictCounts::over(&checked);
    let unmet = counts.outside > 0 || args.strict && counts.cannot_tell > 0;
    Ok(if unmet { Exit::Trials } else { Exit::Done })
}
