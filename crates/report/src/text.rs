//! Numbers and names as people read them.

use std::borrow::Cow;

use fsl_common::classes::Classes;
use fsl_common::shown;
use fsl_metrics::Metric;

/// Stands for a spread or a figure that does not exist.
pub(super) const NONE: &str = "–";

/// The second of two classes, in a sentence.
pub fn second_class(classes: &Classes) -> String {
    if classes.are_zero_one() {
        "label 1".to_owned()
    } else {
        format!("`{}`", classes.name(1))
    }
}

/// A fraction as percent with two decimals and without a sign: 0.6441 is `64.41`.
pub fn percent(fraction: f64) -> String {
    format!("{:.2}", 100.0 * fraction)
}

/// A difference of fractions in percentage points, with its sign: 0.0094 is `+0.94`. Zero has none.
pub(super) fn points(difference: f64) -> String {
    signless_zero(format!("{:+.2}", 100.0 * difference))
}

/// A value of a metric as people read it: a share in percent, anything else with three decimals.
pub fn metric_value(metric: &Metric, value: f64) -> String {
    if metric.is_share() {
        percent(value)
    } else {
        signless_zero(format!("{value:.3}"))
    }
}

/// A number as text, without its sign where all its digits are 0: `-0.00` and `+0.00` are `0.00`.
fn signless_zero(number: String) -> String {
    let digits = number.trim_start_matches(['+', '-']);
    if digits.contains(|character| !matches!(character, '0' | '.')) {
        number
    } else {
        digits.to_owned()
    }
}

/// A difference of a metric: of a share in points, anything else with three decimals.
pub(super) fn difference(metric: &Metric, difference: f64) -> String {
    if metric.is_share() {
        points(difference)
    } else {
        signless_zero(format!("{difference:+.3}"))
    }
}

/// A metric with its spread, such as `64.41 ± 4.65`.
pub(super) fn plus_minus(metric: &Metric, center: f64, sd: Option<f64>) -> String {
    let spread = sd.map_or_else(|| NONE.to_owned(), |sd| metric_value(metric, sd));
    format!("{} ± {spread}", metric_value(metric, center))
}

/// How the values of these metrics are shown, as a part of a sentence: `in percent`, and which ones are not.
pub(super) fn unit(
    metrics: &[&'static Metric],
    heading: impl Fn(&Metric) -> &'static str,
) -> String {
    let plain: Vec<&str> = metrics
        .iter()
        .filter(|metric| !metric.is_share())
        .map(|metric| heading(metric))
        .collect();
    if plain.is_empty() {
        "in percent".to_owned()
    } else {
        format!("in percent except {}", listed(&plain))
    }
}

/// `F1, P and R`.
pub(super) fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A whole number with commas between its thousands: 10000 is `10,000`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of things, such as `1 trial` and `2,000 texts`.
pub fn counted(number: u64, noun: &str) -> String {
    format!("{} {}", thousands(number), plural(number, noun))
}

/// The noun as it stands behind this number.
pub fn plural(number: u64, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{noun}{s}")
}

/// What a caption says about the data: `100 training texts, 2,000 test texts`.
pub fn texts(training: u64, test: u64) -> String {
    text_ranges(Some((training, training)), (test, test))
}

/// As [`texts`], where rows differ: `10 to 100 training texts, 2,000 test texts`.
pub fn text_ranges(training: Option<(u64, u64)>, test: (u64, u64)) -> String {
    let count = |(least, most): (u64, u64), kind: &str| {
        let from = if least == most {
            String::new()
        } else {
            format!("{} to ", thousands(least))
        };
        format!("{from}{}", counted(most, &format!("{kind} text")))
    };
    let training = training.map(|training| count(training, "training") + ", ");
    training.unwrap_or_default() + &count(test, "test")
}

/// `text` on one line and harmless to a terminal: line breaks and tabs become a space; the rest as in [`shown::line()`].
pub fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(is_break) {
        return shown::line(text);
    }
    let line = text.replace("\r\n", " ").replace(is_break, " ");
    Cow::Owned(shown::line(&line).into_owned())
}

/// `text` without characters that XML does not allow, or that would reverse what follows: each becomes the replacement character. Line
/// breaks stay.
pub(super) fn printable(text: &str) -> Cow<'_, str> {
    let refused = |character: char| {
        !is_break(character) && shown::is_command(character)
            || matches!(character, '\u{fffe}' | '\u{ffff}')
    };
    if !text.contains(refused) {
        return Cow::Borrowed(text);
    }
    let mark = char::REPLACEMENT_CHARACTER.to_string();
    Cow::Owned(text.replace(refused, &mark))
}

/// Line breaks, Unicode's own separators among them, and tabs.
fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use fsl_metrics::Range;

    #[test]
    fn a_zero_has_no_sign() {
        let texts = ["-0.000", "+0.00", "0.000", "-0.001", "+0.20", "-0.093"];
        let shown = texts.map(|text| signless_zero(text.to_owned()));
        assert_eq!(
            shown,
            ["0.000", "0.00", "0.000", "-0.001", "+0.20", "-0.093"]
        );
    }

    #[test]
    fn differences_are_in_points_with_a_sign() {
        let shown = [0.009_4, -0.2, 0.0, -0.000_01, 0.000_01].map(points);
        assert_eq!(shown, ["+0.94", "-20.00", "0.00", "0.00", "0.00"]);
    }

    #[test]
    fn one_is_counted_in_the_singular() {
        let said = [0, 1, 2_000].map(|number| counted(number, "test text"));
        assert_eq!(said, ["0 test texts", "1 test text", "2,000 test texts"]);
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let grouped = [0, 999, 1_000, 12_345, 1_234_567].map(thousands);
        assert_eq!(grouped, ["0", "999", "1,000", "12,345", "1,234,567"]);
        assert_eq!(thousands(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn percent_has_two_decimals() {
        assert_eq!(
            [0.0, 0.6441, 0.999_999, 1.0].map(percent),
            ["0.00", "64.41", "100.00", "100.00"]
        );
    }

    #[test]
    fn values_that_are_no_shares_are_not_in_percent() {
        let mut plain = *Metric::primary();
        plain.heading = "MCC";
        plain.range = Range {
            low: -1.0,
            high: 1.0,
        };
        assert_eq!(metric_value(Metric::primary(), 0.5), "50.00");
        assert_eq!(metric_value(&plain, -0.25), "-0.250");
        let metrics = [Metric::primary(), Box::leak(Box::new(plain))];
        let heading = |metric: &Metric| metric.heading;
        assert_eq!(unit(&metrics[..1], heading), "in percent");
        assert_eq!(unit(&metrics, heading), "in percent except MCC");
    }

    #[test]
    fn one_text_is_not_texts() {
        assert_eq!(texts(1, 10_000), "1 training text, 10,000 test texts");
    }

    #[test]
    fn a_line_stays_a_line_and_controls_are_disarmed() {
        assert!(matches!(one_line("FSL 模型"), Cow::Borrowed(_)));
        assert_eq!(
            one_line("a\r\nb\tc\u{2028}d\u{1b}[31m"),
            r"a b c d\u{1b}[31m"
        );
    }

    #[test]
    fn what_xml_has_no_place_for_is_replaced() {
        assert!(matches!(printable("a\nb\tc"), Cow::Borrowed(_)));
        assert_eq!(
            printable("a\u{7}\nb\u{202e}\u{fffe}"),
            "a\u{fffd}\nb\u{fffd}\u{fffd}"
        );
    }
}
