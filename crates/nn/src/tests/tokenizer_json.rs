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

/// Texts with every character between a letter and a digit, as the generator makes them, by the first of each 16,384.
fn every_character() -> impl Iterator<Item = (u32, Vec<String>)> {
    let text = |start: u32| {
        let all = (start..start + 64).filter_map(char::from_u32);
        let all: Vec<String> = all.map(|character| format!("a{character}1")).collect();
        all.join(" ")
    };
    let chunks = (0..0x11_0000).step_by(16_384);
    // Planes 4 to 13 have no characters.
    let chunks = chunks.filter(|chunk| !(0x4_0000..0xe_0000).contains(chunk));
    chunks.map(move |chunk| {
        let texts = (chunk..chunk + 16_384).step_by(64).map(text);
        (chunk, texts.collect())
    })
}

/// Witness: transformers' AutoTokenizer. Tables of other Unicode versions, and another regular expression engine, would show.
#[test]
fn ids_of_every_character_equal_those_of_transformers() {
    let golden = json("tokenizers/ids.json");
    let mut wrong = Vec::new();
    for case in json("tokenizers/cases.json").as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let Some(expected) = golden["every"][name].as_str() else {
            continue;
        };
        let (files, config) = files_of(case);
        let tokenizer = tokenizer_of(&files, &config);
        for ((chunk, texts), expected) in every_character().zip(expected.split(' ')) {
            let ids = tokenizer.encode_all(&texts, 1_000_000);
            let digest = sha256_hex(serde_json::to_string(&ids).unwrap().as_bytes());
            if !digest.starts_with(expected) {
                wrong.push(format!("{name}, from U+{chunk:04X}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// What is said of a tokenizer.json that `spoil` was at, of a model of this type.
fn said(base: &str, model: &str, spoil: &dyn Fn(&mut Value)) -> String {
    let mut tokenizer = json(&format!("tokenizers/bases/{base}.json"));
    spoil(&mut tokenizer);
    let held = [(
        "tokenizer.json".to_owned(),
        tokenizer.to_string().into_bytes(),
    )];
    let files = TokenizerFiles::held(Path::new("f"), BTreeMap::from(held));
    let config = format!("{{\"model_type\":\"{model}\"}}");
    let settings = TokenizerSettings::read(&files, config.as_bytes()).unwrap();
    let pipeline = settings.pipeline(&files).unwrap();
    let made = Tokenizer::from_pipeline(Path::new("f"), &pipeline);
    made.err()
        .map_or_else(|| "nothing".to_owned(), |error| error.to_string())
}

#[test]
fn tokenizers_that_would_fail_on_some_text_are_refused() {
    use serde_json::json;
    let written = |base: &str, spoil: &dyn Fn(&mut Value)| said(base, "modernbert", spoil);
    assert_eq!(written("words", &|_| ()), "nothing");
    assert_eq!(
        written("words", &|json| json["model"]["vocab"]["a"] = json!(-1)),
        "`f/tokenizer.json` has an id that is not from 0 to 16777216, of `a`: -1"
    );
    assert_eq!(
        written("words", &|json| json["model"]["unk_token"] = json!("none")),
        "`f/tokenizer.json` has no entry `none`, its `unk_token`"
    );
    assert_eq!(
        written("words", &|json| json["post_processor"]["special_tokens"] =
            json!({})),
        "`f/tokenizer.json` has a template with `[A]`, of which it does not list the ids"
    );
    assert_eq!(
        written("words", &|json| json["post_processor"]["single"] =
            json!([])),
        "`f/tokenizer.json` has a `post_processor` without the text, or with it twice"
    );
    assert_eq!(
        written("words", &|json| json["pre_tokenizer"] =
            json!({"type": "FixedLength", "length": 0})),
        "`f/tokenizer.json` cuts texts into words of length 0"
    );
}

#[test]
fn tokenizers_that_get_out_of_hand_or_draw_at_random_are_refused() {
    use serde_json::json;
    let written = |base: &str, spoil: &dyn Fn(&mut Value)| said(base, "modernbert", spoil);
    let replace = json!({"type": "Replace", "pattern": {"String": "a"}, "content": "aaaaaaaaaa"});
    assert_eq!(
        written(
            "words",
            &|json| json["normalizer"] =
                json!({"type": "Sequence", "normalizers": vec![replace.clone(); 4]})
        ),
        "`f/tokenizer.json` has a normalizer that makes texts up to 10000 times as long, at most 1024 times is read"
    );
    // A decoder, whose patterns nothing bounds, is not made at all.
    let pattern = json!({"type": "Replace", "pattern": {"Regex": "("}, "content": ""});
    assert_eq!(
        written("words", &|json| json["decoder"] = pattern.clone()),
        "nothing"
    );
}

#[test]
fn models_that_would_fail_or_get_out_of_hand_are_refused() {
    use serde_json::json;
    let written = |base: &str, spoil: &dyn Fn(&mut Value)| said(base, "modernbert", spoil);
    assert_eq!(
        written("split", &|json| json["model"]["dropout"] = json!(0.1)),
        "`f/tokenizer.json` has `dropout`: its tokens would be drawn at random; set it to null"
    );
    assert_eq!(
        written(
            "split",
            &|json| json["model"]["continuing_subword_prefix"] = json!("##")
        ),
        "`f/tokenizer.json` has merges whose second part does not begin with `##`"
    );
    assert_eq!(
        written("bytes", &|json| json["model"]["unk_id"] = json!(9999)),
        "`f/tokenizer.json` has `unk_id` 9999, but 293 entries"
    );
    assert_eq!(
        written(
            "pieces",
            &|json| json["model"]["max_input_chars_per_word"] = json!(1_000_000)
        ),
        "`f/tokenizer.json` has `max_input_chars_per_word` 1000000, at most 1000 is read"
    );
    let spoilt = said("xlmr", "xlm-roberta", &|json| {
        let table = json["normalizer"]["normalizers"][0]["precompiled_charsmap"].take();
        let table = table.as_str().unwrap().to_owned();
        let spoilt = format!("{}////{}", &table[..8], &table[12..]);
        json["normalizer"]["normalizers"][0]["precompiled_charsmap"] = json!(spoilt);
    });
    assert_eq!(
        spoilt,
        "`f/tokenizer.json` has a `precompiled_charsmap` that is no table of SentencePiece"
    );
    assert!(
        written("split", &|json| json["pre_tokenizer"]["pretokenizers"][0]
            ["pattern"]["Regex"] = json!("("))
        .contains("is no tokenizer")
    );
}

/// A quadratic step anywhere would take minutes, and an expression that backtracks would never end.
#[test]
fn long_texts_are_no_trouble_for_any_kind() {
    let texts = [
        "a".repeat(100_000),
        "e\u{301} ".repeat(50_000),
        "<mask> [MASK]".repeat(10_000),
        " ".repeat(100_000) + "a",
        "\u{301}".repeat(100_000),
        "1,".repeat(50_000),
    ];
    let start = std::time::Instant::now();
    for case in json("tokenizers/cases.json").as_array().unwrap() {
        let known = [
            "roberta-json",
            "modernbert",
            "xlm-roberta",
            "albert",
            "deberta-v2",
            "words",
            "split",
            "llama",
            "pieces",
            "bytes",
        ];
        if !known.contains(&case["name"].as_str().unwrap()) {
            continue;
        }
        let (files, config) = files_of(case);
        let tokenizer = tokenizer_of(&files, &config);
        assert!(
            tokenizer
                .encode_all(&texts, 64)
                .iter()
                .all(|ids| ids.len() <= 64)
        );
    }
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}
