//! Encoders whose files are replaced, changed or at odds with each other.

use std::fs::{self, FileTimes};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use tch::{Device, Tensor};

use super::{Golden, one_thread};
use crate::{
    Encoder, ModelMetadata, NnError, OpenEncoder, Packed, Tokenizer, load_model, save_model,
};
use fsl_common::classes::Classes;
use fsl_common::fsio::{CachedChecksum, Stamp, sha256_file, write_atomic};
use fsl_common::settings::model_folder::{SUMS, TextRules};
use fsl_common::settings::{EncoderSource, FitParams};

/// A copy of the tiny BERT, and its id.
fn copy(folder: &Path) -> (EncoderSource, String) {
    let golden = Golden::read("bert").source;
    let copied = |path: &Path| {
        let to = folder.join(path.file_name().unwrap());
        fs::copy(path, &to).unwrap();
        to
    };
    let source = EncoderSource {
        config: copied(&golden.config),
        vocab: copied(&golden.vocab),
        weights: copied(&golden.weights),
        shards: Vec::new(),
        lowercase: true,
        tokenizer: Vec::new(),
    };
    let id = source.id(sha256_file).unwrap();
    (source, id)
}

/// The file with one bit of its last number flipped, not in an exponent.
fn spoilt(path: &Path) -> Vec<u8> {
    let mut bytes = fs::read(path).unwrap();
    let place = bytes.len() - 4;
    bytes[place] ^= 1;
    bytes
}

fn hidden(encoder: &Encoder) -> Tensor {
    let packed = Packed::new(&Golden::read("bert").texts(), Device::Cpu);
    tch::no_grad(|| encoder.forward(&packed, None))
}

#[test]
fn what_was_hashed_is_what_is_loaded() {
    one_thread();
    let folder = tempfile::tempdir().unwrap();
    let (source, id) = copy(folder.path());
    let expected = hidden(&Golden::read("bert").encoder());
    let files = OpenEncoder::verified(&source, &id, &[]).unwrap();
    // Another file takes the name: the open one is loaded still.
    write_atomic(&source.weights, &spoilt(&source.weights)).unwrap();
    let loaded = Encoder::load(&files, Device::Cpu).unwrap();
    assert_eq!(hidden(&loaded), expected);
    let replaced = OpenEncoder::verified(&source, &id, &[]).unwrap();
    let error = Encoder::load(&replaced, Device::Cpu).err().unwrap();
    assert!(error.is_transient());
    assert!(matches!(error, NnError::Changed { expected, .. } if expected == id));
}

#[test]
fn a_file_that_is_changed_in_its_place_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let (source, id) = copy(folder.path());
    let open = || fs::File::options().write(true).open(&source.weights);
    // Long ago, so that any change gives another time.
    let modified = UNIX_EPOCH + Duration::from_secs(1000);
    let times = FileTimes::new().set_modified(modified);
    open().unwrap().set_times(times).unwrap();
    let known = [CachedChecksum {
        path: source.weights.clone(),
        stamp: Stamp::read(&source.weights).unwrap(),
        sha256: sha256_file(&source.weights).unwrap(),
    }];
    let files = OpenEncoder::verified(&source, &id, &known).unwrap();
    assert!(Encoder::load(&files, Device::Cpu).is_ok());
    let bytes = spoilt(&source.weights);
    let mut file = open().unwrap();
    file.seek(SeekFrom::Start(bytes.len() as u64 - 4)).unwrap();
    file.write_all(&bytes[bytes.len() - 4..]).unwrap();
    let error = Encoder::load(&files, Device::Cpu).err().unwrap();
    assert!(matches!(error, NnError::Changed { .. }), "{error}");
    for path in [&source.config, &source.vocab] {
        let (source, id) = copy(folder.path());
        let mut text = fs::read(path).unwrap();
        text.push(b'\n');
        write_atomic(path, &text).unwrap();
        let files = OpenEncoder::verified(&source, &id, &[]).unwrap();
        assert!(Encoder::load(&files, Device::Cpu).is_err());
    }
}

/// The tokenizer of the tiny BERT, of 60 entries, with this text behind them.
fn with_entries(more: &str) -> Result<Tokenizer, String> {
    let folder = tempfile::tempdir().unwrap();
    let (source, _) = copy(folder.path());
    let text = fs::read_to_string(&source.vocab).unwrap();
    write_atomic(&source.vocab, (text + more).as_bytes()).unwrap();
    let here = folder.path().display().to_string();
    let tokenizer = OpenEncoder::open(&source).unwrap().tokenizer();
    tokenizer.map_err(|error| error.to_string().replace(&here, ""))
}

