//! Recipes, ranges, and what a request holds.

use super::*;

/// Witness: field.md, 0.5 and d.1: 6 steps of 16 texts out of 100 per epoch, 30 epochs; 20 epochs or 200 steps.
#[test]
fn recipes_have_their_numbers_of_steps() {
    let (reference, stable) = (FitParams::reference(), FitParams::stable());
    assert_eq!(
        (reference.steps_per_epoch(100), reference.steps(100)),
        (6, 180)
    );
    assert_eq!((stable.steps_per_epoch(100), stable.steps(100)), (7, 203));
    assert_eq!(stable.steps(1000), 20 * 63);
    assert_eq!(reference.steps_per_epoch(10), 1);
}

#[test]
fn requests_carry_every_value_and_nothing_else() {
    let json = serde_json::to_string(&FitParams::stable()).unwrap();
    assert!(
        json.contains(r#""optimizer":"adamw","adam-epsilon":1e-6"#),
        "{json}"
    );
    assert_eq!(
        serde_json::from_str::<FitParams>(&json).unwrap(),
        FitParams::stable()
    );
    assert!(serde_json::from_str::<FitParams>(&json.replacen('{', r#"{"epoch":1,"#, 1)).is_err());
}

/// Keys are made of this text: what was there before these hyper-parameters must not change.
#[test]
fn equal_weights_and_no_smoothing_are_left_out() {
    let plain = serde_json::to_string(&FitParams::stable()).unwrap();
    assert!(plain.ends_with(r#""reinit-top":0}"#), "{plain}");
    let params = FitParams {
        class_weights: ClassWeights::Balanced,
        label_smoothing: 0.1,
        ..FitParams::stable()
    };
    let json = serde_json::to_string(&params).unwrap();
    assert!(
        json.ends_with(r#""reinit-top":0,"class-weights":"balanced","label-smoothing":0.1}"#),
        "{json}"
    );
    assert_eq!(serde_json::from_str::<FitParams>(&json).unwrap(), params);
    let smooth = FitParams {
        label_smoothing: 1.0,
        ..params
    };
    let message = smooth.check().unwrap_err().to_string();
    assert_eq!(
        message,
        "hyper-parameter `label-smoothing`: got 1, must be from 0 to below 1"
    );
}

#[test]
fn losses_that_do_not_go_with_the_classes_are_refused() {
    let stable = FitParams::stable();
    let said = |loss: LossParams, params: &FitParams, classes| {
        loss.check_with(params, classes).unwrap_err().to_string()
    };
    let (reference, weighted, smoothed) = (
        LossParams::reference(),
        FitParams {
            class_weights: ClassWeights::Balanced,
            ..FitParams::stable()
        },
        FitParams {
            label_smoothing: 0.1,
            ..FitParams::stable()
        },
    );
    let soft = LossParams {
        temperature: 2.0,
        ..LossParams::usual(LossName::Mse)
    };
    assert_eq!(
        [
            said(reference.clone(), &stable, 3),
            said(reference.clone(), &weighted, 2),
            said(reference.clone(), &smoothed, 2),
            said(soft.clone(), &stable, 3),
        ],
        [
            "hyper-parameter `loss`: got reference, must be `bce`, `kl` or `mse` with more than two classes: the published loss knows two",
            "hyper-parameter `class-weights`: got balanced, must be `none` with the loss `reference`",
            "hyper-parameter `label-smoothing`: got 0.1, must be 0 with the loss `reference`",
            "hyper-parameter `temperature`: got 2, must be 1 with the loss `mse` and more than two classes: of logits it cancels out",
        ]
    );
    assert!(reference.check_with(&stable, 2).is_ok() && soft.check_with(&weighted, 2).is_ok());
    assert!(LossParams::bce().check_with(&weighted, 77).is_ok());
}

#[test]
fn values_out_of_range_are_named() {
    let bad = FitParams {
        clip_norm: Some(0.0),
        ..FitParams::stable()
    };
    let message = bad.check().unwrap_err().to_string();
    assert_eq!(
        message,
        "hyper-parameter `clip-norm`: got 0, must be above 0"
    );
    assert!(FitParams::stable().check().is_ok() && FitParams::reference().check().is_ok());
}
