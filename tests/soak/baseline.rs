//! The experiments, and what an undisturbed run of each gives.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::soak::processes::MARK;
use crate::soak::shim::{self, Calls, Shim};
use crate::support::{
    CHEAP_ROWS, Workplace, files_below, same_environment, spec, unlabelled, with_transfer,
};

/// Specs that are run one after the other on one results folder.
#[derive(Debug)]
pub(super) struct Experiment {
    pub(super) name: &'static str,
    steps: &'static [&'static str],
}

/// Every method that trains or draws, an ensemble, kept weights, students of trials and of an ensemble, and students
/// that are added to teachers whose weights were kept, or are kept from then on.
pub(super) const EXPERIMENTS: [Experiment; 5] = [
    Experiment {
        name: "cheap",
        steps: &["cheap.toml"],
    },
    Experiment {
        name: "encoder",
        steps: &["encoder.toml"],
    },
    Experiment {
        name: "students",
        steps: &["students.toml"],
    },
    Experiment {
        name: "kept",
        steps: &["kept.toml", "students.toml"],
    },
    Experiment {
        name: "kept later",
        steps: &["plain.toml", "students.toml"],
    },
];

const MEAN: &str = "\n[[row]]\nid = \"mean\"\nmethod.ensemble = { of = \"fsl\" }\n";
const FIT: &str = "encoder = \"./encoder\", epochs = 4, batch-size = 4, learning-rate = 0.01";

/// The files that the specs name, and an empty folder for temporary files.
fn furnish(place: &Workplace) {
    place.copy_encoder("bert", "encoder");
    place.write("transfer.csv", unlabelled(24));
    fs::create_dir(place.join("tmp")).unwrap();

    let ensemble = "\n[[row]]\nid = \"mean\"\nmethod.ensemble = { of = \"bow\" }\n";
    let sampled = "count = 3\ntrain-size = 8\nvary = [\"sample\"]";
    place.write(
        "cheap.toml",
        spec("cheap", sampled, &(CHEAP_ROWS.to_owned() + ensemble)),
    );
    let finetune = format!("\n[[row]]\nid = \"fsl\"\nmethod.finetune = {{ {FIT} }}\n");
    let kept = finetune.replace("id = \"fsl\"", "id = \"fsl\"\nkeep-weights = true");
    let probe = "\n[[row]]\nid = \"probe\"\nmethod.probe = { encoder = \"./encoder\" }\n";
    let rows = CHEAP_ROWS.to_owned() + probe + &finetune + MEAN;
    place.write("encoder.toml", spec("encoder", "count = 2", &rows));
    let rows = finetune + MEAN;
    place.write(
        "plain.toml",
        with_transfer(&spec("plain", "count = 2", &rows)),
    );
    let rows = kept.clone() + MEAN;
    place.write(
        "kept.toml",
        with_transfer(&spec("kept", "count = 2", &rows)),
    );
    let student = |id: &str, teacher: &str| {
        format!("\n[[row]]\nid = \"{id}\"\nmethod.distill = {{ teacher = \"{teacher}\", {FIT} }}\n")
    };
    let rows = kept + MEAN + &student("each", "fsl") + &student("all", "mean");
    let students = with_transfer(&spec("students", "count = 2", &rows));
    place.write("students.toml", students);
}

/// A place with everything that the experiments need.
pub(super) fn place() -> Workplace {
    let place = Workplace::new();
    furnish(&place);
    place
}

/// `fsl-exp` with these arguments in a place; with `SOAK_PROGRAM`, that program, which has its worker beside it.
fn program(place: &Workplace, arguments: &str) -> Command {
    let command = place.command(arguments);
    let program = env::var_os("SOAK_PROGRAM");
    let program = program.unwrap_or_else(|| command.get_program().to_owned());
    let mut same = Command::new(program);
    same.args(command.get_args()).current_dir(place.path());
    same_environment(&mut same, &command);
    same.env_remove("FSL_EXP_WORKER");
    same
}

/// The same, watched by the library; `books` has its counters and log.
pub(super) fn watched(shim: &Shim, place: &Workplace, books: &Path, arguments: &str) -> Command {
    let mut command = program(place, arguments);
    let folder = shim::real(place.path());
    command
        .env("TMPDIR", folder.join("tmp"))
        .env(MARK, books)
        .envs(shim.environment(&folder, books));
    command
}

/// What an undisturbed run of one spec gives.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) spec: &'static str,
    pub(super) stdout: String,
    pub(super) table: String,
    pub(super) took: Duration,
    pub(super) calls: Calls,
}

/// What an undisturbed run of an experiment gives.
#[derive(Debug)]
pub(super) struct Baseline {
    pub(super) name: &'static str,
    pub(super) steps: Vec<Step>,
    /// Every file of the store's trials, by its path there, with what must be equal of its contents.
    pub(super) files: BTreeMap<PathBuf, Vec<u8>>,
    pub(super) keys: BTreeSet<String>,
}

impl Baseline {
    pub(super) fn new(experiment: &Experiment, shim: &Shim) -> Self {
        let (place, books) = (place(), tempfile::tempdir().unwrap());
        let mut steps = Vec::new();
        for &spec in experiment.steps {
            Shim::reset(books.path());
            let run = format!("run {spec} --jobs 2 --quiet");
            let started = Instant::now();
            let ran = place.ran(&mut watched(shim, &place, books.path(), &run));
            let took = started.elapsed();
            let (calls, _) = shim::counted(books.path());
            steps.push(Step {
                spec,
                stdout: ran.expect(0).stdout,
                table: table(&place, spec),
                took,
                calls,
            });
        }
        let (noted, _) = shim::noted(books.path(), 0);
        let keys = noted.iter().filter_map(|noted| noted.key());
        let keys: BTreeSet<String> = keys.map(str::to_owned).collect();
        let files = stored(&place);
        assert_eq!(noted.len(), keys.len(), "every trial is stored once");
        assert!(files.len() >= 4 * keys.len() && !keys.is_empty());
        Self {
            name: experiment.name,
            steps,
            files,
            keys,
        }
    }
}

/// The table as JSON, with all digits.
pub(super) fn table(place: &Workplace, spec: &str) -> String {
    let table = format!("table {spec} --format json");
    place.ran(&mut program(place, &table)).stdout
}

/// The stored trials' files with what must be equal of their contents.
pub(super) fn stored(place: &Workplace) -> BTreeMap<PathBuf, Vec<u8>> {
    let root = place.join("results/store/trials");
    let mut found = BTreeMap::new();
    for file in files_below(&root) {
        let name = file.strip_prefix(&root).unwrap().to_owned();
        let bytes = comparable(&name, fs::read(&file).unwrap());
        found.insert(name, bytes);
    }
    found
}

/// What must be equal: everything but times, memory and the host in records, and nothing of logs and requests, which
/// name folders.
pub(super) fn comparable(name: &Path, bytes: Vec<u8>) -> Vec<u8> {
    match name.file_name().and_then(|name| name.to_str()) {
        Some("log.txt" | "request.json") => Vec::new(),
        Some("record.json") => {
            let Ok(mut record) = serde_json::from_slice::<serde_json::Value>(&bytes) else {
                return bytes;
            };
            if let Some(fields) = record.as_object_mut() {
                for informative in ["timings", "peak-memory-bytes", "host", "checksum"] {
                    fields.remove(informative);
                }
            }
            record.to_string().into_bytes()
        }
        _ => bytes,
    }
}
