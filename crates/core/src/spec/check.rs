//! The second pass: from a row as written, at a point of the sweep, to a checked one. Every fault is reported, not only the first.

use std::path::{Path, PathBuf};

use super::cross::combinations;
use super::error::{Diagnostic, Location, Problem, nearest};
use super::experiment::{Data, DataSource, Row, Trials};
use super::raw::{RawData, RawRow, RawSpec, RawStream, RawTrials};
use super::sweep::Point;
use super::tree::Node;
use fsl_common::seed::Stream;

/// The names that specs may refer to besides their own: what the catalogue holds.
#[derive(Debug, Clone, Default)]
pub struct CatalogIndex {
    /// Encoders of the catalogue.
    pub encoders: Vec<String>,
    /// Datasets of the catalogue.
    pub datasets: Vec<CatalogDataset>,
}

/// A dataset of the catalogue, as far as specs are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogDataset {
    /// Its name.
    pub name: String,
    /// Its column of texts.
    pub text: String,
    /// Its column of labels.
    pub label: String,
    /// How many texts its transfer set has, if it has one.
    pub transfer_texts: Option<u32>,
    /// How many labelled texts there are to learn from.
    pub train_texts: u32,
}

/// One row at one point, and what is known of it.
pub(super) struct ArmContext<'a> {
    /// The spec with the point's values and no other row.
    pub(super) tree: &'a Node,
    /// The point.
    pub(super) point: Point,
    /// Whether its values are those of the spec without the sweep.
    pub(super) usual: bool,
    /// Whether how many texts are drawn is swept.
    pub(super) sweeps_samples: bool,
}

/// Checks one row of a spec, together with the data and the trials that it has.
pub(super) fn check(
    file: &Path,
    wanted: ArmContext,
    raw: RawSpec,
    names: &CatalogIndex,
) -> Result<Option<Row>, Vec<Diagnostic>> {
    let folder = file.parent().unwrap_or(Path::new("")).to_owned();
    let mut check = Check {
        file,
        folder,
        wanted,
        names,
        name: raw.name.clone(),
        faults: Vec::new(),
    };
    let data = check.data(&raw.data);
    let rows = raw.row.first();
    let trials = rows.map(|row| check.trials(&raw.trials, row, &data));
    let row = raw.row.into_iter().next();
    let row = row.zip(trials);
    let row = row.map(|(row, trials)| check.row(row, data, trials));
    if check.faults.is_empty() {
        Ok(row)
    } else {
        Err(check.faults)
    }
}

pub(super) struct Check<'a> {
    file: &'a Path,
    pub(super) folder: PathBuf,
    pub(super) wanted: ArmContext<'a>,
    pub(super) names: &'a CatalogIndex,
    pub(super) name: String,
    faults: Vec<Diagnostic>,
}

impl Check<'_> {
    pub(super) fn place(&self, path: &[&str]) -> Location {
        self.wanted.tree.deepest(path).place.clone()
    }

    pub(super) fn fault(&mut self, path: &[&str], key: String, problem: Problem) {
        let place = self.place(path);
        self.faults.push(Diagnostic {
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
            DataSource::Catalog(_) => {
                dataset.is_some_and(|dataset| dataset.transfer_texts.is_some())
            }
            DataSource::Files { transfer, .. } => transfer.is_some(),
        };
        Data {
            source,
            train_texts: dataset.map(|dataset| dataset.train_texts),
            transfer_texts: dataset.and_then(|dataset| dataset.transfer_texts),
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

    fn trials(&mut self, raw: &RawTrials, row: &RawRow, data: &Data) -> Trials {
        let cross = self.cross(raw, row);
        let mut named = if cross.is_empty() || self.is_written("vary") {
            self.varied(raw, row)
        } else {
            // What is crossed is then all that varies: the default is that of specs that cross nothing.
            Vec::new()
        };
        named.extend(cross.iter().map(|crossed| crossed.stream));
        if self.sweeps_to_all_texts(raw, row, data) {
            named.retain(|&stream| stream != Stream::Sample);
        }
        let count = if cross.is_empty() {
            row.trials.unwrap_or(raw.count)
        } else {
            combinations(&cross)
        };
        Trials {
            seed: raw.seed.unsigned_abs(),
            count,
            vary: Stream::ALL
                .into_iter()
                .filter(|stream| named.contains(stream))
                .collect(),
            cross,
            train_size: raw.train_size,
            threads: raw.threads,
            precision: raw.precision,
        }
    }

    /// Whether this is the point of a sweep over sizes that draws all texts there are: nothing about the sample can vary. Of users' own
    /// files only a run knows how many texts there are, and says so.
    fn sweeps_to_all_texts(&self, raw: &RawTrials, row: &RawRow, data: &Data) -> bool {
        let needs = row.method.requirements();
        let (key, drawn, texts) = match needs.transfer {
            // It may draw from both sets.
            Some(_) if needs.labelled_texts => return false,
            Some(transfer) => (
                format!("row.{}.method.{}.transfer-size", row.id, row.method.name()),
                transfer.size,
                data.transfer_texts,
            ),
            None => (
                "trials.train-size".to_owned(),
                raw.train_size,
                data.train_texts,
            ),
        };
        self.wanted.point.get(&key).is_some() && drawn.is_some() && drawn == texts
    }

    /// Whether a key of `trials` is given, in the file, on the command line or by the sweep.
    pub(super) fn is_written(&self, key: &str) -> bool {
        let trials = self.wanted.tree.get("trials");
        trials.is_some_and(|trials| trials.get(key).is_some())
    }

    /// The streams that `vary` names.
    fn varied(&mut self, raw: &RawTrials, row: &RawRow) -> Vec<Stream> {
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
        if named.contains(&Stream::Sample) && !self.may_sample(raw, row) {
            let problem = Problem::Conflict(
                "`sample` can only vary where `trials.train-size` says how many texts to draw"
                    .to_owned(),
            );
            self.fault(&["trials", "vary"], "trials.vary".to_owned(), problem);
        }
        named
    }

    /// Whether the sample may vary: there is one, or the row is one of those that a sweep over samples leaves alone.
    pub(super) fn may_sample(&self, raw: &RawTrials, row: &RawRow) -> bool {
        let needs = row.method.requirements();
        raw.train_size.is_some()
            || needs.samples(false)
            || self.wanted.sweeps_samples && !needs.labelled_texts
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
