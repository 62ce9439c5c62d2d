//! Token ids of tokenizers of every kind against transformers' AutoTokenizer.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::Tokenizer;
use fsl_common::fsio::sha256_hex;
use fsl_common::tokenizer::{TokenizerFiles, TokenizerSettings, VOCAB};
use fsl_test_support::golden;

fn json(name: &str) -> Value {
    serde_json::from_slice(&fs::read(golden(name)).unwrap()).unwrap()
}

fn strings(value: &Value) -> Vec<String> {
    let all = value.as_array().unwrap().iter();
    all.map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// The files of a case by name, and its config.json.
fn files_of(case: &Value) -> (TokenizerFiles, Vec<u8>) {
    let mut files = BTreeMap::new();
    for (name, path) in case["copied"].as_object().unwrap() {
        let path = golden("tokenizers").join(path.as_str().unwrap());
        files.insert(name.clone(), fs::read(path).unwrap());
    }
    for (name, text) in case["files"].as_object().unwrap() {
        files.insert(name.clone(), text.as_str().unwrap().as_bytes().to_vec());
    }
    if case["vocabulary"] == true {
        let text = fs::read_to_string(golden("tokens/vocab.txt")).unwrap();
        let entries = text
            .lines()
            .zip(0..)
            .map(|(entry, id)| (entry.to_owned(), Value::from(id)));
        let mut tokenizer: Value = serde_json::from_slice(&files["tokenizer.json"]).unwrap();
        tokenizer["model"]["vocab"] = Value::Object(entries.collect());
        files.insert(
            "tokenizer.json".to_owned(),
            tokenizer.to_string().into_bytes(),
        );
    }
    let config = files.remove("config.json").unwrap();
    (TokenizerFiles::held(Path::new("folder"), files), config)
}

/// The tokenizer as a folder of these files has it.
fn tokenizer_of(files: &TokenizerFiles, config: &[u8]) -> Tokenizer {
    let settings = TokenizerSettings::read(files, config).unwrap();
    if let Some(lowercase) = settings.plain(files).unwrap() {
        let vocabulary = files.bytes(VOCAB).unwrap().unwrap();
        return Tokenizer::parse(Path::new(VOCAB), &vocabulary, lowercase).unwrap();
    }
    let pipeline = settings.pipeline(files).unwrap();
    Tokenizer::from_pipeline(Path::new("folder"), &pipeline).unwrap()
}

/// Of each text the number of ids, and the digest of them whole and at the limits, as the generator writes them.
fn digests(tokenizer: &Tokenizer, texts: &[String], limits: &[usize]) -> Vec<String> {
    let lists: Vec<Vec<Vec<i64>>> = [1_000_000]
        .iter()
        .chain(limits)
        .map(|&limit| tokenizer.encode_all(texts, limit))
        .collect();
    let text = |index: usize| {
        let ids: Vec<&Vec<i64>> = lists.iter().map(|list| &list[index]).collect();
        let digest = sha256_hex(serde_json::to_string(&ids).unwrap().as_bytes());
        format!("{}:{}", ids[0].len(), &digest[..8])
    };
    (0..texts.len()).map(text).collect()
}

/// Witness: transformers' AutoTokenizer, tests/golden/tokenizers/generate.py.
#[test]
fn ids_of_every_kind_of_tokenizer_equal_those_of_transformers() {
    let golden = json("tokenizers/ids.json");
    let mut texts = strings(&json("tokens/tokens.json")["texts"]);
    texts.extend(strings(&golden["more"]));
    let limits: Vec<usize> = golden["limits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|limit| limit.as_u64().unwrap() as usize)
        .collect();
    let mut wrong = Vec::new();
    for case in json("tokenizers/cases.json").as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let (files, config) = files_of(case);
        let tokenizer = tokenizer_of(&files, &config);
        let expected = golden["ids"][name].as_str().unwrap().split(' ');
        let found = digests(&tokenizer, &texts, &limits);
        assert_eq!(found.len(), expected.clone().count());
        for ((text, found), expected) in texts.iter().zip(found).zip(expected) {
            if found != expected {
                let ids = tokenizer.encode(text, 64);
                wrong.push(format!(
                    "{name} {text:?}\n  got {found}, expected {expected}: {ids:?}"
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(20)].join("\n")
    );
}
