//! Sentence encoders against sentence-transformers: tests/golden/sentence/generate.py.

use std::fs;
use std::path::Path;

use tch::{Device, Kind, Tensor};

use super::{distance, one_thread, tensors};
use crate::pooling::pool;
use crate::{Encoder, NnError, OpenEncoder, Packed, VectorModules, embed};
use fsl_common::fsio::{sha256_file, write_atomic};
use fsl_common::sentence::{Layout, SentenceEncoder, VectorModule, read_layout};
use fsl_common::settings::{EncoderSource, Pooling};
use fsl_test_support::golden;

const POOLINGS: [(&str, Pooling); 6] = [
    ("cls", Pooling::Cls),
    ("mean", Pooling::Mean),
    ("max", Pooling::Max),
    ("weightedmean", Pooling::WeightedMean),
    ("lasttoken", Pooling::Last),
    ("mean_sqrt_len_tokens", Pooling::MeanSqrtLen),
];

/// Rows within 1e-6 and gradients within 1e-6: values of order 1, sums of at most 7 of them.
#[test]
fn pooled_rows_and_their_gradients_equal_those_of_sentence_transformers() {
    one_thread();
    let file = tensors(&golden("sentence/pooling.safetensors"));
    let lengths = Vec::<i64>::try_from(&file["lengths"]).unwrap();
    let texts: Vec<Vec<i64>> = lengths.iter().map(|&n| vec![0; n as usize]).collect();
    let equal = texts.iter().filter(|text| text.len() == 7);
    let equal: Vec<Vec<i64>> = equal.cloned().collect();
    for (name, pooling) in POOLINGS {
        let packed = Packed::new(&texts, Device::Cpu);
        let hidden = file["hidden"].copy().set_requires_grad(true);
        let rows = pool(pooling, &hidden, &packed);
        assert!(
            distance(&rows, &file[&format!("{name}.rows")]) < 1e-6,
            "{name}"
        );
        (rows * &file["weights"]).sum(Kind::Float).backward();
        let gradient = hidden.grad();
        assert!(
            distance(&gradient, &file[&format!("{name}.gradient")]) < 1e-6,
            "{name}"
        );
        // Without padding: the third text alone.
        let alone = Packed::new(&equal, Device::Cpu);
        let row = pool(pooling, &file["hidden"].narrow(0, 6, 7), &alone);
        let expected = file[&format!("{name}.rows")].narrow(0, 2, 1);
        assert!(distance(&row, &expected) < 1e-6, "{name}");
    }
}

/// An encoder of the golden folders with what it declares.
pub(super) fn open(folder: &Path) -> (OpenEncoder, SentenceEncoder) {
    let layout = read_layout(folder).unwrap().unwrap();
    let declared = SentenceEncoder::read(folder, &layout, sha256_file).unwrap();
    let at = |name: &str| folder.join(Layout::file(&layout.transformer, name));
    let source = EncoderSource {
        config: at("config.json"),
        vocab: at("vocab.txt"),
        weights: at("model.safetensors"),
        lowercase: true,
        shards: Vec::new(),
        tokenizer: Vec::new(),
    };
    (OpenEncoder::open(&source).unwrap(), declared)
}

/// What follows the pooling, as it is declared.
pub(super) fn declared_steps(declared: &SentenceEncoder, encoder: &Encoder) -> VectorModules {
    let (modules, dense) = (&declared.modules, &declared.dense);
    VectorModules::load(modules, dense, encoder.config().hidden, Device::Cpu).unwrap()
}

/// The vectors of `texts`, as the folder declares them: `[B, O]`.
fn encode(folder: &Path, prompt: Option<&str>, texts: &[String]) -> Tensor {
    let (files, declared) = open(folder);
    let encoder = Encoder::load(&files, Device::Cpu).unwrap();
    let hidden = encoder.config().hidden;
    let modules = declared_steps(&declared, &encoder);
    let prompt = declared.prompts.text(prompt).unwrap().unwrap_or_default();
    let texts: Vec<String> = texts.iter().map(|text| prompt.clone() + text).collect();
    let longest = declared.max_tokens.unwrap_or(40) as usize;
    let ids = files.tokenizer().unwrap().encode_all(&texts, longest);
    let pooling = declared.pooling.unwrap();
    let rows = embed(&encoder, &ids, pooling, &modules, &mut |_| ()).unwrap();
    assert_eq!(modules.width(hidden), rows[0].len() as i64);
    Tensor::from_slice(&rows.concat()).view([texts.len() as i64, -1])
}