#[test]
fn a_vocabulary_is_not_larger_than_the_embedding() {
    assert_eq!(
        with_entries("new\n").err().unwrap(),
        "`/vocab.txt` has 61 entries, but config.json has `vocab_size` 60"
    );
    // Empty lines are no entries, and of equal ones the last counts: then its id is too large as well.
    assert!(with_entries("\n \n").is_ok());
    assert!(
        with_entries("\n\n[MASK]\n")
            .err()
            .unwrap()
            .contains("has 63 entries")
    );
    assert_eq!(
        with_entries(&"a\n".repeat(1_000_000)).err().unwrap(),
        "`/vocab.txt` has 1000060 entries, at most 1000000 are read"
    );
}

/// Witness: transformers' `load_vocab`, a dictionary that is filled line by line.
#[test]
fn of_equal_entries_the_last_one_counts() {
    let vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\na\n";
    let tokenizer = Tokenizer::parse(Path::new("v"), vocabulary.as_bytes(), true).unwrap();
    assert_eq!(tokenizer.encode("a b", 8), [2, 7, 6, 3]);
}

/// A model folder, with what `spoil` does to it, as it is read.
fn said(spoil: &dyn Fn(&Path)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let golden = Golden::read("bert");
    let params = FitParams {
        hidden_units: 16,
        ..FitParams::reference()
    };
    let classes = Classes::zero_one();
    let metadata = ModelMetadata::new(classes, &params, 24, true, "text", TextRules::None);
    let model = folder.path().join("m");
    save_model(&golden.classifier(), &golden.open(), &metadata, &model).unwrap();
    spoil(&model);
    let error = load_model(&model, Device::Cpu).err().unwrap();
    let here = folder.path().display().to_string();
    error.to_string().replace(&here, "")
}

#[test]
fn model_folders_with_numbers_that_are_not_finite_are_refused() {
    let spoil = |name: &'static str, tensor: &'static str, value: f64| {
        said(&move |folder: &Path| {
            let path = folder.join(name);
            let mut all = Tensor::read_safetensors(&path).unwrap();
            let (_, found) = all.iter_mut().find(|(other, _)| other == tensor).unwrap();
            let _ = found.view([-1]).get(0).fill_(value);
            Tensor::write_safetensors(&all, &path).unwrap();
            // As in models of earlier programs.
            fs::remove_file(folder.join(SUMS)).unwrap();
        })
    };
    assert_eq!(
        spoil("head.safetensors", "output.weight", f64::NAN),
        "model `/m`: `/m/head.safetensors`, tensor `output.weight`: holds NaN, must hold finite numbers only"
    );
    assert_eq!(
        spoil(
            "model.safetensors",
            "embeddings.LayerNorm.weight",
            f64::INFINITY
        ),
        "model `/m`: `/m/model.safetensors`, tensor `embeddings.LayerNorm.weight`: holds inf, must hold finite numbers only"
    );
}

#[cfg(unix)]
#[test]
fn devices_are_no_files_of_a_model() {
    for name in [
        "head.safetensors",
        "model.safetensors",
        "vocab.txt",
        "config.json",
    ] {
        let said = said(&|folder: &Path| {
            fs::remove_file(folder.join(name)).unwrap();
            std::os::unix::fs::symlink("/dev/zero", folder.join(name)).unwrap();
        });
        assert_eq!(
            said,
            format!("model `/m`: `/m/{name}` cannot be read: it is a pipe or a device, not a file")
        );
    }
}

/// Writes config.json without these keys.
fn without(source: &EncoderSource, keys: &[&str]) {
    let bytes = fs::read(&source.config).unwrap();
    let mut config: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&bytes).unwrap();
    config.retain(|key, _| !keys.contains(&key.as_str()));
    write_atomic(&source.config, &serde_json::to_vec(&config).unwrap()).unwrap();
}

/// Witness: the same files with their `model_type`.
#[test]
fn a_family_that_is_not_named_is_inferred_and_said() {
    let expected = hidden(&Golden::read("bert").encoder());
    assert_eq!(Golden::read("bert").open().notice(), None);
    let folder = tempfile::tempdir().unwrap();
    let (source, _) = copy(folder.path());
    let check = |grounds: &str| {
        let files = OpenEncoder::open(&source).unwrap();
        let said = format!("there is no `model_type`; `bert` is assumed, as {grounds}");
        assert_eq!(files.notice(), Some(said));
        assert_eq!(
            hidden(&Encoder::load(&files, Device::Cpu).unwrap()),
            expected
        );
    };
    without(&source, &["model_type"]);
    check("`architectures` says");
    without(&source, &["model_type", "architectures"]);
    assert!(OpenEncoder::open(&source).is_err());
    let all = Tensor::read_safetensors(&source.weights).unwrap();
    let prefixed: Vec<_> = all
        .into_iter()
        .map(|(name, tensor)| (format!("module.bert.{name}"), tensor))
        .collect();
    Tensor::write_safetensors(&prefixed, &source.weights).unwrap();
    check("the names of the tensors say");
}
