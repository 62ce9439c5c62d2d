//! Fetches against a server on the loopback address, mirrors and a stand-in for pip. Nothing leaves the machine.

#[expect(
    dead_code,
    reason = "some faults are of use to the programs' tests only"
)]
#[path = "../../../../tests/support/hub.rs"]
mod server;

mod hub;
mod package;
mod sentence;
mod sentence_entries;
mod sharded;
mod sources;
mod static_encoders;
mod tokenizers;

use std::path::Path;
use std::time::Duration;

use super::*;
use fsl_common::fsio::{sha256_hex, write_atomic};

/// Settings that keep everything in `home` and lose timeouts quickly.
fn settings(home: &Path, endpoint: Option<String>) -> AssetSettings {
    AssetSettings {
        cache: home.join("cache"),
        mirror: None,
        python: None,
        hub: HubSettings {
            endpoint,
            cache: home.join("hub"),
            token: None,
            offline: false,
        },
        timeouts: Timeouts {
            connect: Duration::from_secs(5),
            stall: Duration::from_millis(400),
            tries: 3,
            first_pause: Duration::from_millis(5),
            longest_pause: Duration::from_secs(2),
        },
    }
}

/// Nobody listens.
fn ignore(_: FetchEvent) {}

/// Contents of `size` bytes that differ everywhere, so that a wrong offset shows.
fn bytes(size: usize) -> Vec<u8> {
    (0..size)
        .map(|index| (index * index / 7 % 251) as u8)
        .collect()
}

fn cause(error: &AssetError) -> &SourceError {
    match error {
        AssetError::NoSource { failures, .. } => &failures.last().unwrap().cause,
        other => panic!("no source failed: {other}"),
    }
}

fn write(path: &Path, bytes: &[u8]) {
    write_atomic(path, bytes).unwrap();
}

fn sum(bytes: &[u8]) -> String {
    sha256_hex(bytes)
}

/// Witness: tests/golden/assets/generate.py, which makes the datasets a second time, independently.
#[test]
fn the_built_datasets_are_those_that_python_makes() {
    let golden = std::fs::read_to_string(fsl_test_support::golden("assets/sets.txt")).unwrap();
    let mut expected = String::new();
    for line in golden.lines() {
        match line.strip_prefix("  ") {
            None => expected = line.split(' ').next().unwrap().to_owned(),
            Some(part) => {
                let entry = Catalog::built_in().dataset(&expected).unwrap();
                let (name, rest) = part.split_once(": ").unwrap();
                let file = entry
                    .files()
                    .find(|file| file.file == format!("{name}.csv"))
                    .unwrap();
                let positives = rest.split(' ').nth(2).unwrap().parse().ok();
                let sum = rest.rsplit(' ').next().unwrap();
                assert_eq!(file.sha256.as_deref(), Some(sum), "{expected} {name}");
                assert!(
                    rest.starts_with(&format!("{} texts", file.texts)),
                    "{expected} {name}"
                );
                assert!(
                    file.positives.is_none() || file.positives == positives,
                    "{expected} {name}"
                );
            }
        }
    }
    assert_eq!(golden.lines().count(), 16);
}
