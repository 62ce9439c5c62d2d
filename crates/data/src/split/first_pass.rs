//! The first pass: which texts there are, without keeping any.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use sha2::{Digest, Sha256};

use super::Settings;
use super::report::{Conflicts, Counts, Labels, SkippedRows};
use super::sets::TEXT_PP;
use crate::distinct::{label_text, shown};
use crate::stream::{Header, Rows};
use crate::{DataError, LineFault, preprocess};

/// The label, 0 or 1, that a field of `column` holds.
fn label(column: &str, field: &str) -> Result<u8, LineFault> {
    match label_text(field) {
        "0" => Ok(0),
        "1" => Ok(1),
        _ => Err(LineFault::Label {
            column: column.to_owned(),
            got: shown(field),
        }),
    }
}

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
    pub(super) label: u8,
}

/// Where the columns are that a set is made of.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) text: usize,
    label: usize,
    /// The column of texts that the rules were applied to already, where there is one and none are to be applied.
    ready: Option<usize>,
}

impl Layout {
    pub(super) fn from_header(header: &Header, settings: &Settings) -> Result<Self, DataError> {
        let text = header.column(&settings.text_column)?;
        let ready = match settings.rules {
            None => header.find(TEXT_PP)?.filter(|&index| index != text),
            Some(_) => None,
        };
        let label = header.column(&settings.label_column)?;
        Ok(Self { text, label, ready })
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

    fn look(&self, settings: &Settings, rows: &Rows) -> Result<Seen, LineFault> {
        rows.check_fields()?;
        let label = label(&settings.label_column, &rows.fields()[self.label])?;
        let text = self.learnt(settings, rows)?;
        Ok(Seen {
            text: fingerprint(&text),
            label,
            long: text
                .chars()
                .nth(settings.min_chars.saturating_sub(1))
                .is_some()
                || settings.min_chars == 0,
        })
    }
}

/// What is remembered of a row.
#[derive(Debug)]
pub(super) struct Seen {
    text: Fingerprint,
    label: u8,
    /// Whether the text has as many characters as it needs.
    long: bool,
}

/// Why a row is skipped.
#[derive(Debug)]
pub(super) enum SkippedRow {
    Label,
    Malformed,
}

/// What was found in a block.
#[derive(Debug)]
pub(super) struct Part {
    /// Where the block starts in the file.
    offset: usize,
    rows: Vec<Result<Seen, SkippedRow>>,
}

/// Looks at the rows of a block.
pub(super) fn look(
    layout: &Layout,
    settings: &Settings,
    mut rows: Rows,
) -> Result<Part, DataError> {
    let offset = rows.block().0;
    let mut found = Vec::new();
    while rows.advance()? {
        found.push(match layout.look(settings, &rows) {
            Ok(seen) => Ok(seen),
            Err(fault) if !settings.skip_bad_rows => return Err(rows.at(fault)),
            Err(LineFault::Label { .. }) => Err(SkippedRow::Label),
            Err(_) => Err(SkippedRow::Malformed),
        });
    }
    Ok(Part {
        offset,
        rows: found,
    })
}

/// What the first pass finds out.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// The rows whose texts may be drawn, in the order of the file.
    pub(super) candidates: Vec<Candidate>,
    pub(super) counts: Counts,
    /// Where each block starts in the file, and its first row.
    pub(super) blocks: Vec<(usize, u64)>,
    /// For each text the label that it has first, and whether it has the other one too.
    first: HashMap<Fingerprint, (u8, bool)>,
}

impl Survey {
    /// Takes in a block; returns how many rows it has.
    pub(super) fn take(&mut self, part: Part, keep_duplicates: bool) -> u64 {
        self.blocks.push((part.offset, self.counts.rows));
        let before = self.counts.rows;
        for row in part.rows {
            match row {
                Ok(seen) => self.note(&seen, keep_duplicates),
                Err(SkippedRow::Label) => self.counts.skipped.labels += 1,
                Err(SkippedRow::Malformed) => self.counts.skipped.malformed += 1,
            }
            self.counts.rows += 1;
        }
        self.counts.rows - before
    }

    fn note(&mut self, seen: &Seen, keep_duplicates: bool) {
        self.counts.labelled.add(seen.label);
        let first = match self.first.entry(seen.text) {
            Entry::Vacant(free) => {
                free.insert((seen.label, false));
                self.counts.distinct.add(seen.label);
                true
            }
            Entry::Occupied(mut earlier) => {
                let (label, conflict) = earlier.get_mut();
                if *label != seen.label {
                    self.counts.conflicts.rows += 1;
                    self.counts.conflicts.texts += u64::from(!*conflict);
                    *conflict = true;
                }
                false
            }
        };
        if seen.long && (first || keep_duplicates) {
            self.counts.kept.add(seen.label);
            self.candidates.push(Candidate {
                text: seen.text,
                row: self.counts.rows,
                label: seen.label,
            });
        }
    }

    /// What is needed from here on; the texts' fingerprints are forgotten.
    pub(super) fn finish(self) -> (Vec<Candidate>, Vec<(usize, u64)>, Counts) {
        (self.candidates, self.blocks, self.counts)
    }
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            rows: 0,
            skipped: SkippedRows {
                labels: 0,
                malformed: 0,
            },
            labelled: Labels::default(),
            distinct: Labels::default(),
            conflicts: Conflicts { texts: 0, rows: 0 },
            kept: Labels::default(),
        }
    }
}
