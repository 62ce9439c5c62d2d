//! Files that lie about their sizes, ask for more than they hold, or hold what is no number.

use std::path::Path;

use tch::{Kind, Tensor};

use super::tensor_names::archive;
use super::weights::{changed, distilbert, error, read};
use crate::EncoderConfig;
use crate::pickle::Archive;
use crate::pickle_types::Fault;
use crate::unpickle::unpickle;
use crate::weights::expected;
use fsl_common::fsio::write_atomic;

#[test]
fn config_json_cannot_ask_for_more_than_the_file_holds() {
    let folder = tempfile::tempdir().unwrap();
    let path = changed(folder.path(), |_| ());
    let most = 10_000_000;
    let deep = EncoderConfig {
        layers: most,
        ..distilbert()
    };
    let too_deep = "`model.safetensors` has 36 tensors, too few for the 10000000 layers of config.json (`n_layers`)";
    assert_eq!(error(&path, &deep), too_deep);
    let all = EncoderConfig {
        vocab_size: most,
        hidden: most,
        heads: most,
        intermediate: most,
        max_positions: most,
        ..deep
    };
    assert_eq!(error(&path, &all), too_deep);
    for config in [
        EncoderConfig {
            layers: 2,
            ..all.clone()
        },
        EncoderConfig {
            vocab_size: most,
            ..distilbert()
        },
        EncoderConfig {
            intermediate: most,
            ..distilbert()
        },
        EncoderConfig {
            max_positions: most,
            ..distilbert()
        },
    ] {
        let said = error(&path, &config);
        assert!(said.contains("config.json asks for ["), "{said}");
    }
}

/// One storage of 64 · 64 numbers, which all tensors view.
#[test]
fn tensors_that_share_numbers_are_not_larger_than_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let config = EncoderConfig {
        vocab_size: 64,
        embedding_size: 64,
        hidden: 64,
        layers: 1,
        intermediate: 64,
        max_positions: 64,
        ..distilbert()
    };
    let view = |shape: &[i64]| {
        let sizes: Vec<i32> = shape.iter().map(|&size| size as i32).collect();
        let strides = [64, 1];
        tensor(4096, &ints(&sizes), &ints(&strides[2 - sizes.len()..]))
    };
    let named: Vec<_> = expected(&config)
        .into_iter()
        .map(|(name, shape)| (name, view(&shape)))
        .collect();
    let items: Vec<_> = named
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    let path = archive(
        folder.path(),
        &[
            ("a/data.pkl", &dictionary(&items)),
            ("a/data/0", &[0; 4 * 4096]),
        ],
    );
    let said = error(&path, &config);
    // (64 + 64) · 64 + 2 · 64, and of the layer 4 · (64² + 64) + 2 · 64² + 64 + 64 + 2 · 2 · 64.
    assert!(
        said.ends_with("bytes, too few for the 33536 numbers of its tensors"),
        "{said}"
    );
}

#[test]
fn numbers_that_are_not_finite_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let name = "transformer.layer.1.ffn.lin1.weight";
    for (value, kind, got) in [
        (f64::NAN, Kind::Float, "NaN"),
        (f64::INFINITY, Kind::Half, "inf"),
        (f64::NEG_INFINITY, Kind::BFloat16, "-inf"),
        (f64::NAN, Kind::Half, "NaN"),
    ] {
        let path = changed(folder.path(), |all| {
            for (other, tensor) in all {
                if other == name {
                    let _ = tensor.get(3).get(2).fill_(value);
                    *tensor = tensor.to_kind(kind);
                }
            }
        });
        assert_eq!(
            error(&path, &distilbert()),
            format!(
                "`model.safetensors`, tensor `{name}`: holds {got}, must hold finite numbers only"
            )
        );
    }
    // What the encoder does not use may be anything.
    let path = changed(folder.path(), |all| {
        let bias = Tensor::from_slice(&[f32::NAN]);
        all.push(("classifier.bias".to_owned(), bias));
    });
    assert!(read(&path, &distilbert()).is_ok());
}

fn text(text: &str) -> Vec<u8> {
    let length = (text.len() as u32).to_le_bytes();
    [&b"X"[..], &length, text.as_bytes()].concat()
}

fn ints(numbers: &[i32]) -> Vec<u8> {
    let one = |number: &i32| [&b"J"[..], &number.to_le_bytes()].concat();
    let all: Vec<u8> = numbers.iter().flat_map(one).collect();
    [&b"("[..], &all, b"t"].concat()
}

/// A pickled tensor over the storage `0` of `count` numbers, with opcodes for its shape and its strides.
fn tensor(count: i32, shape: &[u8], strides: &[u8]) -> Vec<u8> {
    [
        &b"ctorch._utils\n_rebuild_tensor_v2\n(("[..],
        &text("storage"),
        b"ctorch\nFloatStorage\n",
        &text("0"),
        &text("cpu"),
        b"J",
        &count.to_le_bytes(),
        b"tQK\0",
        shape,
        strides,
        b"\x89ccollections\nOrderedDict\n)RtR",
    ]
    .concat()
}

