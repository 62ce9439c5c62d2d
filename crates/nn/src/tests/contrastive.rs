//! Contrastive training against sentence-transformers and PyTorch, and what decides it.

use serde::Deserialize;
use tch::Device;

use super::{Golden, one_thread};
use crate::contrastive::{Pair, train};
use crate::predict::embed;
use crate::{
    Compute, DropoutRng, FitReport, LabelledTexts, NnError, PairSeeds, VectorModules,
    train_on_pairs,
};
use fsl_common::classes::Label;
use fsl_common::settings::{PairParams, Pooling, Precision};
use fsl_test_support::golden;

/// What contrastive.py left for one family.
#[derive(Deserialize)]
struct Expected {
    pooling: Pooling,
    /// Of every step.
    pairs: Vec<Vec<Pair>>,
    losses: Vec<f32>,
    /// Of the texts, after all steps.
    rows: Vec<Vec<f32>>,
}

/// The settings of contrastive.py, where a pass over eight texts has one step: two pairs of either kind for every other text.
fn params() -> PairParams {
    PairParams {
        epochs: 20,
        iterations: 1,
        batch_size: 16,
        learning_rate: 1e-3,
        warmup: 0.1,
        weight_decay: 0.1,
        clip_norm: 0.5,
        encoder_dropout: Some(0.0),
    }
}

/// Witness: sentence-transformers' CosineSimilarityLoss and PyTorch's AdamW. 1e-4 on losses and on rows after twenty steps.
#[test]
fn twenty_steps_on_pairs_equal_sentence_transformers() {
    one_thread();
    for family in ["bert", "deberta-v3", "modernbert", "mpnet"] {
        let file = std::fs::read(golden(&format!("nn/contrastive/{family}.json"))).unwrap();
        let expected: Expected = serde_json::from_slice(&file).unwrap();
        let model = Golden::read(family);
        let texts = model.texts();
        let mut encoder = model.encoder();
        encoder.set_dropout(0.0);
        let masks = DropoutRng::new(0, Device::Cpu);
        let mut batch = |step: usize| expected.pairs[step].clone();
        let learnt = (&params(), expected.pooling, texts.as_slice());
        let report = train(&mut encoder, learnt, &mut batch, (&masks, &mut |_| ())).unwrap();
        assert_eq!(report.losses.len(), expected.losses.len());
        for (step, (found, expected)) in report.losses.iter().zip(&expected.losses).enumerate() {
            let difference = (found - expected).abs();
            assert!(
                difference < 1e-4,
                "{family} step {step}: {found} {expected}"
            );
        }
        let modules = VectorModules::default();
        let rows = embed(&encoder, &texts, expected.pooling, &modules, &mut |_| ()).unwrap();
        for (found, expected) in rows.iter().flatten().zip(expected.rows.iter().flatten()) {
            assert!(
                (found - expected).abs() < 1e-4,
                "{family}: {found} {expected}"
            );
        }
    }
}

const LABELS: [Label; 8] = [0, 1, 2, 1, 0, 2, 2, 1];

fn tuned(params: &PairParams, seeds: PairSeeds) -> Result<(Vec<Vec<f32>>, FitReport), NnError> {
    let model = Golden::read("bert");
    let texts = model.texts();
    let compute = Compute {
        device: Device::Cpu,
        precision: Precision::F32,
    };
    let learnt = LabelledTexts {
        texts: &texts,
        labels: &LABELS,
    };
    let settings = (params, Pooling::Mean);
    let (encoder, report) =
        train_on_pairs(&model.open(), compute, settings, learnt, seeds, &mut |_| ())?;
    let modules = VectorModules::default();
    let rows = embed(&encoder, &texts, Pooling::Mean, &modules, &mut |_| ())?;
    Ok((rows, report))
}

const SEEDS: PairSeeds = PairSeeds {
    order: 1,
    dropout: 2,
};

/// The cosine of two rows.
fn cosine(one: &[f32], other: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(one, other) / (dot(one, one) * dot(other, other)).sqrt()
}

#[test]
fn texts_of_one_class_come_near_each_other() {
    one_thread();
    let long = PairParams {
        epochs: 40,
        iterations: 4,
        learning_rate: 3e-3,
        clip_norm: 0.0,
        encoder_dropout: None,
        ..params()
    };
    let (rows, report) = tuned(&long, SEEDS).unwrap();
    assert_eq!(report.steps, 40 * 4);
    assert_eq!(report.epochs, 40);
    let half = report.losses.len() / 2;
    let mean = |losses: &[f32]| losses.iter().sum::<f32>() / losses.len() as f32;
    assert!(mean(&report.losses[half..]) < 0.5 * mean(&report.losses[..half]));
    for (text, &label) in LABELS.iter().enumerate() {
        let nearest = (0..LABELS.len())
            .filter(|&other| other != text)
            .max_by(|&a, &b| {
                let to = |other: usize| cosine(&rows[text], &rows[other]);
                to(a).total_cmp(&to(b))
            });
        assert_eq!(LABELS[nearest.unwrap()], label, "text {text}");
    }
}

#[test]
fn seeds_decide_and_nothing_else() {
    one_thread();
    let params = PairParams {
        epochs: 2,
        encoder_dropout: Some(0.2),
        ..params()
    };
    let bits = |seeds| -> Vec<u32> {
        let (rows, _) = tuned(&params, seeds).unwrap();
        rows.iter().flatten().map(|value| value.to_bits()).collect()
    };
    let first = bits(SEEDS);
    assert_eq!(first, bits(SEEDS));
    assert_ne!(first, bits(PairSeeds { order: 3, ..SEEDS }));
    assert_ne!(
        first,
        bits(PairSeeds {
            dropout: 3,
            ..SEEDS
        })
    );
}

#[test]
fn what_cannot_be_trained_is_named() {
    one_thread();
    let refused = |params: PairParams| tuned(&params, SEEDS).map(drop).unwrap_err().to_string();
    let said = "hyper-parameter `iterations`: got 0, must be from 1 to 1000";
    assert_eq!(
        refused(PairParams {
            iterations: 0,
            ..params()
        }),
        said
    );
    let said = "hyper-parameter `clip-norm`: got -1, must be at least 0";
    assert_eq!(
        refused(PairParams {
            clip_norm: -1.0,
            ..params()
        }),
        said
    );
    let wild = PairParams {
        learning_rate: 1e30,
        clip_norm: 0.0,
        ..params()
    };
    assert!(matches!(tuned(&wild, SEEDS), Err(NnError::Diverged { .. })));
}
