//! Catalogue entries that follow what their encoder declares.

use std::fs;

use super::sentence::{REPO, check, files};
use super::server::HubServer;
use super::*;

/// A catalogue with one encoder, whose modules.json is followed.
fn catalogue() -> Catalog {
    let text = format!(
        "[encoder.known]\nabout = \"a\"\nlicence = \"MIT\"\ncitation = \"c\"\nmegabytes = 1\nlowercase = true\n\
         modules = \"followed\"\nsources = [{{ hub = {{ repo = \"{REPO}\", revision = \"main\" }} }}]\n"
    );
    Catalog::parse(&text).unwrap()
}

/// What an entry declares is part of it: without its modules.json it would silently be another encoder.
#[test]
fn an_entry_that_follows_modules_needs_them() {
    let (server, home) = (HubServer::start(), tempfile::tempdir().unwrap());
    let files = files("");
    for (name, bytes) in files.iter().filter(|(name, _)| name != "modules.json") {
        server.put(REPO, name, bytes);
    }
    let settings = settings(home.path(), Some(server.endpoint()));
    let assets = Assets::new(settings, catalogue());
    let known = EncoderRef::parse("known").unwrap();
    let error = assets.encoder(&known, &mut ignore).unwrap_err();
    assert!(
        fsl_common::shown::chain(&error).contains("`modules.json`"),
        "{error}"
    );
    assert_eq!(assets.cached_encoder(&known).unwrap(), None);
    let (_, modules) = files
        .iter()
        .find(|(name, _)| name == "modules.json")
        .unwrap();
    server.put(REPO, "modules.json", modules);
    let found = assets.encoder(&known, &mut ignore).unwrap();
    check(&found.declared);
    // As the repository itself, by all files that decide ids.
    let same = EncoderRef::parse(&format!("hf:{REPO}")).unwrap();
    assert_eq!(
        assets.encoder(&same, &mut ignore).unwrap().sha256,
        found.sha256
    );
    // A file that was placed and is gone, even one that need not be there.
    let folder = found.source.config.parent().unwrap();
    for name in ["modules.json", "tokenizer_config.json"] {
        fs::remove_file(folder.join(name)).unwrap();
        assert_eq!(assets.cached_encoder(&known).unwrap(), None, "{name}");
        assert_eq!(
            assets.encoder(&known, &mut ignore).unwrap(),
            found,
            "{name}"
        );
    }
}
