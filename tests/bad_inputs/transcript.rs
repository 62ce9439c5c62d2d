//! Transcripts: cases with the files that they change, the command that they run, and what it says.
//!
//! ```text
//! ## the seed is below 0            a case, in a workplace of its own with s.toml, train.csv and test.csv
//! ~ s.toml                          changes a file: the lines after `-` become those after `+`; without `-`, those are added
//! - seed = 42
//! + seed = -1
//! > train.csv                       writes a file; `> a.zip as zip`, with `@ NAME` before each member, `> a.csv.gz as gzip`
//! + text,label
//! copy golden/nn/bert enc           copies a file or folder, of tests/ where it begins with golden/
//! remove enc/vocab.txt
//! folder out
//! $ HF_TOKEN=x check s.toml         runs fsl-exp; what it says and how it ends follows, indented
//!     error: spec `s.toml`, line 9: …
//!     [exit 4]
//! ```
//!
//! In files and commands `\xff` is a byte, `\u{e9}` a character, `\t`, `\r`, `\n` and `\0` are what they are elsewhere; `\c` ends a
//! line without a line break, and `{3}a` is `aaa`.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use regex::Regex;

use crate::support::{Workplace, gzip, spec, zip};

/// A file of cases.
pub(super) struct Transcript {
    /// What stands before the first case.
    head: String,
    pub(super) cases: Vec<Case>,
}

/// A bad input, and what is said of it.
pub(super) struct Case {
    pub(super) title: String,
    steps: Vec<String>,
    pub(super) said: String,
}

impl Transcript {
    pub(super) fn parse(text: &str) -> Self {
        let mut parts = text.split("\n## ");
        let head = parts.next().unwrap().trim_end().to_owned();
        Self {
            head,
            cases: parts.map(Case::parse).collect(),
        }
    }

    /// The same cases, with what is said of them now.
    pub(super) fn replayed(&self) -> String {
        let cases = self.cases.iter().map(Case::replayed);
        format!(
            "{}\n\n{}\n",
            self.head,
            cases.collect::<Vec<_>>().join("\n\n")
        )
    }
}

impl Case {
    fn parse(text: &str) -> Self {
        let mut lines = text.trim_end().lines();
        let title = lines.next().unwrap().to_owned();
        let (said, steps): (Vec<&str>, Vec<&str>) =
            lines.partition(|line| line.starts_with("    ") || line.trim().is_empty());
        Self {
            title,
            steps: steps.into_iter().map(str::to_owned).collect(),
            said: said.join("\n").trim_end().to_owned(),
        }
    }

    fn replayed(&self) -> String {
        let place = Workplace::new();
        let row = "[[row]]\nid = \"a\"\nmethod.majority = {}";
        let plain = spec("s", "", row).replace("seed = 42\n\n", "seed = 42\n");
        place.write("s.toml", plain.trim_end().to_owned() + "\n");
        let mut shown = format!("## {}", self.title);
        let mut steps = self.steps.as_slice();
        while let Some((step, rest)) = steps.split_first() {
            let block = rest
                .iter()
                .take_while(|line| line.starts_with(['-', '+', '@']));
            let (block, rest) = rest.split_at(block.count());
            shown += &format!("\n{step}");
            for line in block {
                shown += &format!("\n{line}");
            }
            shown += &run_step(&place, step, block, &self.title);
            steps = rest;
        }
        shown
    }
}

/// Does a step; returns what was said, where it is a command.
fn run_step(place: &Workplace, step: &str, block: &[String], title: &str) -> String {
    let (verb, rest) = step.split_once(' ').unwrap_or((step, ""));
    let mut names = rest.split(' ').map(|name| place.join(name));
    let mut next = || names.next().unwrap();
    match verb {
        "$" => return said(place, rest),
        "~" => change(&next(), block, title),
        ">" => write(place, rest, block),
        "copy" => {
            let from = match rest.strip_prefix("golden/") {
                Some(_) => {
                    let (from, _) = rest.split_once(' ').unwrap();
                    next();
                    Path::new(env!("CARGO_MANIFEST_DIR"))
                        .join("tests")
                        .join(from)
                }
                None => next(),
            };
            copy(&from, &next());
        }
        "remove" => fs::remove_file(next()).unwrap(),
        "folder" => fs::create_dir_all(next()).unwrap(),
        _ => panic!("{title}: `{step}` is no step"),
    }
    String::new()
}

fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        fs::copy(from, to).unwrap();
        return;
    }
    fs::create_dir_all(to).unwrap();
    for entry in crate::support::entries(from) {
        copy(&entry, &to.join(entry.file_name().unwrap()));
    }
}

