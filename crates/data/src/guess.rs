//! Guesses at what a user forgot where a label is none of the classes, or where classes look alike.

use std::cmp::Ordering;

use unicode_normalization::UnicodeNormalization as _;

use fsl_common::spelling::nearest;

use super::distinct::{DistinctLabel, number, quoted, shown};

/// Words that stand for one of two answers.
const ANSWERS: [&str; 14] = [
    "true", "false", "yes", "no", "y", "n", "t", "f", "positive", "negative", "pos", "neg", "on",
    "off",
];

/// How two labels differ that are probably meant to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// They are the same number.
    Number,
    /// In upper and lower case.
    Case,
    /// In spaces, and perhaps in case.
    Spaces,
    /// In how Unicode spells them: composed or not, or with characters that cannot be seen.
    Spelling,
}

impl Difference {
    /// How `left` and `right` differ, if in nothing else.
    pub(super) fn between(left: &str, right: &str) -> Option<Self> {
        if let (Some(left), Some(right)) = (number(left), number(right)) {
            let is_same = left.partial_cmp(&right) == Some(Ordering::Equal);
            return is_same.then_some(Self::Number);
        }
        let (left, right) = (left.to_lowercase(), right.to_lowercase());
        let joined = |text: &str| text.split_whitespace().collect::<String>();
        if left == right {
            Some(Self::Case)
        } else if joined(&left) == joined(&right) {
            Some(Self::Spaces)
        } else if left.is_ascii() && right.is_ascii() {
            None
        } else {
            (visible(&left) == visible(&right)).then_some(Self::Spelling)
        }
    }

    /// What two labels with this difference are.
    pub(super) fn described(self) -> &'static str {
        match self {
            Self::Number => "are the same number",
            Self::Case => "differ in upper and lower case only",
            Self::Spaces => "differ in spaces only",
            Self::Spelling => "look the same but consist of different Unicode characters",
        }
    }
}

/// What can be seen of a label, each character in its composed form, without spaces.
fn visible(label: &str) -> String {
    let is_invisible = |character: &char| {
        character.is_whitespace()
            || matches!(
                character,
                '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}'
            )
    };
    let shown = label.chars().filter(|character| !is_invisible(character));
    shown.nfkc().collect()
}

/// What to do about labels that are none of the classes, the label of the most telling guess first.
pub(super) fn hint(unknown: &[DistinctLabel], classes: &[String], column: &str) -> String {
    let guess = |label: &DistinctLabel| guess(label, classes, column);
    if let Some(hint) = unknown.iter().take(1_000).find_map(guess) {
        return hint;
    }
    let names = quoted(classes);
    if classes == ["0", "1"] {
        return "write labels as `0` and `1`, or list the classes in `data.classes` or `--classes`"
            .to_owned();
    }
    format!(
        "correct these labels, or list all classes in `data.classes` or `--classes` (now {names}) and give each training texts"
    )
}

fn guess(label: &DistinctLabel, classes: &[String], column: &str) -> Option<String> {
    let name = &label.name;
    let written = shown(name);
    if name == column {
        let line = label.first_line;
        return Some(format!(
            "line {line} seems to be the header again; remove it"
        ));
    }
    let like = |class: &&String| Difference::between(name, class).is_some();
    if let Some(class) = classes.iter().find(like) {
        return Some(format!("write `{written}` as `{}`", shown(class)));
    }
    let is_answer = ANSWERS.contains(&name.to_lowercase().as_str());
    if is_answer && classes == ["0", "1"] {
        return Some(format!(
            "write labels as `0` and `1`, or list the classes in `data.classes` or `--classes`, such as {}",
            example(&name.to_lowercase())
        ));
    }
    // Digits are near to every other digit.
    if number(name).is_some() {
        return None;
    }
    let near = nearest(name, classes.iter().map(String::as_str))?;
    let near = shown(&near);
    Some(format!("did you mean `{near}` where it says `{written}`?"))
}

/// Both answers of the pair that `word` is one of.
fn example(word: &str) -> String {
    let place = ANSWERS.iter().position(|&answer| answer == word);
    let first = place.unwrap_or(0) / 2 * 2;
    format!("`[\"{}\", \"{}\"]`", ANSWERS[first + 1], ANSWERS[first])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_are_meant_to_be_one_are_found() {
        for (left, right, difference) in [
            ("1", "01", Some(Difference::Number)),
            ("1", "1.", Some(Difference::Number)),
            ("1", "-1", None),
            ("Spam", "spam", Some(Difference::Case)),
            ("not spam", "Not  Spam", Some(Difference::Spaces)),
            ("caf\u{e9}", "cafe\u{301}", Some(Difference::Spelling)),
            ("spam", "spam\u{200b}", Some(Difference::Spelling)),
            ("\u{feff}Spam", "spam", Some(Difference::Spelling)),
            ("café", "cafe", None),
            ("spam", "ham", None),
            ("1", "one", None),
        ] {
            assert_eq!(Difference::between(left, right), difference, "{left}");
        }
    }

    #[test]
    fn the_hint_says_what_was_forgotten() {
        let hint = |unknown: &str, classes: &[&str]| {
            let classes: Vec<String> = classes.iter().map(|&name| name.to_owned()).collect();
            let unknown = DistinctLabel {
                name: unknown.to_owned(),
                count: 2,
                first_line: 7,
            };
            hint(&[unknown], &classes, "label")
        };
        let pair = ["0", "1"];
        for (unknown, classes, expected) in [
            (
                "label",
                &pair[..],
                "line 7 seems to be the header again; remove it",
            ),
            ("01", &pair, "write `01` as `1`"),
            ("SPAM", &["ham", "spam"], "write `SPAM` as `spam`"),
            (
                "offen sive",
                &["hate", "offensive"],
                "write `offen sive` as `offensive`",
            ),
            (
                "True",
                &pair,
                "write labels as `0` and `1`, or list the classes in `data.classes` or `--classes`, such as `[\"false\", \"true\"]`",
            ),
            (
                "2",
                &pair,
                "write labels as `0` and `1`, or list the classes in `data.classes` or `--classes`",
            ),
            (
                "offensiv",
                &["hate", "offensive"],
                "did you mean `offensive` where it says `offensiv`?",
            ),
            (
                "neither",
                &["hate", "offensive"],
                "correct these labels, or list all classes in `data.classes` or `--classes` (now `hate`, `offensive`) and give each training texts",
            ),
        ] {
            assert_eq!(hint(unknown, classes), expected);
        }
    }
}
