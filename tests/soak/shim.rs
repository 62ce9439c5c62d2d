//! The preloaded library `faulty_io.c`: built once, told by the environment what to do, and read from its log.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A built library in a folder of its own.
pub(super) struct Shim {
    folder: TempDir,
}

/// How many calls on files each role has made.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Calls {
    /// Of the runner: those that read, those that write.
    pub(super) front: [u64; 2],
    /// Of the trials.
    pub(super) worker: [u64; 2],
}

/// A line of the log.
#[derive(Debug, Clone)]
pub(super) struct Noted {
    /// `stored`, `twice` or `fault`.
    pub(super) what: String,
    /// Name of the call, such as `rename`.
    pub(super) call: String,
    pub(super) path: String,
}

impl Noted {
    /// The key of the trial that the path belongs to.
    pub(super) fn key(&self) -> Option<&str> {
        let is_key = |part: &&str| part.len() == 32 && part.bytes().all(|b| b.is_ascii_hexdigit());
        self.path.split('/').find(is_key)
    }
}

impl Shim {
    /// Compiles the library.
    pub(super) fn build() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/soak/faulty_io.c");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-U_FORTIFY_SOURCE", "-o"])
            .arg(folder.path().join("faulty_io.so"))
            .arg(source)
            .arg("-ldl")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&built.stderr);
        assert!(built.status.success(), "cc: {told}");
        Self { folder }
    }

    /// Files for the counters and the log of one scene, in `folder`.
    pub(super) fn reset(folder: &Path) {
        fs::write(folder.join("state"), [0; 64]).unwrap();
        let log = folder.join("log");
        if !log.exists() {
            fs::write(log, "").unwrap();
        }
    }

    /// What a command needs in its environment: `place` is watched, `folder` has the counters and the log.
    pub(super) fn environment(&self, place: &Path, folder: &Path) -> Vec<(&'static str, PathBuf)> {
        vec![
            ("LD_PRELOAD", self.folder.path().join("faulty_io.so")),
            ("SOAK_FOLDER", place.to_owned()),
            ("SOAK_STATE", folder.join("state")),
            ("SOAK_LOG", folder.join("log")),
        ]
    }
}

/// The counters, and how often a fault was met.
pub(super) fn counted(folder: &Path) -> (Calls, u64) {
    let bytes = fs::read(folder.join("state")).unwrap();
    let number = |place: usize| {
        let part: [u8; 8] = bytes[8 * place..8 * place + 8].try_into().unwrap();
        u64::from_ne_bytes(part)
    };
    let calls = Calls {
        front: [number(0), number(1)],
        worker: [number(2), number(3)],
    };
    (calls, number(4))
}

/// The log from byte `start` on, and its length.
pub(super) fn noted(folder: &Path, start: usize) -> (Vec<Noted>, usize) {
    let log = fs::read(folder.join("log")).unwrap();
    let text = String::from_utf8_lossy(&log[start..]).into_owned();
    let lines = text.lines().filter_map(|line| {
        let mut parts = line.splitn(5, '\t');
        let what = parts.next()?.to_owned();
        let call = parts.nth(2)?.to_owned();
        let path = parts.next()?.to_owned();
        Some(Noted { what, call, path })
    });
    (lines.collect(), log.len())
}

/// The path in full, without links: what a process sees as its working folder.
pub(super) fn real(path: &Path) -> PathBuf {
    let path = fs::canonicalize(path).unwrap();
    assert!(path.as_os_str().as_bytes().len() < 1000);
    path
}
