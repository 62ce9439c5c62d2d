//! `fsl-exp split`: training, test and transfer sets out of one large file.

mod folder;
mod keys;
mod summary;

use std::env;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use tempfile::NamedTempFile;

use super::console;
use super::error::CliError;
use super::exit::Exit;
use super::interrupt;
use super::streaming::bar;
use crate::data::split::{SplitError, split};
use crate::data::stream::{Input, Progress, StreamError};
use crate::fsio;
use folder::Folder;
use keys::Keys;

#[derive(Debug, Args)]
pub(super) struct SplitArgs {
    #[command(flatten)]
    keys: Keys,
    /// A TOML file with the same keys; options win over it
    #[arg(long, value_name = "FILE.toml")]
    spec: Option<PathBuf>,
    /// Replace the files of an earlier split
    #[arg(long)]
    force: bool,
    /// Show no progress and no report
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
        .ok_or_else(|| missing("INPUT", "it is the CSV file to split"))?;
    let output = keys
        .output
        .ok_or_else(|| missing("--output", "it is the folder to write to"))?;
    let piped = path == Path::new("-");
    let input = if piped {
        Input::Stdin
    } else {
        Input::File(path)
    };
    let folder = Folder::choose(&input, output, args.force)?;
    let stop = interrupt::flag().map_err(CliError::Signals)?;
    let start = Instant::now();
    let copy = if piped { copy_stdin(&stop)? } else { None };
    let input = match &copy {
        Some(copy) => Input::Copied(copy.path().to_owned()),
        None if piped => return Ok(Exit::Interrupted),
        None => input,
    };
    let size = input.size();
    let bar = bar(size.map(|size| 2 * size), args.quiet);
    let drawn = split(&input, &settings, &mut |pass, progress: Progress| {
        bar.set_position(u64::from(pass) * size.unwrap_or(0) + progress.bytes);
        bar.set_message(format!("{} rows", progress.rows));
        if stop.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    bar.finish_and_clear();
    let drawn = match drawn {
        Err(SplitError::Stream(StreamError::Stopped)) => return Ok(Exit::Interrupted),
        drawn => drawn?,
    };
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

/// Standard input as a file, for it is read twice; `None` if the user stops it. The thread that copies is not waited for: a
/// pipe that nobody writes to would hold up the end.
fn copy_stdin(stop: &AtomicBool) -> Result<Option<NamedTempFile>, CliError> {
    let folder = env::temp_dir();
    let failed = |source| CliError::Output {
        what: format!("a copy of standard input to `{}`", folder.display()),
        source,
    };
    let file = fsio::temporary(&folder).map_err(failed)?;
    let mut to = file.reopen().map_err(failed)?;
    let (sender, copied) = channel();
    thread::spawn(move || {
        let done = io::copy(&mut io::stdin().lock(), &mut to);
        // Nobody listens any more once the command was stopped.
        let _ = sender.send(done);
    });
    while !stop.load(Ordering::Relaxed) {
        match copied.recv_timeout(Duration::from_millis(100)) {
            Ok(done) => return done.map(|_| Some(file)).map_err(failed),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(failed(io::Error::other("the reader ended early")));
            }
        }
    }
    Ok(None)
}
