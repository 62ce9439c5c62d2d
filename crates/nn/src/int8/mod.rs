//! Linear layers in 8-bit integers, for inference on processors.
//!
//! `y = x·Wᵀ + b` with each row of `W` as whole numbers from -63 to 63 and a scale, and each row of `x`, a token, as whole
//! numbers from 0 to 127, a scale and a least value:
//!
//! `x[m,k] ≈ least[m] + step[m]·u[m,k]`, `W[n,k] ≈ scale[n]·q[n,k]`, so
//! `y[m,n] ≈ scale[n]·(step[m]·Σₖ u·q + least[m]·Σₖ q) + b[n]`
//!
//! The sum of whole numbers is exact on every processor, so the result is the same on all of them and does not depend on
//! which texts share a batch. Seven bits each keep sums of four products within 16 bits, which is what processors without
//! VNNI multiply fastest in (on paper 2.7 times the rate of f32 on Zen 3).

mod kernel;

use std::cell::RefCell;

use tch::{Device, Kind, Tensor};

use self::kernel::{Kernel, PANEL, STRIDE};
use super::NnError;
use fsl_common::settings::Precision;

/// The largest whole number of a weight.
const MOST_WEIGHT: f32 = 63.0;

/// A layer whose weights stay as they are.
pub(super) struct Int8Linear {
    inputs: usize,
    outputs: usize,
    /// Panels of [`PANEL`] outputs, each as groups of four inputs: `[panel][group][output][4]`, zeros where there is nothing.
    packed: Vec<i8>,
    /// Per output, those of the last panel's surplus included.
    columns: Columns,
    kernel: Kernel,
}

/// What turns an output's sum of whole numbers into its value.
#[derive(Default)]
struct Columns {
    scale: Vec<f32>,
    /// `scale·Σₖ q`
    offset: Vec<f32>,
    bias: Vec<f32>,
}

/// A thread's memory, kept from product to product: fresh pages have to be cleared by the system.
#[derive(Default)]
struct Scratch {
    input: Vec<f32>,
    rows: Rows,
    output: Vec<f32>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Rows of activations as whole numbers.
#[derive(Default)]
struct Rows {
    /// `[M, K]`, `K` filled up with zeros to a multiple of [`STRIDE`].
    whole: Vec<u8>,
    /// Per row: `(step, least)`.
    scales: Vec<(f32, f32)>,
}

impl Int8Linear {
    /// From a weight `[out, in]` and, where there is one, a bias `[out]`, both Float.
    ///
    /// # Errors
    /// [`NnError::Precision`] for weights on a GPU.
    pub(super) fn new(weight: &Tensor, bias: Option<&Tensor>) -> Result<Self, NnError> {
        if weight.device() != Device::Cpu {
            return Err(NnError::Precision {
                precision: Precision::Int8,
                problem: "is for processors, not for GPUs".to_owned(),
            });
        }
        let (outputs, inputs) = (weight.size()[0] as usize, weight.size()[1] as usize);
        let values = numbers(weight);
        let bias = bias.map_or_else(|| vec![0.0; outputs], numbers);
        let groups = inputs.next_multiple_of(STRIDE) / 4;
        let panels = outputs.div_ceil(PANEL);
        let mut packed = vec![0_i8; panels * groups * PANEL * 4];
        let mut columns = Columns {
            scale: vec![0.0; panels * PANEL],
            offset: vec![0.0; panels * PANEL],
            bias: vec![0.0; panels * PANEL],
        };
        for (output, row) in values.chunks_exact(inputs.max(1)).enumerate() {
            let most = row
                .iter()
                .fold(0.0_f32, |most, value| most.max(value.abs()));
            let scale = (most / MOST_WEIGHT).max(f32::MIN_POSITIVE);
            let mut sum = 0_i32;
            for (input, value) in row.iter().enumerate() {
                let whole = (value / scale).round().clamp(-MOST_WEIGHT, MOST_WEIGHT) as i8;
                let group = (output / PANEL) * groups + input / 4;
                packed[(group * PANEL + output % PANEL) * 4 + input % 4] = whole;
                sum += i32::from(whole);
            }
            columns.scale[output] = scale;
            columns.offset[output] = scale * sum as f32;
            columns.bias[output] = bias[output];
        }
        Ok(Self {
            inputs,
            outputs,
            packed,
            columns,
            kernel: Kernel::fastest(),
        })
    }

