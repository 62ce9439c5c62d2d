//! Tables for papers, with `booktabs`.

use super::caption::{self, Notation};
use super::display_rows::{DisplayRow, best_f1, lines};
use super::metric_summary::{Cell, NONE};
use super::text::one_line;
use super::{ExperimentTable, RowState, Style, Styled};
use fsl_metrics::{Metric, Verdict};

/// What the marks beside rows mean; the caption says against which row, and at which margin.
const MARKS: &str = "  \\par\\smallskip\n  {\\footnotesize $^{+}$ better, $^{-}$ worse, $^{=}$ equivalent; no mark: undecided, or not judged}\n";

/// One `table` for all experiments, each a group under its title; the best F1 of each group is bold. Needs `\usepackage{booktabs}`.
pub(super) fn render(tables: &[Styled]) -> String {
    if tables.is_empty() {
        return String::new();
    }
    let groups: Vec<String> = tables
        .iter()
        .map(|(table, style)| group(table, style, tables.len() > 1))
        .collect();
    let mut captions: Vec<String> = tables
        .iter()
        .map(|(table, style)| caption::sentence(table, style, Notation::PlusMinus))
        .collect();
    captions.dedup();
    let label = tables.first().map_or("", |(table, _)| table.name.as_str());
    let headings: Vec<String> = Metric::in_tables()
        .map(|metric| escape(metric.heading))
        .collect();
    let judged = tables.iter().any(|(table, _)| table.against.is_some());
    let marks = if judged { MARKS } else { "" };
    format!(
        "% \\usepackage{{booktabs}}\n\\begin{{table}}\n  \\centering\n  \\caption{{{}}}\n  \\label{{tab:{}}}\n  \
         \\begin{{tabular}}{{lr{}}}\n    \\toprule\n    & $n$ & {} \\\\\n    \\midrule\n{}    \\bottomrule\n  \
         \\end{{tabular}}\n{marks}\\end{{table}}\n",
        escape(&captions.join(" ")),
        // Labels of experiments are letters, digits, hyphens and underscores, all of which a label may hold.
        label,
        "r".repeat(headings.len()),
        headings.join(" & "),
        groups.join("    \\midrule\n")
    )
}

fn group(table: &ExperimentTable, style: &Style, titled: bool) -> String {
    let mut text = String::new();
    if titled {
        let title = escape(table.heading());
        let columns = 2 + Metric::in_tables().count();
        text += &format!("    \\multicolumn{{{columns}}}{{l}}{{\\emph{{{title}}}}} \\\\\n");
    }
    let best = best_f1(table, style);
    let swept = table.rows.iter().any(|row| !row.point.is_empty());
    for line in lines(table, style) {
        let is_best = line.row.is_some_and(|row| best.contains(&row));
        let verdict = line.row.and_then(|row| table.rows[row].diagnostics.verdict);
        if swept && line.row.is_some_and(|row| begins_group(table, row)) {
            text += "    \\addlinespace\n";
        }
        text += &row(&line, is_best, mark(verdict));
    }
    for row in &table.rows {
        if let RowState::Blocked { reason, .. } = &row.state {
            text += &format!(
                "    % {}: blocked: {}\n",
                one_line(&row.label),
                one_line(reason)
            );
        }
    }
    text
}

/// Whether another row of the spec stands above this one: arms of one row stand together.
fn begins_group(table: &ExperimentTable, row: usize) -> bool {
    let above = row.checked_sub(1).and_then(|above| table.rows.get(above));
    above.is_some_and(|above| above.arm_of != table.rows[row].arm_of)
}

/// The mark of a row's verdict; none of one that says nothing.
fn mark(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Better) => "$^{+}$",
        Some(Verdict::Worse) => "$^{-}$",
        Some(Verdict::Equivalent) => "$^{=}$",
        Some(Verdict::Undecided) | None => "",
    }
}

fn row(line: &DisplayRow, is_best: bool, mark: &str) -> String {
    let cells = line
        .cells
        .iter()
        .enumerate()
        .map(|(column, (_, cell))| match cell {
            Some(cell) => self::cell(cell, is_best && column == 0),
            None => "--".to_owned(),
        });
    let cells: Vec<String> = cells.collect();
    format!(
        "    {}{mark} & {} & {} \\\\\n",
        first_cell(&line.label),
        escape(&line.n),
        cells.join(" & ")
    )
}

fn cell(cell: &Cell, bold: bool) -> String {
    let center = if bold {
        format!("\\mathbf{{{}}}", cell.center)
    } else {
        cell.center.clone()
    };
    if cell.spread == NONE {
        format!("${center}$")
    } else {
        format!("${center} \\pm {}$", cell.spread)
    }
}

/// [`escape`] for the first cell of a line: the `\\\\` or the rule above it would take a `*` or a `[` for its own.
pub(super) fn first_cell(text: &str) -> String {
    let escaped = escape(text);
    if escaped.trim_start().starts_with(['*', '[']) {
        return format!("{{}}{escaped}");
    }
    escaped
}

