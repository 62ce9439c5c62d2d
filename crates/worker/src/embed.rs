//! `fsl-exp embed`: the vectors that an encoder gives to texts, as CSV. Runs in the worker.

use std::io::{self, IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::error::encoder_error;
use crate::{compute, named_encoder};
use fsl_common::settings::Pooling;
use fsl_data::stream::read_whole;
use fsl_data::{self as data, Columns, Format};
use fsl_exp::cli::args::{EmbedArgs, PoolingArg};
use fsl_exp::cli::compute::PrecisionArg;
use fsl_exp::cli::console;
use fsl_exp::cli::error::CliError;
use fsl_exp::cli::exit::Exit;
use fsl_exp::cli::output::OutputPolicy;
use fsl_exp::cli::streaming;
use fsl_nn::{self as nn, Encoder};

/// Reads texts, embeds them, writes their vectors in the order of the input.
pub(super) fn command(args: &EmbedArgs) -> Result<Exit, CliError> {
    compute::check_device(&args.compute)?;
    let input = streaming::input(&args.input);
    let policy = OutputPolicy::new(args.force)
        .input(&input)
        .encoder(&args.encoder);
    let output = streaming::output(&policy, &args.output)?;
    let read = read_whole(&input, args.delimiter, &args.text_column)?;
    let columns = Columns {
        text: &args.text_column,
        label: None,
    };
    let format = Format::separated_by(read.delimiter);
    let texts = data::read_csv_bytes(input.name(), &read.bytes, &columns, &format)?.texts;
    drop(read);
    let files = named_encoder::open(&args.encoder, args.quiet)?.files;
    // The usual number is no wish: it may be more than a small encoder reads, as long as no text is.
    if args.max_tokens != EmbedArgs::USUAL_MAX_TOKENS {
        named_encoder::check_max_tokens(&files, args.max_tokens)?;
    }
    let compute = compute::begin(&args.compute, PrecisionArg::F32)?;
    let mut encoder = Encoder::load(&files, compute.device).map_err(encoder_error)?;
    encoder
        .set_inference_precision(compute.precision)
        .map_err(encoder_error)?;
    let tokenizer = files.tokenizer().map_err(encoder_error)?;
    let tokens = tokenizer.encode_all(&texts, args.max_tokens as usize);
    let longest = tokens.iter().map(Vec::len).max().unwrap_or_default();
    if longest as i64 > files.config().max_positions {
        named_encoder::check_max_tokens(&files, args.max_tokens)?;
    }
    let cut = tokenizer.truncation_of(&texts, &tokens, args.max_tokens as usize);
    if let Some(cut) = cut.sentence("") {
        console::warn(&[input.name()], &cut);
    }
    let bar = bar(texts.len(), args.quiet);
    let pooling = match args.pooling {
        PoolingArg::Cls => Pooling::Cls,
        PoolingArg::Mean => Pooling::Mean,
    };
    let vectors = nn::embed(
        &encoder,
        &tokens,
        pooling,
        args.normalize,
        &mut |progress| {
            bar.set_position(progress.done as u64);
        },
    )
    .map_err(encoder_error)?;
    bar.finish_and_clear();
    output.write(&csv(&vectors, encoder.config().hidden))?;
    Ok(Exit::Done)
}

fn bar(texts: usize, quiet: bool) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(texts as u64), ProgressDrawTarget::stderr());
    let template = "embedding {bar:30} {pos} of {len} texts, {per_sec}, about {eta} left";
    bar.set_style(
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar
}

/// `index,e0,e1,…`, each number in its shortest exact form.
fn csv(vectors: &[Vec<f32>], width: i64) -> Vec<u8> {
    let mut bytes = b"index".to_vec();
    // Writing to memory cannot fail.
    for column in 0..width {
        let _ = write!(bytes, ",e{column}");
    }
    bytes.push(b'\n');
    for (index, vector) in vectors.iter().enumerate() {
        let _ = write!(bytes, "{index}");
        for value in vector {
            let _ = write!(bytes, ",{value}");
        }
        bytes.push(b'\n');
    }
    bytes
}
