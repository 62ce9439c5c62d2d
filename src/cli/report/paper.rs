//! The files that a paper needs.

use crate::cli::error::CliError;
use fsl_analysis::{StoredView, citations, plot_files, settings};
use fsl_assets::Assets;
use fsl_report::Styled;
use fsl_report::html::Page;
use fsl_report::paper::{Citation, paper};
use fsl_report::runs::OutputFile;

/// Tables, settings, error bars, references and plots.
pub(super) fn files(page: &Page, view: StoredView) -> Result<Vec<OutputFile>, CliError> {
    let sections = page.sections.iter();
    let tables: Vec<Styled> = sections
        .map(|section| (&section.table, section.style))
        .collect();
    let citations = citations(view, catalog()?);
    let mut files = paper(&tables, &settings(view), &citations);
    files.extend(plot_files(page)?);
    Ok(files)
}

/// The works behind the catalogue's datasets, then those behind its encoders.
fn catalog() -> Result<Vec<Citation>, CliError> {
    let work = |name: &str, about: &str, citation: &str| Citation {
        name: name.to_owned(),
        about: about.to_owned(),
        citation: citation.to_owned(),
    };
    let assets = Assets::from_env()?;
    let catalog = assets.catalog();
    let datasets = catalog.datasets();
    let datasets = datasets.map(|(name, entry)| work(name, &entry.about, &entry.citation));
    let encoders = catalog.encoders();
    let encoders = encoders.map(|(name, entry)| work(name, &entry.about, &entry.citation));
    Ok(datasets.chain(encoders).collect())
}
