//! Imports point down only (docs/architecture.md): read from the `crate::` paths of the sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What each module may name besides itself.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("child", &[]),
    ("fsio", &[]),
    ("seed", &[]),
    ("metric", &["seed"]),
    ("settings", &["fsio"]),
    ("classic", &[]),
    ("methods", &["classic", "fsio", "seed", "settings"]),
    ("spec", &["methods", "seed", "settings"]),
    ("data", &["fsio"]),
    ("nn", &["fsio", "settings"]),
    ("encoders", &["methods", "nn", "settings"]),
    ("assets", &["child", "data", "fsio", "settings"]),
    (
        "trial",
        &[
            "data", "fsio", "methods", "metric", "seed", "settings", "spec",
        ],
    ),
    ("store", &["fsio", "trial"]),
    (
        "runner",
        &[
            "fsio", "methods", "metric", "seed", "settings", "spec", "store", "trial",
        ],
    ),
    (
        "launch",
        &["child", "fsio", "methods", "runner", "store", "trial"],
    ),
    ("report", &["metric"]),
    (
        "cli",
        &[
            "assets", "child", "data", "encoders", "fsio", "launch", "methods", "metric", "nn",
            "report", "runner", "seed", "settings", "spec", "store", "trial",
        ],
    ),
];

#[test]
fn imports_point_down() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let known: BTreeSet<&str> = MAY_IMPORT.iter().map(|(module, _)| *module).collect();
    let mut upward = Vec::new();
    for file in sources(&source) {
        let relative = file
            .strip_prefix(&source)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let module = relative
            .split('/')
            .next()
            .unwrap()
            .trim_end_matches(".rs")
            .to_owned();
        if ["lib", "main", "bin", "testing"].contains(&module.as_str()) {
            continue;
        }
        let allowed = MAY_IMPORT.iter().find(|(name, _)| *name == module);
        let (_, allowed) =
            allowed.unwrap_or_else(|| panic!("`{module}` has no place in the order of modules"));
        for named in crate_paths(&fs::read_to_string(&file).unwrap()) {
            if known.contains(named.as_str())
                && named != module
                && !allowed.contains(&named.as_str())
            {
                upward.push(format!("{relative} names crate::{named}"));
            }
        }
    }
    assert!(
        upward.is_empty(),
        "imports that point up:\n{}",
        upward.join("\n")
    );
}

/// Every rule is about a module that exists: a rule for a module that was removed would say nothing.
#[test]
fn every_rule_is_about_a_module() {
    for (module, allowed) in MAY_IMPORT {
        for name in std::iter::once(module).chain(*allowed) {
            let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
            assert!(
                source.join(name).is_dir() || source.join(format!("{name}.rs")).is_file(),
                "no module {name}"
            );
        }
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
    let steps = code.flat_map(|line| {
        line.split("crate::")
            .skip(1)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    });
    steps
        .map(|rest| {
            rest.chars()
                .take_while(|letter| letter.is_ascii_lowercase() || *letter == '_')
                .collect()
        })
        .filter(|step: &String| !step.is_empty())
        .collect()
}
