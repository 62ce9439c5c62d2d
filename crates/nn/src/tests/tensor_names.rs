//! Files in which several tensors stand for one parameter: refused, with the same text every time.

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use tch::Tensor;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::weights::{changed, distilbert, error, read};
use fsl_common::fsio::write_atomic;

/// The error of reading the file, which is the same with many hash seeds: every map has one of its own.
fn refusal(path: &Path) -> String {
    let first = error(path, &distilbert());
    for _ in 0..20 {
        assert_eq!(error(path, &distilbert()), first);
    }
    first
}

/// A checkpoint that has the tensors of `from` under `to` too, with `added` on top of the values.
fn doubled(folder: &Path, from: &str, to: &str, added: f64) -> PathBuf {
    changed(folder, |all| {
        let more: Vec<_> = all
            .iter()
            .filter(|(name, _)| name.contains(from))
            .map(|(name, tensor)| (name.replacen(from, to, 1), tensor + added))
            .collect();
        all.extend(more);
    })
}

#[test]
fn old_and_new_names_of_layer_normalisation_in_one_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = doubled(folder.path(), "LayerNorm.weight", "LayerNorm.gamma", 1.0);
    assert_snapshot!(refusal(&path), @"`model.safetensors` has more than one tensor for `embeddings.LayerNorm.weight` (as `embeddings.LayerNorm.gamma` and `embeddings.LayerNorm.weight`)");
    // Equal values make no difference: nobody should have to compare them to know what a file says.
    let equal = doubled(folder.path(), "LayerNorm.weight", "LayerNorm.gamma", 0.0);
    assert_eq!(refusal(&equal), refusal(&path));
}

#[test]
fn all_conflicts_are_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = doubled(folder.path(), "", "distilbert.", 1.0);
    assert_snapshot!(refusal(&path), @"`model.safetensors` has more than one tensor for `embeddings.LayerNorm.bias` (as `distilbert.embeddings.LayerNorm.bias` and `embeddings.LayerNorm.bias`), `embeddings.LayerNorm.weight` (as `distilbert.embeddings.LayerNorm.weight` and `embeddings.LayerNorm.weight`), `embeddings.position_embeddings.weight` (as `distilbert.embeddings.position_embeddings.weight` and `embeddings.position_embeddings.weight`), and 33 more");
    let three = changed(folder.path(), |all| {
        let bias = Tensor::from_slice(&[0.0_f32; 8]);
        for name in [
            "bert.embeddings.LayerNorm.beta",
            "embeddings.LayerNorm.beta",
            "bert.embeddings.LayerNorm.bias",
        ] {
            all.push((name.to_owned(), bias.copy()));
        }
    });
    assert_snapshot!(refusal(&three), @"`model.safetensors` has more than one tensor for `embeddings.LayerNorm.bias` (as `bert.embeddings.LayerNorm.beta`, `bert.embeddings.LayerNorm.bias`, `embeddings.LayerNorm.beta` and 1 more)");
}

/// What a wrapper's prefix hides is the same parameter still.
#[test]
fn a_wrapped_and_a_plain_copy_in_one_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = doubled(
        folder.path(),
        "embeddings.LayerNorm.bias",
        "_orig_mod.module.embeddings.LayerNorm.bias",
        1.0,
    );
    assert_snapshot!(refusal(&path), @"`model.safetensors` has more than one tensor for `embeddings.LayerNorm.bias` (as `_orig_mod.module.embeddings.LayerNorm.bias` and `embeddings.LayerNorm.bias`)");
}

#[test]
fn conflicts_outside_the_encoder_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let path = changed(folder.path(), |all| {
        for name in ["pooler.dense.bias", "distilbert.pooler.dense.bias"] {
            all.push((name.to_owned(), Tensor::from_slice(&[0.0_f32; 8])));
        }
    });
    assert!(read(&path, &distilbert()).is_ok());
}

/// A safetensors file of a header and zeros.
fn with_header(folder: &Path, header: &str, numbers: usize) -> PathBuf {
    let length = (header.len() as u64).to_le_bytes();
    let bytes = [&length[..], header.as_bytes(), &vec![0; 4 * numbers]].concat();
    let path = folder.join("model.safetensors");
    write_atomic(&path, &bytes).unwrap();
    path
}

