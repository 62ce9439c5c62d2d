//! Child processes that run nothing of the working folder.
//!
//! A working folder holds what others wrote: data, specs, a cloned repository. A program or library must never be taken from
//! there only because of its name. The system's own rules do take it: an empty entry of `PATH`, `PYTHONPATH` or
//! `LD_LIBRARY_PATH` means the working folder, and `python -m` looks there first. So every child is made here:
//!
//! - A bare name is looked up in the absolute folders of `PATH`, and the child gets the absolute path.
//! - The child's search paths lack relative entries and the working folder itself. Folders below it stay where the user names
//!   them in full, for that is what an activated environment in a project does.
//! - A child that needs no file of the user's is [moved](leave_working_folder) to an empty folder.
//!
//! A program that the user names with a path (`./venv/bin/python`) is run, wherever it lies.
//!
//! Nor does a child get variables by which numeric libraries compute other numbers (`library_settings.rs`).

mod library_settings;

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

/// Lists of folders from which programs, libraries and modules are loaded.
const SEARCH_PATHS: [&str; 3] = ["PATH", "PYTHONPATH", "LD_LIBRARY_PATH"];

/// Single places from which Python loads code.
const PYTHON_PLACES: [&str; 4] = [
    "PYTHONHOME",
    "PYTHONUSERBASE",
    "PYTHONPYCACHEPREFIX",
    "PYTHONSTARTUP",
];

/// Settings of pip and of TLS that hold the path of one file or folder.
const USER_FILES: [&str; 10] = [
    "PIP_CONFIG_FILE",
    "PIP_CERT",
    "PIP_CLIENT_CERT",
    "PIP_CACHE_DIR",
    "PIP_LOG",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NETRC",
];

/// Settings of pip that hold paths or addresses, with spaces between.
const USER_LISTS: [&str; 4] = [
    "PIP_CONSTRAINT",
    "PIP_FIND_LINKS",
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
];

/// A command for `program`, a bare name or a path, with search paths that do not lead into the working folder.
///
/// # Errors
/// [`io::ErrorKind::NotFound`] for a bare name that no absolute folder of `PATH` has; where the working folder is not to be had.
pub fn command(program: &Path) -> io::Result<Command> {
    let here = env::current_dir()?;
    let program = locate(program, env::var_os("PATH").as_deref(), &here)?;
    let mut command = Command::new(program);
    for name in SEARCH_PATHS {
        match env::var_os(name).map(|paths| trusted(&paths, &here)) {
            Some(paths) if paths.is_empty() => command.env_remove(name),
            Some(paths) => command.env(name, paths),
            None => &mut command,
        };
    }
    for name in PYTHON_PLACES {
        if env::var_os(name).is_some_and(|place| !is_trusted(Path::new(&place), &here)) {
            command.env_remove(name);
        }
    }
    for (name, value) in library_settings::changes(env::vars_os()) {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Ok(command)
}

/// The variable with the number of threads that a worker starts with, and its value where this program sets it.
pub const FIRST_THREADS: (&str, &str) = ("OMP_NUM_THREADS", "1");

/// Starts this program anew, in its own place, without the variables of numeric libraries; returns where there are none. To be called
/// first of all: the libraries read some of them when they are loaded.
///
/// # Errors
/// Where the program cannot be started.
pub fn restart_without_library_settings() -> io::Result<()> {
    let (name, value) = FIRST_THREADS;
    let starts_with_one = env::var_os(name).is_some_and(|set| set == value);
    let mut changes = library_settings::changes(env::vars_os()).into_iter();
    if changes.all(|(changed, _)| starts_with_one && changed == name) {
        return Ok(());
    }
    let mut command = command(&env::current_exe()?)?;
    command.args(env::args_os().skip(1));
    if starts_with_one {
        command.env(name, value);
    }
    replace(command)
}

/// Runs the command in this process's place where the system can, otherwise to its end.
///
/// # Errors
/// Where it cannot be started.
#[cfg(unix)]
pub fn replace(mut command: Command) -> io::Result<()> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec())
}

