//! The files that a paper includes: tables, settings, error bars and references.

use super::Styled;
use super::caption;
use super::document::Notation;
use super::formats::{latex, markdown};
use super::output::{Layout, Output};
use super::runs::OutputFile;

/// A row's settings by dotted name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The row's name.
    pub row: String,
    /// Names and values, in the order of the spec.
    pub values: Vec<(String, String)>,
}

/// A work to cite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citation {
    /// The catalogue's name of what it is cited for.
    pub name: String,
    /// What that is, in a sentence.
    pub about: String,
    /// The work.
    pub citation: String,
}

/// `table.tex`, `table.md`, `settings.tex`, `settings.md`, `error-bars.txt` and `references.bib`.
pub fn paper(tables: &[Styled], settings: &[Settings], works: &[Citation]) -> Vec<OutputFile> {
    let tables = tables.to_vec();
    let sentences: Vec<String> = tables
        .iter()
        .map(|(table, style)| {
            let sentence = caption::sentence(table, style, Notation::PlusMinus).plain();
            format!("{}: {sentence}\n", table.heading())
        })
        .collect();
    [
        ("table.tex", latex::render(&tables.document(Layout::Paper))),
        ("table.md", markdown::render(&tables.document(Layout::Wide))),
        ("settings.tex", settings_latex(settings)),
        ("settings.md", settings_markdown(settings)),
        ("error-bars.txt", sentences.concat()),
        ("references.bib", references(works)),
    ]
    .into_iter()
    .map(|(path, text)| OutputFile {
        path: path.to_owned(),
        bytes: text.into_bytes(),
    })
    .collect()
}

fn settings_latex(settings: &[Settings]) -> String {
    let mut text = "% \\usepackage{booktabs}\n\\begin{tabular}{lll}\n  \\toprule\n  row & setting & value \\\\\n".to_owned();
    for row in settings {
        text += "  \\midrule\n";
        for (index, (name, value)) in row.values.iter().enumerate() {
            let label = if index == 0 { row.row.as_str() } else { "" };
            text += &format!(
                "  {} & {} & {} \\\\\n",
                latex::first_cell(label),
                latex::escape(name),
                latex::escape(value)
            );
        }
    }
    text + "  \\bottomrule\n\\end{tabular}\n"
}

fn settings_markdown(settings: &[Settings]) -> String {
    let mut text = "| row | setting | value |\n|:--|:--|:--|\n".to_owned();
    for row in settings {
        for (name, value) in &row.values {
            let cells = [&row.row, name, value].map(|cell| markdown::escape(cell));
            text += &format!("| {} |\n", cells.join(" | "));
        }
    }
    text
}

/// BibTeX of the kind that any style can set; the catalogue has citations as sentences.
fn references(works: &[Citation]) -> String {
    let entries = works.iter().map(|work| {
        format!(
            "@misc{{{},\n  title = {{{}}},\n  note = {{{}}}\n}}\n",
            work.name,
            latex::escape(&work.about),
            latex::escape(&work.citation)
        )
    });
    entries.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Style, fixtures};

    #[test]
    fn every_file_has_what_its_name_says() {
        let settings = [Settings {
            row: "FSL_mean".into(),
            values: vec![
                ("finetune.learning-rate".into(), "0.0001".into()),
                ("finetune.epochs".into(), "30".into()),
            ],
        }];
        let works = [Citation {
            name: "tweets".into(),
            about: "tweets & more".into(),
            citation: "Hutto, C. & Gilbert, E. (2014). VADER.".into(),
        }];
        let tables = [fixtures::complete()];
        let files = paper(
            &fixtures::alike(&tables, &Style::default()),
            &settings,
            &works,
        );
        let text = |name: &str| {
            let file = files.iter().find(|file| file.path == name).unwrap();
            String::from_utf8(file.bytes.clone()).unwrap()
        };
        assert!(text("table.tex").contains("\\toprule"));
        assert!(text("table.md").contains("| row | n | F1 |"));
        assert!(text("error-bars.txt").contains("mean ± sample sd (ddof 1)"));
        insta::assert_snapshot!(text("settings.tex"), @r"
        % \usepackage{booktabs}
        \begin{tabular}{lll}
          \toprule
          row & setting & value \\
          \midrule
          FSL\_mean & finetune.learning-rate & 0.0001 \\
           & finetune.epochs & 30 \\
          \bottomrule
        \end{tabular}
        ");
        insta::assert_snapshot!(text("settings.md"), @"
        | row | setting | value |
        |:--|:--|:--|
        | FSL_mean | finetune.learning-rate | 0.0001 |
        | FSL_mean | finetune.epochs | 30 |
        ");
        insta::assert_snapshot!(text("references.bib"), @r"
        @misc{tweets,
          title = {tweets \& more},
          note = {Hutto, C. \& Gilbert, E. (2014). VADER.}
        }
        ");
    }
}
