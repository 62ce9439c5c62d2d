//! How the binaries are linked: where they find libtorch (no `LD_LIBRARY_PATH` needed), and that the front never loads it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where a packaged copy of libtorch would lie, seen from the binary: searched first.
const BESIDE_BINARY: &str = "$ORIGIN/libtorch/lib";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Said by torch-sys, whichever way it found libtorch (cargo passes it to direct dependants only).
    if let Some(lib) = env::var_os("DEP_TCH_LIBTORCH_LIB") {
        search_at_run_time(Path::new(&lib));
        if let Some(version) = version(Path::new(&lib)) {
            println!("cargo:rustc-env=FSL_EXP_LIBTORCH_VERSION={version}");
        }
    }
    if links_with_rust_lld() {
        keep_libtorch_out_of_front();
    }
}

/// libtorch's version, for the records: from `build-version`, or from PyTorch's own `version.py`.
fn version(lib: &Path) -> Option<String> {
    let home = lib.parent()?;
    if let Ok(text) = std::fs::read_to_string(home.join("build-version")) {
        return Some(text.trim().to_owned());
    }
    let text = std::fs::read_to_string(home.join("version.py")).ok()?;
    let line = text.lines().find(|line| line.starts_with("__version__"))?;
    line.split(['\'', '"']).nth(1).map(str::to_owned)
}

/// Writes the folder `lib` of libtorch into everything that is linked.
fn search_at_run_time(lib: &Path) {
    // The link may have been set to another libtorch since; a missing file would mean a rerun at every build.
    let watched = lib.join("libtorch_cpu.so");
    if watched.exists() {
        println!("cargo:rerun-if-changed={}", watched.display());
    }
    // `.libtorch` is a link in the clone; the binaries must outlive both.
    let real = lib.canonicalize().unwrap_or_else(|_| lib.to_path_buf());
    for path in [BESIDE_BINARY, &real.to_string_lossy()] {
        // -Xlinker, for -Wl would split the path at a comma.
        for argument in ["-Xlinker", "-rpath", "-Xlinker", path] {
            println!("cargo:rustc-link-arg={argument}");
        }
    }
}

/// Links `fsl-exp` as if torch-sys were empty: code of the front that reaches libtorch is then an undefined symbol.
///
/// Being unused is not enough to keep it out. Without link-time optimization any object file that the front shares with
/// a user of tch draws in torch-sys, and the static initializers there need libtorch.
fn keep_libtorch_out_of_front() {
    for argument in ["-Xlinker", "--remap-inputs=*/libtorch_sys-*.rlib=/dev/null"] {
        println!("cargo:rustc-link-arg-bin=fsl-exp={argument}");
    }
}

/// Whether rustc links with the LLD it brings, its default on x86_64 Linux since 1.90, which knows `--remap-inputs`.
fn links_with_rust_lld() -> bool {
    let set = |name| env::var(name).unwrap_or_default();
    let flags = set("CARGO_ENCODED_RUSTFLAGS");
    let chosen_by_user = env::var_os("RUSTC_LINKER").is_some() || flags.contains("link");
    set("TARGET") == "x86_64-unknown-linux-gnu" && !chosen_by_user && sysroot_has_lld()
}

/// Whether the toolchain carries LLD; distributions build theirs without.
fn sysroot_has_lld() -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let Ok(output) = Command::new(rustc).args(["--print", "sysroot"]).output() else {
        return false;
    };
    let sysroot = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    sysroot
        .join("lib/rustlib/x86_64-unknown-linux-gnu/bin/gcc-ld/ld.lld")
        .exists()
}
