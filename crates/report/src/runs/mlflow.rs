//! MLflow's file store (`mlruns`): a folder per experiment, in it a folder per run, in it a file per value.
//!
//! The layout is that of `mlflow.store.tracking.file_store` (MLflow 2 and 3); `mlflow.set_tracking_uri("file:DIR")` reads it.
//! YAML is written as JSON, which is YAML too.

use serde_json::{Value, json};

use super::{OutputFile, Run, text};
use fsl_common::fsio::sha256_hex;

/// MLflow's number for a finished run, and for one that a script on this machine made.
const FINISHED: u8 = 3;
const LOCAL: u8 = 4;
/// The longest value of a parameter that MLflow takes.
const LONGEST: usize = 6000;

/// The files of a store that lies in `folder`, an absolute path. Writing them again replaces the same runs.
pub fn mlflow(runs: &[Run], folder: &str) -> Vec<OutputFile> {
    let mut files = Vec::new();
    let mut experiments: Vec<&str> = Vec::new();
    for run in runs {
        let experiment = number(&run.experiment);
        if !experiments.contains(&run.experiment.as_str()) {
            experiments.push(&run.experiment);
            files.push(experiment_file(run, &experiment, folder, runs));
        }
        run_files(run, &experiment, folder, &mut files);
    }
    files
}

/// MLflow's experiments have numbers: 18 digits out of the name's hash.
fn number(experiment: &str) -> String {
    let hash = sha256_hex(experiment.as_bytes());
    let head = u64::from_str_radix(&hash[..15], 16).unwrap_or_default();
    format!("{:018}", head % 1_000_000_000_000_000_000)
}

/// `FSL MiniLM trial 3`.
fn run_name(run: &Run) -> String {
    format!("{} trial {}", run.label, run.trial + 1)
}

/// A run's identifier: that of the trial, made different where two rows or experiments share it.
fn identifier(run: &Run) -> String {
    let name = format!("{}/{}/{}/{}", run.experiment, run.row, run.trial, run.key);
    sha256_hex(name.as_bytes())[..32].to_owned()
}

fn experiment_file(run: &Run, number: &str, folder: &str, runs: &[Run]) -> OutputFile {
    let of = || runs.iter().filter(|one| one.experiment == run.experiment);
    let meta = json!({
        "artifact_location": format!("{}/{number}", uri(folder)),
        "creation_time": of().map(|one| one.began_ms).min(),
        "experiment_id": number,
        "last_update_time": of().map(|one| one.ended_ms).max(),
        "lifecycle_stage": "active",
        "name": run.experiment,
    });
    yaml(format!("{number}/meta.yaml"), &meta)
}

fn run_files(run: &Run, experiment: &str, folder: &str, files: &mut Vec<OutputFile>) {
    let id = identifier(run);
    let at = format!("{experiment}/{id}");
    let meta = json!({
        "artifact_uri": format!("{}/{at}/artifacts", uri(folder)),
        "end_time": run.ended_ms,
        "entry_point_name": "",
        "experiment_id": experiment,
        "lifecycle_stage": "active",
        "run_id": id,
        "run_name": run_name(run),
        "run_uuid": id,
        "source_name": "",
        "source_type": LOCAL,
        "source_version": "",
        "start_time": run.began_ms,
        "status": FINISHED,
        "tags": [],
        "user_id": "fsl-exp",
    });
    files.push(yaml(format!("{at}/meta.yaml"), &meta));
    for (name, value) in &run.metrics {
        let line = format!("{} {value} 0\n", run.ended_ms);
        files.push(file(format!("{at}/metrics/{name}"), line));
    }
    if !run.losses.is_empty() {
        let losses = run.losses.iter().enumerate();
        let lines = losses.map(|(epoch, loss)| format!("{} {loss} {epoch}\n", run.ended_ms));
        files.push(file(format!("{at}/metrics/train_loss"), lines.collect()));
    }
    for (name, value) in &run.params {
        let value: String = text(Some(value)).chars().take(LONGEST).collect();
        files.push(file(format!("{at}/params/{name}"), value));
    }
    let tags = [
        ("mlflow.runName", run_name(run)),
        ("mlflow.source.type", "LOCAL".to_owned()),
        ("fsl-exp.row", run.row.clone()),
        ("fsl-exp.label", run.label.clone()),
        ("fsl-exp.trial", (run.trial + 1).to_string()),
        ("fsl-exp.key", run.key.clone()),
        ("fsl-exp.host", run.host.clone()),
    ];
    for (name, value) in tags {
        files.push(file(format!("{at}/tags/{name}"), value));
    }
    // MLflow lists what lies in it, and takes its absence for damage.
    files.push(file(format!("{at}/artifacts/.keep"), String::new()));
}

fn yaml(path: String, meta: &Value) -> OutputFile {
    file(path, format!("{meta:#}\n"))
}

fn file(path: String, text: String) -> OutputFile {
    OutputFile {
        path,
        bytes: text.into_bytes(),
    }
}

/// `file:` with what an address may not hold in percent notation.
fn uri(folder: &str) -> String {
    let mut uri = "file://".to_owned();
    for byte in folder.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                uri.push(char::from(byte));
            }
            _ => uri += &format!("%{byte:02X}"),
        }
    }
    uri
}
