//! `fsl-exp report`: one HTML file with tables, plots, trials and texts. Nothing is run.

mod figures;
mod places;
mod texts;
mod trials;

use std::path::Path;

use super::args::ReportArgs;
use super::error::CliError;
use super::exit::Exit;
use super::specs::{self, Stored};
use super::{console, table};
use crate::report::html::{Page, Section, render_page};
use crate::report::plot;

/// Writes the page, and its plots as files where that is asked for.
pub(super) fn command(args: &ReportArgs) -> Result<Exit, CliError> {
    let stored = specs::stored(&args.specs, &[], &args.store)?;
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
        sections.push(Section {
            style: specs::table_style(experiment.table),
            verdicts: Vec::new(),
            figures: figures::of(&table, texts.as_ref())?,
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

fn title(args: &ReportArgs, sections: &[Section]) -> String {
    match (&args.title, sections) {
        (Some(title), _) => title.clone(),
        (None, [only]) => only.table.heading().to_owned(),
        (None, sections) => format!("{} experiments", sections.len()),
    }
}

/// `NAME-1.svg` and `NAME-1.png`, and so on, of every experiment.
fn write_plots(folder: &Path, page: &Page) -> Result<(), CliError> {
    std::fs::create_dir_all(folder).map_err(|source| CliError::Output {
        what: format!("folder `{}`", folder.display()),
        source,
    })?;
    for section in &page.sections {
        for figure in &section.figures {
            let name = format!("{}-{}", section.table.name, figure.name);
            let svg = figure.plot.file();
            console::write_output(&folder.join(format!("{name}.svg")), svg.as_bytes())?;
            let png = plot::png(&figure.plot)?;
            console::write_output(&folder.join(format!("{name}.png")), &png)?;
        }
    }
    Ok(())
}
