//! Typst for papers: a figure per grid, lists and sentences. Texts are string literals, in which nothing is markup.

use crate::document::{Align, Block, Cell, Column, Document, Grid, Note, Prose, Row, Section};
use crate::text::one_line;
use fsl_metrics::Verdict;

/// What the marks beside rows mean; the caption says against which row, and at which margin.
const MARKS: &str = "#text(0.8em)[#super(\"+\") better, #super(\"−\") worse, #super(\"=\") equivalent; no mark: undecided, or not judged]\n";

/// The blocks, with an empty line in between.
pub(super) fn render(document: &Document) -> String {
    let mut figures = 0;
    let mut parts = Vec::new();
    for section in &document.sections {
        for block in section {
            if let Block::Grid(grid) = block {
                figures += 1;
                parts.push(figure(grid, caption(section), &label(document, figures)));
            }
            parts.push(text(block));
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// Labels are unique: those after the first have a number.
fn label(document: &Document, number: usize) -> String {
    match number {
        1 => document.label.clone(),
        _ => format!("{}-{number}", document.label),
    }
}

/// What a block is beside the figure of its section, which has grid and caption.
fn text(block: &Block) -> String {
    match block {
        Block::Heading(_, text) => format!("#strong({})\n", prose(text)),
        Block::Caption(_) => String::new(),
        Block::Paragraph(text) => format!("#{}\n", prose(text)),
        Block::Grid(grid) => {
            let marks = if grid.marked { MARKS } else { "" };
            let reasons = grid.rows.iter().filter_map(Row::explained);
            [marks, &list(reasons.map(|reason| prose(&reason)))].concat()
        }
        Block::Items(items) => list(items.iter().map(prose)),
        Block::Notes(notes) => {
            let comments: String = notes.iter().filter_map(comment).collect();
            comments
                + &list(
                    notes
                        .iter()
                        .filter_map(|note| note.remark(prose, with_code)),
                )
        }
        Block::Code(codes) => list(
            codes
                .iter()
                .map(|(name, code)| with_code(&literal(name), code)),
        ),
    }
}

fn caption(section: &Section) -> Option<&Prose> {
    section.iter().find_map(|block| match block {
        Block::Caption(text) => Some(text),
        _ => None,
    })
}

fn figure(grid: &Grid, caption: Option<&Prose>, label: &str) -> String {
    let columns = || grid.columns.iter();
    let aligned: Vec<&str> = columns().map(|column| alignment(column.align)).collect();
    let headers: Vec<String> = columns().map(header).collect();
    let rows: String = grid.rows.iter().map(row).collect();
    let caption = caption.map_or_else(String::new, |text| format!("  caption: {},\n", prose(text)));
    format!(
        "#figure(\n  table(\n    columns: {},\n    align: ({}),\n    stroke: none,\n    table.hline(),\n    \
         table.header({}),\n    table.hline(stroke: 0.5pt),\n{rows}    table.hline(),\n  ),\n{caption}) <{label}>\n",
        grid.columns.len(),
        aligned.join(", "),
        headers.join(", "),
    )
}

fn alignment(align: Align) -> &'static str {
    match align {
        Align::Left => "left",
        Align::Center => "center",
        Align::Right => "right",
    }
}

fn header(column: &Column) -> String {
    if column.symbol {
        format!("${}$", column.header)
    } else {
        literal(&column.header)
    }
}

fn row(row: &Row) -> String {
    let rule = if row.begins_group {
        "    table.hline(stroke: 0.25pt),\n"
    } else {
        ""
    };
    let mark = row.mark.map_or("", mark);
    let cells = row
        .cells
        .iter()
        .enumerate()
        .map(|(column, cell)| match (column, mark) {
            (0, mark) if !mark.is_empty() => format!("[#{}#super(\"{mark}\")]", self::cell(cell)),
            _ => self::cell(cell),
        });
    format!("{rule}    {},\n", cells.collect::<Vec<_>>().join(", "))
}

/// None for a verdict that says nothing.
fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Better => "+",
        Verdict::Worse => "−",
        Verdict::Equivalent => "=",
        Verdict::Undecided => "",
    }
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Missing => literal("–"),
        Cell::Text(text) => literal(text),
        Cell::Number(number) => format!("${number}$"),
        Cell::Estimate {
            center,
            spread,
            best,
        } => {
            let center = if *best {
                format!("bold({center})")
            } else {
                center.clone()
            };
            match spread {
                Some(spread) => format!("${center} plus.minus {spread}$"),
                None => format!("${center}$"),
            }
        }
    }
}

