//! Checkpoints: both formats, and every way in which they can be wrong.

use std::fs;
use std::path::{Path, PathBuf};

use tch::{Device, Tensor};

use super::{Golden, tensors};
use crate::config::EncoderConfig;
use crate::weights::{self, Weights};
use crate::{Encoder, NnError, OpenEncoder, Packed};
use fsl_common::fsio::write_atomic;
use fsl_common::settings::EncoderSource;
use fsl_test_support::golden;

fn pickle(name: &str) -> PathBuf {
    golden(&format!("nn/pickles/{name}"))
}

pub(super) fn distilbert() -> EncoderConfig {
    let path = golden("nn/distilbert/config.json");
    EncoderConfig::parse(&path, &fs::read(&path).unwrap()).unwrap()
}

/// Reads the weights at `path`.
pub(super) fn read(path: &Path, config: &EncoderConfig) -> Result<Weights, NnError> {
    let bytes = fs::read(path).map_err(NnError::read(path))?;
    weights::read(path, &bytes, config)
}

/// The text of the error, without folders.
pub(super) fn error(path: &Path, config: &EncoderConfig) -> String {
    let error = read(path, config).unwrap_err();
    assert!(error.hint().is_some());
    error
        .to_string()
        .replace(&format!("{}/", path.parent().unwrap().display()), "")
}

/// Witness: the same tensors as safetensors. Views, offsets and shared storages are exact.
#[test]
fn a_pickled_checkpoint_with_views_equals_the_safetensors_one() {
    let golden_file = Golden::read("distilbert");
    let packed = Packed::new(&golden_file.texts(), Device::Cpu);
    let hidden = |encoder: Encoder| tch::no_grad(|| encoder.forward(&packed, None));
    let expected = hidden(golden_file.encoder());
    for name in ["views.bin", "legacy.bin"] {
        let source = EncoderSource {
            weights: pickle(name),
            ..golden_file.source.clone()
        };
        let files = OpenEncoder::open(&source).unwrap();
        let pickled = hidden(Encoder::load(&files, Device::Cpu).unwrap());
        assert_eq!(pickled, expected, "{name}");
    }
}

#[test]
fn half_precision_is_read_as_f32_from_either_format() {
    let expected = tensors(&golden("nn/distilbert/model.safetensors"));
    for name in ["half.bin", "half.safetensors"] {
        let mut read = read(&pickle(name), &distilbert()).unwrap();
        for (tensor, kind) in [
            ("ffn.lin1.weight", tch::Kind::BFloat16),
            ("ffn.lin2.weight", tch::Kind::Half),
        ] {
            let tensor = format!("transformer.layer.0.{tensor}");
            let rounded = expected[&tensor].to_kind(kind).to_kind(tch::Kind::Float);
            assert_eq!(read.take(&tensor, Device::Cpu).unwrap(), rounded);
        }
    }
}

#[test]
fn pickles_that_want_more_than_tensors_are_refused_by_name() {
    let config = distilbert();
    assert_eq!(
        error(&pickle("system.bin"), &config),
        "`system.bin` asks for the global `posix.system`, which no state dict needs"
    );
    assert_eq!(
        error(&pickle("module.bin"), &config),
        "`module.bin` asks for the global `torch.nn.modules.linear.Linear`, which no state dict needs"
    );
}

#[test]
fn damaged_pickles_are_named() {
    let config = distilbert();
    assert!(
        error(&pickle("truncated.bin"), &config)
            .starts_with("`truncated.bin` is truncated or no PyTorch checkpoint: ")
    );
    assert_eq!(
        error(&pickle("short.bin"), &config),
        "`short.bin` is damaged: storage `0` has 28 bytes instead of 32"
    );
    assert!(error(&pickle("none.bin"), &config).starts_with("`none.bin` cannot be read: "));
}

/// Writes a changed copy of the golden checkpoint.
pub(super) fn changed(folder: &Path, change: impl Fn(&mut Vec<(String, Tensor)>)) -> PathBuf {
    let mut all: Vec<_> = tensors(&golden("nn/distilbert/model.safetensors"))
        .into_iter()
        .collect();
    all.sort_by(|left, right| left.0.cmp(&right.0));
    change(&mut all);
    let path = folder.join("model.safetensors");
    Tensor::write_safetensors(&all, &path).unwrap();
    path
}

