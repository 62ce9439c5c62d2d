//! Where the files of a tokenizer are at odds: what is followed, and what is not.

use serde_json::Value;

use super::plain::entries;
use super::tokenizer_json::TokenizerJson;
use super::{
    TOKENIZER, TOKENIZER_CONFIG, TokenizerClass, TokenizerFault, TokenizerFiles, TokenizerSettings,
    VOCAB,
};
use crate::sentence::SENTENCE_BERT;

impl TokenizerSettings {
    /// What the user should know of the files: a sentence each. Vocabularies of large tokenizers are not looked into.
    ///
    /// # Errors
    /// A file that cannot be read, or a tokenizer.json that is none.
    pub fn notices(&self, files: &TokenizerFiles) -> Result<Vec<String>, TokenizerFault> {
        let mut notices = Vec::new();
        if let Some(class) = &self.unknown_class {
            notices.push(if files.has(TOKENIZER) {
                format!("`{TOKENIZER_CONFIG}` names the class `{class}`, which is not known here; `{TOKENIZER}` is read as it is written")
            } else {
                let class_here = self.class.name();
                format!("`{TOKENIZER_CONFIG}` names the class `{class}`, which is not known here; the tokenizer is read as {class_here}")
            });
        }
        if self.config.get("auto_map").is_some() {
            notices.push(format!(
                "`{TOKENIZER_CONFIG}` names code of its own (`auto_map`), which is not run"
            ));
        }
        if self.config.known_flag("do_basic_tokenize") == Some(false) {
            notices.push(format!(
                "`do_basic_tokenize` of `{TOKENIZER_CONFIG}` is not followed, as in transformers"
            ));
        }
        if matches!(self.class, TokenizerClass::Bert | TokenizerClass::MpNet)
            && let Some(json) = TokenizerJson::read(files)?
        {
            self.compare_normalizer(&json, &mut notices);
            compare_vocabularies(files, &json, &mut notices)?;
        }
        self.compare_sentence_bert(files, &mut notices)?;
        Ok(notices)
    }

    /// The class makes the normaliser out of tokenizer_config.json, whatever tokenizer.json says.
    fn compare_normalizer(&self, json: &TokenizerJson, notices: &mut Vec<String>) {
        let normalizer = json.normalizer();
        if normalizer["type"] != "BertNormalizer" {
            return;
        }
        let here = self.bert_normalizer();
        for (key, option) in [
            ("lowercase", "do_lower_case"),
            ("strip_accents", "strip_accents"),
            ("handle_chinese_chars", "tokenize_chinese_chars"),
        ] {
            let (written, followed) = (effective(normalizer, key), effective(&here, key));
            if written == followed {
                continue;
            }
            let origin = if self.config.get(option).is_some() {
                format!("`{option}` of `{TOKENIZER_CONFIG}` says")
            } else {
                format!(
                    "{} does without `{option}` in `{TOKENIZER_CONFIG}`",
                    self.class.name()
                )
            };
            notices.push(format!(
                "`{TOKENIZER}` has `{key}` {written}, which is not followed: as in transformers, it is {followed}, as {origin}"
            ));
        }
    }

    /// sentence-transformers lower-cases texts before its tokenizer sees them.
    fn compare_sentence_bert(
        &self,
        files: &TokenizerFiles,
        notices: &mut Vec<String>,
    ) -> Result<(), TokenizerFault> {
        let Some(sentence) = files.object(SENTENCE_BERT)? else {
            return Ok(());
        };
        let lowers = self.lowercases(files)?;
        if sentence.get("do_lower_case") == Some(&Value::Bool(true)) && !lowers {
            notices.push(format!(
                "`{SENTENCE_BERT}` has `do_lower_case` true, which is not followed: as in transformers, the tokenizer \
                 decides, and it keeps the case"
            ));
        }
        Ok(())
    }
}

/// What a normaliser does: accents go with the case where nothing is said of them.
fn effective(normalizer: &Value, key: &str) -> bool {
    let usual = match key {
        "strip_accents" => effective(normalizer, "lowercase"),
        _ => true,
    };
    normalizer[key].as_bool().unwrap_or(usual)
}

fn compare_vocabularies(
    files: &TokenizerFiles,
    json: &TokenizerJson,
    notices: &mut Vec<String>,
) -> Result<(), TokenizerFault> {
    let (Some(text), Some(Value::Object(vocabulary))) = (files.text(VOCAB)?, json.vocabulary())
    else {
        return Ok(());
    };
    let entries = entries(&text);
    let same = entries
        .iter()
        .all(|(entry, id)| vocabulary.get(*entry).and_then(Value::as_i64) == Some(*id));
    if !same || entries.len() != vocabulary.len() {
        notices.push(format!(
            "`{VOCAB}` has other entries than the vocabulary of `{TOKENIZER}`; as in transformers, the latter is read"
        ));
    }
    Ok(())
}
