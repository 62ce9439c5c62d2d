//! Summary statistics of the trials of one row.

use serde::{Deserialize, Serialize};
use statrs::statistics::{Data, OrderStatistics, Statistics};

/// Which number stands for a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Center {
    /// The arithmetic mean. The default.
    #[default]
    Mean,
    /// The middle value, as in the published table: one collapsed trial does not move it.
    Median,
}

/// One figure over the trials of a row, in the unit of the values (fractions for metrics).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Summary {
    /// The number of trials, at least 1.
    pub n: usize,
    /// The arithmetic mean.
    pub mean: f64,
    /// The middle value; the mean of the middle two where `n` is even.
    pub median: f64,
    /// The mean of the middle half: a quarter of the values, rounded down, is left out at either end.
    pub iqm: f64,
    /// The standard deviation √(Σ (x − mean)² / (n − ddof)); `None` for one trial and where `n ≤ ddof`.
    pub sd: Option<f64>,
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
}

impl Summary {
    /// The value that stands for the row.
    pub fn center(&self, center: Center) -> f64 {
        match center {
            Center::Mean => self.mean,
            Center::Median => self.median,
        }
    }
}

/// Summarises finite `values`; `None` where there are none.
///
/// `ddof` ("delta degrees of freedom", as in NumPy) is what is taken off `n` in the variance: 1 gives the sample
/// standard deviation, 0 the population's, which the published table uses. One value has no spread, whatever the
/// `ddof`: a 0 there would read as "does not vary".
pub fn summarize(values: &[f64], ddof: u8) -> Option<Summary> {
    if values.is_empty() {
        return None;
    }
    let n = values.len();
    let sd = (n > 1 && n > usize::from(ddof)).then(|| {
        // Welford's sum of squares: no cancellation where the spread is small beside the mean.
        let squares = values.population_variance() * n as f64;
        (squares / (n - usize::from(ddof)) as f64).sqrt()
    });
    Some(Summary {
        n,
        mean: values.mean(),
        median: median(values),
        iqm: interquartile_mean(values),
        sd,
        min: Statistics::min(values),
        max: Statistics::max(values),
    })
}

/// The middle value of at least one; the mean of the middle two where their number is even.
pub(super) fn median(values: &[f64]) -> f64 {
    Data::new(values.to_vec()).median()
}

/// The mean of the middle half of at least one value, as `scipy.stats.trim_mean(values, 0.25)`.
pub(super) fn interquartile_mean(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let cut = values.len() / 4;
    sorted[cut..values.len() - cut].mean()
}

#[cfg(test)]
mod tests {
    use super::*;
    use fsl_test_support::golden;

    /// One case of `tests/golden/summary/cases.json`.
    #[derive(Deserialize)]
    struct Case {
        name: String,
        values: Vec<f64>,
        mean: f64,
        median: f64,
        min: f64,
        max: f64,
        /// With ddof 0 and 1.
        sd: [Option<f64>; 2],
    }

    /// Sums of up to 1,000 values in another order than NumPy's: n · ε ≈ 2e-13 of the largest value at the very worst,
    /// less in practice.
    const RELATIVE: f64 = 1e-13;

    #[track_caller]
    fn close(case: &str, figure: &str, got: f64, expected: f64, scale: f64) {
        assert!(
            (got - expected).abs() <= RELATIVE * scale,
            "{case}: {figure} {got} ≠ {expected}"
        );
    }

    #[test]
    fn summaries_equal_numpys() {
        let text = std::fs::read_to_string(golden("summary/cases.json")).unwrap();
        let cases: Vec<Case> = serde_json::from_str(&text).unwrap();
        assert!(cases.len() >= 8);
        for case in cases {
            let scale = case.max.abs().max(case.min.abs());
            for (ddof, sd) in (0_u8..).zip(case.sd) {
                let summary = summarize(&case.values, ddof).unwrap();
                assert_eq!(summary.n, case.values.len());
                close(&case.name, "mean", summary.mean, case.mean, scale);
                close(&case.name, "median", summary.median, case.median, scale);
                assert_eq!(
                    (summary.min, summary.max),
                    (case.min, case.max),
                    "{}",
                    case.name
                );
                assert_eq!(
                    summary.sd.is_some(),
                    sd.is_some(),
                    "{}, ddof {ddof}",
                    case.name
                );
                if let (Some(got), Some(expected)) = (summary.sd, sd) {
                    close(&case.name, "sd", got, expected, scale);
                }
            }
        }
    }

    #[test]
    fn nothing_has_no_summary_and_one_value_no_spread() {
        assert_eq!(summarize(&[], 0), None);
        for ddof in [0, 1] {
            let one = summarize(&[0.25], ddof).unwrap();
            assert_eq!((one.mean, one.median, one.sd), (0.25, 0.25, None));
        }
        assert_eq!(summarize(&[0.1, 0.2], 2).unwrap().sd, None);
    }

    #[test]
    fn equal_values_do_not_vary_at_all() {
        assert_eq!(summarize(&[0.1; 15], 1).unwrap().sd, Some(0.0));
        assert_eq!(summarize(&[0.1; 15], 1).unwrap().mean.to_string(), "0.1");
    }

    #[test]
    fn the_centre_is_the_chosen_one() {
        let summary = summarize(&[0.0, 0.1, 0.8], 1).unwrap();
        assert_eq!(summary.center(Center::Median).to_string(), "0.1");
        assert!((summary.center(Center::Mean) - 0.3).abs() < 1e-15);
    }
}
