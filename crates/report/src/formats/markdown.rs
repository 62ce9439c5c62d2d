//! Markdown: tables in the published layout or with spaced columns, and lists.

use crate::document::{Align, Block, Cell, Document, Grid, Level, Notation, Note, Prose, Row};
use crate::text::{NONE, one_line};

/// The rule under the names of the published table, a hyphen shorter than their header.
const PUBLISHED_NAMES_RULE: &str = ":-----:";

/// The blocks, with an empty line in between.
pub(crate) fn render(document: &Document) -> String {
    let blocks: Vec<String> = document.sections.iter().flatten().map(text).collect();
    blocks.join("\n")
}

fn text(block: &Block) -> String {
    match block {
        Block::Heading(Level::Title, text) => format!("### {}\n", prose(text)),
        Block::Heading(Level::Subtitle, text) => format!("**{}**\n", prose(text)),
        Block::Heading(Level::Plain, text) | Block::Caption(text) | Block::Paragraph(text) => {
            prose(text) + "\n"
        }
        Block::Grid(grid) => match grid.notation {
            Notation::PlusMinus => spaced(grid),
            Notation::Parentheses => published(grid),
        },
        Block::Items(items) => list(items, prose),
        Block::Notes(notes) => list(notes, note),
        Block::Code(codes) => list(codes, |(name, code)| format!("{}: `{code}`", escape(name))),
    }
}

fn list<T>(parts: &[T], text: impl Fn(&T) -> String) -> String {
    let items = parts.iter().map(|part| format!("- {}\n", text(part)));
    items.collect::<Vec<_>>().concat()
}

/// The program's own words quote names in backticks, which Markdown shows as they are meant.
fn prose(text: &Prose) -> String {
    text.map(escape, |words| one_line(words).replace(" < ", " &lt; "))
}

fn note(note: &Note) -> String {
    let (text, remedy) = match note {
        Note::Row { label, state, hint } => {
            let hint = hint
                .as_ref()
                .map(|hint| format!("hint: {}", one_line(hint)));
            (format!("{}: {}", escape(label), one_line(state)), hint)
        }
        Note::Line { text, command } => {
            let command = command.as_ref().map(|text| format!("`{}`", one_line(text)));
            (prose(text), command)
        }
    };
    match remedy {
        Some(remedy) => format!("{text}; {remedy}"),
        None => text,
    }
}

/// `| FSL MiniLM | 4 | 67.22 ± 2.48 |`, with the reasons of rows as the last column.
fn spaced(grid: &Grid) -> String {
    let is_explained = grid.rows.iter().any(|row| row.explanation.is_some());
    let headers = grid.columns.iter().map(|column| escape(&column.header));
    let rules = grid
        .columns
        .iter()
        .map(|column| rule(column.align).to_owned());
    let why = |text: &str| is_explained.then(|| text.to_owned());
    let mut text =
        line(headers.chain(why("why"))) + &format!("|{}|\n", joined(rules.chain(why(":--")), "|"));
    for row in &grid.rows {
        let explanation = row.explanation.as_ref();
        let reason =
            explanation.map_or_else(String::new, |explanation| escape(&explanation.reason));
        let cells = row
            .cells
            .iter()
            .map(|cell| self::cell(cell, Notation::PlusMinus));
        text += &line(cells.chain(why(&reason)));
    }
    text
}

fn line(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", joined(cells, " | "))
}

fn joined(cells: impl Iterator<Item = String>, separator: &str) -> String {
    cells.collect::<Vec<_>>().join(separator)
}

fn rule(align: Align) -> &'static str {
    match align {
        Align::Left => ":--",
        Align::Center => ":-:",
        Align::Right => "--:",
    }
}

/// `|FSL MiniLM|67.22(2.48)|69.88(1.20)|64.94(4.95)|`; a column that the source lacks, such as verdicts, is spaced.
fn published(grid: &Grid) -> String {
    let [mut headers, mut rules] = [String::from("|"), String::from("|")];
    for (index, column) in grid.columns.iter().enumerate() {
        let header = escape(&column.header);
        let (header, rule) = match column.align {
            Align::Center if index == 0 => (header, PUBLISHED_NAMES_RULE.to_owned()),
            Align::Center => (
                format!(" {header} "),
                format!(":{}:", "-".repeat(header.chars().count())),
            ),
            align => (format!(" {header} "), rule(align).to_owned()),
        };
        headers += &format!("{header}|");
        rules += &format!("{rule}|");
    }
    let rows = grid.rows.iter().map(|row| published_row(row, grid));
    format!("{headers}\n{rules}\n{}", rows.collect::<String>())
}

fn published_row(row: &Row, grid: &Grid) -> String {
    let cells = row.cells.iter().zip(&grid.columns).map(|(cell, column)| {
        let text = self::cell(cell, Notation::Parentheses);
        if column.align == Align::Center {
            text
        } else {
            format!(" {text} ")
        }
    });
    format!("|{}|\n", joined(cells, "|"))
}

fn cell(cell: &Cell, notation: Notation) -> String {
    match cell {
        Cell::Missing => NONE.to_owned(),
        Cell::Text(text) => escape(text),
        Cell::Number(number) => number.replace('<', "&lt;"),
        Cell::Estimate { center, spread, .. } => {
            let spread = spread.as_deref().unwrap_or(NONE);
            match notation {
                Notation::PlusMinus => format!("{center} ± {spread}"),
                Notation::Parentheses => format!("{center}({spread})"),
            }
        }
    }
}

/// `text` on one line, with the characters that Markdown would take for a cell's end, emphasis, code, a link or HTML
/// disarmed. An underscore within a word is none of these and stays, as in `FSL_mean`.
pub(crate) fn escape(text: &str) -> String {
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
