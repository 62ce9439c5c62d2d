//! Model folders: what is written can be read, by this program and by transformers.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tch::{Device, Tensor, no_grad};

use super::{FAMILIES, Golden, distance, one_thread, tensors};
use crate::{
    Classifier, Compute, Encoder, Examples, FitSeeds, Head, MODEL_FORMAT, ModelMetadata,
    OpenEncoder, Packed, SavedModel, fit, load_model, model_source, save_model,
};
use fsl_common::classes::Classes;
use fsl_common::settings::model_folder::{TextRules, model_exists};
use fsl_common::settings::{FitParams, LongTexts, LossParams, Pooling};
use fsl_test_support::golden;

pub(super) fn params() -> FitParams {
    FitParams {
        // Enough that no text has lost all units to dropout every time.
        epochs: 4,
        batch_size: 3,
        learning_rate: 1e-2,
        hidden_units: 16,
        ..FitParams::reference()
    }
}

pub(super) fn facts(params: &FitParams) -> ModelMetadata {
    ModelMetadata {
        format: 1,
        classes: Classes::zero_one(),
        pooling: params.pooling,
        prompt: None,
        hidden_units: params.hidden_units,
        head_dropout: params.head_dropout,
        max_tokens: 20,
        long_texts: LongTexts::Truncate,
        lowercase: true,
        tokenizer: Vec::new(),
        text_column: "text_pp".to_owned(),
        text_rules: TextRules::Reference,
        probability_column: "prob_hatred".to_owned(),
    }
}

/// A classifier of the family that has learnt for a few steps.
fn fitted(golden: &Golden) -> Classifier {
    let (texts, targets) = (golden.texts(), golden.numbers("targets"));
    let (classifier, _) = fit(
        &golden.open(),
        Compute::CPU,
        &params(),
        &LossParams::bce(),
        Examples {
            texts: &texts,
            classes: 2,
            targets: &targets,
        },
        FitSeeds {
            init: 1,
            order: 2,
            dropout: 3,
        },
        &mut |_| (),
    )
    .unwrap();
    classifier
}

/// A folder with a model of the family.
fn saved(family: &str) -> (Golden, Classifier, tempfile::TempDir) {
    let golden = Golden::read(family);
    let classifier = fitted(&golden);
    let folder = tempfile::tempdir().unwrap();
    save_model(
        &classifier,
        &golden.open(),
        &facts(&params()),
        folder.path(),
    )
    .unwrap();
    (golden, classifier, folder)
}

#[test]
fn a_saved_model_gives_the_same_probabilities() {
    one_thread();
    for family in FAMILIES {
        let (golden, classifier, folder) = saved(family);
        let model = load_model(folder.path(), Device::Cpu).unwrap();
        let (read, facts) = (model.classifier, model.metadata);
        assert_eq!(facts, self::facts(&params()));
        let files = OpenEncoder::open(&model_source(folder.path(), &facts)).unwrap();
        let as_encoder = Encoder::load(&files, Device::Cpu);
        assert_eq!(as_encoder.unwrap().config(), classifier.encoder.config());
        let predict =
            |classifier: &Classifier| classifier.predict(&golden.texts(), &mut |_| ()).unwrap();
        assert_eq!(predict(&classifier), predict(&read));
        // Every row of the word embedding is there; those that occur in no text are as they were.
        let (word, _) = classifier.encoder.named().swap_remove(0);
        let before = tensors(&golden.source.weights).remove(&word).unwrap();
        let after = tensors(&folder.path().join("model.safetensors"))
            .remove(&word)
            .unwrap();
        assert_eq!(before.size(), after.size());
        let used: Vec<i64> = golden.texts().concat();
        for row in 0..before.size()[0] {
            let same = before.get(row) == after.get(row);
            let padding = classifier.encoder.config().pad_token_id == Some(row);
            assert_eq!(same, padding || !used.contains(&row), "{family} row {row}");
        }
    }
}

