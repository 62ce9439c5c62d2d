//! The version of libtorch that the worker is built with, for the records. Nothing is linked here.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    println!("cargo:rerun-if-env-changed=LIBTORCH_USE_PYTORCH");
    // torch-sys looks in the same order.
    let version = if env::var_os("LIBTORCH_USE_PYTORCH").is_some() {
        of_pytorch()
    } else {
        env::var_os("LIBTORCH").and_then(|home| of_folder(Path::new(&home)))
    };
    if let Some(version) = version {
        println!("cargo:rustc-env=FSL_EXP_LIBTORCH_VERSION={version}");
    }
}

/// The version of the PyTorch that is installed for Python.
fn of_pytorch() -> Option<String> {
    let output = Command::new("python3")
        .args(["-c", "import torch; print(torch.__version__)"])
        .output()
        .ok()?;
    let version = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !version.is_empty()).then_some(version)
}

/// From `build-version`, or from PyTorch's own `version.py`.
fn of_folder(home: &Path) -> Option<String> {
    let build_version = home.join("build-version");
    // A missing file would mean a rerun at every build.
    if build_version.exists() {
        println!("cargo:rerun-if-changed={}", build_version.display());
    }
    if let Ok(text) = std::fs::read_to_string(build_version) {
        return Some(text.trim().to_owned());
    }
    let text = std::fs::read_to_string(home.join("version.py")).ok()?;
    let line = text.lines().find(|line| line.starts_with("__version__"))?;
    line.split(['\'', '"']).nth(1).map(str::to_owned)
}
