//! Sets for experiments, drawn from one large file of labelled texts.
//!
//! The published construction: apply the text rules, drop texts that are there already, drop short ones, draw a test set
//! and a training set with as many texts of each label, and a transfer set from what is left (notebook 1.0 of boostFSLBert,
//! whose random draws NumPy made; the draws here are this program's own).
//!
//! The file is read twice. The first time only a fingerprint, the row number and the label of each text are kept, some 80
//! bytes a row however long the texts; the second time the texts of the rows that were drawn.

mod collect;
mod draw;
mod error;
mod near;
mod report;
mod size;
mod survey;

use std::collections::HashSet;
use std::fmt;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use serde::Serialize;

use super::preprocess::Rules;
use super::stream::{Delimiter, Input, Progress, Source, StreamError, scan};
use super::{Columns, DataError, read_csv_bytes};
use crate::fsio;
use collect::{Found, Text, Wanted};
use draw::Drawn;
pub use error::SplitError;
use near::Shingled;
pub use near::THRESHOLD;
pub use report::{
    Conflicts, Counts, Example, InputFile, Labels, NearDuplicates, Overlap, Parameters,
    REPORT_VERSION, Report, SetReport, SkippedRows,
};
pub use size::{BadSize, Balance, Size};
use survey::{Candidate, Layout, Survey};

/// The column of texts after the rules.
const TEXT_PP: &str = "text_pp";

/// A set that can be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Set {
    /// What a method learns from.
    Train,
    /// What it is scored on.
    Test,
    /// What a teacher labels for its student.
    Transfer,
}

impl Set {
    /// Every set, in the order of reports.
    pub const ALL: [Self; 3] = [Self::Train, Self::Test, Self::Transfer];

    /// The name of the set's file.
    pub fn file(self) -> String {
        format!("{self}.csv")
    }
}

impl fmt::Display for Set {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Train => "train",
            Self::Test => "test",
            Self::Transfer => "transfer",
        })
    }
}

/// How sets are drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What separates the fields of the input. Sets have commas.
    pub delimiter: Delimiter,
    /// The column of texts.
    pub text_column: String,
    /// The column of labels, 0 or 1.
    pub label_column: String,
    /// The rules that make `text_pp`, by which texts are compared and measured. Without any, `text_pp` is the input's column of
    /// that name or, where there is none, the text itself.
    pub rules: Option<Rules>,
    /// The least characters (Unicode scalar values) that a text has after the rules.
    pub min_chars: usize,
    /// Whether a text that is there more than once may be drawn more than once, into one set. Otherwise the first one counts,
    /// with its label.
    pub keep_duplicates: bool,
    /// Whether rows with a bad label or a wrong number of fields are counted and left out, instead of being an error.
    pub skip_bad_rows: bool,
    /// The seed of all draws.
    pub seed: u64,
    /// The size of the training set.
    pub train: Option<Size>,
    /// The size of the test set, which is drawn before the others.
    pub test: Option<Size>,
    /// The size of the transfer set.
    pub transfer: Option<Size>,
    /// Whether the transfer set shows its labels.
    pub transfer_labels: bool,
}

impl Settings {
    /// The size of a set, if it is asked for.
    pub fn size(&self, set: Set) -> Option<Size> {
        match set {
            Set::Train => self.train,
            Set::Test => self.test,
            Set::Transfer => self.transfer,
        }
    }

    /// Whether the settings can be met by any file.
    ///
    /// # Errors
    /// No set, two sets that have the rest, or two columns of one name.
    pub fn check(&self) -> Result<(), SplitError> {
        if Set::ALL.iter().all(|&set| self.size(set).is_none()) {
            return Err(SplitError::NoSet);
        }
        let mut rests = Set::ALL
            .into_iter()
            .filter(|&set| self.size(set) == Some(Size::Rest));
        if let (Some(first), Some(second)) = (rests.next(), rests.next()) {
            return Err(SplitError::TwoRests { first, second });
        }
        let made = self.rules.is_some().then_some(TEXT_PP);
        let names = [Some(self.text_column.as_str()), made];
        let taken = names.contains(&Some(&self.label_column));
        if taken || names[0] == names[1] || self.label_column == TEXT_PP {
            let column = if taken { &self.label_column } else { TEXT_PP };
            return Err(SplitError::SameColumn {
                column: column.to_owned(),
            });
        }
        Ok(())
    }

    fn parameters(&self) -> Parameters {
        let size = |set| self.size(set).map(|size| size.to_string());
        Parameters {
            delimiter: match self.delimiter {
                Delimiter::Auto => "auto".to_owned(),
                Delimiter::Is(byte) => char::from(byte).to_string(),
            },
            text_column: self.text_column.clone(),
            label_column: self.label_column.clone(),
            rules: match self.rules {
                None => "none",
                Some(Rules::Reference) => "reference",
                Some(Rules::Tidy) => "tidy",
            }
            .to_owned(),
            min_chars: self.min_chars,
            keep_duplicates: self.keep_duplicates,
            skip_bad_rows: self.skip_bad_rows,
            seed: self.seed,
            train: size(Set::Train),
            test: size(Set::Test),
            transfer: size(Set::Transfer),
            transfer_labels: self.transfer_labels,
        }
    }
}

