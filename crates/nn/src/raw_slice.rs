//! The numbers of a tensor where they lie, for code that libtorch has no operator for.

use tch::{Device, Kind, Tensor};

/// Whether [`numbers`] and [`numbers_mut`] can be used: Float, on a processor, without gaps.
pub(super) fn is_dense_cpu_f32(tensor: &Tensor) -> bool {
    tensor.device() == Device::Cpu && tensor.kind() == Kind::Float && tensor.is_contiguous()
}

/// All numbers, row by row.
///
/// # Safety
/// While the slice lives, nothing changes them: neither an operator nor a slice of [`numbers_mut`], be it through another tensor that shares the memory.
///
/// # Panics
/// Unless [`is_dense_cpu_f32`].
#[expect(unsafe_code, reason = "the promise above is the caller's")]
pub(super) unsafe fn numbers(tensor: &Tensor) -> &[f32] {
    assert!(is_dense_cpu_f32(tensor));
    if tensor.numel() == 0 {
        return &[];
    }
    // A dense f32 tensor on a processor is that many numbers, which live as long as it does.
    unsafe { std::slice::from_raw_parts(tensor.data_ptr().cast::<f32>(), tensor.numel()) }
}

/// All numbers, row by row, to be changed.
///
/// # Safety
/// While the slice lives, nothing else reads or changes them, be it through another tensor that shares the memory.
///
/// # Panics
/// Unless [`is_dense_cpu_f32`].
#[expect(unsafe_code, reason = "the promise above is the caller's")]
pub(super) unsafe fn numbers_mut(tensor: &mut Tensor) -> &mut [f32] {
    assert!(is_dense_cpu_f32(tensor));
    if tensor.numel() == 0 {
        return &mut [];
    }
    // As above.
    unsafe { std::slice::from_raw_parts_mut(tensor.data_ptr().cast::<f32>(), tensor.numel()) }
}
