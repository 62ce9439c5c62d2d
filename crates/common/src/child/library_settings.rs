//! Environment variables by which numeric libraries compute other numbers. They are in no trial's key, so no trial gets them.
//!
//! `ATEN_CPU_CAPABILITY`, `MKL_CBWR` or `ONEDNN_MAX_CPU_ISA` choose other instructions, `OMP_SCHEDULE` or `MKL_DYNAMIC` another order of
//! sums, `NVIDIA_TF32_OVERRIDE` fewer digits. The libraries have hundreds of such variables and every version adds some, so all that
//! begin with a library's name go. What trials need, such as numbers of threads, the program sets itself.

use std::ffi::{OsStr, OsString};

/// How the names begin: libtorch; Intel's, GNU's and LLVM's OpenMP; oneDNN, MKL, OpenBLAS, BLIS; NVIDIA's libraries.
const PREFIXES: [&str; 16] = [
    "ATEN_",
    "PYTORCH_",
    "TORCH_",
    "GOMP_",
    "KMP_",
    "LIBOMP_",
    "OMP_",
    "DNNL_",
    "ONEDNN_",
    "MKL_",
    "BLIS_",
    "GOTO_",
    "OPENBLAS_",
    "CUBLAS",
    "CUDNN_",
    "NVIDIA_TF32_",
];

/// Names that begin so, but say only where GPUs keep their memory.
const HARMLESS: [&str; 2] = ["PYTORCH_ALLOC_CONF", "PYTORCH_CUDA_ALLOC_CONF"];

/// glibc's settings, between colons; those of the processor choose the instructions of exponential functions.
const TUNABLES: &str = "GLIBC_TUNABLES";
const PROCESSOR_TUNABLES: &str = "glibc.cpu.";

/// What has to change in these variables: each name with its new value, or none where it has to go.
pub(super) fn changes(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Vec<(OsString, Option<OsString>)> {
    let change = |(name, value): (OsString, OsString)| {
        let text = name.to_str()?;
        if text == TUNABLES {
            let kept = without_processor(&value)?;
            return Some((name, kept));
        }
        let is_setting = PREFIXES.iter().any(|prefix| text.starts_with(prefix));
        (is_setting && !HARMLESS.contains(&text)).then_some((name, None))
    };
    variables.filter_map(change).collect()
}

/// The tunables but those of the processor, none where nothing is left; `None` where nothing changes.
fn without_processor(value: &OsStr) -> Option<Option<OsString>> {
    let value = value.to_string_lossy();
    let all: Vec<&str> = value.split(':').collect();
    let kept: Vec<&str> = all
        .iter()
        .copied()
        .filter(|tunable| !tunable.trim_start().starts_with(PROCESSOR_TUNABLES))
        .collect();
    if kept.len() == all.len() {
        return None;
    }
    Some((!kept.is_empty()).then(|| kept.join(":").into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(name: &str, value: &str) -> Option<Option<String>> {
        let variable = (OsString::from(name), OsString::from(value));
        let mut changes = changes(std::iter::once(variable));
        let (changed, value) = changes.pop()?;
        assert_eq!(changed, name);
        Some(value.map(|value| value.into_string().unwrap()))
    }

    #[test]
    fn settings_of_numeric_libraries_go() {
        for name in [
            "ATEN_CPU_CAPABILITY",
            "MKL_CBWR",
            "MKL_NUM_THREADS",
            "ONEDNN_MAX_CPU_ISA",
            "DNNL_MAX_CPU_ISA",
            "OMP_NUM_THREADS",
            "KMP_AFFINITY",
            "GOMP_CPU_AFFINITY",
            "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE",
            "PYTORCH_TUNABLEOP_ENABLED",
            "OPENBLAS_CORETYPE",
            "CUBLAS_WORKSPACE_CONFIG",
            "CUBLASLT_WORKSPACE_SIZE",
            "NVIDIA_TF32_OVERRIDE",
        ] {
            assert_eq!(changed(name, "1"), Some(None), "{name}");
        }
        for name in [
            "PATH",
            "HOME",
            "FSL_EXP_CACHE",
            "CUDA_VISIBLE_DEVICES",
            "PYTORCH_CUDA_ALLOC_CONF",
            "MALLOC_TRIM_THRESHOLD_",
            "MKLROOT",
            "LIBTORCH",
            "aten_cpu_capability",
        ] {
            assert_eq!(changed(name, "1"), None, "{name}");
        }
    }

    #[test]
    fn of_glibc_only_settings_of_the_processor_go() {
        let tunables = |value| changed("GLIBC_TUNABLES", value);
        assert_eq!(tunables("glibc.malloc.check=3"), None);
        assert_eq!(tunables("glibc.cpu.hwcaps=-AVX2,-FMA"), Some(None));
        assert_eq!(
            tunables("glibc.malloc.check=3:glibc.cpu.hwcaps=-FMA:glibc.rtld.nns=2"),
            Some(Some("glibc.malloc.check=3:glibc.rtld.nns=2".to_owned()))
        );
    }
}
