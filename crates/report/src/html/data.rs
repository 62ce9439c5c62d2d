//! Data inside a page, for its script.

use serde::Serialize;

use super::TextSet;
use fsl_common::classes::Label;
use fsl_metrics::THRESHOLD;

#[derive(Serialize)]
struct Set<'a> {
    texts: Texts<'a>,
    labels: &'a [Label],
    threshold: f64,
    rows: Vec<Row<'a>>,
}

/// Texts, or the number of the section of the page that has the same ones.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Texts<'a> {
    Here(&'a [String]),
    OfSection(usize),
}

impl<'a> Texts<'a> {
    pub(super) fn new(set: &'a TextSet, same: Option<usize>) -> Self {
        same.map_or(Self::Here(&set.texts), Self::OfSection)
    }
}

#[derive(Serialize)]
struct Row<'a> {
    label: &'a str,
    /// Probabilities in thousandths: three digits are what the page shows, at a third of the size.
    p: Vec<u16>,
}

/// The texts of the classes 0 and 1.
pub(super) fn texts(set: &TextSet, same: Option<usize>) -> String {
    let rows = set.rows.iter().map(|row| Row {
        label: &row.label,
        p: row
            .probabilities
            .values()
            .iter()
            .map(|&probability| thousandths(probability, THRESHOLD))
            .collect(),
    });
    let set_of_texts = Set {
        texts: Texts::new(set, same),
        labels: &set.labels,
        threshold: THRESHOLD,
        rows: rows.collect(),
    };
    json(&set_of_texts)
}

/// JSON that can stand inside a `script` element: no `<` can end it or begin a comment.
pub(super) fn json(data: &impl Serialize) -> String {
    serde_json::to_string(data)
        .unwrap_or_default()
        .replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

/// Rounded, but never across the threshold: the page calls positive what the table does.
fn thousandths(probability: f64, threshold: f64) -> u16 {
    let rounded = (1000.0 * probability).round();
    let border = 1000.0 * threshold;
    let kept = if probability > threshold {
        rounded.max((border + 1.0).floor())
    } else {
        rounded.min(border.floor())
    };
    kept.clamp(0.0, 1000.0) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_does_not_cross_the_threshold() {
        let rounded = [0.0, 0.1234, 0.5, 0.500_01, 0.4999, 1.0].map(|p| thousandths(p, 0.5));
        assert_eq!(rounded, [0, 123, 500, 501, 500, 1000]);
    }
}
