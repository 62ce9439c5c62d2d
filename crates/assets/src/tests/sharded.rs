//! Weights in several files: in a folder, on the hub and in a mirror.

use std::fs;

use super::hub::{REPO, fetch};
use super::server::HubServer;
use super::*;
use crate::encoder;
use fsl_common::fsio::ChecksumCache;
use fsl_common::settings::{encoder_id, sharded_sum};

fn folder_of(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        write(&folder.path().join(name), text.as_bytes());
    }
    folder
}

const INDEX: &str = "model.safetensors.index.json";
const SHARDED: [(&str, &str); 5] = [
    ("config.json", "{}"),
    ("vocab.txt", "a"),
    (
        INDEX,
        r#"{"weight_map": {"x": "b.safetensors", "y": "a.safetensors"}}"#,
    ),
    ("a.safetensors", "v"),
    ("b.safetensors", "w"),
];

#[test]
fn weights_in_several_files_are_found_by_their_index_and_all_belong_to_the_id() {
    let sums = ChecksumCache::disabled();
    let folder = folder_of(&SHARDED);
    let first = encoder::in_folder(folder.path(), &sums).unwrap();
    let names = first.source.shards.iter().map(|path| path.file_name());
    assert!(names.eq(["a.safetensors", "b.safetensors"].map(|name| Some(name.as_ref()))));
    assert!(first.source.weights.ends_with(INDEX));
    let text_sum = |text: &str| sum(text.as_bytes());
    let weights = sharded_sum(
        (INDEX, &text_sum(SHARDED[2].1)),
        [
            ("a.safetensors", text_sum("v").as_str()),
            ("b.safetensors", text_sum("w").as_str()),
        ],
    );
    let expected = encoder_id(&text_sum("{}"), &text_sum("a"), (INDEX, &weights), true);
    assert_eq!(first.sha256, expected);
    write(&folder.path().join("b.safetensors"), b"v");
    let changed = encoder::in_folder(folder.path(), &sums).unwrap();
    assert_ne!(changed.sha256, first.sha256);
    // One file that is there beside them comes first, as it did before.
    write(&folder.path().join("pytorch_model.bin"), b"w");
    let one = encoder::in_folder(folder.path(), &sums).unwrap().source;
    assert!(one.weights.ends_with("pytorch_model.bin") && one.shards.is_empty());
}

#[test]
fn a_lacking_shard_and_an_index_that_leaves_the_folder_are_named() {
    let sums = ChecksumCache::disabled();
    let said = |files: &[(&str, &str)]| {
        let folder = folder_of(files);
        let error = encoder::in_folder(folder.path(), &sums).unwrap_err();
        let here = format!("{}", folder.path().display());
        error.to_string().replace(&here, "")
    };
    assert!(said(&SHARDED[..4]).ends_with(" lacks `b.safetensors`"));
    assert!(said(&SHARDED[..3]).ends_with(" lacks `a.safetensors`, `b.safetensors`"));
    let mut outside = SHARDED;
    outside[2].1 = r#"{"weight_map": {"x": "../b.safetensors"}}"#;
    assert_eq!(
        said(&outside),
        "`/model.safetensors.index.json`: it names the file `../b.safetensors`: must be a file of its \
         folder whose name ends with `.safetensors`"
    );
}

/// A hub with an encoder whose weights are two files, which `index` lists.
fn sharded_hub(index: &[u8]) -> HubServer {
    let server = HubServer::start();
    server.put(REPO, "config.json", b"{}");
    server.put(REPO, "vocab.txt", b"[PAD]\n[UNK]\n");
    server.put(REPO, "model.safetensors.index.json", index);
    server.put(REPO, "model-00001-of-00002.safetensors", &bytes(300_000));
    server.put(REPO, "model-00002-of-00002.safetensors", &bytes(200_000));
    server
}

const SHARDS: &[u8] = br#"{"metadata": {}, "weight_map": {"a": "model-00001-of-00002.safetensors",
    "b": "model-00002-of-00002.safetensors"}}"#;

#[test]
fn weights_in_several_files_are_fetched_with_their_index() {
    let (server, home) = (sharded_hub(SHARDS), tempfile::tempdir().unwrap());
    let settings = settings(home.path(), Some(server.endpoint()));
    let files = fetch(settings.clone(), "hf:org/tiny", &mut ignore).unwrap();
    let read = |path: &std::path::PathBuf| fs::read(path).unwrap();
    let sizes = [300_000, 200_000].map(bytes);
    assert!(files.source.shards.iter().map(read).eq(sizes));
    assert_eq!(read(&files.source.weights), SHARDS);
    let again = fetch(settings.clone(), "hf:org/tiny", &mut ignore).unwrap();
    assert_eq!(again, files);
    // One of them is lost: it comes again, out of the hub's cache.
    let transfers = || server.requests("GET", "model-0000").len();
    let before = transfers();
    fs::remove_file(&files.source.shards[1]).unwrap();
    let again = fetch(settings.clone(), "hf:org/tiny", &mut ignore).unwrap();
    assert_eq!(again, files);
    assert!(again.source.shards.iter().all(|path| path.is_file()));
    assert_eq!(transfers(), before);
    // And from a mirror.
    let mirror = home.path().join("mirror/org/tiny");
    for path in files.source.paths() {
        write(&mirror.join(path.file_name().unwrap()), &read(path));
    }
    let elsewhere = AssetSettings {
        cache: home.path().join("other"),
        mirror: Some(home.path().join("mirror")),
        hub: HubSettings {
            offline: true,
            cache: home.path().join("empty"),
            ..settings.hub.clone()
        },
        ..settings.clone()
    };
    let mirrored = fetch(elsewhere, "hf:org/tiny", &mut ignore).unwrap();
    assert_eq!(mirrored.sha256, files.sha256);
}

#[test]
fn an_index_that_names_what_is_not_there_or_elsewhere_is_refused() {
    for (file, said) in [
        (
            "model-00003-of-00002.safetensors",
            "`model-00003-of-00002.safetensors`, which `model.safetensors.index.json` names, is not there",
        ),
        (
            "../../../x.safetensors",
            "`model.safetensors.index.json` names the file `../../../x.safetensors`: must be a file of its folder \
             whose name ends with `.safetensors`",
        ),
    ] {
        let index = format!(r#"{{"weight_map": {{"a": "{file}"}}}}"#);
        let (server, home) = (sharded_hub(index.as_bytes()), tempfile::tempdir().unwrap());
        let settings = settings(home.path(), Some(server.endpoint()));
        let error = fetch(settings, "hf:org/tiny", &mut ignore).unwrap_err();
        assert_eq!(cause(&error).to_string(), said);
    }
}
