//! Texts with more tokens than are read at once, against transformers and sentence-transformers:
//! tests/golden/long_texts/generate.py.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tch::{Device, Tensor};

use super::sentence::{declared_steps, open};
use super::{distance, one_thread, tensors};
use crate::{Encoder, NnError, TextWindows, TokenLimit, Tokenizer, Window, embed, embed_windows};
use fsl_common::settings::{LongTexts, MOST_WINDOWS, Pooling};
use fsl_common::tokenizer::{TokenizerFiles, TokenizerSettings};
use fsl_test_support::golden;

const TOKENIZER: &str = "tokenizer.json";

fn ids_file() -> Value {
    serde_json::from_slice(&fs::read(golden("long_texts/ids.json")).unwrap()).unwrap()
}

fn texts(file: &Value) -> Vec<String> {
    serde_json::from_value(file["texts"].clone()).unwrap()
}

fn bert() -> Tokenizer {
    open(&golden("sentence/cls")).0.tokenizer().unwrap()
}

/// The RoBERTa of the golden tokenizers, with these other files.
fn roberta(others: &[(&str, &str)]) -> Tokenizer {
    let path = golden("tokenizers/bases/roberta.json");
    from_files(fs::read(path).unwrap(), others)
}

fn from_files(tokenizer: Vec<u8>, others: &[(&str, &str)]) -> Tokenizer {
    let mut files = BTreeMap::from([(TOKENIZER.to_owned(), tokenizer)]);
    for (name, text) in others {
        files.insert((*name).to_owned(), text.as_bytes().to_vec());
    }
    let files = TokenizerFiles::held(Path::new("folder"), files);
    let settings = TokenizerSettings::read(&files, b"{\"model_type\": \"roberta\"}").unwrap();
    let pipeline = settings.pipeline(&files).unwrap();
    Tokenizer::from_pipeline(Path::new("folder"), &pipeline).unwrap()
}

fn both_ends(max_tokens: usize) -> TokenLimit {
    TokenLimit::new(max_tokens, LongTexts::HeadTail).unwrap()
}

fn windows_of(text: &TextWindows) -> Vec<Vec<i64>> {
    let ids = |window: &Window| window.ids.clone();
    text.windows.iter().map(ids).collect()
}

/// Witness: transformers' ids, cut by the formula, and its own windows.
#[test]
fn both_engines_read_the_ids_that_transformers_gives() {
    let file = ids_file();
    let texts = texts(&file);
    for (name, tokenizer) in [("bert", bert()), ("roberta", roberta(&[]))] {
        let limits = file["ids"][name].as_object().unwrap();
        assert_eq!(limits.len(), 3);
        for (limit, expected) in limits {
            let limit: usize = limit.parse().unwrap();
            let ends = tokenizer.encode_all(&texts, both_ends(limit));
            let windows = tokenizer.encode_windows(&texts, limit);
            let all = expected.as_array().unwrap().iter();
            for ((expected, ends), windows) in all.zip(&ends).zip(&windows) {
                let ids: Vec<i64> = serde_json::from_value(expected["head-tail"].clone()).unwrap();
                assert_eq!(*ends, ids, "{name} {limit}");
                let ids: Vec<Vec<i64>> =
                    serde_json::from_value(expected["windows"].clone()).unwrap();
                assert_eq!(windows_of(windows), ids, "{name} {limit}");
            }
        }
    }
}

/// Witness: the ids of the whole texts.
#[test]
fn windows_are_the_whole_text_in_order() {
    let texts = texts(&ids_file());
    for tokenizer in [bert(), roberta(&[])] {
        let whole = tokenizer.encode_all(&texts, usize::MAX);
        for places in [1, 5, 30, 600] {
            let windows = tokenizer.encode_windows(&texts, places + 2);
            for (whole, of) in whole.iter().zip(&windows) {
                let inner = &whole[1..whole.len() - 1];
                assert_eq!(of.length as usize, inner.len());
                let read = inner.len().min(places * MOST_WINDOWS);
                let own: Vec<i64> = (of.windows.iter())
                    .flat_map(|window| window.ids[1..window.ids.len() - 1].to_vec())
                    .collect();
                assert_eq!(own, inner[..read]);
                assert!(of.windows.iter().all(|one| one.tokens == one.ids.len() - 2));
                assert!(!of.windows.is_empty() && of.windows.len() <= MOST_WINDOWS);
            }
            let counted: u64 = windows.iter().map(|of| of.length).sum();
            let lengths = windows.iter().map(|of| of.length);
            let cut = tokenizer.cut(lengths, places + 2, LongTexts::MeanOfWindows);
            assert_eq!(cut.of_tokens, counted);
        }
    }
}

