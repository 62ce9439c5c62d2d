//! Variance components of crossed designs: the part of the spread between trials that each factor explains.

use std::collections::{BTreeMap, BTreeSet};

/// One trial of a crossed design.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The level of each factor, such as the seed of a stream; one per factor, in the same order throughout.
    pub levels: Vec<u64>,
    /// What was measured.
    pub value: f64,
}

/// The variance that is due to each factor.
#[derive(Debug, Clone, PartialEq)]
pub struct Components {
    /// Of each factor, in the order of the levels; 0 where its mean square is below the residual one.
    pub factors: Vec<Component>,
    /// Of what is left: interactions between the factors, and whatever varies besides them.
    pub residual: f64,
    /// The residual's degrees of freedom.
    pub degrees: f64,
}

/// One factor's part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Component {
    /// The variance component.
    pub variance: f64,
    /// The mean square that it follows from.
    pub mean_square: f64,
    /// How many levels the factor had.
    pub levels: usize,
}

impl Components {
    /// The sum of all parts: the variance of a single trial.
    pub fn total(&self) -> f64 {
        let factors: f64 = self.factors.iter().map(|factor| factor.variance).sum();
        factors + self.residual
    }
}

/// Variance components of a crossed design with random effects by the method of moments (Searle, Casella & McCulloch 1992, chapter 4).
///
/// Every combination of levels must have run equally often. With N trials and factor f at Lᶠ levels,
/// MSᶠ = (N / Lᶠ) Σ (mean of level − mean)² / (Lᶠ − 1), MSᵉ is the mean square of what the main effects leave, and
/// σ²ᶠ = max(0, (MSᶠ − MSᵉ) Lᶠ / N). `None` where the design is not crossed, a factor has one level, or no degree of freedom is left.
pub fn components(observations: &[Observation]) -> Option<Components> {
    let factors = observations.first()?.levels.len();
    let all = observations.len() as f64;
    if !is_crossed(observations, factors) {
        return None;
    }
    let grand = observations.iter().map(|one| one.value).sum::<f64>() / all;
    let total: f64 = observations
        .iter()
        .map(|one| (one.value - grand).powi(2))
        .sum();
    let squares: Vec<(f64, usize)> = (0..factors)
        .map(|factor| level_squares(observations, factor, grand))
        .collect();
    let explained: f64 = squares.iter().map(|(sum, _)| sum).sum();
    let used: usize = squares.iter().map(|(_, levels)| levels - 1).sum();
    let degrees = all - 1.0 - used as f64;
    if factors == 0 || degrees < 1.0 || squares.iter().any(|&(_, levels)| levels < 2) {
        return None;
    }
    let residual = ((total - explained) / degrees).max(0.0);
    let component = |&(sum, levels): &(f64, usize)| {
        let mean_square = sum / (levels - 1) as f64;
        Component {
            variance: ((mean_square - residual) * levels as f64 / all).max(0.0),
            mean_square,
            levels,
        }
    };
    Some(Components {
        factors: squares.iter().map(component).collect(),
        residual,
        degrees,
    })
}

/// Whether every combination of levels occurs, equally often.
fn is_crossed(observations: &[Observation], factors: usize) -> bool {
    let mut cells: BTreeMap<&[u64], usize> = BTreeMap::new();
    for one in observations {
        *cells.entry(&one.levels).or_default() += 1;
    }
    let levels = |factor: usize| {
        let seen: BTreeSet<u64> = cells
            .keys()
            .filter_map(|cell| cell.get(factor))
            .copied()
            .collect();
        seen.len()
    };
    let combinations: usize = (0..factors).map(levels).product();
    let even = cells.values().collect::<BTreeSet<_>>().len() == 1;
    let complete = observations.iter().all(|one| one.levels.len() == factors);
    complete && even && cells.len() == combinations
}

/// The sum of squares of a factor's means, each counted as often as its level ran, and the number of its levels.
fn level_squares(observations: &[Observation], factor: usize, grand: f64) -> (f64, usize) {
    let mut sums: BTreeMap<u64, (f64, f64)> = BTreeMap::new();
    for one in observations {
        let sum = sums.entry(one.levels[factor]).or_default();
        *sum = (sum.0 + one.value, sum.1 + 1.0);
    }
    let squares = sums
        .values()
        .map(|(sum, count)| count * (sum / count - grand).powi(2));
    (squares.sum(), sums.len())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::testing::{close, golden};

    #[derive(Deserialize)]
    struct Case {
        observations: Vec<(Vec<u64>, f64)>,
        mean_squares: Vec<f64>,
        components: Vec<f64>,
        residual: f64,
        degrees: f64,
    }

    fn observations(cells: &[(Vec<u64>, f64)]) -> Vec<Observation> {
        let one = |(levels, value): &(Vec<u64>, f64)| Observation {
            levels: levels.clone(),
            value: *value,
        };
        cells.iter().map(one).collect()
    }

    #[test]
    fn components_follow_from_statsmodels_mean_squares() {
        let cases: Vec<Case> = golden("variance.json");
        for case in cases {
            let found = components(&observations(&case.observations)).unwrap();
            close("residual", found.residual, case.residual, 1e-14);
            close("degrees", found.degrees, case.degrees, 0.0);
            for ((factor, square), expected) in found
                .factors
                .iter()
                .zip(case.mean_squares)
                .zip(case.components)
            {
                close("mean square", factor.mean_square, square, 1e-13);
                close("component", factor.variance, expected, 1e-13);
            }
            let parts: f64 = found.factors.iter().map(|factor| factor.variance).sum();
            close("total", found.total(), parts + found.residual, 1e-15);
        }
    }

    #[test]
    fn what_is_not_crossed_has_no_components() {
        let cell = |a, b| (vec![a, b], 0.5);
        let none = |cells: &[(Vec<u64>, f64)]| components(&observations(cells)).is_none();
        assert!(none(&[]));
        assert!(none(&[cell(0, 0), cell(1, 1)]), "a diagonal");
        assert!(
            none(&[cell(0, 0), cell(0, 1), cell(1, 0)]),
            "a missing cell"
        );
        assert!(none(&[cell(0, 0), cell(0, 1)]), "one level");
        assert!(
            none(&[cell(0, 0), cell(0, 0), cell(0, 1), cell(1, 0), cell(1, 1)]),
            "uneven"
        );
        assert!(
            none(&[(vec![0], 0.1), (vec![1], 0.2)]),
            "no degree of freedom left"
        );
    }
}
