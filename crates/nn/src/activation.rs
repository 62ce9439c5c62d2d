//! What stands between the two halves of a block's feed-forward part.

use tch::Tensor;

/// A function of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// `x·Φ(x)` with the exact normal distribution function (erf), not its tanh approximation.
    Gelu,
    /// The tanh approximation of it.
    GeluTanh,
    /// `max(x, 0)`.
    Relu,
    /// `x·σ(x)`, with the logistic function.
    Silu,
    /// The hyperbolic tangent.
    Tanh,
}

impl Activation {
    /// Every name of an activation in a config.json.
    const NAMES: [(&'static str, Self); 8] = [
        ("gelu", Self::Gelu),
        ("gelu_new", Self::GeluTanh),
        ("gelu_fast", Self::GeluTanh),
        ("gelu_pytorch_tanh", Self::GeluTanh),
        ("relu", Self::Relu),
        ("silu", Self::Silu),
        ("swish", Self::Silu),
        ("tanh", Self::Tanh),
    ];

    /// The activation of this name, or the names that there are.
    pub(crate) fn parse(name: &str) -> Result<Self, String> {
        let found = Self::NAMES.iter().find(|(known, _)| *known == name);
        found
            .map(|(_, activation)| *activation)
            .ok_or_else(|| one_of(Self::NAMES.iter().map(|(known, _)| *known)))
    }

    /// Any shape and kind, which stay.
    pub(crate) fn apply(self, input: &Tensor) -> Tensor {
        match self {
            Self::Gelu => input.gelu("none"),
            Self::GeluTanh => input.gelu("tanh"),
            Self::Relu => input.relu(),
            Self::Silu => input.silu(),
            Self::Tanh => input.tanh(),
        }
    }
}

/// `` `a`, `b` or `c` ``
pub(crate) fn one_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}
