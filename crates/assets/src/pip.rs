//! Packages through the user's own pip, so that mirrors, proxies and certificates work as the user set them up.
//!
//! pip itself checks the archive's SHA-256 (`--require-hashes`), before anything else looks at it, and the caller checks it
//! again. For a source archive pip wants to run the package's build code, only to learn a name and a version that are known.
//! It is not run: a stand-in for setuptools, first on `PYTHONPATH`, answers in its place. That also spares the download of
//! build tools. A pip that does not take the stand-in is asked once more without it.
//!
//! pip runs in an empty folder of its own: `python -m` and pip's own children would take modules of the folder they run in.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::checksum::Checksum;
use super::entry::PipSource;
use super::event::FetchKind;
use super::source_error::SourceError;
use fsl_common::{child, fsio};

/// How often the growing download is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// pip's last lines that an error shows.
const SHOWN_LINES: usize = 5;

/// The module that pip takes for the package's build backend.
const STAND_IN: &str = r#""""Tells pip a package's name and version, so that pip need not run the package's own code."""
import os
import sys

__legacy__ = sys.modules[__name__]


def get_requires_for_build_wheel(config_settings=None):
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    folder = "PACKAGE-VERSION.dist-info"
    os.makedirs(os.path.join(metadata_directory, folder), exist_ok=True)
    with open(os.path.join(metadata_directory, folder, "METADATA"), "w") as metadata:
        metadata.write("Metadata-Version: 2.1\nName: PACKAGE\nVersion: VERSION\n")
    return folder
"#;

/// Downloads the archive of `source` into `work`, an empty folder, and checks it.
pub(super) fn download(
    source: &PipSource,
    python: Option<&Path>,
    work: &Path,
    on: &mut dyn FnMut(FetchKind),
) -> Result<PathBuf, SourceError> {
    on(FetchKind::Started {
        file: source.archive.clone(),
        bytes: Some(source.bytes),
    });
    // pip runs in another folder than this program.
    let work = &std::path::absolute(work).map_err(SourceError::disk(work))?;
    let requirements = format!(
        "{}=={} --hash=sha256:{}\n",
        source.package, source.version, source.sha256
    );
    write(&work.join("requirements.txt"), &requirements)?;
    let sdist = !is_wheel(source);
    if sdist {
        let stand_in = STAND_IN
            .replace("PACKAGE", &source.package)
            .replace("VERSION", &source.version);
        write(&work.join("stand-in/setuptools/build_meta.py"), &stand_in)?;
        write(&work.join("stand-in/setuptools/__init__.py"), "")?;
    }
    let mut result = run_first_pip(source, python, work, sdist, on);
    if sdist && result.is_err() {
        result = run_first_pip(source, python, work, false, on).or(result);
    }
    result?;
    let archive = work.join("dist").join(&source.archive);
    if !archive.is_file() {
        return Err(SourceError::Absent {
            file: source.archive.clone(),
            place: "pip's download".to_owned(),
        });
    }
    Checksum::Sha256(source.sha256.clone()).verify(&source.archive, &archive)?;
    Ok(archive)
}

fn is_wheel(source: &PipSource) -> bool {
    Path::new(&source.archive)
        .extension()
        .is_some_and(|extension| extension == "whl")
}

/// The pips to try: the one that the user chose, else the usual names.
fn pips(python: Option<&Path>) -> Vec<(PathBuf, bool)> {
    match python {
        Some(python) => vec![(python.to_path_buf(), true)],
        None => [
            ("python3", true),
            ("python", true),
            ("pip3", false),
            ("pip", false),
        ]
        .map(|(program, is_python)| (PathBuf::from(program), is_python))
        .to_vec(),
    }
}

