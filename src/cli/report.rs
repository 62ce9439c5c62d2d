//! `fsl-exp report`: one HTML file with tables, plots, trials and texts. Nothing is run.

mod curves;
mod figures;
mod paper;
mod places;
mod sizes;
mod texts;
mod trials;
mod verdicts;

use std::path::Path;

use super::args::ReportArgs;
use super::error::CliError;
use super::exit::Exit;
use super::specs::{self, Stored};
use super::{console, runs, table};
use crate::report::html::{Page, Section, render_page};
use crate::report::plot;
use crate::report::runs::OutputFile;
use crate::runner::{Plan, PlannedRow};
use crate::store::Store;
use crate::trial::DataFacts;

/// Writes the page, and its plots as files where that is asked for.
pub(super) fn command(args: &ReportArgs) -> Result<Exit, CliError> {
    let stored = specs::stored(&args.specs, &args.store)?;
    if stored
        .experiments
        .iter()
        .any(|experiment| specs::is_input(experiment, &args.output))
    {
        return Err(CliError::Usage {
            option: "--output",
            problem: "is one of the specs or their data; name another file".to_owned(),
        });
    }
    let page = page(args, &stored)?;
    if let Some(folder) = &args.plots {
        write_plots(folder, &page)?;
    }
    if let Some(folder) = &args.paper {
        paper::write(folder, &page, &stored)?;
    }
    let bytes = render_page(&page);
    let exit = console::write_output(&args.output, bytes.as_bytes())?;
    if args.output != Path::new("-") {
        console::say(&format!(
            "wrote `{}`: {} KB, no other file is needed",
            args.output.display(),
            bytes.len() / 1000
        ));
    }
    Ok(exit)
}

fn page(args: &ReportArgs, stored: &Stored) -> Result<Page, CliError> {
    let Stored {
        experiments,
        store,
        plan,
    } = stored;
    let tables = table::tables(experiments, plan, store)?;
    let asked = (0..).zip(experiments).filter(|(_, one)| !one.support);
    let mut sections = Vec::with_capacity(tables.len());
    for (table, (index, experiment)) in tables.into_iter().zip(asked) {
        let rows: Vec<_> = plan
            .rows
            .iter()
            .filter(|row| row.experiment == index)
            .collect();
        let texts = if args.no_texts {
            None
        } else {
            texts::set(&table, &rows, plan, store)?
        };
        let indices: Vec<usize> = (0..plan.rows.len())
            .filter(|&row| plan.rows[row].experiment == index)
            .collect();
        let wanted = verdicts::Wanted {
            against: args.against.as_deref(),
            margin: args.margin.0 / 100.0,
        };
        let compared = verdicts::compared(&indices, stored.held(), wanted)?;
        let mut figures = figures::of(&table, &facts(&rows, plan, store)?, texts.as_ref())?;
        figures.extend(sizes::of(&table, &rows, stored.held())?);
        figures.extend(verdicts::figures(&compared, &table)?);
        sections.push(Section {
            style: specs::table_style(experiment.table),
            verdicts: verdicts::lines(&compared),
            figures,
            trials: trials::of(&table, &rows, plan, store)?,
            texts,
            table,
        });
    }
    Ok(Page {
        title: title(args, &sections),
        program: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned(),
        sections,
        places: places::of(plan, store)?,
    })
}

/// What a stored trial of every row learnt from.
fn facts(
    rows: &[&PlannedRow],
    plan: &Plan,
    store: &Store,
) -> Result<Vec<Option<DataFacts>>, CliError> {
    let facts = |row: &&PlannedRow| {
        let mut trials = row.trials.iter().map(|&trial| &plan.trials[trial].key);
        let record = trials
            .find(|key| store.has(key))
            .map(|key| store.record(key));
        Ok(record.transpose()?.flatten().map(|record| record.data))
    };
    rows.iter().map(facts).collect()
}

fn title(args: &ReportArgs, sections: &[Section]) -> String {
    match (&args.title, sections) {
        (Some(title), _) => title.clone(),
        (None, [only]) => only.table.heading().to_owned(),
        (None, sections) => format!("{} experiments", sections.len()),
    }
}

fn write_plots(folder: &Path, page: &Page) -> Result<(), CliError> {
    runs::write(folder, &plots(page)?)
}

/// Every plot as SVG and as PNG.
fn plots(page: &Page) -> Result<Vec<OutputFile>, CliError> {
    let mut files = Vec::new();
    for section in &page.sections {
        for figure in &section.figures {
            let name = format!("{}-{}", section.table.name, figure.name);
            let file = |extension: &str, bytes: Vec<u8>| OutputFile {
                path: format!("{name}.{extension}"),
                bytes,
            };
            files.push(file("svg", figure.plot.file().into_bytes()));
            files.push(file("png", plot::png(&figure.plot)?));
        }
    }
    Ok(files)
}