#[test]
fn checkpoints_that_do_not_match_config_json_are_named() {
    let (folder, config) = (tempfile::tempdir().unwrap(), distilbert());
    let path = changed(folder.path(), |all| {
        all.retain(|(name, _)| !name.contains("lin1"));
    });
    assert_eq!(
        error(&path, &config),
        "`model.safetensors` lacks 4 of 36 tensors: `transformer.layer.0.ffn.lin1.weight`, \
         `transformer.layer.0.ffn.lin1.bias`, `transformer.layer.1.ffn.lin1.weight`, and 1 more"
    );
    let path = changed(folder.path(), |all| {
        for (name, tensor) in all {
            if name == "embeddings.LayerNorm.bias" {
                *tensor = Tensor::from_slice(&[0.0_f32; 9]);
            }
        }
    });
    assert_eq!(
        error(&path, &config),
        "`model.safetensors`, tensor `embeddings.LayerNorm.bias`: got shape [9], config.json asks for [8]; `dim` is 8, the weights have 9"
    );
    let path = changed(folder.path(), |all| {
        all[0].1 = all[0].1.to_kind(tch::Kind::Int64);
    });
    assert_eq!(
        error(&path, &config),
        "`model.safetensors`, tensor `embeddings.LayerNorm.bias`: got kind I64, must be float32, float16 or bfloat16"
    );
    let path = changed(folder.path(), |_| ());
    let shallow = EncoderConfig {
        layers: 1,
        ..config.clone()
    };
    assert_eq!(
        error(&path, &shallow),
        "`model.safetensors` has more layers than the 1 of config.json (`n_layers`)"
    );
    let wide = EncoderConfig {
        vocab_size: 61,
        ..config.clone()
    };
    assert_eq!(
        error(&path, &wide),
        "`model.safetensors`, tensor `embeddings.word_embeddings.weight`: got shape [60, 8], config.json asks for [61, 8]; `vocab_size` is 61, the weights have 60"
    );
    let bytes = fs::read(&path).unwrap();
    for length in [0, 4, 100, bytes.len() - 1] {
        write_atomic(&path, &bytes[..length]).unwrap();
        assert!(
            error(&path, &config).starts_with("`model.safetensors` is truncated or damaged: "),
            "{length}"
        );
    }
}

/// Two copies of the number, and the key that one of them stands under.
#[test]
fn sizes_that_disagree_with_config_json_are_told_by_key() {
    let folder = tempfile::tempdir().unwrap();
    let config = distilbert();
    let path = changed(folder.path(), |_| ());
    for (other, said) in [
        (
            EncoderConfig {
                vocab_size: 59,
                ..config.clone()
            },
            "`vocab_size` is 59, the weights have 60",
        ),
        (
            EncoderConfig {
                max_positions: 64,
                ..config.clone()
            },
            "`max_position_embeddings` is 64, the weights have 32",
        ),
        (
            EncoderConfig {
                hidden: 16,
                embedding_size: 16,
                intermediate: 32,
                ..config.clone()
            },
            "`dim` is 16, the weights have 8",
        ),
        (
            EncoderConfig {
                intermediate: 24,
                ..config.clone()
            },
            "`hidden_dim` is 24, the weights have 16",
        ),
        (
            EncoderConfig {
                layers: 4,
                ..config.clone()
            },
            "`n_layers` is 4, the weights have 2",
        ),
    ] {
        let error = error(&path, &other);
        assert!(error.ends_with(&format!("; {said}")), "{error}");
    }
    // A part of a layer is missing, not a layer.
    let path = changed(folder.path(), |all| {
        all.retain(|(name, _)| name != "transformer.layer.1.ffn.lin1.weight");
    });
    assert!(
        error(&path, &config)
            .ends_with("lacks 1 of 36 tensors: `transformer.layer.1.ffn.lin1.weight`")
    );
}

