//! Axes: their ranges, ticks and labels.

/// A range that holds all of `values`, with a twentieth of room on both sides, within `limits`. A single value gets a
/// hundredth on either side.
pub(super) fn padding(values: impl IntoIterator<Item = f64>, limits: (f64, f64)) -> (f64, f64) {
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

/// The ends of a logarithmic axis that holds `low` to `high`; `None` where these span less than a factor of eight, or where such an
/// axis has fewer than two marks, which stand at powers of ten.
pub(super) fn logarithmic(low: f64, high: f64) -> Option<(f64, f64)> {
    if low <= 0.0 || high / low < 8.0 {
        return None;
    }
    let around = (high / low).powf(0.04);
    let (low, high) = (low / around, high * around);
    let marks = high.log10().floor() - low.log10().ceil() + 1.0;
    (marks >= 2.0).then_some((low, high))
}

/// The ends of a linear axis that holds `low` to `high`, with 4 % of room on both sides.
pub(super) fn linear(low: f64, high: f64) -> (f64, f64) {
    let around = if high > low {
        0.04 * (high - low)
    } else if high.abs() > 0.0 {
        0.04 * high.abs()
    } else {
        0.5
    };
    (low - around, high + around)
}

/// A number on a linear axis: as many decimals as its marks need to differ.
pub(super) fn number(range: (f64, f64)) -> impl Fn(&f64) -> String {
    // Marks lie a hundredth of the range apart or more.
    let decimals = (2.0 - (range.1 - range.0).log10().floor()).clamp(0.0, 15.0) as usize;
    move |value| {
        let text = format!("{value:.decimals$}");
        if decimals > 7 && !is_zero(&text) {
            return short(text.parse().unwrap_or(*value));
        }
        let trimmed = if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.')
        } else {
            text.as_str()
        };
        if is_zero(trimmed) { "0" } else { trimmed }.to_owned()
    }
}

/// A number on a logarithmic axis.
pub(super) fn short(value: f64) -> String {
    // Six digits: what is behind them is the arithmetic of the axis.
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    if (1e-4..1e6).contains(&rounded.abs()) {
        rounded.to_string()
    } else {
        format!("{rounded:e}")
    }
}

fn is_zero(text: &str) -> bool {
    text.chars().all(|letter| "-0.".contains(letter))
}

/// A fraction as an axis shows it: whole percent, or tenths where the axis spans less than five points.
pub(super) fn percent(range: (f64, f64)) -> impl Fn(&f64) -> String {
    let decimals = usize::from(range.1 - range.0 < 0.05);
    move |value| format!("{:.decimals$}", 100.0 * value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_a_linear_axis_differ() {
        let said = |range: (f64, f64), values: &[f64]| {
            values
                .iter()
                .map(number(range))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(said((6.0, 104.0), &[10.0, 20.0, 100.0]), "10 20 100");
        assert_eq!(
            said((-0.004, 0.104), &[0.0, -0.0, 0.02, 0.1]),
            "0 0 0.02 0.1"
        );
        assert_eq!(
            said((0.0, 0.0005), &[0.0001, 0.000_15, 0.0002]),
            "0.0001 0.00015 0.0002"
        );
        assert_eq!(said((0.0, 4e-6), &[0.0, 1e-6, 2.5e-6]), "0 1e-6 2.5e-6");
        assert_eq!(said((0.0, 2.5e6), &[1e6, 2e6]), "1000000 2000000");
        assert_eq!(said((0.2, 0.7), &[0.1 + 0.2]), "0.3");
    }

    #[test]
    fn marks_of_a_logarithmic_axis_are_short() {
        let said = [1e-5, 2e-4, 0.003, 0.1 + 0.2, 10.0, 1000.0, 2e6].map(short);
        assert_eq!(
            said,
            ["1e-5", "0.0002", "0.003", "0.3", "10", "1000", "2e6"]
        );
    }

    #[test]
    fn a_logarithmic_axis_has_marks() {
        let wide = logarithmic(10.0, 100.0).unwrap();
        assert!(wide.0 < 10.0 && wide.1 > 100.0, "{wide:?}");
        assert!(logarithmic(0.0002, 0.02).is_some());
        for (low, high) in [(0.0, 100.0), (10.0, 50.0), (12.0, 96.0), (-1.0, 9.0)] {
            assert_eq!(logarithmic(low, high), None);
        }
    }

    #[test]
    fn room_is_relative() {
        let close = |got: (f64, f64), wanted: (f64, f64)| {
            (got.0 - wanted.0).abs() < 1e-12 && (got.1 - wanted.1).abs() < 1e-12
        };
        assert!(close(linear(0.0, 0.1), (-0.004, 0.104)));
        assert!(close(linear(50.0, 50.0), (48.0, 52.0)));
        assert!(close(linear(0.0, 0.0), (-0.5, 0.5)));
    }
}
