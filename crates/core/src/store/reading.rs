//! Stored records and predictions, checked whenever they are read.
//!
//! A record is checked against itself and its address, which costs next to nothing. Its predictions are checked where they are read, and in
//! every plan where the times of the two files do not show that nothing has changed since the trial ended: plans of 100,000 trials do not
//! read all their predictions.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::io;
use std::path::Path;

use super::StoreError;
use super::json::{not_json, read_json_bytes};
use super::layout::{PREDICTIONS, RECORD};
use super::record_checksum::without_checksum;
use super::trial_store::Store;
use crate::trial::{self, Predictions, RECORD_VERSION, Record, TrialKey};
use fsl_common::fsio;
use fsl_metrics::ConfusionMatrix;

/// What is said of a record that is not as it was written.
const CHANGED: &str = "it was changed: its `checksum` is of other contents";

impl Store {
    /// The record of a finished trial; `None` if there is none, or if the result is damaged ([`Store::damage`]).
    ///
    /// # Errors
    /// [`StoreError::Newer`], [`StoreError::Unreadable`].
    pub fn record(&self, key: &TrialKey) -> Result<Option<Record>, StoreError> {
        if self.findings.is_damaged(key) {
            return Ok(None);
        }
        match self.read_record(key) {
            Ok(found) => Ok(found.map(|(record, _)| record)),
            Err(error) => self.damaged(key, error).map(|()| None),
        }
    }

    /// As [`Store::record`], read anew, with a look at the predictions: unless the times of the files show that nothing has changed since the
    /// trial ended, they are read and checked as by [`Store::predictions`].
    ///
    /// # Errors
    /// As [`Store::record`].
    pub fn check(&self, key: &TrialKey) -> Result<Option<Record>, StoreError> {
        let is_suspect = self.findings.is_damaged(key);
        let checked = self.read_record(key).and_then(|found| {
            let Some((record, written)) = found else {
                return Ok(None);
            };
            if is_suspect || !self.is_as_written(&record, &written) {
                self.predictions_of(&record)
                    .and_then(|read| self.check_counts(&record, &read))?;
            }
            Ok(Some(record))
        });
        match checked {
            Ok(record) => {
                self.findings.note_result(key, None);
                Ok(record)
            }
            Err(error) => self.damaged(key, error).map(|()| None),
        }
    }

    /// What is wrong with the stored result of a trial, as far as that has been found.
    pub fn damage(&self, key: &TrialKey) -> Option<String> {
        self.findings.result(key)
    }

    /// Notes that a result is damaged; gives back an error that is about something else.
    fn damaged(&self, key: &TrialKey, error: StoreError) -> Result<(), StoreError> {
        let StoreError::Damaged { path, problem } = &error else {
            return Err(error);
        };
        let problem = format!("`{}`: {problem}", path.display());
        self.findings.note_result(key, Some(problem));
        Ok(())
    }

