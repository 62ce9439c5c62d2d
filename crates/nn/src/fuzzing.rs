//! What holds for any bytes that are read as the files of an encoder.

use std::path::Path;

use super::families::blocks;
use super::pickle::Archive;
use super::shapes::StoredTensors;
use super::unpickle::unpickle;
use super::{EncoderConfig, Family, NnError, Tokenizer, safetensors_file};
use fsl_common::tokenizer::{TOKENIZER, TOKENIZER_CONFIG, TokenizerFiles, TokenizerSettings};

/// A config.json, beside weights that are a small table: what is accepted has sizes that can be multiplied.
///
/// # Panics
/// Where that does not hold.
pub fn config(input: &[u8]) {
    let tensors = || {
        Ok(StoredTensors {
            shapes: [("embeddings".to_owned(), Some(vec![60, 16]))].into(),
            ..StoredTensors::default()
        })
    };
    match EncoderConfig::parse_or_infer(Path::new("config.json"), input, tensors) {
        Ok((config, _)) => {
            let sizes = [
                config.embedding_size,
                config.hidden,
                config.vocab_size,
                config.max_positions,
            ];
            assert!(sizes.iter().all(|&size| size > 0), "{sizes:?}");
            // A static encoder has no blocks.
            let has_blocks = config.family != Family::Model2Vec;
            let sizes = [config.intermediate, config.layers, blocks(&config)];
            assert!(
                !has_blocks || sizes.iter().all(|&size| size > 0),
                "{sizes:?}"
            );
            assert!(has_blocks || config.layers == 0);
            assert!(config.type_vocab_size >= 0 && config.first_position >= 0);
            assert!(config.max_positions + config.first_position <= 10_000_000);
            assert_eq!(config.hidden % config.heads, 0);
            assert!(config.layer_norm_eps > 0.0 && (0.0..1.0).contains(&config.hidden_dropout));
        }
        Err(error) => check_message(&error),
    }
}

/// A vocab.txt, and behind a NUL byte a text: its ids are those of the vocabulary, and cutting it shorter changes no earlier one.
///
/// # Panics
/// Where that does not hold.
pub fn tokenizer(input: &[u8]) {
    let place = input.iter().position(|&byte| byte == 0);
    let (vocabulary, text) = input.split_at(place.unwrap_or(input.len()));
    let text = String::from_utf8_lossy(text);
    for lowercase in [false, true] {
        let tokenizer = match Tokenizer::parse(Path::new("vocab.txt"), vocabulary, lowercase) {
            Ok(tokenizer) => tokenizer,
            Err(error) => return check_message(&error),
        };
        let ids = tokenizer.encode(&text, 64);
        assert!((2..=64).contains(&ids.len()));
        assert!(ids.iter().all(|id| (0..tokenizer.rows()).contains(id)));
        let short = tokenizer.encode(&text, 8);
        let kept = short.len() - 1;
        assert!(short.len() <= 8 && short[..kept] == ids[..kept.min(ids.len())]);
    }
}

/// A tokenizer.json, behind NUL bytes a tokenizer_config.json and a text: the ids of the text are those of the vocabulary, the
/// special tokens stand around it, and cutting it shorter keeps one of its ends.
///
/// # Panics
/// Where that does not hold.
pub fn tokenizer_json(input: &[u8]) {
    let mut parts = input.splitn(3, |&byte| byte == 0);
    let mut part = || parts.next().unwrap_or_default();
    let (tokenizer, config, text) = (part(), part(), String::from_utf8_lossy(part()));
    let named = [(TOKENIZER, tokenizer), (TOKENIZER_CONFIG, config)];
    let held = named.into_iter().filter(|(_, bytes)| !bytes.is_empty());
    let held = held.map(|(name, bytes)| (name.to_owned(), bytes.to_vec()));
    let files = TokenizerFiles::held(Path::new(""), held.collect());
    for model in [
        "bert",
        "roberta",
        "xlm-roberta",
        "albert",
        "deberta-v2",
        "modernbert",
        "model2vec",
    ] {
        let encoder = format!("{{\"model_type\":\"{model}\"}}");
        let made = TokenizerSettings::read(&files, encoder.as_bytes())
            .and_then(|settings| settings.pipeline(&files))
            .map_err(NnError::from)
            .and_then(|pipeline| Tokenizer::from_pipeline(Path::new(""), &pipeline));
        match made {
            Ok(tokenizer) if model == "model2vec" => check_static_ids(tokenizer, &text),
            Ok(tokenizer) => check_ids(&tokenizer, &text),
            Err(error) => check_message(&error),
        }
    }
}

