//! Markdown tables, in the published layout or with the terminal's columns.

use super::caption::{self, Notation};
use super::figures::{Cell, NONE};
use super::lines::{Line, lines};
use super::text::one_line;
use super::{ExperimentTable, MarkdownLayout, RowState, Style, Styled, TableRow};

const PUBLISHED: &str = "|Models| F1 | P | R |\n|:-----:|:--:|:-:|:-:|\n";
const DETAILED: &str = "| row | n | F1 | P | R |\n|:--|--:|--:|--:|--:|\n";
const DETAILED_WITH_STATE: &str = "| row | n | F1 | P | R | state |\n|:--|--:|--:|--:|--:|:--|\n";

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
    let line = |line: &Line| {
        let cells = cells(line, Cell::published).join("|");
        let verdict = verdict(table, line);
        format!("|{}|{cells}|{verdict}\n", escape(&line.label))
    };
    header(PUBLISHED, table) + &lines(table, style).iter().map(line).collect::<String>()
}

fn detailed(table: &ExperimentTable, style: &Style) -> String {
    let complete = table.is_complete();
    let line = |line: &Line| {
        let cells = cells(line, Cell::plus_minus).join(" | ");
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
    let kind = if complete {
        DETAILED
    } else {
        DETAILED_WITH_STATE
    };
    header(kind, table) + &lines(table, style).iter().map(line).collect::<String>()
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
fn verdict(table: &ExperimentTable, line: &Line) -> String {
    match table.against {
        Some(_) => format!(" {} |", line.verdict),
        None => String::new(),
    }
}

/// F1, precision and recall of one line; [`NONE`] where there is no such figure.
fn cells(line: &Line, form: fn(&Cell) -> String) -> [String; 3] {
    line.cells
        .each_ref()
        .map(|cell| cell.as_ref().map_or_else(|| NONE.to_owned(), form))
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
mod tests {
    use super::super::fixtures;
    use super::*;

    fn plain(table: ExperimentTable) -> String {
        render(&fixtures::alike(&[table], &Style::default()))
    }

    #[test]
    fn a_line_of_the_published_table_is_reproduced() {
        let style = Style {
            f1: super::super::F1Source::Counts,
            ..Style::published()
        };
        let text = render(&fixtures::alike(&[fixtures::published()], &style));
        insta::assert_snapshot!(text, @r"
        ### quickstart

        |Models| F1 | P | R |
        |:-----:|:--:|:-:|:-:|
        |bow|56.40(–)|63.07(–)|51.00(–)|
        |FSL distilBERT|64.41(4.65)|65.34(2.87)|64.80(10.39)|

        n = 4 trials per row (rows without randomness run once: –); median (population sd, ddof 0) over trials, in percent; varied: init, order, dropout; fixed: sample; 100 training texts, 2,000 test texts.
        ");
        assert!(text.contains("\n|FSL distilBERT|64.41(4.65)|65.34(2.87)|64.80(10.39)|\n"));
    }

    #[test]
    fn a_complete_table() {
        insta::assert_snapshot!(plain(fixtures::complete()), @r"
        ### Positive or negative tweet, from 100 labelled texts

        |Models| F1 | P | R |
        |:-----:|:--:|:-:|:-:|
        |bow|56.40(–)|63.07(–)|51.00(–)|
        |FSL MiniLM|67.22(2.48)|69.88(1.20)|64.94(4.95)|

        n = 4 trials per row (rows without randomness run once: –); mean (sample sd, ddof 1) over trials, in percent; varied: init, order, dropout; fixed: sample; 100 training texts, 2,000 test texts.
        ");
    }

    #[test]
    fn one_run_has_no_spread() {
        insta::assert_snapshot!(plain(fixtures::one_run()), @r"
        ### Positive or negative tweet, from 100 labelled texts

        |Models| F1 | P | R |
        |:-----:|:--:|:-:|:-:|
        |Random|50.73(–)|50.44(–)|51.02(–)|
        |bow|56.40(–)|63.07(–)|51.00(–)|

        n = 1 trial per row, without spread (–), in percent; 100 training texts, 2,000 test texts.
        ");
    }

    #[test]
    fn a_blocked_row_says_why_and_what_to_do() {
        insta::assert_snapshot!(plain(fixtures::blocked()), @r"
        ### Positive or negative tweet, from 100 labelled texts

        |Models| F1 | P | R |
        |:-----:|:--:|:-:|:-:|
        |bow|56.40(–)|63.07(–)|51.00(–)|
        |FSL distilBERT|–|–|–|

        - FSL distilBERT: blocked: encoder `distilbert-base-uncased` could not be fetched; hint: fsl-exp fetch distilbert-base-uncased

        n = 1 trial per row, without spread (–), in percent; 100 training texts, 2,000 test texts.
        ");
    }

    #[test]
    fn unfinished_rows_say_how_far_they_are() {
        insta::assert_snapshot!(plain(fixtures::partial()), @r"
        ### Positive or negative tweet, from 100 labelled texts

        |Models| F1 | P | R |
        |:-----:|:--:|:-:|:-:|
        |bow|56.40(–)|63.07(–)|51.00(–)|
        |FSL MiniLM|66.38(2.65)|69.75(1.06)|63.38(3.71)|
        |probe|–|–|–|
        |distill MiniLM experts|–|–|–|

        - FSL MiniLM: 2 of 4 trials finished, 1 failed
        - probe: 0 of 4 trials finished, 4 failed
        - distill MiniLM experts: not run yet

        n = up to 4 trials per row (rows without randomness run once: –); mean (sample sd, ddof 1) over trials, in percent; varied: init, order, dropout; fixed: sample; 100 training texts, 2,000 test texts.
        ");
    }

    #[test]
    fn published_cells_stand_beneath_their_row() {
        let lines = |layout| {
            let style = Style {
                published: true,
                layout,
                ..Style::default()
            };
            let text = render(&fixtures::alike(&[fixtures::compared()], &style));
            let lines = text.lines().filter(|line| line.starts_with('|'));
            lines.collect::<Vec<_>>().join("\n")
        };
        insta::assert_snapshot!(lines(MarkdownLayout::Published), @"
        |Models| F1 | P | R |
        |:-----:|:--:|:-:|:-:|
        |bow|56.40(–)|63.07(–)|51.00(–)|
        |↳ published|56.40(–)|63.07(–)|51.00(–)|
        |FSL MiniLM|67.22(2.48)|69.88(1.20)|64.94(4.95)|
        |↳ published (median, ddof 0)|64.41(4.65)|65.34(2.87)|–|
        ");
        insta::assert_snapshot!(lines(MarkdownLayout::Detailed), @"
        | row | n | F1 | P | R |
        |:--|--:|--:|--:|--:|
        | bow | 1 | 56.40 ± – | 63.07 ± – | 51.00 ± – |
        | ↳ published | 1 | 56.40 ± – | 63.07 ± – | 51.00 ± – |
        | FSL MiniLM | 4 | 67.22 ± 2.48 | 69.88 ± 1.20 | 64.94 ± 4.95 |
        | ↳ published (median, ddof 0) | 15 | 64.41 ± 4.65 | 65.34 ± 2.87 | – |
        ");
    }

    #[test]
    fn hostile_labels_stay_in_their_cells() {
        insta::assert_snapshot!(plain(fixtures::hostile()), @r#"
        ### two lines \| and # a hash

        |Models| F1 | P | R |
        |:-----:|:--:|:-:|:-:|
        |a\|b \\\| c|100.00(–)|100.00(–)|100.00(–)|
        |say "so", then break�\[31m|100.00(–)|100.00(–)|100.00(–)|
        |少样本学习 モデル|100.00(–)|100.00(–)|100.00(–)|
        |\*bold\* &lt;b> \`code\` \[x](y) FSL_mean \_x\_|100.00(–)|100.00(–)|100.00(–)|
        |very long label very long label very long label very long label very long label|100.00(–)|100.00(–)|100.00(–)|

        n = 1 trial per row, without spread (–), in percent; 100 training texts, 2,000 test texts.
        "#);
    }

    #[test]
    fn the_detailed_layout_has_the_terminals_columns() {
        let style = Style {
            layout: MarkdownLayout::Detailed,
            ..Style::default()
        };
        let tables = [fixtures::complete(), fixtures::partial()];
        insta::assert_snapshot!(render(&fixtures::alike(&tables, &style)), @r"
        ### Positive or negative tweet, from 100 labelled texts

        | row | n | F1 | P | R |
        |:--|--:|--:|--:|--:|
        | bow | 1 | 56.40 ± – | 63.07 ± – | 51.00 ± – |
        | FSL MiniLM | 4 | 67.22 ± 2.48 | 69.88 ± 1.20 | 64.94 ± 4.95 |

        n = 4 trials per row (rows without randomness run once: –); mean ± sample sd (ddof 1) over trials, in percent; varied: init, order, dropout; fixed: sample; 100 training texts, 2,000 test texts.

        ### Positive or negative tweet, from 100 labelled texts

        | row | n | F1 | P | R | state |
        |:--|--:|--:|--:|--:|:--|
        | bow | 1 | 56.40 ± – | 63.07 ± – | 51.00 ± – | complete |
        | FSL MiniLM | 2 | 66.38 ± 2.65 | 69.75 ± 1.06 | 63.38 ± 3.71 | 2 of 4, 1 failed |
        | probe | 0 | – | – | – | 0 of 4, 4 failed |
        | distill MiniLM experts | 0 | – | – | – | missing |

        - FSL MiniLM: 2 of 4 trials finished, 1 failed
        - probe: 0 of 4 trials finished, 4 failed
        - distill MiniLM experts: not run yet

        n = up to 4 trials per row (rows without randomness run once: –); mean ± sample sd (ddof 1) over trials, in percent; varied: init, order, dropout; fixed: sample; 100 training texts, 2,000 test texts.
        ");
    }
}