fn dictionary(items: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let items = items
        .iter()
        .flat_map(|(name, value)| [text(name), value.clone()].concat());
    [&b"\x80\x02}("[..], &items.collect::<Vec<u8>>(), b"u."].concat()
}

/// What is said of the tensor `x` of such an archive.
fn refused(folder: &Path, pickle: &[u8], storage: &[u8]) -> String {
    let path = archive(folder, &[("a/data.pkl", pickle), ("a/data/0", storage)]);
    let bytes = std::fs::read(&path).unwrap();
    let read = |mut archive: Archive| archive.tensor("x").map(drop);
    let error = Archive::open(Path::new("x.bin"), &bytes).and_then(read);
    error.unwrap_err().to_string()
}

#[test]
fn a_view_is_never_larger_than_its_storage() {
    let folder = tempfile::tempdir().unwrap();
    for shape in [
        &[10_000_000, 768][..],
        &[2],
        &[i32::MAX, i32::MAX, i32::MAX],
    ] {
        let strides = vec![0; shape.len()];
        let pickle = dictionary(&[("x", tensor(1, &ints(shape), &ints(&strides)))]);
        assert_eq!(
            refused(folder.path(), &pickle, &[0; 4]),
            "`x.bin` is damaged: tensor `x` is larger than its storage"
        );
    }
}

#[test]
fn archives_do_not_unpack_to_more_than_a_few_times_their_size() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        refused(folder.path(), &vec![b')'; 64 << 20], &[]),
        "`x.bin` is damaged: entry `data.pkl` unpacks to far more than the file"
    );
    let count = 4 << 20;
    let pickle = dictionary(&[("x", tensor(count, &ints(&[count]), &ints(&[1])))]);
    assert_eq!(
        refused(folder.path(), &pickle, &vec![0; 4 * count as usize]),
        "`x.bin` is damaged: entry `data/0` unpacks to far more than the file"
    );
    let many = [&b"\x80\x02"[..], &vec![b')'; 1 << 20], b"."].concat();
    assert_eq!(
        unpickle(&many).unwrap_err(),
        Fault::Damaged("its pickle has too many opcodes".to_owned())
    );
}

/// A few bytes recall what was said before: what they can recall must be short.
#[test]
fn what_a_pickle_recalls_is_short() {
    let said = |pickle: &[u8]| match unpickle(pickle).unwrap_err() {
        Fault::Damaged(what) | Fault::Unsafe(what) => what,
    };
    let shape = [&ints(&[1; 1000])[..], b"q\x01"].concat();
    let first = tensor(1, &shape, b"h\x01");
    let recalled = (0..100).map(|_| ("x", tensor(1, b"h\x01", b"h\x01")));
    let items: Vec<_> = [("x", first)].into_iter().chain(recalled).collect();
    assert_eq!(
        said(&dictionary(&items)),
        "its pickle has a shape of more than 64 dimensions"
    );
    let long = "n".repeat(501);
    assert_eq!(
        said(&dictionary(&[(long.as_str(), b"N".to_vec())])),
        "its pickle has a name of more than 500 bytes"
    );
    let call = [&b"ccollections\nOrderedDict\n"[..], &ints(&[1; 65]), b"R."].concat();
    assert_eq!(
        said(&call),
        "its pickle has a call with more than 64 arguments"
    );
}

/// A safetensors file with this header and zeros behind it.
fn safetensors(folder: &Path, length: u64, header: &str, zeros: usize) -> String {
    let bytes = [
        &length.to_le_bytes()[..],
        header.as_bytes(),
        &vec![0; zeros],
    ]
    .concat();
    let path = folder.join("model.safetensors");
    write_atomic(&path, &bytes).unwrap();
    error(&path, &distilbert())
}

#[test]
fn headers_that_lie_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let entry = |dtype: &str, shape: &str, offsets: &str| {
        format!(r#"{{"x":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}}}"#)
    };
    let whole = entry("F32", "[2]", "[0,8]");
    for length in [u64::MAX, 1 << 63, 100_000_001, whole.len() as u64 + 9, 1] {
        let said = safetensors(folder.path(), length, &whole, 8);
        assert!(said.contains("is truncated or damaged"), "{length}: {said}");
    }
    for header in [
        entry("F32", "[4611686018427387904,4]", "[0,8]"),
        entry("F32", "[2]", "[8,0]"),
        entry("F32", "[2]", "[0,18446744073709551615]"),
        entry("F32", "[-2]", "[0,8]"),
        entry("F32", "[3]", "[0,8]"),
        entry("F32", "[1e3]", "[0,8]"),
        entry("\\u001b[2J", "[2]", "[0,8]"),
        format!("{{\"x\":{}", "[".repeat(100_000)),
        format!("{{\"x\":{}", "{\"y\":".repeat(100_000)),
        "[]".to_owned(),
        String::new(),
    ] {
        let said = safetensors(folder.path(), header.len() as u64, &header, 8);
        assert!(said.contains("is truncated or damaged"), "{header}: {said}");
        assert!(!said.contains('\u{1b}'), "{said:?}");
    }
}
