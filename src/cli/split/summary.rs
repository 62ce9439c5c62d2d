//! A split's report for people.

use fsl_data::split::{Labels, Overlap, Report};
use fsl_report::{one_line, percent, thousands};

/// The most characters of a text that are shown.
const SHOWN: usize = 70;

/// The report as lines of text.
pub(super) fn summary(report: &Report) -> String {
    let mut text = steps(report);
    text += "\n";
    for set in &report.sets {
        text += &format!("{:<18}{}\n", set.file, labels(&set.labels));
    }
    if !report.overlaps.is_empty() {
        text += "\n";
    }
    for overlap in &report.overlaps {
        text += &common(overlap);
    }
    text
}

fn steps(report: &Report) -> String {
    let counts = &report.counts;
    let parameters = &report.parameters;
    let mut text = format!("{:<18}{:>9}\n", "rows", thousands(counts.rows));
    let skipped = counts.skipped;
    for (what, rows) in [
        ("bad labels", skipped.labels),
        ("malformed rows", skipped.malformed),
    ] {
        if rows > 0 {
            text += &format!("{what:<18}{:>9}  skipped\n", thousands(rows));
        }
    }
    if counts.labelled.texts < counts.rows {
        text += &format!("{:<18}{}\n", "labelled", labels(&counts.labelled));
    }
    text += &format!("{:<18}{}\n", "distinct texts", labels(&counts.distinct));
    if counts.conflicts.texts > 0 {
        text += &format!(
            "{:<18}{:>9}  texts with both labels; {}\n",
            "conflicts",
            thousands(counts.conflicts.texts),
            if parameters.keep_duplicates {
                "each row keeps its own label"
            } else {
                "the first label is used"
            }
        );
    }
    let kept = match (parameters.keep_duplicates, parameters.min_chars) {
        (true, 0) => "with duplicates".to_owned(),
        (_, least) => format!("{least}+ characters"),
    };
    text += &format!("{kept:<18}{}", labels(&counts.kept));
    text += if parameters.keep_duplicates {
        ", duplicates kept\n"
    } else {
        "\n"
    };
    text
}

fn labels(labels: &Labels) -> String {
    let share = labels.label_1 as f64 / labels.texts.max(1) as f64;
    format!(
        "{:>9}  {} with label 0, {} with label 1 ({} %)",
        thousands(labels.texts),
        thousands(labels.label_0),
        thousands(labels.label_1),
        percent(share)
    )
}

fn common(overlap: &Overlap) -> String {
    let [first, second] = overlap.sets;
    let near = &overlap.near_duplicates;
    let mut text = format!(
        "{:<18}exact duplicates {}, near duplicates {}",
        format!("{first}, {second}"),
        thousands(overlap.exact_duplicates),
        thousands(near.pairs),
    );
    if near.pairs > 0 {
        text += &format!(
            " ({} and {} texts)",
            thousands(near.texts[0]),
            thousands(near.texts[1])
        );
    }
    text += "\n";
    if let Some(example) = near.examples.first() {
        let [row, other] = example.rows;
        text += &format!(
            "  {:.2}  {first} {row}: {}\n        {second} {other}: {}\n",
            example.similarity,
            shown(&example.texts[0]),
            shown(&example.texts[1])
        );
    }
    text
}

/// The start of a text, on one line.
fn shown(text: &str) -> String {
    let line = one_line(text);
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.into_owned(),
    }
}
