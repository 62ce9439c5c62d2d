//! Rotary position embedding: queries and keys turned by angles that grow with their places in the text.
//!
//! Paper: arXiv 2104.09864, section 3.2.2. A product of two turned vectors depends on how far apart they are only.

use tch::{Device, Kind, Tensor};

/// The angles of a batch's places, as tables.
pub(crate) struct Rotation {
    /// `[T, D]` Float: the cosines, twice.
    cos: Tensor,
    /// `[T, D]` Float: the sines, negative in the first half.
    sin: Tensor,
}

impl Rotation {
    /// Of places from 0 to `longest - 1`: the `i`-th of `width / 2` planes turns by `base^(-2i / width)` per place. `width` is even.
    pub(crate) fn new(base: f64, width: i64, longest: i64, device: Device) -> Self {
        let float = (Kind::Float, device);
        let powers = Tensor::arange_start_step(0, width, 2, float) / width as f64; // [D/2]
        let places = Tensor::arange(longest, float).unsqueeze(1); // [T, 1]
        let angles = places * Tensor::pow_scalar(base, &powers).reciprocal(); // [T, D/2]
        let (cos, sin) = (angles.cos(), angles.sin());
        Self {
            cos: Tensor::cat(&[&cos, &cos], 1),
            sin: Tensor::cat(&[&sin.neg(), &sin], 1),
        }
    }

    /// Turns `[…, T, D]` of any kind, in Float; the kind stays. A plane is a number in the first half and one in the second.
    pub(crate) fn apply(&self, input: &Tensor) -> Tensor {
        let vectors = input.to_kind(Kind::Float);
        let half = vectors.size().last().copied().unwrap_or_default() / 2;
        let turned = (&vectors * &self.cos).addcmul_(&vectors.roll([half], [-1]), &self.sin);
        turned.to_kind(input.kind())
    }
}
