//! Student's t, the normal and the chi-squared distribution, and quantiles of samples.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// From so many degrees of freedom on, Student's t is the normal distribution to six digits.
const NORMAL_FROM: f64 = 1e5;

/// The quantile of the standard normal distribution.
pub(super) fn normal_quantile(probability: f64) -> f64 {
    Normal::standard().inverse_cdf(probability)
}

/// P(Z ≤ z) for a standard normal Z.
pub(super) fn normal_below(z: f64) -> f64 {
    Normal::standard().cdf(z)
}

/// The quantile of Student's t, for a probability of at least one half; the normal one for more than 100,000 degrees of freedom.
pub(super) fn student_quantile(probability: f64, degrees: f64) -> f64 {
    let normal = normal_quantile(probability);
    let student = StudentsT::new(0.0, 1.0, degrees).ok();
    let Some(student) = student.filter(|_| degrees <= NORMAL_FROM) else {
        return normal;
    };
    // Upwards from the quantile for infinitely many degrees, then by halving: statrs' own inverse loses digits where there are
    // many.
    let (mut low, mut high) = (normal, normal.max(1.0));
    while student.cdf(high) < probability && high < 1e9 {
        high *= 2.0;
    }
    while high - low > 1e-12 * high.max(1.0) {
        let middle = f64::midpoint(low, high);
        if student.cdf(middle) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// P(T > t) for Student's t with these degrees of freedom.
pub(super) fn student_above(t: f64, degrees: f64) -> f64 {
    match StudentsT::new(0.0, 1.0, degrees) {
        Ok(student) if degrees <= NORMAL_FROM => student.sf(t),
        _ => Normal::standard().sf(t),
    }
}

/// The quantile of sorted values by linear interpolation between neighbours, as NumPy's default.
pub(super) fn sample_quantile(sorted: &[f64], probability: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let place = probability.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

/// The sample variance (ddof 1); 0 for fewer than two values.
pub(super) fn variance(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    squares / (values.len() - 1) as f64
}

/// The arithmetic mean of at least one value.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
