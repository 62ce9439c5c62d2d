//! The structure of the sources, tests aside: no files import each other, and functions are short (docs/architecture.md).

mod circles;
mod functions;
mod methods;
mod modules;
mod names;
mod planted;

use std::path::{Path, PathBuf};

use modules::Modules;

const MOST_LINES: usize = 60;
const MEDIAN_LINES: usize = 10;

#[test]
fn no_files_import_each_other() {
    let imports = circles::imports(&workspace());
    let circles = circles::circles(&imports);
    assert!(
        circles.is_empty(),
        "files that import each other:\n{}",
        circles::described(&circles, &imports, &root())
    );
}

#[test]
fn functions_are_short() {
    let mut functions = functions::functions(&workspace());
    functions.sort_by_key(|function| function.lines);
    let median = functions[functions.len() / 2].lines;
    assert!(
        median <= MEDIAN_LINES,
        "the median function has {median} lines"
    );
    let long: Vec<String> = functions
        .iter()
        .filter(|function| function.lines > MOST_LINES)
        .map(|function| {
            let file = function.file.strip_prefix(root()).unwrap().display();
            format!("{file}: {}: {}", function.name, function.lines)
        })
        .collect();
    assert!(
        long.is_empty(),
        "functions to be split:\n{}",
        long.join("\n")
    );
}

/// All modules of all packages.
fn workspace() -> Modules {
    let mut modules = Modules::default();
    modules.add_crate(Some("fsl_exp"), &root().join("src/lib.rs"));
    modules.add_crate(None, &root().join("src/main.rs"));
    for folder in crate::support::entries(&root().join("crates")) {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let library = format!("fsl_{}", name.replace('-', "_"));
        for (name, file) in [
            (Some(library.as_str()), "src/lib.rs"),
            (None, "src/main.rs"),
        ] {
            if folder.join(file).is_file() {
                modules.add_crate(name, &folder.join(file));
            }
        }
    }
    modules
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}
