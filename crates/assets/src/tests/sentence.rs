//! Sentence encoders in folders, mirrors and on the hub.

use std::fs;
use std::path::PathBuf;

use super::server::HubServer;
use super::*;
use fsl_common::sentence::{SentenceEncoder, VectorModule};
use fsl_common::settings::Pooling;

pub(super) const REPO: &str = "org/sentence";

/// The files of an encoder with a Pooling, a Dense and a Normalize; the Transformer is in `transformer`.
pub(super) fn files(transformer: &str) -> Vec<(String, Vec<u8>)> {
    let kind = |name: &str, path: &str| {
        format!(r#"{{"type": "sentence_transformers.models.{name}", "path": "{path}"}}"#)
    };
    let modules = [
        kind("Transformer", transformer),
        kind("Pooling", "1_Pooling"),
        kind("Dense", "2_Dense"),
        kind("Normalize", "3_Normalize"),
    ];
    let list = format!("[{}]", modules.join(", "));
    let own = |name: &str| match transformer {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    };
    let texts = [
        ("modules.json".to_owned(), list.as_str()),
        (own("config.json"), "{}"),
        (own("vocab.txt"), "[PAD]\n"),
        (own("model.safetensors"), "w"),
        (own("tokenizer_config.json"), r#"{"do_lower_case": true}"#),
        (
            own("sentence_bert_config.json"),
            r#"{"max_seq_length": 256}"#,
        ),
        (
            "1_Pooling/config.json".to_owned(),
            r#"{"pooling_mode": "cls"}"#,
        ),
        (
            "2_Dense/config.json".to_owned(),
            r#"{"in_features": 4, "out_features": 2}"#,
        ),
        ("2_Dense/pytorch_model.bin".to_owned(), "d"),
        (
            "config_sentence_transformers.json".to_owned(),
            r#"{"prompts": {"query": "query: "}, "default_prompt_name": "query"}"#,
        ),
    ];
    let texts = texts.into_iter();
    texts
        .map(|(name, text)| (name, text.as_bytes().to_vec()))
        .collect()
}

fn folder(files: &[(String, Vec<u8>)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), files);
    folder
}

fn put(folder: &Path, files: &[(String, Vec<u8>)]) {
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        write(&path, bytes);
    }
}

/// The encoder in a user's folder.
fn of_folder(folder: &Path) -> Result<EncoderFiles, AssetError> {
    let home = tempfile::tempdir().unwrap();
    let assets = Assets::new(settings(home.path(), None), Catalog::built_in().clone());
    let found = assets.cached_encoder(&EncoderRef::Folder(folder.to_owned()))?;
    Ok(found.unwrap())
}

/// What all of these encoders declare.
pub(super) fn check(declared: &SentenceEncoder) {
    assert_eq!(declared.pooling, Some(Pooling::Cls));
    assert_eq!(declared.max_tokens, Some(256));
    assert_eq!(declared.prompts.text(None), Ok(Some("query: ".to_owned())));
    let [VectorModule::Dense(id), VectorModule::Normalize] = declared.modules.as_slice() else {
        panic!("{:?}", declared.modules);
    };
    assert_eq!(id.len(), 64);
    assert!(
        declared.dense[0]
            .weights
            .ends_with("2_Dense/pytorch_model.bin")
    );
}

#[test]
fn a_folder_s_modules_are_followed_and_leave_its_id_alone() {
    let plain: Vec<_> = files("").into_iter().skip(1).collect();
    let plain = of_folder(folder(&plain).path()).unwrap();
    assert_eq!(plain.declared, SentenceEncoder::default());
    for transformer in ["", "0_Transformer"] {
        let folder = folder(&files(transformer));
        let found = of_folder(folder.path()).unwrap();
        check(&found.declared);
        assert_eq!(found.sha256, plain.sha256);
        let own = folder.path().join(transformer);
        assert_eq!(found.source.config, own.join("config.json"));
    }
    let with_layer = |weights: &[u8]| {
        let mut files = files("");
        files[8].1 = weights.to_vec();
        of_folder(folder(&files).path()).unwrap().declared.modules
    };
    assert_ne!(with_layer(b"d"), with_layer(b"e"));
}

