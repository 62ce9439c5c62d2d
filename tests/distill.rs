//! Experts, their mean, and the student that learns from it: rows that build on rows.

mod refusals;
mod students;
mod verified;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use sha2::Digest as _;

use crate::support::{CHEAP_ROWS, Workplace, entries, spec, with_transfer};

/// The SHA-256 of bytes, in hexadecimal.
fn sha256(bytes: &[u8]) -> String {
    let digest = sha2::Sha256::digest(bytes);
    let digits: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

fn tiny() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/distilbert");
    folder.display().to_string()
}

/// Three experts that train in a fraction of a second; `more` adds keys to their row.
fn experts(more: &str) -> String {
    format!(
        "[[row]]\nid = \"fsl\"\n{more}\n[row.method.finetune]\nencoder = \"{}\"\nepochs = 12\nbatch-size = 4\nlearning-rate = 0.01\n",
        tiny()
    )
}

const MEAN: &str =
    "\n[[row]]\nid = \"mean\"\nlabel = \"FSL_mean\"\nmethod.ensemble = { of = \"fsl\" }\n";

/// Two students of `teacher`; `more` adds keys to their method.
fn students(id: &str, teacher: &str, more: &str) -> String {
    format!(
        "\n[[row]]\nid = \"{id}\"\ntrials = 2\n[row.method.distill]\nteacher = \"{teacher}\"\nencoder = \"{}\"\nepochs = 12\n\
         batch-size = 4\nlearning-rate = 0.01\n{more}\n",
        tiny()
    )
}

/// Three experts, their mean, two students of it.
fn whole(more: &str) -> String {
    let rows = experts(more) + MEAN + &students("student", "mean", "");
    with_transfer(&spec("s", "count = 3", &rows))
}

/// `experts.toml` has experts and their mean, `later.toml` a student of the mean.
fn experts_and_later_student() -> Workplace {
    let place = Workplace::with_transfer();
    place.write(
        "experts.toml",
        with_transfer(&spec("experts", "count = 3", &(experts("") + MEAN))),
    );
    let student = spec("later", "", &students("student", "experts/mean", ""));
    place.write("later.toml", with_transfer(&student));
    place
}

/// `row trial index` to probability.
fn exported(place: &Workplace, arguments: &str) -> BTreeMap<(String, u64, usize), f64> {
    let csv = place
        .run(&format!("export {arguments} --predictions -"))
        .expect(0)
        .stdout;
    let line = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let key = (
            fields[1].to_owned(),
            fields[2].parse().unwrap(),
            fields[3].parse().unwrap(),
        );
        (key, fields[5].parse().unwrap())
    };
    csv.lines().skip(1).map(line).collect()
}

/// What every trial says of transfer sets: the trial's folder and the file's bytes.
fn transfers(place: &Workplace, results: &str) -> BTreeMap<String, Vec<u8>> {
    let files = trial_folders(place, results)
        .into_iter()
        .flat_map(|folder| {
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            let all = entries(&folder.join("transfer"));
            all.into_iter()
                .filter(|path| path.extension().is_some_and(|extension| extension == "csv"))
                .map(move |path| (name.clone(), fs::read(path).unwrap()))
        });
    files.collect()
}

fn trial_folders(place: &Workplace, results: &str) -> Vec<PathBuf> {
    let trials = place.join(&format!("{results}/store/trials"));
    entries(&trials)
        .iter()
        .flat_map(|folder| entries(folder))
        .collect()
}
