//! The first pass: which texts there are, without keeping any.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::path::Path;

use fsl_common::classes::{Classes, Label};
use sha2::{Digest, Sha256};

use super::Settings;
use super::labels::{BlockLabels, FoundLabels};
use super::report::{Counts, SkippedRows};
use super::sets::TEXT_PP;
use crate::distinct::{DistinctLabel, label_text};
use crate::label_classes::by_name;
use crate::stream::{Header, Rows};
use crate::{DataError, LineFault, preprocess};

/// What stands for a text: the first half of its SHA-256. Two of a million texts would share one with a chance of 10⁻²⁷.
pub(super) type Fingerprint = u128;

/// The fingerprint of a text.
pub(super) fn fingerprint(text: &str) -> Fingerprint {
    let mut half = [0; 16];
    half.copy_from_slice(&Sha256::digest(text)[..16]);
    Fingerprint::from_le_bytes(half)
}

/// A row whose text may be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) text: Fingerprint,
    /// The row, from 0.
    pub(super) row: u64,
    pub(super) label: Label,
}

/// Where the columns are that a set is made of.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) text: usize,
    label: usize,
    /// The column of texts that the rules were applied to already, where there is one and none are to be applied.
    ready: Option<usize>,
    /// The labels whose rows are kept, where all others are to be skipped.
    known: Option<HashSet<String>>,
}

impl Layout {
    pub(super) fn from_header(header: &Header, settings: &Settings) -> Result<Self, DataError> {
        let text = header.column(&settings.text_column)?;
        let ready = match settings.rules {
            None => header.find(TEXT_PP)?.filter(|&index| index != text),
            Some(_) => None,
        };
        let label = header.column(&settings.label_column)?;
        let classes = settings.classes.as_ref();
        let known = classes.filter(|_| settings.skip_bad_rows);
        let known = known.map(|classes| by_name(classes).into_keys().map(str::to_owned).collect());
        Ok(Self {
            text,
            label,
            ready,
            known,
        })
    }

    /// Whether a set has a column `text_pp` beside its texts.
    pub(super) fn has_learnt(&self, settings: &Settings) -> bool {
        settings.rules.is_some() || self.ready.is_some()
    }

    /// The text that is learnt from, by which texts are compared.
    pub(super) fn learnt<'a>(
        &self,
        settings: &Settings,
        rows: &'a Rows,
    ) -> Result<Cow<'a, str>, LineFault> {
        let text = rows.text(self.text)?;
        Ok(match (settings.rules, self.ready) {
            (Some(rules), _) => Cow::Owned(preprocess::apply(rules, text)),
            (None, Some(ready)) => Cow::Borrowed(rows.text(ready)?),
            (None, None) => Cow::Borrowed(text),
        })
    }

    /// The label of a row; none for one whose rows are to be skipped.
    fn label<'a>(&self, settings: &Settings, rows: &'a Rows) -> Result<Option<&'a str>, LineFault> {
        let fields = rows.fields();
        let label = label_text(&fields[self.label]);
        if label == settings.label_column && fields[self.text].trim() == settings.text_column {
            return Err(LineFault::RepeatedHeader);
        }
        if label.is_empty() {
            let column = settings.label_column.clone();
            return Err(LineFault::EmptyLabel { column });
        }
        let is_known = self
            .known
            .as_ref()
            .is_none_or(|known| known.contains(label));
        Ok(is_known.then_some(label))
    }

    fn look(
        &self,
        settings: &Settings,
        (row, rows): (u64, &Rows),
        labels: &mut BlockLabels,
    ) -> Result<Row, LineFault> {
        rows.check_fields()?;
        let Some(label) = self.label(settings, rows)? else {
            return Ok(Row::BadLabel);
        };
        let text = self.learnt(settings, rows)?;
        let last = settings.min_chars.checked_sub(1);
        Ok(Row::Good(Seen {
            text: fingerprint(&text),
            row,
            label: labels.place(label, || rows.start()),
            is_long: last.is_none_or(|last| text.chars().nth(last).is_some()),
        }))
    }
}

/// What is remembered of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    text: Fingerprint,
    /// The row, from 0, in the block or in the file.
    row: u64,
    /// The label by its place among the labels of the block, or of the file.
    label: Label,
    /// Whether the text has as many characters as it needs.
    is_long: bool,
}

/// A row, or why it is skipped.
#[derive(Debug)]
pub(super) enum Row {
    Good(Seen),
    BadLabel,
    Malformed,
}

/// What was found in a block.
#[derive(Debug)]
pub(super) struct Part {
    /// Where the block starts in the file.
    offset: usize,
    /// The distinct labels of its rows.
    labels: Vec<DistinctLabel>,
    rows: Vec<Row>,
}