    /// The record, and what the file system says of its file.
    fn read_record(&self, key: &TrialKey) -> Result<Option<(Record, Metadata)>, StoreError> {
        let folder = self.layout.trial(key);
        let path = folder.join(RECORD);
        for folder in [fsio::parent(&folder), folder.as_path()] {
            match fsio::check_folder(folder) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    let problem = format!("`{}`: {error}", folder.display());
                    return Err(StoreError::Damaged { path, problem });
                }
                Err(error) => return Err(StoreError::reading(&path, error)),
            }
        }
        let (bytes, written) = match read_json_bytes(&path) {
            // Its folder is there: something was stored, and its record is lost.
            Err(StoreError::Unreadable { source, .. })
                if source.kind() == io::ErrorKind::NotFound =>
            {
                return Err(missing(&path, source));
            }
            read => read?,
        };
        let (json, is_intact) = without_checksum(&bytes);
        let record = match parse(key, &path, &json) {
            // A newer program keeps its checksum, too: a bit of the version has flipped.
            Err(StoreError::Newer { .. }) if !is_intact => {
                let problem = CHANGED.to_owned();
                return Err(StoreError::Damaged { path, problem });
            }
            parsed => parsed?,
        };
        let problem = if record.key == *key {
            record
                .fault()
                .or_else(|| (!is_intact).then(|| CHANGED.to_owned()))
        } else {
            Some(format!("it is the record of trial {}", record.key.short()))
        };
        match problem {
            Some(problem) => Err(StoreError::Damaged { path, problem }),
            None => Ok(Some((record, written))),
        }
    }

    /// Whether the predictions are as they were when their record was written, as far as the times of the two files tell.
    fn is_as_written(&self, record: &Record, written: &Metadata) -> bool {
        let path = self.layout.trial(&record.key).join(PREDICTIONS);
        fs::symlink_metadata(&path)
            .is_ok_and(|found| found.is_file() && right_after(&found, written, record))
    }

    /// The predictions of a finished trial, in the order of the test file. Their checksum is the record's, and its counts are theirs.
    ///
    /// # Errors
    /// As [`Store::record`]; [`StoreError::Damaged`] where there is no record, or other predictions than it was made from.
    pub fn predictions(&self, key: &TrialKey) -> Result<Predictions, StoreError> {
        let read = self.result_as_stored(key);
        let read = read.and_then(|(record, predictions)| {
            self.check_counts(&record, &predictions)?;
            Ok(predictions)
        });
        if let Err(StoreError::Damaged { path, problem }) = &read {
            let problem = format!("`{}`: {problem}", path.display());
            self.findings.note_result(key, Some(problem));
        }
        read
    }

    /// As [`Store::record`] and [`Store::predictions`], whatever the record counts: for comparisons with other predictions.
    ///
    /// # Errors
    /// As [`Store::predictions`].
    pub fn result_as_stored(&self, key: &TrialKey) -> Result<(Record, Predictions), StoreError> {
        let Some((record, _)) = self.read_record(key)? else {
            let path = self.layout.trial(key).join(PREDICTIONS);
            let problem = "it has no record".to_owned();
            return Err(StoreError::Damaged { path, problem });
        };
        let predictions = self.predictions_of(&record)?;
        Ok((record, predictions))
    }

    /// The predictions of a record, which have its checksum.
    fn predictions_of(&self, record: &Record) -> Result<Predictions, StoreError> {
        let path = self.layout.trial(&record.key).join(PREDICTIONS);
        let damaged = |problem: String| StoreError::Damaged {
            path: path.clone(),
            problem,
        };
        let bytes = read_if(&path, record).map_err(|error| missing(&path, error))?;
        let other = || damaged("its checksum differs from the record".to_owned());
        let bytes = bytes.ok_or_else(other)?;
        trial::read_predictions(&bytes, &record.inputs.data.classes).map_err(damaged)
    }

    /// Checks that a record counts its predictions.
    fn check_counts(&self, record: &Record, predictions: &Predictions) -> Result<(), StoreError> {
        let Predictions {
            labels,
            probabilities,
        } = predictions;
        let classes = record.inputs.data.classes.count();
        let counted = ConfusionMatrix::new(classes, labels, &probabilities.predicted());
        if counted.is_ok_and(|counted| counted == record.metrics.matrix()) {
            return Ok(());
        }
        Err(StoreError::Damaged {
            path: self.layout.trial(&record.key).join(RECORD),
            problem: "its `metrics.confusion` is not that of its predictions".to_owned(),
        })
    }

    /// All readable records in the order of their keys, for estimates.
    pub fn records(&self) -> impl Iterator<Item = Record> {
        let folders = fs::read_dir(self.layout.trials()).into_iter().flatten();
        let trials = folders
            .flatten()
            .filter(|folder| folder.file_type().is_ok_and(|kind| kind.is_dir()))
            .filter_map(|folder| fs::read_dir(folder.path()).ok())
            .flatten()
            .flatten();
        let keys = trials.filter_map(|trial| TrialKey::parse(trial.file_name().to_str()?));
        // Estimates sum what they find here, or a part of it: the order of a folder must not matter.
        let keys: BTreeSet<TrialKey> = keys.collect();
        keys.into_iter()
            .filter_map(|key| self.record(&key).ok().flatten())
    }
}

