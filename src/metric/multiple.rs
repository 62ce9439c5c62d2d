//! Several comparisons at once.

/// Holm's adjusted p-values (Holm 1979), in the order given: sorted upwards, the k-th smallest of m is multiplied by m − k + 1, is no
/// smaller than those before it and at most 1. The chance of even one false rejection stays below the level, whatever the
/// dependence between the tests.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&left, &right| p[left].total_cmp(&p[right]));
    let mut adjusted = vec![1.0; p.len()];
    let mut largest: f64 = 0.0;
    for (rank, &place) in order.iter().enumerate() {
        largest = largest.max(p[place] * (p.len() - rank) as f64).min(1.0);
        adjusted[place] = largest;
    }
    adjusted
}
