//! The files of the sets, and what is told about them.

use std::collections::HashSet;
use std::path::Path;

use fsl_common::classes::Classes;

use super::draw::Drawn;
use super::first_pass::Candidate;
use super::near_duplicates::{self, Shingled, THRESHOLD};
use super::report::{
    Counts, Example, InputFile, Labels, NearDuplicates, Overlap, Report, SetReport, version,
};
use super::second_pass::{Text, WantedRows};
use super::sets::{Set, TEXT_PP};
use super::{Settings, SplitError};
use crate::stream::{Input, StreamError};
use crate::{Columns, DataError, Format, read_csv_bytes};
use fsl_common::fsio;

/// Sets that were drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// Each set with the bytes of its file.
    pub files: Vec<(Set, Vec<u8>)>,
    /// How they were drawn and what is in them.
    pub report: Report,
}

/// What the files of the sets are made of.
pub(super) struct Sets<'a> {
    pub(super) settings: &'a Settings,
    /// Whether there is a column `text_pp` beside the texts.
    pub(super) has_learnt: bool,
    pub(super) classes: &'a Classes,
    pub(super) candidates: &'a [Candidate],
    /// The texts of the wanted rows.
    pub(super) texts: &'a [Text],
    pub(super) wanted: &'a WantedRows<'a>,
}

impl Sets<'_> {
    /// The files of the sets that were drawn from `input`, and their report.
    pub(super) fn split(
        &self,
        input: &Input,
        counts: Counts,
        drawn: &[Drawn],
    ) -> Result<Split, SplitError> {
        let mut files = Vec::with_capacity(drawn.len());
        let mut sets = Vec::with_capacity(drawn.len());
        let mut learnt = Vec::with_capacity(drawn.len());
        for (set, indices) in drawn {
            let bytes = self
                .csv(*set, indices)
                .map_err(|error| StreamError::Output(error.into()))?;
            let mut labels = Labels::new(self.classes);
            for &index in indices {
                labels.add(self.candidates[index].label);
            }
            sets.push(SetReport {
                set: *set,
                file: set.file(),
                columns: self.columns(*set).map(str::to_owned).collect(),
                labels,
                sha256: fsio::sha256_hex(&bytes),
            });
            learnt.push(self.read_back(*set, &bytes)?);
            files.push((*set, bytes));
        }
        let path = input.name();
        let sha256 = input.sha256().map_err(|source| {
            let path = path.to_owned();
            StreamError::from(DataError::Read { path, source })
        })?;
        let name = path.file_name().unwrap_or_default();
        let report = Report {
            version: version(self.classes),
            program: concat!("fsl-exp ", env!("CARGO_PKG_VERSION")).to_owned(),
            input: InputFile {
                name: name.to_string_lossy().into_owned(),
                sha256,
            },
            parameters: self.settings.parameters(),
            counts,
            overlaps: overlaps(&sets, &learnt),
            sets,
        };
        Ok(Split { files, report })
    }

    /// The columns of a set's file.
    fn columns(&self, set: Set) -> impl Iterator<Item = &str> {
        let labelled = set != Set::Transfer || self.settings.transfer_labels;
        std::iter::once(self.settings.text_column.as_str())
            .chain(self.has_learnt.then_some(TEXT_PP))
            .chain(labelled.then_some(self.settings.label_column.as_str()))
    }

    fn csv(&self, set: Set, indices: &[usize]) -> csv::Result<Vec<u8>> {
        let mut csv = csv::Writer::from_writer(Vec::new());
        csv.write_record(self.columns(set))?;
        let labelled = set != Set::Transfer || self.settings.transfer_labels;
        for &index in indices {
            let candidate = &self.candidates[index];
            let Some(text) = self.wanted.place(candidate.row) else {
                continue;
            };
            let text = &self.texts[text];
            csv.write_field(&text.text)?;
            if let Some(learnt) = &text.learnt {
                csv.write_field(learnt)?;
            }
            if labelled {
                csv.write_field(self.classes.name(candidate.label))?;
            }
            csv.write_record(None::<&[u8]>)?;
        }
        csv.into_inner().map_err(|error| error.into_error().into())
    }

    /// The texts by which sets are compared, as they stand in a set's file.
    fn read_back(&self, set: Set, bytes: &[u8]) -> Result<Vec<String>, StreamError> {
        let text = if self.has_learnt {
            TEXT_PP
        } else {
            &self.settings.text_column
        };
        let columns = Columns { text, label: None };
        let read = read_csv_bytes(
            Path::new(&set.file()),
            bytes,
            &columns,
            &Format::separated_by(b','),
        );
        Ok(read?.texts)
    }
}

/// What each two of the sets have in common.
fn overlaps(sets: &[SetReport], texts: &[Vec<String>]) -> Vec<Overlap> {
    let shingled = Shingled::new(texts);
    let mut overlaps = Vec::new();
    for first in 0..sets.len() {
        let known: HashSet<&str> = texts[first].iter().map(String::as_str).collect();
        for second in first + 1..sets.len() {
            let again: HashSet<&str> = texts[second].iter().map(String::as_str).collect();
            let join = shingled.join(first, second);
            let example = |pair: &near_duplicates::Pair| Example {
                similarity: pair.similarity(),
                rows: pair.texts.map(|index| index + 1),
                texts: [&texts[first][pair.texts[0]], &texts[second][pair.texts[1]]]
                    .map(String::clone),
            };
            overlaps.push(Overlap {
                sets: [sets[first].set, sets[second].set],
                exact_duplicates: known.intersection(&again).count() as u64,
                near_duplicates: NearDuplicates {
                    threshold: THRESHOLD,
                    pairs: join.pairs,
                    texts: join.texts,
                    examples: join.examples.iter().map(example).collect(),
                },
            });
        }
    }
    overlaps
}
