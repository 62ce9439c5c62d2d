//! Model folders of encoders whose tokenizer is more than a vocab.txt.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tch::Device;

use super::Golden;
use crate::{ModelMetadata, OpenEncoder, load_model, model_source, save_model};
use fsl_common::classes::Classes;
use fsl_common::fsio::{sha256_file, write_atomic};
use fsl_common::settings::model_folder::{SUMS, TextRules};
use fsl_common::settings::{EncoderSource, FitParams, check_files};

const TEXTS: [&str; 3] = ["a cab, no b\u{e1}d", "", "<new> zebra 0"];

/// The tiny BERT with accents kept and an added token, in the place of one of its entries.
fn source(folder: &Path) -> EncoderSource {
    let golden = Golden::read("bert").source;
    let vocabulary = fs::read_to_string(&golden.vocab).unwrap();
    let entries: Vec<&str> = vocabulary.lines().collect();
    let kept = entries[..entries.len() - 1].join("\n") + "\n";
    let added = format!("{{\"<new>\": {}}}", entries.len() - 1);
    let files: [(&str, &str); 3] = [
        ("added_tokens.json", &added),
        (
            "tokenizer_config.json",
            r#"{"tokenizer_class":"BertTokenizer","strip_accents":false}"#,
        ),
        ("vocab.txt", &kept),
    ];
    for (name, text) in files {
        write_atomic(&folder.join(name), text.as_bytes()).unwrap();
    }
    EncoderSource {
        vocab: folder.join("vocab.txt"),
        tokenizer: files.map(|(name, _)| folder.join(name)).to_vec(),
        ..golden
    }
}

fn metadata() -> ModelMetadata {
    let params = FitParams {
        hidden_units: 16,
        ..FitParams::reference()
    };
    ModelMetadata::new(
        Classes::zero_one(),
        &params,
        24,
        true,
        "text",
        TextRules::None,
    )
}

#[test]
fn a_model_folder_keeps_the_files_of_its_tokenizer() {
    let folder = tempfile::tempdir().unwrap();
    let source = source(folder.path());
    let id = source.id(sha256_file).unwrap();
    let files = OpenEncoder::verified(&source, &id, &[]).unwrap();
    let expected = files.tokenizer().unwrap().encode_all(&TEXTS, 24);
    assert!(expected[2].contains(&59), "{expected:?}");
    let model = folder.path().join("m");
    // A model of another tokenizer was there before.
    let golden = Golden::read("bert");
    save_model(&golden.classifier(), &golden.open(), &metadata(), &model).unwrap();
    save_model(&golden.classifier(), &files, &metadata(), &model).unwrap();
    check_files(&model).unwrap();
    let read = load_model(&model, Device::Cpu).unwrap();
    assert_eq!(read.tokenizer.encode_all(&TEXTS, 24), expected);
    assert_eq!(read.metadata.format, 3);
    assert_eq!(
        read.metadata.tokenizer,
        ["added_tokens.json", "tokenizer_config.json", "vocab.txt"]
    );
    let config = fs::read_to_string(model.join("tokenizer_config.json")).unwrap();
    let config: BTreeMap<String, serde_json::Value> = serde_json::from_str(&config).unwrap();
    assert_eq!(config["model_max_length"], 24);
    assert_eq!(config["strip_accents"], false);
    let encoder = OpenEncoder::open(&model_source(&model, &read.metadata)).unwrap();
    assert_eq!(
        encoder.tokenizer().unwrap().encode_all(&TEXTS, 24),
        expected
    );
    // And back: the plain one leaves nothing of it behind.
    save_model(&golden.classifier(), &golden.open(), &metadata(), &model).unwrap();
    check_files(&model).unwrap();
    assert!(!model.join("added_tokens.json").exists());
    assert_eq!(
        load_model(&model, Device::Cpu).unwrap().metadata,
        metadata()
    );
}

#[test]
fn files_of_a_tokenizer_that_were_changed_or_named_by_strangers_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let source = source(folder.path());
    let golden = Golden::read("bert");
    let said = |spoil: &dyn Fn(&Path)| {
        let model = tempfile::tempdir().unwrap();
        let files = OpenEncoder::open(&source).unwrap();
        save_model(&golden.classifier(), &files, &metadata(), model.path()).unwrap();
        spoil(model.path());
        let error = load_model(model.path(), Device::Cpu).err().unwrap();
        error
            .to_string()
            .replace(&model.path().display().to_string(), "m")
    };
    let spoilt = said(&|model| {
        write_atomic(&model.join("added_tokens.json"), b"{\"<other>\": 59}").unwrap();
    });
    assert_eq!(
        spoilt,
        "model `m`: `m/added_tokens.json` is not as it was saved: its checksum is not the one in `SHA256SUMS`"
    );
    let strange = said(&|model| {
        let facts = model.join("fsl-exp.json");
        let text = fs::read_to_string(&facts).unwrap();
        write_atomic(
            &facts,
            text.replace("added_tokens.json", "../other.json")
                .as_bytes(),
        )
        .unwrap();
        fs::remove_file(model.join(SUMS)).unwrap();
    });
    assert_eq!(
        strange,
        "model `m`: `m/fsl-exp.json` has `tokenizer` not a list of files of tokenizers"
    );
}

#[test]
fn an_added_token_without_an_embedding_is_refused_on_load() {
    let folder = tempfile::tempdir().unwrap();
    let source = source(folder.path());
    let more = b"{\"<new>\": 59, \"<newer>\": 60}";
    write_atomic(&folder.path().join("added_tokens.json"), more).unwrap();
    let error = OpenEncoder::open(&source)
        .unwrap()
        .tokenizer()
        .err()
        .unwrap();
    let here = folder.path().display().to_string();
    assert_eq!(
        error.to_string().replace(&here, ""),
        "`/vocab.txt` has 61 entries, but config.json has `vocab_size` 60"
    );
}

mod needs_transformers {
    use super::super::model::loaded_by_transformers;
    use super::*;

    /// Witness: transformers, live.
    #[test]
    #[ignore = "needs Python with transformers and PyTorch in GOLDEN_PYTHON"]
    fn transformers_loads_the_folder_and_gives_the_same_ids() {
        let folder = tempfile::tempdir().unwrap();
        let files = OpenEncoder::open(&source(folder.path())).unwrap();
        let model = folder.path().join("m");
        save_model(
            &Golden::read("bert").classifier(),
            &files,
            &metadata(),
            &model,
        )
        .unwrap();
        let ours = load_model(&model, Device::Cpu).unwrap().tokenizer;
        let theirs = loaded_by_transformers(&model, &TEXTS).ids;
        assert_eq!(ours.encode_all(&TEXTS, 24), theirs);
    }
}
