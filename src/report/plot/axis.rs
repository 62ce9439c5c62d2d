//! What axes show.

/// A range that holds all of `values`, with a twentieth of room on both sides, within `limits`. A single value gets a
/// hundredth on either side.
pub(super) fn room(values: impl IntoIterator<Item = f64>, limits: (f64, f64)) -> (f64, f64) {
    let (low, high) = values
        .into_iter()
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    if low > high {
        return limits;
    }
    let around = (0.05 * (high - low)).max(0.01);
    ((low - around).max(limits.0), (high + around).min(limits.1))
}

/// A fraction as an axis shows it: whole percent, or tenths where the axis spans less than five points.
pub(super) fn percent(range: (f64, f64)) -> impl Fn(&f64) -> String {
    let decimals = usize::from(range.1 - range.0 < 0.05);
    move |value| format!("{:.decimals$}", 100.0 * value)
}
