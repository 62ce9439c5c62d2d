//! The encoder that an option names.

use crate::error::encoder_error;
use fsl_assets::{Assets, EncoderFiles, EncoderRef};
use fsl_common::fsio::CachedChecksum;
use fsl_common::sentence::{PromptFault, SentenceEncoder};
use fsl_exp::cli::assets::Bar;
use fsl_exp::cli::console;
use fsl_exp::cli::error::CliError;
use fsl_nn::OpenEncoder;

/// An encoder whose files are open.
#[derive(Debug)]
pub(crate) struct NamedEncoder {
    /// Its files.
    pub(crate) files: OpenEncoder,
    /// The id of their contents.
    pub(crate) sha256: String,
    /// What they declare of texts' vectors.
    pub(crate) declared: SentenceEncoder,
}

/// Opens the encoder's files, which are fetched where they are not here, with a bar unless `quiet`. What its config.json leaves open is said.
///
/// # Errors
/// Where it is not to be had, and for files that are no encoder.
pub(crate) fn open(named: &str, quiet: bool) -> Result<NamedEncoder, CliError> {
    let assets = Assets::from_env()?;
    let mut fetching = Bar::new(quiet);
    let EncoderFiles {
        source,
        sha256,
        notices,
        declared,
    } = assets.encoder(&EncoderRef::parse(named)?, &mut |event| {
        fetching.show(&event);
    })?;
    for notice in &notices {
        console::notice_encoder(named, notice);
    }
    // The cache knows files by their full paths.
    let sums = assets.sums();
    let known = source.paths().into_iter().filter_map(|path| {
        let path = path.clone();
        sums.seen(&path).map(|seen| CachedChecksum { path, ..seen })
    });
    let known: Vec<CachedChecksum> = known.collect();
    let files = OpenEncoder::verified(&source, &sha256, &known).map_err(encoder_error)?;
    if let Some(notice) = files.notice() {
        console::warn(&[&source.config], &notice);
    }
    Ok(NamedEncoder {
        files,
        sha256,
        declared,
    })
}

/// Checks that an encoder can read so many tokens of a text.
///
/// # Errors
/// [`CliError::TooLong`].
pub(crate) fn check_max_tokens(files: &OpenEncoder, max_tokens: u32) -> Result<(), CliError> {
    let positions = files.config().max_positions;
    if i64::from(max_tokens) <= positions {
        return Ok(());
    }
    Err(CliError::TooLong {
        max_tokens,
        positions,
    })
}

/// The text that stands before every text: that of `--prompt`, otherwise the encoder's default.
///
/// # Errors
/// [`CliError::Usage`].
pub(crate) fn prompt(
    declared: &SentenceEncoder,
    given: Option<&str>,
) -> Result<Option<String>, CliError> {
    let refused = |fault: PromptFault| CliError::Usage {
        option: "--prompt",
        problem: format!("{fault}; {}", fault.hint()),
    };
    declared.prompts.text(given).map_err(refused)
}
