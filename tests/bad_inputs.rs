//! Bad inputs by the dozen, each with everything that the program says of it, in the transcripts of `tests/bad_inputs/`.
//!
//! `UPDATE_BAD_INPUTS=1 cargo test --workspace --test integration bad_inputs` writes what the program says now; a reviewer reads
//! the difference.

mod transcript;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use transcript::Transcript;

/// There are at least as many cases.
const LEAST: usize = 280;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad_inputs")
}

/// Runs the cases of a transcript, and compares what is said with what stands there.
fn check(name: &str) {
    let path = folder().join(name);
    let written = fs::read_to_string(&path).unwrap();
    let said = Transcript::parse(&written).replayed();
    if std::env::var_os("UPDATE_BAD_INPUTS").is_some() {
        fs::write(&path, said).unwrap();
        return;
    }
    for (line, (now, then)) in said.lines().zip(written.lines()).enumerate() {
        assert_eq!(now, then, "{name}, line {}", line + 1);
    }
    assert_eq!(said, written);
}

#[test]
fn specs() {
    check("specs.txt");
}

#[test]
fn rows_and_sweeps() {
    check("rows.txt");
}

#[test]
fn tables() {
    check("tables.txt");
}

#[test]
fn predictions() {
    check("predictions.txt");
}

#[test]
fn results() {
    check("results.txt");
}

#[test]
fn command_lines() {
    check("command_lines.txt");
}

#[test]
fn splits() {
    check("splits.txt");
}

#[test]
fn encoders_and_models() {
    check("encoders.txt");
}

#[test]
fn the_cases_are_many_and_differ() {
    let (mut cases, mut errors, mut titles) = (0, BTreeSet::new(), BTreeSet::new());
    for file in crate::support::entries(&folder()) {
        if file.extension().is_none_or(|end| end != "txt") {
            continue;
        }
        let group = file.file_name().unwrap().to_string_lossy().into_owned();
        for case in Transcript::parse(&fs::read_to_string(&file).unwrap()).cases {
            cases += 1;
            assert!(!case.said.contains("panicked"), "{}", case.title);
            assert!(!case.said.contains("[exit 0]"), "{}", case.title);
            assert!(
                titles.insert(format!("{group}: {}", case.title)),
                "{}",
                case.title
            );
            errors.insert(case.said);
        }
    }
    assert!(cases >= LEAST, "{cases} cases");
    assert!(errors.len() >= LEAST, "{} different errors", errors.len());
}
