//! The format of `torch.save` before PyTorch 1.6, damaged and hostile.

use std::path::Path;

use super::weights::{distilbert, read};
use crate::pickle::Archive;
use fsl_common::fsio::write_atomic;
use fsl_test_support::golden;

/// The magic number and the version, pickled.
const START: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.";

/// What is said of the machine.
const MACHINE: &[u8] = b"\x80\x02}X\x0d\0\0\0little_endian\x88s.";

fn text(text: &str) -> Vec<u8> {
    let length = (text.len() as u32).to_le_bytes();
    [&b"X"[..], &length, text.as_bytes()].concat()
}

/// Name, kind and key of the storage, and opcodes for shape and strides.
type PickledTensor<'a> = (&'a str, &'a str, &'a str, &'a [u8], &'a [u8]);

/// A pickled dictionary of tensors, whose storages have `count` numbers.
fn dictionary(count: u8, tensors: &[PickledTensor]) -> Vec<u8> {
    let mut pickle = b"\x80\x02}(".to_vec();
    for (name, kind, key, shape, strides) in tensors {
        pickle.extend(text(name));
        pickle.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        pickle.extend(text("storage"));
        pickle.extend(format!("ctorch\n{kind}\n").as_bytes());
        pickle.extend([text(key), text("cpu")].concat());
        pickle.extend([b'K', count, b'N', b't', b'Q', b'K', 0]);
        pickle.extend([*shape, *strides].concat());
        pickle.extend(b"\x89ccollections\nOrderedDict\n)RtR");
    }
    pickle.extend(b"u.");
    pickle
}

/// The tensor `x`: four numbers of the storage `7`.
fn plain() -> Vec<u8> {
    dictionary(4, &[("x", "FloatStorage", "7", b"K\x04\x85", b"K\x01\x85")])
}

fn keys(keys: &[&str]) -> Vec<u8> {
    let keys: Vec<u8> = keys.iter().flat_map(|key| text(key)).collect();
    [&b"\x80\x02]("[..], &keys, b"e."].concat()
}

fn storage(count: i64, bytes: &[u8]) -> Vec<u8> {
    [&count.to_le_bytes()[..], bytes].concat()
}

fn file(parts: &[&[u8]]) -> Vec<u8> {
    [&[START, MACHINE], parts].concat().concat()
}

/// What is said of the tensor `x`; `None` where it is read.
fn said(bytes: &[u8]) -> Option<String> {
    let open = Archive::open(Path::new("x.bin"), bytes);
    let read = open.and_then(|mut archive| archive.tensor("x").map(drop));
    read.err().map(|error| error.to_string())
}

#[test]
fn storages_that_are_not_as_the_dictionary_says_are_refused() {
    let (four, sixteen) = (plain(), [0; 16]);
    let whole = file(&[&four, &keys(&["7"]), &storage(4, &sixteen)]);
    assert_eq!(said(&whole), None);
    let refused = |parts: &[&[u8]], what: &str| {
        let expected = format!("`x.bin` is damaged: {what}");
        assert_eq!(said(&file(parts)), Some(expected));
    };
    for count in [-1, 0, 3, 5, i64::MAX, i64::MIN] {
        refused(
            &[&four, &keys(&["7"]), &storage(count, &sixteen)],
            &format!("storage `7` has {count} numbers instead of 4"),
        );
    }
    let early = "storage `7` ends early";
    refused(&[&four, &keys(&["7"]), &storage(4, &[0; 15])], early);
    refused(&[&four, &keys(&["7"]), &[4, 0, 0]], early);
    refused(&[&four, &keys(&[])], "storage `7` is missing");
    let unknown = |key: &str| format!("storage `{key}` belongs to no tensor, or comes twice");
    refused(
        &[&four, &keys(&["8"]), &storage(4, &sixteen)],
        &unknown("8"),
    );
    let twice = storage(4, &sixteen).repeat(2);
    refused(&[&four, &keys(&["7", "7"]), &twice], &unknown("7"));
    refused(
        &[&four, b"\x80\x02}.", &storage(4, &sixteen)],
        "its pickle has no list of storages",
    );
    refused(
        &[&four, b"\x80\x02]K\x07a.", &storage(4, &sixteen)],
        "its pickle has no list of storages",
    );
    let two = dictionary(
        4,
        &[
            ("x", "FloatStorage", "7", b"K\x04\x85", b"K\x01\x85"),
            ("y", "HalfStorage", "7", b"K\x04\x85", b"K\x01\x85"),
        ],
    );
    refused(
        &[&two, &keys(&["7"]), &storage(4, &sixteen)],
        "storage `7` is described in two ways",
    );
}

