//! Comparisons for people: a table of verdicts, and the reasons beneath.

use super::explain::{self, p, points, range};
use super::{Compared, Comparison, Missing};
use crate::Style;
use crate::markdown::escape;
use crate::terminal::{LINES, base, paragraph};
use crate::text::{one_line, percent};
use fsl_metrics::Verdict;

/// The form of comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComparedFormat {
    /// For reading in a terminal.
    Terminal,
    /// For pasting.
    Markdown,
    /// For programs, fractions in [0, 1].
    Json,
}

const HEADER: [&str; 6] = [
    "row",
    "against",
    "ΔF1",
    "95 % interval",
    "p (Holm)",
    "verdict",
];

fn cells(comparison: &Comparison, name: impl Fn(&str) -> String) -> [String; 6] {
    let [a, b] = comparison.rows.each_ref().map(|row| name(&row.label));
    let adjusted = p(comparison.decision.p_adjusted);
    [
        a,
        b,
        points(comparison.evidence.difference),
        range(comparison.evidence.interval),
        adjusted.trim_start_matches("= ").to_owned(),
        comparison.decision.verdict.name().to_owned(),
    ]
}

pub(super) fn terminal(compared: &Compared, style: &Style) -> String {
    let mut text = String::new();
    if !compared.comparisons.is_empty() {
        let mut grid = base(style);
        grid.load_style(LINES);
        grid.set_header(HEADER);
        for comparison in &compared.comparisons {
            grid.add_row(cells(comparison, |label| one_line(label).into_owned()));
        }
        text += &format!("{}\n", grid.trim_fmt());
        text += &format!("{}\n", paragraph(&caption(compared), style));
    }
    for comparison in &compared.comparisons {
        text += &format!("\n{}\n", paragraph(&heading(comparison), style));
        for reason in comparison.reasons(compared.margin) {
            text += &format!("{}\n", indented(&reason, style));
        }
    }
    for missing in &compared.missing {
        let gap = if text.is_empty() { "" } else { "\n" };
        text += &format!("{gap}{}\n", one_line(&lacking(missing)));
        // Not wrapped: a command must survive being copied.
        text += &format!("  hint: {}\n", one_line(&missing.command));
    }
    text
}

/// A reason with a bullet; the lines that follow the first stand beneath its text.
fn indented(reason: &str, style: &Style) -> String {
    let width = style.width.map(|width| width.saturating_sub(4).max(20));
    let wrapped = paragraph(reason, &Style { width, ..*style });
    format!("  - {}", wrapped.trim_end().replace('\n', "\n    "))
}

pub(super) fn markdown(compared: &Compared) -> String {
    let mut text = String::new();
    if !compared.comparisons.is_empty() {
        text += &format!("| {} |\n", HEADER.join(" | "));
        text += "|:--|:--|--:|:--|--:|:--|\n";
        for comparison in &compared.comparisons {
            let mut cells = cells(comparison, escape);
            cells[4] = cells[4].replace('<', "&lt;");
            text += &format!("| {} |\n", cells.join(" | "));
        }
        text += &format!("\n{}\n", caption(compared));
    }
    for comparison in &compared.comparisons {
        let [a, b] = comparison.rows.each_ref().map(|row| escape(&row.label));
        let word = comparison.decision.verdict.name();
        text += &format!("\n**{a} against {b}: {word}**\n\n");
        for reason in explain::reasons(comparison, compared.margin, escape) {
            text += &format!("- {}\n", reason.replace("p < ", "p &lt; "));
        }
    }
    for missing in &compared.missing {
        let gap = if text.is_empty() { "" } else { "\n" };
        let Missing { command, .. } = missing;
        text += &format!("{gap}- {}; `{}`\n", lacking(missing), one_line(command));
    }
    text
}

fn heading(comparison: &Comparison) -> String {
    let [a, b] = comparison.rows.each_ref().map(|row| one_line(&row.label));
    format!("{a} against {b}: {}", comparison.decision.verdict.name())
}

fn lacking(missing: &Missing) -> String {
    let [a, b] = &missing.rows;
    format!(
        "{a} against {b}: no results of {}",
        missing.lacking.join(", ")
    )
}

fn caption(compared: &Compared) -> String {
    let count = compared.comparisons.len();
    let holm = if count > 1 {
        format!("p adjusted over {count} comparisons after Holm; ")
    } else {
        String::new()
    };
    let words = [
        Verdict::Better,
        Verdict::Worse,
        Verdict::Equivalent,
        Verdict::Undecided,
    ]
    .map(Verdict::name);
    format!(
        "{}: at a margin of {} points of F1, level 5 %; {holm}differences in points of F1; docs/statistics.md has the rule.",
        words.join(", "),
        percent(compared.margin)
    )
}
