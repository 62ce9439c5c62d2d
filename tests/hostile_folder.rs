//! A working folder full of programs and modules that would like to be run: none of them ever is.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::support::{CHEAP_ROWS, Workplace, entries, spec};

const PROGRAMS: [&str; 6] = ["python3", "python", "pip3", "pip", "fsl-exp-worker", "sh"];

const MODULES: [&str; 7] = [
    "pip",
    "ensurepip",
    "setuptools",
    "sitecustomize",
    "usercustomize",
    "json",
    "runpy",
];

/// A workplace in which each of these leaves a marker when it is run.
fn hostile() -> Workplace {
    let place = Workplace::new();
    for name in PROGRAMS {
        let marker = place.join(&format!("ran-program-{name}"));
        let script = format!("#!/bin/sh\n: > '{}'\nexit 1\n", marker.display());
        let program = place.write(name, script);
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    }
    for name in MODULES {
        let marker = place.join(&format!("ran-module-{name}"));
        place.write(
            &format!("{name}.py"),
            format!("open({:?}, 'w').close()\n", marker.to_str().unwrap()),
        );
    }
    place
}

#[track_caller]
fn assert_nothing_ran(place: &Workplace, case: &str) {
    let ran: Vec<_> = entries(place.path())
        .into_iter()
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .filter(|name| name.starts_with("ran-"))
        .collect();
    assert!(ran.is_empty(), "{case}: {ran:?}");
}

/// The environments that make a system look into the working folder.
fn environments(place: &Workplace) -> Vec<(&'static str, OsString)> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let before = |entry: &Path| {
        let mut paths = entry.as_os_str().to_owned();
        paths.push(":");
        paths.push(&path);
        ("PATH", paths)
    };
    vec![
        ("FSL_EXP_LOG", OsString::new()),
        before(Path::new("")),
        before(Path::new(".")),
        before(place.path()),
        ("PYTHONPATH", ":/nowhere".into()),
        ("PYTHONPATH", ".".into()),
        ("PYTHONPATH", place.path().into()),
    ]
}

fn has_pip() -> bool {
    let asked = Command::new("python3")
        .args(["-m", "pip", "--version"])
        .output();
    asked.is_ok_and(|output| output.status.success())
}

/// pip itself is reached: it says that it was given no index to look in.
#[test]
fn fetching_runs_the_system_s_pip_only() {
    if !has_pip() {
        eprintln!("skipped: no python3 with pip");
        return;
    }
    let place = hostile();
    for (name, value) in environments(&place) {
        let case = format!("{name}={}", value.display());
        let mut fetch = place.command("fetch tweets");
        fetch
            .env_remove("FSL_EXP_PYTHON")
            .env("PIP_NO_INDEX", "1")
            .env(name, value);
        let ran = place.ran(&mut fetch).expect(5);
        assert!(
            ran.stderr.contains("No matching distribution found"),
            "{case}: {}",
            ran.stderr
        );
        assert_nothing_ran(&place, &case);
    }
}

/// A bare name in a variable is a name in `PATH`, not a file of the working folder.
#[test]
fn a_bare_name_does_not_mean_a_file_of_the_working_folder() {
    let place = hostile();
    place.write("s.toml", spec("plain", "", CHEAP_ROWS));
    for (name, value) in environments(&place) {
        let case = format!("{name}={}", value.display());
        let mut run = place.command("run s.toml");
        run.env("FSL_EXP_WORKER", "fsl-exp-worker")
            .env(name, &value);
        let ran = place.ran(&mut run);
        assert_ne!(ran.code, 0, "{case}");
        assert_nothing_ran(&place, &case);
        let mut fetch = place.command("fetch tweets");
        fetch
            .env("FSL_EXP_PYTHON", "python3")
            .env("PIP_NO_INDEX", "1");
        place.ran(fetch.env(name, &value)).expect(5);
        assert_nothing_ran(&place, &case);
    }
}

/// Trials run in the program itself, whatever the working folder holds.
#[test]
fn a_run_works_in_a_hostile_folder() {
    let place = hostile();
    for (number, (name, value)) in environments(&place).into_iter().enumerate() {
        let case = format!("{name}={}", value.display());
        place.write("s.toml", spec("plain", "", CHEAP_ROWS));
        let mut run = place.command(&format!("run s.toml --results results-{number}"));
        run.env_remove("FSL_EXP_WORKER").env(name, value);
        place.ran(&mut run).expect(0);
        assert_nothing_ran(&place, &case);
    }
}
