//! A user's folder with data, specs and results, and the programs to run in it.

pub(crate) mod browser;
#[expect(dead_code, reason = "the unit tests use the rest")]
pub(crate) mod hub;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use tempfile::TempDir;

/// A folder of its own with a small dataset, and no access to the real cache.
pub(crate) struct Workplace {
    folder: TempDir,
}

impl Workplace {
    /// A folder with `train.csv` (12 texts) and `test.csv` (40 texts), which a bag of words can tell apart.
    pub(crate) fn new() -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        place.write("train.csv", labelled(12));
        place.write("test.csv", labelled_from(12, 40));
        place
    }

    /// With 48 texts without labels in `transfer.csv`.
    pub(crate) fn with_transfer() -> Self {
        let place = Self::new();
        place.write("transfer.csv", unlabelled(48));
        place
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Copies the tiny encoder of a family (`bert`, `distilbert`) into a folder.
    pub(crate) fn copy_encoder(&self, family: &str, folder: &str) {
        let from = tiny_encoder(family);
        for file in ENCODER_FILES {
            let bytes = fs::read(from.join(file)).unwrap();
            self.write(&format!("{folder}/{file}"), bytes);
        }
    }

    /// A script that `sh` runs.
    #[cfg(unix)]
    pub(crate) fn script(&self, name: &str, text: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.write(name, format!("#!/bin/sh\n{text}\n"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.join(name)).unwrap()
    }

    /// `fsl-exp` with arguments split at spaces, in this folder, with its own cache and without the network.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fsl-exp"));
        command
            .args(arguments.split_whitespace())
            .current_dir(self.path())
            .env_remove("FSL_EXP_MIRROR")
            .env_remove("FSL_EXP_LOG")
            .env("FSL_EXP_WORKER", worker())
            .env("FSL_EXP_CACHE", self.join("cache"))
            .env("HF_HUB_OFFLINE", "1")
            // What `auto` means must not depend on the processor that the tests run on.
            .env("FSL_EXP_PRECISION", "f32")
            .env("FSL_EXP_PYTHON", "no-python-in-tests");
        command
    }

    pub(crate) fn run(&self, arguments: &str) -> Ran {
        self.ran(&mut self.command(arguments))
    }

    /// Runs a command that was made for this folder.
    pub(crate) fn ran(&self, command: &mut Command) -> Ran {
        Ran::from(command.output().unwrap(), self)
    }

    /// The probabilities of every stored trial, as the bytes of their files, in the order of their keys.
    pub(crate) fn stored_predictions(&self, results: &str) -> Vec<(String, Vec<u8>)> {
        let mut found = Vec::new();
        for shelf in entries(&self.join(results).join("store/trials")) {
            for trial in entries(&shelf) {
                let key = trial.file_name().unwrap().to_string_lossy().into_owned();
                found.push((key, fs::read(trial.join("predictions.csv")).unwrap()));
            }
        }
        found.sort();
        found
    }
}

/// A file or folder of `../shared`, which holds the published texts and what other programs made of them.
pub(crate) fn shared(path: &str) -> PathBuf {
    let found = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared")
        .join(path);
    assert!(found.exists(), "this test needs ../shared/{path}");
    found
}

/// The worker, which `cargo build` puts beside the front: a package of its own, so that the front cannot link libtorch.
pub(crate) fn worker() -> &'static str {
    static WORKER: LazyLock<String> = LazyLock::new(|| {
        let worker = Path::new(env!("CARGO_BIN_EXE_fsl-exp")).with_file_name("fsl-exp-worker");
        assert!(
            worker.is_file(),
            "run `cargo build` first: there is no {}",
            worker.display()
        );
        worker.display().to_string()
    });
    &WORKER
}

/// The entries of a folder; none where it does not exist.
pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).map_or_else(
        |_| Vec::new(),
        |found| found.map(|entry| entry.unwrap().path()).collect(),
    )
}

