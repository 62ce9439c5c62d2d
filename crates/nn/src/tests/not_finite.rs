//! Numbers that go wrong: weights too large, losses at their ends.

use tch::{Device, Kind, Tensor};

use super::{Golden, one_thread};
use crate::linear::Linear;
use crate::loss::Loss;
use crate::{
    Compute, Examples, FitSeeds, NnError, ParallelClassifier, VectorModules, binary_cross_entropy,
    embed, fit,
};
use fsl_common::settings::{ClassWeights, FitParams, LossName, LossParams, Pooling};

const SEEDS: FitSeeds = FitSeeds {
    init: 1,
    order: 2,
    dropout: 3,
};

/// Weights of 1e38 are finite, but sums of their products are not.
#[test]
fn models_that_give_no_number_are_refused_with_the_text() {
    one_thread();
    let golden = Golden::read("bert");
    let texts = golden.texts();
    let spoilt = || {
        let mut classifier = golden.classifier();
        let units = classifier.head.output.weight.size()[1];
        classifier.head.output = Linear::new(
            Tensor::full([1, units], 1e38, (Kind::Float, Device::Cpu)),
            Tensor::full([1], f64::from(f32::MAX), (Kind::Float, Device::Cpu)),
        );
        classifier.head.dense = Linear::new(
            Tensor::full(
                [units, classifier.encoder.config().hidden],
                0.0,
                (Kind::Float, Device::Cpu),
            ),
            Tensor::full([units], 30.0, (Kind::Float, Device::Cpu)),
        );
        classifier
    };
    let error = spoilt().predict(&texts, &mut |_| ()).err().unwrap();
    assert!(matches!(error, NnError::NotFinite { .. }), "{error}");
    let shifted = error.after(1000).to_string();
    assert!(shifted.starts_with("text 10"), "{shifted}");
    for threads in [1, 2] {
        let mut several = ParallelClassifier::new(spoilt(), threads);
        let error = several.predict(&texts, &mut |_| ()).err().unwrap();
        assert!(matches!(error, NnError::NotFinite { .. }), "{error}");
    }
    let unit = VectorModules::default().then_normalized();
    let vectors = embed(&golden.encoder(), &texts, Pooling::Mean, &unit, &mut |_| ());
    assert!(vectors.is_ok());
}

/// A teacher that is certain has logits of infinity; its probabilities are kept off 0 and 1, so that losses and gradients are finite at every
/// temperature that is allowed.
#[test]
fn certain_teachers_and_extreme_temperatures_give_finite_losses() {
    for (loss, temperatures) in [
        (LossName::Bce, &[1.0][..]),
        (LossName::Kl, &[0.01, 1.0, 1000.0]),
        (LossName::Mse, &[0.01, 1.0, 1000.0]),
        (LossName::Reference, &[0.01, 5.0, 1000.0]),
    ] {
        for &temperature in temperatures {
            for alpha in [0.0, 0.5, 1.0] {
                let params = LossParams {
                    loss,
                    alpha,
                    temperature,
                };
                params.check().unwrap();
                for targets in [[0.0, 1.0], [1.0, 1.0], [0.0, 0.0], [0.5, 0.5]] {
                    assert_finite(&params, targets);
                }
            }
        }
    }
}

fn assert_finite(params: &LossParams, targets: [f32; 2]) {
    let weights = [ClassWeights::None, ClassWeights::Balanced];
    for class_weights in weights {
        if params.loss == LossName::Reference && class_weights == ClassWeights::Balanced {
            continue;
        }
        let fit = FitParams {
            class_weights,
            ..FitParams::reference()
        };
        let loss = Loss::new(params, &fit, 2, &targets, Device::Cpu);
        for logit in [0.0_f32, 80.0, -80.0] {
            let logits = Tensor::from_slice(&[logit, -logit])
                .view([2, 1])
                .set_requires_grad(true);
            let value = loss.compute(&logits, &Tensor::from_slice(&targets).view([2, 1]));
            let said = value.double_value(&[]);
            assert!(said.is_finite(), "{params:?} {targets:?} {logit}: {said}");
            let slope = Tensor::run_backward(&[value], &[&logits], false, false);
            let finite = slope[0].isfinite().all().int64_value(&[]);
            assert_eq!(finite, 1, "{params:?} {targets:?} {logit}");
        }
    }
}

/// The loss of logits that nothing can be larger than is finite; that of infinite ones is what a fit calls diverged.
#[test]
fn a_loss_is_finite_where_logits_are() {
    let loss = |logit: f32| {
        let logits = Tensor::from_slice(&[logit]).view([1, 1]);
        binary_cross_entropy(&logits, &Tensor::from_slice(&[0.0_f32]).view([1, 1]))
            .double_value(&[])
    };
    assert!(loss(f32::MAX).is_finite());
    assert!(!loss(f32::INFINITY).is_finite());
}

/// Fewer texts than a batch, batches of one class, and teachers of 0 and 1 only train to the end.
#[test]
fn small_and_one_sided_batches_train() {
    one_thread();
    let golden = Golden::read("distilbert");
    let texts = golden.texts();
    let params = FitParams {
        epochs: 2,
        batch_size: 64,
        hidden_units: 8,
        class_weights: ClassWeights::Balanced,
        ..FitParams::reference()
    };
    for targets in [vec![1.0; texts.len()], vec![0.0; texts.len()]] {
        let examples = Examples {
            texts: &texts,
            classes: 2,
            targets: &targets,
        };
        let loss = LossParams::usual(LossName::Kl);
        let fitted = fit(
            &golden.open(),
            Compute::CPU,
            &params,
            &loss,
            examples,
            SEEDS,
            &mut |_| (),
        );
        let (_, report) = fitted.unwrap();
        assert_eq!(report.steps, 2);
        assert!(report.losses.iter().all(|loss| loss.is_finite()));
    }
}