/// Runs the command in this process's place where the system can, otherwise to its end.
///
/// # Errors
/// Where it cannot be started.
#[cfg(not(unix))]
pub fn replace(mut command: Command) -> io::Result<()> {
    let status = command.status()?;
    std::process::exit(status.code().unwrap_or(1))
}

/// Where `program` lies: a bare name is looked up as [`command`] does it, a path is made absolute.
///
/// # Errors
/// As [`command`].
pub fn find(program: &Path) -> io::Result<PathBuf> {
    locate(
        program,
        env::var_os("PATH").as_deref(),
        &env::current_dir()?,
    )
}

/// Starts the child in `folder`, which is made anew. Relative paths in the user's settings keep their meaning.
///
/// # Errors
/// Where the folder is there already or cannot be made.
pub fn leave_working_folder(command: &mut Command, folder: &Path) -> io::Result<()> {
    let here = env::current_dir()?;
    fs::create_dir(folder)?;
    command.current_dir(folder).env_remove("PWD");
    for name in USER_FILES {
        if let Some(value) = env::var_os(name).and_then(|value| full_path(&value, &here)) {
            command.env(name, value);
        }
    }
    for name in USER_LISTS {
        if let Some(value) = env::var(name)
            .ok()
            .and_then(|list| full_paths(&list, &here))
        {
            command.env(name, value);
        }
    }
    Ok(())
}

/// Prepends `folder` to the child's `PYTHONPATH`.
///
/// # Errors
/// Where the folder's name cannot stand in a list of paths.
pub fn search_modules_first(command: &mut Command, folder: &Path) -> io::Result<()> {
    let set = command
        .get_envs()
        .find_map(|(name, value)| (name == "PYTHONPATH").then(|| value.map(OsStr::to_owned)));
    let others = set.flatten().unwrap_or_default();
    let others = env::split_paths(&others).filter(|path| path.is_absolute());
    let paths = env::join_paths(std::iter::once(folder.to_path_buf()).chain(others));
    command.env("PYTHONPATH", paths.map_err(io::Error::other)?);
    Ok(())
}

