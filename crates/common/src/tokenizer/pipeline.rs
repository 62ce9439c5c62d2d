//! The tokenizer.json that acts: the one of the folder where its class takes it as it is, else the one that its class makes.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::tokenizer_json::TokenizerJson;
use super::tokens::Tokens;
use super::{
    AddedToken, BPE_VOCAB, MERGES, TOKENIZER, TOKENIZER_CONFIG, TokenizerClass, TokenizerFault,
    TokenizerFiles, TokenizerSettings, VOCAB,
};

/// A tokenizer as the `tokenizers` crate makes it.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// A tokenizer.json; what it says of truncation and padding does not act.
    pub tokenizer: Value,
    /// The file that it comes from, for errors.
    pub file: &'static str,
    /// What is added to it, in this order.
    pub tokens: Vec<AddedToken>,
    /// The special tokens before and behind every text; `None` where `post_processor` of the tokenizer says.
    pub template: Option<(String, String)>,
    /// Whether special tokens that are written out in a text are cut up like other words.
    pub split_special_tokens: bool,
    /// Whether the beginning of a long text is cut off, not its end.
    pub cuts_left: bool,
    /// Whether it is that of a static encoder: unknown tokens are left out, and a text may have no tokens.
    pub is_static: bool,
}

impl TokenizerSettings {
    /// The tokenizer that the files make.
    ///
    /// # Errors
    /// A file that cannot be read or is not what it should be; a vocabulary of another kind than the class makes.
    pub fn pipeline(&self, files: &TokenizerFiles) -> Result<Pipeline, TokenizerFault> {
        let json = TokenizerJson::read(files)?;
        let mut tokens = self.tokens.clone();
        let listed = json.as_ref().and_then(TokenizerJson::added_tokens);
        tokens.take_listed(files, &self.config, listed)?;
        let direction = json.as_ref().and_then(TokenizerJson::direction);
        let cuts_left = self.cuts_left(direction);
        let file = self.vocabulary(files)?[0];
        let (tokenizer, already) = match (self.class, json) {
            (TokenizerClass::AsWritten | TokenizerClass::Static, Some(mut json)) => {
                if self.class == TokenizerClass::Static {
                    json.0.shift_remove("post_processor");
                }
                let already = contents(json.added_tokens());
                (Value::Object(json.0), already)
            }
            (_, json) => (self.made(files, json, &tokens)?, HashSet::new()),
        };
        let template = self.template(files, &tokens)?;
        Ok(Pipeline {
            tokenizer,
            file,
            tokens: tokens.to_add(&already),
            template,
            split_special_tokens: self
                .config
                .known_flag("split_special_tokens")
                .unwrap_or(false),
            cuts_left,
            is_static: self.class == TokenizerClass::Static,
        })
    }

    /// The special tokens around every text, where the class has a template of its own.
    fn template(
        &self,
        files: &TokenizerFiles,
        tokens: &Tokens,
    ) -> Result<Option<(String, String)>, TokenizerFault> {
        let Some((before, behind)) = self.class.template() else {
            return Ok(None);
        };
        let named = tokens.named(before).zip(tokens.named(behind));
        let Some((first, last)) = named else {
            let problem =
                format!("has no `{before}` or no `{behind}`, which stand around every text");
            return Err(files.malformed(TOKENIZER_CONFIG, &problem));
        };
        Ok(Some((first.to_owned(), last.to_owned())))
    }

