//! Packed batches: the tokens of several texts end to end, without padding.
//!
//! Everything that works token by token (embeddings, linear maps, layer normalisation) sees `[N, H]`, with `N` the number
//! of real tokens. Only attention needs texts side by side, `[B, T, …]` with `T` the longest; [`Packed::pad`] and
//! [`Packed::unpad`] go there and back, and [`Packed::mask`] keeps attention off what was filled in.

use tch::{Device, Kind, Tensor};

use super::NnError;

/// Token ids of `B` texts with `N` tokens in all, on one device.
pub struct Packed {
    /// `[N]` Int64, the token ids of all texts end to end.
    pub input_ids: Tensor,
    /// `[N]` Int64, each token's place in its text, from 0.
    pub position_ids: Tensor,
    /// `[N]` Int64, each token's text, from 0 to `B - 1`.
    pub text_ids: Tensor,
    /// `[B]` Int64, where each text begins: the row of its `[CLS]`.
    pub starts: Tensor,
    /// `[B, 1]` Float, tokens per text.
    pub lengths: Tensor,
    /// `B`
    pub texts: i64,
    /// `T`, tokens of the longest text.
    pub longest: i64,
    /// `None` where all texts are equally long: then packed and padded are one.
    padding: Option<Padding>,
}

/// The way from packed to padded rows and back.
struct Padding {
    /// `[B·T]` Int64, the packed row of each padded one; row 0 where there is no token, a value that nothing looks at.
    packed_rows: Tensor,
    /// `[N]` Int64, the padded row of each packed one.
    padded_rows: Tensor,
    /// `[B, 1, 1, T]` Float, 0 at tokens and -∞ at padding, to be added to attention scores.
    mask: Tensor,
}

impl Packed {
    /// Packs texts of at least one token each.
    pub fn new<S: AsRef<[i64]>>(texts: &[S], device: Device) -> Self {
        let lengths: Vec<i64> = texts
            .iter()
            .map(|text| text.as_ref().len() as i64)
            .collect();
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let mut starts = Vec::with_capacity(texts.len());
        let (mut input_ids, mut position_ids, mut text_ids) = (Vec::new(), Vec::new(), Vec::new());
        for (text_id, text) in (0_i64..).zip(texts) {
            let text = text.as_ref();
            starts.push(input_ids.len() as i64);
            input_ids.extend_from_slice(text);
            position_ids.extend(0..text.len() as i64);
            text_ids.extend(std::iter::repeat_n(text_id, text.len()));
        }
        let ragged = lengths.iter().any(|&length| length != longest);
        let on_device = |values: &[i64]| Tensor::from_slice(values).to_device(device);
        Self {
            input_ids: on_device(&input_ids),
            position_ids: on_device(&position_ids),
            text_ids: on_device(&text_ids),
            starts: on_device(&starts),
            lengths: on_device(&lengths).to_kind(Kind::Float).unsqueeze(1),
            texts: texts.len() as i64,
            longest,
            padding: ragged.then(|| Padding::new(&lengths, longest, device)),
        }
    }

    /// From packed to padded rows, without a copy where there is nothing to pad.
    ///
    /// Shapes: `[N, X]` → `[B·T, X]`; rows without a token hold a copy of row 0.
    pub fn pad(&self, rows: &Tensor) -> Tensor {
        match &self.padding {
            None => rows.shallow_clone(),
            Some(padding) => rows.index_select(0, &padding.packed_rows),
        }
    }

    /// From padded to packed rows: `[B·T, X]` → `[N, X]`.
    pub fn unpad(&self, rows: &Tensor) -> Tensor {
        match &self.padding {
            None => rows.shallow_clone(),
            Some(padding) => rows.index_select(0, &padding.padded_rows),
        }
    }

    /// `[B, 1, 1, T]` Float, 0 at tokens and -∞ at padding; `None` where there is no padding.
    pub fn mask(&self) -> Option<&Tensor> {
        self.padding.as_ref().map(|padding| &padding.mask)
    }
}

impl Padding {
    fn new(lengths: &[i64], longest: i64, device: Device) -> Self {
        let rows = lengths.len() * longest as usize;
        let (mut packed_rows, mut padded_rows) = (vec![0_i64; rows], Vec::new());
        let mut mask = vec![f32::NEG_INFINITY; rows];
        for (text, &length) in lengths.iter().enumerate() {
            let start = text * longest as usize;
            for row in start..start + length as usize {
                packed_rows[row] = padded_rows.len() as i64;
                padded_rows.push(row as i64);
                mask[row] = 0.0;
            }
        }
        Self {
            packed_rows: Tensor::from_slice(&packed_rows).to_device(device),
            padded_rows: Tensor::from_slice(&padded_rows).to_device(device),
            mask: Tensor::from_slice(&mask)
                .view([lengths.len() as i64, 1, 1, longest])
                .to_device(device),
        }
    }
}

