//! McNemar's test of two single models.

use statrs::distribution::{Binomial, ChiSquared, ContinuousCDF, DiscreteCDF};

/// Discordant texts from which the chi-squared approximation is taken.
const EXACT_BELOW: u64 = 25;

/// Two models' answers to the same texts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct McNemar {
    /// Texts that only the first one has right.
    pub only_first: u64,
    /// Texts that only the second one has right.
    pub only_second: u64,
    /// Whether p is the binomial one.
    pub exact: bool,
    /// The probability of so uneven a division of the discordant texts, were the models equally accurate.
    pub p: f64,
}

/// McNemar's test (1947): whether one of two models is more *accurate*; of F1 it says nothing. With fewer than 25 discordant texts p is the
/// exact two-sided binomial one, otherwise that of χ² = (|b − c| − 1)² / (b + c) with one degree of freedom (Edwards' continuity
/// correction). `None` where the lengths differ.
pub fn mcnemar(labels: &[u8], first: &[bool], second: &[bool]) -> Option<McNemar> {
    if labels.len() != first.len() || labels.len() != second.len() {
        return None;
    }
    let (mut only_first, mut only_second) = (0, 0);
    for ((&label, &first), &second) in labels.iter().zip(first).zip(second) {
        let right = label == 1;
        only_first += u64::from(first == right && second != right);
        only_second += u64::from(first != right && second == right);
    }
    let discordant = only_first + only_second;
    let exact = discordant < EXACT_BELOW;
    let p = if exact {
        binomial_p(only_first.min(only_second), discordant)
    } else {
        let distance = only_first.abs_diff(only_second) as f64;
        chi_squared_p((distance - 1.0).powi(2) / discordant as f64)
    };
    Some(McNemar {
        only_first,
        only_second,
        exact,
        p,
    })
}

fn binomial_p(fewer: u64, discordant: u64) -> f64 {
    Binomial::new(0.5, discordant).map_or(1.0, |coins| (2.0 * coins.cdf(fewer)).min(1.0))
}

fn chi_squared_p(statistic: f64) -> f64 {
    ChiSquared::new(1.0).map_or(1.0, |chi_squared| chi_squared.sf(statistic))
}