/// Witness: transformers' `save_pretrained` wrote the golden files: what was only read is written with the same names,
/// kinds, shapes and numbers.
#[test]
fn weights_are_written_as_transformers_writes_them() {
    for family in FAMILIES {
        let golden = Golden::read(family);
        let folder = tempfile::tempdir().unwrap();
        save_model(
            &golden.classifier(),
            &golden.open(),
            &facts(&params()),
            folder.path(),
        )
        .unwrap();
        let bytes = |path: &Path| fs::read(path).unwrap();
        let (theirs, ours) = (
            bytes(&golden.source.weights),
            bytes(&folder.path().join("model.safetensors")),
        );
        let (_, header) = safetensors::SafeTensors::read_metadata(&ours).unwrap();
        assert_eq!(header.metadata().as_ref().unwrap()["format"], "pt");
        let read = |bytes| {
            let file = safetensors::SafeTensors::deserialize(bytes).unwrap();
            let mut all: Vec<_> = file.tensors();
            all.sort_by(|left, right| left.0.cmp(&right.0));
            all
        };
        assert_eq!(read(&ours), read(&theirs));
    }
}

/// What load_model.py says of a folder.
#[derive(Deserialize)]
pub(super) struct Loaded {
    pub(super) ids: Vec<Vec<i64>>,
    hidden: Vec<Vec<f32>>,
    missing: Vec<String>,
    unexpected: Vec<String>,
    class: String,
    dtype: String,
    classes: Vec<String>,
}

