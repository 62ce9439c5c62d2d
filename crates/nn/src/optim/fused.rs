//! Adam's update for processors, in three passes over the cache and one over main memory.
//!
//! With operators it takes ten, each of which has to be dispatched. libtorch's own fused Adam is not in tch, and rounds differently;
//! this one gives the bits of the operators. For their sake it leaves the square root to libtorch, where MKL makes it: in one case of six
//! it is not the nearest number.

use tch::Tensor;

use crate::raw_slice;

/// Numbers that are updated before the next ones are looked at. With their gradients, moments and roots they fit into the second-level
/// cache of a core (160 KiB). A multiple of every vector width.
const STRETCH: usize = 8 * 1024;

/// The constants of a step, as `f32`, in which libtorch's operators compute with them.
#[derive(Clone, Copy)]
pub(super) struct Constants {
    /// `1 - β₁`, below 1/2
    pub(super) first: f32,
    /// `1 - β₂`, below 1/2
    pub(super) second: f32,
    /// `None` where the learning rate is 0: only the running means change.
    pub(super) change: Option<Change>,
}

/// `p ← decay·p + m/(a·√v + b)`
#[derive(Clone, Copy)]
pub(super) struct Change {
    pub(super) decay: f32,
    pub(super) a: f32,
    pub(super) b: f32,
}

/// Whether [`update`] works on these tensors and gives the operators' bits. Their `lerp_` rounds once where the processor can multiply
/// and add in one instruction, twice elsewhere; the code below relies on the former. With more than one thread, the operators share their
/// work among them, which the code below does not.
pub(super) fn applies(tensors: [&Tensor; 4]) -> bool {
    fuses() && tch::get_num_threads() == 1 && tensors.into_iter().all(raw_slice::is_dense_cpu_f32)
}

#[cfg(target_arch = "x86_64")]
fn fuses() -> bool {
    std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
}

#[cfg(not(target_arch = "x86_64"))]
fn fuses() -> bool {
    false
}

/// Takes a gradient into the running means `first` and `second` and moves the parameter, where [`applies`].
pub(super) fn update(
    parameter: &mut Tensor,
    gradient: &Tensor,
    first: &mut Tensor,
    second: &mut Tensor,
    constants: Constants,
) {
    let count = parameter.numel();
    let roots = Tensor::empty(
        [STRETCH.min(count) as i64],
        (parameter.kind(), parameter.device()),
    );
    let squares = second.view([-1]);
    for start in (0..count).step_by(STRETCH) {
        let length = STRETCH.min(count - start);
        let here = start..start + length;
        #[expect(
            unsafe_code,
            reason = "no two of the five share memory, and `second` has been given back when `sqrt_out` reads it"
        )]
        unsafe {
            let gradient = &raw_slice::numbers(gradient)[here.clone()];
            let first = &mut raw_slice::numbers_mut(first)[here.clone()];
            let second = &mut raw_slice::numbers_mut(second)[here.clone()];
            learn(gradient, first, second, constants);
            if let Some(change) = constants.change {
                let parameter = &mut raw_slice::numbers_mut(parameter)[here];
                let roots = roots.narrow(0, 0, length as i64);
                let squares = squares.narrow(0, start as i64, length as i64);
                let _ = squares.sqrt_out(&roots);
                shift(parameter, first, raw_slice::numbers(&roots), change);
            }
        }
    }
}

/// The running means.
fn learn(gradient: &[f32], first: &mut [f32], second: &mut [f32], constants: Constants) {
    #[cfg(target_arch = "x86_64")]
    {
        assert!(fuses());
        #[expect(unsafe_code, reason = "the processor has the instructions")]
        unsafe {
            x86::learn(gradient, first, second, constants);
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = (gradient, first, second, constants);
        unreachable!("does not apply");
    }
}

/// The parameter, by the mean of its gradient and the root of that of the square.
fn shift(parameter: &mut [f32], first: &[f32], roots: &[f32], change: Change) {
    #[cfg(target_arch = "x86_64")]
    {
        assert!(fuses());
        #[expect(unsafe_code, reason = "the processor has the instructions")]
        unsafe {
            x86::shift(parameter, first, roots, change);
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = (parameter, first, roots, change);
        unreachable!("does not apply");
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Change, Constants};

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn learn(
        gradient: &[f32],
        first: &mut [f32],
        second: &mut [f32],
        constants: Constants,
    ) {
        for (&gradient, (first, second)) in gradient.iter().zip(first.iter_mut().zip(second)) {
            *first = constants.first.mul_add(gradient - *first, *first);
            let square = gradient * gradient;
            *second = constants.second.mul_add(square - *second, *second);
        }
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn shift(parameter: &mut [f32], first: &[f32], roots: &[f32], change: Change) {
        let Change { decay, a, b } = change;
        for (parameter, (&first, &root)) in parameter.iter_mut().zip(first.iter().zip(roots)) {
            *parameter = *parameter * decay + first / (root * a + b);
        }
    }
}
