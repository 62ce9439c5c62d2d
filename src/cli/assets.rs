//! Encoders and datasets for the commands: what is here, and fetching what is not.

mod bar;

use std::collections::{BTreeMap, BTreeSet, HashMap};

pub use bar::Bar;

use fsl_assets::{AssetError, Assets, EncoderFiles, EncoderRef, Parts};
use fsl_common::sentence::SentenceEncoder;
use fsl_common::shown;
use fsl_core::runner::{
    self, Blocked, ComputeSettings, DataFiles, KnownEncoder, Plan, PlannedRow, Resources,
    TransferSet, TrialState,
};
use fsl_core::spec::{DataSource, Experiment};
use fsl_core::trial::TrialError;

/// What is known of the experiments' encoders and datasets without the network.
///
/// # Errors
/// Labels that are not what the specs say.
pub fn known(
    experiments: &[Experiment],
    assets: &Assets,
    machine: ComputeSettings,
) -> Result<Resources, TrialError> {
    let (encoders, datasets) = runner::needs(experiments);
    let mut resources = Resources {
        compute: machine,
        encoders: encoders
            .into_iter()
            .map(|name| (name.clone(), known_encoder(&name, assets)))
            .collect(),
        datasets: datasets
            .into_iter()
            .map(|source| (source.clone(), known_data(&source, assets)))
            .collect(),
        transfers: runner::needed_transfers(experiments)
            .into_iter()
            .map(|source| (source.clone(), known_transfer(&source, assets)))
            .collect(),
        predictions: runner::prediction_checksums(experiments, &assets.sums()),
        classes: BTreeMap::new(),
    };
    resources.read_classes(experiments)?;
    Ok(resources)
}

/// As [`known`], after fetching what the plan needs for trials that must run and for rows whose contents are unknown. What
/// cannot be fetched blocks its rows only.
///
/// # Errors
/// Labels that are not what the specs say.
pub fn fetched(
    experiments: &[Experiment],
    plan: &Plan,
    known: Resources,
    assets: &Assets,
    quiet: bool,
) -> Result<Resources, TrialError> {
    let lacking = lacking(experiments, plan);
    let mut resources = known;
    for name in lacking.encoders {
        let fetched =
            fetch_encoder(&name, assets, &mut Bar::new(quiet)).map_err(|error| blocked(&error));
        let mark = |files: &mut KnownEncoder, why| files.unavailable = Some(why);
        settle(&mut resources.encoders, name, fetched, mark);
    }
    for source in lacking.datasets {
        let DataSource::Catalog(name) = &source else {
            continue;
        };
        let fetched =
            fetch_dataset(name, assets, &mut Bar::new(quiet)).map_err(|error| blocked(&error));
        let mark = |files: &mut DataFiles, why| files.unavailable = Some(why);
        settle(&mut resources.datasets, source, fetched, mark);
    }
    for source in lacking.transfers {
        let DataSource::Catalog(name) = &source else {
            continue;
        };
        let fetched = fetch_transfer(name, assets, &mut Bar::new(quiet))
            .map_err(|error| without_transfer(name, blocked(&error)));
        let mark = |set: &mut TransferSet, why| set.unavailable = Some(why);
        settle(&mut resources.transfers, source, fetched, mark);
    }
    resources.read_classes(experiments)?;
    Ok(resources)
}

/// Notes what was fetched, or why it was not. What is known by its contents keeps its stored results, wherever the files are.
fn settle<K: Ord, T>(
    known: &mut BTreeMap<K, Result<T, Blocked>>,
    name: K,
    fetched: Result<T, Blocked>,
    mark: impl FnOnce(&mut T, Blocked),
) {
    match (fetched, known.get_mut(&name)) {
        (Ok(files), _) => {
            known.insert(name, Ok(files));
        }
        (Err(why), Some(Ok(files))) => mark(files, why),
        (Err(why), _) => {
            known.insert(name, Err(why));
        }
    }
}

/// What has to be fetched before everything can run.
#[derive(Default)]
struct Lacking {
    encoders: BTreeSet<String>,
    datasets: BTreeSet<DataSource>,
    transfers: BTreeSet<DataSource>,
}

/// The encoders and datasets of rows that have something to run, or that cannot be planned yet. Before a row can be planned,
/// those that it builds on must be.
fn lacking(experiments: &[Experiment], plan: &Plan) -> Lacking {
    let mut lacking = Lacking::default();
    let mut seen = BTreeSet::new();
    let lacks = |&trial: &usize| {
        let trial = &plan.trials[trial];
        trial.state == TrialState::Run && trial.files.is_none()
    };
    let needy = |row: &PlannedRow| row.blocked.is_some() || row.trials.iter().any(lacks);
    let named = plan.rows.iter().zip(0..);
    let by_name: HashMap<String, usize> = named
        .map(|(row, index)| (row.name.clone(), index))
        .collect();
    let mut queue: Vec<usize> = (0..plan.rows.len())
        .filter(|&row| needy(&plan.rows[row]))
        .collect();
    while let Some(number) = queue.pop() {
        if !seen.insert(number) {
            continue;
        }
        let planned = &plan.rows[number];
        let row = &experiments[planned.experiment].rows[planned.row];
        let needs = row.method.requirements();
        lacking.datasets.insert(row.data.source.clone());
        lacking.encoders.extend(needs.encoder.map(str::to_owned));
        if runner::needs_transfer_file(row) {
            lacking.transfers.insert(row.data.source.clone());
        }
        if let Some(base) = needs.base {
            queue.extend(by_name.get(&base.row.to_string()));
        }
    }
    lacking
}

