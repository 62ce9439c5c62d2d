//! Packages, through a stand-in for the user's Python: a script that answers as `python3 -m pip download` does.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::*;
use crate::archive::tests::{tar_gz, wheel};

/// What the script does once it knows `$dest` and `$req`, the folder and the requirements that it was given.
fn python(home: &Path, script: &str) -> PathBuf {
    let path = home.join("python3");
    let parse = "while [ $# -gt 0 ]; do case $1 in --dest) dest=$2;; --requirement) req=$2;; esac; shift; done";
    let source = home.join("python3.sh");
    write(
        &source,
        format!(
            "#!/bin/sh\necho \"$@\" >> '{}/calls'\n{parse}\n{script}\n",
            home.display()
        )
        .as_bytes(),
    );
    // Copied by another process: a program that this one has open for writing, or a child of a test beside this one still has,
    // cannot be started.
    let copied = std::process::Command::new("cp")
        .arg(&source)
        .arg(&path)
        .status();
    assert!(copied.unwrap().success());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// A script that hands out `archive`.
fn serving(home: &Path, name: &str, archive: &[u8]) -> PathBuf {
    write(&home.join(name), archive);
    let script = format!(
        "mkdir -p \"$dest\" && cp \"$req\" '{0}/req' && cp '{0}/{name}' \"$dest\"",
        home.display()
    );
    python(home, &script)
}

fn calls(home: &Path) -> Vec<String> {
    let calls = fs::read_to_string(home.join("calls")).unwrap_or_default();
    calls.lines().map(str::to_owned).collect()
}

fn encoder_catalog(archive_sum: &str) -> Catalog {
    let text = format!(
        r#"
[encoder.tiny]
about = "a"
licence = "MIT"
citation = "c"
megabytes = 1
lowercase = true
sha256 = {{ "config.json" = "{}", "vocab.txt" = "{}", "model.safetensors" = "{}" }}
sources = [{{ pip = {{ package = "tiny-pack", version = "1.0", archive = "tiny-1.0.whl", sha256 = "{archive_sum}", bytes = 9, folder = "tiny/model" }} }}]
"#,
        sum(b"{}"),
        sum(b"a"),
        sum(b"weights")
    );
    Catalog::parse(&text).unwrap()
}

fn tiny_wheel() -> Vec<u8> {
    wheel(&[
        ("tiny/model/config.json", b"{}"),
        ("tiny/model/vocab.txt", b"a"),
        ("tiny/model/model.safetensors", b"weights"),
    ])
}

fn assets(home: &Path, python: PathBuf, catalog: Catalog) -> Assets {
    Assets::new(
        AssetSettings {
            python: Some(python),
            ..settings(home, None)
        },
        catalog,
    )
}

fn tiny() -> EncoderRef {
    EncoderRef::Name("tiny".to_owned())
}

#[test]
fn an_encoder_is_taken_out_of_a_wheel() {
    let home = tempfile::tempdir().unwrap();
    let python = serving(home.path(), "tiny-1.0.whl", &tiny_wheel());
    let assets = assets(home.path(), python, encoder_catalog(&sum(&tiny_wheel())));
    let files = assets.encoder(&tiny(), &mut ignore).unwrap();
    assert_eq!(fs::read(files.source.weights).unwrap(), b"weights");
    let required = format!("tiny-pack==1.0 --hash=sha256:{}\n", sum(&tiny_wheel()));
    assert_eq!(
        fs::read_to_string(home.path().join("req")).unwrap(),
        required
    );
    let calls = calls(home.path());
    assert!(
        calls.len() == 1 && calls[0].starts_with("-m pip download --no-deps --require-hashes"),
        "{calls:?}"
    );
    assert!(calls[0].ends_with("--only-binary :all:"), "{calls:?}");
    // The wheel itself is not kept.
    assert!(!home.path().join("cache/partial/encoders/tiny").exists());
}

#[test]
fn pip_runs_in_an_empty_folder() {
    let home = tempfile::tempdir().unwrap();
    let serve = serving(home.path(), "tiny-1.0.whl", &tiny_wheel());
    let script = fs::read_to_string(serve).unwrap();
    let body = script.lines().last().unwrap();
    let look = format!("{{ pwd -P; ls -A; }} > '{}/where'", home.path().display());
    let python = python(home.path(), &format!("{look}\n{body}"));
    let assets = assets(home.path(), python, encoder_catalog(&sum(&tiny_wheel())));
    assets.encoder(&tiny(), &mut ignore).unwrap();
    let seen = fs::read_to_string(home.path().join("where")).unwrap();
    let lines: Vec<&str> = seen.lines().collect();
    let cache = fs::canonicalize(home.path().join("cache")).unwrap();
    assert!(
        lines.len() == 1 && Path::new(lines[0]).starts_with(cache),
        "{lines:?}"
    );
}

#[test]
fn a_wheel_with_another_checksum_is_not_opened() {
    let home = tempfile::tempdir().unwrap();
    let python = serving(
        home.path(),
        "tiny-1.0.whl",
        &wheel(&[("tiny/model/config.json", b"bad")]),
    );
    let assets = assets(home.path(), python, encoder_catalog(&sum(&tiny_wheel())));
    let error = assets.encoder(&tiny(), &mut ignore).unwrap_err();
    assert!(
        matches!(cause(&error), SourceError::Checksum { file, .. } if file == "tiny-1.0.whl"),
        "{error}"
    );
}

#[test]
fn pip_s_last_lines_are_shown() {
    let home = tempfile::tempdir().unwrap();
    let script = "for i in 1 2 3 4 5 6; do echo \"line $i\" >&2; done; echo '[notice] a new pip' >&2; exit 1";
    let assets = assets(
        home.path(),
        python(home.path(), script),
        encoder_catalog(&sum(b"")),
    );
    let error = assets.encoder(&tiny(), &mut ignore).unwrap_err();
    insta::assert_snapshot!(cause(&error), @r"
    pip download tiny-pack==1.0: line 2
        line 3
        line 4
        line 5
        line 6
    ");
}

#[test]
fn a_python_without_pip_and_no_python_at_all_are_told_apart() {
    let home = tempfile::tempdir().unwrap();
    let why = |python: PathBuf| {
        let assets = assets(home.path(), python, encoder_catalog(&sum(b"")));
        let error = assets.encoder(&tiny(), &mut ignore).unwrap_err();
        cause(&error)
            .to_string()
            .replace(&home.path().display().to_string(), "HOME")
    };
    let bare = python(
        home.path(),
        "echo 'python3: No module named pip' >&2; exit 1",
    );
    assert_eq!(
        why(bare),
        "pip download tiny-pack==1.0: no pip in `HOME/python3`"
    );
    assert_eq!(
        why(home.path().join("nowhere")),
        "pip download tiny-pack==1.0: no `HOME/nowhere`"
    );
}

/// 40 texts, half of them positive, in an archive in a source package.
fn corpus_package() -> Vec<u8> {
    let line = |id: usize| {
        format!(
            "{id}\t{}\ttext {id}\n",
            if id.is_multiple_of(2) { 1.5 } else { -1.5 }
        )
    };
    let ratings: String = (0..40).map(line).collect();
    let inner = tar_gz(&[("corpus/ratings.txt", ratings.as_bytes())]);
    tar_gz(&[("pack-1.0/corpus.tar.gz", &inner)])
}

/// The two datasets differ in their name only. The checksums are those of the rule applied in another place: `ratings`.
fn corpus_catalog() -> Catalog {
    let build = Build {
        member: Vec::new(),
        seed: 3,
        train_per_class: 5,
        test: 20,
    };
    let line = |id: usize| {
        format!(
            "{id}\t{}\ttext {id}\n",
            if id.is_multiple_of(2) { 1.5 } else { -1.5 }
        )
    };
    let built =
        crate::vader::build((0..40).map(line).collect::<String>().as_bytes(), &build).unwrap();
    let dataset = |name: &str| {
        format!(
            r#"
[dataset.{name}]
about = "a"
licence = "MIT"
citation = "c"
notes = "n"
megabytes = 1
text = "text"
label = "category"
train = {{ file = "train.csv", texts = 10, positives = 5, sha256 = "{}" }}
test = {{ file = "test.csv", texts = 20, positives = 10, sha256 = "{}" }}
transfer = {{ file = "transfer.csv", texts = 10, sha256 = "{}" }}
build = {{ member = ["pack-1.0/corpus.tar.gz", "corpus/ratings.txt"], seed = 3, train-per-class = 5, test = 20 }}
sources = [{{ pip = {{ package = "pack", version = "1.0", archive = "pack-1.0.tar.gz", sha256 = "{}", bytes = 9 }} }}]
"#,
            sum(&built.train),
            sum(&built.test),
            sum(&built.transfer),
            sum(&corpus_package())
        )
    };
    Catalog::parse(&(dataset("one") + &dataset("two"))).unwrap()
}

#[test]
fn datasets_are_built_from_one_download_of_a_source_package() {
    let home = tempfile::tempdir().unwrap();
    let python = serving(home.path(), "pack-1.0.tar.gz", &corpus_package());
    let assets = assets(home.path(), python, corpus_catalog());
    let one = assets.dataset("one", Parts::All, &mut ignore).unwrap();
    let two = assets.dataset("two", Parts::Labelled, &mut ignore).unwrap();
    assert_eq!((&one.sha256, two.transfer), (&two.sha256, None));
    assert!(
        fs::read_to_string(one.transfer.unwrap())
            .unwrap()
            .starts_with("text\ntext ")
    );
    let calls = calls(home.path());
    assert_eq!(calls.len(), 1);
    assert!(
        calls[0].contains("--no-binary pack --no-build-isolation --use-pep517"),
        "{calls:?}"
    );
}

#[test]
fn a_pip_that_does_not_take_the_stand_in_is_asked_without_it() {
    let home = tempfile::tempdir().unwrap();
    let serve = serving(home.path(), "pack-1.0.tar.gz", &corpus_package());
    let script = fs::read_to_string(serve).unwrap();
    let body = script.lines().last().unwrap();
    let python = python(
        home.path(),
        &format!("if [ -n \"$PYTHONPATH\" ]; then echo no >&2; exit 2; fi\n{body}"),
    );
    let assets = assets(home.path(), python, corpus_catalog());
    assets.dataset("one", Parts::Labelled, &mut ignore).unwrap();
    assert_eq!(calls(home.path()).len(), 2);
}

#[test]
fn an_archive_in_the_mirror_spares_pip() {
    let home = tempfile::tempdir().unwrap();
    let mirror = home.path().join("mirror");
    write(&mirror.join("pack-1.0.tar.gz"), &corpus_package());
    let python = python(home.path(), "exit 1");
    let settings = AssetSettings {
        python: Some(python),
        mirror: Some(mirror),
        ..settings(home.path(), None)
    };
    let assets = Assets::new(settings, corpus_catalog());
    assets.dataset("one", Parts::All, &mut ignore).unwrap();
    assert!(calls(home.path()).is_empty());
}
