//! `fsl-exp embed`: the vectors that an encoder gives to texts, as CSV. Runs in the worker.

use std::io::{self, IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::batch_tokenizer::Tokens;
use crate::compute;
use crate::error::encoder_error;
use crate::named_encoder::{self, NamedEncoder};
use crate::prompt::prompted;
use fsl_common::sentence::{self, SentenceEncoder};
use fsl_common::settings::Pooling;
use fsl_data::stream::read_whole;
use fsl_data::{self as data, Columns, Format};
use fsl_exp::cli::args::EmbedArgs;
use fsl_exp::cli::compute::PrecisionArg;
use fsl_exp::cli::console;
use fsl_exp::cli::error::CliError;
use fsl_exp::cli::exit::Exit;
use fsl_exp::cli::output::OutputPolicy;
use fsl_exp::cli::streaming;
use fsl_nn::{self as nn, Device, Encoder, EncoderConfig, VectorModules};

/// Tokens per text where neither the command nor the encoder says.
const DEFAULT_TOKENS: u32 = 64;

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
    let empty = texts.iter().filter(|text| text.trim().is_empty()).count();
    if let Some(empty) = streaming::empty_texts(empty as u64) {
        console::warn(&[input.name()], &empty);
    }
    let NamedEncoder {
        files, declared, ..
    } = named_encoder::open(&args.encoder, args.quiet)?;
    // What nobody asked for may be more than a small encoder reads, as long as no text is.
    if let Some(max_tokens) = args.max_tokens {
        named_encoder::check_max_tokens(&files, max_tokens)?;
    }
    let prompt = named_encoder::prompt(&declared, args.prompt.as_deref())?;
    let compute = compute::begin(&args.compute, PrecisionArg::F32)?;
    let mut encoder = Encoder::load(&files, compute.device).map_err(encoder_error)?;
    encoder
        .set_inference_precision(compute.precision)
        .map_err(encoder_error)?;
    let tokenizer = files.tokenizer().map_err(encoder_error)?;
    let hidden = encoder.config().hidden;
    let modules = modules(args, &declared, hidden, compute.device)?;
    let max_tokens = max_tokens(args, &declared, files.config());
    let texts = prompted(prompt.as_deref(), &texts);
    let limit = max_tokens as usize;
    let tokens = Tokens::new(&tokenizer, &texts, limit, args.long_texts.into());
    if tokens.longest() as i64 > files.config().max_positions {
        named_encoder::check_max_tokens(&files, max_tokens)?;
    }
    let cut = tokens.truncation(&tokenizer, &texts, limit);
    if let Some(cut) = cut.sentence("") {
        console::warn(&[input.name()], &cut);
    }
    let bar = bar(texts.len(), args.quiet);
    let pooling = args.pooling.map(Pooling::from).or(declared.pooling);
    let pooling = pooling.unwrap_or(Pooling::Mean);
    let mut on_batch = |progress: nn::Progress| bar.set_position(progress.done as u64);
    let vectors = tokens.embed(&encoder, pooling, &modules, &mut on_batch);
    let vectors = vectors.map_err(encoder_error)?;
    bar.finish_and_clear();
    output.write(&csv(&vectors, modules.width(hidden)))?;
    if !args.quiet {
        say_declared(args, &declared, prompt.as_deref());
    }
    Ok(Exit::Done)
}

/// What follows the pooling: what the encoder declares, and what is asked for.
fn modules(
    args: &EmbedArgs,
    declared: &SentenceEncoder,
    hidden: i64,
    device: Device,
) -> Result<VectorModules, CliError> {
    let (modules, dense) = (&declared.modules, &declared.dense);
    let modules = VectorModules::load(modules, dense, hidden, device).map_err(encoder_error)?;
    Ok(if args.normalize {
        modules.then_normalized()
    } else {
        modules
    })
}

/// Tokens per text: as asked for, else as the encoder declares, as far as it reads.
fn max_tokens(args: &EmbedArgs, declared: &SentenceEncoder, config: &EncoderConfig) -> u32 {
    let readable = u32::try_from(config.max_positions).unwrap_or(u32::MAX);
    let declared = declared.max_tokens.or(config.usual_tokens());
    let declared = declared.map(|limit| limit.min(readable));
    args.max_tokens.or(declared).unwrap_or(DEFAULT_TOKENS)
}

/// Says what was followed of what the encoder declares.
fn say_declared(args: &EmbedArgs, declared: &SentenceEncoder, prompt: Option<&str>) {
    let pooling = declared.pooling.filter(|_| args.pooling.is_none());
    let prompt = prompt.filter(|_| args.prompt.is_none());
    if let Some(followed) = sentence::described(pooling, &declared.modules, prompt) {
        console::say(&format!("note: as the encoder declares: {followed}"));
    }
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
