//! A folder as a hub on the loopback address, for `bench/distilbert_loopback.sh`; it can make a random DistilBERT first.
//!
//! ```text
//! serve-hub make FOLDER VOCAB            config.json, vocab.txt and model.safetensors, as large as the published ones
//! serve-hub serve FOLDER ORG/NAME CUT    prints the address and every request; the first transfer of the weights is cut
//!                                        after CUT bytes (0: not at all)
//! ```

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a tool for measurements: it stops at what it did not expect"
)]

#[expect(dead_code, reason = "the tests use the rest")]
#[path = "../tests/support/hub.rs"]
mod hub;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use safetensors::tensor::{Dtype, TensorView};

use hub::{Fault, HubServer};

/// The published model's sizes: `distilbert-base-uncased`.
const WIDTH: usize = 768;
const INNER: usize = 3072;
const LAYERS: usize = 6;
const POSITIONS: usize = 512;
const VOCABULARY: usize = 30_522;

/// The published `initializer_range`.
const SPREAD: f32 = 0.02;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["make", folder, vocab] => make(Path::new(folder), Path::new(vocab)),
        ["serve", folder, repo, cut] => serve(Path::new(folder), repo, cut.parse().unwrap()),
        _ => panic!("usage: serve-hub make FOLDER VOCAB | serve-hub serve FOLDER ORG/NAME CUT"),
    }
}

fn serve(folder: &Path, repo: &str, cut: usize) {
    let server = HubServer::start();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        server.put(repo, name, &fs::read(&path).unwrap());
    }
    if cut > 0 {
        let weights = server.store_path(repo, "model.safetensors");
        server.fault("GET", &weights, Fault::CutAfter(cut));
    }
    println!("{}", server.endpoint());
    let mut shown = 0;
    loop {
        for request in &server.log()[shown..] {
            let range = request.headers.get("range").map_or("", String::as_str);
            println!("{} {} {range}", request.method, request.path);
            shown += 1;
        }
        thread::sleep(Duration::from_millis(200));
    }
}

/// A model with the tensors of the published one, the head for masked words included, drawn from a normal distribution;
/// biases are 0 and the layer norms do nothing.
fn make(folder: &Path, vocab: &Path) {
    let words = fs::read_to_string(vocab).unwrap();
    assert_eq!(
        words.lines().count(),
        VOCABULARY,
        "not bert-base-uncased's vocabulary"
    );
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("vocab.txt"), words).unwrap();
    let config = serde_json::json!({
        "activation": "gelu", "architectures": ["DistilBertForMaskedLM"], "attention_dropout": 0.1, "dim": WIDTH,
        "dropout": 0.1, "hidden_dim": INNER, "initializer_range": SPREAD, "max_position_embeddings": POSITIONS,
        "model_type": "distilbert", "n_heads": 12, "n_layers": LAYERS, "pad_token_id": 0, "qa_dropout": 0.1,
        "seq_classif_dropout": 0.2, "sinusoidal_pos_embds": false, "tie_weights_": true, "vocab_size": VOCABULARY,
    });
    fs::write(folder.join("config.json"), format!("{config:#}\n")).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(6);
    let tensors: BTreeMap<String, (Vec<usize>, Vec<u8>)> = shapes()
        .into_iter()
        .map(|(name, shape)| {
            let values = values(&name, shape.iter().product(), &mut random);
            (name, (shape, values))
        })
        .collect();
    let views = tensors.iter().map(|(name, (shape, bytes))| {
        (
            name,
            TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap(),
        )
    });
    safetensors::serialize_to_file(views, None, &folder.join("model.safetensors")).unwrap();
}

/// Name and shape of every tensor of the published file.
fn shapes() -> Vec<(String, Vec<usize>)> {
    let mut all = Vec::new();
    let mut add = |name: String, shape: &[usize]| all.push((name, shape.to_vec()));
    add(
        "distilbert.embeddings.word_embeddings.weight".to_owned(),
        &[VOCABULARY, WIDTH],
    );
    add(
        "distilbert.embeddings.position_embeddings.weight".to_owned(),
        &[POSITIONS, WIDTH],
    );
    add("vocab_projector.bias".to_owned(), &[VOCABULARY]);
    let mut linear = vec![("vocab_transform".to_owned(), WIDTH, WIDTH)];
    let mut norms = vec![
        "distilbert.embeddings.LayerNorm".to_owned(),
        "vocab_layer_norm".to_owned(),
    ];
    for layer in 0..LAYERS {
        let at = format!("distilbert.transformer.layer.{layer}");
        for part in ["q_lin", "k_lin", "v_lin", "out_lin"] {
            linear.push((format!("{at}.attention.{part}"), WIDTH, WIDTH));
        }
        linear.push((format!("{at}.ffn.lin1"), INNER, WIDTH));
        linear.push((format!("{at}.ffn.lin2"), WIDTH, INNER));
        norms.extend(["sa_layer_norm", "output_layer_norm"].map(|norm| format!("{at}.{norm}")));
    }
    for (name, to, from) in linear {
        add(format!("{name}.weight"), &[to, from]);
        add(format!("{name}.bias"), &[to]);
    }
    for name in norms {
        add(format!("{name}.weight"), &[WIDTH]);
        add(format!("{name}.bias"), &[WIDTH]);
    }
    all
}

/// Little-endian f32: 0 for biases, 1 for the scales of layer norms, else drawn by Box and Muller's method.
fn values(name: &str, count: usize, random: &mut ChaCha8Rng) -> Vec<u8> {
    if name.rsplit('.').next() == Some("bias") {
        return vec![0; 4 * count];
    }
    let norm = name.to_lowercase().contains("norm");
    let mut draw = || {
        let (a, b): (f32, f32) = (random.random(), random.random());
        SPREAD * (-2.0 * (1.0 - a).ln()).sqrt() * (std::f32::consts::TAU * b).cos()
    };
    (0..count)
        .flat_map(|_| if norm { 1.0_f32 } else { draw() }.to_le_bytes())
        .collect()
}
