//! Fits: losses, dropout, determinism, and what is refused.

use tch::Device;

use super::{FAMILIES, Golden, distance, one_thread};
use crate::fit::train;
use crate::layers::Parameters as _;
use crate::optim::Adam;
use crate::sparse_embedding;
use crate::{Compute, Examples, FitReport, FitSeeds, NnError, Packed, Step, fit};
use fsl_common::settings::{FitParams, LossParams, Optimizer, Schedule};

const SEEDS: FitSeeds = FitSeeds {
    init: 1,
    order: 2,
    dropout: 3,
};

/// The settings of generate.py.
fn golden_params(optimizer: Optimizer) -> FitParams {
    let adamw = optimizer == Optimizer::AdamW;
    FitParams {
        epochs: 20,
        min_steps: 0,
        batch_size: 8,
        learning_rate: 1e-3,
        optimizer,
        adam_epsilon: if adamw { 1e-6 } else { 1e-7 },
        weight_decay: if adamw { 0.1 } else { 0.0 },
        clip_norm: adamw.then_some(0.5),
        schedule: if adamw {
            Schedule::Linear
        } else {
            Schedule::Constant
        },
        warmup: if adamw { 0.1 } else { 0.0 },
        head_dropout: 0.0,
        encoder_dropout: Some(0.0),
        hidden_units: 16,
        ..FitParams::reference()
    }
}

/// Witness: PyTorch. 1e-4 on losses and on the word embedding after 20 steps, of which the rows that occur in no text only
/// shrank by weight decay.
#[test]
fn twenty_steps_of_either_adam_equal_pytorch() {
    one_thread();
    for family in FAMILIES {
        let golden = Golden::read(family);
        for (optimizer, key) in [
            (Optimizer::KerasAdam, "keras-adam"),
            (Optimizer::AdamW, "adamw"),
        ] {
            let mut classifier = golden.classifier();
            let (texts, targets) = (golden.texts(), golden.numbers("targets"));
            let report = train(
                &mut classifier,
                &golden_params(optimizer),
                &LossParams::bce(),
                Examples {
                    texts: &texts,
                    classes: 2,
                    targets: &targets,
                },
                SEEDS,
                &mut |_| (),
            )
            .unwrap();
            let expected = golden.numbers(key);
            for (step, (loss, expected)) in report.losses.iter().zip(&expected).enumerate() {
                assert!(
                    (loss - expected).abs() < 1e-4,
                    "{family} {key} step {step}: {loss} {expected}"
                );
            }
            let (name, _) = &classifier.encoder.named()[0];
            let word = &golden.tensors[&format!("after.{key}.encoder.{name}")];
            assert!(
                distance(&classifier.encoder.embeddings.word, word) < 1e-4,
                "{family} {key}"
            );
            let output = &golden.tensors[&format!("after.{key}.output.weight")];
            assert!(
                distance(&classifier.head.output.weight, output) < 1e-4,
                "{family} {key}"
            );
            assert!(
                classifier
                    .parameters()
                    .iter()
                    .all(|parameter| !parameter.tensor.requires_grad())
            );
        }
    }
}

/// Adam leaves a row without gradients where it is: learning the rows that occur only gives the very bits of learning all.
#[test]
fn the_compact_embedding_learns_as_the_whole_one_does_bit_by_bit() {
    for (optimizer, tolerance) in [(Optimizer::KerasAdam, 0.0), (Optimizer::AdamW, 1e-6)] {
        let golden = Golden::read("bert");
        let all = golden.texts();
        let learn = |compact: bool| {
            let mut encoder = golden.encoder();
            let (aside, texts) = if compact {
                let (aside, texts) =
                    sparse_embedding::restrict_to_used(&mut encoder.embeddings, &all);
                (Some(aside), texts)
            } else {
                (None, all.clone())
            };
            let mut adam = Adam::new(optimizer, 1e-7, 0.01, encoder.parameters());
            for step in 0..12 {
                // Not every row that occurs has a gradient in every step.
                let batch = Packed::new(&texts[step % 4..step % 4 + 3], Device::Cpu);
                let hidden = encoder.forward(&batch, None);
                let gradients = adam.gradients(&hidden.square().mean(None));
                adam.step(1e-3, gradients);
            }
            for parameter in encoder.parameters() {
                *parameter.tensor = parameter.tensor.detach();
            }
            if let Some(aside) = aside {
                aside.restore(&mut encoder.embeddings, adam.decayed());
            }
            encoder.embeddings.word.copy()
        };
        let (whole, compact) = (learn(false), learn(true));
        let before = golden.encoder().embeddings.word;
        assert!(distance(&whole, &before) > 1e-3);
        assert!(distance(&whole, &compact) <= tolerance, "{optimizer:?}");
    }
}

