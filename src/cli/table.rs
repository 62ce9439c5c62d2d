//! `fsl-exp table`: the table of what is stored. Nothing is run, nothing is fetched.

use clap::Args;

use super::args::{SpecArgs, StoreArgs, StyleArgs};
use super::error::CliError;
use super::exit::Exit;
use super::{console, specs};
use fsl_analysis::StoredView;
use fsl_report::Styled;

#[derive(Debug, Args)]
pub(super) struct TableArgs {
    #[command(flatten)]
    specs: SpecArgs,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    style: StyleArgs,
}

/// Prints the table of the stored results.
pub(super) fn command(args: &TableArgs) -> Result<Exit, CliError> {
    specs::on_stored(&args.specs, &args.store, |stored| {
        // Rows of CSV have no line under them.
        if args.style.format.name == "csv" {
            specs::say_stored_warnings(stored.view())?;
        }
        print(stored.view(), &args.style)
    })
}

/// Prints one table per experiment.
pub(super) fn print(view: StoredView, args: &StyleArgs) -> Result<Exit, CliError> {
    let mut tables = fsl_analysis::tables(view)?;
    let for_programs = args.format.for_programs;
    fsl_analysis::describe(
        &mut tables,
        view,
        |spec| specs::style(args, spec),
        for_programs,
    )?;
    if let Some(against) = &args.against {
        let margin = args.margin.0 / 100.0;
        let left_out = fsl_analysis::judge_tables(&mut tables, view, against, margin)?;
        for line in &left_out {
            console::say(line);
        }
    }
    let styled: Vec<Styled> = tables
        .iter()
        .zip(view.requested())
        .map(|(table, (_, experiment))| (table, specs::style(args, &experiment.table)))
        .collect();
    console::print_output(&args.format.render(&styled, console::screen()))
}
