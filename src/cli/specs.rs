//! Loading the specs that a command names.

use std::collections::BTreeMap;

use super::args::{CenterArg, SpecArgs, StoreArgs, StyleArgs};
use super::damage::{Remedy, Told};
use super::error::CliError;
use super::exit::Exit;
use super::{compute, console};
use fsl_analysis::{StoredView, selection_notes};
use fsl_assets::Assets;
use fsl_core::runner::{self, Plan, PlannedRow, Resources};
use fsl_core::spec::{self, CatalogDataset, CatalogIndex, Experiment, Override, TableStyle};
use fsl_core::store::{Store, StoreError};
use fsl_core::trial::DataWarnings;
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
    resources: Resources,
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

    /// Checks that no row asks for more tokens or layers than its encoder has.
    pub(super) fn check_encoder_limits(&self) -> Result<(), CliError> {
        Ok(runner::check_limits(&self.experiments, &self.resources)?)
    }

    /// Reads all predictions, and plans again without those that are damaged.
    fn check_predictions(&mut self) -> Result<(), CliError> {
        for trial in &self.plan.trials {
            if self.store.has(&trial.key) {
                // The store notes what is damaged; any other error is met again where the predictions are used.
                let _ = self.store.predictions(&trial.key);
            }
        }
        Ok(self
            .plan
            .resolve_states(&self.resources, &self.store, false)?)
    }
}

/// Has `show` show what is stored, without running or fetching anything. Damaged results are told and count as missing.
pub(super) fn on_stored(
    specs: &SpecArgs,
    results: &StoreArgs,
    show: impl Fn(&Stored) -> Result<Exit, CliError>,
) -> Result<Exit, CliError> {
    let mut stored = stored(specs, results)?;
    let mut told = Told::default();
    told.tell(&stored.plan, &stored.store, Remedy::Run);
    let mut shown = show(&stored);
    if let Err(CliError::Store(StoreError::Damaged { .. })) = shown {
        stored.check_predictions()?;
        told.tell(&stored.plan, &stored.store, Remedy::Remove);
        shown = show(&stored);
    }
    shown.map(|exit| told.exit(exit))
}

/// Says what rows follow of what their encoders declare, and what choosing costs.
pub(super) fn say_notes(view: StoredView) {
    let of_encoders = fsl_analysis::encoder_notes(view);
    for note in of_encoders.into_iter().chain(selection_notes(view)) {
        console::say(&format!("note: {note}"));
    }
}

/// Says what makes the stored scores doubtful, where no line under a table does.
///
/// # Errors
/// Records that cannot be read.
pub(super) fn say_stored_warnings(view: StoredView) -> Result<(), CliError> {
    say_warnings_about(view, view.requested_rows())
}

/// The same of some rows, experiment by experiment.
///
/// # Errors
/// Records that cannot be read.
pub(super) fn say_warnings_about<'a>(
    view: StoredView<'a>,
    rows: impl Iterator<Item = &'a PlannedRow>,
) -> Result<(), CliError> {
    let mut found: BTreeMap<&str, DataWarnings> = BTreeMap::new();
    for row in rows {
        let name = &view.experiments[row.experiment].name;
        found.entry(name).or_default().merge(&view.warnings(row)?);
    }
    for (name, warnings) in found.iter().filter(|(_, warnings)| !warnings.is_empty()) {
        let clauses = warnings.clauses("test").join("; ");
        console::say(&format!("warning: experiment `{name}`: {clauses}"));
    }
    Ok(())
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
        resources: known,
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