    /// `[…, in]` Float → `[…, out]` Float. Nothing is recorded for gradients.
    pub(super) fn forward(&self, input: &Tensor) -> Tensor {
        let mut shape = input.size();
        if let Some(last) = shape.last_mut() {
            *last = self.outputs as i64;
        }
        SCRATCH.with_borrow_mut(
            |Scratch {
                 input: values,
                 rows,
                 output,
             }| {
                values.resize(input.numel(), 0.0);
                let count = values.len();
                input
                    .to_kind(Kind::Float)
                    .contiguous()
                    .copy_data(values, count);
                rows.fill(values, self.inputs);
                output.resize(rows.scales.len() * self.outputs, 0.0);
                self.multiply(rows, output);
                Tensor::from_slice(output).view(shape.as_slice())
            },
        )
    }

    fn multiply(&self, rows: &Rows, output: &mut [f32]) {
        let width = self.inputs.next_multiple_of(STRIDE);
        let panel = width * PANEL;
        let mut sums = vec![[0_i32; PANEL]; kernel::ROWS];
        for (number, weights) in self.packed.chunks_exact(panel.max(1)).enumerate() {
            let first = number * PANEL;
            let count = PANEL.min(self.outputs - first);
            let blocks = rows.whole.chunks(width * kernel::ROWS);
            for (block, whole) in blocks.enumerate() {
                self.kernel.sums(whole, weights, width, &mut sums);
                let begin = block * kernel::ROWS;
                let end = (begin + kernel::ROWS).min(rows.scales.len());
                for (row, sums) in (begin..end).zip(&sums) {
                    let place = row * self.outputs + first;
                    let (step, least) = rows.scales[row];
                    self.columns.values(
                        first,
                        sums,
                        step,
                        least,
                        &mut output[place..place + count],
                    );
                }
            }
        }
    }
}

impl Columns {
    /// The values of outputs from `first` on.
    #[inline]
    fn values(&self, first: usize, sums: &[i32; PANEL], step: f32, least: f32, to: &mut [f32]) {
        let scale = &self.scale[first..first + PANEL];
        let offset = &self.offset[first..first + PANEL];
        let bias = &self.bias[first..first + PANEL];
        let mut values = [0.0_f32; PANEL];
        for lane in 0..PANEL {
            values[lane] =
                (scale[lane] * step) * sums[lane] as f32 + (offset[lane] * least + bias[lane]);
        }
        if let Ok(whole) = <&mut [f32; PANEL]>::try_from(&mut *to) {
            *whole = values;
        } else {
            to.copy_from_slice(&values[..to.len()]);
        }
    }
}

impl Rows {
    fn fill(&mut self, values: &[f32], inputs: usize) {
        let width = inputs.next_multiple_of(STRIDE);
        self.whole.resize(values.len() / inputs.max(1) * width, 0);
        self.scales.clear();
        let places = self.whole.chunks_exact_mut(width.max(1));
        for (row, place) in values.chunks_exact(inputs.max(1)).zip(places) {
            self.scales.push(kernel::quantize(row, place));
            place[inputs..].fill(0);
        }
    }
}

/// A tensor's numbers, row by row.
fn numbers(tensor: &Tensor) -> Vec<f32> {
    let mut values = vec![0.0; tensor.numel()];
    let count = values.len();
    tensor
        .to_kind(Kind::Float)
        .contiguous()
        .copy_data(&mut values, count);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers between -1 and 1 without a generator.
    fn some(count: usize, salt: usize) -> Vec<f32> {
        (0..count)
            .map(|i| (((i + 1) * (7919 + salt)) % 2003) as f32 / 1001.0 - 1.0)
            .collect()
    }

    fn layer(outputs: usize, inputs: usize) -> (Int8Linear, Tensor, Tensor) {
        let shape = [outputs as i64, inputs as i64];
        let weight = Tensor::from_slice(&some(outputs * inputs, 1)).view(shape);
        let bias = Tensor::from_slice(&some(outputs, 2));
        (Int8Linear::new(&weight, Some(&bias)).unwrap(), weight, bias)
    }

    /// Witness: libtorch's f32 product. An input is off by 1/254 of its row's range at most, a weight by 1/126 of its
    /// largest: errors of random sign over `in` products stay below 1 % of the result's norm.
    #[test]
    fn products_are_near_those_in_f32_for_all_shapes() {
        for (rows, inputs, outputs) in [(1, 8, 16), (3, 5, 7), (9, 384, 33), (13, 40, 130)] {
            let (layer, weight, bias) = layer(outputs, inputs);
            let input =
                Tensor::from_slice(&some(rows * inputs, 3)).view([rows as i64, inputs as i64]);
            let expected = input.linear(&weight, Some(&bias));
            let got = layer.forward(&input);
            assert_eq!(got.size(), expected.size());
            let off =
                (&got - &expected).norm().double_value(&[]) / expected.norm().double_value(&[]);
            assert!(off < 0.012, "{rows} {inputs} {outputs}: {off}");
        }
    }

    #[test]
    fn every_kernel_gives_the_same_bits_as_the_portable_one() {
        let (mut layer, _, _) = layer(50, 100);
        let input = Tensor::from_slice(&some(11 * 100, 4)).view([11, 100]);
        layer.kernel = Kernel::Portable;
        let expected = numbers(&layer.forward(&input));
        for kernel in Kernel::available() {
            layer.kernel = kernel;
            assert_eq!(numbers(&layer.forward(&input)), expected, "{kernel:?}");
        }
    }

    /// The largest numbers that can meet: no sum of 16 bits may overflow.
    #[test]
    fn extremes_do_not_overflow() {
        for sign in [1.0, -1.0] {
            let weight = Tensor::from_slice(&vec![sign; 16 * 64]).view([16, 64]);
            let bias = Tensor::from_slice(&[0.0_f32; 16]);
            let mut row = vec![1.0_f32; 64];
            row[63] = 0.0;
            let input = Tensor::from_slice(&row).view([1, 64]);
            let layer = Int8Linear::new(&weight, Some(&bias)).unwrap();
            let got = numbers(&layer.forward(&input));
            assert!(
                got.iter().all(|value| (value - 63.0 * sign).abs() < 1e-3),
                "{got:?}"
            );
        }
    }

    #[test]
    fn a_row_has_the_same_result_in_any_company() {
        let (layer, _, _) = layer(20, 24);
        let values = some(6 * 24, 5);
        let together = numbers(&layer.forward(&Tensor::from_slice(&values).view([6, 24])));
        for row in 0..6 {
            let alone = Tensor::from_slice(&values[row * 24..(row + 1) * 24]).view([1, 24]);
            assert_eq!(
                numbers(&layer.forward(&alone)),
                together[row * 20..(row + 1) * 20]
            );
        }
    }

    #[test]
    fn rows_without_range_and_weights_of_zero_are_no_trouble() {
        let weight = Tensor::zeros([4, 8], (Kind::Float, Device::Cpu));
        let bias = Tensor::from_slice(&[1.0_f32, 2.0, 3.0, 4.0]);
        let layer = Int8Linear::new(&weight, Some(&bias)).unwrap();
        let input = Tensor::full([2, 8], 5.0, (Kind::Float, Device::Cpu));
        assert_eq!(
            numbers(&layer.forward(&input)),
            [1.0, 2.0, 3.0, 4.0, 1.0, 2.0, 3.0, 4.0]
        );
    }
}
