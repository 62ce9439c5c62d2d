//! `fsl-exp preprocess`: text rules over a CSV file of any size.

use std::io::{self, IsTerminal as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use super::console;
use super::error::CliError;
use super::exit::Exit;
use super::interrupt;
use super::target::Target;
use crate::data::preprocess::Rules;
use crate::data::stream::{self, Delimiter, Input, Settings, StreamError};

#[derive(Debug, Args)]
pub(super) struct PreprocessArgs {
    /// A CSV file with a header, plain, gzipped or alone in a zip archive; `-` for standard input
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The file to write, gzipped if its name ends in `.gz`; `-` for standard output [default: IN with `_pp` in its name]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// The column of texts
    #[arg(long, default_value = "text", value_name = "COLUMN")]
    text_column: String,
    /// The column of results, replaced where it exists
    #[arg(long, default_value = "text_pp", value_name = "COLUMN")]
    output_column: String,
    /// What is done to each text
    #[arg(long, value_enum, default_value_t = RulesArg::Reference)]
    rules: RulesArg,
    /// What separates fields: one ASCII character, `tab`, or `auto` to tell it from the header
    #[arg(long, default_value = ",", value_parser = delimiter, value_name = "CHAR|auto")]
    delimiter: Delimiter,
    /// Replace the output where it exists
    #[arg(long)]
    force: bool,
    /// Show no progress
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RulesArg {
    /// The published rules, oddities included; the result is ASCII in lower case
    Reference,
    /// Keeps accents, scripts, emoji and capitals
    Tidy,
}

/// Writes the file with the texts preprocessed.
pub(super) fn command(args: &PreprocessArgs) -> Result<Exit, CliError> {
    let input = if args.input == Path::new("-") {
        Input::Stdin
    } else {
        Input::File(args.input.clone())
    };
    let output = match &args.output {
        Some(path) => path.clone(),
        None => beside(&input),
    };
    // Asked for before a long run, not only at its end.
    let target = Target::choose(&input, output, args.force)?;
    let settings = Settings {
        delimiter: args.delimiter,
        text_column: args.text_column.clone(),
        output_column: args.output_column.clone(),
        rules: match args.rules {
            RulesArg::Reference => Rules::Reference,
            RulesArg::Tidy => Rules::Tidy,
        },
    };
    let stop = interrupt::flag().map_err(CliError::Signals)?;
    let bar = bar(input.size(), args.quiet);
    let start = Instant::now();
    let done = target.write(&mut |out| {
        stream::preprocess(&input, &settings, out, &mut |progress| {
            bar.set_position(progress.bytes);
            bar.set_message(format!("{} rows", progress.rows));
            if stop.load(Ordering::Relaxed) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
    });
    bar.finish_and_clear();
    match done {
        Ok(done) => {
            if !args.quiet {
                console::say(&summary(&target, done.rows, start.elapsed()));
            }
            Ok(Exit::Done)
        }
        Err(StreamError::Stopped) => Ok(Exit::Interrupted),
        // The reader of a pipe that has gone away (`| head`) has all it wants.
        Err(StreamError::Output(error))
            if target == Target::Stdout && error.kind() == io::ErrorKind::BrokenPipe =>
        {
            Ok(Exit::Done)
        }
        Err(StreamError::Input(error)) => Err(error.into()),
        Err(StreamError::Output(error)) => Err(target.failed(error)),
    }
}

/// The delimiter that is written so; the error says what is allowed.
pub(super) fn delimiter(written: &str) -> Result<Delimiter, String> {
    match (written, written.as_bytes()) {
        ("auto", _) => Ok(Delimiter::Auto),
        ("tab" | "\\t", _) => Ok(Delimiter::Is(b'\t')),
        (_, [b'"' | b'\r' | b'\n' | 0]) => {
            Err("quotes and line breaks cannot separate fields".to_owned())
        }
        (_, &[byte]) if byte.is_ascii() => Ok(Delimiter::Is(byte)),
        _ => Err("must be one ASCII character, `tab` or `auto`".to_owned()),
    }
}

/// `my.csv` → `my_pp.csv`, `my.csv.gz` → `my_pp.csv.gz`, `my.zip` → `my_pp.csv`; from standard input to standard output.
fn beside(input: &Input) -> PathBuf {
    let Input::File(path) = input else {
        return PathBuf::from("-");
    };
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
    path.with_file_name(format!("{stem}_pp.{extension}{packed}"))
}

/// A bar of bytes read; one that counts up where nobody knows how many there are; none outside terminals.
pub(super) fn bar(size: Option<u64>, quiet: bool) -> ProgressBar {
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

fn summary(target: &Target, rows: u64, took: Duration) -> String {
    let seconds = took.as_secs_f64();
    let rate = rows as f64 / seconds.max(1e-6);
    format!(
        "wrote {}: {rows} rows in {seconds:.2} s ({rate:.0} rows/s)",
        target.name()
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
            assert_eq!(beside(&Input::File(input.into())), Path::new(output));
        }
        assert_eq!(beside(&Input::Stdin), Path::new("-"));
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
