//! The files that tests take their inputs and expected values from.

use std::path::PathBuf;

/// A file under `tests/golden/`.
pub fn golden(path: &str) -> PathBuf {
    crates().join("../tests/golden").join(path)
}

/// The folder of all packages but the front. That of the package under test is asked for when the test runs: clones that share their build
/// folder share what was compiled of this package, too.
fn crates() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let package =
        package.filter(|package| package.parent().is_some_and(|all| all.ends_with("crates")));
    let package = package.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    package.join("..")
}

/// The committed inputs of a fuzz target (`fuzz/corpus/TARGET`), by name.
///
/// # Panics
/// Where there are none.
pub fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = crates().join("../fuzz/corpus").join(target);
    let mut inputs = Vec::new();
    for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Ok(bytes) = std::fs::read(entry.path()) {
            inputs.push((name, bytes));
        }
    }
    inputs.sort();
    assert!(
        !inputs.is_empty(),
        "there is nothing in {}",
        folder.display()
    );
    inputs
}

/// A file or folder of `../shared`, which holds the published texts and what other programs made of them.
///
/// # Panics
/// Where it is not there.
pub fn shared(path: &str) -> PathBuf {
    let file = std::env::var_os("FSL_EXP_SHARED")
        .map_or_else(|| crates().join("../../shared"), PathBuf::from)
        .join(path);
    assert!(file.exists(), "this test needs ../shared/{path}");
    file
}
