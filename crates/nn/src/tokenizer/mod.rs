//! Texts to token ids, equal to those of transformers' `AutoTokenizer` id by id.
//!
//! A tokenizer that is a vocab.txt and a case is [`word_piece`]; all others are a [`Pipeline`] of the files' own, which
//! [`hf`] runs through the `tokenizers` crate after [`check`] found that nothing in it can go wrong or get out of hand.

mod charsmap;
mod check;
mod hf;
mod long_texts;
mod pre_tokenizer;
mod static_rules;
mod word_piece;

use std::path::Path;

use rayon::prelude::*;

use super::NnError;
use fsl_common::settings::LongTexts;
use fsl_common::tokenizer::Pipeline;
use fsl_common::truncation::Truncation;
use hf::HfTokenizer;
use long_texts::Around;
pub use long_texts::{TextWindows, TokenLimit, Window};
use word_piece::{KnownWords, WordPiece};

/// The longest vocab.txt that is read, in bytes; the largest published ones have some 5 MB.
pub(crate) const LONGEST_VOCABULARY: u64 = 32 << 20;

/// The tokenizer of one encoder.
pub struct Tokenizer(Kind);

enum Kind {
    WordPiece(Box<WordPiece>),
    Hf(Box<HfTokenizer>),
}

impl Tokenizer {
    /// Reads the vocab.txt at `path`; see [`parse`](Self::parse).
    ///
    /// # Errors
    /// [`NnError::Read`], and those of [`parse`](Self::parse).
    #[cfg(test)]
    pub(crate) fn load(path: &Path, lowercase: bool) -> Result<Self, NnError> {
        let bytes = fsl_common::fsio::OpenFile::open(path)
            .and_then(|file| file.read(LONGEST_VOCABULARY))
            .map_err(NnError::read(path))?;
        Self::parse(path, &bytes, lowercase)
    }

    /// Takes in a vocab.txt, which errors call `path`: one entry a line, its id is the line's number from 0; of equal entries the last
    /// one counts, as in transformers. `lowercase` folds case and strips accents, as uncased encoders ask for.
    ///
    /// # Errors
    /// [`NnError::Malformed`] where the file is not UTF-8, has more than a million lines or lacks one of the special tokens `[PAD]`,
    /// `[UNK]`, `[CLS]`, `[SEP]`, `[MASK]`.
    pub fn parse(path: &Path, bytes: &[u8], lowercase: bool) -> Result<Self, NnError> {
        let word_piece = WordPiece::parse(path, bytes, lowercase)?;
        Ok(Self(Kind::WordPiece(Box::new(word_piece))))
    }

    /// Takes in a tokenizer that the files of `folder` make.
    ///
    /// # Errors
    /// [`NnError::Malformed`] where it is not one that gives every text its ids.
    pub fn from_pipeline(folder: &Path, pipeline: &Pipeline) -> Result<Self, NnError> {
        let tokenizer = HfTokenizer::new(&folder.join(pipeline.file), pipeline)?;
        Ok(Self(Kind::Hf(Box::new(tokenizer))))
    }

    /// The same; `token` stands for a text without tokens, where there may be one.
    #[must_use]
    pub(crate) fn with_empty_text(mut self, token: i64) -> Self {
        if let Kind::Hf(tokenizer) = &mut self.0 {
            tokenizer.set_empty_text(token);
        }
        self
    }

    /// How many rows an embedding must have so that every id has one.
    pub(crate) fn rows(&self) -> i64 {
        match &self.0 {
            Kind::WordPiece(tokenizer) => tokenizer.rows(),
            Kind::Hf(tokenizer) => tokenizer.rows(),
        }
    }

    /// How many special tokens stand around a text.
    pub fn special_tokens(&self) -> usize {
        self.around().count()
    }

