//! Text for a terminal or a log: grids of box-drawing characters, lines broken at the terminal's width.

use std::borrow::Cow;

use comfy_table::{
    Attribute, Cell as TableCell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle,
    Table, TableStyle,
};

use crate::document::{Align, Block, Cell, Column, Document, Grid, Note, Prose, Row};
use crate::output::Screen;
use crate::text::{NONE, one_line};

const LINE: LineStyle = LineStyle::none().fill('─').junction('─');
const LINES: TableStyle = TableStyle::new()
    .top_border(LINE)
    .header_separator(LINE)
    .bottom_border(LINE);

/// The characters beside the content of a column: a space on either side, and one between columns.
const BETWEEN: usize = 3;

/// A word of more characters may be broken, so that a long label does not cost a column.
const LONGEST_WORD: usize = 16;

/// The sections, with an empty line in between.
pub(super) fn render(document: &Document, screen: Screen) -> String {
    let sections = document.sections.iter().map(|section| {
        let blocks: Vec<String> = section.iter().map(|block| text(block, screen)).collect();
        blocks.join("\n") + "\n"
    });
    sections.collect::<Vec<_>>().join("\n")
}

/// A block without its last line break.
fn text(block: &Block, screen: Screen) -> String {
    match block {
        Block::Heading(_, text) | Block::Caption(text) | Block::Paragraph(text) => {
            paragraph(text, screen)
        }
        Block::Grid(grid) => explained(grid, screen),
        Block::Items(items) => lines(items, |item| bullet(item, screen)),
        Block::Notes(notes) => lines(notes, note),
        Block::Code(codes) => lines(codes, |(name, code)| format!("{}: {code}", one_line(name))),
    }
}