/// What the command says, indented, and how it ends.
fn said(place: &Workplace, line: &str) -> String {
    let mut command = place.command("");
    let mut words = line.split_whitespace().peekable();
    while let Some((name, value)) = words.peek().and_then(|word| word.split_once('='))
        && name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    {
        command.env(name, text(value));
        words.next();
    }
    command.args(words.map(text));
    command
        .env_remove("HF_TOKEN_PATH")
        .env("HF_HOME", place.join("hf"));
    let ran = place.ran(command.stdin(Stdio::null()));
    let both = ran.stdout + &ran.stderr;
    let mut shown = String::new();
    for line in steady(&both).trim_end().lines() {
        shown += format!("\n    {line}").trim_end_matches(' ');
    }
    format!("{shown}\n    [exit {}]", ran.code)
}

/// Without what differs from run to run: keys of trials.
fn steady(said: &str) -> String {
    let key = Regex::new(r"\b[0-9a-f]{32}\b").unwrap();
    key.replace_all(said, "[key]").into_owned()
}

fn change(path: &Path, block: &[String], title: &str) {
    let mut whole = fs::read(path).unwrap_or_default();
    let (old, new) = (lines(block, '-'), lines(block, '+'));
    if old.is_empty() {
        whole.extend(new);
    } else {
        let at = whole.windows(old.len()).position(|part| part == old);
        let at = at.unwrap_or_else(|| panic!("{title}: these lines are not in the file"));
        whole.splice(at..at + old.len(), new);
    }
    fs::write(path, whole).unwrap();
}

fn write(place: &Workplace, name: &str, block: &[String]) {
    let (name, kind) = name.split_once(" as ").unwrap_or((name, ""));
    let string = |block: &[String]| String::from_utf8(lines(block, '+')).unwrap();
    let bytes = match kind {
        "gzip" => gzip(&string(block)),
        "zip" => {
            let members: Vec<(String, String)> = block
                .chunk_by(|_, line| !line.starts_with('@'))
                .map(|member| (member[0][2..].to_owned(), string(&member[1..])))
                .collect();
            let members = members.iter().map(|(name, text)| (&**name, &**text));
            zip(&members.collect::<Vec<_>>())
        }
        _ => lines(block, '+'),
    };
    place.write(name, bytes);
}

/// The lines of a block with this sign.
fn lines(block: &[String], sign: char) -> Vec<u8> {
    let signed = block.iter().filter_map(|line| line.strip_prefix(sign));
    signed
        .flat_map(|line| content(line.strip_prefix(' ').unwrap_or(line)))
        .collect()
}

fn content(line: &str) -> Vec<u8> {
    let (line, end) = match line.strip_suffix("\\c") {
        Some(line) => (line, &b""[..]),
        None => (line, &b"\n"[..]),
    };
    let repeated = line.strip_prefix('{').and_then(|rest| rest.split_once('}'));
    let repeated = repeated.and_then(|(times, rest)| Some((times.parse().ok()?, rest)));
    let (times, line): (usize, &str) = repeated.unwrap_or((1, line));
    [bytes(line).repeat(times).as_slice(), end].concat()
}

#[cfg(unix)]
fn text(word: &str) -> std::ffi::OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes(word))
}

#[cfg(not(unix))]
fn text(word: &str) -> std::ffi::OsString {
    String::from_utf8(bytes(word)).unwrap().into()
}

/// The bytes that a text with escapes stands for.
fn bytes(text: &str) -> Vec<u8> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        found.extend(rest[..at].bytes());
        let sign = &rest[at + 1..];
        let hex = |digits: &str| u32::from_str_radix(digits, 16).unwrap();
        let length = match sign.as_bytes()[0] {
            b'x' => {
                found.push(hex(&sign[1..3]) as u8);
                3
            }
            b'u' => {
                let end = sign.find('}').unwrap();
                let character = char::from_u32(hex(&sign[2..end])).unwrap();
                found.extend(character.to_string().bytes());
                end + 1
            }
            letter => {
                found.push(match letter {
                    b't' => b'\t',
                    b'r' => b'\r',
                    b'n' => b'\n',
                    b'0' => 0,
                    other => other,
                });
                1
            }
        };
        rest = &sign[length..];
    }
    found.extend(rest.bytes());
    found
}

#[test]
fn escapes_are_bytes() {
    assert_eq!(bytes(r"a\xff\u{e9}\t\\b"), b"a\xff\xc3\xa9\t\\b");
    assert_eq!(content(r"{3}ab\c"), b"ababab");
    assert_eq!(content("a"), b"a\n");
}
