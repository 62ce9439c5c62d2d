//! Loading the specs that a command names.

use super::args::{CenterArg, SpecArgs, StoreArgs, StyleArgs};
use super::compute;
use super::error::CliError;
use fsl_analysis::StoredView;
use fsl_assets::Assets;
use fsl_core::runner::{self, Plan};
use fsl_core::spec::{self, CatalogDataset, CatalogIndex, Experiment, Override, TableStyle};
use fsl_core::store::Store;
use fsl_metrics::Center;
use fsl_report::Style;

/// Reads and checks the specs.
pub(super) fn load(args: &SpecArgs, assets: &Assets) -> Result<Vec<Experiment>, CliError> {
    let precision = args
        .precision
        .map(|precision| format!("trials.precision={}", precision.name()));
    let overrides = args
        .set
        .iter()
        .chain(&precision)
        .map(|text| Override::parse(text))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(spec::load(
        &args.specs,
        &overrides,
        &names(assets),
        args.allow_points,
    )?)
}

/// What is stored of the experiments that a command names.
pub(super) struct Stored {
    pub(super) experiments: Vec<Experiment>,
    pub(super) store: Store,
    pub(super) plan: Plan,
}

impl Stored {
    /// What analysis reads.
    pub(super) fn view(&self) -> StoredView<'_> {
        StoredView {
            experiments: &self.experiments,
            plan: &self.plan,
            store: &self.store,
        }
    }
}

/// Reads specs and results, without running or fetching anything.
pub(super) fn stored(specs: &SpecArgs, results: &StoreArgs) -> Result<Stored, CliError> {
    let assets = Assets::from_env()?;
    let experiments = load(specs, &assets)?;
    let store = Store::open(&results.results)?;
    let machine = compute::machine(&specs.device, &experiments)?;
    let known = super::assets::known(&experiments, &assets, machine)?;
    let plan = runner::plan(&experiments, &known, &store, false)?;
    Ok(Stored {
        experiments,
        store,
        plan,
    })
}

fn names(assets: &Assets) -> CatalogIndex {
    let catalog = assets.catalog();
    CatalogIndex {
        encoders: catalog
            .encoders()
            .map(|(name, _)| name.to_owned())
            .collect(),
        datasets: catalog
            .datasets()
            .map(|(name, entry)| CatalogDataset {
                name: name.to_owned(),
                text: entry.text.clone(),
                label: entry.label.clone(),
                classes: entry.classes.clone(),
                transfer_texts: entry.transfer.as_ref().map(|file| file.texts),
                train_texts: entry.train.texts,
            })
            .collect(),
    }
}

/// How tables look: as the command line says, otherwise as the spec does.
pub(super) fn style(args: &StyleArgs, spec: &TableStyle) -> Style {
    let spec = fsl_analysis::table_style(spec);
    let center = args.center.map_or(spec.center, |center| match center {
        CenterArg::Mean => Center::Mean,
        CenterArg::Median => Center::Median,
    });
    Style {
        center,
        ddof: args.ddof.unwrap_or(spec.ddof),
        published: args.published,
        signature: args.signature,
        ..spec
    }
}
