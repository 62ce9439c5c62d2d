//! Standard output and standard error.

use std::error::Error;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use tracing_subscriber::EnvFilter;

use super::error::CliError;
use super::exit::Exit;
use fsl_core::runner::DatasetWarnings;
use fsl_report::{Screen, one_line};

/// Writes text to standard output. A reader that has gone away (`| head`) is no error.
///
/// # Errors
/// [`CliError::Output`] where standard output cannot be written.
pub fn print(text: &str) -> Result<Exit, CliError> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CliError::Output {
            what: "standard output".to_owned(),
            source: error,
        }),
        _ => Ok(Exit::Done),
    }
}

/// Writes a line to standard error; where even that is closed, there is nobody left to tell.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Says what makes scores on datasets doubtful, a line for each dataset.
pub fn say_data_warnings(all: &[DatasetWarnings]) {
    for DatasetWarnings {
        train,
        test,
        warnings,
    } in all
    {
        warn(&[train, test], &warnings.clauses("test").join("; "));
    }
}

/// Says what is doubtful about files, on one line.
pub fn warn(files: &[&Path], doubt: &str) {
    let files: Vec<String> = (files.iter())
        .map(|path| format!("`{}`", path.display()))
        .collect();
    say(&one_line(&format!(
        "warning: {}: {doubt}",
        files.join(", ")
    )));
}

/// An error and its causes in one line; a cause that the error repeats already is not repeated again.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        let more = source.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = source.source();
    }
    text
}

/// Shows an error, and what the user can do about it on a line of its own.
pub fn show_error(message: &str, hint: Option<&str>) {
    let (red, bold, plain) = if colored() {
        ("\x1b[1;31m", "\x1b[1m", "\x1b[0m")
    } else {
        ("", "", "")
    };
    say(&format!("{red}error:{plain} {message}"));
    if let Some(hint) = hint {
        say(&format!("{bold}hint:{plain} {hint}"));
    }
}

/// Whether standard error shows colours: it is a terminal, and `NO_COLOR` is not set.
pub fn colored() -> bool {
    io::stderr().is_terminal() && no_color_unset()
}

/// What standard output goes to.
pub fn screen() -> Screen {
    Screen {
        width: terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0),
        color: io::stdout().is_terminal() && no_color_unset(),
    }
}

fn no_color_unset() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Starts the log on standard error: warnings, more with `-v`; `FSL_EXP_LOG` (as `RUST_LOG`) wins.
pub fn start_log(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "fsl_exp=info,warn",
        2 => "fsl_exp=debug,info",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_env("FSL_EXP_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_target(false);
    // A second call in one process (tests) finds the log started already.
    let _ = log.with_ansi(colored()).try_init();
}
