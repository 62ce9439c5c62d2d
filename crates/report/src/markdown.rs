//! Markdown tables, in the published layout or with the terminal's columns.

use super::caption::{self, Notation};
use super::display_rows::{DisplayRow, lines};
use super::metric_summary::{Cell, NONE};
use super::text::one_line;
use super::{ExperimentTable, MarkdownLayout, RowState, Style, Styled, TableRow};
use fsl_metrics::{Metric, Placement};

const PUBLISHED: &str = "|Models| F1 | P | R |\n|:-----:|:--:|:-:|:-:|\n";

/// Heading, table, notes on unfinished rows and caption of each experiment, with an empty line in between.
pub(super) fn render(tables: &[Styled]) -> String {
    let tables: Vec<_> = tables
        .iter()
        .map(|(table, style)| experiment(table, style))
        .collect();
    tables.join("\n")
}

fn experiment(table: &ExperimentTable, style: &Style) -> String {
    let (grid, notation) = match style.layout {
        MarkdownLayout::Published => (published(table, style), Notation::Parentheses),
        MarkdownLayout::Detailed => (detailed(table, style), Notation::PlusMinus),
    };
    let notes: String = table.rows.iter().filter_map(note).collect();
    let gap = if notes.is_empty() { "" } else { "\n" };
    let caption = caption::sentence(table, style, notation);
    let signatures: Vec<String> = caption::signatures(table, style)
        .into_iter()
        .map(|(label, signature)| format!("- {}: `{signature}`\n", escape(label)))
        .collect();
    let signatures = if signatures.is_empty() {
        String::new()
    } else {
        format!("\n{}", signatures.concat())
    };
    format!(
        "### {}\n\n{grid}\n{notes}{gap}{caption}\n{signatures}",
        escape(table.heading())
    )
}

fn published(table: &ExperimentTable, style: &Style) -> String {
    let line = |line: &DisplayRow| {
        let is_published = |metric: &Metric| metric.placement == Placement::Published;
        let cells = cells(line, is_published, Cell::published).join("|");
        let verdict = verdict(table, line);
        format!("|{}|{cells}|{verdict}\n", escape(&line.label))
    };
    header(PUBLISHED, table) + &lines(table, style).iter().map(line).collect::<String>()
}

fn detailed(table: &ExperimentTable, style: &Style) -> String {
    let complete = table.is_complete();
    let line = |line: &DisplayRow| {
        let cells = cells(line, |_| true, Cell::plus_minus).join(" | ");
        let state = if complete {
            String::new()
        } else {
            format!(" {} |", line.state)
        };
        format!(
            "| {} | {} | {cells} |{state}{}\n",
            escape(&line.label),
            line.n,
            verdict(table, line)
        )
    };
    let headings: Vec<&str> = Metric::in_tables().map(|metric| metric.heading).collect();
    let [state, left] = if complete {
        ["", ""]
    } else {
        [" state |", ":--|"]
    };
    let kind = format!(
        "| row | n | {} |{state}\n|:--|--:|{}{left}\n",
        headings.join(" | "),
        "--:|".repeat(headings.len())
    );
    header(&kind, table) + &lines(table, style).iter().map(line).collect::<String>()
}

/// A table's first two lines, with a column for verdicts where rows are judged.
fn header(kind: &str, table: &ExperimentTable) -> String {
    let Some(against) = &table.against else {
        return kind.to_owned();
    };
    let mut lines = kind.lines();
    let [names, rule] = [lines.next(), lines.next()].map(Option::unwrap_or_default);
    format!("{names} against {} |\n{rule}:--|\n", escape(&against.label))
}

/// The last cell of a line where rows are judged.
fn verdict(table: &ExperimentTable, line: &DisplayRow) -> String {
    match table.against {
        Some(_) => format!(" {} |", line.verdict),
        None => String::new(),
    }
}

/// The metrics of one line that are shown; [`NONE`] where there is no such figure.
fn cells(
    line: &DisplayRow,
    is_shown: fn(&Metric) -> bool,
    form: fn(&Cell) -> String,
) -> Vec<String> {
    let shown = line.cells.iter().filter(|(metric, _)| is_shown(metric));
    shown
        .map(|(_, cell)| cell.as_ref().map_or_else(|| NONE.to_owned(), form))
        .collect()
}

/// A list item on a row that is not complete.
fn note(row: &TableRow) -> Option<String> {
    let state = match &row.state {
        RowState::Complete => return None,
        RowState::Missing => "not run yet".to_owned(),
        RowState::Partial {
            finished,
            wanted,
            failed: 0,
        } => {
            format!("{finished} of {wanted} trials finished")
        }
        RowState::Partial {
            finished,
            wanted,
            failed,
        } => {
            format!("{finished} of {wanted} trials finished, {failed} failed")
        }
        // Reasons and hints quote names in backticks, which Markdown shows as they are meant.
        RowState::Blocked { reason, hint: None } => format!("blocked: {}", one_line(reason)),
        RowState::Blocked {
            reason,
            hint: Some(hint),
        } => {
            format!("blocked: {}; hint: {}", one_line(reason), one_line(hint))
        }
    };
    Some(format!("- {}: {state}\n", escape(&row.label)))
}

/// `text` on one line, with the characters that Markdown would take for a cell's end, emphasis, code, a link or HTML
/// disarmed. An underscore within a word is none of these and stays, as in `FSL_mean`.
pub(super) fn escape(text: &str) -> String {
    let text = one_line(text);
    let characters: Vec<char> = text.trim().chars().collect();
    let mut escaped = String::with_capacity(text.len());
    for (index, &character) in characters.iter().enumerate() {
        let is_word = |at: Option<usize>| {
            at.and_then(|at| characters.get(at))
                .is_some_and(|near| near.is_alphanumeric())
        };
        let within_word = is_word(index.checked_sub(1)) && is_word(Some(index + 1));
        match character {
            '<' => escaped += "&lt;",
            '\\' | '|' | '*' | '`' | '[' => escaped.extend(['\\', character]),
            '_' if !within_word => escaped += "\\_",
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
