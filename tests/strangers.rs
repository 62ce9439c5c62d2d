//! Files from strangers: encoders, model folders, packed data and environments that are not what they seem.

mod encoders;
mod settings;
mod sizes;

use std::fs;
use std::path::Path;

use crate::support::{Workplace, gzip, spec, worker};

/// A copy of the tiny BERT in the workplace, as `enc`.
fn place() -> Workplace {
    let place = Workplace::new();
    copy_encoder(&place, "enc");
    place
}

fn copy_encoder(place: &Workplace, name: &str) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    for file in ["config.json", "vocab.txt", "model.safetensors"] {
        place.write(
            &format!("{name}/{file}"),
            fs::read(from.join(file)).unwrap(),
        );
    }
}

/// Options of a fit of a second.
const QUICK: &str = "--encoder ./enc --max-tokens 32 --epochs 2 --learning-rate 0.01 --threads 1 --quiet --text-column text --label-column label";
