//! The second pass: from a spec as written to a checked experiment. Every fault is reported, not only the first.

use std::path::{Path, PathBuf};

use super::error::{Fault, Place, Problem, nearest};
use super::experiment::{Checked, Data, DataSource, Experiment, TableStyle, Trials};
use super::raw::{RawData, RawSpec, RawStream, RawTrials};
use super::tree::Node;
use crate::seed::Stream;

/// The names that specs may refer to besides their own: what the catalogue holds.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Encoders of the catalogue.
    pub encoders: Vec<String>,
    /// Datasets of the catalogue.
    pub datasets: Vec<DatasetName>,
}

/// A dataset of the catalogue, as far as specs are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetName {
    /// Its name.
    pub name: String,
    /// Its column of texts.
    pub text: String,
    /// Its column of labels.
    pub label: String,
    /// Whether it has a transfer set.
    pub transfer: bool,
}

/// Checks one spec. `tree` is where `raw` came from, for the places of faults.
pub(super) fn check(
    file: &Path,
    tree: &Node,
    raw: RawSpec,
    names: &Names,
) -> Result<Experiment, Vec<Fault>> {
    let folder = file.parent().unwrap_or(Path::new("")).to_owned();
    let mut check = Check {
        file,
        folder,
        tree,
        names,
        name: raw.name.clone(),
        faults: Vec::new(),
    };
    let data = check.data(&raw.data);
    let trials = check.trials(&raw.trials);
    let rows = check.rows(raw.row);
    if !check.faults.is_empty() {
        return Err(check.faults);
    }
    Ok(Experiment {
        file: file.to_owned(),
        title: raw.title.unwrap_or_else(|| raw.name.clone()),
        name: raw.name,
        data,
        trials,
        rows,
        table: TableStyle {
            center: raw.table.center,
            ddof: raw.table.ddof.0,
            f1: raw.table.f1,
        },
        support: false,
        _checked: Checked(()),
    })
}

pub(super) struct Check<'a> {
    file: &'a Path,
    pub(super) folder: PathBuf,
    tree: &'a Node,
    pub(super) names: &'a Names,
    pub(super) name: String,
    faults: Vec<Fault>,
}

impl Check<'_> {
    pub(super) fn place(&self, path: &[&str]) -> Place {
        self.tree.deepest(path).place.clone()
    }

    pub(super) fn fault(&mut self, path: &[&str], key: String, problem: Problem) {
        let place = self.place(path);
        self.faults.push(Fault {
            file: self.file.to_owned(),
            place,
            key,
            problem,
        });
    }

    fn data(&mut self, raw: &RawData) -> Data {
        let source = self.source(raw);
        let dataset = match &source {
            DataSource::Catalog(name) => self
                .names
                .datasets
                .iter()
                .find(|dataset| dataset.name == *name),
            DataSource::Files { .. } => None,
        };
        let or = |written: &Option<String>, known: Option<&String>, usual: &str| {
            written
                .as_ref()
                .or(known)
                .cloned()
                .unwrap_or_else(|| usual.to_owned())
        };
        let transfer = match &source {
            DataSource::Catalog(_) => dataset.is_some_and(|dataset| dataset.transfer),
            DataSource::Files { transfer, .. } => transfer.is_some(),
        };
        Data {
            source,
            transfer,
            text: or(&raw.text, dataset.map(|dataset| &dataset.text), "text"),
            raw_text: or(&raw.raw_text, dataset.map(|dataset| &dataset.text), "text"),
            label: or(&raw.label, dataset.map(|dataset| &dataset.label), "label"),
            preprocess: raw.preprocess,
            max_tokens: raw.max_tokens,
        }
    }

    fn source(&mut self, raw: &RawData) -> DataSource {
        match (&raw.dataset, &raw.train, &raw.test) {
            (Some(name), None, None) if raw.transfer.is_none() => {
                let known = self
                    .names
                    .datasets
                    .iter()
                    .map(|dataset| dataset.name.clone())
                    .collect();
                self.known_name("dataset", name, known, &["data", "dataset"], "data.dataset");
                DataSource::Catalog(name.clone())
            }
            (None, Some(train), Some(test)) => DataSource::Files {
                train: self.existing_file(train, "train"),
                test: self.existing_file(test, "test"),
                transfer: raw
                    .transfer
                    .as_deref()
                    .map(|path| self.existing_file(path, "transfer")),
            },
            _ => {
                let problem = Problem::Conflict(
                    "give either `dataset`, or both `train` and `test` (and `transfer` if there is one)".to_owned(),
                );
                self.fault(&["data"], "data".to_owned(), problem);
                DataSource::Catalog(String::new())
            }
        }
    }

    fn existing_file(&mut self, written: &str, key: &str) -> PathBuf {
        let path = self.folder.join(written);
        if !path.is_file() {
            let problem = Problem::Conflict(format!("there is no file `{}`", path.display()));
            self.fault(&["data", key], format!("data.{key}"), problem);
        }
        path
    }

    fn trials(&mut self, raw: &RawTrials) -> Trials {
        let named: Vec<Stream> = raw.vary.iter().map(|&stream| stream.into()).collect();
        for (index, stream) in named.iter().enumerate() {
            if named[..index].contains(stream) {
                let problem = Problem::Duplicate {
                    got: stream.to_string(),
                    first: "earlier in the list".to_owned(),
                };
                self.fault(
                    &["trials", "vary", &index.to_string()],
                    format!("trials.vary[{}]", index + 1),
                    problem,
                );
            }
        }
        if raw.train_size.is_none() && named.contains(&Stream::Sample) {
            let problem = Problem::Conflict(
                "`sample` can only vary where `trials.train-size` says how many texts to draw"
                    .to_owned(),
            );
            self.fault(&["trials", "vary"], "trials.vary".to_owned(), problem);
        }
        Trials {
            seed: raw.seed.unsigned_abs(),
            count: raw.count,
            vary: Stream::ALL
                .into_iter()
                .filter(|stream| named.contains(stream))
                .collect(),
            train_size: raw.train_size,
            threads: raw.threads,
            precision: raw.precision,
        }
    }

    pub(super) fn known_name(
        &mut self,
        kind: &'static str,
        got: &str,
        known: Vec<String>,
        path: &[&str],
        key: &str,
    ) {
        if !known.iter().any(|name| name == got) {
            let suggestion = nearest(got, known.iter().map(String::as_str));
            let problem = Problem::UnknownName {
                kind,
                got: got.to_owned(),
                suggestion,
                known,
            };
            self.fault(path, key.to_owned(), problem);
        }
    }
}

impl From<RawStream> for Stream {
    fn from(raw: RawStream) -> Self {
        match raw {
            RawStream::Sample => Self::Sample,
            RawStream::Init => Self::Init,
            RawStream::Order => Self::Order,
            RawStream::Dropout => Self::Dropout,
        }
    }
}
