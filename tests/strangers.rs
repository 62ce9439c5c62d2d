//! Files from strangers: encoders, model folders, packed data and environments that are not what they seem.

mod encoders;
mod settings;
mod sizes;
mod tokenizers;

use std::fs;

use crate::support::{Workplace, gzip, spec, worker};

/// A copy of the tiny BERT in the workplace, as `enc`.
fn place() -> Workplace {
    let place = Workplace::new();
    place.copy_encoder("bert", "enc");
    place
}

/// Options of a fit of a second.
const QUICK: &str = "--encoder ./enc --max-tokens 32 --epochs 2 --learning-rate 0.01 --threads 1 --quiet --text-column text --label-column label";
