//! The numbers of a tensor where they lie, for code that libtorch has no operator for.

use tch::{Device, Kind, Tensor};

/// Whether [`numbers`] and [`numbers_mut`] can be used: Float, on a processor, without gaps.
pub(super) fn lies_here(tensor: &Tensor) -> bool {
    tensor.device() == Device::Cpu && tensor.kind() == Kind::Float && tensor.is_contiguous()
}

/// All numbers, row by row.
///
/// # Panics
/// Unless [`lies_here`].
pub(super) fn numbers(tensor: &Tensor) -> &[f32] {
    assert!(lies_here(tensor));
    if tensor.numel() == 0 {
        return &[];
    }
    #[expect(
        unsafe_code,
        reason = "a dense f32 tensor on a processor is that many numbers, which live as long as it does"
    )]
    unsafe {
        std::slice::from_raw_parts(tensor.data_ptr().cast::<f32>(), tensor.numel())
    }
}

/// All numbers, row by row, to be changed. Tensors that share the memory change with it; none of them may be in use meanwhile.
///
/// # Panics
/// Unless [`lies_here`].
pub(super) fn numbers_mut(tensor: &mut Tensor) -> &mut [f32] {
    assert!(lies_here(tensor));
    if tensor.numel() == 0 {
        return &mut [];
    }
    #[expect(
        unsafe_code,
        reason = "as above, and nothing else in this thread looks at the memory while the slice lives"
    )]
    unsafe {
        std::slice::from_raw_parts_mut(tensor.data_ptr().cast::<f32>(), tensor.numel())
    }
}
