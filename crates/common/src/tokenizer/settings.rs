//! The class, the options and the tokens of one tokenizer, as its files give them.

use serde_json::Value;

use super::class::class_of;
use super::config::{Side, TokenizerConfig};
use super::files::SENTENCEPIECE;
use super::tokens::Tokens;
use super::{ADDED_TOKENS, BPE_VOCAB, MERGES, SPECIAL_TOKENS, TOKENIZER, TOKENIZER_CONFIG, VOCAB};
use super::{TokenizerClass, TokenizerFault, TokenizerFiles};
use crate::settings::model_type;

/// What the files of a tokenizer say, except for the vocabulary and for tokenizer.json.
#[derive(Debug, Clone)]
pub struct TokenizerSettings {
    pub(super) class: TokenizerClass,
    /// The class that is named, where this program does not know it.
    pub(super) unknown_class: Option<String>,
    pub(super) config: TokenizerConfig,
    pub(super) tokens: Tokens,
}

impl TokenizerSettings {
    /// Reads the small files. `encoder` is the contents of config.json, which names the type of the model.
    ///
    /// # Errors
    /// A file that cannot be read or is not what it should be; no file that this program can read a tokenizer from.
    pub fn read(files: &TokenizerFiles, encoder: &[u8]) -> Result<Self, TokenizerFault> {
        // Whether config.json is as it should be is for its reader to say.
        let encoder: Value = serde_json::from_slice(encoder).unwrap_or_default();
        let model_type = model_type(&encoder);
        if class_of(model_type, None).0 == TokenizerClass::Static {
            return Self::of_static(files);
        }
        let config = match files.bytes(TOKENIZER_CONFIG)? {
            Some(bytes) => TokenizerConfig::parse(&bytes)
                .map_err(|problem| files.malformed(TOKENIZER_CONFIG, &problem))?,
            None => TokenizerConfig::default(),
        };
        let in_config = |problem: String| files.malformed(TOKENIZER_CONFIG, &problem);
        let declared = config.class().map_err(in_config)?;
        let declared = declared.or(encoder["tokenizer_class"].as_str());
        let (mut class, unknown) = class_of(model_type, declared);
        let unknown_class = declared.filter(|_| unknown).map(str::to_owned);
        if class == TokenizerClass::AsWritten && !files.has(TOKENIZER) {
            class = by_files(files, model_type)?;
        }
        let tokens = Tokens::read(files, class, &config)?;
        let settings = Self {
            class,
            unknown_class,
            config,
            tokens,
        };
        settings.vocabulary(files)?;
        Ok(settings)
    }

    /// Those of a static encoder, for which tokenizer.json alone counts.
    fn of_static(files: &TokenizerFiles) -> Result<Self, TokenizerFault> {
        let settings = Self {
            class: TokenizerClass::Static,
            unknown_class: None,
            config: TokenizerConfig::default(),
            tokens: Tokens::default(),
        };
        settings.vocabulary(files)?;
        Ok(settings)
    }

    /// The rules that make the tokenizer.
    pub fn class(&self) -> TokenizerClass {
        self.class
    }

    /// The file or the files that hold the vocabulary.
    pub(super) fn vocabulary(
        &self,
        files: &TokenizerFiles,
    ) -> Result<&'static [&'static str], TokenizerFault> {
        if files.has(TOKENIZER) {
            return Ok(&[TOKENIZER]);
        }
        let own: &'static [&'static str] = match self.class {
            TokenizerClass::Bert | TokenizerClass::MpNet => &[VOCAB],
            TokenizerClass::Roberta => &[BPE_VOCAB, MERGES],
            _ => &[],
        };
        if !own.is_empty() && own.iter().all(|name| files.has(name)) {
            return Ok(own);
        }
        Err(files.lacking(lacks(self.class, own, files)))
    }

    /// The files that decide ids, of those that are there, in alphabetical order.
    ///
    /// # Errors
    /// There is no vocabulary.
    pub fn deciding(&self, files: &TokenizerFiles) -> Result<Vec<&'static str>, TokenizerFault> {
        let mut names = self.vocabulary(files)?.to_vec();
        if self.class == TokenizerClass::Static {
            return Ok(names);
        }
        names.push(TOKENIZER_CONFIG);
        if self.config.get("added_tokens_decoder").is_none() {
            names.extend([ADDED_TOKENS, SPECIAL_TOKENS]);
        }
        names.retain(|name| files.has(name));
        names.sort_unstable();
        Ok(names)
    }

    /// Whether texts are lower-cased: by an option of the class, or by the normalizer of a tokenizer that is taken as it is written.
    ///
    /// # Errors
    /// A tokenizer.json that cannot be read or is not what it should be.
    pub fn lowercases(&self, files: &TokenizerFiles) -> Result<bool, TokenizerFault> {
        match self.class {
            TokenizerClass::Roberta | TokenizerClass::XlmRoberta => Ok(false),
            TokenizerClass::AsWritten | TokenizerClass::Static => {
                let written = files.object(TOKENIZER)?.unwrap_or_default();
                Ok(written.get("normalizer").is_some_and(lowers))
            }
            _ => Ok(self.lowercase()),
        }
    }

    /// `do_lower_case`, with what the class does without it.
    pub(super) fn lowercase(&self) -> bool {
        let usual = self.class != TokenizerClass::DebertaV2;
        self.config.known_flag("do_lower_case").unwrap_or(usual)
    }

    /// Whether the beginning of a long text is cut off, not its end. `direction` is that of tokenizer.json.
    pub(super) fn cuts_left(&self, direction: Option<&str>) -> bool {
        match self.config.truncation_side() {
            // model2vec sets the side.
            _ if self.class == TokenizerClass::Static => false,
            Ok(Some(side)) => side == Side::Left,
            _ => direction.is_some_and(|direction| direction.eq_ignore_ascii_case("left")),
        }
    }
}

/// Whether a normalizer, or one of those in it, lower-cases.
fn lowers(normalizer: &Value) -> bool {
    match normalizer["type"].as_str() {
        Some("Lowercase") => true,
        Some("BertNormalizer") => normalizer["lowercase"] == true,
        Some("Sequence") => {
            let steps = normalizer["normalizers"].as_array();
            steps.is_some_and(|steps| steps.iter().any(lowers))
        }
        _ => false,
    }
}

/// The class that the vocabularies of a folder without tokenizer.json are for.
fn by_files(
    files: &TokenizerFiles,
    model_type: Option<&str>,
) -> Result<TokenizerClass, TokenizerFault> {
    let (class, _) = class_of(model_type, None);
    if class != TokenizerClass::AsWritten {
        return Ok(class);
    }
    if model_type != Some("modernbert") && files.has(VOCAB) {
        return Ok(TokenizerClass::Bert);
    }
    if model_type != Some("modernbert") && files.has(BPE_VOCAB) && files.has(MERGES) {
        return Ok(TokenizerClass::Roberta);
    }
    Err(files.lacking(lacks(class, &[], files)))
}

/// What a folder lacks whose vocabulary cannot be read.
fn lacks(class: TokenizerClass, own: &[&str], files: &TokenizerFiles) -> String {
    let wanted = match own {
        [] => format!("`{TOKENIZER}`"),
        own => format!("`{TOKENIZER}` and `{}`", own.join("` with `")),
    };
    let piece = SENTENCEPIECE.into_iter().find(|name| files.has(name));
    let beside = piece.map_or_else(String::new, |name| format!(", and `{name}` is not read"));
    format!(
        "lacks {wanted}{beside}; save the tokenizer with transformers, which writes `{TOKENIZER}`: \
         `AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)` (class {})",
        class.name()
    )
}