/// The text as a gzip file.
pub(crate) fn gzip(text: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

/// A zip archive of named texts.
pub(crate) fn zip(members: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in members {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(*name, options).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A record without its checksum, as earlier versions wrote it: what was edited is told by other checks only.
pub(crate) fn without_checksum(record: &str) -> String {
    match record.rfind(",\n  \"checksum\"") {
        Some(at) => record[..at].to_owned() + "\n}\n",
        None => record.to_owned(),
    }
}

/// Every file below a folder, sorted; links are not followed.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in entries(folder) {
        if fs::symlink_metadata(&entry).is_ok_and(|found| found.is_dir()) {
            files.extend(files_below(&entry));
        } else {
            files.push(entry);
        }
    }
    files.sort();
    files
}

/// Gives a command the changes of another one's environment.
pub(crate) fn same_environment<'a>(command: &'a mut Command, as_of: &Command) -> &'a mut Command {
    for (name, value) in as_of.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// The files of an encoder.
pub(crate) const ENCODER_FILES: [&str; 3] = ["config.json", "vocab.txt", "model.safetensors"];

/// The folder of the tiny encoder of a family.
pub(crate) fn tiny_encoder(family: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/nn")
        .join(family)
}

/// The keys of a plan, by row; ensembles have none.
pub(crate) fn keys(place: &Workplace, file: &str) -> Vec<(String, String)> {
    let plan = place.run(&format!("plan --json {file}")).expect(0);
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    let trials = plan["trials"].as_array().unwrap().iter();
    let text = |trial: &Value, key: &str| Some(trial[key].as_str()?.to_owned());
    trials
        .filter_map(|trial| Some((text(trial, "row")?, text(trial, "key")?)))
        .collect()
}

/// The texts of [`labelled`], without their labels.
pub(crate) fn unlabelled(count: usize) -> String {
    let labelled = labelled(count);
    let texts = labelled
        .lines()
        .map(|line| line.rsplit_once(',').unwrap().0);
    texts.collect::<Vec<_>>().join("\n")
}

/// `count` texts, half of them of each class.
pub(crate) fn labelled(count: usize) -> String {
    labelled_from(0, count)
}

/// `count` texts that begin with number `first`, which is even.
pub(crate) fn labelled_from(first: usize, count: usize) -> String {
    let words = [["dull", "slow", "grey"], ["bright", "quick", "warm"]];
    let mut text = String::from("text,label\n");
    for index in first..first + count {
        let class = index % 2;
        let [a, b, c] = words[class];
        text += &format!("\"the {a} day number {index} was {b} and {c}, they said\",{class}\n");
    }
    text
}

/// What a program printed and how it ended. The folder's path is replaced by `[here]`.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    fn from(output: Output, place: &Workplace) -> Self {
        let here = place.path().to_string_lossy().into_owned();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&here, "[here]");
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Asserts the exit code, showing everything where it is another.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }
}

/// Keys depend on the temporary folder's data only by content, but they are noise to a reader.
pub(crate) fn without_keys(text: &str) -> String {
    let is_key = |word: &str| word.len() == 10 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.split(' ')
        .map(|word| if is_key(word) { "[key]" } else { word })
        .collect::<Vec<_>>()
        .join(" ")
}

/// A spec over the workplace's files with the given rows.
pub(crate) fn spec(name: &str, trials: &str, rows: &str) -> String {
    format!(
        "name = \"{name}\"\n\n[data]\ntrain = \"train.csv\"\ntest = \"test.csv\"\nmax-tokens = 32\n\n[trials]\nseed = 42\n{trials}\n\n{rows}\n"
    )
}

/// A spec whose data have the transfer set `transfer.csv`, too.
pub(crate) fn with_transfer(spec: &str) -> String {
    let test = "test = \"test.csv\"";
    spec.replace(test, &format!("{test}\ntransfer = \"transfer.csv\""))
}

/// A CSV file of these texts.
pub(crate) fn texts_csv(texts: &[String]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["text"]).unwrap();
    for text in texts {
        writer.write_record([text]).unwrap();
    }
    writer.into_inner().unwrap()
}

/// Rows of the methods that need no encoder.
pub(crate) const CHEAP_ROWS: &str = r#"
[[row]]
id = "random"
method.random = { draws = 1001 }

[[row]]
id = "majority"
method.majority = {}

[[row]]
id = "bow"
method.bow = {}
"#;
