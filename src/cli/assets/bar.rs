//! The progress of a download: a bar on a terminal, lines elsewhere.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::console;
use crate::cli::interrupt::Fetching;
use fsl_assets::{FetchEvent, FetchKind};
use fsl_common::shown;

/// Shows a fetch: a bar on a terminal, lines elsewhere.
pub struct Bar {
    quiet: bool,
    shown: Option<ProgressBar>,
    /// From the first event of a fetch to its last.
    fetching: Option<Fetching>,
}

impl Bar {
    /// A bar for standard error; hidden where that is no terminal or `quiet`.
    pub fn new(quiet: bool) -> Self {
        Self {
            quiet,
            shown: None,
            fetching: None,
        }
    }

    /// Shows how far a fetch is.
    pub fn show(&mut self, event: &FetchEvent) {
        self.fetching = match event.kind {
            FetchKind::Placed => None,
            _ => self.fetching.take().or_else(|| Some(Fetching::begin())),
        };
        if self.quiet {
            return;
        }
        let FetchEvent {
            asset,
            source,
            kind,
        } = event;
        match kind {
            FetchKind::Waiting => {
                self.line(&format!("{asset}: another process is fetching it; waiting"));
            }
            FetchKind::Started { file, bytes } => {
                self.line(&format!("fetching {asset} ({file}) from {source}"));
                self.shown = io::stderr()
                    .is_terminal()
                    .then(|| transfer(bytes.unwrap_or(0), file));
            }
            FetchKind::Progress { bytes } => {
                if let Some(bar) = &self.shown {
                    bar.set_position(*bytes);
                }
            }
            FetchKind::Retrying { after_secs, why } => {
                self.line(&format!("{asset}: {why}; retrying in {after_secs} s"));
            }
            FetchKind::SourceFailed { why } => {
                self.line(&format!("{asset}: {source} failed: {why}"));
            }
            FetchKind::Verified => {}
            FetchKind::Placed => self.line(&format!("{asset} is ready")),
        }
    }

    fn line(&mut self, text: &str) {
        if let Some(bar) = self.shown.take() {
            bar.finish_and_clear();
        }
        console::say(text);
    }
}

fn transfer(bytes: u64, file: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr());
    let template = "{msg} {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, about {eta} left";
    bar.set_style(
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar.set_message(shown::line(file).into_owned());
    bar
}