/// `text` on one line, with the characters that LaTeX takes for commands disarmed.
pub(super) fn escape(text: &str) -> String {
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
            '↳' => escaped += "$\\hookrightarrow$",
            // No font of LaTeX's own has it, and the file would not be set.
            char::REPLACEMENT_CHARACTER => escaped.push('?'),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Against, fixtures};

    #[test]
    fn verdicts_are_marks_with_a_note() {
        let mut table = fixtures::partial();
        let plain = render(&[(&table, Style::default())]);
        assert!(!plain.contains("$^{"), "{plain}");
        let words = [None, Some(Verdict::Better), Some(Verdict::Worse), None];
        for (row, word) in table.rows.iter_mut().zip(words) {
            row.diagnostics.verdict = word;
        }
        table.against = Some(Against {
            label: "bow_1".to_owned(),
            margin: 0.01,
            comparisons: 2,
        });
        let text = render(&[(&table, Style::default())]);
        for part in [
            "    bow & 1 &",
            "    FSL MiniLM$^{+}$ & 2 &",
            "    probe$^{-}$ & 0 &",
            "judged against bow\\_1 at a margin of 1.00 points",
            "\\end{tabular}\n  \\par\\smallskip\n  {\\footnotesize $^{+}$ better, $^{-}$ worse, $^{=}$ equivalent;",
        ] {
            assert!(text.contains(part), "{part}:\n{text}");
        }
    }

    #[test]
    fn several_experiments_are_groups_with_the_best_in_bold() {
        let tables = [fixtures::complete(), fixtures::blocked()];
        insta::assert_snapshot!(render(&fixtures::alike(&tables, &Style::default())), @r"
        % \usepackage{booktabs}
        \begin{table}
          \centering
          \caption{n = 4 trials per row (rows without randomness run once: --); mean $\pm$ sample sd (ddof 1) over trials, in percent; varied: init, order, dropout; fixed: sample; 100 training texts, 2,000 test texts. n = 1 trial per row, without spread (--), in percent; 100 training texts, 2,000 test texts.}
          \label{tab:quickstart}
          \begin{tabular}{lrrrr}
            \toprule
            & $n$ & F1 & P & R \\
            \midrule
            \multicolumn{5}{l}{\emph{Positive or negative tweet, from 100 labelled texts}} \\
            bow & 1 & $56.40$ & $63.07$ & $51.00$ \\
            FSL MiniLM & 4 & $\mathbf{67.22} \pm 2.48$ & $69.88 \pm 1.20$ & $64.94 \pm 4.95$ \\
            \midrule
            \multicolumn{5}{l}{\emph{Positive or negative tweet, from 100 labelled texts}} \\
            bow & 1 & $56.40$ & $63.07$ & $51.00$ \\
            FSL distilBERT & 0 & -- & -- & -- \\
            % FSL distilBERT: blocked: encoder `distilbert-base-uncased` could not be fetched
            \bottomrule
          \end{tabular}
        \end{table}
        ");
    }

    #[test]
    fn hostile_labels_are_text() {
        let tables = [fixtures::hostile()];
        let text = render(&fixtures::alike(&tables, &Style::default()));
        insta::assert_snapshot!(text, @r#"
        % \usepackage{booktabs}
        \begin{table}
          \centering
          \caption{n = 1 trial per row, without spread (--), in percent; 100 training texts, 2,000 test texts.}
          \label{tab:quickstart}
          \begin{tabular}{lrrrr}
            \toprule
            & $n$ & F1 & P & R \\
            \midrule
            a|b \textbackslash{}| c & 1 & $\mathbf{100.00}$ & $100.00$ & $100.00$ \\
            say "so", then break?[31m & 1 & $\mathbf{100.00}$ & $100.00$ & $100.00$ \\
            少样本学习 モデル & 1 & $\mathbf{100.00}$ & $100.00$ & $100.00$ \\
            {}*bold* \textless{}b\textgreater{} `code` [x](y) FSL\_mean \_x\_ & 1 & $\mathbf{100.00}$ & $100.00$ & $100.00$ \\
            very long label very long label very long label very long label very long label  & 1 & $\mathbf{100.00}$ & $100.00$ & $100.00$ \\
            \bottomrule
          \end{tabular}
        \end{table}
        "#);
        assert_eq!(
            escape("\\input{x} 100% a_b"),
            "\\textbackslash{}input\\{x\\} 100\\% a\\_b"
        );
    }

    #[test]
    fn a_label_is_not_taken_for_an_option_of_the_line_above() {
        for (label, cell) in [
            ("[x] bow", "{}[x] bow"),
            ("*", "{}*"),
            ("bow [c=1]*", "bow [c=1]*"),
            ("\u{7}", "?"),
        ] {
            assert_eq!(first_cell(label), cell);
        }
    }

    #[test]
    fn arms_of_a_row_stand_together() {
        let mut table = fixtures::one_run();
        let arm = |row: usize, of: &str| {
            let mut arm = table.rows[row].clone();
            arm.arm_of = of.to_owned();
            arm.point = vec![("trials.seed".to_owned(), 1.into())];
            arm
        };
        let arms = vec![
            arm(0, "random"),
            arm(0, "random"),
            arm(1, "bow"),
            arm(1, "bow"),
        ];
        assert!(!render(&[(&table, Style::default())]).contains("addlinespace"));
        table.rows = arms;
        let text = render(&[(&table, Style::default())]);
        assert_eq!(
            text.matches("\\addlinespace\n    bow &").count(),
            1,
            "{text}"
        );
        assert_eq!(text.matches("addlinespace").count(), 1, "{text}");
    }
}
