//! The files of tokenizers: which are fetched, and what they make of an encoder's id.

use std::fs;

use super::server::HubServer;
use super::*;

const REPO: &str = "org/tiny";
const TOKENIZER: &[u8] =
    br#"{"added_tokens":[],"normalizer":{"type":"BertNormalizer","clean_text":true,
"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},"model":{"type":"WordPiece",
"vocab":{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"[MASK]":4}}}"#;
const VOCABULARY: &[u8] = b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";

/// An encoder that a hub of these files serves, and the names of the files that were fetched.
fn fetched(model: &str, files: &[(&str, &[u8])]) -> (EncoderFiles, Vec<String>) {
    let (server, home) = (HubServer::start(), tempfile::tempdir().unwrap());
    let config = format!("{{\"model_type\":\"{model}\"}}");
    server.put(REPO, "config.json", config.as_bytes());
    server.put(REPO, "model.safetensors", &bytes(2000));
    for (name, bytes) in files {
        server.put(REPO, name, bytes);
    }
    let settings = settings(home.path(), Some(server.endpoint()));
    let assets = Assets::new(settings, Catalog::default());
    let reference = EncoderRef::parse("hf:org/tiny").unwrap();
    let found = assets.encoder(&reference, &mut ignore).unwrap();
    let folder = found.source.config.parent().unwrap();
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.') && name != "placed.json")
        .collect();
    names.sort();
    // What was fetched is found again without the hub.
    assert_eq!(
        assets.cached_encoder(&reference).unwrap(),
        Some(found.clone())
    );
    (found, names)
}

fn names(files: &EncoderFiles) -> Vec<&str> {
    let paths = files.source.tokenizer.iter();
    paths
        .map(|path| path.file_name().unwrap().to_str().unwrap())
        .collect()
}

#[test]
fn a_tokenizer_json_that_says_what_vocab_txt_says_changes_no_id() {
    let vocabulary = ("vocab.txt", VOCABULARY);
    let (alone, _) = fetched("bert", &[vocabulary]);
    let (both, fetched_names) = fetched("bert", &[vocabulary, ("tokenizer.json", TOKENIZER)]);
    assert_eq!(alone.sha256, both.sha256);
    assert!(both.source.tokenizer.is_empty() && both.source.lowercase && both.notices.is_empty());
    assert!(
        fetched_names.contains(&"tokenizer.json".to_owned()),
        "{fetched_names:?}"
    );
    let (only, _) = fetched("bert", &[("tokenizer.json", TOKENIZER)]);
    assert_ne!(only.sha256, alone.sha256);
    assert_eq!(names(&only), ["tokenizer.json"]);
    assert!(only.source.vocab.ends_with("tokenizer.json"));
}

#[test]
fn every_file_that_decides_ids_is_in_the_id() {
    let options: &[u8] = b"{\"do_lower_case\":true,\"strip_accents\":false}";
    let of = |config: &'static [u8], added: &'static [u8]| {
        let files = [
            ("vocab.txt", VOCABULARY),
            ("tokenizer_config.json", config),
            ("added_tokens.json", added),
        ];
        fetched("bert", &files).0
    };
    let first = of(options, b"{\"new\":5}");
    assert_eq!(
        names(&first),
        ["added_tokens.json", "tokenizer_config.json", "vocab.txt"]
    );
    assert_eq!(first.sha256, of(options, b"{\"new\":5}").sha256);
    assert_ne!(first.sha256, of(options, b"{\"new\":6}").sha256);
    assert_ne!(
        first.sha256,
        of(b"{\"strip_accents\":false}", b"{\"new\":5}").sha256
    );
}

#[test]
fn vocabulary_and_merges_are_fetched_where_there_is_nothing_else() {
    let (merges, vocabulary): (&[u8], &[u8]) = (b"a b\n", b"{\"a\":0,\"b\":1,\"ab\":2}");
    let files = [("vocab.json", vocabulary), ("merges.txt", merges)];
    let (found, _) = fetched("roberta", &files);
    assert_eq!(names(&found), ["merges.txt", "vocab.json"]);
    let whole: &[u8] = b"{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[]}}";
    let files = [
        ("vocab.json", vocabulary),
        ("merges.txt", merges),
        ("tokenizer.json", whole),
    ];
    let (found, fetched_names) = fetched("roberta", &files);
    assert_eq!(names(&found), ["tokenizer.json"]);
    assert!(
        !fetched_names.contains(&"merges.txt".to_owned()),
        "{fetched_names:?}"
    );
}

#[test]
fn conflicts_between_files_are_told() {
    let files: [(&str, &[u8]); 2] = [
        ("tokenizer.json", TOKENIZER),
        (
            "tokenizer_config.json",
            b"{\"do_lower_case\":false,\"strip_accents\":true}",
        ),
    ];
    let (found, _) = fetched("bert", &files);
    assert_eq!(
        found.notices,
        [
            "`tokenizer.json` has `lowercase` true, which is not followed: as in transformers, it is false, as `do_lower_case` of \
          `tokenizer_config.json` says"
        ]
    );
}
