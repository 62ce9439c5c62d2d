//! `fsl-exp split`: what it draws, what it writes, and what it refuses. Time and memory are in bench/split.sh.

mod classes;
mod construction;
mod inputs;
mod settings;

use std::collections::BTreeSet;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{Workplace, entries};

/// What the golden sets are drawn with.
const GOLDEN: &str = "--rules none --seed 11 --test 80 --train 20 --transfer 100:25";

fn golden(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/split");
    fs::read_to_string(path.join(name)).unwrap()
}

/// A workplace with `in.csv`: 400 texts of 40 characters or so, every fourth of label 1.
fn place() -> Workplace {
    let place = Workplace::new();
    place.write("in.csv", corpus(400));
    place
}

fn corpus(rows: usize) -> String {
    let row = |index: usize| {
        let word = ["one", "two", "red", "blue", "old"][index % 5];
        let label = u8::from(index.is_multiple_of(4));
        let name = name(index);
        format!("{index},\"Text {name} of the {word} sort, @you, {word}{name}x\",{label}\n")
    };
    "id,text,category\n".to_owned() + &(0..rows).map(row).collect::<String>()
}

/// A number in letters, which the text rules leave alone.
fn name(index: usize) -> String {
    let letters = index.to_string().into_bytes().into_iter();
    letters
        .map(|digit| char::from(digit - b'0' + b'a'))
        .collect()
}

fn number(name: &str) -> usize {
    name.bytes()
        .fold(0, |number, letter| 10 * number + usize::from(letter - b'a'))
}

/// A file's rows without its header.
fn rows(place: &Workplace, name: &str) -> Vec<csv::StringRecord> {
    let mut reader = csv::Reader::from_path(place.join(name)).unwrap();
    reader.records().map(Result::unwrap).collect()
}

fn header(place: &Workplace, name: &str) -> String {
    place.read(name).lines().next().unwrap().to_owned()
}

/// How many rows have label 0 and label 1 in their last column.
fn labels(rows: &[csv::StringRecord]) -> [usize; 2] {
    ["0", "1"].map(|label| {
        rows.iter()
            .filter(|row| row.iter().next_back() == Some(label))
            .count()
    })
}

fn report(place: &Workplace, folder: &str) -> Value {
    serde_json::from_str(&place.read(&format!("{folder}/split.json"))).unwrap()
}

/// What is said, with exit code `code`, and that nothing is written.
fn refused(place: &Workplace, arguments: &str, code: i32) -> String {
    let ran = place.run(&format!("split {arguments}")).expect(code);
    assert!(!place.join("out").exists(), "{arguments}");
    ran.stderr
}
