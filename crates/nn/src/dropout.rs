//! Dropout (Srivastava et al. 2014), and the masks that it draws.

use std::cell::RefCell;

use tch::{Device, Kind, Tensor};

use super::mt19937::{Mt19937, RANGE};
use super::raw_slice;

/// A fit's stream of masks, one after the other.
///
/// On processors they are those of libtorch's `dropout` there, bit by bit, but for Intel's, on which libtorch draws them from MKL: so
/// all processors draw the same. On GPUs, libtorch draws them itself.
pub struct DropoutRng(Stream);

enum Stream {
    Processor(Box<RefCell<Mt19937>>),
    Libtorch,
}

impl DropoutRng {
    /// A stream for tensors on `device`. On GPUs it seeds libtorch's generator, which is global to the process.
    pub fn new(seed: u64, device: Device) -> Self {
        Self(if device == Device::Cpu {
            Stream::Processor(Box::new(RefCell::new(Mt19937::new(seed))))
        } else {
            seed_libtorch(seed);
            Stream::Libtorch
        })
    }

    /// Zeroes each value with probability `rate`, in [0, 1); the others grow by `1/(1 - rate)`. Shape and kind (Float) stay.
    fn apply(&self, input: Tensor, rate: f64) -> Tensor {
        match &self.0 {
            Stream::Processor(stream) => {
                let mut masks = Tensor::empty(input.size(), (Kind::Float, Device::Cpu));
                let keep = 1.0 - rate;
                // Exact, as multiplication by a power of two is: of all numbers in 0..RANGE, those below `keep·RANGE`.
                let limit = (keep * RANGE as f64).ceil() as u64;
                #[expect(
                    unsafe_code,
                    reason = "the tensor was made above, and nobody else has it"
                )]
                let values = unsafe { raw_slice::numbers_mut(&mut masks) };
                stream.borrow_mut().masks(limit, 1.0 / keep as f32, values);
                input * masks
            }
            Stream::Libtorch => input.dropout(rate, true),
        }
    }
}

/// Dropout where there is any: in training, with masks, and at a rate above 0.
pub(crate) fn dropout(input: Tensor, rate: f64, masks: Option<&DropoutRng>) -> Tensor {
    match masks {
        Some(masks) if rate > 0.0 => masks.apply(input, rate),
        _ => input,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that seeds libtorch's generator: the stream of masks on GPUs"
)]
fn seed_libtorch(seed: u64) {
    // libtorch takes 64 bits in a signed number.
    tch::manual_seed(seed.cast_signed());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// libtorch asks the processor for its vendor.
    fn is_intel() -> bool {
        let processors = std::fs::read_to_string("/proc/cpuinfo");
        processors.map_or(true, |text| text.contains("GenuineIntel"))
    }

    fn numbers(tensor: &Tensor) -> Vec<f32> {
        Vec::try_from(tensor.reshape([-1])).unwrap()
    }

    /// Witness: libtorch. Its `rand` in Double draws the very numbers, on every processor, that `dropout` compares with `1 - rate`, on
    /// every one but Intel's. No other test seeds its generator or draws from it.
    #[test]
    fn masks_are_those_of_libtorch_bit_by_bit() {
        for (seed, rate) in [(3, 0.1), (u64::MAX - 4, 0.5), (1 << 40, 0.3), (7, 0.999)] {
            let masks = DropoutRng::new(seed, Device::Cpu);
            let mut whole = Vec::new();
            seed_libtorch(seed);
            for shape in [[7, 1], [41, 384], [1, 1], [544, 31]] {
                let input = Tensor::full(shape, 3.7, (Kind::Float, Device::Cpu));
                let drawn = Tensor::rand(shape, (Kind::Double, Device::Cpu));
                let kept = drawn.lt(1.0 - rate).to_kind(Kind::Float);
                let expected = &input * (kept / (1.0 - rate));
                let found = dropout(input.copy(), rate, Some(&masks));
                assert_eq!(found.size(), shape);
                assert_eq!(numbers(&found), numbers(&expected), "{seed} {rate}");
                whole.push((input, expected));
            }
            if is_intel() {
                continue;
            }
            seed_libtorch(seed);
            for (input, expected) in whole {
                let found = input.dropout(rate, true);
                assert_eq!(numbers(&found), numbers(&expected), "{seed} {rate}");
            }
        }
    }

    /// The tolerances are four standard errors of 200,000 draws.
    #[test]
    fn dropout_silences_its_share_and_keeps_the_mean() {
        let masks = DropoutRng::new(1, Device::Cpu);
        let ones = Tensor::ones([200_000], (Kind::Float, Device::Cpu));
        let dropped = numbers(&dropout(ones.copy(), 0.3, Some(&masks)));
        let zeros = dropped.iter().filter(|&&value| value == 0.0).count() as f64 / 2e5;
        assert!((zeros - 0.3).abs() < 4.0 * (0.3 * 0.7 / 2e5_f64).sqrt());
        let kept = dropped.iter().copied().fold(0.0, f32::max);
        assert!((kept - 1.0 / 0.7).abs() < 1e-6);
        assert_eq!(dropout(ones.copy(), 0.3, None), ones);
        assert_eq!(dropout(ones.copy(), 0.0, Some(&masks)), ones);
    }
}
