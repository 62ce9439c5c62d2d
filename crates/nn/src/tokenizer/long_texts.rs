//! Which tokens of a text are read that has more of them than there are places: both ends, or all of them in windows. Both engines give
//! all ids of a text, and these functions choose among them.

use fsl_common::settings::{LongTexts, MOST_WINDOWS};

/// How many tokens of a text are read at once, special ones included, and which of a longer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenLimit {
    pub(super) max_tokens: usize,
    /// Whether both ends are read.
    pub(super) both_ends: bool,
}

impl TokenLimit {
    /// The limit of those who read a text once; `None` for [`LongTexts::MeanOfWindows`], whose windows
    /// [`encode_windows`](super::Tokenizer::encode_windows) gives.
    pub fn new(max_tokens: usize, long_texts: LongTexts) -> Option<Self> {
        let both_ends = match long_texts {
            LongTexts::Truncate => false,
            LongTexts::HeadTail => true,
            LongTexts::MeanOfWindows => return None,
        };
        Some(Self {
            max_tokens,
            both_ends,
        })
    }

    pub(super) fn long_texts(self) -> LongTexts {
        if self.both_ends {
            LongTexts::HeadTail
        } else {
            LongTexts::Truncate
        }
    }
}

impl From<usize> for TokenLimit {
    /// So many tokens; longer texts are truncated.
    fn from(max_tokens: usize) -> Self {
        Self {
            max_tokens,
            both_ends: false,
        }
    }
}

/// A window of a text, with the special tokens around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Its token ids.
    pub ids: Vec<i64>,
    /// How many of them are the text's: its weight in the mean.
    pub tokens: usize,
}

impl AsRef<[i64]> for Window {
    fn as_ref(&self) -> &[i64] {
        &self.ids
    }
}

/// The windows of one text, at least one and at most [`MOST_WINDOWS`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextWindows {
    /// The windows in their order.
    pub windows: Vec<Window>,
    /// The tokens of the whole text, special ones not counted.
    pub length: u64,
}

/// The special tokens before and behind a text.
pub(super) struct Around<'a> {
    pub(super) before: &'a [i64],
    pub(super) behind: &'a [i64],
}

impl Around<'_> {
    pub(super) fn count(&self) -> usize {
        self.before.len() + self.behind.len()
    }

    /// The text's own among all of its ids.
    fn inner<'a>(&self, whole: &'a [i64]) -> &'a [i64] {
        &whole[self.before.len()..whole.len() - self.behind.len()]
    }

    /// These ids, with the special ones around them.
    fn put(&self, ids: &[&[i64]]) -> Vec<i64> {
        [self.before, &ids.concat(), self.behind].concat()
    }

    /// All ids of a text, cut in the middle where there are more than `max_tokens`.
    pub(super) fn head_tail(&self, whole: Vec<i64>, max_tokens: usize) -> Vec<i64> {
        let (inner, places) = (self.inner(&whole), max_tokens.saturating_sub(self.count()));
        if inner.len() <= places {
            return whole;
        }
        let head = LongTexts::head(places);
        let tail = inner.len() - (places - head);
        self.put(&[&inner[..head], &inner[tail..]])
    }

    /// All ids of a text, in windows of at most `max_tokens`.
    pub(super) fn windows(&self, whole: &[i64], max_tokens: usize) -> TextWindows {
        let (inner, places) = (self.inner(whole), max_tokens.saturating_sub(self.count()));
        let window = |ids: &[i64]| Window {
            ids: self.put(&[ids]),
            tokens: ids.len(),
        };
        let windows = if inner.is_empty() || places == 0 {
            vec![window(&[])]
        } else {
            let parts = inner.chunks(places).take(MOST_WINDOWS);
            parts.map(window).collect()
        };
        TextWindows {
            windows,
            length: inner.len() as u64,
        }
    }
}
