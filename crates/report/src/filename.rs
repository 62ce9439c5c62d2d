//! Names of files out of names that may hold anything.

use fsl_common::fsio::sha256_hex;

/// The longest name that is kept as it is, in bytes. Most file systems allow 255, of which an ending needs some.
const LONGEST: usize = 150;
/// Digits of the hash that tells changed names apart.
const DIGITS: usize = 8;

/// `name` as one part of a path: what is not in `A-Z a-z 0-9 _ = , . [ ] -`, a leading full stop, and what is too long are replaced by
/// `-` or left out. A name that is changed gets a part of its own hash, so that different names stay different.
pub fn file_name(name: &str) -> String {
    let plain = |(index, letter): (usize, char)| match letter {
        '.' if index == 0 => '-',
        'A'..='Z' | 'a'..='z' | '0'..='9' | '_' | '=' | ',' | '.' | '[' | ']' | '-' => letter,
        _ => '-',
    };
    let kept: String = name.chars().enumerate().map(plain).take(LONGEST).collect();
    if kept == name && !name.is_empty() {
        return kept;
    }
    format!("{kept}-{}", &sha256_hex(name.as_bytes())[..DIGITS])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for name in [
            "fsl",
            "bow[train-size=25]",
            "bow[c=0.5,preprocess=none]",
            "a_b.c",
        ] {
            assert_eq!(file_name(name), name);
        }
    }

    #[test]
    fn no_name_leads_elsewhere_or_takes_another_s_place() {
        let hostile = [
            "bow[train=../../proj/data/t2.csv]",
            "bow[train=..-..-proj-data-t2.csv]",
            "bow[train=../../proj/data-t2.csv]",
            "..",
            "../x",
            ".hidden",
            "",
            "a\\b",
            "a:b",
            "a\u{7}b",
            "模型",
            "型模",
            &"x".repeat(400),
            &format!("{}y", "x".repeat(399)),
        ];
        let names: std::collections::BTreeSet<String> =
            hostile.iter().map(|name| file_name(name)).collect();
        assert_eq!(names.len(), hostile.len(), "{names:?}");
        for name in names {
            let is_plain =
                |letter: char| letter.is_ascii_alphanumeric() || "_=,.[]-".contains(letter);
            assert!(name.chars().all(is_plain), "{name}");
            assert!(
                !name.starts_with('.') && name.len() <= LONGEST + 9,
                "{name}"
            );
        }
    }
}
