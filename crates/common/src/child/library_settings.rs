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
            let kept = without_processor(&value);
            let kept_value = (!kept.is_empty()).then(|| kept.clone());
            return (kept != value).then_some((name, kept_value));
        }
        let is_setting = PREFIXES.iter().any(|prefix| text.starts_with(prefix));
        (is_setting && !HARMLESS.contains(&text)).then_some((name, None))
    };
    variables.filter_map(change).collect()
}

/// The tunables but those of the processor.
fn without_processor(value: &OsStr) -> OsString {
    let Some(text) = value.to_str() else {
        return OsString::new();
    };
    let kept = text
        .split(':')
        .filter(|tunable| !tunable.trim_start().starts_with(PROCESSOR_TUNABLES));
    kept.collect::<Vec<_>>().join(":").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the variable becomes: itself, another value, or none.
    fn changed(name: &str, value: &str) -> Option<String> {
        let variable = (OsString::from(name), OsString::from(value));
        let mut changes = changes(std::iter::once(variable));
        let Some((changed, new)) = changes.pop() else {
            return Some(value.to_owned());
        };
        assert_eq!(changed, name);
        assert_ne!(new.as_deref(), Some(OsStr::new(value)));
        new.map(|new| new.into_string().unwrap())
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
            assert_eq!(changed(name, "1"), None, "{name}");
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
            assert_eq!(changed(name, "1").as_deref(), Some("1"), "{name}");
        }
    }

    #[test]
    fn of_glibc_only_settings_of_the_processor_go() {
        let tunables = |value| changed(TUNABLES, value);
        let kept = Some("glibc.malloc.check=3".to_owned());
        assert_eq!(tunables("glibc.malloc.check=3"), kept);
        assert_eq!(tunables("glibc.cpu.hwcaps=-AVX2,-FMA"), None);
        assert_eq!(
            tunables("glibc.malloc.check=3:glibc.cpu.hwcaps=-FMA:glibc.rtld.nns=2"),
            Some("glibc.malloc.check=3:glibc.rtld.nns=2".to_owned())
        );
    }
}
