//! Texts in CSV files that a spreadsheet may open: none may be taken for a formula.
//!
//! Spreadsheets compute cells that begin with `=`, `+`, `-` or `@`, also after a tab or a line break, and a formula can send the
//! other cells away (OWASP, *CSV Injection*). A quote before it makes the cell a text.

use std::borrow::Cow;

/// Texts that pandas takes for missing values (`pandas.read_csv`, `na_values`).
const MISSING_IN_PANDAS: [&str; 19] = [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
];

/// Whether pandas reads the text as a missing value unless it is told not to.
pub fn is_missing_in_pandas(text: &str) -> bool {
    MISSING_IN_PANDAS.contains(&text)
}

/// `text` as it is written into an export: with a single quote before it if a spreadsheet would take it for a formula, or if
/// [`unescaped`] would take a quote from it. Numbers stay, with their sign.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if is_marked(text) && !is_number(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text that [`escaped`] made this of.
pub fn unescaped(written: &str) -> &str {
    match written.strip_prefix('\'') {
        Some(text) if is_marked(text) => text,
        _ => written,
    }
}

/// Whether it begins with what begins a formula, after any number of single quotes.
fn is_marked(text: &str) -> bool {
    let marks = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    text.trim_start_matches('\'').starts_with(marks)
}

/// Whether it is a number with a sign, such as `-1` or `+2.5e-3`.
fn is_number(text: &str) -> bool {
    let mut rest = text.bytes().skip(1);
    rest.next()
        .is_some_and(|first| first.is_ascii_digit() || first == b'.')
        && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_escaped_and_read_back_and_the_rest_stays() {
        for (text, written) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
            ("-cmd", "'-cmd"),
            ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("＝1", "'＝1"),
            ("-", "'-"),
            ("-inf", "'-inf"),
            ("'=1", "''=1"),
            ("''=1", "'''=1"),
            ("-1", "-1"),
            ("+2.5e-3", "+2.5e-3"),
            ("-.5", "-.5"),
            ("spam", "spam"),
            ("'tis", "'tis"),
            ("a=1", "a=1"),
            (" =1", " =1"),
            ("", ""),
        ] {
            assert_eq!(escaped(text), written);
            assert_eq!(unescaped(written), text);
        }
    }
}
