//! LaTeX for papers: one `booktabs` table, then what else there is to say.

use crate::document::{Align, Block, Cell, Column, Document, Grid, Note, Prose, Row, Section};
use crate::text::one_line;
use fsl_metrics::Verdict;

/// What the marks beside rows mean; the caption says against which row, and at which margin.
const MARKS: &str = "  \\par\\smallskip\n  {\\footnotesize $^{+}$ better, $^{-}$ worse, $^{=}$ equivalent; no mark: undecided, or not judged}\n";

/// One `table` for all grids of the same columns, each a group under its title. Needs `\usepackage{booktabs}`.
pub(crate) fn render(document: &Document) -> String {
    let groups: Vec<Group> = document
        .sections
        .iter()
        .filter_map(Group::in_section)
        .collect();
    let tables = groups.chunk_by(|above, group| above.grid.columns == group.grid.columns);
    let tables = tables.map(|groups| table(groups, &document.label));
    let rest = document.sections.iter().flat_map(beside_table);
    tables.chain(rest).collect::<Vec<_>>().join("\n")
}

/// The grid of a section with what belongs to it.
struct Group<'a> {
    title: Option<&'a Prose>,
    grid: &'a Grid,
    caption: Option<&'a Prose>,
    notes: Vec<&'a Note>,
}

impl<'a> Group<'a> {
    fn in_section(section: &'a Section) -> Option<Self> {
        let grid = section.iter().find_map(|block| match block {
            Block::Grid(grid) => Some(grid),
            _ => None,
        })?;
        let mut group = Self {
            title: None,
            grid,
            caption: None,
            notes: Vec::new(),
        };
        for block in section {
            match block {
                Block::Heading(_, text) => group.title = Some(text),
                Block::Caption(text) => group.caption = Some(text),
                Block::Notes(notes) => group.notes.extend(notes),
                Block::Grid(_) | Block::Paragraph(_) | Block::Items(_) | Block::Code(_) => {}
            }
        }
        Some(group)
    }
}

fn table(groups: &[Group], label: &str) -> String {
    let Some(first) = groups.first() else {
        return String::new();
    };
    let columns = &first.grid.columns;
    let headers: Vec<String> = columns.iter().map(header).collect();
    let rows: Vec<String> = groups
        .iter()
        .map(|group| rows(group, groups.len() > 1))
        .collect();
    let marked = groups.iter().any(|group| group.grid.marked);
    format!(
        "% \\usepackage{{booktabs}}\n\\begin{{table}}\n  \\centering\n{}  \
         \\begin{{tabular}}{{{}}}\n    \\toprule\n    {} \\\\\n    \\midrule\n{}    \\bottomrule\n  \
         \\end{{tabular}}\n{}\\end{{table}}\n",
        caption(groups, label),
        columns
            .iter()
            .map(|column| alignment(column.align))
            .collect::<String>(),
        headers.join(" & ").trim_start(),
        rows.join("    \\midrule\n"),
        if marked { MARKS } else { "" },
    )
}

/// The captions of the groups, those that repeat once, and the label that belongs to them. A group that is alone and has none has its
/// title for one.
fn caption(groups: &[Group], label: &str) -> String {
    let mut captions: Vec<String> = groups
        .iter()
        .filter_map(|group| Some(group.caption?.plain()))
        .collect();
    captions.dedup();
    if let ([only], []) = (groups, captions.as_slice()) {
        captions.extend(only.title.map(Prose::plain));
    }
    if captions.is_empty() {
        return String::new();
    }
    format!(
        "  \\caption{{{}}}\n  \\label{{tab:{label}}}\n",
        escape(&captions.join(" "))
    )
}

fn header(column: &Column) -> String {
    let text = escape(&column.header);
    if column.symbol {
        format!("${text}$")
    } else {
        text
    }
}

fn alignment(align: Align) -> char {
    match align {
        Align::Left => 'l',
        Align::Center => 'c',
        Align::Right => 'r',
    }
}

fn rows(group: &Group, titled: bool) -> String {
    let Group {
        title, grid, notes, ..
    } = group;
    let mut text = String::new();
    if let Some(title) = title.filter(|_| titled) {
        let columns = grid.columns.len();
        let title = escape(&title.plain());
        text += &format!("    \\multicolumn{{{columns}}}{{l}}{{\\emph{{{title}}}}} \\\\\n");
    }
    for row in &grid.rows {
        if row.begins_group {
            text += "    \\addlinespace\n";
        }
        text += &line(row);
    }
    text + &notes
        .iter()
        .filter_map(|note| comment(note))
        .collect::<String>()
}

