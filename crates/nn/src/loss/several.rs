//! Losses of more than two classes, by one logit each.
//!
//! In the formulas `s` are the `K` logits of the student and `q` the targets, `K` probabilities; `t = log q` are the teacher's logits
//! up to a constant, with `q` kept above 1e-6. All are means over `B`. The soft part is
//!
//! - `bce`: cross-entropy with the probabilities as targets, `-Σ q·log softmax(s)`; `T` must be 1
//! - `kl`: `T² · KL(softmax(t/T) ‖ softmax(s/T))`: Hinton et al. 2015 (arXiv 1503.02531), section 2
//! - `mse`: the mean over the classes of `((s - mean s) - (t - mean t))²`: logits matter up to a constant only, which therefore is
//!   taken off both. Divided by `T` and multiplied by `T²` they are the same again, so there is no temperature.

use tch::Tensor;

use super::weighting::{PROBABILITY_FLOOR, Weighting};
use fsl_common::settings::{LossName, LossParams};

/// The cross-entropy of the likeliest class: `[B, K]` each → `[]`.
pub(super) fn hard(weighting: &Weighting, logits: &Tensor, targets: &Tensor) -> Tensor {
    let labels = targets.argmax(1, false).one_hot(targets.size()[1]);
    weighting.cross_entropy(logits, &labels.to_kind(logits.kind()))
}

/// The part of the loss that is of the probabilities: `[B, K]` each → `[]`.
pub(super) fn soft(
    params: &LossParams,
    weighting: &Weighting,
    logits: &Tensor,
    targets: &Tensor,
) -> Tensor {
    let teacher = targets.clamp_min(PROBABILITY_FLOOR).log();
    match params.loss {
        // `check_with` refuses the published loss, which knows two classes only.
        LossName::Bce | LossName::Reference => weighting.cross_entropy(logits, targets),
        LossName::Kl => {
            let divergences = divergences(logits, &teacher, params.temperature);
            params.temperature.powi(2) * weighting.mean(&divergences, targets)
        }
        LossName::Mse => weighting.mean(&squares(logits, &teacher), targets),
    }
}

/// `KL(softmax(t/T) ‖ softmax(s/T))` of each text: `[B, K]` each → `[B]`.
fn divergences(student: &Tensor, teacher: &Tensor, temperature: f64) -> Tensor {
    let kind = student.kind();
    let student = (student / temperature).log_softmax(1, kind);
    let teacher = (teacher / temperature).log_softmax(1, kind);
    (teacher.exp() * (&teacher - student)).sum_dim_intlist(1, false, kind)
}

/// The mean square difference of the centred logits of each text: `[B, K]` each → `[B]`.
fn squares(student: &Tensor, teacher: &Tensor) -> Tensor {
    let kind = student.kind();
    let off = student - teacher;
    let centred = &off - off.mean_dim(1, true, kind);
    centred.square().mean_dim(1, false, kind)
}
