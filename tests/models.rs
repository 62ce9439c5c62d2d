//! `fsl-exp train`, `infer` and `distill`: from a CSV file to a model folder, and from there to probabilities.

mod export;
mod fitting;
mod inference;
mod refusals;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use flate2::read::GzDecoder;
use insta::assert_snapshot;

use crate::support::{Workplace, entries, gzip, labelled, spec, zip};

/// A DistilBERT of two tiny layers that reads letters.
fn encoder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/distilbert")
}

/// Options for a fit of a second, the same on every machine.
fn quick() -> String {
    format!(
        "--encoder {} --max-tokens 32 --epochs 2 --learning-rate 0.01 --threads 1",
        encoder().display()
    )
}

/// A place with `my.csv`, 40 labelled texts with columns id, text and category, and `my_pp.csv` with `text_pp` too.
fn place() -> Workplace {
    let place = Workplace::new();
    let rows = labelled(40).replace("text,label", "text,category");
    place.write("my.csv", rows);
    place.run("preprocess my.csv --quiet").expect(0);
    place
}

/// The columns of a CSV file by name.
fn columns(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in reader.records() {
        for (name, field) in names.iter().zip(row.unwrap().iter()) {
            columns
                .entry(name.clone())
                .or_default()
                .push(field.to_owned());
        }
    }
    columns
}

fn numbers(fields: &[String]) -> Vec<f64> {
    fields.iter().map(|field| field.parse().unwrap()).collect()
}

/// What the program says on standard error, without times.
fn untimed(stderr: &str) -> String {
    let mut text = String::new();
    for line in stderr.lines() {
        let line = match (line.find(" in "), line.find("rows/s)")) {
            (Some(start), Some(end)) if start < end => {
                format!("{}{}", &line[..start], &line[end + "rows/s)".len()..])
            }
            _ => line.to_owned(),
        };
        text += &line;
        text.push('\n');
    }
    text
}

/// Runs a command with `text` on its standard input.
fn piped(mut command: Command, text: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses its input does not read all of it.
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    child.wait_with_output().unwrap()
}
