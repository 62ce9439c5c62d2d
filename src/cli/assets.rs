//! Encoders and datasets for the commands: what is here, and fetching what is not.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::console;
use crate::assets::{AssetError, Assets, EncoderRef, FetchEvent, FetchKind, Parts};
use crate::nn::EncoderSource;
use crate::runner::{self, Blocked, DataFiles, EncoderFiles, Plan, Resources, TrialState};
use crate::spec::{DataSource, Experiment};

/// What is known of the experiments' encoders and datasets without the network.
pub(super) fn known(experiments: &[Experiment], assets: &Assets) -> Resources {
    let (encoders, datasets) = runner::needs(experiments);
    Resources {
        encoders: encoders
            .into_iter()
            .map(|name| (name.clone(), known_encoder(&name, assets)))
            .collect(),
        datasets: datasets
            .into_iter()
            .map(|source| (source.clone(), known_data(&source, assets)))
            .collect(),
    }
}

/// As [`known`], after fetching what the plan needs for trials that must run and for rows whose contents are unknown. What
/// cannot be fetched blocks its rows only.
pub(super) fn fetched(
    experiments: &[Experiment],
    plan: &Plan,
    known: Resources,
    assets: &Assets,
    quiet: bool,
) -> Resources {
    let (encoders, datasets) = lacking(experiments, plan);
    let mut resources = known;
    for name in encoders {
        match fetch_encoder(&name, assets, &mut Bar::new(quiet)) {
            Ok(files) => {
                resources.encoders.insert(name, Ok(files));
            }
            // What is known by its contents keeps its stored results, wherever the files are.
            Err(error) => match resources.encoders.get_mut(&name) {
                Some(Ok(files)) => files.unavailable = Some(blocked(&error)),
                _ => {
                    resources.encoders.insert(name, Err(blocked(&error)));
                }
            },
        }
    }
    for source in datasets {
        let DataSource::Catalog(name) = &source else {
            continue;
        };
        match fetch_dataset(name, assets, &mut Bar::new(quiet)) {
            Ok(files) => {
                resources.datasets.insert(source, Ok(files));
            }
            Err(error) => match resources.datasets.get_mut(&source) {
                Some(Ok(files)) => files.unavailable = Some(blocked(&error)),
                _ => {
                    resources.datasets.insert(source, Err(blocked(&error)));
                }
            },
        }
    }
    resources
}

/// The encoders and datasets of rows that have something to run, or that cannot be planned yet.
fn lacking(experiments: &[Experiment], plan: &Plan) -> (BTreeSet<String>, BTreeSet<DataSource>) {
    let (mut encoders, mut datasets) = (BTreeSet::new(), BTreeSet::new());
    for planned in &plan.rows {
        let lacks = |&trial: &usize| {
            let trial = &plan.trials[trial];
            trial.state == TrialState::Run && trial.files.is_none()
        };
        if planned.blocked.is_some() || planned.trials.iter().any(lacks) {
            let experiment = &experiments[planned.experiment];
            datasets.insert(experiment.data.source.clone());
            encoders.extend(
                experiment.rows[planned.row]
                    .method
                    .encoder()
                    .map(str::to_owned),
            );
        }
    }
    (encoders, datasets)
}

fn known_encoder(name: &str, assets: &Assets) -> Result<EncoderFiles, Blocked> {
    let reference = EncoderRef::parse(name).map_err(|error| blocked(&error))?;
    if let Some(files) = assets
        .cached_encoder(&reference)
        .map_err(|error| blocked(&error))?
    {
        return Ok(located(files));
    }
    let sha256 = assets.known_encoder_id(name);
    sha256
        .map(|sha256| EncoderFiles {
            sha256,
            source: None,
            unavailable: None,
        })
        .ok_or_else(|| not_here("encoder", name))
}

fn known_data(source: &DataSource, assets: &Assets) -> Result<DataFiles, Blocked> {
    match source {
        DataSource::Files { train, test, .. } => DataFiles::own(train, test),
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

fn not_here(kind: &str, name: &str) -> Blocked {
    Blocked {
        reason: format!("{kind} `{name}` is not on this machine yet"),
        hint: Some(format!(
            "`fsl-exp fetch {name}` fetches it, and so does a run"
        )),
        untried: true,
    }
}

fn blocked(error: &AssetError) -> Blocked {
    // The sources that failed stand on lines of their own; a reason is one line.
    let lines: Vec<String> = console::chain(error)
        .lines()
        .map(|line| line.trim().to_owned())
        .collect();
    Blocked {
        reason: lines.join("; "),
        hint: error.hint(),
        untried: false,
    }
}

fn located(files: crate::assets::EncoderFiles) -> EncoderFiles {
    let source = source(&files);
    EncoderFiles {
        sha256: files.sha256,
        source: Some(source),
        unavailable: None,
    }
}

/// The encoder's files, as `nn` reads them.
pub(super) fn source(files: &crate::assets::EncoderFiles) -> EncoderSource {
    EncoderSource {
        config: files.config.clone(),
        vocab: files.vocab.clone(),
        weights: files.weights.clone(),
        lowercase: files.lowercase,
    }
}

fn placed(files: crate::assets::DatasetFiles) -> DataFiles {
    DataFiles {
        train_sha256: files.sha256.train,
        test_sha256: files.sha256.test,
        paths: Some((files.train, files.test)),
        unavailable: None,
    }
}

/// Fetches an encoder, showing its progress.
pub(super) fn fetch_encoder(
    name: &str,
    assets: &Assets,
    bar: &mut Bar,
) -> Result<EncoderFiles, AssetError> {
    let reference = EncoderRef::parse(name)?;
    assets
        .encoder(&reference, &mut |event| bar.show(&event))
        .map(located)
}

/// Fetches a dataset's labelled texts, showing its progress.
pub(super) fn fetch_dataset(
    name: &str,
    assets: &Assets,
    bar: &mut Bar,
) -> Result<DataFiles, AssetError> {
    assets
        .dataset(name, Parts::Labelled, &mut |event| bar.show(&event))
        .map(placed)
}

/// Shows a fetch: a bar on a terminal, lines elsewhere.
pub(super) struct Bar {
    quiet: bool,
    bar: Option<ProgressBar>,
}

impl Bar {
    pub(super) fn new(quiet: bool) -> Self {
        Self { quiet, bar: None }
    }

    pub(super) fn show(&mut self, event: &FetchEvent) {
        if self.quiet {
            return;
        }
        let FetchEvent {
            asset,
            source,
            kind,
        } = event;
        match kind {
            FetchKind::Waiting => {
                self.line(&format!("{asset}: another process fetches it, waiting"));
            }
            FetchKind::Started { file, bytes } => {
                self.line(&format!("fetching {asset} ({file}) from {source}"));
                self.bar = io::stderr()
                    .is_terminal()
                    .then(|| transfer(bytes.unwrap_or(0), file));
            }
            FetchKind::Progress { bytes } => {
                if let Some(bar) = &self.bar {
                    bar.set_position(*bytes);
                }
            }
            FetchKind::Retrying { after_secs, why } => {
                self.line(&format!("{asset}: {why}; trying again in {after_secs} s"));
            }
            FetchKind::SourceFailed { why } => {
                self.line(&format!("{asset}: not from {source}: {why}"));
            }
            FetchKind::Verified => {}
            FetchKind::Placed => self.line(&format!("{asset} is ready")),
        }
    }

    fn line(&mut self, text: &str) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        console::say(text);
    }
}

fn transfer(bytes: u64, file: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr());
    let template = "{msg} {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, about {eta} to go";
    bar.set_style(
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar.set_message(file.to_owned());
    bar
}
