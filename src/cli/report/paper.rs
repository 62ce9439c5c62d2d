//! What a paper needs, out of a plan.

use std::collections::BTreeSet;

use super::settings;
use crate::cli::error::CliError;
use crate::cli::specs::Stored;
use fsl_assets::Assets;
use fsl_core::spec::DataSource;
use fsl_report::Styled;
use fsl_report::html::Page;
use fsl_report::paper::{Citation, paper};
use fsl_report::runs::OutputFile;

/// Tables, settings, error bars, references and plots.
pub(super) fn files(page: &Page, stored: &Stored) -> Result<Vec<OutputFile>, CliError> {
    let tables: Vec<Styled> = page
        .sections
        .iter()
        .map(|section| (&section.table, section.style))
        .collect();
    let mut files = paper(&tables, &settings::of(stored), &works(stored)?);
    files.extend(super::plots(page)?);
    Ok(files)
}

/// The works behind the datasets and encoders that the catalogue knows.
fn works(stored: &Stored) -> Result<Vec<Citation>, CliError> {
    let assets = Assets::from_env()?;
    let catalog = assets.catalog();
    let asked = || stored.experiments.iter().filter(|one| !one.support);
    let mut names: BTreeSet<&str> = asked()
        .flat_map(|experiment| &experiment.rows)
        .filter_map(|row| match &row.data.source {
            DataSource::Catalog(name) => Some(name.as_str()),
            DataSource::Files { .. } => None,
        })
        .collect();
    for row in asked().flat_map(|experiment| &experiment.rows) {
        // A folder or a repository of the hub is no name of the catalogue, and nothing is known of it.
        names.extend(row.method.requirements().encoder);
    }
    let work = |name: &str, about: &str, citation: &str| Citation {
        name: name.to_owned(),
        about: about.to_owned(),
        citation: citation.to_owned(),
    };
    let datasets = catalog
        .datasets()
        .map(|(name, entry)| work(name, &entry.about, &entry.citation));
    let encoders = catalog
        .encoders()
        .map(|(name, entry)| work(name, &entry.about, &entry.citation));
    let all = datasets.chain(encoders);
    Ok(all
        .filter(|work| names.contains(work.name.as_str()))
        .collect())
}
