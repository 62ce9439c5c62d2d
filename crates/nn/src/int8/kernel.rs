//! Sums of products of whole numbers, as fast as the processor can.

/// The largest whole number of an activation.
pub(super) const MOST_INPUT: f32 = 127.0;
/// Outputs that are computed together.
pub(super) const PANEL: usize = 16;
/// Inputs that are multiplied together: four per 32-bit sum, twice.
pub(super) const STRIDE: usize = 8;

/// Rows of activations that are multiplied together.
pub(super) const ROWS: usize = 4;

/// How sums are computed. All ways give the same whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kernel {
    /// Plain Rust.
    Portable,
    /// 256-bit vectors, sums of four products in 16 bits.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 512-bit vectors, products and sums in one instruction.
    #[cfg(target_arch = "x86_64")]
    Vnni,
}

impl Kernel {
    /// Those that this processor can run.
    pub(super) fn available() -> Vec<Self> {
        let mut all = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("avx2") {
                all.push(Self::Avx2);
            }
            if std::arch::is_x86_feature_detected!("avx512vnni")
                && std::arch::is_x86_feature_detected!("avx512f")
            {
                all.push(Self::Vnni);
            }
        }
        all
    }

    /// The last of those that this processor can run and that give the sums of the portable one.
    pub(super) fn fastest() -> Self {
        let (whole, weights) = (probe_inputs(), probe_weights());
        let sums = |kernel: Self| {
            let mut sums = vec![[0; PANEL]; ROWS];
            kernel.sums(&whole, &weights, 2 * STRIDE, &mut sums);
            sums
        };
        let expected = sums(Self::Portable);
        let mut all = Self::available();
        all.retain(|&kernel| sums(kernel) == expected);
        all.pop().unwrap_or(Self::Portable)
    }

    /// For up to [`ROWS`] rows of `width` activations each and one panel of weights: `sums[row][output] = Σₖ u·q`.
    pub(super) fn sums(
        self,
        whole: &[u8],
        weights: &[i8],
        width: usize,
        sums: &mut [[i32; PANEL]],
    ) {
        assert!(width.is_multiple_of(STRIDE) && weights.len() == width * PANEL);
        let count = whole.len() / width.max(1);
        assert!(count <= ROWS && sums.len() == ROWS);
        match self {
            Self::Portable => portable(whole, weights, width, sums),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 | Self::Vnni => {
                // Missing rows repeat the last one; their sums are not looked at.
                let row = |index: usize| {
                    let index = index.min(count.saturating_sub(1));
                    &whole[index * width..(index + 1) * width]
                };
                let rows = [row(0), row(1), row(2), row(3)];
                #[expect(
                    unsafe_code,
                    reason = "the processor has the instructions, or this kernel would not be among those available; lengths are asserted above"
                )]
                unsafe {
                    if self == Self::Avx2 {
                        x86::avx2(rows, weights, sums);
                    } else {
                        x86::vnni(rows, weights, sums);
                    }
                }
            }
        }
    }
}

fn portable(whole: &[u8], weights: &[i8], width: usize, sums: &mut [[i32; PANEL]]) {
    for (row, sums) in whole.chunks_exact(width).zip(sums) {
        *sums = [0; PANEL];
        for (four, group) in row.chunks_exact(4).zip(weights.chunks_exact(4 * PANEL)) {
            for (sum, weights) in sums.iter_mut().zip(group.chunks_exact(4)) {
                for (&input, &weight) in four.iter().zip(weights) {
                    *sum += i32::from(input) * i32::from(weight);
                }
            }
        }
    }
}

/// Turns a row into whole numbers from 0 to 127, zeros behind its end; returns `(step, least)`.
pub(super) fn quantize(row: &[f32], to: &mut [u8]) -> (f32, f32) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        #[expect(
            unsafe_code,
            reason = "the same code in wider vectors, which the processor has"
        )]
        return unsafe { x86::quantize(row, to) };
    }
    quantize_portable(row, to)
}

#[inline]
fn quantize_portable(row: &[f32], to: &mut [u8]) -> (f32, f32) {
    let (mut least, mut most) = (f32::INFINITY, f32::NEG_INFINITY);
    let mut lanes = [(f32::INFINITY, f32::NEG_INFINITY); 8];
    let eights = row.chunks_exact(8);
    for value in eights.remainder() {
        (least, most) = (least.min(*value), most.max(*value));
    }
    for eight in eights {
        for (lane, value) in lanes.iter_mut().zip(eight) {
            *lane = (lane.0.min(*value), lane.1.max(*value));
        }
    }
    for (low, high) in lanes {
        (least, most) = (least.min(low), most.max(high));
    }
    let step = ((most - least) / MOST_INPUT).max(f32::MIN_POSITIVE);
    let inverse = 1.0 / step;
    for (place, value) in to.iter_mut().zip(row) {
        // From 2²³ on, an f32's last bits count ones: the nearest whole number, without a conversion.
        *place = ((value - least) * inverse + 8_388_608.0).to_bits() as u8;
    }
    (step, least)
}

/// Every residue of a small modulus, the extremes among them.
fn probe_inputs() -> Vec<u8> {
    (0..ROWS * 2 * STRIDE)
        .map(|i| (i * 37 % 128) as u8)
        .collect()
}

fn probe_weights() -> Vec<i8> {
    (0..2 * STRIDE * PANEL)
        .map(|i| ((i * 29 % 127) as i8) - 63)
        .collect()
}