#[test]
fn views_stay_within_their_storage() {
    let view = |shape: &[u8], strides: &[u8]| {
        let pickle = dictionary(4, &[("x", "FloatStorage", "7", shape, strides)]);
        said(&file(&[&pickle, &keys(&["7"]), &storage(4, &[0; 16])])).unwrap()
    };
    assert_eq!(
        view(b"K\x05\x85", b"K\x01\x85"),
        "`x.bin` is damaged: tensor `x` reaches beyond its storage"
    );
    assert_eq!(
        view(b"J\xff\xff\xff\x7f\x85", b"K\x00\x85"),
        "`x.bin` is damaged: tensor `x` is larger than its storage"
    );
    let whole = dictionary(4, &[("x", "LongStorage", "7", b"K\x04\x85", b"K\x01\x85")]);
    assert_eq!(
        said(&file(&[&whole, &keys(&["7"]), &storage(4, &[0; 32])])).unwrap(),
        "`x.bin`, tensor `x`: got kind LongStorage, must be float32, float16 or bfloat16"
    );
}

/// The refusals are those of the zip.
#[test]
fn what_asks_for_more_than_tensors_is_refused_by_name() {
    let refused = |pickle: &[u8]| said(&[START, MACHINE, pickle].concat()).unwrap();
    assert_eq!(
        refused(b"\x80\x02cposix\nsystem\nX\x02\0\0\0id\x85R."),
        "`x.bin` asks for the global `posix.system`, which no state dict needs"
    );
    // `torch.save(model)`: the class comes with its source.
    assert_eq!(
        refused(b"\x80\x02(X\x06\0\0\0modulec__main__\nNet\nNNtQ)\x81."),
        "`x.bin` asks for the global `__main__.Net`, which no state dict needs"
    );
    let version = [&START[..START.len() - 3], b"\xea\x03."].concat();
    assert_eq!(
        said(&[&version, MACHINE, &plain()].concat()).unwrap(),
        "`x.bin` is damaged: it has another version than that of PyTorch before 1.6"
    );
    let machine = [&MACHINE[..MACHINE.len() - 3], b"\x89s."].concat();
    assert_eq!(
        said(&[START, &machine, &plain()].concat()).unwrap(),
        "`x.bin` is damaged: it stores its numbers big end first"
    );
}

/// Wherever it ends, and whichever of its bytes is another one, the file is read or refused.
#[test]
fn a_truncated_or_changed_file_is_an_error_and_never_a_panic() {
    let bytes = std::fs::read(golden("nn/pickles/legacy.bin")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pytorch_model.bin");
    for length in (0..bytes.len()).step_by(97) {
        write_atomic(&path, &bytes[..length]).unwrap();
        assert!(read(&path, &distilbert()).is_err(), "{length}");
    }
    for place in (0..bytes.len()).step_by(61) {
        let mut changed = bytes.clone();
        changed[place] ^= 0x41;
        let Ok(mut archive) = Archive::open(&path, &changed) else {
            continue;
        };
        let names = archive.tensors().keys().map(ToString::to_string);
        for name in names.collect::<Vec<_>>() {
            let _ = archive.tensor(&name);
        }
    }
}