fn locate(program: &Path, paths: Option<&OsStr>, here: &Path) -> io::Result<PathBuf> {
    let mut parts = program.components();
    let is_bare =
        matches!(parts.next(), Some(Component::Normal(name)) if name == program.as_os_str());
    if !is_bare {
        return Ok(here.join(program));
    }
    let file = if program.extension().is_some() {
        program.as_os_str().to_owned()
    } else {
        let mut file = program.as_os_str().to_owned();
        file.push(env::consts::EXE_SUFFIX);
        file
    };
    let paths = trusted(paths.unwrap_or_default(), here);
    env::split_paths(&paths)
        .map(|folder| folder.join(&file))
        .find(|path| is_program(path))
        .ok_or_else(|| {
            let message = format!("no `{}` in PATH", program.display());
            io::Error::new(io::ErrorKind::NotFound, message)
        })
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// The folders of a search path that are [trusted](is_trusted).
fn trusted(paths: &OsStr, here: &Path) -> OsString {
    let kept = env::split_paths(paths).filter(|folder| is_trusted(folder, here));
    // What was split can be joined.
    env::join_paths(kept).unwrap_or_default()
}

/// Whether a folder is named in full and is not the working folder, by whatever name.
fn is_trusted(folder: &Path, here: &Path) -> bool {
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    folder.is_absolute() && real(folder) != real(here)
}

/// A relative path in full; `None` for any other. pip itself puts the home folder in the place of `~`.
fn full_path(value: &OsStr, here: &Path) -> Option<PathBuf> {
    let path = Path::new(value);
    let is_relative = !value.is_empty() && !path.is_absolute() && !path.starts_with("~");
    is_relative.then(|| here.join(path))
}

/// A list in which words that name something in the working folder are full paths; `None` where there is none. The other words
/// are addresses.
fn full_paths(list: &str, here: &Path) -> Option<String> {
    let full = |word: &str| match here.join(word) {
        path if path.exists() => path.to_string_lossy().into_owned(),
        _ => word.to_owned(),
    };
    let words: Vec<String> = list.split_whitespace().map(full).collect();
    let changed = list.split_whitespace().ne(words.iter().map(String::as_str));
    changed.then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with the working folder `here` and the folder `bin`, with a program `tool` in each.
    #[cfg(unix)]
    fn place() -> (tempfile::TempDir, PathBuf, PathBuf) {
        use std::os::unix::fs::PermissionsExt as _;
        let place = tempfile::tempdir().unwrap();
        let (here, bin) = (place.path().join("here"), place.path().join("bin"));
        for folder in [&here, &bin] {
            let tool = folder.join("tool");
            fs::create_dir(folder).unwrap();
            fs::File::create(&tool).unwrap();
            fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
        }
        (place, here, bin)
    }

    #[cfg(unix)]
    #[test]
    fn a_bare_name_is_never_found_in_the_working_folder() {
        let (_place, here, bin) = place();
        let found = |paths: &str| locate(Path::new("tool"), Some(OsStr::new(paths)), &here);
        let (here_shown, bin_shown) = (here.display(), bin.display());
        for leading in ["", ".", "./", "../here", "here", &here.to_string_lossy()] {
            let paths = format!("{leading}:{bin_shown}");
            assert_eq!(found(&paths).unwrap(), bin.join("tool"), "{paths}");
        }
        for paths in ["", ".", ":", &format!("{here_shown}/../here:")] {
            let error = found(paths).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::NotFound, "{paths}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn folders_and_files_that_cannot_be_run_are_passed_over() {
        let (place, here, bin) = place();
        let others = place.path().join("others");
        fs::create_dir_all(others.join("a")).unwrap();
        fs::File::create(others.join("a/tool")).unwrap();
        fs::create_dir_all(others.join("b/tool")).unwrap();
        let paths = [others.join("a"), others.join("b"), bin.clone()];
        let paths = env::join_paths(paths).unwrap();
        let found = locate(Path::new("tool"), Some(&paths), &here).unwrap();
        assert_eq!(found, bin.join("tool"));
    }

    #[test]
    fn a_path_is_taken_as_the_user_wrote_it() {
        let here = Path::new("/here");
        let at = |program: &str| locate(Path::new(program), None, here).unwrap();
        assert_eq!(at("./tool"), Path::new("/here/tool"));
        assert_eq!(at("venv/bin/python"), Path::new("/here/venv/bin/python"));
        assert_eq!(at("/bin/sh"), Path::new("/bin/sh"));
    }

    #[test]
    fn a_search_path_keeps_its_absolute_folders_but_the_working_folder() {
        let here = Path::new("/nowhere/here");
        let kept = |paths: &str| trusted(OsStr::new(paths), here);
        assert_eq!(
            kept("/a::.:b:/nowhere/here:/nowhere/here/venv:"),
            "/a:/nowhere/here/venv"
        );
        assert_eq!(kept(":"), "");
    }

    #[test]
    fn relative_files_of_settings_keep_their_meaning() {
        let here = Path::new("/here");
        let made = |value: &str| full_path(OsStr::new(value), here);
        assert_eq!(made("ca.pem"), Some(PathBuf::from("/here/ca.pem")));
        for same in ["", "/etc/ca.pem", "~/ca.pem"] {
            assert_eq!(made(same), None, "{same}");
        }
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("wheels")).unwrap();
        let made = |list: &str| full_paths(list, place.path());
        let wheels = place.path().join("wheels");
        assert_eq!(
            made("https://mirror/simple wheels"),
            Some(format!("https://mirror/simple {}", wheels.display()))
        );
        assert_eq!(made("https://mirror/simple absent"), None);
    }
}