/// Padded tokens per batch at inference. With all-MiniLM-L6-v2 and one thread of an AMD EPYC, budgets from 512 to 8,192 are
/// equally fast within the noise of 10 %; a small one keeps memory low and progress smooth.
pub(crate) const INFERENCE_TOKENS: usize = 1024;

/// Cuts texts, longest first, into batches whose padded size `B·T` stays within `budget` tokens (a single text may
/// exceed it). The batches hold indices into `texts`; equally long texts keep their order.
pub(crate) fn by_length<S: AsRef<[i64]>>(texts: &[S], budget: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..texts.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(texts[index].as_ref().len()));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut longest = 0;
    for index in order {
        match batches.last_mut() {
            Some(batch) if (batch.len() + 1) * longest <= budget => batch.push(index),
            _ => {
                longest = texts[index].as_ref().len();
                batches.push(vec![index]);
            }
        }
    }
    batches
}

/// Checks that every text has from 1 to `longest` tokens, all of them below `vocab_size`.
pub(crate) fn check<S: AsRef<[i64]>>(
    texts: &[S],
    longest: i64,
    vocab_size: i64,
) -> Result<(), NnError> {
    for (index, text) in texts.iter().enumerate() {
        let text = text.as_ref();
        let refused = |got: String, allowed: String| NnError::Input {
            what: "text",
            index,
            got,
            allowed,
        };
        if text.is_empty() {
            return Err(NnError::NoTokens { text: index });
        }
        if text.len() as i64 > longest {
            return Err(refused(
                format!("{} tokens", text.len()),
                format!("1 to {longest} tokens long"),
            ));
        }
        if let Some(id) = text.iter().find(|id| !(0..vocab_size).contains(*id)) {
            return Err(refused(
                format!("token id {id}"),
                format!("made of ids from 0 to {}", vocab_size - 1),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_and_padding_undo_each_other() {
        let packed = Packed::new(&[vec![5, 6, 7], vec![8], vec![9, 10]], Device::Cpu);
        let ids = Vec::<i64>::try_from(&packed.position_ids).unwrap();
        assert_eq!(ids, [0, 1, 2, 0, 0, 1]);
        assert_eq!(Vec::<i64>::try_from(&packed.starts).unwrap(), [0, 3, 4]);
        assert_eq!(
            Vec::<i64>::try_from(&packed.text_ids).unwrap(),
            [0, 0, 0, 1, 2, 2]
        );
        let rows = packed.input_ids.unsqueeze(1);
        let padded = packed.pad(&rows);
        assert_eq!(
            Vec::<i64>::try_from(padded.squeeze_dim(1)).unwrap(),
            [5, 6, 7, 8, 5, 5, 9, 10, 5]
        );
        assert_eq!(packed.unpad(&padded), rows);
        let mask = packed.mask().unwrap().isfinite().view([-1]);
        assert_eq!(
            Vec::<bool>::try_from(mask).unwrap(),
            [true, true, true, true, false, false, true, true, false]
        );
        assert!(
            Packed::new(&[vec![1, 2], vec![3, 4]], Device::Cpu)
                .mask()
                .is_none()
        );
    }

    #[test]
    fn batches_are_sorted_by_length_within_the_budget() {
        let texts: Vec<Vec<i64>> = [2, 9, 3, 3, 5].map(|length| vec![0; length]).into();
        assert_eq!(
            by_length(&texts, 8),
            [vec![1], vec![4], vec![2, 3], vec![0]]
        );
        assert!(by_length::<Vec<i64>>(&[], 8).is_empty());
    }

    #[test]
    fn texts_that_the_encoder_cannot_take_are_named() {
        let message = |text: Vec<i64>| check(&[vec![1], text], 3, 60).unwrap_err().to_string();
        assert_eq!(
            message(vec![]),
            "text 1: has no tokens, because nothing of it is left for the encoder's tokenizer, which puts no special tokens around texts"
        );
        assert_eq!(
            message(vec![1; 4]),
            "text 1: got 4 tokens, must be 1 to 3 tokens long"
        );
        assert_eq!(
            message(vec![1, 60]),
            "text 1: got token id 60, must be made of ids from 0 to 59"
        );
    }
}