#[test]
fn sizes_of_bert_are_told_by_its_keys() {
    let bert = Golden::read("bert").source;
    let read = |change: fn(&mut EncoderConfig)| {
        let bytes = fs::read(&bert.config).unwrap();
        let mut config = EncoderConfig::parse(&bert.config, &bytes).unwrap();
        change(&mut config);
        error(&bert.weights, &config)
    };
    for (error, said) in [
        (
            read(|config| config.type_vocab_size = 1),
            "`type_vocab_size` is 1, the weights have 2",
        ),
        (
            read(|config| config.layers = 3),
            "`num_hidden_layers` is 3, the weights have 2",
        ),
        (
            read(|config| config.intermediate = 24),
            "`intermediate_size` is 24, the weights have 20",
        ),
    ] {
        assert!(error.ends_with(&format!("; {said}")), "{error}");
    }
}

/// The golden checkpoint with other names.
fn renamed(folder: &Path, name: impl Fn(&str) -> String) -> PathBuf {
    changed(folder, |all| {
        for (old, _) in all {
            *old = name(old);
        }
    })
}

/// Witness: the same tensors under their own names.
#[test]
fn prefixes_that_wrappers_leave_are_understood() {
    let folder = tempfile::tempdir().unwrap();
    let expected = tensors(&golden("nn/distilbert/model.safetensors"));
    for prefix in [
        "module.",
        "_orig_mod.",
        "0.auto_model.",
        "auto_model.",
        "model.",
        "bert.",
        "encoder.",
        "module.distilbert.",
        "_orig_mod.module.distilbert.",
        "model._orig_mod.0.auto_model.",
    ] {
        let path = renamed(folder.path(), |name| format!("{prefix}{name}"));
        let mut weights = read(&path, &distilbert()).unwrap();
        for (name, tensor) in &expected {
            let read = weights.take(name, Device::Cpu).unwrap();
            assert_eq!(read, *tensor, "{prefix}{name}");
        }
    }
    // In all, a name of the file's own among them.
    let path = changed(folder.path(), |all| {
        for (name, _) in all.iter_mut() {
            *name = format!("module.{name}");
        }
        all.push((
            "module.classifier.bias".to_owned(),
            Tensor::from_slice(&[0.0_f32]),
        ));
    });
    assert!(read(&path, &distilbert()).is_ok());
}

#[test]
fn a_prefix_that_is_not_known_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = renamed(folder.path(), |name| format!("student.net.{name}"));
    assert_eq!(
        error(&path, &distilbert()),
        "`model.safetensors` lacks 36 of 36 tensors: `embeddings.word_embeddings.weight`, \
         `embeddings.position_embeddings.weight`, `embeddings.LayerNorm.weight`, and 33 more; \
         all of its tensors begin with `student.net.`"
    );
    let hint = read(&path, &distilbert()).unwrap_err().hint().unwrap();
    assert!(hint.contains("without that prefix"), "{hint}");
    let path = renamed(folder.path(), |name| format!("x\u{1b}[2J.{name}"));
    let said = error(&path, &distilbert());
    assert!(
        said.ends_with(r"all of its tensors begin with `x\u{1b}[2J.`"),
        "{said}"
    );
    // Two towers: none of them is the encoder, and they share nothing.
    let path = changed(folder.path(), |all| {
        let other = all
            .iter()
            .map(|(name, tensor)| (format!("query.{name}"), tensor.copy()));
        let mut both: Vec<_> = other.collect();
        both.extend(
            all.iter()
                .map(|(name, tensor)| (format!("passage.{name}"), tensor.copy())),
        );
        *all = both;
    });
    assert!(error(&path, &distilbert()).ends_with("and 33 more"));
}

#[test]
fn layers_beyond_those_of_config_json_are_found_under_any_prefix() {
    let folder = tempfile::tempdir().unwrap();
    let path = renamed(folder.path(), |name| format!("module.distilbert.{name}"));
    let shallow = EncoderConfig {
        layers: 1,
        ..distilbert()
    };
    assert_eq!(
        error(&path, &shallow),
        "`model.safetensors` has more layers than the 1 of config.json (`n_layers`)"
    );
}

#[test]
fn prefixes_and_old_names_of_layer_normalisation_are_understood() {
    let (folder, config) = (tempfile::tempdir().unwrap(), distilbert());
    let path = changed(folder.path(), |all| {
        for (name, _) in all {
            *name = format!(
                "distilbert.{}",
                name.replace("LayerNorm.weight", "LayerNorm.gamma")
                    .replace("LayerNorm.bias", "LayerNorm.beta")
            );
        }
    });
    assert!(read(&path, &config).is_ok());
}