#[test]
fn faults_name_the_file_and_what_to_do() {
    let faulty = |name: &str, text: &str| {
        let mut files = files("");
        let file = files.iter_mut().find(|(file, _)| file == name).unwrap();
        file.1 = text.as_bytes().to_vec();
        let folder = folder(&files);
        let error = of_folder(folder.path()).unwrap_err();
        let place = format!("{}/", folder.path().display());
        (error.to_string().replace(&place, ""), error.hint())
    };
    let (message, hint) = faulty("1_Pooling/config.json", r#"{"pooling_mode": "best"}"#);
    assert!(
        message.starts_with("`1_Pooling/config.json`: `pooling_mode` is `\"best\"`"),
        "{message}"
    );
    assert!(hint.unwrap().contains("docs/sentence_encoders.md"));
    let (message, _) = faulty("modules.json", "[");
    assert!(
        message.starts_with("`modules.json` is not a JSON list"),
        "{message}"
    );
    let outside = String::from_utf8(files("")[0].1.clone()).unwrap();
    let (message, _) = faulty("modules.json", &outside.replace("2_Dense", "../2_Dense"));
    assert!(
        message.contains("`2.path` is `\"../2_Dense\"`"),
        "{message}"
    );
    let (message, _) = faulty(
        "modules.json",
        &outside.replace("\"path\": \"\"", "\"path\": \"0\""),
    );
    assert_eq!(message, "`0`: there is no such folder");
    // A tokenizer that keeps the case, of an encoder that wants small letters.
    let mut cased = files("");
    cased[4].1 = br#"{"do_lower_case": false}"#.to_vec();
    cased[5].1 = br#"{"do_lower_case": true}"#.to_vec();
    let error = of_folder(folder(&cased).path()).unwrap_err().to_string();
    assert!(
        error
            .ends_with("`do_lower_case` is `true`, must be false, as the tokenizer keeps the case"),
        "{error}"
    );
}

/// all-MiniLM-L6-v2 declares Normalize, which its published numbers are without.
#[test]
fn modules_that_the_catalogue_ignores_are_ignored_in_any_folder() {
    let files = files("");
    let folder = folder(&files);
    let of = |modules: &str| {
        let sum = |name: &str| {
            let (_, bytes) = files.iter().find(|(file, _)| file == name).unwrap();
            sum(bytes)
        };
        let text = format!(
            "[encoder.known]\nabout = \"a\"\nlicence = \"MIT\"\ncitation = \"c\"\nmegabytes = 1\nlowercase = true\nmodules = \"{modules}\"\n\
             sources = [{{ hub = {{ repo = \"{REPO}\", revision = \"main\" }} }}]\n\
             [encoder.known.sha256]\n\"config.json\" = \"{}\"\n\"vocab.txt\" = \"{}\"\n\"model.safetensors\" = \"{}\"\n",
            sum("config.json"),
            sum("vocab.txt"),
            sum("model.safetensors")
        );
        let home = tempfile::tempdir().unwrap();
        let assets = Assets::new(settings(home.path(), None), Catalog::parse(&text).unwrap());
        let found = assets.cached_encoder(&EncoderRef::Folder(folder.path().to_owned()));
        (found.unwrap().unwrap(), assets.known_encoder_id("known"))
    };
    let (plain, known) = of("ignored");
    assert_eq!(plain.declared, SentenceEncoder::default());
    assert_eq!(known.as_ref(), Some(&plain.sha256));
    let (followed, known) = of("followed");
    check(&followed.declared);
    assert_eq!(followed.sha256, plain.sha256);
    // What it declares is part of keys, and not known before it is fetched.
    assert_eq!(known, None);
}

/// The names of the files below a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                names.push(path.strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    names.sort();
    names
}

#[test]
fn the_hub_s_modules_are_fetched_with_their_files_and_found_again() {
    for transformer in ["", "0_Transformer"] {
        let (server, home) = (HubServer::start(), tempfile::tempdir().unwrap());
        let files = files(transformer);
        for (name, bytes) in &files {
            server.put(REPO, name, bytes);
        }
        let settings = settings(home.path(), Some(server.endpoint()));
        let assets = Assets::new(settings.clone(), Catalog::default());
        let reference = EncoderRef::parse("hf:org/sentence").unwrap();
        let found = assets.encoder(&reference, &mut ignore).unwrap();
        check(&found.declared);
        let placed = found.declared.dense[0].config.parent().unwrap().parent();
        let mut expected: Vec<String> = files.into_iter().map(|(name, _)| name).collect();
        expected.push("placed.json".to_owned());
        expected.sort();
        assert_eq!(names(placed.unwrap()), expected);
        let asked = server.log().len();
        assert_eq!(assets.encoder(&reference, &mut ignore).unwrap(), found);
        // From the hub's own cache, whose links lead out of its sub-folders.
        fs::remove_dir_all(&settings.cache).unwrap();
        let offline = AssetSettings {
            hub: HubSettings {
                offline: true,
                ..settings.hub.clone()
            },
            ..settings
        };
        let again = Assets::new(offline, Catalog::default());
        assert_eq!(again.encoder(&reference, &mut ignore).unwrap(), found);
        assert_eq!(server.log().len(), asked);
    }
}