#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "vector instructions on memory whose bounds the loops below keep: the rate of these is why int8 is there"
)]
mod x86 {
    use std::arch::x86_64::{
        _mm256_add_epi16, _mm256_add_epi32, _mm256_loadu_si256, _mm256_madd_epi16,
        _mm256_maddubs_epi16, _mm256_set1_epi16, _mm256_set1_epi32, _mm256_setzero_si256,
        _mm256_storeu_si256, _mm512_add_epi32, _mm512_dpbusd_epi32, _mm512_loadu_si512,
        _mm512_set1_epi32, _mm512_setzero_si512, _mm512_storeu_si512,
    };

    use super::{PANEL, ROWS};

    /// A row's activations, eight at a time, as two fours.
    fn eights(row: &[u8]) -> &[[[u8; 4]; 2]] {
        row.as_chunks::<4>().0.as_chunks::<2>().0
    }

    /// # Safety
    /// Needs AVX2. `weights` holds `16·width` numbers, every row `width`, a multiple of 8.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn avx2(rows: [&[u8]; ROWS], weights: &[i8], sums: &mut [[i32; PANEL]]) {
        let [r0, r1, r2, r3] = rows.map(eights);
        let ones = _mm256_set1_epi16(1);
        let zero = _mm256_setzero_si256();
        let (mut a0, mut a1, mut b0, mut b1) = (zero, zero, zero, zero);
        let (mut c0, mut c1, mut d0, mut d1) = (zero, zero, zero, zero);
        // Spelled out row by row: the eight sums have to stay in registers.
        macro_rules! row {
            ($eight:ident, $low:ident, $high:ident, $w:ident) => {
                let first = _mm256_set1_epi32(i32::from_ne_bytes($eight[0]));
                let second = _mm256_set1_epi32(i32::from_ne_bytes($eight[1]));
                // 2·127·63 twice: at most 32,004 in 16 bits.
                let low = _mm256_add_epi16(
                    _mm256_maddubs_epi16(first, $w[0]),
                    _mm256_maddubs_epi16(second, $w[2]),
                );
                let high = _mm256_add_epi16(
                    _mm256_maddubs_epi16(first, $w[1]),
                    _mm256_maddubs_epi16(second, $w[3]),
                );
                $low = _mm256_add_epi32($low, _mm256_madd_epi16(low, ones));
                $high = _mm256_add_epi32($high, _mm256_madd_epi16(high, ones));
            };
        }
        let panels = weights.as_chunks::<32>().0.as_chunks::<4>().0;
        for ((((panel, x0), x1), x2), x3) in panels.iter().zip(r0).zip(r1).zip(r2).zip(r3) {
            // SAFETY: each is an array of 32 bytes, one vector.
            let load = |bytes: &[i8; 32]| unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) };
            let w = [
                load(&panel[0]),
                load(&panel[1]),
                load(&panel[2]),
                load(&panel[3]),
            ];
            row!(x0, a0, a1, w);
            row!(x1, b0, b1, w);
            row!(x2, c0, c1, w);
            row!(x3, d0, d1, w);
        }
        let all = [[a0, a1], [b0, b1], [c0, c1], [d0, d1]];
        for (sums, [low, high]) in sums.iter_mut().zip(all) {
            let (first, second) = sums.split_at_mut(PANEL / 2);
            // SAFETY: eight 32-bit numbers are one vector.
            unsafe {
                _mm256_storeu_si256(first.as_mut_ptr().cast(), low);
                _mm256_storeu_si256(second.as_mut_ptr().cast(), high);
            }
        }
    }

    /// # Safety
    /// Needs AVX512-VNNI. `weights` holds `16·width` numbers, every row `width`, a multiple of 8.
    #[target_feature(enable = "avx512f,avx512vnni")]
    pub(super) unsafe fn vnni(rows: [&[u8]; ROWS], weights: &[i8], sums: &mut [[i32; PANEL]]) {
        let [r0, r1, r2, r3] = rows.map(eights);
        let zero = _mm512_setzero_si512();
        // Two sums per row: one would wait for the last product.
        let (mut a0, mut b0, mut c0, mut d0) = (zero, zero, zero, zero);
        let (mut a1, mut b1, mut c1, mut d1) = (zero, zero, zero, zero);
        macro_rules! row {
            ($eight:ident, $even:ident, $odd:ident, $v:ident, $w:ident) => {
                let first = _mm512_set1_epi32(i32::from_ne_bytes($eight[0]));
                let second = _mm512_set1_epi32(i32::from_ne_bytes($eight[1]));
                $even = _mm512_dpbusd_epi32($even, first, $v);
                $odd = _mm512_dpbusd_epi32($odd, second, $w);
            };
        }
        let panels = weights.as_chunks::<64>().0.as_chunks::<2>().0;
        for ((((panel, x0), x1), x2), x3) in panels.iter().zip(r0).zip(r1).zip(r2).zip(r3) {
            // SAFETY: each is an array of 64 bytes, one vector.
            let load = |bytes: &[i8; 64]| unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) };
            let (v, w) = (load(&panel[0]), load(&panel[1]));
            row!(x0, a0, a1, v, w);
            row!(x1, b0, b1, v, w);
            row!(x2, c0, c1, v, w);
            row!(x3, d0, d1, v, w);
        }
        let all = [(a0, a1), (b0, b1), (c0, c1), (d0, d1)];
        for (sums, (even, odd)) in sums.iter_mut().zip(all) {
            let sum = _mm512_add_epi32(even, odd);
            // SAFETY: sixteen 32-bit numbers are one vector.
            unsafe { _mm512_storeu_si512(sums.as_mut_ptr().cast(), sum) };
        }
    }

    /// # Safety
    /// Needs AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn quantize(row: &[f32], to: &mut [u8]) -> (f32, f32) {
        super::quantize_portable(row, to)
    }
}
