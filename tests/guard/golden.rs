//! Outputs and their golden files: reading, masking, comparing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::added::without_added;
use crate::support::{Workplace, files_below};

/// Outputs above these sizes are kept as their SHA-256.
const KEPT_BYTES: usize = 6000;
const KEPT_PREDICTIONS: usize = 20_000;
/// How far probabilities may be apart on another processor. One without products of bf16 numbers rounds at other places.
const TOLERANCE: f64 = 1e-5;
const TOLERANCE_BF16: f64 = 1e-3;

/// What was written: name to bytes.
pub(super) type Outputs = BTreeMap<String, Vec<u8>>;

/// The store's files, their times frozen, and one record and request of each method to be read.
pub(super) fn store_of(outputs: &mut Outputs, place: &Workplace) {
    let mut store = Outputs::new();
    tree_of(&mut store, &place.join("results"), "store", false);
    for (name, bytes) in &store {
        let Some(file @ ("record.json" | "request.json")) = name.rsplit('/').next() else {
            continue;
        };
        let value: Value = serde_json::from_slice(bytes).unwrap();
        let method = value["inputs"]["method"].as_object().unwrap().keys().next();
        let example = format!("example/{}-{file}", method.unwrap());
        outputs.entry(example).or_insert_with(|| bytes.clone());
    }
    outputs.extend(store);
}

/// Every file below a folder: its bytes, or only that it is there where it tells what a run was like.
pub(super) fn tree_of(outputs: &mut Outputs, folder: &Path, name: &str, whole: bool) {
    for path in files_below(folder) {
        let relative = path.strip_prefix(folder).unwrap().display().to_string();
        // Checksums of models were added since; they follow from the files beside them.
        if relative.rsplit('/').next() == Some("SHA256SUMS") {
            continue;
        }
        let volatile = relative.ends_with("log.txt") || (!whole && relative.ends_with("README.md"));
        let bytes = match relative.rsplit('/').next() {
            _ if volatile => Vec::new(),
            Some("request.json") => without_stamps(&path),
            Some("meta.yaml") => without_folder(&path),
            Some("split.json") => without_version(&path),
            _ => fs::read(&path).unwrap(),
        };
        outputs.insert(format!("{name}/{relative}"), bytes);
    }
}

/// A request without what tells when the encoder's files were written.
fn without_stamps(path: &Path) -> Vec<u8> {
    let mut request: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    for place in ["", "/files", "/files/encoder"] {
        if let Some(Value::Object(fields)) = request.pointer_mut(place) {
            fields.remove("seen");
        }
    }
    serde_json::to_vec_pretty(&request).unwrap()
}

/// A report of a split without this program's version.
fn without_version(path: &Path) -> Vec<u8> {
    let text = fs::read_to_string(path).unwrap();
    text.replace(concat!("fsl-exp ", env!("CARGO_PKG_VERSION")), "fsl-exp")
        .into_bytes()
}

/// MLflow's description of a run without the place of its artifacts.
fn without_folder(path: &Path) -> Vec<u8> {
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.contains("file://"));
    lines.collect::<Vec<_>>().join("\n").into_bytes()
}

/// A verification without times, and without what the machine is that made it.
pub(super) fn without_machine(json: &str) -> Vec<u8> {
    let mut value: Value = serde_json::from_str(json).unwrap();
    for trial in value["trials"].as_array_mut().unwrap() {
        trial["secs"] = Value::Null;
        for change in trial["changes"].as_array_mut().unwrap() {
            change["now"] = Value::Null;
        }
    }
    serde_json::to_vec_pretty(&value).unwrap()
}

fn golden(group: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/guard")
        .join(group)
}

fn updating() -> bool {
    std::env::var_os("UPDATE_GUARD").is_some()
}

/// A golden file's bytes.
fn kept(group: &str, name: &str) -> Option<Vec<u8>> {
    fs::read(golden(group).join(name.replace('/', "+"))).ok()
}

/// The names of all outputs with their checksums, a line each.
pub(super) fn listing(outputs: &Outputs) -> String {
    let mut lines = String::new();
    for (name, bytes) in outputs {
        for byte in Sha256::digest(bytes) {
            lines += &format!("{byte:02x}");
        }
        lines += &format!("  {name}\n");
    }
    lines
}

/// Whether an output is kept whole, to show what differs: those that people read.
fn is_kept(name: &str, bytes: &[u8]) -> bool {
    let is_single =
        !name.starts_with("store/") && !name.contains("/export/") && !name.contains("models/");
    let most = if name.ends_with("predictions.csv") {
        KEPT_PREDICTIONS
    } else {
        KEPT_BYTES
    };
    is_single && bytes.len() <= most
}

