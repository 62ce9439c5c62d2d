//! Which tokenizer files make, by the rules of transformers; the ids themselves are tested in `nn`.

use std::collections::BTreeMap;
use std::path::Path;

use super::class::class_of;
use super::*;

const VOCABULARY: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n";
const BERT: &[u8] = br#"{"model_type":"bert"}"#;

fn files(named: &[(&str, &str)]) -> TokenizerFiles {
    let held: BTreeMap<String, Vec<u8>> = named
        .iter()
        .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
        .collect();
    TokenizerFiles::held(Path::new("f"), held)
}

/// A tokenizer.json of WordPiece with the entries above, lower-casing or not.
fn word_piece(lowercase: bool) -> String {
    let normalizer = format!(
        r#"{{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":{lowercase}}}"#
    );
    let vocabulary = r#"{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"[MASK]":4,"a":5}"#;
    format!(
        r#"{{"added_tokens":[],"normalizer":{normalizer},"model":{{"type":"WordPiece","vocab":{vocabulary}}}}}"#
    )
}

fn settings(named: &[(&str, &str)]) -> Result<(TokenizerSettings, TokenizerFiles), String> {
    let files = files(named);
    let settings = TokenizerSettings::read(&files, BERT).map_err(|fault| fault.to_string())?;
    Ok((settings, files))
}

fn plain(named: &[(&str, &str)]) -> Option<bool> {
    let (settings, files) = settings(named).unwrap();
    settings.plain(&files).unwrap()
}

/// Witness: transformers 5.23, `models/auto/tokenization_auto.py`.
#[test]
fn the_class_is_the_one_that_transformers_takes() {
    let class = |model: &str, declared| class_of(Some(model), declared);
    let known = |class| (class, false);
    assert_eq!(class("bert", None), known(TokenizerClass::Bert));
    assert_eq!(class("electra", None), known(TokenizerClass::Bert));
    assert_eq!(
        class("mpnet", Some("MPNetTokenizerFast")),
        known(TokenizerClass::MpNet)
    );
    assert_eq!(
        class("roberta", Some("PreTrainedTokenizerFast")),
        known(TokenizerClass::AsWritten)
    );
    assert_eq!(
        class("bert", Some("XLMRobertaTokenizer")),
        known(TokenizerClass::XlmRoberta)
    );
    assert_eq!(
        class("modernbert", Some("BertTokenizer")),
        known(TokenizerClass::AsWritten)
    );
    assert_eq!(
        class("bert", Some("CamembertTokenizer")),
        (TokenizerClass::AsWritten, true)
    );
    assert_eq!(class_of(None, None), known(TokenizerClass::AsWritten));
}

