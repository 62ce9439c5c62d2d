//! Plain addresses, the mirror, and what happens to files after they were placed.

use std::fs;
use std::path::PathBuf;

use super::server::{Fault, HubServer};
use super::*;

const CONFIG: &[u8] = b"{}";
const VOCAB: &[u8] = b"[PAD]\n";

/// A catalogue with one dataset below `base` and one encoder of the hub, both with all checksums.
fn catalog(base: &str, train: &[u8], test: &[u8], transfer: &str, weights: &[u8]) -> Catalog {
    let text = format!(
        r#"
[dataset.tiny]
about = "a"
licence = "MIT"
citation = "c"
notes = "n"
megabytes = 1
text = "text"
label = "category"
train = {{ file = "train.csv", texts = 1, positives = 1, sha256 = "{}" }}
test = {{ file = "test.csv", texts = 1, positives = 1, sha256 = "{}" }}
transfer = {{ file = "random.csv", texts = 1, git-blob = "{transfer}" }}
sources = [{{ url = {{ base = "{base}/raw/" }} }}]

[encoder.tiny]
about = "a"
licence = "MIT"
citation = "c"
megabytes = 1
lowercase = true
sha256 = {{ "config.json" = "{}", "vocab.txt" = "{}", "model.safetensors" = "{}" }}
sources = [{{ hub = {{ repo = "org/tiny", revision = "main" }} }}]
"#,
        sum(train),
        sum(test),
        sum(CONFIG),
        sum(VOCAB),
        sum(weights)
    );
    Catalog::parse(&text).unwrap()
}

/// Witness: `printf 'hello\n' | git hash-object --stdin`.
const HELLO_BLOB: &str = "ce013625030ba8dba906f756967f9e9ca394464a";

struct Scene {
    server: HubServer,
    home: tempfile::TempDir,
    catalog: Catalog,
    train: Vec<u8>,
}

fn scene() -> Scene {
    let server = HubServer::start();
    let train = bytes(500_000);
    server.put_raw("train.csv", &train);
    server.put_raw("test.csv", b"test");
    server.put_raw("random.csv", b"hello\n");
    let catalog = catalog(&server.endpoint(), &train, b"test", HELLO_BLOB, b"weights");
    Scene {
        server,
        home: tempfile::tempdir().unwrap(),
        catalog,
        train,
    }
}

impl Scene {
    fn assets(&self) -> Assets {
        Assets::new(
            settings(self.home.path(), Some(self.server.endpoint())),
            self.catalog.clone(),
        )
    }

    fn with_mirror(&self, mirror: PathBuf) -> Assets {
        let settings = settings(self.home.path(), Some(self.server.endpoint()));
        Assets::new(
            AssetSettings {
                mirror: Some(mirror),
                ..settings
            },
            self.catalog.clone(),
        )
    }
}

#[test]
fn the_transfer_set_is_fetched_only_when_it_is_asked_for() {
    let scene = scene();
    let assets = scene.assets();
    assert_eq!(
        assets.cached_dataset("tiny", Parts::Labelled).unwrap(),
        None
    );
    assert_eq!(assets.known_dataset_ids("tiny").unwrap().transfer, None);
    let files = assets
        .dataset("tiny", Parts::Labelled, &mut ignore)
        .unwrap();
    assert_eq!(
        (files.text.as_str(), files.label.as_str(), &files.transfer),
        ("text", "category", &None)
    );
    assert_eq!(fs::read(&files.train).unwrap(), scene.train);
    assert!(scene.server.requests("GET", "random.csv").is_empty());
    let files = assets.dataset("tiny", Parts::All, &mut ignore).unwrap();
    assert_eq!(fs::read(files.transfer.unwrap()).unwrap(), b"hello\n");
    assert_eq!(
        files.sha256.transfer.as_deref(),
        Some(sum(b"hello\n").as_str())
    );
    assert_eq!(assets.known_dataset_ids("tiny").unwrap(), files.sha256);
    let asked = scene.server.log().len();
    assets.dataset("tiny", Parts::All, &mut ignore).unwrap();
    assert_eq!(scene.server.log().len(), asked);
}

