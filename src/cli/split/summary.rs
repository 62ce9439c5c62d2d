//! A split's report for people.

use fsl_data::split::{Labels, Overlap, Report};
use fsl_report::{one_line, percent, thousands};

/// The most characters of a text that are shown.
const TEXT: usize = 70;

/// The most characters of a class's name that are shown.
const NAME: usize = 40;

/// The most classes that are all shown; of more, the rarest and the commonest one.
const LISTED: usize = 8;

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
    if counts.labelled.texts() < counts.rows {
        text += &format!("{:<18}{}\n", "labelled", labels(&counts.labelled));
    }
    text += &format!("{:<18}{}\n", "distinct texts", labels(&counts.distinct));
    if counts.conflicts.texts > 0 {
        text += &format!(
            "{:<18}{:>9}  texts with {} labels; {}\n",
            "conflicts",
            thousands(counts.conflicts.texts),
            match counts.labelled.classes().count() {
                2 => "both",
                _ => "several",
            },
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

/// How many texts there are, and of which classes.
fn labels(labels: &Labels) -> String {
    let classes = labels.classes();
    let name = |class: usize| {
        let name = shown(&classes.names()[class], NAME);
        if classes.are_zero_one() {
            name
        } else {
            format!("`{name}`")
        }
    };
    let text = format!("{:>9}  ", thousands(labels.texts()));
    let counts = labels.by_class();
    match counts {
        [first, second] => {
            let share = *second as f64 / labels.texts().max(1) as f64;
            text + &format!(
                "{} with label {}, {} with label {} ({} %)",
                thousands(*first),
                name(0),
                thousands(*second),
                name(1),
                percent(share)
            )
        }
        _ if counts.len() <= LISTED => {
            let class = |class| format!("{} {}", name(class), thousands(counts[class]));
            let classes: Vec<String> = (0..counts.len()).map(class).collect();
            text + &classes.join(", ")
        }
        _ => {
            let classes = thousands(counts.len() as u64);
            text + &format!("{classes} classes of {}", range(counts, name))
        }
    }
}

/// How many texts the rarest and the commonest class have, the first of equals.
fn range(counts: &[u64], name: impl Fn(usize) -> String) -> String {
    let rarest = (0..counts.len()).min_by_key(|&class| counts[class]);
    let commonest = (0..counts.len()).rev().max_by_key(|&class| counts[class]);
    let (rarest, commonest) = (rarest.unwrap_or(0), commonest.unwrap_or(0));
    let [least, most] = [rarest, commonest].map(|class| thousands(counts[class]));
    match counts[rarest] {
        1 if rarest == commonest => "1 text each".to_owned(),
        _ if rarest == commonest => format!("{least} texts each"),
        _ => {
            let (rarest, commonest) = (name(rarest), name(commonest));
            format!("{least} ({rarest}) to {most} ({commonest}) texts")
        }
    }
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
            shown(&example.texts[0], TEXT),
            shown(&example.texts[1], TEXT)
        );
    }
    text
}

/// The first `most` characters of a text, on one line.
fn shown(text: &str, most: usize) -> String {
    let line = one_line(text);
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.into_owned(),
    }
}