/// The state of a row that cannot run is told in the source only.
fn comment(note: &Note) -> Option<String> {
    Some(format!("// {}\n", note.row_state()?))
}

fn with_code(text: &str, code: &str) -> String {
    format!("[#{text}: #raw({})]", literal(code))
}

fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.map(|item| format!("  {item},\n")).collect();
    if items.is_empty() {
        return String::new();
    }
    format!("#list(\n{})\n", items.concat())
}

fn prose(text: &Prose) -> String {
    literal(&text.plain())
}

/// `text` on one line as a string.
fn literal(text: &str) -> String {
    let escaped = one_line(text).replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use crate::{Against, Style, fixtures};
    use fsl_metrics::Verdict;

    #[test]
    fn hostile_labels_are_text() {
        let tables = [fixtures::hostile()];
        let text = fixtures::shown(&fixtures::alike(&tables, &Style::default()), "typst");
        insta::assert_snapshot!(text, @r##"
        #strong("two lines | and # a hash")

        #figure(
          table(
            columns: 6,
            align: (left, right, right, right, right, right),
            stroke: none,
            table.hline(),
            table.header("", $n$, "F1", "P", "R", "MCC"),
            table.hline(stroke: 0.5pt),
            "a|b \\| c", "1", $bold(100.00)$, $100.00$, $100.00$, $1.000$,
            "say \"so\", then break\\u{1b}[31m", "1", $bold(100.00)$, $100.00$, $100.00$, $1.000$,
            "少样本学习 モデル", "1", $bold(100.00)$, $100.00$, $100.00$, $1.000$,
            "*bold* <b> `code` [x](y) FSL_mean _x_", "1", $bold(100.00)$, $100.00$, $100.00$, $1.000$,
            "very long label very long label very long label very long label very long label ", "1", $bold(100.00)$, $100.00$, $100.00$, $1.000$,
            table.hline(),
          ),
          caption: "n = 1 trial per row, without spread (–), in percent except MCC; 100 training texts, 2,000 test texts.",
        ) <quickstart>
        "##);
    }

    #[test]
    fn verdicts_are_marks_and_blocked_rows_comments() {
        let mut table = fixtures::blocked();
        table.rows[0].diagnostics.verdict = Some(Verdict::Worse);
        table.against = Some(Against {
            label: "bow_1".to_owned(),
            margin: 0.01,
            comparisons: 2,
        });
        let tables = [table, fixtures::complete()];
        let text = fixtures::shown(&fixtures::alike(&tables, &Style::default()), "typst");
        insta::assert_snapshot!(text, @r##"
        #strong("Positive or negative tweet, from 100 labelled texts")

        #figure(
          table(
            columns: 6,
            align: (left, right, right, right, right, right),
            stroke: none,
            table.hline(),
            table.header("", $n$, "F1", "P", "R", "MCC"),
            table.hline(stroke: 0.5pt),
            [#"bow"#super("−")], "1", $56.40$, $63.07$, $51.00$, $0.215$,
            "FSL distilBERT", "0", "–", "–", "–", "–",
            table.hline(),
          ),
          caption: "n = 1 trial per row, without spread (–), in percent except MCC; 100 training texts, 2,000 test texts; compared with bow_1 at a margin of 1.00 points of F1, p adjusted for 2 comparisons (Holm).",
        ) <quickstart>

        #text(0.8em)[#super("+") better, #super("−") worse, #super("=") equivalent; no mark: undecided, or not judged]

        // FSL distilBERT: blocked: encoder `distilbert-base-uncased` could not be fetched

        #strong("Positive or negative tweet, from 100 labelled texts")

        #figure(
          table(
            columns: 6,
            align: (left, right, right, right, right, right),
            stroke: none,
            table.hline(),
            table.header("", $n$, "F1", "P", "R", "MCC"),
            table.hline(stroke: 0.5pt),
            "bow", "1", $56.40$, $63.07$, $51.00$, $0.215$,
            "FSL MiniLM", "4", $bold(67.22) plus.minus 2.48$, $69.88 plus.minus 1.20$, $64.94 plus.minus 4.95$, $0.371 plus.minus 0.024$,
            table.hline(),
          ),
          caption: "n = 4 trials per row (rows without randomness run once: –); mean ± sample sd (ddof 1) over trials, in percent except MCC; varied: init, order, dropout; fixed: sample; 100 training texts, 2,000 test texts.",
        ) <quickstart-2>
        "##);
    }
}
