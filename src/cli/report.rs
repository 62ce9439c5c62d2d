//! `fsl-exp report`: one HTML file with tables, plots, trials and texts. Nothing is run.

mod paper;

use std::path::{Path, PathBuf};

use clap::Args;

use super::args::{Margin, SpecArgs, StoreArgs};
use super::console;
use super::error::CliError;
use super::exit::Exit;
use super::output::{Output, OutputPolicy};
use super::specs::{self, Stored};
use fsl_analysis::{ComparisonOptions, PageOptions, plot_files};
use fsl_report::html::{Page, render_page};

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    #[command(flatten)]
    specs: SpecArgs,
    #[command(flatten)]
    store: StoreArgs,
    /// The file to write; `-` for standard output
    #[arg(short, long, value_name = "FILE", default_value = "report.html")]
    output: PathBuf,
    /// The row that all others are compared with (default: each with the row above it)
    #[arg(long, value_name = "ROW")]
    against: Option<String>,
    /// The smallest difference that matters in comparisons, in points of F1
    #[arg(long, value_name = "POINTS", default_value = "1.0")]
    margin: Margin,
    /// The page's title (default: the experiment's)
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Leave out the test texts, for example if they must not be shared
    #[arg(long)]
    no_texts: bool,
    /// Also write every plot as SVG and PNG into this folder
    #[arg(long, value_name = "DIR")]
    plots: Option<PathBuf>,
    /// Also write the material for a paper into this folder: tables, settings, error bars, references, plots
    #[arg(long, value_name = "DIR")]
    paper: Option<PathBuf>,
    /// Replace existing files (pages made by `report` are always replaced)
    #[arg(long)]
    force: bool,
}

/// Writes the page, and its plots as files where that is asked for.
pub(super) fn command(args: &ReportArgs) -> Result<Exit, CliError> {
    specs::on_stored(&args.specs, &args.store, |stored| report(args, stored))
}

fn report(args: &ReportArgs, stored: &Stored) -> Result<Exit, CliError> {
    let policy = OutputPolicy::new(args.force);
    let policy = policy.experiments(&stored.experiments, &args.store.results);
    let output = policy.page("--output", &args.output)?;
    for (option, folder) in [("--plots", &args.plots), ("--paper", &args.paper)] {
        if let Some(folder) = folder {
            policy.folder(option, folder)?;
        }
    }
    let (page, left_out) = fsl_analysis::page(stored.view(), options(args))?;
    for line in &left_out {
        console::say(line);
    }
    if let Some(folder) = &args.plots {
        policy.write_files("--plots", folder, &plot_files(&page)?)?;
    }
    if let Some(folder) = &args.paper {
        let files = paper::files(&page, stored.view())?;
        policy.write_files("--paper", folder, &files)?;
    }
    let bytes = render_page(&page);
    let made = missing_folder(&args.output);
    output.write(bytes.as_bytes())?;
    if let Some(folder) = made {
        console::say(&format!("created the folder `{}`", folder.display()));
    }
    if output != Output::Stdout {
        console::say(&format!(
            "wrote `{}`: {} KB, no other file is needed",
            args.output.display(),
            bytes.len() / 1000
        ));
    }
    Ok(exit(&page))
}

/// The folder that a file is written into, where there is none yet.
fn missing_folder(file: &Path) -> Option<PathBuf> {
    let folder = file.parent()?;
    let missing = !folder.as_os_str().is_empty() && !folder.exists();
    missing.then(|| folder.to_owned())
}

/// A page is of use where some rows are not finished, as a table is; one without any result is not what was asked for.
fn exit(page: &Page) -> Exit {
    let mut tables = page.sections.iter().map(|section| &section.table);
    if tables.any(|table| table.rows.iter().any(|row| !row.trials.is_empty())) {
        return Exit::Done;
    }
    console::say("no row has a result yet; run the specs first");
    Exit::Trials
}

fn options(args: &ReportArgs) -> PageOptions<'_> {
    PageOptions {
        title: args.title.as_deref(),
        program: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")),
        texts: !args.no_texts,
        comparisons: ComparisonOptions {
            against: args.against.as_deref(),
            margin: args.margin.0 / 100.0,
        },
    }
}
