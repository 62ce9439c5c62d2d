//! Losses against PyTorch and against their formulas.

use std::fs;

use serde::Deserialize;

use super::*;
use fsl_test_support::golden;

/// What generate.py left.
#[derive(Deserialize)]
struct Golden {
    logits: Vec<f64>,
    targets: Vec<f64>,
    cases: Vec<Case>,
}

/// A loss of every pair of a logit and a target, with its derivative by the logit, and of all pairs at once.
#[derive(Deserialize)]
struct Case {
    params: LossParams,
    values: Vec<f64>,
    gradients: Vec<f64>,
    mean: f64,
}

/// The loss and its gradient.
fn computed(params: &LossParams, logits: &[f64], targets: &[f64], kind: Kind) -> (f64, Vec<f64>) {
    let tensor = |values: &[f64]| Tensor::from_slice(values).to_kind(kind);
    let logits = tensor(logits).set_requires_grad(true);
    let loss = compute(params, &logits, &tensor(targets));
    assert_eq!((loss.size(), loss.kind()), (vec![], kind));
    loss.backward();
    let gradient = logits.grad().to_kind(Kind::Double);
    (loss.double_value(&[]), Vec::try_from(&gradient).unwrap())
}

/// Witness: PyTorch's autograd in f64. 1e-6; for logits and targets in f32, which are not quite those of the witness, of
/// losses above 1 a millionth.
#[test]
fn losses_and_gradients_equal_pytorch() {
    let golden: Golden =
        serde_json::from_slice(&fs::read(golden("losses/losses.json")).unwrap()).unwrap();
    for case in &golden.cases {
        case.params.check().unwrap();
        for kind in [Kind::Double, Kind::Float] {
            let near = |got: f64, expected: f64| {
                let scale = if kind == Kind::Float {
                    expected.abs().max(1.0)
                } else {
                    1.0
                };
                (got - expected).abs() < 1e-6 * scale
            };
            for (index, (logit, target)) in golden.logits.iter().zip(&golden.targets).enumerate() {
                let (value, gradient) = computed(&case.params, &[*logit], &[*target], kind);
                let expected = (case.values[index], case.gradients[index]);
                assert!(
                    near(value, expected.0) && near(gradient[0], expected.1),
                    "{:?} {kind:?} z {logit} q {target}: {value} {gradient:?}, not {expected:?}",
                    case.params
                );
            }
            let (mean, gradient) = computed(&case.params, &golden.logits, &golden.targets, kind);
            assert!(near(mean, case.mean), "{:?} {mean}", case.params);
            let count = golden.logits.len() as f64;
            for (got, expected) in gradient.iter().zip(&case.gradients) {
                assert!(near(*got, expected / count), "{:?}", case.params);
            }
        }
    }
    assert_eq!(golden.cases.len(), 3 + 3 * 9);
}

/// Witness: the formula by hand, in f64. 1e-6: a few units in the last place of f32.
#[test]
fn cross_entropy_is_its_formula_also_far_out() {
    let loss = |logit: f32, target: f32| {
        let (logit, target) = (Tensor::from_slice(&[logit]), Tensor::from_slice(&[target]));
        let value = compute(&LossParams::bce(), &logit, &target);
        assert_eq!(value, binary_cross_entropy(&logit, &target));
        value.double_value(&[])
    };
    let formula = |z: f64, y: f64| {
        let p = 1.0 / (1.0 + (-z).exp());
        -(y * p.ln() + (1.0 - y) * (1.0 - p).ln())
    };
    for (z, y) in [(0.0, 1.0), (1.5, 0.25), (-3.0, 1.0)] {
        assert!((loss(z, y) - formula(f64::from(z), f64::from(y))).abs() < 1e-6);
    }
    assert!((loss(200.0, 0.0) - 200.0).abs() < 1e-6);
    assert!(loss(-200.0, 0.0) < 1e-6);
}

/// Logits at which `exp` overflows give numbers all the same, and gradients too.
#[test]
fn no_loss_overflows() {
    for loss in [LossName::Kl, LossName::Mse, LossName::Reference] {
        for alpha in [0.0, 0.5, 1.0] {
            let params = LossParams {
                loss,
                alpha,
                temperature: 0.5,
            };
            let (value, gradient) = computed(&params, &[500.0, -500.0], &[0.0, 1.0], Kind::Float);
            assert!(value.is_finite(), "{params:?} {value}");
            assert!(
                gradient.iter().all(|number| number.is_finite()),
                "{params:?}"
            );
        }
    }
}

/// The oddity: with α = 1 the published loss wants every text positive, whatever its target above 0.
#[test]
fn the_published_hard_labels_are_all_positive() {
    let params = LossParams {
        alpha: 1.0,
        ..LossParams::reference()
    };
    let targets = [0.01, 0.3, 0.99];
    let (value, gradient) = computed(&params, &[0.0; 3], &targets, Kind::Double);
    assert!(gradient.iter().all(|slope| *slope < 0.0), "{gradient:?}");
    let formula = -(1.0 / (1.0 + (-0.5_f64).exp())).ln();
    assert!((value - formula).abs() < 1e-12, "{value}");
}

#[test]
fn values_out_of_range_are_named() {
    let message = |loss, alpha, temperature| {
        let params = LossParams {
            loss,
            alpha,
            temperature,
        };
        params.check().unwrap_err().to_string()
    };
    insta::assert_snapshot!(message(LossName::Kl, 1.5, 1.0), @"hyper-parameter `alpha`: got 1.5, must be from 0 to 1");
    insta::assert_snapshot!(message(LossName::Kl, f64::NAN, 1.0), @"hyper-parameter `alpha`: got NaN, must be from 0 to 1");
    insta::assert_snapshot!(message(LossName::Mse, 0.0, 0.0), @"hyper-parameter `temperature`: got 0, must be from 0.01 to 1000");
    insta::assert_snapshot!(message(LossName::Bce, 0.0, 2.0), @"hyper-parameter `temperature`: got 2, must be 1 with the loss `bce`");
    assert!(LossParams::bce().check().is_ok() && LossParams::reference().check().is_ok());
}

#[test]
fn requests_carry_every_value_and_nothing_else() {
    let json = serde_json::to_string(&LossParams::reference()).unwrap();
    insta::assert_snapshot!(json, @r#"{"loss":"reference","alpha":0.0,"temperature":5.0}"#);
    assert_eq!(
        serde_json::from_str::<LossParams>(&json).unwrap(),
        LossParams::reference()
    );
    assert!(serde_json::from_str::<LossParams>(r#"{"loss":"kl","alpha":0.0}"#).is_err());
    assert!(serde_json::from_str::<LossParams>(&json.replacen('{', r#"{"beta":1,"#, 1)).is_err());
}