#[test]
fn a_download_is_resumed_unless_the_file_changed_meanwhile() {
    let mut scene = scene();
    scene
        .server
        .fault("GET", "train.csv", Fault::CutAfter(200_000));
    let mut settings = settings(scene.home.path(), None);
    settings.timeouts.tries = 1;
    let impatient = Assets::new(settings, scene.catalog.clone());
    let error = impatient
        .dataset("tiny", Parts::Labelled, &mut ignore)
        .unwrap_err();
    assert!(
        cause(&error)
            .to_string()
            .contains("the connection to `127.0.0.1:"),
        "{error}"
    );
    // The publisher replaces the file, and a newer catalogue knows it.
    let newer = bytes(500_001);
    scene.server.put_raw("train.csv", &newer);
    scene.catalog = catalog(
        &scene.server.endpoint(),
        &newer,
        b"test",
        HELLO_BLOB,
        b"weights",
    );
    let files = scene
        .assets()
        .dataset("tiny", Parts::Labelled, &mut ignore)
        .unwrap();
    assert_eq!(fs::read(files.train).unwrap(), newer);
    let requests = scene.server.requests("GET", "train.csv");
    assert_eq!(requests[1].headers["range"], "bytes=200000-");
    assert_eq!(
        requests[1].headers["if-range"],
        format!("\"{}\"", sum(&scene.train))
    );
}

#[test]
fn wrong_bytes_from_an_address_are_refused() {
    let scene = scene();
    scene.server.put_raw("test.csv", b"other");
    let error = scene
        .assets()
        .dataset("tiny", Parts::Labelled, &mut ignore)
        .unwrap_err();
    assert!(
        matches!(cause(&error), SourceError::Checksum { file, .. } if file == "test.csv"),
        "{error}"
    );
    assert!(!scene.home.path().join("cache/datasets/tiny").exists());
    scene.server.put_raw("test.csv", b"test");
    scene
        .assets()
        .dataset("tiny", Parts::Labelled, &mut ignore)
        .unwrap();
    assert_eq!(
        scene.server.requests("GET", "train.csv")[1].headers["range"],
        "bytes=500000-"
    );
}

#[test]
fn the_mirror_is_asked_first_and_its_wrong_files_are_passed_over() {
    let scene = scene();
    let mirror = scene.home.path().join("mirror");
    let assets = scene.with_mirror(mirror.clone());
    for (name, contents) in [
        ("config.json", CONFIG),
        ("vocab.txt", VOCAB),
        ("model.safetensors", b"weights"),
    ] {
        write(&mirror.join("tiny").join(name), contents);
    }
    let name = EncoderRef::parse("tiny").unwrap();
    let known = assets.known_encoder_id("tiny").unwrap();
    assert_eq!(assets.cached_encoder(&name).unwrap(), None);
    let files = assets.encoder(&name, &mut ignore).unwrap();
    assert_eq!(files.sha256, known);
    assert!(
        files
            .source
            .config
            .starts_with(scene.home.path().join("cache"))
    );
    let by_folder = EncoderRef::Folder(mirror.join("tiny"));
    assert_eq!(
        assets.encoder(&by_folder, &mut ignore).unwrap().sha256,
        known
    );
    assert!(scene.server.log().is_empty());

    write(&mirror.join("tiny/train.csv"), b"wrong");
    write(&mirror.join("tiny/test.csv"), b"test");
    let mut failed = Vec::new();
    let mut on = |event: FetchEvent| {
        if let FetchKind::SourceFailed { why } = event.kind {
            failed.push(why);
        }
    };
    assets.dataset("tiny", Parts::Labelled, &mut on).unwrap();
    assert!(
        failed[0].starts_with("`train.csv` has checksum"),
        "{failed:?}"
    );
}

