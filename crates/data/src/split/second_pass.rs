//! The second pass: the texts of the rows that were drawn.

use super::Settings;
use super::first_pass::{Candidate, Layout, fingerprint};
use crate::DataError;
use crate::stream::Rows;

/// A text that was drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Text {
    /// The text as it was read.
    pub(super) text: String,
    /// The text after the rules; nothing where it is the text itself.
    pub(super) learnt: Option<String>,
}

/// Which rows are wanted, and where they are.
#[derive(Debug)]
pub(super) struct WantedRows<'a> {
    /// In the order of the file.
    rows: Vec<&'a Candidate>,
    /// Where each block starts in the file, and its first row.
    blocks: &'a [(usize, u64)],
}

impl<'a> WantedRows<'a> {
    pub(super) fn new(mut rows: Vec<&'a Candidate>, blocks: &'a [(usize, u64)]) -> Self {
        rows.sort_unstable_by_key(|candidate| candidate.row);
        Self { rows, blocks }
    }

    /// The place of a row among the wanted ones.
    pub(super) fn place(&self, row: u64) -> Option<usize> {
        let found = self.rows.binary_search_by_key(&row, |wanted| wanted.row);
        found.ok()
    }

    /// How many rows are wanted.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The texts of the wanted rows of a block, in their order; `None` if these are not the rows that were looked at before.
    pub(super) fn read(
        &self,
        layout: &Layout,
        settings: &Settings,
        mut rows: Rows,
    ) -> Result<Option<BlockTexts>, DataError> {
        let offset = rows.block().0;
        let Ok(block) = self.blocks.binary_search_by_key(&offset, |block| block.0) else {
            return Ok(None);
        };
        let mut row = self.blocks[block].1;
        let end = self.blocks.get(block + 1).map_or(u64::MAX, |next| next.1);
        let from = self.rows.partition_point(|wanted| wanted.row < row);
        let to = self.rows.partition_point(|wanted| wanted.row < end);
        let mut wanted = self.rows[from..to].iter().peekable();
        let mut found = BlockTexts::default();
        while rows.advance()? {
            if let Some(candidate) = wanted.next_if(|wanted| wanted.row == row) {
                let Some(text) = text(layout, settings, &rows, candidate) else {
                    return Ok(None);
                };
                found.texts.push(text);
            }
            row += 1;
            found.rows += 1;
        }
        Ok(wanted.next().is_none().then_some(found))
    }
}

/// What was found in a block.
#[derive(Debug, Default)]
pub(super) struct BlockTexts {
    pub(super) texts: Vec<Text>,
    pub(super) rows: u64,
}

/// The text of a row, if it still is the one that was looked at.
fn text(layout: &Layout, settings: &Settings, rows: &Rows, candidate: &Candidate) -> Option<Text> {
    rows.check_fields().ok()?;
    let learnt = layout.learnt(settings, rows).ok()?;
    if fingerprint(&learnt) != candidate.text {
        return None;
    }
    Some(Text {
        text: rows.text(layout.text).ok()?.to_owned(),
        learnt: layout.has_learnt(settings).then(|| learnt.into_owned()),
    })
}