#[test]
fn short_texts_are_read_as_ever_and_the_side_of_cutting_is_for_truncation_alone() {
    let texts = texts(&ids_file());
    let left = [("tokenizer_config.json", r#"{"truncation_side": "left"}"#)];
    let (right, left) = (roberta(&[]), roberta(&left));
    assert_ne!(right.encode_all(&texts, 8), left.encode_all(&texts, 8));
    let ends = left.encode_all(&texts, both_ends(8));
    assert_eq!(right.encode_all(&texts, both_ends(8)), ends);
    let windows = left.encode_windows(&texts, 8);
    assert_eq!(right.encode_windows(&texts, 8), windows);
    for tokenizer in [&bert(), &right, &left] {
        let whole = tokenizer.encode_all(&texts, usize::MAX);
        let longest = whole.iter().map(Vec::len).max().unwrap();
        assert_eq!(tokenizer.encode_all(&texts, both_ends(longest)), whole);
        let windows = tokenizer.encode_windows(&texts, longest);
        let windows: Vec<_> = windows.iter().flat_map(windows_of).collect();
        assert_eq!(windows, whole);
        let cut = tokenizer.truncation(&texts, both_ends(8));
        let ids = tokenizer.encode_all(&texts, both_ends(8));
        assert_eq!(tokenizer.truncation_of(&texts, &ids, both_ends(8)), cut);
        assert_eq!(cut.long_texts, LongTexts::HeadTail);
        assert_eq!(cut.tokens, tokenizer.truncation(&texts, 8).tokens);
    }
}

/// As few tokens as can be asked for leave no place where the template has as many.
#[test]
fn limits_below_the_special_tokens_leave_these_alone() {
    let tokenizer = bert();
    let around = tokenizer.encode("", 2);
    assert_eq!(tokenizer.encode("a b c", both_ends(2)), around);
    let windows = tokenizer.encode_windows(&["a b c"], 2).remove(0);
    assert_eq!(windows_of(&windows), [around]);
    assert_eq!(windows.length, 3);
    assert!(TokenLimit::new(8, LongTexts::MeanOfWindows).is_none());
}

/// Witness: sentence-transformers' modules, window by window. 1e-5: values of order 1.
#[test]
fn vectors_are_the_weighted_means_of_the_windows() {
    one_thread();
    let texts = texts(&ids_file());
    let file = tensors(&golden("long_texts/vectors.safetensors"));
    for name in ["cls", "mean-normalize", "weighted-dense", "last-dense"] {
        let (files, declared) = open(&golden(&format!("sentence/{name}")));
        let encoder = Encoder::load(&files, Device::Cpu).unwrap();
        let modules = declared_steps(&declared, &encoder);
        let windows = files.tokenizer().unwrap().encode_windows(&texts, 8);
        let pooling = declared.pooling.unwrap();
        let mut done = Vec::new();
        let mut on_batch = |progress: crate::Progress| done.push(progress.done);
        let rows = embed_windows(&encoder, &windows, pooling, &modules, &mut on_batch).unwrap();
        assert_eq!(done, [texts.len()]);
        let found = Tensor::from_slice(&rows.concat()).view([texts.len() as i64, -1]);
        let worst = distance(&found, &file[name]);
        assert!(worst < 1e-5, "{name}: {worst}");
        // The short ones alone: one window each.
        let short: Vec<TextWindows> = windows[..4].to_vec();
        let ids: Vec<Vec<i64>> = short.iter().flat_map(windows_of).collect();
        let found = embed_windows(&encoder, &short, pooling, &modules, &mut |_| ()).unwrap();
        let expected = embed(&encoder, &ids, pooling, &modules, &mut |_| ()).unwrap();
        assert_eq!(found, expected, "{name}");
    }
}

/// More windows than are held at once, and a bad id in a late one: the text is named, not the window.
#[test]
fn texts_of_many_windows_are_embedded_part_by_part() {
    one_thread();
    let (files, declared) = open(&golden("sentence/mean-normalize"));
    let encoder = Encoder::load(&files, Device::Cpu).unwrap();
    let modules = declared_steps(&declared, &encoder);
    let window = |id: i64| Window {
        ids: vec![2, id, 3],
        tokens: 1,
    };
    let text = |number: i64| TextWindows {
        windows: (0..60)
            .map(|place| window(5 + (number + place) % 20))
            .collect(),
        length: 60,
    };
    let mut texts: Vec<TextWindows> = (0..150).map(text).collect();
    let mut done = Vec::new();
    let mut on_batch = |progress: crate::Progress| done.push(progress.done);
    let all = embed_windows(&encoder, &texts, Pooling::Mean, &modules, &mut on_batch).unwrap();
    assert_eq!(done, [68, 136, 150]);
    let last = &texts[149..];
    let alone = embed_windows(&encoder, last, Pooling::Mean, &modules, &mut |_| ()).unwrap();
    let pairs = alone[0].iter().zip(&all[149]);
    assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-6));
    texts[140].windows[3] = window(1_000_000);
    let error = embed_windows(&encoder, &texts, Pooling::Mean, &modules, &mut |_| ()).unwrap_err();
    assert!(
        matches!(error, NnError::Input { index: 140, .. }),
        "{error}"
    );
}

/// Nothing stands around texts: of an empty one nothing is left.
#[test]
fn a_text_without_a_token_is_named_with_the_reason() {
    let path = golden("tokenizers/bases/roberta.json");
    let mut json: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    json["post_processor"] = Value::Null;
    let as_written = [(
        "tokenizer_config.json",
        r#"{"tokenizer_class": "PreTrainedTokenizerFast"}"#,
    )];
    let tokenizer = from_files(json.to_string().into_bytes(), &as_written);
    assert_eq!(tokenizer.special_tokens(), 0);
    let (files, declared) = open(&golden("sentence/cls"));
    let encoder = Encoder::load(&files, Device::Cpu).unwrap();
    let modules = declared_steps(&declared, &encoder);
    let windows = tokenizer.encode_windows(&[""], 8);
    for error in [
        embed_windows(&encoder, &windows, Pooling::Cls, &modules, &mut |_| ()).unwrap_err(),
        embed(
            &encoder,
            &tokenizer.encode_all(&[""], 8),
            Pooling::Cls,
            &modules,
            &mut |_| (),
        )
        .unwrap_err(),
    ] {
        assert_eq!(
            error.to_string(),
            "text 0: has no tokens, because nothing of it is left for the encoder's tokenizer, which puts no special tokens around texts"
        );
        assert!(error.hint().unwrap().starts_with("leave empty texts out"));
    }
}
