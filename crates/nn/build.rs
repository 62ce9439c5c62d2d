//! The folder of libtorch as an rpath of the linked programs, so that no `LD_LIBRARY_PATH` is needed.

use std::env;
use std::path::Path;

/// Where a packaged copy of libtorch would lie, seen from the binary: searched first.
const BESIDE_BINARY: &str = "$ORIGIN/libtorch/lib";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // torch-sys says where it found libtorch; cargo passes that on to packages that depend on it directly.
    if let Some(lib) = env::var_os("DEP_TCH_LIBTORCH_LIB") {
        search_at_run_time(Path::new(&lib));
    }
}

/// Writes the folder `lib` of libtorch into every program that this package links.
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
