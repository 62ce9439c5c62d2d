//! `fsl-exp compare`: rows against each other, from stored predictions. Nothing is run, nothing is fetched.

mod args;

use super::error::CliError;
use super::exit::Exit;
use super::{console, specs};
use fsl_analysis::RowSelection;

pub(super) use args::{CompareArgs, Margin};

/// Prints a verdict on every pair of rows that is asked for.
pub(super) fn command(args: &CompareArgs) -> Result<Exit, CliError> {
    let stored = specs::stored(&args.specs, &args.store)?;
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
    let compared = fsl_analysis::compare(view, &pairs.found, margin, &args.remedy())?;
    console::print(&args.format.render(&compared, console::screen()))?;
    Ok(if compared.missing.is_empty() {
        Exit::Done
    } else {
        Exit::Trials
    })
}
