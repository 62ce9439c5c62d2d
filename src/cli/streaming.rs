//! The parts that commands share which write one CSV file from another.

use std::io::{self, IsTerminal as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::error::CliError;
use super::exit::Exit;
use super::output::{Output, OutputPolicy};
use fsl_data::stream::{Delimiter, Input, StreamError};

/// The input that an argument names; `-` is standard input.
pub fn input(path: &Path) -> Input {
    if path == Path::new("-") {
        Input::Stdin
    } else {
        Input::File(path.to_owned())
    }
}

/// An output that is CSV, gzipped where its name ends so.
///
/// # Errors
/// [`OutputError`](super::output_error::OutputError) where it must not be written.
pub fn output(policy: &OutputPolicy, path: &Path) -> Result<Output, CliError> {
    let zip = path
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("zip"));
    if zip {
        return Err(CliError::Usage {
            option: "--output",
            problem: format!(
                "cannot write the zip archive `{}`; use `.csv` or `.csv.gz`",
                path.display()
            ),
        });
    }
    Ok(policy.file("--output", path)?)
}

/// The delimiter that is written so; the error says what is allowed.
///
/// # Errors
/// What it must be.
pub fn delimiter(written: &str) -> Result<Delimiter, String> {
    match (written, written.as_bytes()) {
        ("auto", _) => Ok(Delimiter::Auto),
        ("tab" | "\\t", _) => Ok(Delimiter::Is(b'\t')),
        (_, [b'"' | b'\r' | b'\n' | 0]) => {
            Err("must not be a quote, a line break or NUL".to_owned())
        }
        (_, &[byte]) if byte.is_ascii() => Ok(Delimiter::Is(byte)),
        _ => Err("must be one ASCII character, `tab` or `auto`".to_owned()),
    }
}

/// What is said of texts that are empty, or that rules have emptied: `2 texts are empty`; `None` where there are none.
pub fn empty_texts(count: u64) -> Option<String> {
    match count {
        0 => None,
        1 => Some("1 text is empty".to_owned()),
        _ => Some(format!("{count} texts are empty")),
    }
}

/// With `_pp`: `my.csv` → `my_pp.csv`, `my.csv.gz` → `my_pp.csv.gz`, `my.zip` → `my_pp.csv`; from standard input to standard
/// output.
pub fn beside(input: &Input, suffix: &str) -> PathBuf {
    let Input::File(path) = input else {
        return PathBuf::from("-");
    };
    let Parts {
        stem,
        extension,
        packed,
    } = parts(path);
    path.with_file_name(format!("{stem}{suffix}.{extension}{packed}"))
}

/// What a file is called, without its endings: `my.csv.gz` → `my`.
pub fn stem(path: &Path) -> String {
    parts(path).stem
}

struct Parts {
    stem: String,
    extension: String,
    packed: &'static str,
}

fn parts(path: &Path) -> Parts {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (name, packed) = match name.strip_suffix(".gz") {
        Some(name) => (name, ".gz"),
        None => (&*name, ""),
    };
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, "zip")) => (stem, "csv"),
        Some((stem, extension)) if !stem.is_empty() => (stem, extension),
        _ => (name, "csv"),
    };
    Parts {
        stem: stem.to_owned(),
        extension: extension.to_owned(),
        packed,
    }
}

/// A bar of bytes read; one that counts up where nobody knows how many there are; none outside terminals.
pub fn bar(size: Option<u64>, quiet: bool) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (bar, template) = match size {
        Some(size) => (
            ProgressBar::new(size),
            "{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {msg} eta {eta}",
        ),
        None => (
            ProgressBar::no_length(),
            "{spinner} {bytes} {bytes_per_sec} {msg}",
        ),
    };
    // The template is a constant; a bar without it would do as well.
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// How the command goes on after a stream: with what was done, or not at all.
///
/// # Errors
/// The stream's own, where it did not stop on purpose.
pub fn settle<T>(
    output: &Output,
    done: Result<T, StreamError>,
) -> Result<ControlFlow<Exit, T>, CliError> {
    match done {
        Ok(done) => Ok(ControlFlow::Continue(done)),
        Err(StreamError::Stopped) => Ok(ControlFlow::Break(Exit::Interrupted)),
        // The reader of a pipe that has gone away (`| head`) has all it wants.
        Err(StreamError::Output(error))
            if *output == Output::Stdout && error.kind() == io::ErrorKind::BrokenPipe =>
        {
            Ok(ControlFlow::Break(Exit::Done))
        }
        Err(StreamError::Input(error)) => Err(error.into()),
        Err(StreamError::Output(error)) => Err(output.failed(error)),
    }
}

/// What is said in the end.
pub fn summary(output: &Output, rows: u64, took: Duration) -> String {
    let seconds = took.as_secs_f64();
    let rate = rows as f64 / seconds.max(1e-6);
    format!(
        "wrote {}: {rows} rows in {seconds:.2} s ({rate:.0} rows/s)",
        output.name()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_lies_beside_the_input() {
        for (input, output) in [
            ("a/my.csv", "a/my_pp.csv"),
            ("my.csv.gz", "my_pp.csv.gz"),
            ("my.v2.tsv", "my.v2_pp.tsv"),
            ("my.zip", "my_pp.csv"),
            ("my", "my_pp.csv"),
            (".my", ".my_pp.csv"),
        ] {
            assert_eq!(beside(&Input::File(input.into()), "_pp"), Path::new(output));
        }
        assert_eq!(beside(&Input::Stdin, "_pp"), Path::new("-"));
    }

    #[test]
    fn a_delimiter_is_one_character_or_has_a_name() {
        assert_eq!(delimiter("tab"), Ok(Delimiter::Is(b'\t')));
        assert_eq!(delimiter(";"), Ok(Delimiter::Is(b';')));
        assert_eq!(delimiter("auto"), Ok(Delimiter::Auto));
        for wrong in ["", ";;", "\"", "\n", "ü"] {
            assert!(delimiter(wrong).is_err(), "{wrong:?}");
        }
    }
}
