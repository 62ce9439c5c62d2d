//! The labels of a file as they are found in one block after the other, and the classes that follow from them.

use std::collections::HashMap;
use std::path::Path;

use fsl_common::classes::{Classes, Label, MAX_CLASSES};

use super::Settings;
use crate::DataError;
use crate::distinct::{DistinctLabel, DistinctLabels};
use crate::label_classes::{by_name, odd_kind};
use crate::label_errors::Doubt;

/// The distinct labels of a block, in the order of their first rows, by which rows refer to them.
#[derive(Debug, Default)]
pub(super) struct BlockLabels {
    places: HashMap<String, Label>,
    labels: Vec<(String, usize)>,
    /// Where the first row of each starts in the block.
    pub(super) starts: Vec<usize>,
}

impl BlockLabels {
    /// The place of a label, for one more row, which starts at `start`.
    pub(super) fn place(&mut self, name: &str, start: impl FnOnce() -> usize) -> Label {
        if let Some(&place) = self.places.get(name) {
            self.labels[usize::from(place)].1 += 1;
            return place;
        }
        // One more than there may be classes is the most that a block is read for.
        let place = self.labels.len() as Label;
        self.places.insert(name.to_owned(), place);
        self.labels.push((name.to_owned(), 1));
        self.starts.push(start());
        place
    }

    /// Whether there are more labels than there may be classes.
    pub(super) fn are_too_many(&self) -> bool {
        self.labels.len() > MAX_CLASSES
    }

    /// The labels with the lines of their first rows.
    pub(super) fn with_lines(self, lines: Vec<u64>) -> Vec<DistinctLabel> {
        let labels = self.labels.into_iter().zip(lines);
        let labels = labels.map(|((name, count), first_line)| DistinctLabel {
            name,
            count,
            first_line,
        });
        labels.collect()
    }
}

/// The distinct labels of the blocks so far.
#[derive(Debug, Default)]
pub(super) struct FoundLabels {
    labels: DistinctLabels,
    /// Where each label is among them.
    places: HashMap<String, Label>,
}

impl FoundLabels {
    pub(super) fn new(path: &Path, column: &str) -> Self {
        Self {
            labels: DistinctLabels::new(path, column),
            places: HashMap::new(),
        }
    }

    /// Takes in the labels of a block; returns the place of each among all labels.
    ///
    /// # Errors
    /// More labels than there may be classes: a wrong column could have as many as rows, more than fit into memory.
    pub(super) fn take(&mut self, block: Vec<DistinctLabel>) -> Result<Vec<Label>, DataError> {
        let mut places = Vec::with_capacity(block.len());
        for label in block {
            if let Some(&place) = self.places.get(&label.name) {
                self.labels.by_line[usize::from(place)].count += label.count;
                places.push(place);
                continue;
            }
            let (place, line) = (self.labels.by_line.len(), label.first_line);
            self.places.insert(label.name.clone(), place as Label);
            self.labels.by_line.push(label);
            places.push(place as Label);
            if place == MAX_CLASSES {
                let allowed = MAX_CLASSES;
                let found = self.labels.by_line.clone();
                let doubt = Doubt::TooManySoFar { allowed, line };
                return Err(self.labels.doubtful(doubt, found));
            }
        }
        Ok(places)
    }

    /// The classes, and each label as one of them; none for labels whose rows are to be skipped.
    ///
    /// Without classes in the settings, rows are skipped where some labels are numbers and others are words: those of the kind
    /// that fewer rows have. Labels that are all `0` or `1` have these two classes, even if one of them is missing.
    ///
    /// # Errors
    /// Labels that are none of the classes of the settings, or classes without a text; without these, labels that are hardly
    /// classes ([`Doubt`]), or a single one.
    pub(super) fn classes(
        mut self,
        settings: &Settings,
    ) -> Result<(Classes, Vec<Option<Label>>), DataError> {
        let by_line = self.labels.by_line.clone();
        let classes = match &settings.classes {
            Some(classes) => {
                self.labels.check_classes(classes)?;
                classes.clone()
            }
            None => self.infer(settings.skip_bad_rows)?,
        };
        let known = by_name(&classes);
        let label = |label: &DistinctLabel| known.get(label.name.as_str()).copied();
        let labels = by_line.iter().map(label).collect();
        Ok((classes, labels))
    }

    /// The classes that the labels are, less those whose rows are to be skipped.
    fn infer(&mut self, skip_bad_rows: bool) -> Result<Classes, DataError> {
        let labels = &mut self.labels.by_line;
        if skip_bad_rows && let Some(odd) = odd_kind(labels) {
            labels.retain(|label| !odd.contains(label));
        }
        let zero_one = Classes::zero_one();
        let is_zero_one = |label: &DistinctLabel| zero_one.label(&label.name).is_some();
        if labels.iter().all(is_zero_one) {
            return Ok(zero_one);
        }
        self.labels.infer_classes(None)
    }
}