    /// The tokenizer that the class makes out of the vocabulary, without added tokens.
    fn made(
        &self,
        files: &TokenizerFiles,
        json: Option<TokenizerJson>,
        tokens: &Tokens,
    ) -> Result<Value, TokenizerFault> {
        let wanted = self.class.model();
        if let Some(json) = &json
            && json.model_kind() != wanted
        {
            let problem = format!(
                "holds a model of kind {}, of which {} makes none; name the class `PreTrainedTokenizerFast` in \
                 `{TOKENIZER_CONFIG}` to have it read as it is written",
                json.model_kind().unwrap_or("unknown"),
                self.class.name()
            );
            return Err(files.malformed(TOKENIZER, &problem));
        }
        let charsmap = json.as_ref().and_then(|json| json.charsmap().cloned());
        let post_processor = json
            .as_ref()
            .and_then(|json| json.0.get("post_processor").cloned());
        let (vocabulary, merges) = vocabulary(files, self.class, json)?;
        let unknown = tokens.named("unk_token").unwrap_or("[UNK]");
        let mut made = match self.class {
            TokenizerClass::Bert | TokenizerClass::MpNet => self.word_piece(unknown),
            TokenizerClass::Roberta => self.byte_level(),
            TokenizerClass::XlmRoberta => self.unigram(&charsmap.unwrap_or_default(), 3),
            TokenizerClass::Albert => {
                let steps = self.albert_normalizers(charsmap);
                let mut made = self.unigram(&json!({"type": "Sequence", "normalizers": steps}), 1);
                made["post_processor"] = post_processor.unwrap_or_default();
                made
            }
            TokenizerClass::DebertaV2 => {
                let unknown = self.unknown_id(&vocabulary, unknown);
                let steps = self.deberta_normalizers();
                let mut made =
                    self.unigram(&json!({"type": "Sequence", "normalizers": steps}), unknown);
                made["pre_tokenizer"]["pretokenizers"] = Value::Array(self.deberta_words());
                made
            }
            TokenizerClass::AsWritten | TokenizerClass::Static => Value::Null,
        };
        made["version"] = json!("1.0");
        made["model"]["vocab"] = vocabulary;
        if let Some(merges) = merges {
            made["model"]["merges"] = merges;
        }
        Ok(made)
    }

    fn word_piece(&self, unknown: &str) -> Value {
        json!({
            "normalizer": self.bert_normalizer(),
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "model": {
                "type": "WordPiece", "unk_token": unknown, "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 100,
            },
        })
    }

    fn byte_level(&self) -> Value {
        json!({
            "pre_tokenizer": {
                "type": "ByteLevel", "add_prefix_space": self.prefix_space(false), "trim_offsets": true,
                "use_regex": true,
            },
            "model": {
                "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "",
                "end_of_word_suffix": "", "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
            },
        })
    }

    fn unigram(&self, normalizer: &Value, unknown: u64) -> Value {
        json!({
            "normalizer": normalizer,
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
                {"type": "WhitespaceSplit"}, self.metaspace("never"),
            ]},
            "model": {"type": "Unigram", "unk_id": unknown, "byte_fallback": false},
        })
    }

    /// The normaliser of WordPiece.
    pub(super) fn bert_normalizer(&self) -> Value {
        json!({
            "type": "BertNormalizer",
            "clean_text": true,
            "handle_chinese_chars": self.config.known_flag("tokenize_chinese_chars").unwrap_or(true),
            "strip_accents": self.config.known_flag("strip_accents"),
            "lowercase": self.lowercase(),
        })
    }

    fn prefix_space(&self, usual: bool) -> bool {
        self.config.known_flag("add_prefix_space").unwrap_or(usual)
    }

    /// Spaces as a character of their own, put before every word, unless there is to be none.
    fn metaspace(&self, otherwise: &str) -> Value {
        let scheme = if self.prefix_space(true) {
            "always"
        } else {
            otherwise
        };
        json!({"type": "Metaspace", "replacement": "\u{2581}", "prepend_scheme": scheme, "split": true})
    }

    fn albert_normalizers(&self, charsmap: Option<Value>) -> Vec<Value> {
        let quote =
            |marks: &str| json!({"type": "Replace", "pattern": {"String": marks}, "content": "\""});
        let mut all = vec![quote("``"), quote("''")];
        if !self.config.known_flag("keep_accents").unwrap_or(false) {
            all.extend([json!({"type": "NFKD"}), json!({"type": "StripAccents"})]);
        }
        if self.lowercase() {
            all.push(json!({"type": "Lowercase"}));
        }
        all.extend(charsmap);
        all
    }

    fn deberta_normalizers(&self) -> Vec<Value> {
        let lower = self.lowercase().then(|| json!({"type": "Lowercase"}));
        let rest = [
            json!({"type": "Replace", "pattern": {"Regex": "\\s{2,}|[\\n\\r\\t]"}, "content": " "}),
            json!({"type": "NFC"}),
            json!({"type": "Strip", "strip_left": false, "strip_right": true}),
        ];
        lower.into_iter().chain(rest).collect()
    }

    fn deberta_words(&self) -> Vec<Value> {
        let split = self.config.known_flag("split_by_punct").unwrap_or(false);
        let punctuation = split.then(|| json!({"type": "Punctuation", "behavior": "Isolated"}));
        punctuation
            .into_iter()
            .chain([self.metaspace("first")])
            .collect()
    }

    /// The place of the unknown token: where its score is zero, else as the files say.
    fn unknown_id(&self, vocabulary: &Value, unknown: &str) -> u64 {
        let entries = vocabulary.as_array().map_or(&[][..], Vec::as_slice);
        let place = entries
            .iter()
            .position(|entry| entry[0] == unknown && entry[1].as_f64() == Some(0.0));
        let given = self.config.unk_id().unwrap_or_default().unwrap_or(1);
        place.map_or(given, |place| place as u64)
    }
}

