//! Tables of box-drawing characters.

use comfy_table::{
    Attribute, Cell as TableCell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle,
    Table, TableStyle,
};

use super::caption::{self, Notation};
use super::display_rows::{DisplayRow, best_f1, lines};
use super::metric_summary::aligned;
use super::text::one_line;
use super::{ExperimentTable, RowState, Style, Styled};
use fsl_metrics::Metric;

const LINE: LineStyle = LineStyle::none().fill('─').junction('─');
pub(super) const LINES: TableStyle = TableStyle::new()
    .top_border(LINE)
    .header_separator(LINE)
    .bottom_border(LINE);

/// Title, table, reasons of blocked rows and caption of each experiment, with an empty line in between.
pub(super) fn render(tables: &[Styled]) -> String {
    let tables: Vec<_> = tables
        .iter()
        .map(|(table, style)| experiment(table, style))
        .collect();
    tables.join("\n")
}

fn experiment(table: &ExperimentTable, style: &Style) -> String {
    let mut lines = vec![
        paragraph(&one_line(table.heading()), style),
        grid(table, style),
    ];
    for row in &table.rows {
        if let RowState::Blocked { reason, hint } = &row.state {
            lines.push(format!(
                "{} is blocked: {}",
                one_line(&row.label),
                one_line(reason)
            ));
            // Not wrapped: a command must survive being copied.
            lines.extend(
                hint.as_ref()
                    .map(|hint| format!("  hint: {}", one_line(hint))),
            );
        }
    }
    lines.push(paragraph(
        &caption::sentence(table, style, Notation::PlusMinus),
        style,
    ));
    lines.extend(
        caption::signatures(table, style)
            .into_iter()
            // Not wrapped either.
            .map(|(label, signature)| format!("{}: {signature}", one_line(label))),
    );
    lines.join("\n") + "\n"
}

/// The cells of every metric, one inner list per line.
fn metric_cells(lines: &[DisplayRow]) -> Vec<Vec<String>> {
    let mut cells = vec![Vec::new(); lines.len()];
    for place in 0..Metric::in_tables().count() {
        let column: Vec<_> = lines
            .iter()
            .map(|line| line.cells[place].1.clone())
            .collect();
        for (cells, cell) in cells.iter_mut().zip(aligned(&column)) {
            cells.push(cell);
        }
    }
    cells
}

fn grid(table: &ExperimentTable, style: &Style) -> String {
    let with_state = !table.is_complete();
    let mut grid = base(style);
    grid.load_style(LINES);
    let against = table.against.as_ref();
    let mut header = ["row", "n"].map(str::to_owned).to_vec();
    header.extend(Metric::in_tables().map(|metric| metric.heading.to_owned()));
    header.extend(against.map(|against| format!("against {}", one_line(&against.label))));
    header.extend(with_state.then(|| "state".to_owned()));
    grid.set_header(header);
    let best = if style.color {
        best_f1(table, style)
    } else {
        Vec::new()
    };
    let lines = lines(table, style);
    for (line, figures) in lines.iter().zip(metric_cells(&lines)) {
        let mut cells = vec![
            TableCell::new_owned(one_line(&line.label).into_owned()),
            TableCell::new(&line.n),
        ];
        cells.extend(figures.into_iter().map(TableCell::new_owned));
        if line.row.is_some_and(|row| best.contains(&row)) {
            cells[2] = cells[2].clone().add_attribute(Attribute::Bold);
        }
        cells.extend(against.map(|_| TableCell::new(line.verdict)));
        cells.extend(with_state.then(|| TableCell::new_owned(line.state.clone())));
        grid.add_row(cells);
    }
    let numbers = 1 + Metric::in_tables().count();
    for column in grid.column_iter_mut().skip(1).take(numbers) {
        column.set_cell_alignment(CellAlignment::Right);
        // The label gives way where space is short; a broken number would be misread.
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    grid.trim_fmt()
}

/// `text` broken between words at the terminal's width.
pub(super) fn paragraph(text: &str, style: &Style) -> String {
    let mut table = base(style);
    table.load_style(TableStyle::new());
    table.add_row([text]);
    for column in table.column_iter_mut() {
        column.set_padding((0, 0));
    }
    table.trim_fmt()
}

/// An empty table that never asks the terminal anything by itself.
pub(super) fn base(style: &Style) -> Table {
    let mut table = Table::new();
    table.force_no_tty();
    if style.color {
        table.enforce_styling();
    }
    match style.width {
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
