//! Tokenizers of every other kind, by the `tokenizers` crate.
//!
//! The crate cuts a text into tokens; the special tokens around it and the limit are applied here, so that what
//! tokenizer.json says of truncation and padding never acts. transformers does the same with `truncation=True` and
//! `max_length`: the text is cut so that the special tokens still fit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use serde_json::{Value, json};
use tokenizers::{
    AddedToken, Encoding, NormalizedString, Normalizer, PostProcessor, Token, Tokenizer as Inner,
};

use super::check;
use super::long_texts::Around;
use super::static_rules::StaticRules;
use crate::NnError;
use fsl_common::fsio::sha256_hex;
use fsl_common::settings::LongTexts;
use fsl_common::tokenizer::{Pipeline, fit};

/// The most special tokens around a text.
const MOST_SPECIAL: usize = 8;

/// Stands for the text when the template is asked what is around it; no vocabulary has such an id.
const TEXT: u32 = u32::MAX;

/// A tokenizer of the `tokenizers` crate with what stands around a text.
pub(super) struct HfTokenizer {
    inner: Inner,
    before: Vec<i64>,
    behind: Vec<i64>,
    cuts_left: bool,
    rows: i64,
    digest: String,
    /// What is done otherwise for a static encoder.
    static_rules: Option<StaticRules>,
}

impl HfTokenizer {
    /// Takes in a tokenizer, which errors call `path`.
    ///
    /// # Errors
    /// [`NnError::Malformed`].
    pub(super) fn new(path: &Path, pipeline: &Pipeline) -> Result<Self, NnError> {
        let malformed = |problem: String| NnError::Malformed {
            path: path.into(),
            problem: fit(&problem),
        };
        check::check(pipeline).map_err(malformed)?;
        // Ids never become texts again, and nothing bounds what a decoder asks for.
        let mut json = pipeline.tokenizer.clone();
        if let Some(decoder) = json.get_mut("decoder") {
            *decoder = Value::Null;
        }
        let bytes = serde_json::to_vec(&json).unwrap_or_default();
        // Its readers expect what was checked; should one panic all the same, the reason is the file.
        let inner = catch_unwind(|| Inner::from_bytes(&bytes));
        let inner =
            inner.map_err(|_| malformed("is not a tokenizer that can be read".to_owned()))?;
        let inner = inner.map_err(|error| malformed(format!("is no tokenizer: {error}")))?;
        let mut tokenizer = Self {
            inner,
            before: Vec::new(),
            behind: Vec::new(),
            cuts_left: pipeline.cuts_left,
            rows: 0,
            digest: digest(&bytes, pipeline),
            static_rules: None,
        };
        tokenizer.complete(pipeline).map_err(malformed)?;
        Ok(tokenizer)
    }

    /// Adds the tokens, finds out what stands around a text, and tries a text.
    fn complete(&mut self, pipeline: &Pipeline) -> Result<(), String> {
        let said = |error: tokenizers::Error| format!("is no tokenizer: {error}");
        self.inner.with_truncation(None).map_err(said)?;
        self.inner.with_padding(None);
        let added = pipeline.tokens.iter().map(|token| AddedToken {
            content: token.content.clone(),
            single_word: token.single_word,
            lstrip: token.lstrip,
            rstrip: token.rstrip,
            normalized: token.normalized,
            special: token.special,
        });
        self.inner.add_tokens(added).map_err(said)?;
        self.inner
            .set_encode_special_tokens(pipeline.split_special_tokens);
        self.refuse_blanks()?;
        let (before, behind) = match &pipeline.template {
            Some((first, last)) => (vec![self.id_of(first)?], vec![self.id_of(last)?]),
            None => self.template()?,
        };
        (self.before, self.behind) = (before, behind);
        let ids = self.inner.get_vocab(true).into_values();
        let largest = ids.map(i64::from).chain(self.around_text()).max();
        self.rows = largest.map_or(0, |largest| largest + 1);
        if pipeline.is_static {
            self.static_rules = Some(StaticRules::new(&self.inner, &pipeline.tokenizer));
        }
        let trial = catch_unwind(AssertUnwindSafe(|| {
            self.inner
                .encode_fast("a \u{e9}\u{4e2d}\u{1f600}\u{0}.", false)
        }));
        match trial {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(format!("is no tokenizer: {error}")),
            Err(_) => Err("is not a tokenizer that can cut texts".to_owned()),
        }
    }

    /// Refuses tokens of which the crate makes pieces that are none: one that is nothing in its normal form, and one of white
    /// space that takes what is before it, beside one that takes the white space behind it.
    fn refuse_blanks(&self) -> Result<(), String> {
        let tokens = self.inner.get_added_tokens_decoder();
        let takes_behind = tokens.values().any(|token| token.rstrip);
        for token in tokens.values() {
            let mut text = NormalizedString::from(token.content.as_str());
            if let Some(normalizer) = self.inner.get_normalizer().filter(|_| token.normalized) {
                // What cannot be normalised was refused when the token was added.
                let _ = normalizer.normalize(&mut text);
            }
            let content = &token.content;
            if text.get().is_empty() {
                return Err(format!(
                    "adds the token `{content}`, of which its normalizer leaves nothing"
                ));
            }
            if takes_behind && token.lstrip && text.get().chars().all(char::is_whitespace) {
                return Err(format!(
                    "adds the token `{content}` of white space with `lstrip`, and another one with `rstrip`"
                ));
            }
        }
        Ok(())
    }

