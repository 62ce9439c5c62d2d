//! Encoders and model folders that are replaced, damaged, or lie about their sizes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::*;

/// The weights with the last number replaced.
fn with_last(weights: &[u8], number: f32) -> Vec<u8> {
    let mut bytes = weights.to_vec();
    let place = bytes.len() - 4;
    bytes[place..].copy_from_slice(&number.to_le_bytes());
    bytes
}

fn replace(place: &Workplace, name: &str, from: &str, to: &str) {
    let text = place.read(name);
    assert!(text.contains(from), "{text}");
    place.write(name, text.replace(from, to));
}

/// What `train`, `embed` and `run` say of the encoder `enc`, each with its exit code.
fn refusals(place: &Workplace) -> Vec<String> {
    let row = "[[row]]\nid = \"fsl\"\nmethod.finetune = { encoder = \"./enc\", epochs = 1 }\n";
    place.write("s.toml", spec("s", "", row));
    let commands = [
        (format!("train train.csv -o m {QUICK}"), 5),
        (
            "embed --encoder ./enc --input train.csv -o e.csv --max-tokens 32 --threads 1"
                .to_owned(),
            5,
        ),
        ("run s.toml --quiet --retry-failed".to_owned(), 3),
    ];
    let said = commands.map(|(command, code)| place.run(&command).expect(code).stderr);
    assert!(!place.join("m").exists() && !place.join("e.csv").exists());
    said.to_vec()
}

#[test]
fn encoders_with_numbers_that_are_not_finite_are_refused_by_every_command() {
    let place = place();
    let weights = fs::read(place.join("enc/model.safetensors")).unwrap();
    for (number, shown) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf")] {
        place.write("enc/model.safetensors", with_last(&weights, number));
        for said in refusals(&place) {
            let expected = format!("holds {shown}, must hold finite numbers only");
            assert!(said.contains("enc/model.safetensors`, tensor `"), "{said}");
            assert!(said.contains(&expected), "{said}");
        }
    }
}

#[test]
fn models_with_numbers_that_are_not_finite_are_refused() {
    let place = place();
    place
        .run(&format!("train train.csv -o m {QUICK}"))
        .expect(0);
    for file in ["m/head.safetensors", "m/model.safetensors"] {
        let weights = fs::read(place.join(file)).unwrap();
        place.write(file, with_last(&weights, f32::NAN));
        // As in models of earlier programs; a file that was changed is refused for its checksum otherwise.
        let _ = fs::remove_file(place.join("m/SHA256SUMS"));
        let ran = place
            .run("infer --model m test.csv -o out.csv --threads 1")
            .expect(5);
        assert!(
            ran.stderr
                .contains(&format!("`m/{}`, tensor `", &file[2..]))
                && ran.stderr.contains("holds NaN"),
            "{}",
            ran.stderr
        );
        assert!(!place.join("out.csv").exists());
        place.write(file, weights);
    }
    place
        .run("infer --model m test.csv -o out.csv --threads 1")
        .expect(0);
}

/// A model is an encoder, too: of its files those are compared that an encoder has.
#[test]
fn damaged_models_are_no_encoders() {
    let place = place();
    place
        .run(&format!("train train.csv -o m {QUICK}"))
        .expect(0);
    let embed = "embed --encoder ./m --input test.csv -o e.csv --max-tokens 32 --threads 1 --force";
    place.run(embed).expect(0);
    let row = "[[row]]\nid = \"p\"\nmethod.probe = { encoder = \"./m\" }\n";
    place.write("s.toml", spec("s", "", row));
    let train = format!("train train.csv -o n {QUICK}").replace("./enc", "./m");
    for file in ["vocab.txt", "model.safetensors"] {
        let whole = fs::read(place.join(&format!("m/{file}"))).unwrap();
        let mut flipped = whole.clone();
        let last = flipped.len() - 2;
        flipped[last] ^= 1;
        place.write(&format!("m/{file}"), flipped);
        for command in [embed, train.as_str(), "run s.toml --quiet"] {
            let ran = place.run(command);
            let expected = format!("m/{file}`: it is not as it was saved");
            let said = ran.stderr + &ran.stdout;
            assert!(
                ran.code > 1 && said.contains(&expected),
                "{command}: {said}"
            );
        }
        place.write(&format!("m/{file}"), whole);
    }
}

#[test]
fn sizes_of_config_json_are_bounded_by_the_weights() {
    for (key, value, said) in [
        (
            "\"num_hidden_layers\": 2",
            "\"num_hidden_layers\": 10000000",
            "has 37 tensors, too few for the 10000000 layers of config.json",
        ),
        (
            "\"vocab_size\": 60",
            "\"vocab_size\": 10000000",
            "config.json asks for [10000000, 12]",
        ),
        (
            "\"intermediate_size\": 20",
            "\"intermediate_size\": 10000000",
            "config.json asks for [10000000, 12]",
        ),
        (
            "\"max_position_embeddings\": 32",
            "\"max_position_embeddings\": 10000000",
            "config.json asks for [10000000, 12]",
        ),
    ] {
        let place = place();
        replace(&place, "enc/config.json", key, value);
        for refusal in refusals(&place) {
            assert!(refusal.contains(said), "{value}: {refusal}");
        }
    }
}

#[test]
fn a_vocabulary_larger_than_the_embedding_is_refused_before_anything_is_trained() {
    let place = place();
    let vocabulary = place.read("enc/vocab.txt");
    place.write("enc/vocab.txt", vocabulary + "zzz\n");
    for said in refusals(&place) {
        assert!(
            said.contains("enc/vocab.txt` has 61 entries, but config.json has `vocab_size` 60"),
            "{said}"
        );
    }
}

/// The weights take turns under their name all the time. Whatever is stored under a key was computed with the weights that the key is of.
#[test]
fn weights_that_take_turns_are_never_stored_under_each_other_s_keys() {
    let place = place();
    let row = |seed: u32| {
        format!(
            "[[row]]\nid = \"r{seed}\"\ntrials = 1\nmethod.finetune = {{ encoder = \"./enc\", epochs = {} }}\n",
            seed + 1
        )
    };
    let rows: String = (0..12).map(row).collect();
    place.write("s.toml", spec("s", "", &rows));
    let weights = fs::read(place.join("enc/model.safetensors")).unwrap();
    let pair = [weights.clone(), with_last(&weights, 3.0)];
    let mut right: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (number, weights) in pair.iter().enumerate() {
        place.write("enc/model.safetensors", weights);
        let results = format!("right-{number}");
        place
            .run(&format!("run s.toml --quiet --results {results}"))
            .expect(0);
        right.extend(place.stored_predictions(&results));
    }
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut turn = 0;
            while !stop.load(Ordering::Relaxed) {
                place.write("enc/next", &pair[turn % 2]);
                fs::rename(place.join("enc/next"), place.join("enc/model.safetensors")).unwrap();
                turn += 1;
                thread::sleep(Duration::from_millis(1));
            }
        });
        for _ in 0..3 {
            let ran = place.run("run s.toml --quiet --results turns");
            assert!([0, 3, 5].contains(&ran.code), "{}", ran.stderr);
        }
        stop.store(true, Ordering::Relaxed);
    });
    let are_right = || {
        let stored = place.stored_predictions("turns").into_iter();
        for (key, predictions) in stored.clone() {
            assert!(right[&key] == predictions, "{key}");
        }
        stored.len()
    };
    are_right();
    // Nothing of it is remembered as the trials' fault.
    place.write("enc/model.safetensors", &pair[0]);
    place.run("run s.toml --quiet --results turns").expect(0);
    assert!(are_right() >= 12);
}
