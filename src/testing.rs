//! Where tests find their witnesses.

use std::path::{Path, PathBuf};

/// A file under `tests/golden/`.
pub(crate) fn golden(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(path)
}

/// A file of the workplace's `../shared`, which a user's machine does not have; `None` says so in a line.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let file = std::env::var_os("FSL_EXP_SHARED")
        .map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
            PathBuf::from,
        )
        .join(path);
    if file.exists() {
        return Some(file);
    }
    eprintln!("skipped: needs ../shared/{path}");
    None
}
