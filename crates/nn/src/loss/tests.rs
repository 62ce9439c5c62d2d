//! Losses against PyTorch and against their formulas.

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;

use super::*;
use crate::head::columns;
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

/// A loss with all classes and targets as they are.
fn plain(params: &LossParams) -> Loss {
    Loss::new(params, &FitParams::reference(), 2, &[], Device::Cpu)
}

/// The loss of rows of `columns` logits, and its gradient.
fn graded(
    loss: &Loss,
    columns: i64,
    (logits, targets): (&[f64], &[f64]),
    kind: Kind,
) -> (f64, Vec<f64>) {
    let tensor = |values: &[f64]| Tensor::from_slice(values).to_kind(kind).view([-1, columns]);
    let logits = tensor(logits).set_requires_grad(true);
    let value = loss.compute(&logits, &tensor(targets));
    assert_eq!((value.size(), value.kind()), (vec![], kind));
    value.backward();
    let gradient = logits.grad().to_kind(Kind::Double).view(-1);
    (value.double_value(&[]), Vec::try_from(&gradient).unwrap())
}

/// The loss of two classes and its gradient.
fn computed(params: &LossParams, logits: &[f64], targets: &[f64], kind: Kind) -> (f64, Vec<f64>) {
    graded(&plain(params), 1, (logits, targets), kind)
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
        let tensor = |value: f32| Tensor::from_slice(&[value]).unsqueeze(1);
        let (logit, target) = (tensor(logit), tensor(target));
        let value = plain(&LossParams::bce()).compute(&logit, &target);
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

/// A loss of several texts at once, with its derivatives by the logits.
#[derive(Deserialize)]
struct ClassCase {
    classes: usize,
    params: LossParams,
    weights: Option<Vec<f64>>,
    smoothing: f64,
    targets: String,
    value: f64,
    gradient: Vec<f64>,
}

/// What generate.py left of the losses of more than two classes, and of class weights and label smoothing.
#[derive(Deserialize)]
struct ClassGolden {
    logits: BTreeMap<usize, Vec<f64>>,
    targets: BTreeMap<String, Vec<f64>>,
    cases: Vec<ClassCase>,
}

/// Witness: PyTorch's autograd in f64. 1e-6; in f32, of losses above 1 a millionth.
#[test]
fn losses_of_classes_and_their_gradients_equal_pytorch() {
    let golden: ClassGolden =
        serde_json::from_slice(&fs::read(golden("losses/classes.json")).unwrap()).unwrap();
    for case in &golden.cases {
        case.params.check().unwrap();
        let weights = case.weights.as_deref();
        let loss = Loss {
            params: case.params.clone(),
            weighting: Weighting {
                weights: weights.map(Tensor::from_slice),
                smoothing: case.smoothing,
            },
        };
        let columns = columns(case.classes) as i64;
        let examples = (
            &*golden.logits[&case.classes],
            &*golden.targets[&case.targets],
        );
        for kind in [Kind::Double, Kind::Float] {
            let (value, gradient) = graded(&loss, columns, examples, kind);
            let scale = if kind == Kind::Float {
                value.max(1.0)
            } else {
                1.0
            };
            let about = format!(
                "{:?} {weights:?} {} {} {kind:?}",
                case.params, case.smoothing, case.targets
            );
            assert!(
                (value - case.value).abs() < 1e-6 * scale,
                "{about}: {value}, not {}",
                case.value
            );
            assert_eq!(gradient.len(), case.gradient.len());
            for (got, expected) in gradient.iter().zip(&case.gradient) {
                assert!((got - expected).abs() < 1e-6, "{about}: {got} {expected}");
            }
        }
    }
    assert!(golden.cases.len() > 100);
}

/// Two ways to the same loss: the logits 0 and `z` in place of `z`.
#[test]
fn without_weights_the_loss_of_two_logits_is_that_of_one() {
    let (logits, targets) = ([-3.0, 0.2, 5.0], [1.0, 0.3, 0.8]);
    let pairs = |values: [f64; 3], first: fn(f64) -> f64| values.map(|value| [first(value), value]);
    let (two, probabilities) = (pairs(logits, |_| 0.0), pairs(targets, |q| 1.0 - q));
    for loss in [LossName::Bce, LossName::Kl] {
        for alpha in [0.0, 0.4, 1.0] {
            let params = LossParams {
                alpha,
                ..LossParams::usual(loss)
            };
            let (one, _) = computed(&params, &logits, &targets, Kind::Double);
            let examples = (two.as_flattened(), probabilities.as_flattened());
            let (both, _) = graded(&plain(&params), 2, examples, Kind::Double);
            assert!((one - both).abs() < 1e-5, "{params:?} {one} {both}");
        }
    }
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
            let far = [500.0, -500.0, 0.0];
            let two = computed(&params, &far, &[0.0, 1.0, 1.0], Kind::Float);
            let three = graded(&plain(&params), 3, (&far, &[0.0, 1.0, 0.0]), Kind::Float);
            for (value, gradient) in [two, three] {
                assert!(value.is_finite(), "{params:?} {value}");
                let finite = gradient.iter().all(|number| number.is_finite());
                assert!(finite, "{params:?} {gradient:?}");
            }
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