/// Between predictions and their record, in seconds. Disks that need longer only make plans slower.
#[cfg(unix)]
const MOST_BETWEEN: f64 = 0.25;

/// Between the end of a trial, of which whole seconds are known, and its record, in seconds.
#[cfg(unix)]
const SINCE_END: std::ops::RangeInclusive<f64> = -2.0..=3.0;

/// The longest decimal form of a probability, the smallest that is not 0, in bytes.
const LONGEST_NUMBER: u64 = 350;

/// The bytes of a record's predictions, if they have its checksum. A file that is larger than any predictions can be is not read.
fn read_if(path: &Path, record: &Record) -> io::Result<Option<Vec<u8>>> {
    if fs::symlink_metadata(path)?.len() > largest(record) {
        return Ok(None);
    }
    let bytes = fsio::read_plain(path)?;
    Ok((fsio::sha256_hex(&bytes) == record.predictions_sha256).then_some(bytes))
}

/// The most bytes that predictions of so many texts and classes take.
fn largest(record: &Record) -> u64 {
    let names = record.inputs.data.classes.names().iter();
    // A name is in a line once, in quotes of which each in it is doubled, and in the head once.
    let line: u64 = names
        .map(|name| 2 * name.len() as u64 + LONGEST_NUMBER)
        .sum();
    let lines = record.data.test_texts.saturating_add(1);
    lines.saturating_mul(line.saturating_add(LONGEST_NUMBER))
}

/// A file that belongs to a record: without it the result is damaged.
fn missing(path: &Path, error: io::Error) -> StoreError {
    if error.kind() == io::ErrorKind::NotFound {
        let (path, problem) = (path.to_owned(), "it is missing".to_owned());
        return StoreError::Damaged { path, problem };
    }
    StoreError::reading(path, error)
}

fn parse(key: &TrialKey, path: &Path, bytes: &[u8]) -> Result<Record, StoreError> {
    let newer = |got| StoreError::Newer {
        key: key.clone(),
        got,
        known: RECORD_VERSION,
    };
    match serde_json::from_slice::<Record>(bytes) {
        Ok(record) if record.version > RECORD_VERSION => Err(newer(record.version.into())),
        Ok(record) => Ok(record),
        // A newer record may have unknown fields.
        Err(error) => Err(match parse_version(bytes) {
            Some(got) if got > u64::from(RECORD_VERSION) => newer(got),
            // It was written anew, in another form.
            _ if error.to_string().starts_with("unknown field `checksum`") => StoreError::Damaged {
                path: path.to_owned(),
                problem: CHANGED.to_owned(),
            },
            _ => not_json(path, &error),
        }),
    }
}

fn parse_version(bytes: &[u8]) -> Option<u64> {
    serde_json::from_slice::<serde_json::Value>(bytes)
        .ok()?
        .get("version")?
        .as_u64()
}

/// A record is written right after its predictions, when its trial ends. Whether the times of the last changes still say so: programs
/// cannot set them (`ctime`). The files of a copied store are younger than their records say, and so are edited ones.
#[cfg(unix)]
fn right_after(predictions: &Metadata, written: &Metadata, record: &Record) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let changed = |file: &Metadata| file.ctime() as f64 + file.ctime_nsec() as f64 / 1e9;
    let between = changed(written) - changed(predictions);
    let ended = record.timings.started_unix_secs as f64 + record.timings.total_secs;
    (0.0..=MOST_BETWEEN).contains(&between) && SINCE_END.contains(&(changed(written) - ended))
}

#[cfg(not(unix))]
fn right_after(_: &Metadata, _: &Metadata, _: &Record) -> bool {
    false
}