fn entry(name: &str, start: usize, end: usize) -> String {
    let size = (end - start) / 4;
    format!(r#""{name}":{{"dtype":"F32","shape":[{size}],"data_offsets":[{start},{end}]}}"#)
}

#[test]
fn a_header_with_one_name_twice_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let entries: Vec<String> = (0..40)
        .map(|number| entry(&format!("t{}", number % 20), 4 * number, 4 * number + 4))
        .collect();
    let path = with_header(folder.path(), &format!("{{{}}}", entries.join(",")), 40);
    assert_snapshot!(refusal(&path), @"`model.safetensors` has more than one tensor for `t0` (2 times), `t1` (2 times), `t10` (2 times), and 17 more");
    // The later entry alone would make a whole file.
    let (first, second) = (entry(r"a\u001b[31m", 0, 8), entry(r"a\u001b[31m", 0, 4));
    let path = with_header(folder.path(), &format!("{{{first},{second}}}"), 1);
    assert_snapshot!(refusal(&path), @r"`model.safetensors` has more than one tensor for `a\u{1b}[31m` (2 times)");
}

#[test]
fn of_overlapping_tensors_the_same_one_is_named_every_time() {
    let folder = tempfile::tempdir().unwrap();
    let entries: Vec<String> = (0..40)
        .map(|number| entry(&format!("t{number}"), 0, 4))
        .collect();
    let path = with_header(folder.path(), &format!("{{{}}}", entries.join(",")), 1);
    assert_snapshot!(refusal(&path), @"`model.safetensors` is truncated or damaged: invalid offset for tensor `t1`");
}

/// A pickled state dict with these names; each tensor has eight numbers of the storage `0`.
fn state_dict(names: &[&str]) -> Vec<u8> {
    let text = |text: &str| {
        [
            &b"X"[..],
            &(text.len() as u32).to_le_bytes(),
            text.as_bytes(),
        ]
        .concat()
    };
    let mut pickle = b"\x80\x02}(".to_vec();
    for name in names {
        pickle.extend(text(name));
        pickle.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        pickle.extend(text("storage"));
        pickle.extend(b"ctorch\nFloatStorage\n");
        pickle.extend([text("0"), text("cpu")].concat());
        pickle.extend(b"K\x08tQK\0K\x08\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtR");
    }
    pickle.extend(b"u.");
    pickle
}

/// A pytorch_model.bin with these entries.
pub(super) fn archive(folder: &Path, entries: &[(&str, &[u8])]) -> PathBuf {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    let path = folder.join("pytorch_model.bin");
    write_atomic(&path, writer.finish().unwrap().get_ref()).unwrap();
    path
}

#[test]
fn conflicts_in_pickles_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |names: &[&str]| {
        let path = archive(
            folder.path(),
            &[("a/data.pkl", &state_dict(names)), ("a/data/0", &[0; 32])],
        );
        refusal(&path)
    };
    assert_snapshot!(refused(&["embeddings.LayerNorm.weight", "embeddings.LayerNorm.gamma"]), @"`pytorch_model.bin` has more than one tensor for `embeddings.LayerNorm.weight` (as `embeddings.LayerNorm.gamma` and `embeddings.LayerNorm.weight`)");
    assert_snapshot!(refused(&["distilbert.embeddings.LayerNorm.bias", "embeddings.LayerNorm.bias"]), @"`pytorch_model.bin` has more than one tensor for `embeddings.LayerNorm.bias` (as `distilbert.embeddings.LayerNorm.bias` and `embeddings.LayerNorm.bias`)");
    assert_snapshot!(refused(&["x", "y", "x", "y", "x"]), @"`pytorch_model.bin` has more than one tensor for `x` (3 times), `y` (2 times)");
}

#[test]
fn archives_that_do_not_say_which_state_dict_counts_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (state_dict(&["x"]), state_dict(&["y"]));
    let path = archive(
        folder.path(),
        &[("b/data.pkl", &first), ("a/data.pkl", &second)],
    );
    assert_snapshot!(refusal(&path), @"`pytorch_model.bin` has several state dicts: `a/data.pkl`, `b/data.pkl`");
    let path = archive(
        folder.path(),
        &[("a/data.pkl", &first), ("a/dat_.pkl", &second)],
    );
    let mut bytes = std::fs::read(&path).unwrap();
    for at in 0..bytes.len() - 4 {
        if bytes[at..].starts_with(b"dat_") {
            bytes[at + 3] = b'a';
        }
    }
    write_atomic(&path, &bytes).unwrap();
    assert_snapshot!(refusal(&path), @"`pytorch_model.bin` has two entries of one name");
}