    fn id_of(&self, token: &str) -> Result<i64, String> {
        let id = self.inner.token_to_id(token);
        id.map(i64::from)
            .ok_or_else(|| format!("has no token `{token}`, which stands around every text"))
    }

    /// The ids that the template puts before and behind a text.
    fn template(&self) -> Result<(Vec<i64>, Vec<i64>), String> {
        let Some(processor) = self.inner.get_post_processor() else {
            return Ok((Vec::new(), Vec::new()));
        };
        let text = Encoding::from_tokens(vec![Token::new(TEXT, String::new(), (0, 0))], 0);
        let whole = processor
            .process(text, None, true)
            .map_err(|error| format!("has a `post_processor` that fails: {error}"))?;
        let mut parts = whole.get_ids().split(|&id| id == TEXT);
        let ids = |part: &[u32]| part.iter().copied().map(i64::from).collect::<Vec<_>>();
        match (parts.next(), parts.next(), parts.next()) {
            (Some(before), Some(behind), None) if whole.len() <= MOST_SPECIAL => {
                Ok((ids(before), ids(behind)))
            }
            (Some(_), Some(_), None) => Err(format!(
                "puts {} special tokens around a text, at most {MOST_SPECIAL} are read",
                whole.len() - 1
            )),
            _ => Err("has a `post_processor` without the text, or with it twice".to_owned()),
        }
    }

    fn around_text(&self) -> impl Iterator<Item = i64> + '_ {
        self.before.iter().chain(&self.behind).copied()
    }

    /// How many rows an embedding must have so that every id has one.
    pub(super) fn rows(&self) -> i64 {
        self.rows
    }

    /// What stands around a text.
    pub(super) fn around(&self) -> Around<'_> {
        Around {
            before: &self.before,
            behind: &self.behind,
        }
    }

    /// The SHA-256 of all that ids depend on, in hexadecimal.
    pub(super) fn digest(&self) -> &str {
        &self.digest
    }

    /// Token ids of one text, cut to `max_tokens` with the special ones counted, which are never cut.
    ///
    /// # Panics
    /// Where the text cannot be cut into tokens, which was ruled out when the tokenizer was read.
    pub(super) fn encode(&self, text: &str, max_tokens: usize) -> Vec<i64> {
        if let Some(rules) = &self.static_rules {
            let encoding = self.cut(rules.beginning(text, max_tokens));
            return rules.kept(encoding.get_ids(), max_tokens);
        }
        let room = max_tokens.saturating_sub(self.around().count());
        let encoding = self.cut(text);
        let all = encoding.get_ids();
        let kept = if self.cuts_left {
            &all[all.len().saturating_sub(room)..]
        } else {
            &all[..all.len().min(room)]
        };
        let kept = kept.iter().copied().map(i64::from);
        let before = self.before.iter().copied();
        before
            .chain(kept)
            .chain(self.behind.iter().copied())
            .collect()
    }

    fn cut(&self, text: &str) -> Encoding {
        match self.inner.encode_fast(text, false) {
            Ok(encoding) => encoding,
            Err(error) => panic!("the tokenizer cannot cut a text: {error}"),
        }
    }

    /// Whether it is that of a static encoder.
    pub(super) fn is_static(&self) -> bool {
        self.static_rules.is_some()
    }

    /// How many tokens there are among all ids of a text: `length`, but that of a static encoder's text without tokens is 0.
    pub(super) fn length_of(&self, whole: &[i64], length: u64) -> u64 {
        let rules = self.static_rules.as_ref();
        rules.map_or(length, |rules| rules.count(whole))
    }

    /// Sets the token that stands for a text of a static encoder without tokens.
    pub(super) fn set_empty_text(&mut self, token: i64) {
        if let Some(rules) = &mut self.static_rules {
            rules.empty = Some(token);
            self.digest = sha256_hex(format!("{} {token}", self.digest).as_bytes());
        }
    }

    /// How many tokens a text of a static encoder has that a limit counts: unknown ones count where long texts are truncated, as they are
    /// left out after that, and not where other texts are chosen among those that are left. `None` for other encoders.
    pub(super) fn static_count(&self, text: &str, long_texts: LongTexts) -> Option<u64> {
        let rules = self.static_rules.as_ref()?;
        Some(match long_texts {
            LongTexts::Truncate => self.cut(text).len() as u64,
            LongTexts::HeadTail | LongTexts::MeanOfWindows => {
                rules.count(&self.encode(text, usize::MAX))
            }
        })
    }
}

fn digest(bytes: &[u8], pipeline: &Pipeline) -> String {
    let mut rest = json!({
        "tokenizer": sha256_hex(bytes),
        "tokens": pipeline.tokens,
        "template": pipeline.template,
        "split_special_tokens": pipeline.split_special_tokens,
        "cuts_left": pipeline.cuts_left,
    });
    if pipeline.is_static {
        rest["static"] = Value::Bool(true);
    }
    sha256_hex(rest.to_string().as_bytes())
}
