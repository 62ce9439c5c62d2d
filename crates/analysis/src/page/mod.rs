//! The HTML page of a report: sections with tables, plots, comparisons, trials and texts.

mod costs;
mod curves;
mod ensemble_curve;
mod figures;
mod hosts;
mod swept_keys;
mod test_texts;
mod trials;
mod verdicts;

use std::collections::BTreeSet;

use super::error::AnalysisError;
use super::stored_view::StoredView;
use super::style::table_style;
use super::{diagnostics, tables};
use fsl_core::runner::PlannedRow;
use fsl_core::store::StoreError;
use fsl_report::html::{Page, Section};
use fsl_report::runs::OutputFile;
use fsl_report::{ExperimentTable, file_name};

use trials::MOST_RECORDS;
pub use verdicts::ComparisonOptions;

/// What a page shows.
#[derive(Debug, Clone, Copy)]
pub struct PageOptions<'a> {
    /// The title; `None`: the experiment's.
    pub title: Option<&'a str>,
    /// The program that made it, with its version.
    pub program: &'a str,
    /// Whether the test texts are shown.
    pub texts: bool,
    /// How rows are compared.
    pub comparisons: ComparisonOptions<'a>,
}

/// The page of the experiments that were asked for, and what is left out of its comparisons, a line each.
///
/// # Errors
/// Results that cannot be read; a row to compare with that no row is called.
pub fn page(view: StoredView, options: PageOptions) -> Result<(Page, Vec<String>), AnalysisError> {
    let mut tables = tables::tables(view)?;
    diagnostics::describe(&mut tables, view, table_style, true)?;
    let mut notes = Vec::new();
    let trials = view.requested_rows().map(|row| row.trials.len());
    let records = trials.sum::<usize>() <= MOST_RECORDS;
    let requested = tables.into_iter().zip(view.requested());
    let sections = requested
        .map(|(table, (index, _))| section(view, options, table, (index, records), &mut notes))
        .collect::<Result<Vec<_>, _>>()?;
    let page = Page {
        title: title(options.title, &sections),
        program: options.program.to_owned(),
        sections,
        places: hosts::hosts(view)?,
    };
    Ok((page, notes))
}

/// What the page shows of one experiment, `index` among those loaded; of each trial its record where there is room for `records`.
fn section(
    view: StoredView,
    options: PageOptions,
    table: ExperimentTable,
    (index, records): (usize, bool),
    notes: &mut Vec<String>,
) -> Result<Section, AnalysisError> {
    let (indices, rows): (Vec<usize>, Vec<&PlannedRow>) = view.rows(index).unzip();
    let style = table_style(&view.experiments[index].table);
    let texts = if options.texts {
        test_texts::test_texts(&table, &rows, view, notes)?
    } else {
        None
    };
    let compared = verdicts::compared(&indices, view, options.comparisons, notes)?;
    let facts = facts(&rows, view)?;
    let mut figures = figures::figures(&table, &style, &facts, texts.as_ref())?;
    figures.extend(ensemble_curve::ensemble_curve(&table, &rows)?);
    figures.extend(verdicts::figures(&compared, &table)?);
    let (trials, further) = if records {
        (trials::trials(&table, &rows, view)?, Vec::new())
    } else {
        trials::listed(&table, &rows, view)?
    };
    Ok(Section {
        style,
        verdicts: verdicts::lines(&compared),
        figures,
        trials,
        further,
        texts,
        table,
    })
}

/// What a stored trial of every row learnt from, and how long its trials took.
fn facts(rows: &[&PlannedRow], view: StoredView) -> Result<Vec<figures::Facts>, StoreError> {
    let facts = |row: &&PlannedRow| {
        let mut trials = row.trials.iter().map(|&trial| &view.plan.trials[trial].key);
        let record = trials
            .find(|key| view.store.has(key))
            .map(|key| view.store.record(key));
        let data = record.transpose()?.flatten().map(|record| record.data);
        Ok((data, costs::secs(row, view)?))
    };
    rows.iter().map(facts).collect()
}

fn title(wanted: Option<&str>, sections: &[Section]) -> String {
    match (wanted, sections) {
        (Some(title), _) => title.to_owned(),
        (None, [only]) => only.table.heading().to_owned(),
        (None, sections) => format!("{} experiments", sections.len()),
    }
}

/// Every plot as SVG, and as PNG where this program has the feature, each under a name of its own.
///
/// # Errors
/// A plot that cannot be drawn in pixels.
pub fn plot_files(page: &Page) -> Result<Vec<OutputFile>, AnalysisError> {
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
            #[cfg(feature = "png")]
            files.push(file("png", fsl_report::plot::png(&figure.plot)?));
        }
    }
    Ok(files)
}
