//! Standard output and standard error.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use clap::error::{ContextKind, ContextValue};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::debug_fn;

use super::error::CliError;
use super::exit::Exit;
use fsl_common::settings::model_folder::SUMS;
use fsl_common::shown;
use fsl_core::runner::{DatasetWarnings, Resources};
use fsl_report::Screen;

/// How the terminal is told to write in bold, and to stop: the styles of our own tables.
const STYLES: [&str; 2] = ["\x1b[1m", "\x1b[0m"];

/// Writes text for people to standard output, every line of it fit for a terminal. A reader that has gone away (`| head`) is no
/// error.
///
/// # Errors
/// [`CliError::Output`] where standard output cannot be written.
pub fn print(text: &str) -> Result<Exit, CliError> {
    let fit = |line: &str| match line.strip_suffix('\n') {
        Some(line) => shown::message(line).into_owned() + "\n",
        None => shown::message(line).into_owned(),
    };
    write(&text.split_inclusive('\n').map(fit).collect::<String>())
}

/// Writes a table or a file to standard output: as it is, as a program wants to read it, but on a terminal without anything
/// that commands it other than the styles of our own tables.
///
/// # Errors
/// As [`print()`].
pub fn print_output(text: &str) -> Result<Exit, CliError> {
    if io::stdout().is_terminal() {
        write(&for_terminal(text))
    } else {
        write(text)
    }
}

fn write(text: &str) -> Result<Exit, CliError> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CliError::Output {
            what: "standard output".to_owned(),
            source: error,
        }),
        _ => Ok(Exit::Done),
    }
}

/// `text` with its lines, its tabs and the styles of our own tables, and everything else that commands a terminal written out.
fn for_terminal(text: &str) -> String {
    let commands = |character| !matches!(character, '\n' | '\t') && shown::is_command(character);
    let (mut fit, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(commands) {
        let (before, after) = rest.split_at(at);
        fit += before;
        let style = STYLES.iter().find(|style| after.starts_with(**style));
        let first = after.chars().next().map_or(0, char::len_utf8);
        let end = style.map_or(first, |style| style.len());
        fit += &match style {
            Some(style) => (*style).into(),
            None => shown::escaped(&after[..end]),
        };
        rest = &after[end..];
    }
    fit + rest
}

/// Writes a line to standard error, fit for a terminal whatever names are in it; where even that is closed, there is nobody left
/// to tell.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", shown::message(line));
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

/// Says where the files of encoders are at odds, a line for each sentence.
pub fn say_notices(resources: &Resources) {
    for (name, encoder) in &resources.encoders {
        let notices = encoder.iter().flat_map(|encoder| &encoder.notices);
        notices.for_each(|notice| notice_encoder(name, notice));
    }
}

/// Says what the user should know of an encoder's files.
pub fn notice_encoder(name: &str, notice: &str) {
    say(&format!("note: encoder `{name}`: {notice}"));
}

/// Says what is doubtful about files, on one line.
pub fn warn(files: &[&Path], doubt: &str) {
    let files: Vec<String> = (files.iter())
        .map(|path| format!("`{}`", path.display()))
        .collect();
    say(&format!("warning: {}: {doubt}", files.join(", ")));
}

/// Warns of a model folder without checksums: damage to its files would go unnoticed.
pub fn warn_unverified(model: &Path) {
    if !model.join(SUMS).exists() {
        let doubt =
            format!("it has no `{SUMS}`; whether its files are as they were saved is not known");
        warn(&[model], &doubt);
    }
}

/// Shows an error, which may take several lines, and what the user can do about it on a line of its own.
pub fn show_error(lines: &[String], hint: Option<&str>) {
    let (red, bold, plain) = if colored() {
        ("\x1b[1;31m", "\x1b[1m", "\x1b[0m")
    } else {
        ("", "", "")
    };
    let mut shown = format!("{red}error:{plain} ");
    for line in lines {
        shown += &shown::message(line);
        shown.push('\n');
    }
    if let Some(hint) = hint {
        shown += &format!("{bold}hint:{plain} {}\n", shown::message(hint));
    }
    let _ = io::stderr().lock().write_all(shown.as_bytes());
}

/// Shows what is wrong with the command line, or the help that it asks for, and ends the process.
pub fn end_with(mut error: clap::Error) -> ! {
    let mut hostile = Vec::new();
    for (kind, value) in error.context() {
        let fit = |text: &String| shown::message(text).into_owned();
        let fitted = match value {
            ContextValue::String(text) => ContextValue::String(fit(text)),
            ContextValue::Strings(texts) => ContextValue::Strings(texts.iter().map(fit).collect()),
            _ => continue,
        };
        if fitted != *value {
            hostile.push((kind, fitted));
        }
    }
    if !hostile.is_empty() {
        // It repeats what was typed, among clap's own styles.
        error.remove(ContextKind::Suggested);
    }
    for (kind, fitted) in hostile {
        error.insert(kind, fitted);
    }
    error.exit()
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
    let fields = debug_fn(|writer, field, value| {
        let value = format!("{value:?}");
        let value = shown::message(&value);
        match field.name() {
            "message" => write!(writer, "{value}"),
            // Of `log`: where in the sources the event comes from.
            name if name.starts_with("log.") => Ok(()),
            name => write!(writer, " {name}={value}"),
        }
    });
    let subscriber = tracing_subscriber::fmt()
        .fmt_fields(fields)
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_target(false);
    // A second call in one process (tests) finds the log started already.
    let _ = subscriber.with_ansi(colored()).try_init();
    // What goes over the wire, tokens among it, is `trace` of the packages that send it, which log through `log`.
    log::set_max_level(log::max_level().min(log::LevelFilter::Debug));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_our_styles_and_nobody_else_s() {
        assert_eq!(
            for_terminal("a\tb\n\x1b[1m64.41\x1b[0m \x1b[31mred\x1b]0;title\x07 \u{9b}2J\r"),
            "a\tb\n\x1b[1m64.41\x1b[0m \\u{1b}[31mred\\u{1b}]0;title\\u{7} \\u{9b}2J\\r"
        );
    }
}