/// Compares every output, without metrics that were added since, with its golden file to the byte; writes these anew where that is asked
/// for.
pub(super) fn check(group: &str, outputs: &Outputs) {
    let outputs = &without_added(outputs);
    let folder = golden(group);
    if updating() {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for (name, bytes) in outputs.iter().filter(|(name, bytes)| is_kept(name, bytes)) {
            fs::write(folder.join(name.replace('/', "+")), bytes).unwrap();
        }
        fs::write(folder.join("sha256.txt"), listing(outputs)).unwrap();
    }
    let mut changed = String::new();
    for (name, bytes) in outputs.iter().filter(|(name, bytes)| is_kept(name, bytes)) {
        let then = kept(group, name).unwrap_or_default();
        if then != *bytes {
            changed += &format!("{group}/{name} has changed:\n{}", difference(&then, bytes));
        }
    }
    let listed = fs::read_to_string(folder.join("sha256.txt")).unwrap();
    let now = listing(outputs);
    let (then, now): (Vec<&str>, Vec<&str>) = (listed.lines().collect(), now.lines().collect());
    let gone: Vec<_> = then.iter().filter(|line| !now.contains(line)).collect();
    let new: Vec<_> = now.iter().filter(|line| !then.contains(line)).collect();
    assert!(
        changed.is_empty() && gone.is_empty() && new.is_empty(),
        "{changed}{group}: was {gone:#?}\nis {new:#?}"
    );
}

/// The first lines that differ, with their number.
fn difference(then: &[u8], now: &[u8]) -> String {
    let (then, now) = (String::from_utf8_lossy(then), String::from_utf8_lossy(now));
    let (mut then, mut now) = (then.lines(), now.lines());
    let mut shown = String::new();
    for number in 1.. {
        match (then.next(), now.next()) {
            (None, None) => break,
            (was, is) if was != is => {
                let or_nothing = |line: Option<&str>| line.unwrap_or("(no line)").to_owned();
                shown += &format!(
                    "  line {number}\n    was: {}\n    is:  {}\n",
                    or_nothing(was),
                    or_nothing(is)
                );
            }
            _ => {}
        }
        if shown.lines().count() >= 9 {
            return shown + "  …\n";
        }
    }
    shown
}

/// Compares outputs of encoders: to the byte on a processor like the one of the golden files, nearly on any other.
#[expect(clippy::print_stdout, reason = "which of the two was done")]
pub(super) fn check_encoders(group: &str, outputs: &mut Outputs) {
    outputs.insert("processor.txt".into(), processor().into_bytes());
    let then = kept(group, "processor.txt").unwrap_or_default();
    if updating() || then == processor().as_bytes() {
        println!("{group}: the processor of the golden files: compared to the byte");
        check(group, outputs);
    } else {
        println!(
            "{group}: another processor than that of the golden files: names and keys are compared exactly, probabilities within {TOLERANCE} ({TOLERANCE_BF16} in bf16)"
        );
        check_nearly(group, outputs);
    }
}

/// On another processor: the same keys and files, and nearly the same probabilities.
fn check_nearly(group: &str, outputs: &Outputs) {
    let listed = fs::read_to_string(golden(group).join("sha256.txt")).unwrap();
    let names: Vec<&str> = listed.lines().map(|line| &line[66..]).collect();
    assert_eq!(names, outputs.keys().collect::<Vec<_>>());
    for (name, now) in outputs {
        let Some(then) = kept(group, name) else {
            continue;
        };
        if name.ends_with("plan-before.json") || name.ends_with("samples.csv") {
            assert!(then == *now, "{name}:\n{}", difference(&then, now));
        }
        if name.ends_with("predictions.csv") {
            check_probabilities(name, &then, now);
        }
    }
}

fn check_probabilities(name: &str, then: &[u8], now: &[u8]) {
    let lines = |bytes: &[u8]| -> Vec<(String, f64)> {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let parts = text.lines().skip(1).map(|line| {
            let (text, probability) = line.rsplit_once(',').unwrap();
            (text.to_owned(), probability.parse().unwrap())
        });
        parts.collect()
    };
    let (then, now) = (lines(then), lines(now));
    assert_eq!(then.len(), now.len(), "{name}");
    for ((row, then), (same, now)) in then.iter().zip(&now) {
        assert_eq!(row, same, "{name}");
        let tolerance = if row.contains("bf16") {
            TOLERANCE_BF16
        } else {
            TOLERANCE
        };
        assert!(
            (then - now).abs() <= tolerance,
            "{name}, {row}: {now}, was {then}"
        );
    }
}

/// The processor's name and what it can do, which decide the last digits of what libtorch computes.
fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        info.lines()
            .find(|line| line.starts_with(name))
            .unwrap_or_default()
            .to_owned()
    };
    let flags = field("flags");
    let known = flags
        .split_whitespace()
        .filter(|flag| flag.starts_with("avx") || flag.starts_with("amx") || *flag == "fma");
    // libtorch can be told to use less than there is.
    let limit = std::env::var("ATEN_CPU_CAPABILITY").unwrap_or_default();
    format!(
        "{}\n{}\n{limit}",
        field("model name"),
        known.collect::<Vec<_>>().join(" ")
    )
}