/// The interpreter that `make golden` would use.
fn python() -> String {
    std::env::var("GOLDEN_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// What transformers makes of a model folder and of texts, or of their token ids.
pub(super) fn loaded_by_transformers(folder: &Path, texts: &[impl Serialize]) -> Loaded {
    answer("nn/load_model.py", folder, texts)
}

/// What a script says of a folder and of texts.
pub(super) fn answer<T: DeserializeOwned>(
    script: &str,
    folder: &Path,
    texts: &[impl Serialize],
) -> T {
    let mut child = Command::new(python())
        .arg(golden(script))
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = serde_json::to_vec(texts).unwrap();
    child.stdin.take().unwrap().write_all(&input).unwrap();
    let output = child.wait_with_output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

mod needs_transformers {
    use super::*;

    /// Witness: transformers, live.
    #[test]
    #[ignore = "needs Python with transformers and PyTorch in GOLDEN_PYTHON"]
    fn transformers_knows_the_names_of_the_classes() {
        for names in [
            ["hate", "offensive", "neither"].as_slice(),
            &["ham", "spam"],
        ] {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            let files = Golden::read("distilbert").open();
            let encoder = Encoder::load(&files, Device::Cpu).unwrap();
            let (hidden, classes) = (encoder.config().hidden, names.len());
            let head = Head::new(hidden, 16, classes, Pooling::Cls, 0.0, 0, Device::Cpu);
            let metadata = ModelMetadata {
                format: MODEL_FORMAT,
                classes: Classes::new(names.clone(), None).unwrap(),
                ..facts(&params())
            };
            let folder = tempfile::tempdir().unwrap();
            let classifier = Classifier { encoder, head };
            save_model(&classifier, &files, &metadata, folder.path()).unwrap();
            assert_eq!(
                loaded_by_transformers(folder.path(), &["a cab"]).classes,
                names
            );
        }
    }

    /// Witness: transformers, live. 1e-5: a few units in the last place of f32 at the size of hidden states.
    #[test]
    #[ignore = "needs Python with transformers and PyTorch in GOLDEN_PYTHON"]
    fn transformers_loads_the_folder_and_gives_the_same_hidden_states() {
        one_thread();
        let texts = [
            "a cab, no bad",
            "Zebra 0",
            "",
            "the quick brown fox jumps over it all",
        ];
        for family in ["bert", "distilbert"] {
            let (_, _, folder) = saved(family);
            let theirs = loaded_by_transformers(folder.path(), &texts);
            assert_eq!(theirs.dtype, "torch.float32");
            assert!(
                theirs
                    .missing
                    .iter()
                    .all(|name| name.starts_with("pooler.")),
                "{:?}",
                theirs.missing
            );
            let SavedModel {
                classifier: read,
                tokenizer,
                metadata,
            } = load_model(folder.path(), Device::Cpu).unwrap();
            let ids = tokenizer.encode_all(&texts, metadata.max_tokens);
            assert_eq!(ids, theirs.ids, "{family}");
            for (ids, theirs) in ids.iter().zip(&theirs.hidden) {
                let packed = Packed::new(&[ids], Device::Cpu);
                let ours = no_grad(|| read.encoder.forward(&packed, None));
                let theirs = Tensor::from_slice(theirs).view_as(&ours);
                assert!(distance(&ours, &theirs) < 1e-5, "{family} {ids:?}");
            }
        }
    }
    /// Witness: transformers, live. 1e-5 as above; texts of 1, 2 and the most tokens are among them.
    #[test]
    #[ignore = "needs Python with transformers and PyTorch in GOLDEN_PYTHON"]
    fn transformers_loads_the_folder_of_every_family() {
        one_thread();
        for family in FAMILIES {
            let (golden, classifier, folder) = saved(family);
            let theirs = loaded_by_transformers(folder.path(), &golden.texts());
            assert_eq!(
                theirs.class,
                classifier
                    .encoder
                    .config()
                    .family
                    .definition()
                    .model_class()
            );
            let pooler = |name: &String| name.starts_with("pooler.");
            assert!(theirs.missing.iter().all(pooler), "{:?}", theirs.missing);
            assert_eq!(theirs.unexpected, [""; 0]);
            for (ids, theirs) in golden.texts().iter().zip(&theirs.hidden) {
                let packed = Packed::new(&[ids], Device::Cpu);
                let ours = no_grad(|| classifier.encoder.forward(&packed, None));
                let theirs = Tensor::from_slice(theirs).view_as(&ours);
                assert!(distance(&ours, &theirs) < 1e-5, "{family} {ids:?}");
            }
        }
    }
}

/// What is said of a model folder after `spoil` was at it.
fn said(spoil: &dyn Fn(&Path)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let golden = Golden::read("bert");
    let path = folder.path().join("m");
    save_model(
        &golden.classifier(),
        &golden.open(),
        &facts(&params()),
        &path,
    )
    .unwrap();
    spoil(&path);
    let error = load_model(&path, Device::Cpu).err().unwrap();
    error
        .to_string()
        .replace(&folder.path().display().to_string(), "")
}

#[test]
fn folders_that_are_no_model_are_refused() {
    let rewrite = |name: &'static str, from: &'static str, to: &'static str| {
        said(&move |path: &Path| {
            let text = fs::read_to_string(path.join(name)).unwrap();
            assert!(text.contains(from));
            fsl_common::fsio::write_atomic(&path.join(name), text.replace(from, to).as_bytes())
                .unwrap();
            // As in a folder of an earlier program, which has no checksums.
            fs::remove_file(path.join("SHA256SUMS")).unwrap();
        })
    };
    let remove =
        |name: &'static str| said(&move |path: &Path| fs::remove_file(path.join(name)).unwrap());
    insta::assert_snapshot!(said(&|path| fs::remove_dir_all(path).unwrap()), @"model `/m`: there is no such folder");
    insta::assert_snapshot!(remove("fsl-exp.json"), @"model `/m`: not a model folder, it has no `fsl-exp.json`");
    insta::assert_snapshot!(remove("head.safetensors"), @"model `/m`: `/m/head.safetensors` cannot be read: No such file or directory (os error 2)");
    insta::assert_snapshot!(rewrite("fsl-exp.json", "\"format\": 1", "\"format\": 4, \"new\": 1"), @"model `/m`: `/m/fsl-exp.json` has format 4, this program reads formats 1 to 3");
    insta::assert_snapshot!(rewrite("fsl-exp.json", "\"pooling\"", "\"pool\""), @"model `/m`: `/m/fsl-exp.json` is no description of a model: unknown field `pool`, expected one of `format`, `classes`, `pooling`, `prompt`, `hidden-units`, `head-dropout`, `max-tokens`, `long-texts`, `lowercase`, `tokenizer`, `text-column`, `text-rules`, `probability-column` at line 3 column 8");
    insta::assert_snapshot!(rewrite("fsl-exp.json", "\"hidden-units\": 16", "\"hidden-units\": 0"), @"model `/m`: `/m/fsl-exp.json` has `hidden-units` not from 1 to 1000000");
    insta::assert_snapshot!(rewrite("fsl-exp.json", "\"hidden-units\": 16", "\"hidden-units\": 8"), @"model `/m`: `/m/head.safetensors` has `dense.weight` of shape [16, 12], config.json and fsl-exp.json ask for [8, 12]");
    insta::assert_snapshot!(rewrite("fsl-exp.json", "\"max-tokens\": 20", "\"max-tokens\": 2000"), @"model `/m`: `/m/fsl-exp.json` has `max-tokens` 2000, but the encoder reads at most 32");
    insta::assert_snapshot!(rewrite("config.json", "\"hidden_size\": 12", "\"hidden_size\": 24"), @"model `/m`: `/m/model.safetensors`, tensor `embeddings.word_embeddings.weight`: got shape [60, 12], config.json asks for [60, 24]; `hidden_size` is 24, the weights have 12");
    insta::assert_snapshot!(remove("vocab.txt"), @"model `/m`: `/m/vocab.txt` cannot be read: No such file or directory (os error 2)");
    let truncated = said(&|path| {
        let bytes = fs::read(path.join("head.safetensors")).unwrap();
        fsl_common::fsio::write_atomic(&path.join("head.safetensors"), &bytes[..100]).unwrap();
        fs::remove_file(path.join("SHA256SUMS")).unwrap();
    });
    assert!(truncated.contains("is truncated or damaged"), "{truncated}");
}

/// One bit of a weight, or half of the vocabulary, would give other probabilities without a word.
#[test]
fn a_file_that_is_not_as_it_was_saved_is_refused() {
    for name in [
        "config.json",
        "fsl-exp.json",
        "head.safetensors",
        "model.safetensors",
        "tokenizer_config.json",
        "vocab.txt",
    ] {
        let flipped = said(&|path| {
            let mut bytes = fs::read(path.join(name)).unwrap();
            let last = bytes.len() - 1;
            // The last byte of a text is a line feed, which becomes a vertical tab.
            bytes[last] ^= 1;
            fsl_common::fsio::write_atomic(&path.join(name), &bytes).unwrap();
        });
        assert!(flipped.contains(&format!("`/m/{name}`")), "{flipped}");
    }
    insta::assert_snapshot!(said(&|path| {
        let text = fs::read_to_string(path.join("fsl-exp.json")).unwrap();
        let other = text.replace("\"head-dropout\": 0.", "\"head-dropout\": 0.1");
        assert_ne!(text, other);
        fsl_common::fsio::write_atomic(&path.join("fsl-exp.json"), other.as_bytes()).unwrap();
    }), @"model `/m`: `/m/fsl-exp.json` is not as it was saved: its checksum is not the one in `SHA256SUMS`");
    insta::assert_snapshot!(said(&|path| {
        fsl_common::fsio::write_atomic(&path.join("SHA256SUMS"), b"").unwrap();
    }), @"model `/m`: `/m/SHA256SUMS` is damaged: its lines must be a SHA-256 and a name each");
}

/// A folder counts as a model only while all of its files belong together.
#[test]
fn a_folder_that_is_being_written_is_no_model() {
    let folder = tempfile::tempdir().unwrap();
    let golden = Golden::read("bert");
    let save = || {
        save_model(
            &golden.classifier(),
            &golden.open(),
            &facts(&params()),
            folder.path(),
        )
    };
    save().unwrap();
    // A folder in the place of a file stops the second attempt half-way.
    let blocked = folder.path().join("head.safetensors");
    fs::remove_file(&blocked).unwrap();
    fs::create_dir_all(blocked.join("in the way")).unwrap();
    let error = save().unwrap_err().to_string();
    assert!(
        error.contains("head.safetensors` cannot be written"),
        "{error}"
    );
    assert!(!model_exists(folder.path()));
}
