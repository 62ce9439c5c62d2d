//! Imports point down only (docs/architecture.md). Packages see to most of it; between and within them, this reads manifests
//! and the `crate::` paths of the sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What each package of this workspace may depend on, tests aside.
const MAY_DEPEND: &[(&str, &[&str])] = &[
    ("common", &[]),
    ("metrics", &["common"]),
    ("data", &["common"]),
    ("methods", &["common", "metrics"]),
    ("nn", &["common"]),
    ("assets", &["common"]),
    ("report", &["common", "metrics"]),
    ("core", &["common", "data", "methods", "metrics"]),
    (
        "analysis",
        &["common", "core", "data", "methods", "metrics", "report"],
    ),
    (
        "exp",
        &[
            "analysis", "assets", "common", "core", "data", "methods", "metrics", "report",
        ],
    ),
    (
        "worker",
        &[
            "assets", "common", "core", "data", "exp", "methods", "metrics", "nn", "report",
        ],
    ),
    ("test-support", &[]),
];

/// What each module of `core` may name besides itself.
const CORE: &[(&str, &[&str])] = &[
    ("spec", &[]),
    ("trial", &["spec"]),
    ("store", &["trial"]),
    ("runner", &["spec", "store", "trial"]),
];

#[test]
fn packages_depend_on_lower_ones_only() {
    for (package, allowed) in MAY_DEPEND {
        let manifest = fs::read_to_string(folder(package).join("Cargo.toml")).unwrap();
        let section = manifest.rsplit("\n[dependencies]\n").next().unwrap();
        let names: BTreeSet<&str> = section
            .lines()
            .take_while(|line| !line.starts_with('['))
            .filter_map(|line| line.strip_prefix("fsl-")?.strip_suffix(".workspace = true"))
            .collect();
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        assert_eq!(names, allowed, "what `{package}` depends on");
    }
    let packages = crate::support::entries(&root().join("crates")).len();
    assert_eq!(packages + 1, MAY_DEPEND.len(), "every package has a rule");
}

/// The front must build and start where libtorch is missing.
#[test]
fn only_nn_and_the_worker_know_libtorch() {
    for (package, _) in MAY_DEPEND {
        let manifest = fs::read_to_string(folder(package).join("Cargo.toml")).unwrap();
        let section = manifest.rsplit("\n[dependencies]\n").next().unwrap();
        let links = section
            .lines()
            .any(|line| line.starts_with("tch") || line.starts_with("torch-sys"));
        assert_eq!(links, ["nn", "worker"].contains(package), "`{package}`");
    }
}

#[test]
fn modules_of_core_import_lower_ones_only() {
    let source = root().join("crates/core/src");
    let mut upward = Vec::new();
    for (module, allowed) in CORE {
        for file in sources(&source.join(module)) {
            for named in crate_paths(&fs::read_to_string(&file).unwrap()) {
                let is_module = CORE.iter().any(|(name, _)| *name == named);
                if is_module && named != *module && !allowed.contains(&named.as_str()) {
                    upward.push(format!("{} names crate::{named}", file.display()));
                }
            }
        }
    }
    assert!(
        upward.is_empty(),
        "imports that point up:\n{}",
        upward.join("\n")
    );
}

/// A child process must run nothing of the working folder, which `fsl_common::child` sees to.
#[test]
fn only_child_starts_processes() {
    let mut elsewhere = Vec::new();
    for file in ["src", "crates"]
        .map(|folder| sources(&root().join(folder)))
        .concat()
    {
        let name = file.strip_prefix(root()).unwrap().display().to_string();
        let exempt = name.contains("/tests")
            || name.ends_with("build.rs")
            || name == "crates/common/src/child.rs";
        if !exempt && fs::read_to_string(&file).unwrap().contains("Command::new(") {
            elsewhere.push(name);
        }
    }
    assert_eq!(elsewhere, [""; 0], "processes are started here, too");
}

/// Kernels, the fork server, and the loading of a library; `scripts/sanitize.sh` runs the tests of all but the loading of CUDA
/// (`cuda.rs`) under AddressSanitizer, and those of products under Miri as well.
const MAY_BE_UNSAFE: [&str; 8] = [
    "crates/methods/src/classic/panels.rs",
    "crates/nn/src/cuda.rs",
    "crates/nn/src/dropout.rs",
    "crates/nn/src/int8/kernel.rs",
    "crates/nn/src/mt19937.rs",
    "crates/nn/src/optim/fused.rs",
    "crates/nn/src/raw_slice.rs",
    "src/launch/fork_server/serve.rs",
];

#[test]
fn only_kernels_and_the_fork_server_are_unsafe() {
    let root = root();
    let mut found: Vec<String> = [root.join("src"), root.join("crates")]
        .iter()
        .flat_map(|folder| sources(folder))
        .filter(|path| fs::read_to_string(path).unwrap().contains("unsafe {"))
        .map(|path| path.strip_prefix(&root).unwrap().display().to_string())
        .collect();
    found.sort();
    assert_eq!(found, MAY_BE_UNSAFE);
}

#[test]
fn no_file_is_longer_than_400_lines() {
    let folders = ["src", "crates", "tests", "bench"];
    let long: Vec<String> = folders
        .iter()
        .flat_map(|folder| sources(&root().join(folder)))
        .filter_map(|file| {
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            (lines > 400).then(|| format!("{}: {lines}", file.display()))
        })
        .collect();
    assert!(long.is_empty(), "files to be split:\n{}", long.join("\n"));
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn folder(package: &str) -> PathBuf {
    if package == "exp" {
        root()
    } else {
        root().join("crates").join(package)
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in crate::support::entries(folder) {
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The first steps of all `crate::…` paths outside comments.
fn crate_paths(text: &str) -> BTreeSet<String> {
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let step = |rest: &str| -> String {
        rest.chars()
            .take_while(|letter| letter.is_ascii_lowercase() || *letter == '_')
            .collect()
    };
    let steps = code.flat_map(|line| line.split("crate::").skip(1).map(step).collect::<Vec<_>>());
    steps.filter(|step| !step.is_empty()).collect()
}
