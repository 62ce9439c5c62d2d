//! The files that tests take their expected values from.

use std::path::{Path, PathBuf};

/// A file under `tests/golden/`.
pub fn golden(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/golden")
        .join(path)
}

/// A file or folder of `../shared`, which holds the published texts and what other programs made of them.
///
/// # Panics
/// Where it is not there.
pub fn shared(path: &str) -> PathBuf {
    let file = std::env::var_os("FSL_EXP_SHARED")
        .map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
            PathBuf::from,
        )
        .join(path);
    assert!(file.exists(), "this test needs ../shared/{path}");
    file
}
