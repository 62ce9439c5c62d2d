//! The second pass: from a row as written, at a point of the sweep, to a checked one. Every fault is reported, not only the first.

use std::path::{Path, PathBuf};

use super::context::{ArmContext, CatalogDataset, CatalogIndex, Check};
use super::error::{Diagnostic, NO_TRANSFER, Problem};
use super::experiment::{Data, DataSource, Row, TransferSource};
use super::raw::{RawData, RawSpec};
use fsl_common::classes::{Classes, ClassesError};
use fsl_common::spelling::nearest;
use fsl_common::spreadsheet::is_missing_in_pandas;
use fsl_data::{Format, label_text};

/// What `data.transfer` says for the training file.
const TRAIN: &str = "train";

/// Checks one row of a spec, together with the data and the trials that it has.
pub(super) fn check(
    file: &Path,
    arm: ArmContext,
    raw: RawSpec,
    names: &CatalogIndex,
) -> Result<Option<Row>, Vec<Diagnostic>> {
    let folder = file.parent().unwrap_or(Path::new("")).to_owned();
    let mut check = Check {
        file,
        folder,
        arm,
        names,
        name: raw.name.clone(),
        faults: Vec::new(),
    };
    check.is_usable(&raw.name, &["name"], "name".to_owned());
    for row in &raw.row {
        check.is_usable(&row.id, &["row", "0", "id"], format!("row.{}.id", row.id));
    }
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

/// The longest name of an experiment or a row, in characters, all of them ASCII: files and folders are named after both.
const LONGEST_NAME: usize = 100;

impl Check<'_> {
    /// Refuses a name that would be lost where pandas reads the exports, and one that no file can be named after.
    fn is_usable(&mut self, name: &str, path: &[&str], key: String) {
        if name.len() > LONGEST_NAME {
            let problem = Problem::NotAllowed {
                got: format!("a name of {} characters", name.len()),
                allowed: format!("of at most {LONGEST_NAME}"),
            };
            self.fault(path, key.clone(), problem);
        }
        if is_missing_in_pandas(name) {
            let problem = format!("pandas reads `{name}` as a missing value; choose another name");
            self.fault(path, key, Problem::Conflict(problem));
        }
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
        let from_train = raw.transfer.as_deref() == Some(TRAIN);
        let has_own = match &source {
            DataSource::Catalog(_) => {
                dataset.is_some_and(|dataset| dataset.transfer_texts.is_some())
            }
            DataSource::Files { transfer, .. } => transfer.is_some(),
        };
        let transfer = if from_train {
            Some(TransferSource::Train)
        } else {
            has_own.then_some(TransferSource::Own)
        };
        let texts_of = |dataset: &CatalogDataset| {
            let from_train = from_train.then_some(dataset.train_texts);
            from_train.or(dataset.transfer_texts)
        };
        let transfer_texts = dataset.and_then(texts_of);
        self.check_transfer_size(raw, transfer, transfer_texts);
        Data {
            source,
            train_texts: dataset.map(|dataset| dataset.train_texts),
            transfer_texts: raw.transfer_size.or(transfer_texts),
            transfer,
            transfer_size: raw.transfer_size,
            text: or(&raw.text, dataset.map(|dataset| &dataset.text), "text"),
            raw_text: or(&raw.raw_text, dataset.map(|dataset| &dataset.text), "text"),
            label: or(&raw.label, dataset.map(|dataset| &dataset.label), "label"),
            classes: self.classes(raw, dataset),
            positive: raw.positive.clone(),
            format: self.format(raw),
            preprocess: raw.preprocess,
            max_tokens: raw.max_tokens,
            long_texts: raw.long_texts,
        }
    }

    fn check_transfer_size(
        &mut self,
        raw: &RawData,
        transfer: Option<TransferSource>,
        texts: Option<u32>,
    ) {
        let problem = match (raw.transfer_size, transfer, texts) {
            (Some(_), None, _) => Some(Problem::Conflict(NO_TRANSFER.to_owned())),
            (Some(size), _, Some(most)) if size > most => Some(Problem::NotAllowed {
                got: size.to_string(),
                allowed: format!("at most {most}, the number of transfer texts"),
            }),
            _ => None,
        };
        if let Some(problem) = problem {
            let key = "transfer-size";
            self.fault(&["data", key], format!("data.{key}"), problem);
        }
    }

    /// The classes that the spec names, otherwise those that the catalogue has for the dataset's own column of labels.
    fn classes(&mut self, raw: &RawData, dataset: Option<&CatalogDataset>) -> Option<Classes> {
        let known = dataset
            .filter(|dataset| {
                raw.label
                    .as_ref()
                    .is_none_or(|label| *label == dataset.label)
            })
            .map(|dataset| dataset.classes.clone());
        let names = raw.classes.clone().or(known)?;
        // Labels are read so, too.
        let names = names.iter().map(|name| label_text(name).to_owned());
        match Classes::new(names.collect(), raw.positive.as_deref().map(label_text)) {
            Ok(classes) => Some(classes),
            Err(error) => {
                let key = match error {
                    ClassesError::UnknownPositive(_) | ClassesError::PositiveOfMany(_) => {
                        "positive"
                    }
                    _ => "classes",
                };
                let problem = Problem::Conflict(error.to_string());
                self.fault(&["data", key], format!("data.{key}"), problem);
                None
            }
        }
    }

    fn format(&mut self, raw: &RawData) -> Format {
        let delimiter = match raw.delimiter.as_deref().map(str::as_bytes) {
            None => None,
            Some(b"\\t" | b"tab") => Some(b'\t'),
            Some(&[byte]) if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Some(byte),
            Some(_) => {
                let problem = Problem::NotAllowed {
                    got: format!("`{}`", raw.delimiter.clone().unwrap_or_default()),
                    allowed: "one ASCII character, such as `;`, or `tab`".to_owned(),
                };
                self.fault(&["data", "delimiter"], "data.delimiter".to_owned(), problem);
                None
            }
        };
        Format { delimiter }
    }

    fn source(&mut self, raw: &RawData) -> DataSource {
        let transfer = raw.transfer.as_deref();
        match (&raw.dataset, &raw.train, &raw.test) {
            (Some(name), None, None) if transfer.is_none_or(|named| named == TRAIN) => {
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
                transfer: transfer
                    .filter(|&named| named != TRAIN)
                    .map(|path| self.existing_file(path, "transfer")),
            },
            _ => {
                let problem = Problem::Conflict(
                    "give either `dataset`, or both `train` and `test`; `transfer` is a file beside these two, or `train`".to_owned(),
                );
                self.fault(&["data"], "data".to_owned(), problem);
                DataSource::Catalog(String::new())
            }
        }
    }

    fn existing_file(&mut self, written: &str, key: &str) -> PathBuf {
        let path = self.folder.join(written);
        if !path.is_file() {
            let problem = Problem::Conflict(no_file(written, &path));
            self.fault(&["data", key], format!("data.{key}"), problem);
        }
        path
    }
}

/// Why a file that a spec names is not there.
fn no_file(written: &str, path: &Path) -> String {
    let shown = path.display();
    let why = if written.is_empty() {
        return "the path of a file is empty".to_owned();
    } else if path.is_dir() {
        return format!("`{shown}` is a folder; name a file");
    } else if path.exists() {
        return format!("`{shown}` is a pipe or a device, not a file");
    } else if written.contains("://") {
        "; an address is not fetched: download the file and name it".to_owned()
    } else if written.starts_with('~') {
        "; `~` does not stand for the home folder here: write the whole path".to_owned()
    } else {
        neighbour(path).map_or_else(String::new, |near| format!(", did you mean `{near}`?"))
    };
    format!("there is no file `{shown}`{why}")
}

/// The file in the same folder whose name is nearest.
fn neighbour(path: &Path) -> Option<String> {
    let (folder, name) = (path.parent()?, path.file_name()?.to_str()?);
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let entries = std::fs::read_dir(folder).ok()?.flatten().take(1000);
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let names: Vec<String> = names.collect();
    nearest(name, names.iter().map(String::as_str))
}