#[test]
fn when_no_source_serves_each_is_named_with_its_reason() {
    let scene = scene();
    let assets = scene.with_mirror(scene.home.path().join("mirror"));
    let error = assets
        .encoder(&EncoderRef::parse("tiny").unwrap(), &mut ignore)
        .unwrap_err();
    let text = error
        .to_string()
        .replace(&scene.home.path().display().to_string(), "HOME");
    let text = text.replace(&scene.server.endpoint().replace("http://", ""), "HOST");
    insta::assert_snapshot!(text, @r"
    encoder `tiny` could not be fetched
      mirror HOME/mirror: `config.json` is not in `HOME/mirror/tiny`
      hub org/tiny@main: `HOST` has no repository `org/tiny`
    ");
    insta::assert_snapshot!(error.hint().unwrap(), @"check the name on the hub; a private repository needs HF_TOKEN; once the network works, `fsl-exp fetch tiny` resumes the download; HF_ENDPOINT sets another hub; FSL_EXP_MIRROR sets a local folder that contains `tiny/`");
}

#[test]
fn a_placed_file_that_was_changed_or_lost_is_fetched_again() {
    let scene = scene();
    let assets = scene.assets();
    let files = assets
        .dataset("tiny", Parts::Labelled, &mut ignore)
        .unwrap();
    write(&files.train, b"broken");
    assert_eq!(
        assets.cached_dataset("tiny", Parts::Labelled).unwrap(),
        None
    );
    assert_eq!(
        assets
            .dataset("tiny", Parts::Labelled, &mut ignore)
            .unwrap(),
        files
    );
    assert_eq!(fs::read(&files.train).unwrap(), scene.train);
    fs::remove_file(&files.test).unwrap();
    assert_eq!(
        assets
            .dataset("tiny", Parts::Labelled, &mut ignore)
            .unwrap(),
        files
    );
    // Files without a manifest, as a killed fetch leaves them, count as none.
    fs::remove_file(files.train.with_file_name("placed.json")).unwrap();
    assert_eq!(
        assets.cached_dataset("tiny", Parts::Labelled).unwrap(),
        None
    );
}

#[test]
fn a_cache_that_cannot_be_written_is_said_to_be_so() {
    let scene = scene();
    write(
        &scene.home.path().join("cache"),
        b"a file where the folder should be",
    );
    let error = scene
        .assets()
        .dataset("tiny", Parts::Labelled, &mut ignore)
        .unwrap_err();
    assert!(matches!(error, AssetError::Disk { .. }), "{error}");
    assert!(error.hint().unwrap().contains("FSL_EXP_CACHE"));
}

mod needs_shared {
    use super::*;

    #[test]
    #[ignore = "needs the published texts in ../shared"]
    fn the_published_files_are_taken_from_a_mirror_as_they_are() {
        let mirror = fsl_test_support::shared("data");
        let home = tempfile::tempdir().unwrap();
        let settings = AssetSettings {
            mirror: Some(mirror.clone()),
            ..settings(home.path(), None)
        };
        let assets = Assets::new(settings, Catalog::built_in().clone());
        let files = assets
            .dataset("metoo", Parts::Labelled, &mut ignore)
            .unwrap();
        assert_eq!(
            fs::read(files.train).unwrap(),
            fs::read(mirror.join("metoo/train.csv")).unwrap()
        );
        assert_eq!(assets.known_dataset_ids("metoo").unwrap(), files.sha256);
    }
}

/// Witness: `printf '0 bad\n1 good\n1 fine\n' | git hash-object --stdin`, and the rule that is written at the head of `convert.rs`.
#[test]
fn published_files_of_another_form_are_checked_and_rewritten() {
    let server = HubServer::start();
    server.put_raw("all.txt", b"0 bad\n1 good\n1 fine\n");
    let home = tempfile::tempdir().unwrap();
    let fetched = |blob: &str| {
        let file = |texts: &[u8]| format!("texts = 1, sha256 = \"{}\"", sum(texts));
        let text = format!(
            r#"
[dataset.tiny]
about = "a"
licence = "MIT"
citation = "c"
notes = "n"
megabytes = 1
text = "text"
label = "label"
classes = ["no", "yes"]
train = {{ file = "train.csv", {} }}
test = {{ file = "test.csv", {} }}
sources = [{{ convert = {{ base = "{}/raw/", train = {{ file = "all.txt", git-blob = "{blob}" }}, cut = {{ seed = 0, test = 1 }}, layout = "label-first", text = [1], label = 0, labels = {{ 0 = "no", 1 = "yes" }} }} }}]
"#,
            file(b"text,label\nfine,yes\ngood,yes\n"),
            file(b"text,label\nbad,no\n"),
            server.endpoint(),
        );
        let catalog = Catalog::parse(&text).unwrap();
        Assets::new(settings(home.path(), None), catalog).dataset(
            "tiny",
            Parts::Labelled,
            &mut ignore,
        )
    };
    let error = fetched(HELLO_BLOB).unwrap_err();
    assert!(
        cause(&error).to_string().contains("`all.txt` has checksum"),
        "{error}"
    );
    let files = fetched("448fac71d69dbc505904d80d5c072f9fefcb9740").unwrap();
    assert_eq!(
        fs::read(files.train).unwrap(),
        b"text,label\nfine,yes\ngood,yes\n"
    );
    assert_eq!(fs::read(files.test).unwrap(), b"text,label\nbad,no\n");
}