/// Witness: `SentenceTransformer(folder).encode(texts)`. 1e-5: values of order 1.
#[test]
fn vectors_equal_those_of_sentence_transformers_encode() {
    one_thread();
    let texts = fs::read(golden("sentence/texts.json")).unwrap();
    let texts: Vec<String> = serde_json::from_slice(&texts).unwrap();
    let file = tensors(&golden("sentence/embeddings.safetensors"));
    for (name, prompt) in [
        ("cls", None),
        ("mean-normalize", None),
        ("max", None),
        ("weighted-dense", None),
        ("weighted-dense", Some("passage")),
        ("weighted-dense", Some("")),
        ("last-dense", None),
    ] {
        let found = encode(&golden(&format!("sentence/{name}")), prompt, &texts);
        let key = match prompt {
            None => name.to_owned(),
            Some("") => format!("{name}.none"),
            Some(prompt) => format!("{name}.{prompt}"),
        };
        let worst = distance(&found, &file[&key]);
        assert!(worst < 1e-5, "{key}: {worst}");
    }
}

fn last_dense() -> SentenceEncoder {
    open(&golden("sentence/last-dense")).1
}

#[test]
fn a_dense_layer_that_is_not_the_declared_one_is_refused() {
    let SentenceEncoder { modules, dense, .. } = last_dense();
    let load = |modules: &[VectorModule], width| {
        VectorModules::load(modules, &dense, width, Device::Cpu).unwrap_err()
    };
    let other = [VectorModule::Dense("0".repeat(64))];
    assert!(matches!(load(&other, 16), NnError::Changed { .. }));
    let three = [modules.clone(), other.to_vec()].concat();
    assert!(matches!(load(&three, 16), NnError::Changed { .. }));
    let narrow = load(&modules, 15).to_string();
    assert!(
        narrow
            .ends_with("2_Dense/config.json` has `in_features` 16, but vectors of 15 numbers come"),
        "{narrow}"
    );
}

/// What a dense layer's weights may be.
#[test]
fn weights_of_a_dense_layer_must_go_with_its_config() {
    let folder = tempfile::tempdir().unwrap();
    let config = r#"{"in_features": 2, "out_features": 3, "activation_function": "torch.nn.modules.activation.ReLU"}"#;
    let place = folder.path().join("2_Dense");
    let weights = place.join("model.safetensors");
    fs::create_dir_all(&place).unwrap();
    fs::create_dir_all(folder.path().join("1_Pooling")).unwrap();
    write_atomic(&folder.path().join("1_Pooling/config.json"), b"{}").unwrap();
    write_atomic(&place.join("config.json"), config.as_bytes()).unwrap();
    let list = br#"[{"type": "sentence_transformers.models.Transformer", "path": ""},
        {"type": "sentence_transformers.models.Pooling", "path": "1_Pooling"},
        {"type": "sentence_transformers.models.Dense", "path": "2_Dense"}]"#;
    write_atomic(&folder.path().join("modules.json"), list).unwrap();
    let load = |tensors: &[(&str, Tensor)]| {
        Tensor::write_safetensors(tensors, &weights).unwrap();
        let layout = read_layout(folder.path()).unwrap().unwrap();
        let SentenceEncoder { modules, dense, .. } =
            SentenceEncoder::read(folder.path(), &layout, sha256_file).unwrap();
        VectorModules::load(&modules, &dense, 2, Device::Cpu)
    };
    let of = |shape: &[i64]| Tensor::ones(shape, (Kind::Float, Device::Cpu));
    let whole = load(&[("linear.weight", of(&[3, 2])), ("linear.bias", -of(&[3]))]).unwrap();
    let rows = whole.forward(Tensor::from_slice(&[1.0_f32, 2.0]).view([1, 2]));
    assert_eq!(Vec::<f32>::try_from(rows.view([-1])).unwrap(), [2.0; 3]);
    let missing = load(&[("linear.weight", of(&[3, 2]))]).unwrap_err();
    assert!(
        matches!(missing, NnError::MissingTensors { .. }),
        "{missing}"
    );
    let turned = load(&[("linear.weight", of(&[2, 3])), ("linear.bias", of(&[3]))]).unwrap_err();
    assert!(matches!(turned, NnError::TensorShape { .. }), "{turned}");
    let spoilt = of(&[3]) / 0.0;
    let spoilt = load(&[("linear.weight", of(&[3, 2])), ("linear.bias", spoilt)]).unwrap_err();
    assert!(
        matches!(spoilt, NnError::TensorNotFinite { .. }),
        "{spoilt}"
    );
}
