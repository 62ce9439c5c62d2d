//! The finder of circles on small crates.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::circles::{circles, imports};
use super::modules::Modules;

/// The circles of a planted crate, by the files' names, and what ties each file to the others.
fn planted(files: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    let mut modules = Modules::default();
    modules.add_crate(Some("fsl_other"), &folder.path().join("other/lib.rs"));
    modules.add_crate(Some("fsl_planted"), &folder.path().join("lib.rs"));
    let imports = imports(&modules);
    let short = |file: &Path| {
        file.strip_prefix(folder.path())
            .unwrap()
            .display()
            .to_string()
    };
    let found = circles(&imports);
    let circles = found.iter().map(|circle| {
        let names: Vec<String> = circle.iter().map(|file| short(file)).collect();
        names.join(" ")
    });
    let ties = imports.iter().flat_map(|(file, others)| {
        let tie = |(other, names): (&PathBuf, &BTreeSet<String>)| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            format!("{} -> {}: {}", short(file), short(other), names.join(", "))
        };
        others.iter().map(tie).collect::<Vec<_>>()
    });
    (circles.collect(), ties.collect())
}

const OTHER: (&str, &str) = ("other/lib.rs", "pub struct Other;");

#[test]
fn a_parent_with_code_and_its_child_are_a_circle() {
    let (circles, ties) = planted(&[
        OTHER,
        ("lib.rs", "mod parent; mod tests_of_nothing {}"),
        (
            "parent/mod.rs",
            "mod child; fn helper() {} fn call() { child::run() }",
        ),
        ("parent/child.rs", "pub(super) fn run() { super::helper() }"),
    ]);
    assert_eq!(circles, ["parent/child.rs parent/mod.rs"]);
    assert_eq!(
        ties,
        [
            "parent/child.rs -> parent/mod.rs: helper",
            "parent/mod.rs -> parent/child.rs: run"
        ]
    );
}

#[test]
fn a_module_that_only_hands_on_is_in_no_circle() {
    let (circles, ties) = planted(&[
        OTHER,
        (
            "lib.rs",
            "mod a; mod b; pub use a::*; pub use b::{B as Bee, make}; pub use fsl_other as o;",
        ),
        (
            "a.rs",
            "use crate::Bee; pub struct A(Bee, super::o::Other);",
        ),
        ("b.rs", "pub struct B; pub fn make() -> u8 { let a = 1; a }"),
    ]);
    assert_eq!(circles, [""; 0]);
    assert_eq!(ties, ["a.rs -> b.rs: B", "a.rs -> other/lib.rs: Other"]);
}

#[test]
fn a_circle_is_found_through_re_exports_macros_and_nested_paths() {
    let (circles, ties) = planted(&[
        OTHER,
        (
            "lib.rs",
            "mod a; mod b; mod c; mod d; pub use a::*; pub use b::{B as Bee, make};",
        ),
        (
            "a.rs",
            "pub struct A; fn text() -> String { format!(\"{}\", crate::make(1..2)) }",
        ),
        (
            "b.rs",
            "use super::c::{self, Kind::One}; pub struct B; pub fn make() { c::go(One) }",
        ),
        (
            "c.rs",
            "pub enum Kind { One } pub fn go(_: Kind) { let made: Vec<super::d::D> = Vec::new(); }",
        ),
        ("d.rs", "use crate::*; pub struct D { a: Option<A> }"),
    ]);
    assert_eq!(circles, ["a.rs b.rs c.rs d.rs"]);
    assert_eq!(
        ties,
        [
            "a.rs -> b.rs: make",
            "b.rs -> c.rs: Kind, go",
            "c.rs -> d.rs: D",
            "d.rs -> a.rs: A"
        ]
    );
}

#[test]
fn tests_and_variables_make_no_circle() {
    let (circles, ties) = planted(&[
        OTHER,
        (
            "lib.rs",
            "mod a; mod b; pub use b::b; #[cfg(test)] mod gone;",
        ),
        (
            "a.rs",
            "pub struct A; fn a(b: u8) -> u8 { b } #[cfg(test)] mod tests { fn f() { crate::b::b() } }",
        ),
        (
            "b.rs",
            "use crate::a::A; pub fn b() {} #[cfg(test)] use crate::gone;",
        ),
    ]);
    assert_eq!(circles, [""; 0]);
    assert_eq!(ties, ["b.rs -> a.rs: A"]);
}

#[test]
fn a_method_away_from_its_type_is_imported_by_who_calls_it() {
    let (circles, ties) = planted(&[
        OTHER,
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "pub struct A; fn f(a: A) { a.shown().len() }"),
        (
            "b.rs",
            "use super::a::A; impl A { pub fn shown(&self) -> &str { \"\" } pub fn len(&self) {} }",
        ),
        ("c.rs", "struct C; impl C { fn len(&self) {} }"),
    ]);
    assert_eq!(circles, ["a.rs b.rs"]);
    assert_eq!(ties, ["a.rs -> b.rs: .shown()", "b.rs -> a.rs: A"]);
}
