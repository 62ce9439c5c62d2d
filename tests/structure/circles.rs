//! Files that import each other.
//!
//! A file imports another if it names an item that is defined there, by whichever path: a `mod.rs` that only hands items on
//! imports nothing. It also imports a file that gives a type of its own, or one that it names, a method that it calls.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::modules::{Modules, Target};
use super::{methods, names};

/// File → file that it imports → the items that it names there.
pub(super) type Imports = BTreeMap<PathBuf, BTreeMap<PathBuf, BTreeSet<String>>>;

/// What each file imports.
pub(super) fn imports(modules: &Modules) -> Imports {
    let mut found = Imports::new();
    for (index, module) in modules.list.iter().enumerate() {
        let imported = found.entry(module.file.clone()).or_default();
        for path in names::paths(&module.items) {
            let targets = modules.resolve(index, &path);
            let is_ours = matches!(path[0].as_str(), "crate" | "self" | "super") && path.len() > 1;
            assert!(
                !(is_ours && targets.is_empty()),
                "{}: what is `{}`?",
                module.file.display(),
                path.join("::")
            );
            for target in targets {
                if let Target::Item { file, name } = target
                    && file != module.file
                {
                    imported.entry(file).or_default().insert(name);
                }
            }
        }
    }
    add_methods(modules, &mut found);
    found
}

fn add_methods(modules: &Modules, imports: &mut Imports) {
    let away = methods::away(modules);
    for module in &modules.list {
        let imported = imports.entry(module.file.clone()).or_default();
        for name in methods::calls(&module.items) {
            let method = away.get(&name).filter(|method| {
                let knows = method.home == module.file || imported.contains_key(&method.home);
                knows && method.file != module.file
            });
            if let Some(method) = method {
                let names = imported.entry(method.file.clone()).or_default();
                names.insert(format!(".{name}()"));
            }
        }
    }
}

/// The largest sets of files of which each imports every other, directly or by way of others.
pub(super) fn circles(imports: &Imports) -> BTreeSet<BTreeSet<&Path>> {
    let reached: BTreeMap<&Path, BTreeSet<&Path>> = imports
        .keys()
        .map(|file| (file.as_path(), reached(file, imports)))
        .collect();
    let circle = |file: &&Path| -> BTreeSet<&Path> {
        let others = reached[file].iter().copied();
        others
            .filter(|other| reached.get(other).is_some_and(|back| back.contains(file)))
            .collect()
    };
    reached
        .keys()
        .map(circle)
        .filter(|circle| !circle.is_empty())
        .collect()
}

fn reached<'a>(file: &Path, imports: &'a Imports) -> BTreeSet<&'a Path> {
    let mut found = BTreeSet::new();
    let mut open = vec![file];
    while let Some(file) = open.pop() {
        for next in imports.get(file).into_iter().flat_map(BTreeMap::keys) {
            if found.insert(next.as_path()) {
                open.push(next);
            }
        }
    }
    found
}

/// The circles, and what ties each: file -> file: names.
pub(super) fn described(
    circles: &BTreeSet<BTreeSet<&Path>>,
    imports: &Imports,
    root: &Path,
) -> String {
    let mut text = String::new();
    for circle in circles {
        let _ = writeln!(text, "{} files:", circle.len());
        for file in circle {
            for (other, names) in imports[*file]
                .iter()
                .filter(|(other, _)| circle.contains(other.as_path()))
            {
                let [file, other] = [file, other.as_path()]
                    .map(|file| file.strip_prefix(root).unwrap_or(file).display());
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let _ = writeln!(text, "  {file} -> {other}: {}", names.join(", "));
            }
        }
    }
    text
}
