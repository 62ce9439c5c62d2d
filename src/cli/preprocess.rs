//! `fsl-exp preprocess`: text rules over a CSV file of any size.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};

use super::console;
use super::error::CliError;
use super::exit::Exit;
use super::output::OutputPolicy;
use super::streaming;
use fsl_data::preprocess::Rules;
use fsl_data::stream::{self, Delimiter, Settings};

#[derive(Debug, Args)]
pub(super) struct PreprocessArgs {
    /// A CSV file with a header, plain, gzipped or alone in a zip archive; `-` for standard input
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The file to write, gzipped if its name ends in `.gz`; `-` for standard output [default: IN with `_pp` added to its name]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// The column of texts
    #[arg(long, default_value = "text", value_name = "COLUMN")]
    text_column: String,
    /// The column of cleaned texts, replaced if it exists
    #[arg(long, default_value = "text_pp", value_name = "COLUMN")]
    output_column: String,
    /// The text rules
    #[arg(long, value_enum, default_value_t = RulesArg::Reference)]
    rules: RulesArg,
    /// The field delimiter: one ASCII character, `tab`, or `auto` to detect it from the header
    #[arg(long, default_value = ",", value_parser = streaming::delimiter, value_name = "CHAR|auto")]
    delimiter: Delimiter,
    /// Replace the output if it exists
    #[arg(long)]
    force: bool,
    /// Hide progress
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RulesArg {
    /// The published rules, quirks included; the result is lower-case ASCII
    Reference,
    /// Keeps accents, scripts, emoji and capitals
    Tidy,
}

/// Writes the file with the texts preprocessed.
pub(super) fn command(args: &PreprocessArgs) -> Result<Exit, CliError> {
    let input = streaming::input(&args.input);
    let output = match &args.output {
        Some(path) => path.clone(),
        None => streaming::beside(&input, "_pp"),
    };
    // Asked for before a long run, not only at its end.
    let policy = OutputPolicy::new(args.force).input(&input);
    let output = streaming::output(&policy, &output)?;
    let settings = Settings {
        delimiter: args.delimiter,
        text_column: args.text_column.clone(),
        output_column: args.output_column.clone(),
        rules: match args.rules {
            RulesArg::Reference => Rules::Reference,
            RulesArg::Tidy => Rules::Tidy,
        },
    };
    let bar = streaming::bar(input.size(), args.quiet);
    let start = Instant::now();
    let done = output.stream(&mut |out| {
        stream::preprocess(&input, &settings, out, &mut |progress| {
            bar.set_position(progress.bytes);
            bar.set_message(format!("{} rows", progress.rows));
        })
    });
    bar.finish_and_clear();
    match streaming::settle(&output, done)? {
        ControlFlow::Continue(done) => {
            if let Some(empty) = streaming::empty_texts(done.empty) {
                console::warn(&[input.name()], &empty);
            }
            if !args.quiet {
                console::say(&streaming::summary(&output, done.rows, start.elapsed()));
            }
            Ok(Exit::Done)
        }
        ControlFlow::Break(exit) => Ok(exit),
    }
}