fn check_ids(tokenizer: &Tokenizer, text: &str) {
    let whole = tokenizer.encode(text, usize::MAX);
    let special = tokenizer.special_tokens();
    assert!(whole.len() >= special);
    assert!(whole.iter().all(|id| (0..tokenizer.rows()).contains(id)));
    let short = tokenizer.encode(text, 16);
    assert!(short.len() <= 16.max(special) && short.len() >= special);
    assert_eq!(short.len(), whole.len().min(16).max(special));
}

/// The ids for a static encoder, whose tokenizer leaves out what is unknown.
fn check_static_ids(tokenizer: Tokenizer, text: &str) {
    let empty = tokenizer.rows();
    let tokenizer = tokenizer.with_empty_text(empty);
    for max_tokens in [16, usize::MAX] {
        let ids = tokenizer.encode(text, max_tokens);
        assert!((1..=max_tokens).contains(&ids.len()));
        let known = |id: &i64| (0..empty).contains(id);
        assert!(ids == [empty] || ids.iter().all(known));
    }
}

/// A safetensors file: every tensor has as many bytes as its shape and its kind say.
///
/// # Panics
/// Where that does not hold.
pub fn safetensors(input: &[u8]) {
    let path = Path::new("model.safetensors");
    let file = match safetensors_file::parse(path, input) {
        Ok(file) => file,
        Err(error) => return check_message(&error),
    };
    for (name, view) in file.iter() {
        let numbers: usize = view.shape().iter().product();
        assert_eq!(view.data().len(), numbers * view.dtype().bitsize() / 8);
        if let Ok(tensor) = safetensors_file::tensor(path, &file, name) {
            assert_eq!(tensor.numel(), numbers);
        }
    }
}

/// A pytorch_model.bin, and the pickle inside one: what is read of it is not larger than the file allows.
///
/// # Panics
/// Where that does not hold.
pub fn pickle(input: &[u8]) {
    if let Ok(tensors) = unpickle(input).and_then(|(pickle, _)| pickle.state_dict()) {
        assert!(tensors.len() <= input.len());
    }
    let mut archive = match Archive::open(Path::new("pytorch_model.bin"), input) {
        Ok(archive) => archive,
        Err(error) => return check_message(&error),
    };
    let names: Vec<_> = archive.tensors().keys().take(8).cloned().collect();
    for name in names {
        match archive.tensor(&name) {
            Ok(tensor) => assert!(tensor.numel() <= 4 * input.len() + (1 << 20)),
            Err(error) => check_message(&error),
        }
    }
}

/// A message has nothing that steers a terminal, and is not as long as the file.
fn check_message(error: &NnError) {
    let shown = error.to_string();
    assert!(!shown.chars().any(char::is_control), "{shown:?}");
    assert!(shown.len() < 10_000, "a message of {} bytes", shown.len());
}

#[cfg(test)]
mod tests {
    use super::*;
    use fsl_test_support::corpus;

    type Target = (&'static str, fn(&[u8]));

    #[test]
    fn the_properties_hold_for_the_committed_inputs() {
        let targets: [Target; 5] = [
            ("config", config),
            ("tokenizer", tokenizer),
            ("tokenizer_json", tokenizer_json),
            ("safetensors", safetensors),
            ("pickle", pickle),
        ];
        for (target, property) in targets {
            for (name, input) in corpus(target) {
                println!("{target}/{name}");
                property(&input);
            }
        }
    }
}
