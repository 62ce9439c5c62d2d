//! Test texts of any classes on the page, with every row's predicted class.

use maud::{Markup, PreEscaped, html};
use serde::Serialize;

use super::data::Texts;
use super::{TextRow, TextSet, data};
use fsl_common::classes::Label;
use fsl_common::probabilities::Probabilities;

/// The script of the browser of texts.
pub(super) const SCRIPT: &str = include_str!("class_texts.js");

/// What texts are shown.
const KINDS: [(&str, &str); 3] = [
    ("disagree", "rows disagree"),
    ("wrong", "all rows wrong"),
    ("all", "all texts"),
];

#[derive(Serialize)]
struct Data<'a> {
    classes: &'a [String],
    texts: Texts<'a>,
    labels: &'a [Label],
    rows: Vec<Row<'a>>,
}

/// What a row says of every text. Probabilities are in thousandths.
#[derive(Serialize)]
struct Row<'a> {
    /// Its place in the table.
    place: usize,
    label: &'a str,
    /// The class that the mean over trials predicts.
    predicted: Vec<Label>,
    /// Its probability.
    p: Vec<u16>,
    /// The probability of the true class.
    truth: Vec<u16>,
    trials: usize,
    /// How many trials predict which class, where not all predict the same as their mean does.
    votes: Vec<Votes>,
}

/// Pairs of a class and a number of trials; 0 where all trials predict what their mean does.
#[derive(Serialize)]
#[serde(untagged)]
enum Votes {
    Same(u8),
    Pairs(Vec<(Label, usize)>),
}

pub(super) fn browser(number: usize, texts: &TextSet, same_texts: Option<usize>) -> Markup {
    let data = Data {
        classes: texts.classes.names(),
        texts: Texts::new(texts, same_texts),
        labels: &texts.labels,
        rows: texts.rows.iter().map(|row| said(row, texts)).collect(),
    };
    html! {
        section.class-texts aria-labelledby={ "texts-" (number) } data-texts=(number) {
            h3 id={ "texts-" (number) } tabindex="-1" { "Texts" }
            p.small { "The class that each row predicts, with its probability (mean over its trials); ✓ marks correct predictions. A predicted class is looked for in every single trial of the chosen row. Sorted by how much the rows differ in the probability of the true class; for a single row, where that probability is lowest." }
            div.controls {
                label { "Search" input type="search" name="search" autocomplete="off"; }
                label { "Show" select name="kind" {
                    @for (value, title) in KINDS { option value=(value) { (title) } }
                } }
                label { "Row" select name="row" { option value="" { "all rows" } } }
                label { "True class" select name="truth" { option value="" { "any" } } }
                label { "Predicted class" select name="predicted" { option value="" { "any" } } }
                button type="button" name="reset" { "Reset" }
                button type="button" name="previous" { "Previous" }
                button type="button" name="next" { "Next" }
            }
            p.small role="status" { output name="status" {} }
            ol.list name="list" {}
            script type="application/json" { (PreEscaped(data::json(&data))) }
        }
    }
}

fn said<'a>(row: &'a TextRow, texts: &TextSet) -> Row<'a> {
    let predicted = row.probabilities.predicted();
    let votes = |(text, &mean): (usize, &Label)| votes(text, mean, &row.predicted);
    Row {
        place: row.place,
        label: &row.label,
        p: thousandths(&row.probabilities, &predicted),
        truth: thousandths(&row.probabilities, &texts.labels),
        trials: row.predicted.len(),
        votes: predicted.iter().enumerate().map(votes).collect(),
        predicted,
    }
}

fn votes(text: usize, mean: Label, trials: &[Vec<Label>]) -> Votes {
    let mut counts: Vec<(Label, usize)> = Vec::new();
    for label in trials.iter().filter_map(|trial| trial.get(text)) {
        match counts.iter_mut().find(|(known, _)| known == label) {
            Some((_, count)) => *count += 1,
            None => counts.push((*label, 1)),
        }
    }
    match counts.as_slice() {
        [] => Votes::Same(0),
        [(label, _)] if *label == mean => Votes::Same(0),
        _ => {
            counts.sort_by_key(|&(label, count)| (std::cmp::Reverse(count), label));
            Votes::Pairs(counts)
        }
    }
}

/// The probability of one class of every text.
fn thousandths(of: &Probabilities, classes: &[Label]) -> Vec<u16> {
    let classes = classes.iter().enumerate();
    let one = |(text, &label): (usize, &Label)| {
        (1000.0 * of.of(text, label)).round().clamp(0.0, 1000.0) as u16
    };
    classes.map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn votes_are_told_where_trials_differ() {
        let trials = [vec![0, 1, 2], vec![0, 2, 2], vec![0, 2, 2]];
        let told = |text, mean| serde_json::to_string(&votes(text, mean, &trials)).unwrap();
        assert_eq!(told(0, 0), "0");
        assert_eq!(told(1, 1), "[[2,2],[1,1]]");
        assert_eq!(told(2, 1), "[[2,3]]");
    }
}
