//! A guess at what is wrong with a header that lacks a column.

use fsl_common::shown;
use fsl_common::spelling::nearest;

use super::distinct::number;

/// The longest name that a question shows in full, in characters.
const LONGEST_NAME: usize = 200;

/// The delimiter that the header was probably written with, that there is none, or the nearest name.
pub(super) fn missing_column_hint(column: &str, present: &[String]) -> Option<String> {
    if let Some(delimiter) = other_delimiter(column, present) {
        return Some(format!(
            "the fields seem to be separated by {delimiter:?}; set `data.delimiter` or `--delimiter`"
        ));
    }
    if column == "text_pp" && present.iter().any(|name| name == "text") {
        return Some("`fsl-exp preprocess` adds `text_pp`, made from `text`".to_owned());
    }
    let names = present.iter().map(String::as_str);
    if let Some(near) = nearest(column, names.filter(|name| !is_data(name))) {
        return Some(did_you_mean(&near));
    }
    let hint = "the file seems to have no header; add a first line with the names of the columns";
    (present.iter().any(|name| is_data(name))).then(|| hint.to_owned())
}

/// The question with a name of a file, which may hold anything.
pub(super) fn did_you_mean(near: &str) -> String {
    let near = shown::line(near);
    format!("did you mean `{}`?", shown::cut(&near, LONGEST_NAME))
}

/// The sign that separates the fields of a header in which no other one does, or by which it has the column.
fn other_delimiter(column: &str, present: &[String]) -> Option<char> {
    let signs = [';', '\t', '|', ','];
    if let [only] = present {
        return signs.into_iter().find(|&sign| only.contains(sign));
    }
    let has_column = |sign: &char| {
        present.iter().any(|name| {
            name.contains(*sign)
                && name
                    .split(*sign)
                    .any(|part| part.trim_matches('"') == column)
        })
    };
    signs.into_iter().find(has_column)
}

/// Whether a name in a header is more like a field of a row: a number or a sentence.
fn is_data(name: &str) -> bool {
    number(name.trim()).is_some() || name.split_whitespace().count() > 5
}
