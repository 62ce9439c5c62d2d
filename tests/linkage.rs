//! Only the worker links libtorch: the front must start where libtorch is missing, and at once.

use std::fs;

/// The names of the shared libraries that an ELF file needs, read from its dynamic section's strings: a library's name is
/// in a binary exactly where the linker recorded that it needs it.
fn needs(binary: &str, library: &str) -> bool {
    let bytes = fs::read(binary).unwrap();
    let output = std::process::Command::new("readelf")
        .args(["-d", binary])
        .output();
    match output {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout)
            .lines()
            .any(|line| line.contains("(NEEDED)") && line.contains(library)),
        // Without binutils the name's bytes must do; they are stricter than needed.
        _ => bytes
            .windows(library.len())
            .any(|window| window == library.as_bytes()),
    }
}

#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn the_front_does_not_need_libtorch_and_the_worker_does() {
    for library in ["libtorch", "libc10"] {
        assert!(
            !needs(env!("CARGO_BIN_EXE_fsl-exp"), library),
            "the front needs {library}"
        );
    }
    assert!(needs(crate::support::worker(), "libtorch_cpu"));
}