/// Runs the first pip that is there.
fn run_first_pip(
    source: &PipSource,
    python: Option<&Path>,
    work: &Path,
    stand_in: bool,
    on: &mut dyn FnMut(FetchKind),
) -> Result<(), SourceError> {
    let shown = format!("pip download {}=={}", source.package, source.version);
    let failed = |problem: String| SourceError::Pip {
        command: shown.clone(),
        problem,
    };
    let mut lacking = Vec::new();
    for (program, is_python) in pips(python) {
        let done = child::command(&program).and_then(|mut command| {
            if is_python {
                command.args(["-m", "pip"]);
            }
            set_up(&mut command, source, work, stand_in)?;
            watch(command, work, on)
        });
        let status = match done {
            Ok(status) => status,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                lacking.push(format!("no `{}`", program.display()));
                continue;
            }
            Err(error) => return Err(failed(format!("`{}`: {error}", program.display()))),
        };
        let said = fs::read(work.join("pip.log")).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        if status {
            return Ok(());
        }
        if !said.contains("No module named pip") {
            return Err(failed(last_lines(&said)));
        }
        lacking.push(format!("no pip in `{}`", program.display()));
    }
    Err(failed(lacking.join(", ")))
}

fn set_up(
    command: &mut Command,
    source: &PipSource,
    work: &Path,
    stand_in: bool,
) -> io::Result<()> {
    command.args([
        "download",
        "--no-deps",
        "--require-hashes",
        "--no-input",
        "--disable-pip-version-check",
    ]);
    command.args(["--progress-bar", "off", "--retries", "2"]);
    command
        .arg("--requirement")
        .arg(work.join("requirements.txt"));
    command.arg("--dest").arg(work.join("dist"));
    if is_wheel(source) {
        command.args(["--only-binary", ":all:"]);
    } else {
        command.args(["--no-binary", &source.package]);
    }
    if stand_in {
        command.args(["--no-build-isolation", "--use-pep517"]);
        child::search_modules_first(command, &work.join("stand-in"))?;
        command.env("SETUPTOOLS_USE_DISTUTILS", "stdlib");
    }
    // pip unpacks in the temporary folder: this one is on the right disk, and its growth shows the progress.
    command.env("TMPDIR", work.join("tmp"));
    let empty = work.join("empty");
    fs::remove_dir_all(&empty).or_else(unless_absent)?;
    child::leave_working_folder(command, &empty)
}

fn unless_absent(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound {
        Ok(())
    } else {
        Err(error)
    }
}

/// Runs `command` to its end and tells how much it has downloaded; returns whether it succeeded.
fn watch(mut command: Command, work: &Path, on: &mut dyn FnMut(FetchKind)) -> io::Result<bool> {
    fs::create_dir_all(work.join("tmp"))?;
    let log = File::create(work.join("pip.log"))?;
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log);
    let mut child = command.spawn()?;
    let mut seen = 0;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        std::thread::sleep(LOOK);
        let bytes = largest_file(&work.join("tmp"), 3);
        if bytes > seen {
            seen = bytes;
            on(FetchKind::Progress { bytes });
        }
    }
}

/// The size of the largest file below `folder`, at most `depth` folders down.
fn largest_file(folder: &Path, depth: u32) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() && depth > 0 => largest_file(&entry.path(), depth - 1),
        Ok(metadata) if metadata.is_file() => metadata.len(),
        _ => 0,
    };
    entries.flatten().map(size).max().unwrap_or(0)
}

/// The lines of pip's log that tell what went wrong: its last ones, without its advertisements.
fn last_lines(said: &str) -> String {
    let noise = |line: &&str| {
        line.trim().is_empty() || line.contains("[notice]") || line.starts_with("DEPRECATION")
    };
    let lines: Vec<&str> = said.lines().filter(|line| !noise(line)).collect();
    if lines.is_empty() {
        return "it failed without a message".to_owned();
    }
    lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n    ")
}

fn write(path: &Path, text: &str) -> Result<(), SourceError> {
    fsio::write_atomic(path, text.as_bytes()).map_err(SourceError::disk(path))
}
