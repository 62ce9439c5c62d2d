//! How a fetch is shown.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::assets::{FetchEvent, FetchKind};
use crate::cli::console;
use crate::cli::interrupt::Fetching;

/// Shows a fetch: a bar on a terminal, lines elsewhere.
pub(in crate::cli) struct Bar {
    quiet: bool,
    shown: Option<ProgressBar>,
    /// From the first event of a fetch to its last.
    fetching: Option<Fetching>,
}

impl Bar {
    pub(in crate::cli) fn new(quiet: bool) -> Self {
        Self {
            quiet,
            shown: None,
            fetching: None,
        }
    }

    pub(in crate::cli) fn show(&mut self, event: &FetchEvent) {
        self.fetching = match event.kind {
            FetchKind::Placed => None,
            _ => self.fetching.take().or_else(|| Some(Fetching::new())),
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
                self.line(&format!("{asset}: another process fetches it, waiting"));
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
                self.line(&format!("{asset}: {why}; trying again in {after_secs} s"));
            }
            FetchKind::SourceFailed { why } => {
                self.line(&format!("{asset}: not from {source}: {why}"));
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
    let template = "{msg} {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, about {eta} to go";
    bar.set_style(
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar.set_message(file.to_owned());
    bar
}
