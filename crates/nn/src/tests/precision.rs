//! Kinds of number: how far each is from f32, and what is refused.

use tch::{Device, Tensor, no_grad};

use super::{FAMILIES, Golden, distance, one_thread};
use crate::layers::Parameters as _;
use crate::{Compute, DropoutRng, Encoder, Examples, FitSeeds, Packed, binary_cross_entropy, fit};
use fsl_common::settings::{FitParams, LossParams, Pooling, Precision};

fn hidden(encoder: &Encoder, packed: &Packed) -> Tensor {
    no_grad(|| encoder.forward(packed, None))
}

/// ‖a - b‖ / ‖b‖
fn relative(got: &Tensor, expected: &Tensor) -> f64 {
    (got - expected).norm().double_value(&[]) / expected.norm().double_value(&[])
}

/// Witness: transformers' hidden states in f32. bf16 has 8 bits, rounding is off by 2⁻⁹ at most, and each of the two layers
/// rounds eight times: 2 % is ten times what is seen of values of order 1.
#[test]
fn bf16_is_near_f32_and_its_two_ways_agree() {
    for family in FAMILIES {
        let golden = Golden::read(family);
        let packed = Packed::new(&golden.texts(), Device::Cpu);
        let expected = &golden.tensors["hidden"];
        let mut both = Vec::new();
        for native in [false, true] {
            let mut encoder = golden.encoder();
            encoder.set_inference_precision(Precision::Bf16).unwrap();
            encoder.force_bf16(native);
            let got = hidden(&encoder, &packed);
            let off = relative(&got, expected);
            assert!(off > 1e-4, "{family}: that was f32");
            assert!(off < 0.02, "{family} native {native}: {off}");
            let first = no_grad(|| encoder.pooled(&packed, Pooling::Cls, None));
            let rows = got.index_select(0, &packed.starts);
            assert!(relative(&first, &rows) < 0.01, "{family}");
            both.push(got);
        }
        assert!(relative(&both[0], &both[1]) < 0.01, "{family}");
    }
}

/// Witness: our gradients in f32, which are PyTorch's. 15 % of each parameter's gradient, as a norm: twice what is seen of
/// the last normalisation, whose gradient is a sum of nearly opposite numbers.
#[test]
fn gradients_in_bf16_point_where_those_in_f32_do() {
    for native in [false, true] {
        let golden = Golden::read("bert");
        let mut gradients = Vec::new();
        for bf16 in [false, true] {
            let mut classifier = golden.classifier();
            if bf16 {
                classifier
                    .encoder
                    .set_training_precision(Precision::Bf16)
                    .unwrap();
                classifier.encoder.force_bf16(native);
            }
            for parameter in classifier.parameters() {
                let _ = parameter.tensor.set_requires_grad(true);
            }
            let packed = Packed::new(&golden.texts(), Device::Cpu);
            let targets = Tensor::from_slice(&golden.numbers("targets")).unsqueeze(1);
            binary_cross_entropy(
                &classifier.forward(&packed, Some(&DropoutRng::new(0, Device::Cpu))),
                &targets,
            )
            .backward();
            let of = |parameter: crate::layers::Parameter| {
                (parameter.name, parameter.tensor.grad().copy())
            };
            gradients.push(
                classifier
                    .parameters()
                    .into_iter()
                    .map(of)
                    .collect::<Vec<_>>(),
            );
        }
        for ((name, f32), (_, bf16)) in gradients[0].iter().zip(&gradients[1]) {
            assert_eq!(bf16.kind(), tch::Kind::Float, "{name}");
            let off = relative(bf16, f32);
            assert!(off < 0.15, "native {native} {name}: {off}");
        }
    }
}

/// Witness: transformers' hidden states in f32. Each number is off by up to 1 % of its row's largest; real encoders are
/// compared by F1 (bench/precision.py).
#[test]
fn int8_is_near_f32_and_depends_little_on_which_rows_are_computed() {
    for family in FAMILIES {
        let golden = Golden::read(family);
        let packed = Packed::new(&golden.texts(), Device::Cpu);
        let mut encoder = golden.encoder();
        encoder.set_inference_precision(Precision::Int8).unwrap();
        let got = hidden(&encoder, &packed);
        let off = relative(&got, &golden.tensors["hidden"]);
        assert!(off > 1e-4, "{family}: that was f32");
        assert!(off < 0.05, "{family}: {off}");
        let first = no_grad(|| encoder.pooled(&packed, Pooling::Cls, None));
        let rows = got.index_select(0, &packed.starts);
        assert!(relative(&first, &rows) < 0.03, "{family}");
        encoder.set_inference_precision(Precision::F32).unwrap();
        assert!(distance(&hidden(&encoder, &packed), &golden.tensors["hidden"]) < 1e-5);
    }
}

fn fitted(precision: Precision) -> Result<Vec<f64>, crate::NnError> {
    let golden = Golden::read("distilbert");
    let (texts, targets) = (golden.texts(), golden.numbers("targets"));
    let params = FitParams {
        epochs: 8,
        batch_size: 4,
        learning_rate: 1e-3,
        hidden_units: 16,
        ..FitParams::reference()
    };
    let seeds = FitSeeds {
        init: 1,
        order: 2,
        dropout: 3,
    };
    let examples = Examples {
        texts: &texts,
        classes: 2,
        targets: &targets,
    };
    let compute = Compute {
        precision,
        ..Compute::CPU
    };
    let (classifier, _) = fit(
        &golden.open(),
        compute,
        &params,
        &LossParams::bce(),
        examples,
        seeds,
        &mut |_| (),
    )?;
    Ok(classifier.predict(&texts, &mut |_| ())?.into_values())
}

/// The same seeds silence the same units, so that a whole fit stays near.
#[test]
fn a_fit_in_bf16_ends_near_the_same_fit_in_f32() {
    one_thread();
    let (f32, bf16) = (
        fitted(Precision::F32).unwrap(),
        fitted(Precision::Bf16).unwrap(),
    );
    let off = f32
        .iter()
        .zip(&bf16)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max);
    assert!(off > 0.0 && off < 0.05, "{off}");
    assert_eq!(bf16, fitted(Precision::Bf16).unwrap());
}

#[test]
fn int8_cannot_learn() {
    let error = fitted(Precision::Int8).unwrap_err();
    assert_eq!(error.to_string(), "precision `int8` is for inference only");
    assert_eq!(error.hint().unwrap(), "use `auto`, `f32` or `bf16`");
}