fn known_encoder(name: &str, assets: &Assets) -> Result<KnownEncoder, Blocked> {
    let reference = EncoderRef::parse(name).map_err(|error| blocked(&error))?;
    if let Some(files) = assets
        .cached_encoder(&reference)
        .map_err(|error| blocked(&error))?
    {
        return Ok(located(files));
    }
    let sha256 = assets.known_encoder_id(name);
    sha256
        .map(|sha256| KnownEncoder {
            sha256,
            source: None,
            declared: SentenceEncoder::default(),
            unavailable: None,
            notices: Vec::new(),
        })
        .ok_or_else(|| not_here("encoder", name))
}

fn known_data(source: &DataSource, assets: &Assets) -> Result<DataFiles, Blocked> {
    match source {
        DataSource::Files { train, test, .. } => DataFiles::own(train, test, &assets.sums()),
        DataSource::Catalog(name) => {
            if let Some(files) = assets
                .cached_dataset(name, Parts::Labelled)
                .map_err(|error| blocked(&error))?
            {
                return Ok(placed(files));
            }
            let ids = assets
                .known_dataset_ids(name)
                .ok_or_else(|| not_here("dataset", name))?;
            Ok(DataFiles {
                train_sha256: ids.train,
                test_sha256: ids.test,
                paths: None,
                unavailable: None,
            })
        }
    }
}

fn known_transfer(source: &DataSource, assets: &Assets) -> Result<TransferSet, Blocked> {
    match source {
        DataSource::Files {
            transfer: Some(path),
            ..
        } => TransferSet::own(path, &assets.sums()),
        DataSource::Files { transfer: None, .. } => Err(Blocked {
            reason: "the data has no transfer set".to_owned(),
            hint: Some("set `data.transfer`".to_owned()),
            not_attempted: false,
        }),
        DataSource::Catalog(name) => {
            let cached = assets
                .cached_dataset(name, Parts::All)
                .map_err(|error| blocked(&error))?;
            let known = cached.and_then(transferred).or_else(|| {
                let sha256 = assets.known_dataset_ids(name)?.transfer?;
                Some(TransferSet {
                    sha256,
                    path: None,
                    unavailable: None,
                })
            });
            known.ok_or_else(|| not_here("the transfer set of", name))
        }
    }
}

/// The labelled texts may well be here: what lacks is the transfer set.
fn without_transfer(name: &str, why: Blocked) -> Blocked {
    let plain = format!("`fsl-exp fetch {name}`");
    let whole = format!("`fsl-exp fetch --transfer {name}`");
    Blocked {
        reason: format!("its transfer set: {}", why.reason),
        hint: why.hint.map(|hint| hint.replace(&plain, &whole)),
        ..why
    }
}

fn transferred(files: fsl_assets::DatasetFiles) -> Option<TransferSet> {
    Some(TransferSet {
        sha256: files.sha256.transfer?,
        path: Some(files.transfer?),
        unavailable: None,
    })
}

/// Fetches a dataset with its transfer set, showing its progress.
fn fetch_transfer(name: &str, assets: &Assets, bar: &mut Bar) -> Result<TransferSet, AssetError> {
    let files = assets.dataset(name, Parts::All, &mut |event| bar.show(&event))?;
    transferred(files).ok_or_else(|| AssetError::NoTransfer {
        name: name.to_owned(),
    })
}

fn not_here(kind: &str, name: &str) -> Blocked {
    Blocked {
        reason: format!("{kind} `{name}` has not been fetched yet"),
        hint: Some(format!(
            "`fsl-exp fetch {name}` or `fsl-exp run` fetches it"
        )),
        not_attempted: true,
    }
}

fn blocked(error: &AssetError) -> Blocked {
    // The sources that failed stand on lines of their own; a reason is one line.
    let lines = error.lines();
    let lines: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    Blocked {
        reason: shown::message(&lines.join("; ")).into_owned(),
        hint: error.hint(),
        not_attempted: false,
    }
}

fn located(files: EncoderFiles) -> KnownEncoder {
    KnownEncoder {
        sha256: files.sha256,
        source: Some(files.source),
        declared: files.declared,
        unavailable: None,
        notices: files.notices,
    }
}

fn placed(files: fsl_assets::DatasetFiles) -> DataFiles {
    DataFiles {
        train_sha256: files.sha256.train,
        test_sha256: files.sha256.test,
        paths: Some((files.train, files.test)),
        unavailable: None,
    }
}

/// Fetches an encoder, showing its progress.
///
/// # Errors
/// Where it cannot be had.
pub fn fetch_encoder(
    name: &str,
    assets: &Assets,
    bar: &mut Bar,
) -> Result<KnownEncoder, AssetError> {
    let reference = EncoderRef::parse(name)?;
    assets
        .encoder(&reference, &mut |event| bar.show(&event))
        .map(located)
}

/// Fetches a dataset's labelled texts, showing its progress.
///
/// # Errors
/// Where it cannot be had.
pub fn fetch_dataset(name: &str, assets: &Assets, bar: &mut Bar) -> Result<DataFiles, AssetError> {
    assets
        .dataset(name, Parts::Labelled, &mut |event| bar.show(&event))
        .map(placed)
}
