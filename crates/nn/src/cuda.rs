//! libtorch's GPU part, loaded where it is and only when a GPU is asked for.
//!
//! Programs are linked against `libtorch_cpu.so` alone, so that one binary runs with and without a GPU, and no process that
//! needs none pays for loading gigabytes. The GPU part registers itself when it is loaded.

#[cfg(target_os = "linux")]
use std::{fs, path::PathBuf, sync::OnceLock};

/// The library without GPU parts, which is in every process that uses tensors.
#[cfg(target_os = "linux")]
const LINKED: &str = "libtorch_cpu.so";

/// What lies beside it where libtorch was built for GPUs.
#[cfg(target_os = "linux")]
const GPU_PART: &str = "libtorch_cuda.so";

/// Loads the GPU part, once. The error says why there is none.
#[cfg(target_os = "linux")]
pub(super) fn load() -> Result<(), String> {
    static LOADED: OnceLock<Result<(), String>> = OnceLock::new();
    LOADED.get_or_init(load_now).clone()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn load() -> Result<(), String> {
    Ok(())
}

#[cfg(target_os = "linux")]
fn load_now() -> Result<(), String> {
    use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};

    // Whoever links the GPU part has it already.
    let Some(linked) = mapped(LINKED) else {
        return Ok(());
    };
    let path = linked.with_file_name(GPU_PART);
    if !path.exists() {
        return Err(format!(
            "libtorch in `{}` has no GPU part ({GPU_PART})",
            linked.parent().unwrap_or(&linked).display()
        ));
    }
    #[expect(
        unsafe_code,
        reason = "loading a library runs its initialisers: those of the libtorch that this process runs on already"
    )]
    let library = unsafe { Library::open(Some(&path), RTLD_NOW | RTLD_GLOBAL) };
    let library =
        library.map_err(|error| format!("`{}` cannot be loaded: {error}", path.display()))?;
    // Its operators are registered for as long as the process lives.
    std::mem::forget(library);
    Ok(())
}

/// Where the library of this name lies that this process has mapped.
#[cfg(target_os = "linux")]
fn mapped(name: &str) -> Option<PathBuf> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    maps.lines()
        .filter_map(|line| line.find('/').map(|start| PathBuf::from(&line[start..])))
        .find(|path| path.file_name().is_some_and(|file| file == name))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_linked_library_is_found_where_it_was_loaded_from() {
        // Any operator, so that the library is linked into the test.
        assert_eq!(tch::Tensor::from(1_i64).numel(), 1);
        let path = mapped(LINKED).unwrap();
        assert!(path.is_file(), "{}", path.display());
        assert_eq!(mapped("libnobody.so"), None);
    }
}
