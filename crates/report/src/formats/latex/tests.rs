//! Snapshots of LaTeX.

use super::*;
use crate::output::{Layout, Output};
use crate::{Against, ExperimentTable, Style, fixtures};

fn shown(tables: &[ExperimentTable]) -> String {
    fixtures::shown(&fixtures::alike(tables, &Style::default()), "latex")
}

#[test]
fn verdicts_are_marks_with_a_note() {
    let mut table = fixtures::partial();
    let plain = shown(std::slice::from_ref(&table));
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
    let text = shown(std::slice::from_ref(&table));
    for part in [
        "    bow & 1 &",
        "    FSL MiniLM$^{+}$ & 2 &",
        "    probe$^{-}$ & 0 &",
        "compared with bow\\_1 at a margin of 1.00 points",
        "\\end{tabular}\n  \\par\\smallskip\n  {\\footnotesize $^{+}$ better, $^{-}$ worse, $^{=}$ equivalent;",
    ] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
}

/// A part without a caption, such as one spread of `variance`, keeps its title and can be referred to.
#[test]
fn a_title_alone_is_the_caption() {
    let mut document =
        fixtures::alike(&[fixtures::complete()], &Style::default()).document(Layout::Paper);
    document.sections[0].retain(|block| !matches!(block, Block::Caption(_)));
    let text = render(&document);
    assert!(
        text.contains("\\caption{Positive or negative tweet, from 100 labelled texts}\n  \\label{tab:quickstart}\n"),
        "{text}"
    );
}

#[test]
fn several_experiments_are_groups_with_the_best_in_bold() {
    let tables = [fixtures::complete(), fixtures::blocked()];
    insta::assert_snapshot!(shown(&tables), @r"
    % \usepackage{booktabs}
    \begin{table}
      \centering
      \caption{n = 4 trials per row (rows without randomness run once: --); mean $\pm$ sample sd (ddof 1) over trials, in percent except MCC; varied: init, order, dropout; fixed: sample; 100 training texts, 2,000 test texts. n = 1 trial per row, without spread (--), in percent except MCC; 100 training texts, 2,000 test texts.}
      \label{tab:quickstart}
      \begin{tabular}{lrrrrr}
        \toprule
        & $n$ & F1 & P & R & MCC \\
        \midrule
        \multicolumn{6}{l}{\emph{Positive or negative tweet, from 100 labelled texts}} \\
        bow & 1 & $56.40$ & $63.07$ & $51.00$ & $0.215$ \\
        FSL MiniLM & 4 & $\mathbf{67.22} \pm 2.48$ & $69.88 \pm 1.20$ & $64.94 \pm 4.95$ & $0.371 \pm 0.024$ \\
        \midrule
        \multicolumn{6}{l}{\emph{Positive or negative tweet, from 100 labelled texts}} \\
        bow & 1 & $56.40$ & $63.07$ & $51.00$ & $0.215$ \\
        FSL distilBERT & 0 & -- & -- & -- & -- \\
        % FSL distilBERT: blocked: encoder `distilbert-base-uncased` could not be fetched
        \bottomrule
      \end{tabular}
    \end{table}
    ");
}

#[test]
fn hostile_labels_are_text() {
    let tables = [fixtures::hostile()];
    let text = shown(&tables);
    insta::assert_snapshot!(text, @r#"
    % \usepackage{booktabs}
    \begin{table}
      \centering
      \caption{n = 1 trial per row, without spread (--), in percent except MCC; 100 training texts, 2,000 test texts.}
      \label{tab:quickstart}
      \begin{tabular}{lrrrrr}
        \toprule
        & $n$ & F1 & P & R & MCC \\
        \midrule
        a|b \textbackslash{}| c & 1 & $\mathbf{100.00}$ & $100.00$ & $100.00$ & $1.000$ \\
        say "so", then break\textbackslash{}u\{1b\}[31m & 1 & $\mathbf{100.00}$ & $100.00$ & $100.00$ & $1.000$ \\
        少样本学习 モデル & 1 & $\mathbf{100.00}$ & $100.00$ & $100.00$ & $1.000$ \\
        {}*bold* \textless{}b\textgreater{} `code` [x](y) FSL\_mean \_x\_ & 1 & $\mathbf{100.00}$ & $100.00$ & $100.00$ & $1.000$ \\
        very long label very long label very long label very long label very long label  & 1 & $\mathbf{100.00}$ & $100.00$ & $100.00$ & $1.000$ \\
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
        ("\u{7}", "\\textbackslash{}u\\{7\\}"),
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
    assert!(!shown(std::slice::from_ref(&table)).contains("addlinespace"));
    table.rows = arms;
    let text = shown(std::slice::from_ref(&table));
    assert_eq!(
        text.matches("\\addlinespace\n    bow &").count(),
        1,
        "{text}"
    );
    assert_eq!(text.matches("addlinespace").count(), 1, "{text}");
}