fn line(row: &Row) -> String {
    let mark = row.mark.map_or("", mark);
    let cells = row
        .cells
        .iter()
        .enumerate()
        .map(|(column, cell)| match (column, cell) {
            (0, Cell::Text(text)) => format!("{}{mark}", first_cell(text)),
            _ => self::cell(cell),
        });
    format!("    {} \\\\\n", cells.collect::<Vec<_>>().join(" & "))
}

/// None for a verdict that says nothing.
fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Better => "$^{+}$",
        Verdict::Worse => "$^{-}$",
        Verdict::Equivalent => "$^{=}$",
        Verdict::Undecided => "",
    }
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Missing => "--".to_owned(),
        Cell::Text(text) => escape(text),
        Cell::Number(number) => format!("${number}$"),
        Cell::Estimate {
            center,
            spread,
            best,
        } => {
            let center = if *best {
                format!("\\mathbf{{{center}}}")
            } else {
                center.clone()
            };
            match spread {
                Some(spread) => format!("${center} \\pm {spread}$"),
                None => format!("${center}$"),
            }
        }
    }
}

/// The state of a row that cannot run is told in the source only.
fn comment(note: &Note) -> Option<String> {
    Some(format!("    % {}\n", note.row_state()?))
}

/// What a section says beside the table that its grid, title, caption and notes on rows are in.
fn beside_table(section: &Section) -> Vec<String> {
    let has_grid = section.iter().any(|block| matches!(block, Block::Grid(_)));
    let texts = section.iter().map(|block| match block {
        Block::Heading(..) | Block::Caption(_) if has_grid => String::new(),
        Block::Heading(_, text) => format!("\\paragraph{{{}}}\n", prose(text)),
        Block::Caption(text) | Block::Paragraph(text) => prose(text) + "\n",
        Block::Grid(grid) => {
            let reasons = grid.rows.iter().filter_map(Row::explained);
            list(reasons.map(|reason| prose(&reason)))
        }
        Block::Items(items) => list(items.iter().map(prose)),
        Block::Notes(notes) => list(
            notes
                .iter()
                .filter_map(|note| note.remark(prose, with_code)),
        ),
        Block::Code(codes) => list(
            codes
                .iter()
                .map(|(name, code)| with_code(&escape(name), code)),
        ),
    });
    texts.filter(|text| !text.is_empty()).collect()
}

fn prose(text: &Prose) -> String {
    escape(&text.plain())
}

/// An item's `[` would be taken for its option.
fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.map(|item| format!("  \\item {{}}{item}\n")).collect();
    if items.is_empty() {
        return String::new();
    }
    format!("\\begin{{itemize}}\n{}\\end{{itemize}}\n", items.concat())
}

fn with_code(text: &str, code: &str) -> String {
    format!("{text}: \\texttt{{{}}}", escape(code))
}

/// [`escape`] for the first cell of a line: the `\\\\` or the rule above it would take a `*` or a `[` for its own.
pub(crate) fn first_cell(text: &str) -> String {
    let escaped = escape(text);
    if escaped.trim_start().starts_with(['*', '[']) {
        return format!("{{}}{escaped}");
    }
    escaped
}

/// `text` on one line, with the characters that LaTeX takes for commands disarmed.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in one_line(text).chars() {
        match character {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => escaped.extend(['\\', character]),
            '\\' => escaped += "\\textbackslash{}",
            '~' => escaped += "\\textasciitilde{}",
            '^' => escaped += "\\textasciicircum{}",
            '<' => escaped += "\\textless{}",
            '>' => escaped += "\\textgreater{}",
            '–' => escaped += "--",
            '±' => escaped += "$\\pm$",
            '√' => escaped += "$\\surd$",
            '×' => escaped += "$\\times$",
            'Δ' => escaped += "$\\Delta$",
            '↳' => escaped += "$\\hookrightarrow$",
            // No font of LaTeX's own has it, and the file would not be set.
            char::REPLACEMENT_CHARACTER => escaped.push('?'),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