/// Sets that were drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// Each set with the bytes of its file.
    pub files: Vec<(Set, Vec<u8>)>,
    /// How they were drawn and what is in them.
    pub report: Report,
}

/// Draws the sets out of `input`, which is a file: it is read twice.
///
/// `on_progress` gets the pass, 0 or 1, and how far it has come; with [`ControlFlow::Break`] it ends the work.
///
/// # Errors
/// Those of [`Settings::check`]; an input that cannot be read, is no CSV file or changes meanwhile; a row without a usable
/// label, unless such rows are skipped; too few texts for a set; [`StreamError::Stopped`].
pub fn split(
    input: &Input,
    settings: &Settings,
    on_progress: &mut dyn FnMut(u8, Progress) -> ControlFlow<()>,
) -> Result<Split, SplitError> {
    settings.check()?;
    let source = Source {
        input,
        delimiter: settings.delimiter,
        column: &settings.text_column,
    };
    let mut survey = Survey::default();
    let mut has_learnt = false;
    scan(
        &source,
        |header, _| {
            let layout = Layout::of(header, settings)?;
            has_learnt = layout.has_learnt(settings);
            Ok(layout)
        },
        |layout, _, rows| survey::look(layout, settings, rows),
        |part| Ok(survey.take(part, settings.keep_duplicates)),
        &mut |progress| on_progress(0, progress),
    )?;
    let (candidates, blocks, counts) = survey.finish();
    let drawn = draw::draw(&candidates, settings)?;
    let wanted = drawn.iter().flat_map(|(_, texts)| texts);
    let wanted = Wanted::new(wanted.map(|&text| &candidates[text]).collect(), &blocks);
    let texts = collect(&source, settings, &wanted, &mut |progress| {
        on_progress(1, progress)
    })?;
    let sets = Sets {
        settings,
        has_learnt,
        candidates: &candidates,
        texts: &texts,
        wanted: &wanted,
    };
    sets.report(input, counts, &drawn)
}

/// The second pass.
fn collect(
    source: &Source,
    settings: &Settings,
    wanted: &Wanted,
    on_progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Vec<Text>, StreamError> {
    let mut texts = Vec::with_capacity(wanted.len());
    scan(
        source,
        |header, _| Ok(Layout::of(header, settings)?),
        |layout, _, rows| wanted.read(layout, settings, rows),
        |found: Option<Found>| {
            let found = found.ok_or_else(|| changed(source.input))?;
            texts.extend(found.texts);
            Ok(found.rows)
        },
        on_progress,
    )?;
    if texts.len() < wanted.len() {
        return Err(changed(source.input));
    }
    Ok(texts)
}

fn changed(input: &Input) -> StreamError {
    let path = input.name().to_owned();
    let source = io::Error::other("it changed while it was read");
    DataError::Read { path, source }.into()
}

/// What the files of the sets are made of.
struct Sets<'a> {
    settings: &'a Settings,
    /// Whether there is a column `text_pp` beside the texts.
    has_learnt: bool,
    candidates: &'a [Candidate],
    /// The texts of the wanted rows.
    texts: &'a [Text],
    wanted: &'a Wanted<'a>,
}

impl Sets<'_> {
    fn report(&self, input: &Input, counts: Counts, drawn: &[Drawn]) -> Result<Split, SplitError> {
        let mut files = Vec::with_capacity(drawn.len());
        let mut sets = Vec::with_capacity(drawn.len());
        let mut learnt = Vec::with_capacity(drawn.len());
        for (set, indices) in drawn {
            let bytes = self
                .csv(*set, indices)
                .map_err(|error| StreamError::Output(error.into()))?;
            let mut labels = Labels::default();
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
            version: REPORT_VERSION,
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
                csv.write_field(if candidate.label == 0 { "0" } else { "1" })?;
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
        let read = read_csv_bytes(Path::new(&set.file()), bytes, &columns, b',');
        Ok(read?.texts)
    }
}

/// What each two of the sets have in common.
fn overlaps(sets: &[SetReport], texts: &[Vec<String>]) -> Vec<Overlap> {
    let shingled = Shingled::of(texts);
    let mut overlaps = Vec::new();
    for first in 0..sets.len() {
        let known: HashSet<&str> = texts[first].iter().map(String::as_str).collect();
        for second in first + 1..sets.len() {
            let again: HashSet<&str> = texts[second].iter().map(String::as_str).collect();
            let join = shingled.join(first, second);
            let example = |pair: &near::Pair| Example {
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
