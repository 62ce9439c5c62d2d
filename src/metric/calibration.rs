//! Whether probabilities mean what they say.

use super::MetricError;

/// Bins of a calibration error, as in Guo et al. 2017 (arXiv 1706.04599).
pub const CALIBRATION_BINS: usize = 15;

/// The texts whose probability falls into one bin.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct CalibrationBin {
    /// How many texts.
    pub texts: u64,
    /// Their mean probability.
    pub probability: f64,
    /// The share of them that is positive.
    pub positives: f64,
}

/// The texts by their P(label = 1), in [`CALIBRATION_BINS`] bins of equal width: bin k holds those above k / 15 and up to (k + 1) / 15,
/// the first one also 0. Empty bins are left out.
///
/// # Errors
/// Lengths that differ, a label other than 0 and 1, a probability outside [0, 1].
pub fn calibration_bins(
    labels: &[u8],
    probabilities: &[f64],
) -> Result<Vec<CalibrationBin>, MetricError> {
    super::error::check(labels, probabilities)?;
    let mut bins = [(0_u64, 0.0, 0_u64); CALIBRATION_BINS];
    let width = 1.0 / CALIBRATION_BINS as f64;
    for (&label, &probability) in labels.iter().zip(probabilities) {
        let above = (1..CALIBRATION_BINS).take_while(|&edge| probability > edge as f64 * width);
        let bin = &mut bins[above.count()];
        *bin = (bin.0 + 1, bin.1 + probability, bin.2 + u64::from(label));
    }
    let filled = bins.into_iter().filter(|bin| bin.0 > 0);
    Ok(filled
        .map(|(texts, sum, positives)| CalibrationBin {
            texts,
            probability: sum / texts as f64,
            positives: positives as f64 / texts as f64,
        })
        .collect())
}

/// The expected calibration error: Σ (n_b / n) |mean probability − share of positives| over the [bins](calibration_bins). 0 for no texts.
///
/// It is about P(label = 1), not about the probability of the predicted class, so that it does not depend on a threshold.
///
/// # Errors
/// As [`calibration_bins`].
pub fn calibration_error(labels: &[u8], probabilities: &[f64]) -> Result<f64, MetricError> {
    let bins = calibration_bins(labels, probabilities)?;
    let gap = |bin: &CalibrationBin| bin.texts as f64 * (bin.probability - bin.positives).abs();
    Ok(bins.iter().map(gap).sum::<f64>() / labels.len().max(1) as f64)
}