fn small_fit(params: &FitParams, seeds: FitSeeds) -> (Vec<f64>, FitReport, Vec<Step>) {
    let golden = Golden::read("distilbert");
    let mut steps = Vec::new();
    let (texts, targets) = (golden.texts(), golden.numbers("targets"));
    let (classifier, report) = fit(
        &golden.open(),
        Compute::CPU,
        params,
        &LossParams::bce(),
        Examples {
            texts: &texts,
            classes: 2,
            targets: &targets,
        },
        seeds,
        &mut |step| steps.push(step),
    )
    .unwrap();
    (
        classifier
            .predict(&texts, &mut |_| ())
            .unwrap()
            .into_values(),
        report,
        steps,
    )
}

#[test]
fn equal_seeds_give_equal_bits_and_every_seed_counts() {
    one_thread();
    let params = FitParams {
        epochs: 3,
        batch_size: 3,
        learning_rate: 1e-2,
        ..FitParams::reference()
    };
    let (predictions, report, steps) = small_fit(&params, SEEDS);
    assert_eq!(
        (report.steps, report.epochs, report.losses.len()),
        (6, 3, 6)
    );
    assert_eq!(
        steps.last().map(|step| (step.step, step.steps)),
        Some((6, 6))
    );
    let (again, report_again, _) = small_fit(&params, SEEDS);
    assert_eq!((&predictions, report), (&again, report_again));
    for seeds in [
        FitSeeds { init: 9, ..SEEDS },
        FitSeeds { order: 9, ..SEEDS },
        FitSeeds {
            dropout: 9,
            ..SEEDS
        },
    ] {
        assert_ne!(predictions, small_fit(&params, seeds).0, "{seeds:?}");
    }
    let reinit = FitParams {
        reinit_top: 1,
        ..params
    };
    assert_ne!(predictions, small_fit(&reinit, SEEDS).0);
}

#[test]
fn targets_and_texts_that_do_not_fit_are_named() {
    let golden = Golden::read("bert");
    let message = |texts: &[Vec<i64>], targets: &[f32]| {
        fit(
            &golden.open(),
            Compute::CPU,
            &FitParams::stable(),
            &LossParams::bce(),
            Examples {
                texts,
                classes: 2,
                targets,
            },
            SEEDS,
            &mut |_| (),
        )
        .err()
        .unwrap()
    };
    assert_eq!(message(&[], &[]).to_string(), "no texts to learn from");
    assert_eq!(
        message(&[vec![2]], &[1.5]).to_string(),
        "target 0: got 1.5, must be a number from 0 to 1"
    );
    assert_eq!(
        message(&[vec![2]], &[]).to_string(),
        "target 0: got 0 targets for 1 texts, must be a number from 0 to 1"
    );
    assert_eq!(
        message(&[vec![2; 33]], &[1.0]).to_string(),
        "text 0: got 33 tokens, must be 1 to 32 tokens long"
    );
}

#[test]
fn a_fit_that_diverges_says_so() {
    one_thread();
    let golden = Golden::read("bert");
    let params = FitParams {
        learning_rate: 1e30,
        clip_norm: None,
        ..FitParams::stable()
    };
    let (texts, targets) = (golden.texts(), golden.numbers("targets"));
    let error = fit(
        &golden.open(),
        Compute::CPU,
        &params,
        &LossParams::bce(),
        Examples {
            texts: &texts,
            classes: 2,
            targets: &targets,
        },
        SEEDS,
        &mut |_| (),
    )
    .err()
    .unwrap();
    assert!(matches!(error, NnError::Diverged { .. }), "{error}");
    assert!(error.to_string().starts_with("the loss became "));
}
