//! Token ids against transformers.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Tokenizer;
use fsl_test_support::golden;

fn ids(value: &Value) -> Vec<i64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_i64().unwrap())
        .collect()
}

/// Witness: transformers' BertTokenizerFast, tests/golden/tokens/generate.py.
#[test]
fn ids_of_hostile_texts_equal_those_of_transformers() {
    let golden_file: Value =
        serde_json::from_slice(&fs::read(golden("tokens/tokens.json")).unwrap()).unwrap();
    let texts: Vec<&str> = golden_file["texts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap())
        .collect();
    let mut wrong = Vec::new();
    for (key, lowercase) in [("lowercase", true), ("cased", false)] {
        let tokenizer = Tokenizer::load(&golden("tokens/vocab.txt"), lowercase).unwrap();
        for (limit, expected) in golden_file["limits"]
            .as_array()
            .unwrap()
            .iter()
            .zip(golden_file["ids"][key].as_array().unwrap())
        {
            let found = tokenizer.encode_all(&texts, limit.as_u64().unwrap() as usize);
            for ((text, found), expected) in
                texts.iter().zip(found).zip(expected.as_array().unwrap())
            {
                if found != ids(expected) {
                    wrong.push(format!(
                        "{key} {text:?}\n  got      {found:?}\n  expected {:?}",
                        ids(expected)
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(10)].join("\n")
    );
}

#[test]
fn a_text_of_100_000_characters_is_no_trouble() {
    let tokenizer = Tokenizer::load(&golden("tokens/vocab.txt"), true).unwrap();
    let start = Instant::now();
    for text in [
        "a".repeat(100_000),
        "e\u{301} ".repeat(50_000),
        "[MASK]".repeat(20_000),
        "\u{301}".repeat(100_000),
    ] {
        assert!(tokenizer.encode(&text, 64).len() <= 64);
        assert!(tokenizer.encode(&text, 200_000).len() <= 200_000);
    }
    // A quadratic step anywhere would take minutes.
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn broken_vocabularies_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vocab.txt");
    let error = |bytes: &[u8]| {
        fsl_common::fsio::write_atomic(&path, bytes).unwrap();
        let error = Tokenizer::load(&path, true).err().unwrap();
        error
            .to_string()
            .replace(&folder.path().display().to_string(), "")
    };
    assert_eq!(
        error(b"[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n"),
        "`/vocab.txt` has no entry `[MASK]`"
    );
    assert_eq!(
        error(b"[PAD]\n\xff\n"),
        "`/vocab.txt` is not UTF-8 from byte 6 on"
    );
}
