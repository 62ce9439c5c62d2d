//! The same answer from every process: each has hash seeds of its own.

#[cfg(unix)]
mod surroundings;

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use safetensors::SafeTensors;

use crate::support::{CHEAP_ROWS, Workplace, spec};

/// How many processes a test asks.
const PROCESSES: usize = 4;

/// The tiny BERT of the goldens as folder `encoder`, whose layer normalisations have old and new names with other values.
fn ambiguous_encoder(place: &Workplace) {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    for name in ["config.json", "vocab.txt"] {
        place.write(
            &format!("encoder/{name}"),
            fs::read(golden.join(name)).unwrap(),
        );
    }
    let bytes = fs::read(golden.join("model.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut tensors = file.tensors();
    let zeros = [0; 1024];
    for (name, view) in file.tensors() {
        if let Some(layer) = name.strip_suffix("LayerNorm.weight") {
            let data = &zeros[..view.data().len()];
            let changed =
                safetensors::tensor::TensorView::new(view.dtype(), view.shape().to_vec(), data);
            tensors.push((format!("{layer}LayerNorm.gamma"), changed.unwrap()));
        }
    }
    place.write(
        "encoder/model.safetensors",
        safetensors::serialize(tensors, None).unwrap(),
    );
}

#[test]
fn weights_with_two_tensors_for_one_parameter_are_refused_by_every_process() {
    let place = Workplace::new();
    ambiguous_encoder(&place);
    let embed = || {
        place
            .run("embed --encoder ./encoder --input test.csv -o out.csv --quiet")
            .expect(5)
            .stderr
    };
    let refused = embed();
    assert_snapshot!(refused, @"
    error: `./encoder/model.safetensors` has more than one tensor for `embeddings.LayerNorm.weight` (as `embeddings.LayerNorm.gamma` and `embeddings.LayerNorm.weight`), `encoder.layer.0.attention.output.LayerNorm.weight` (as `encoder.layer.0.attention.output.LayerNorm.gamma` and `encoder.layer.0.attention.output.LayerNorm.weight`), `encoder.layer.0.output.LayerNorm.weight` (as `encoder.layer.0.output.LayerNorm.gamma` and `encoder.layer.0.output.LayerNorm.weight`), and 2 more
    hint: get an untouched copy of the model, or save it again with each tensor under one name
    ");
    for _ in 1..PROCESSES {
        assert_eq!(embed(), refused);
    }
    assert!(!place.join("out.csv").exists());
}

#[test]
fn every_process_gives_the_same_bytes() {
    let place = Workplace::new();
    place.write("s.toml", spec("cheap", "", CHEAP_ROWS));
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    let answers = |number: usize| {
        place
            .run(&format!("run s.toml --quiet --results {number}"))
            .expect(0);
        place
            .run(&format!(
                "embed --encoder {} --input test.csv -o {number}.csv --max-tokens 32 --quiet",
                golden.display()
            ))
            .expect(0);
        (
            place.stored_predictions(&number.to_string()),
            place.read(&format!("{number}.csv")),
        )
    };
    let first = answers(0);
    assert_eq!(first.0.len(), 3);
    for number in 1..PROCESSES {
        assert_eq!(answers(number), first);
    }
}