/// Looks at the rows of a block, at fewer where these have more labels than there may be classes.
pub(super) fn look(
    layout: &Layout,
    settings: &Settings,
    mut rows: Rows,
) -> Result<Part, DataError> {
    let offset = rows.block().0;
    let mut found = Vec::new();
    let mut labels = BlockLabels::default();
    while !labels.are_too_many() && rows.advance()? {
        let row = found.len() as u64;
        found.push(match layout.look(settings, (row, &rows), &mut labels) {
            Ok(row) => row,
            Err(fault) if !settings.skip_bad_rows => return Err(rows.at(fault)),
            Err(LineFault::EmptyLabel { .. } | LineFault::RepeatedHeader) => Row::BadLabel,
            Err(_) => Row::Malformed,
        });
    }
    let lines = rows.lines(&labels.starts);
    Ok(Part {
        offset,
        labels: labels.with_lines(lines),
        rows: found,
    })
}

/// What the first pass sees.
#[derive(Debug)]
pub(super) struct Survey {
    rows: u64,
    skipped: SkippedRows,
    /// Where each block starts in the file, and its first row.
    blocks: Vec<(usize, u64)>,
    labels: FoundLabels,
    /// The rows that are not skipped so far.
    seen: Vec<Seen>,
}

impl Survey {
    /// A survey of the file that errors call `path`.
    pub(super) fn new(path: &Path, settings: &Settings) -> Self {
        Self {
            rows: 0,
            skipped: SkippedRows::default(),
            blocks: Vec::new(),
            labels: FoundLabels::new(path, &settings.label_column),
            seen: Vec::new(),
        }
    }

    /// Takes in a block; returns how many rows it has.
    ///
    /// # Errors
    /// Too many different labels.
    pub(super) fn take(&mut self, part: Part) -> Result<u64, DataError> {
        let places = self.labels.take(part.labels)?;
        self.blocks.push((part.offset, self.rows));
        let rows = part.rows.len() as u64;
        for row in part.rows {
            match row {
                Row::Good(seen) => self.seen.push(Seen {
                    row: self.rows + seen.row,
                    label: places[usize::from(seen.label)],
                    ..seen
                }),
                Row::BadLabel => self.skipped.labels += 1,
                Row::Malformed => self.skipped.malformed += 1,
            }
        }
        self.rows += rows;
        Ok(rows)
    }

    /// Tells the classes, and which texts may be drawn; the texts' fingerprints are forgotten.
    ///
    /// # Errors
    /// Labels that are no classes, or none of those of the settings.
    pub(super) fn finish(self, settings: &Settings) -> Result<Surveyed, DataError> {
        let (classes, labels) = self.labels.classes(settings)?;
        let mut counts = Counts::new(self.rows, self.skipped, &classes);
        let mut texts = FirstLabels::default();
        let candidates = self.seen.into_iter().filter_map(|seen| {
            let Some(label) = labels[usize::from(seen.label)] else {
                counts.skipped.labels += 1;
                return None;
            };
            let is_first = texts.note(seen.text, label, &mut counts);
            let is_kept = seen.is_long && (is_first || settings.keep_duplicates);
            is_kept.then(|| {
                counts.kept.add(label);
                Candidate {
                    text: seen.text,
                    row: seen.row,
                    label,
                }
            })
        });
        Ok(Surveyed {
            candidates: candidates.collect(),
            blocks: self.blocks,
            counts,
            classes,
        })
    }
}

/// For each text the label that it has first, and whether it has another one too.
#[derive(Debug, Default)]
struct FirstLabels(HashMap<Fingerprint, (Label, bool)>);

impl FirstLabels {
    /// Counts a row; returns whether its text is new.
    fn note(&mut self, text: Fingerprint, label: Label, counts: &mut Counts) -> bool {
        counts.labelled.add(label);
        match self.0.entry(text) {
            Entry::Vacant(free) => {
                free.insert((label, false));
                counts.distinct.add(label);
                true
            }
            Entry::Occupied(mut earlier) => {
                let (first, conflict) = earlier.get_mut();
                if *first != label {
                    counts.conflicts.rows += 1;
                    counts.conflicts.texts += u64::from(!*conflict);
                    *conflict = true;
                }
                false
            }
        }
    }
}

/// What the first pass finds out.
#[derive(Debug)]
pub(super) struct Surveyed {
    /// The rows whose texts may be drawn, in the order of the file.
    pub(super) candidates: Vec<Candidate>,
    /// Where each block starts in the file, and its first row.
    pub(super) blocks: Vec<(usize, u64)>,
    pub(super) counts: Counts,
    pub(super) classes: Classes,
}
