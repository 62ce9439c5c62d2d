//! `fsl-exp split`: training, test and transfer sets out of one large file.

mod folder;
mod keys;
mod summary;

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;

use super::console;
use super::error::CliError;
use super::exit::Exit;
use super::output::OutputPolicy;
use super::streaming::bar;
use folder::Folder;
use fsl_common::fsio::StagedFile;
use fsl_data::split::split;
use fsl_data::stream::{Input, Progress};
use keys::Keys;

#[derive(Debug, Args)]
pub(super) struct SplitArgs {
    #[command(flatten)]
    keys: Keys,
    /// A TOML file with the same keys; options override it
    #[arg(long, value_name = "FILE.toml")]
    spec: Option<PathBuf>,
    /// Replace the files of an earlier split
    #[arg(long)]
    force: bool,
    /// Hide progress and the report
    #[arg(short, long)]
    quiet: bool,
}

/// Draws the sets and writes them with their report.
pub(super) fn command(args: &SplitArgs) -> Result<Exit, CliError> {
    let mut keys = args.keys.clone();
    if let Some(file) = &args.spec {
        keys = keys.or(Keys::load(file).map_err(CliError::SplitSpec)?);
    }
    let settings = keys.settings()?;
    settings.check()?;
    let missing = |option, what: &str| CliError::Usage {
        option,
        problem: format!("missing; {what}"),
    };
    let path = keys
        .input
        .ok_or_else(|| missing("INPUT", "give the CSV file to split"))?;
    let output = keys
        .output
        .ok_or_else(|| missing("--output", "give the folder to write to"))?;
    let piped = path == Path::new("-");
    let input = if piped {
        Input::Stdin
    } else {
        Input::File(path)
    };
    let mut policy = OutputPolicy::new(args.force).input(&input);
    if let Some(spec) = &args.spec {
        policy = policy.path("the spec of the split", spec);
    }
    let folder = Folder::new(&policy, output)?;
    let start = Instant::now();
    let copy = piped.then(copy_stdin).transpose()?;
    let input = match &copy {
        Some(copy) => Input::Copied(copy.path().to_owned()),
        None => input,
    };
    let size = input.size();
    let bar = bar(size.map(|size| 2 * size), args.quiet);
    let drawn = split(&input, &settings, &mut |pass, progress: Progress| {
        bar.set_position(u64::from(pass) * size.unwrap_or(0) + progress.bytes);
        bar.set_message(format!("{} rows", progress.rows));
    });
    bar.finish_and_clear();
    let drawn = drawn?;
    folder.write(&drawn)?;
    if args.quiet {
        return Ok(Exit::Done);
    }
    let files: Vec<String> = drawn.files.iter().map(|(set, _)| set.file()).collect();
    console::say(&format!(
        "wrote `{}`: {}, split.json in {:.2} s",
        folder.path().display(),
        files.join(", "),
        start.elapsed().as_secs_f64()
    ));
    console::print(&summary::summary(&drawn.report))
}

/// Standard input as a file, for it is read twice.
fn copy_stdin() -> Result<StagedFile, CliError> {
    let folder = env::temp_dir();
    let failed = |source| CliError::Output {
        what: format!("a copy of standard input to `{}`", folder.display()),
        source,
    };
    let mut file = StagedFile::new(&folder).map_err(failed)?;
    io::copy(&mut io::stdin().lock(), &mut file).map_err(failed)?;
    Ok(file)
}