    fn around(&self) -> Around<'_> {
        match &self.0 {
            Kind::WordPiece(tokenizer) => tokenizer.around(),
            Kind::Hf(tokenizer) => tokenizer.around(),
        }
    }

    /// One checksum of all that ids depend on, except for the case of a vocab.txt: its SHA-256, in hexadecimal.
    pub fn vocabulary(&self) -> &str {
        match &self.0 {
            Kind::WordPiece(tokenizer) => tokenizer.digest(),
            Kind::Hf(tokenizer) => tokenizer.digest(),
        }
    }

    /// Token ids of every text: the special tokens, the text between them, cut to `limit` with those counted (they are
    /// never cut). In the order of the texts, on all threads of rayon's pool. An empty text has the special tokens only, or that of a
    /// static encoder which stands for it.
    ///
    /// Where both ends of long texts are read, the side from which the tokenizer cuts plays no part.
    pub fn encode_all<S: AsRef<str> + Sync>(
        &self,
        texts: &[S],
        limit: impl Into<TokenLimit>,
    ) -> Vec<Vec<i64>> {
        let limit = limit.into();
        texts
            .par_iter()
            .map_init(KnownWords::new, |known, text| {
                self.encode_with(known, text.as_ref(), limit)
            })
            .collect()
    }

    /// Token ids of one text, as [`encode_all`](Self::encode_all) says.
    pub fn encode(&self, text: &str, limit: impl Into<TokenLimit>) -> Vec<i64> {
        self.encode_with(&mut KnownWords::new(), text, limit.into())
    }

    /// The windows of every text, one after the other, each of at most `max_tokens` with the special tokens around it. What lies behind
    /// the last of [`MOST_WINDOWS`](fsl_common::settings::MOST_WINDOWS) is left out. An empty text has one window of special tokens.
    pub fn encode_windows<S: AsRef<str> + Sync>(
        &self,
        texts: &[S],
        max_tokens: usize,
    ) -> Vec<TextWindows> {
        let around = self.around();
        texts
            .par_iter()
            .map_init(KnownWords::new, |known, text| {
                let whole = self.whole(known, text.as_ref());
                let mut windows = around.windows(&whole, max_tokens);
                if let Kind::Hf(tokenizer) = &self.0 {
                    windows.length = tokenizer.length_of(&whole, windows.length);
                }
                windows
            })
            .collect()
    }

    /// How many tokens each text has, special ones not counted and nothing cut off.
    pub fn lengths<S: AsRef<str> + Sync>(&self, texts: &[S], long_texts: LongTexts) -> Vec<u64> {
        let length = |text: &S| self.whole_length(text.as_ref(), long_texts);
        texts.par_iter().map(length).collect()
    }

    /// How much of these texts [`encode_all`](Self::encode_all) cuts off.
    pub fn truncation<S: AsRef<str> + Sync>(
        &self,
        texts: &[S],
        limit: impl Into<TokenLimit>,
    ) -> Truncation {
        let limit = limit.into();
        let lengths = self.lengths(texts, limit.long_texts());
        self.cut(lengths, limit.max_tokens, limit.long_texts())
    }

    /// The same of texts of which the token ids are known: only those that fill the limit are read again, of a static encoder, which leaves
    /// out tokens, all.
    pub fn truncation_of<S: AsRef<str> + Sync>(
        &self,
        texts: &[S],
        token_ids: &[Vec<i64>],
        limit: impl Into<TokenLimit>,
    ) -> Truncation {
        let limit = limit.into();
        let is_static = matches!(&self.0, Kind::Hf(tokenizer) if tokenizer.is_static());
        let length = |(text, ids): (&S, &Vec<i64>)| {
            if !is_static && ids.len() < limit.max_tokens {
                self.length(ids)
            } else {
                self.whole_length(text.as_ref(), limit.long_texts())
            }
        };
        let lengths: Vec<u64> = texts.par_iter().zip(token_ids).map(length).collect();
        self.cut(lengths, limit.max_tokens, limit.long_texts())
    }

    /// How much is cut off of texts of these [lengths](Self::lengths).
    pub fn cut(
        &self,
        lengths: impl IntoIterator<Item = u64>,
        max_tokens: usize,
        long_texts: LongTexts,
    ) -> Truncation {
        let places = max_tokens.saturating_sub(self.special_tokens());
        Truncation::of_places(lengths, places, long_texts)
    }

    fn length(&self, ids: &[i64]) -> u64 {
        ids.len() as u64 - self.special_tokens() as u64
    }

    fn whole_length(&self, text: &str, long_texts: LongTexts) -> u64 {
        let of_static = match &self.0 {
            Kind::Hf(tokenizer) => tokenizer.static_count(text, long_texts),
            Kind::WordPiece(_) => None,
        };
        of_static.unwrap_or_else(|| self.length(&self.encode(text, usize::MAX)))
    }

    fn encode_with(&self, known: &mut KnownWords, text: &str, limit: TokenLimit) -> Vec<i64> {
        if limit.both_ends {
            let whole = self.whole(known, text);
            return self.around().head_tail(whole, limit.max_tokens);
        }
        self.truncated(known, text, limit.max_tokens)
    }

    /// All ids of a text, the special ones among them.
    fn whole(&self, known: &mut KnownWords, text: &str) -> Vec<i64> {
        self.truncated(known, text, usize::MAX)
    }

    fn truncated(&self, known: &mut KnownWords, text: &str, max_tokens: usize) -> Vec<i64> {
        match &self.0 {
            Kind::WordPiece(tokenizer) => tokenizer.encode(known, text, max_tokens),
            Kind::Hf(tokenizer) => tokenizer.encode(text, max_tokens),
        }
    }
}