/// The files of an encoder whose Transformer, with its tokenizer.json and weights in two files, is in a sub-folder.
fn sharded() -> Vec<(String, Vec<u8>)> {
    let mut files = files("0_Transformer");
    files.retain(|(name, _)| !name.ends_with("vocab.txt") && !name.ends_with("model.safetensors"));
    let tokenizer = r#"{"added_tokens": [], "model": {"type": "WordPiece", "vocab": {"[PAD]": 0,
        "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4}}}"#;
    let index = r#"{"weight_map": {"x": "b.safetensors", "y": "a.safetensors"}}"#;
    let own = [
        ("config.json", r#"{"model_type": "bert"}"#),
        ("tokenizer.json", tokenizer),
        ("model.safetensors.index.json", index),
        ("a.safetensors", "v"),
        ("b.safetensors", "w"),
    ];
    for (name, text) in own {
        let name = format!("0_Transformer/{name}");
        files.retain(|(other, _)| *other != name);
        files.push((name, text.as_bytes().to_vec()));
    }
    files
}

#[test]
fn a_transformer_in_a_sub_folder_has_its_tokenizer_and_shards_there() {
    let (server, home) = (HubServer::start(), tempfile::tempdir().unwrap());
    let files = sharded();
    for (name, bytes) in &files {
        server.put(REPO, name, bytes);
    }
    let online = settings(home.path(), Some(server.endpoint()));
    let assets = Assets::new(online, Catalog::default());
    let reference = EncoderRef::parse("hf:org/sentence").unwrap();
    let found = assets.encoder(&reference, &mut ignore).unwrap();
    check(&found.declared);
    let transformer = found.source.config.parent().unwrap();
    assert!(transformer.ends_with("0_Transformer"));
    let at = |name: &str| transformer.join(name);
    assert_eq!(found.source.weights, at("model.safetensors.index.json"));
    assert_eq!(
        found.source.shards,
        ["a.safetensors", "b.safetensors"].map(at)
    );
    assert!(found.source.tokenizer.contains(&at("tokenizer.json")));
    let in_folder = of_folder(folder(&files).path()).unwrap();
    assert_eq!(in_folder.sha256, found.sha256);
    assert_eq!(assets.cached_encoder(&reference).unwrap(), Some(found));
    // A mirror that lacks a shard or any tokenizer is named with the path of what it lacks.
    let mirror = home.path().join("mirror");
    put(&mirror.join(REPO), &files);
    let lacks = |name: &str| {
        fs::remove_file(mirror.join(REPO).join("0_Transformer").join(name)).unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let settings = AssetSettings {
            mirror: Some(mirror.clone()),
            ..settings(elsewhere.path(), Some("http://127.0.0.1:9".to_owned()))
        };
        let assets = Assets::new(settings, Catalog::default());
        let Err(AssetError::NoSource { failures, .. }) = assets.encoder(&reference, &mut ignore)
        else {
            panic!("it was fetched");
        };
        failures[0].cause.to_string()
    };
    let said = lacks("b.safetensors");
    assert!(
        said.starts_with("`0_Transformer/b.safetensors`, which"),
        "{said}"
    );
    let said = lacks("tokenizer.json");
    assert!(said.contains("`0_Transformer/vocab.txt` or"), "{said}");
}

#[test]
fn a_mirror_serves_modules_and_a_dense_layer_that_it_lacks_is_told() {
    let home = tempfile::tempdir().unwrap();
    let mirror = home.path().join("mirror");
    put(&mirror.join(REPO), &files(""));
    let settings = AssetSettings {
        mirror: Some(mirror.clone()),
        ..settings(home.path(), Some("http://127.0.0.1:9".to_owned()))
    };
    let assets = Assets::new(settings.clone(), Catalog::default());
    let reference = EncoderRef::parse("hf:org/sentence").unwrap();
    check(&assets.encoder(&reference, &mut ignore).unwrap().declared);
    fs::remove_dir_all(&settings.cache).unwrap();
    fs::remove_file(mirror.join(REPO).join("2_Dense/pytorch_model.bin")).unwrap();
    let error = assets.encoder(&reference, &mut ignore).unwrap_err();
    assert!(matches!(error, AssetError::NoSource { .. }), "{error}");
}

#[test]
fn modules_of_the_hub_that_cannot_be_followed_end_the_fetch() {
    let (server, home) = (HubServer::start(), tempfile::tempdir().unwrap());
    for (name, bytes) in files("") {
        server.put(REPO, &name, &bytes);
    }
    let list = br#"[{"type": "sentence_transformers.models.Transformer", "path": ""}, {"type": "sentence_transformers.models.CNN", "path": "1"}]"#;
    server.put(REPO, "modules.json", list);
    let settings = settings(home.path(), Some(server.endpoint()));
    let assets = Assets::new(settings, Catalog::default());
    let reference = EncoderRef::parse("hf:org/sentence").unwrap();
    let error = assets.encoder(&reference, &mut ignore).unwrap_err();
    assert!(matches!(cause(&error), SourceError::Sentence(_)), "{error}");
    assert!(server.requests("GET", "model.safetensors").is_empty());
}
