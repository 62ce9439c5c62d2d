//! `fsl-exp report`: one HTML file with tables, plots, trials and texts. Nothing is run.

mod curves;
mod figures;
mod hosts;
mod names;
mod paper;
mod settings;
mod sizes;
mod texts;
mod trials;
mod verdicts;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::args::ReportArgs;
use super::error::CliError;
use super::exit::Exit;
use super::output::{Output, OutputPolicy};
use super::specs::{self, Stored};
use super::{console, diagnostics, table, trial_export};
use fsl_core::runner::{Plan, PlannedRow};
use fsl_core::store::Store;
use fsl_core::trial::DatasetStats;
use fsl_report::html::{Page, Section, render_page};
use fsl_report::runs::OutputFile;
use fsl_report::{ExperimentTable, file_name, plot};

/// Writes the page, and its plots as files where that is asked for.
pub(super) fn command(args: &ReportArgs) -> Result<Exit, CliError> {
    let stored = specs::stored(&args.specs, &args.store)?;
    let policy = OutputPolicy::new(args.force);
    let policy = policy.experiments(&stored.experiments, &args.store.results);
    let output = policy.page("--output", &args.output)?;
    for (option, folder) in [("--plots", &args.plots), ("--paper", &args.paper)] {
        if let Some(folder) = folder {
            policy.folder(option, folder)?;
        }
    }
    let page = page(args, &stored)?;
    if let Some(folder) = &args.plots {
        trial_export::write(&policy, "--plots", folder, &plots(&page)?)?;
    }
    if let Some(folder) = &args.paper {
        let files = paper::files(&page, &stored)?;
        trial_export::write(&policy, "--paper", folder, &files)?;
    }
    let bytes = render_page(&page);
    let made = missing_folder(&args.output);
    output.write(bytes.as_bytes())?;
    if let Some(folder) = made {
        console::say(&format!("made the folder `{}`", folder.display()));
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

fn page(args: &ReportArgs, stored: &Stored) -> Result<Page, CliError> {
    let Stored {
        experiments,
        store,
        plan,
    } = stored;
    let mut tables = table::tables(experiments, plan, store)?;
    diagnostics::describe(&mut tables, stored.held(), specs::table_style, true)?;
    let asked = (0..experiments.len()).filter(|&index| !experiments[index].support);
    let sections = tables
        .into_iter()
        .zip(asked)
        .map(|(table, index)| section(args, stored, table, index))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Page {
        title: title(args, &sections),
        program: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned(),
        sections,
        places: hosts::of(plan, store)?,
    })
}

/// What the page shows of one experiment, `index` among those loaded.
fn section(
    args: &ReportArgs,
    stored: &Stored,
    table: ExperimentTable,
    index: usize,
) -> Result<Section, CliError> {
    let Stored { store, plan, .. } = stored;
    let indices: Vec<usize> = (0..plan.rows.len())
        .filter(|&row| plan.rows[row].experiment == index)
        .collect();
    let rows: Vec<&PlannedRow> = indices.iter().map(|&row| &plan.rows[row]).collect();
    let style = specs::table_style(stored.experiments[index].table);
    let texts = if args.no_texts {
        None
    } else {
        texts::set(&table, &rows, plan, store)?
    };
    let wanted = verdicts::Wanted {
        against: args.against.as_deref(),
        margin: args.margin.0 / 100.0,
    };
    let compared = verdicts::compared(&indices, stored.held(), wanted)?;
    let facts = facts(&rows, plan, store)?;
    let mut figures = figures::of(&table, &style, &facts, texts.as_ref())?;
    figures.extend(sizes::of(&table, &rows)?);
    figures.extend(verdicts::figures(&compared, &table)?);
    Ok(Section {
        style,
        verdicts: verdicts::lines(&compared),
        figures,
        trials: trials::of(&table, &rows, plan, store)?,
        texts,
        table,
    })
}

/// What a stored trial of every row learnt from.
fn facts(
    rows: &[&PlannedRow],
    plan: &Plan,
    store: &Store,
) -> Result<Vec<Option<DatasetStats>>, CliError> {
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

/// Every plot as SVG and as PNG, each under a name of its own.
fn plots(page: &Page) -> Result<Vec<OutputFile>, CliError> {
    let (mut files, mut taken) = (Vec::new(), BTreeSet::new());
    for section in &page.sections {
        for figure in &section.figures {
            let mut name = file_name(&format!("{}-{}", section.table.name, figure.name));
            // Some file systems take `a` and `A` for one name.
            while !taken.insert(name.to_lowercase()) {
                name += "-2";
            }
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