#[test]
fn a_tokenizer_is_plain_where_its_files_say_no_more_than_vocab_txt_and_a_case() {
    let vocabulary = (VOCAB, VOCABULARY);
    let with = |config: &str| plain(&[vocabulary, (TOKENIZER_CONFIG, config)]);
    assert_eq!(plain(&[vocabulary]), Some(true));
    assert_eq!(with(r#"{"do_lower_case":false}"#), Some(false));
    assert_eq!(
        with(r#"{"do_lower_case":false,"strip_accents":false}"#),
        Some(false)
    );
    let usual = r#"{"tokenizer_class":"BertTokenizer","cls_token":"[CLS]","model_max_length":512,"never_split":null,
        "strip_accents":null,"tokenize_chinese_chars":true,"added_tokens_decoder":{"0":{"content":"[PAD]","lstrip":false,
        "normalized":false,"rstrip":false,"single_word":false,"special":true}}}"#;
    assert_eq!(with(usual), Some(true));
    for other in [
        r#"{"strip_accents":false}"#,
        r#"{"tokenize_chinese_chars":false}"#,
        r#"{"truncation_side":"left"}"#,
        r#"{"split_special_tokens":true}"#,
        r#"{"cls_token":"a"}"#,
        r#"{"additional_special_tokens":["a"]}"#,
        r#"{"tokenizer_class":"MPNetTokenizer"}"#,
        &usual.replace("\"lstrip\":false", "\"lstrip\":true"),
    ] {
        assert_eq!(with(other), None, "{other}");
    }
    assert_eq!(plain(&[vocabulary, (ADDED_TOKENS, r#"{"b":6}"#)]), None);
    assert_eq!(
        plain(&[vocabulary, (SPECIAL_TOKENS, r#"{"sep_token":"a"}"#)]),
        None
    );
}

#[test]
fn a_tokenizer_json_that_says_the_same_changes_nothing() {
    let json = word_piece(true);
    assert_eq!(
        plain(&[(VOCAB, VOCABULARY), (TOKENIZER, &json)]),
        Some(true)
    );
    let more = VOCABULARY.to_owned() + "b\n";
    assert_eq!(plain(&[(VOCAB, &more), (TOKENIZER, &json)]), None);
    assert_eq!(plain(&[(TOKENIZER, &json)]), None);
    let added = json.replace("[]", r#"[{"id":5,"content":"a","special":true}]"#);
    assert_eq!(plain(&[(VOCAB, VOCABULARY), (TOKENIZER, &added)]), None);
    let left = json.replacen('{', r#"{"truncation":{"direction":"Left"},"#, 1);
    assert_eq!(plain(&[(VOCAB, VOCABULARY), (TOKENIZER, &left)]), None);
}

/// A class that takes tokenizer.json as it is written gives the same tokenizer where that says the same.
#[test]
fn a_tokenizer_json_that_is_read_as_it_is_written_may_be_plain_too() {
    let special =
        |id: usize, content: &str| format!(r#"{{"id":{id},"content":"{content}","special":true}}"#);
    let contents = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        .iter()
        .enumerate();
    let listed: Vec<String> = contents.map(|(id, content)| special(id, content)).collect();
    let rest = r#""pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":{"type":"BertProcessing","sep":["[SEP]",3],"cls":["[CLS]",2]},"#;
    let model = r###""type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100"###;
    let json = |lowercase| {
        let json = word_piece(lowercase).replace("[]", &format!("[{}]", listed.join(",")));
        let json = json.replace(r#""type":"WordPiece""#, model);
        json.replacen('{', &format!("{{{rest}"), 1)
    };
    let written = (
        TOKENIZER_CONFIG,
        r#"{"tokenizer_class":"PreTrainedTokenizerFast"}"#,
    );
    let of = |json: &str| plain(&[(VOCAB, VOCABULARY), (TOKENIZER, json), written]);
    assert_eq!(
        (of(&json(true)), of(&json(false))),
        (Some(true), Some(false))
    );
    let whole = json(true);
    for (from, to) in [
        ("BertPreTokenizer", "Whitespace"),
        (r#""cls":["[CLS]",2]"#, r#""cls":["a",5]"#),
        (
            r#""max_input_chars_per_word":100"#,
            r#""max_input_chars_per_word":99"#,
        ),
        (r#""strip_accents":null"#, r#""strip_accents":false"#),
        (
            r#"{"id":4,"content":"[MASK]","special":true}"#,
            r#"{"id":5,"content":"a","special":true}"#,
        ),
    ] {
        assert!(whole.contains(from), "{from}");
        assert_eq!(of(&whole.replace(from, to)), None, "{to}");
    }
}

#[test]
fn files_that_are_at_odds_are_told() {
    let notices = |named: &[(&str, &str)]| {
        let (settings, files) = settings(named).unwrap();
        settings.notices(&files).unwrap()
    };
    let (cased, uncased) = (word_piece(false), word_piece(true));
    let vocabulary = (VOCAB, VOCABULARY);
    assert_eq!(notices(&[vocabulary, (TOKENIZER, &uncased)]), [""; 0]);
    assert_eq!(
        notices(&[vocabulary, (TOKENIZER, &cased)]),
        [
            "`tokenizer.json` has `lowercase` false, which is not followed: as in transformers, it is true, as BertTokenizer does without \
             `do_lower_case` in `tokenizer_config.json`",
            "`tokenizer.json` has `strip_accents` false, which is not followed: as in transformers, it is true, as BertTokenizer does \
             without `strip_accents` in `tokenizer_config.json`"
        ]
    );
    let config = (
        TOKENIZER_CONFIG,
        r#"{"do_lower_case":false,"strip_accents":true}"#,
    );
    assert_eq!(
        notices(&[vocabulary, (TOKENIZER, &uncased), config]),
        [
            "`tokenizer.json` has `lowercase` true, which is not followed: as in transformers, it is false, as `do_lower_case` of \
             `tokenizer_config.json` says"
        ]
    );
    let sentence = (
        "sentence_bert_config.json",
        r#"{"max_seq_length":5,"do_lower_case":true}"#,
    );
    assert_eq!(notices(&[vocabulary, sentence]), [""; 0]);
    assert_eq!(
        notices(&[vocabulary, config, sentence]),
        [
            "`sentence_bert_config.json` has `do_lower_case` true, which is not followed: as in transformers, the tokenizer decides, and \
             it keeps the case"
        ]
    );
    assert_eq!(
        notices(&[(VOCAB, "a\n"), (TOKENIZER, &uncased)]),
        [
            "`vocab.txt` has other entries than the vocabulary of `tokenizer.json`; as in transformers, the latter is read"
        ]
    );
    let japanese = (
        TOKENIZER_CONFIG,
        r#"{"tokenizer_class":"BertJapaneseTokenizer"}"#,
    );
    assert_eq!(
        notices(&[vocabulary, japanese]),
        [
            "`tokenizer_config.json` names the class `BertJapaneseTokenizer`, which is not known here; the tokenizer is read as \
             BertTokenizer"
        ]
    );
}

#[test]
fn the_files_that_decide_ids_are_those_that_are_read() {
    let deciding = |named: &[&str]| {
        let named: Vec<(&str, &str)> = named.iter().map(|name| (*name, "{}")).collect();
        let (settings, files) = settings(&named).unwrap();
        settings.deciding(&files).unwrap()
    };
    assert_eq!(deciding(&[VOCAB]), [VOCAB]);
    assert_eq!(
        deciding(&[
            VOCAB,
            TOKENIZER,
            TOKENIZER_CONFIG,
            SPECIAL_TOKENS,
            ADDED_TOKENS,
            MERGES
        ]),
        [ADDED_TOKENS, SPECIAL_TOKENS, TOKENIZER, TOKENIZER_CONFIG]
    );
    let decoder = (TOKENIZER_CONFIG, r#"{"added_tokens_decoder":{}}"#);
    let (settings, files) = settings(&[(VOCAB, "a"), decoder, (ADDED_TOKENS, "{}")]).unwrap();
    assert_eq!(
        settings.deciding(&files).unwrap(),
        [TOKENIZER_CONFIG, VOCAB]
    );
}

#[test]
fn files_that_are_not_what_they_should_be_are_named() {
    let said = |named: &[(&str, &str)]| match settings(named) {
        Err(said) => said,
        Ok((settings, files)) => settings.pipeline(&files).err().unwrap().to_string(),
    };
    let vocabulary = (VOCAB, VOCABULARY);
    assert_eq!(
        said(&[vocabulary, (TOKENIZER_CONFIG, r#"{"strip_accents":"no"}"#)]),
        "`f/tokenizer_config.json` has `strip_accents` that is not true, false or null"
    );
    assert_eq!(
        said(&[vocabulary, (ADDED_TOKENS, r#"{"b":"6"}"#)]),
        "`f/added_tokens.json` must hold ids by token"
    );
    assert_eq!(
        said(&[vocabulary, (SPECIAL_TOKENS, "[]")]),
        "`f/special_tokens_map.json` is not a JSON object"
    );
    assert_eq!(
        said(&[(TOKENIZER, "{}")]),
        "`f/tokenizer.json` has no `model`: it is not a tokenizer of the `tokenizers` library"
    );
    assert_eq!(
        said(&[(
            TOKENIZER,
            r#"{"model":{"type":"BPE","vocab":{},"merges":[]}}"#
        )]),
        "`f/tokenizer.json` holds a model of kind BPE, of which BertTokenizer makes none; name the class `PreTrainedTokenizerFast` in \
         `tokenizer_config.json` to have it read as it is written"
    );
    assert!(
        said(&[(VOCAB, r#"{"a":0}"#)]).starts_with("`f/vocab.txt` holds JSON, not an entry a line")
    );
    assert_eq!(
        said(&[("spm.model", "")]),
        "`f` lacks `tokenizer.json` and `vocab.txt`, and `spm.model` is not read; save the tokenizer with transformers, which writes \
         `tokenizer.json`: `AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)` (class BertTokenizer)"
    );
}