fn lines<T>(parts: &[T], line: impl Fn(&T) -> String) -> String {
    parts.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn note(note: &Note) -> String {
    let (line, hint) = match note {
        Note::Row { label, state, hint } => {
            let line = format!("{} is {}", one_line(label), one_line(state));
            (line, hint.as_deref())
        }
        Note::Line { text, command } => (text.plain(), command.as_deref()),
    };
    match hint {
        Some(hint) => format!("{line}\n  hint: {}", one_line(hint)),
        None => line,
    }
}

/// The text broken between words at the terminal's width.
fn paragraph(text: &Prose, screen: Screen) -> String {
    let mut table = base(screen);
    table.load_style(TableStyle::new());
    table.add_row([text.plain()]);
    for column in table.column_iter_mut() {
        column.set_padding((0, 0));
    }
    table.trim_fmt()
}

/// A bullet and the text; the lines that follow the first stand beneath it.
fn bullet(text: &Prose, screen: Screen) -> String {
    let width = screen.width.map(|width| width.saturating_sub(4).max(20));
    let wrapped = paragraph(text, Screen { width, ..screen });
    format!("  - {}", wrapped.trim_end().replace('\n', "\n    "))
}

/// The grid, and beneath it what is left out, and why its rows say what they say.
fn explained(model: &Grid, screen: Screen) -> String {
    let (model, left_out) = fitted(model, screen);
    let explanations = model.rows.iter().filter_map(Row::explained);
    let explanations = explanations.map(|text| paragraph(&text, screen));
    let mut parts = vec![grid(&model, screen)];
    if !left_out.is_empty() {
        parts.push(format!("not shown at this width: {}", left_out.join(", ")));
    }
    parts.extend(explanations);
    parts.join("\n")
}

/// The grid without as many of its last optional columns as it takes to fit, and the headers of those.
fn fitted(model: &Grid, screen: Screen) -> (Cow<'_, Grid>, Vec<String>) {
    let mut fitted = Cow::Borrowed(model);
    let mut left_out = Vec::new();
    while screen
        .width
        .is_some_and(|width| least_width(&fitted) > usize::from(width))
    {
        let optional = |column: &Column| column.optional;
        let Some(last) = fitted.columns.iter().rposition(optional) else {
            break;
        };
        let grid = fitted.to_mut();
        left_out.insert(0, grid.columns.remove(last).header);
        for row in &mut grid.rows {
            row.cells.remove(last);
        }
    }
    (fitted, left_out)
}

/// The columns that a grid takes where only lines are broken, not words.
fn least_width(grid: &Grid) -> usize {
    let content = (0..grid.columns.len()).map(|index| least_column_width(grid, index));
    content.map(|width| width + BETWEEN).sum::<usize>() - 1
}

fn least_column_width(grid: &Grid, index: usize) -> usize {
    let column = &grid.columns[index];
    let widths = Widths::of_column(grid, index);
    let cells = grid
        .rows
        .iter()
        .map(|row| content(&row.cells[index], widths));
    let texts = cells.chain([one_line(&column.header).into_owned()]);
    let width = |text: String| {
        if !column.wraps {
            return text.chars().count();
        }
        let words = text.split_whitespace().map(|word| word.chars().count());
        words.max().unwrap_or(0).min(LONGEST_WORD)
    };
    texts.map(width).max().unwrap_or(0)
}

fn grid(model: &Grid, screen: Screen) -> String {
    let mut table = base(screen);
    table.load_style(LINES);
    let headers = model.columns.iter().map(|column| one_line(&column.header));
    table.set_header(headers);
    let widths: Vec<Widths> = (0..model.columns.len())
        .map(|column| Widths::of_column(model, column))
        .collect();
    for row in &model.rows {
        let cells = row.cells.iter().zip(&widths);
        table.add_row(cells.map(|(cell, widths)| styled(cell, *widths, screen)));
    }
    for (column, model) in table.column_iter_mut().zip(&model.columns) {
        if model.wraps {
            continue;
        }
        column.set_constraint(ColumnConstraint::ContentWidth);
        if model.align == Align::Right {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

fn content(cell: &Cell, widths: Widths) -> String {
    match cell {
        Cell::Missing => NONE.to_owned(),
        Cell::Text(text) | Cell::Number(text) => one_line(text).into_owned(),
        Cell::Estimate { center, spread, .. } => widths.align(center, spread.as_deref()),
    }
}

fn styled(cell: &Cell, widths: Widths, screen: Screen) -> TableCell {
    let shown = TableCell::new_owned(content(cell, widths));
    match cell {
        Cell::Estimate { best: true, .. } if screen.color => shown.add_attribute(Attribute::Bold),
        _ => shown,
    }
}

/// The widths of a column's centres and spreads: padded to them, points and signs stand below each other in cells that are
/// aligned to the right.
#[derive(Clone, Copy, Default)]
struct Widths {
    center: usize,
    spread: usize,
}

impl Widths {
    fn of_column(grid: &Grid, column: usize) -> Self {
        let cells = grid.rows.iter().filter_map(|row| row.cells.get(column));
        cells.fold(Self::default(), |widths, cell| match cell {
            Cell::Estimate { center, spread, .. } => Self {
                center: widths.center.max(center.chars().count()),
                spread: widths.spread.max(shown(spread.as_deref()).chars().count()),
            },
            Cell::Missing | Cell::Text(_) | Cell::Number(_) => widths,
        })
    }

    /// `64.41 ±  4.65`
    fn align(self, center: &str, spread: Option<&str>) -> String {
        let Self {
            center: centers,
            spread: spreads,
        } = self;
        format!("{center:>centers$} ± {:>spreads$}", shown(spread))
    }
}

fn shown(spread: Option<&str>) -> &str {
    spread.unwrap_or(NONE)
}

/// An empty table that never asks the terminal anything by itself.
fn base(screen: Screen) -> Table {
    let mut table = Table::new();
    table.force_no_tty();
    if screen.color {
        table.enforce_styling();
    }
    match screen.width {
        Some(width) => {
            table
                .set_width(width)
                .set_content_arrangement(ContentArrangement::Dynamic);
        }
        None => {
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
    }
    table
}

#[cfg(test)]
mod tests;