/// The vocabulary as the model has it, and the merges of BPE.
fn vocabulary(
    files: &TokenizerFiles,
    class: TokenizerClass,
    json: Option<TokenizerJson>,
) -> Result<(Value, Option<Value>), TokenizerFault> {
    if let Some(TokenizerJson(mut object)) = json {
        let model = object.get_mut("model").map(Value::take).unwrap_or_default();
        let Value::Object(mut model) = model else {
            return Err(files.malformed(TOKENIZER, "has no `model`"));
        };
        let Some(vocabulary) = model.shift_remove("vocab") else {
            return Err(files.malformed(TOKENIZER, "has no `vocab` in its model"));
        };
        return Ok((vocabulary, model.shift_remove("merges")));
    }
    if class == TokenizerClass::Roberta {
        let vocabulary = files.object(BPE_VOCAB)?.unwrap_or_default();
        let text = files.text(MERGES)?.unwrap_or_default();
        return Ok((Value::Object(vocabulary), Some(merges(files, &text)?)));
    }
    let text = files.text(VOCAB)?.unwrap_or_default();
    refuse_json(files, &text)?;
    let lines = (0_u64..).zip(text.lines().map(str::trim_end));
    let entries = lines.map(|(id, entry)| (entry.to_owned(), json!(id)));
    Ok((Value::Object(entries.collect()), None))
}

/// A vocab.txt that is something else by its first character.
fn refuse_json(files: &TokenizerFiles, text: &str) -> Result<(), TokenizerFault> {
    match super::looks_like_json(text) {
        Some(problem) => Err(files.malformed(VOCAB, &problem)),
        None => Ok(()),
    }
}

/// The pairs of a merges.txt: two pieces a line, behind a line that names the version.
fn merges(files: &TokenizerFiles, text: &str) -> Result<Value, TokenizerFault> {
    let lines = (1..).zip(text.lines());
    let pairs = lines.filter(|(_, line)| !line.starts_with("#version"));
    let pairs = pairs.map(|(number, line)| {
        let pair = line.split_once(' ');
        let pair = pair.filter(|(_, second)| !second.contains(' '));
        pair.map(|(first, second)| json!([first, second]))
            .ok_or_else(|| {
                let problem =
                    format!("must have two pieces with a space between them in line {number}");
                files.malformed(MERGES, &problem)
            })
    });
    Ok(Value::Array(pairs.collect::<Result<_, _>>()?))
}

/// The texts of the tokens that a tokenizer.json lists.
fn contents(listed: Option<&Value>) -> HashSet<String> {
    let listed = listed.and_then(Value::as_array).into_iter().flatten();
    let contents = listed.filter_map(|token| token["content"].as_str());
    contents.map(str::to_owned).collect()
}
