//! What must hold of a tokenizer.json before the `tokenizers` crate reads it: no part of it panics, fails on some text, draws
//! at random, or makes a text much longer or its cutting much slower than it is.

use std::collections::HashSet;

use serde_json::Value;

use super::charsmap;
use fsl_common::tokenizer::Pipeline;

/// The most entries of a vocabulary, and of the merges. Published ones have up to some 500,000.
const MOST_ENTRIES: usize = 2_000_000;

/// The largest id that is read.
const LARGEST_ID: u64 = 1 << 24;

/// The longest entry of a vocabulary, in bytes.
const LONGEST_ENTRY: usize = 4096;

/// The most characters of a word that WordPiece may be told to look into; its work grows with the square.
const LONGEST_WORD: u64 = 1000;

/// The longest regular expression, in bytes.
const LONGEST_PATTERN: usize = 4096;

/// The most steps before the model, and in the template.
const MOST_STEPS: usize = 64;

/// How many times as long as the text its normal form may be, in bytes, by replacing.
const MOST_GROWTH: f64 = 1024.0;

/// Checks a tokenizer; the error says what is wrong, after the file's name.
pub(super) fn check(pipeline: &Pipeline) -> Result<(), String> {
    let json = &pipeline.tokenizer;
    let ids = model(&json["model"])?;
    let mut normalizers = Vec::new();
    steps(&json["normalizer"], "normalizers", &mut normalizers)?;
    let mut growth = 1.0;
    for step in normalizers {
        growth *= normalizer(step)?;
    }
    if growth > MOST_GROWTH {
        return Err(format!(
            "has a normalizer that makes texts up to {growth:.0} times as long, at most {MOST_GROWTH:.0} times is read"
        ));
    }
    let mut words = Vec::new();
    steps(&json["pre_tokenizer"], "pretokenizers", &mut words)?;
    words.into_iter().try_for_each(pre_tokenizer)?;
    let mut processors = Vec::new();
    steps(&json["post_processor"], "processors", &mut processors)?;
    processors.into_iter().try_for_each(post_processor)?;
    let longest = pipeline
        .tokens
        .iter()
        .map(|token| token.content.len())
        .max();
    let listed = json["added_tokens"].as_array().into_iter().flatten();
    let listed = listed
        .filter_map(|token| token["content"].as_str().map(str::len))
        .max();
    if longest.max(listed).unwrap_or(0) > LONGEST_ENTRY {
        return Err(format!("adds a token of more than {LONGEST_ENTRY} bytes"));
    }
    unique(pipeline, &ids)
}

/// Collects the steps of a part, those inside sequences too. Each must name its kind, or it could be taken for several.
fn steps<'a>(part: &'a Value, inner: &str, found: &mut Vec<&'a Value>) -> Result<(), String> {
    if part.is_null() {
        return Ok(());
    }
    if !part["type"].is_string() {
        return Err(format!("has a step without `type`, where `{inner}` may be"));
    }
    found.push(part);
    if found.len() > MOST_STEPS {
        return Err(format!("has more than {MOST_STEPS} `{inner}`"));
    }
    let mut all = part[inner].as_array().into_iter().flatten();
    all.try_for_each(|step| steps(step, inner, found))
}

/// Checks the model, and returns the entries of its vocabulary where they are few enough to be looked at again.
fn model(model: &Value) -> Result<HashSet<&str>, String> {
    let entries: HashSet<&str> = match &model["vocab"] {
        Value::Object(vocabulary) => {
            check_entries(vocabulary.len(), "entries")?;
            for (entry, id) in vocabulary {
                check_entry(entry)?;
                if id.as_u64().is_none_or(|id| id > LARGEST_ID) {
                    return Err(format!(
                        "has an id that is not from 0 to {LARGEST_ID}, of `{entry}`: {id}"
                    ));
                }
            }
            vocabulary.keys().map(String::as_str).collect()
        }
        Value::Array(vocabulary) => {
            check_entries(vocabulary.len(), "entries")?;
            let entry = |entry: &'_ Value| match (entry[0].as_str(), entry[1].as_f64()) {
                (Some(text), Some(_)) if entry.as_array().is_some_and(|pair| pair.len() == 2) => {
                    check_entry(text)
                }
                _ => {
                    Err("has an entry of its vocabulary that is not a text and a score".to_owned())
                }
            };
            vocabulary.iter().try_for_each(entry)?;
            vocabulary
                .iter()
                .filter_map(|entry| entry[0].as_str())
                .collect()
        }
        _ => return Err("has no vocabulary".to_owned()),
    };
    if entries.is_empty() {
        return Err("has an empty vocabulary".to_owned());
    }
    unknown(model, &entries)?;
    bpe(model, &entries)?;
    match &model["max_input_chars_per_word"] {
        Value::Null => Ok(entries),
        length if length.as_u64().is_some_and(|length| length <= LONGEST_WORD) => Ok(entries),
        length => Err(format!(
            "has `max_input_chars_per_word` {length}, at most {LONGEST_WORD} is read"
        )),
    }
}

fn check_entries(count: usize, of: &str) -> Result<(), String> {
    if count > MOST_ENTRIES {
        return Err(format!("has {count} {of}, at most {MOST_ENTRIES} are read"));
    }
    Ok(())
}

fn check_entry(entry: &str) -> Result<(), String> {
    if entry.len() > LONGEST_ENTRY {
        return Err(format!("has an entry of more than {LONGEST_ENTRY} bytes"));
    }
    Ok(())
}

/// Every model must have a token for what it does not know. Byte-level BPE knows all bytes, and drops those that it does not.
fn unknown(model: &Value, entries: &HashSet<&str>) -> Result<(), String> {
    if let Some(vocabulary) = model["vocab"].as_array() {
        return match model["unk_id"].as_u64() {
            Some(id) if id < vocabulary.len() as u64 => Ok(()),
            Some(id) => Err(format!(
                "has `unk_id` {id}, but {} entries",
                vocabulary.len()
            )),
            None => Err("has no `unk_id`, the place of the token for what is unknown".to_owned()),
        };
    }
    match &model["unk_token"] {
        Value::Null => Ok(()),
        Value::String(token) if entries.contains(token.as_str()) => Ok(()),
        Value::String(token) => Err(format!("has no entry `{token}`, its `unk_token`")),
        _ => Err("has an `unk_token` that is no text".to_owned()),
    }
}

/// Checks what only BPE has.
fn bpe(model: &Value, entries: &HashSet<&str>) -> Result<(), String> {
    if model["dropout"]
        .as_f64()
        .is_some_and(|dropout| dropout != 0.0)
    {
        return Err(
            "has `dropout`: its tokens would be drawn at random; set it to null".to_owned(),
        );
    }
    let merges = model["merges"].as_array().map_or(&[][..], Vec::as_slice);
    check_entries(merges.len(), "merges")?;
    let prefix = model["continuing_subword_prefix"].as_str().unwrap_or("");
    for merge in merges {
        let written = merge
            .as_str()
            .filter(|merge| !merge.starts_with("#version"));
        let pair = written.and_then(|merge| merge.split_once(' '));
        let Some((first, second)) = pair.or_else(|| merge[0].as_str().zip(merge[1].as_str()))
        else {
            // A line for people, or nothing that the reader takes for a merge.
            continue;
        };
        let Some(rest) = second.strip_prefix(prefix) else {
            return Err(format!(
                "has merges whose second part does not begin with `{prefix}`"
            ));
        };
        if !entries.contains(format!("{first}{rest}").as_str()) {
            return Err(format!(
                "has a merge that makes `{first}{rest}`, which is no entry"
            ));
        }
    }
    Ok(())
}

/// Checks a step of the normalizer, and returns how many times as long it may make a text.
fn normalizer(step: &Value) -> Result<f64, String> {
    match step["type"].as_str() {
        Some("Replace") => {
            let content = step["content"].as_str().unwrap_or("").len() as f64;
            match (&step["pattern"]["String"], &step["pattern"]["Regex"]) {
                (Value::String(text), _) if !text.is_empty() => {
                    Ok((content / text.len() as f64).max(1.0))
                }
                // It may match between any two characters.
                (_, Value::String(regex)) => check_pattern(regex).map(|()| content + 1.0),
                _ => Ok(content + 1.0),
            }
        }
        Some("Prepend") => {
            let text = step["prepend"].as_str().unwrap_or("");
            check_entry(text).map(|()| 1.0)
        }
        Some("Precompiled") => {
            let table = step["precompiled_charsmap"].as_str().unwrap_or("");
            charsmap::check(table).map(|()| 1.0)
        }
        _ => Ok(1.0),
    }
}

fn check_pattern(pattern: &str) -> Result<(), String> {
    if pattern.len() > LONGEST_PATTERN {
        return Err(format!(
            "has a regular expression of more than {LONGEST_PATTERN} bytes"
        ));
    }
    Ok(())
}

/// Checks a step that cuts texts into words.
fn pre_tokenizer(step: &Value) -> Result<(), String> {
    match step["type"].as_str() {
        Some("FixedLength") if step["length"].as_u64() == Some(0) => {
            Err("cuts texts into words of length 0".to_owned())
        }
        Some("Split") => check_pattern(step["pattern"]["Regex"].as_str().unwrap_or("")),
        _ => Ok(()),
    }
}

/// Checks a step of the template: every special token that it puts somewhere must be listed with its ids.
fn post_processor(step: &Value) -> Result<(), String> {
    let Some(single) = step.get("single") else {
        return Ok(());
    };
    let pieces = single.as_array().map_or(&[][..], Vec::as_slice);
    if pieces.len() > MOST_STEPS {
        return Err(format!("has a template of more than {MOST_STEPS} pieces"));
    }
    for piece in pieces {
        if piece["Sequence"]["id"] == "A" {
            continue;
        }
        let Some(id) = piece["SpecialToken"]["id"].as_str() else {
            return Err(
                "has a template for one text with something else than it and special tokens"
                    .to_owned(),
            );
        };
        let ids = step["special_tokens"][id]["ids"].as_array();
        if ids.is_none_or(|ids| ids.len() > MOST_STEPS) {
            return Err(format!(
                "has a template with `{id}`, of which it does not list the ids"
            ));
        }
    }
    Ok(())
}

/// Two tokens of the same text to be looked for would be one too many.
fn unique(pipeline: &Pipeline, entries: &HashSet<&str>) -> Result<(), String> {
    let listed = pipeline.tokenizer["added_tokens"]
        .as_array()
        .into_iter()
        .flatten();
    let new = listed
        .filter_map(|token| token["content"].as_str())
        .chain(pipeline.tokens.iter().map(|token| token.content.as_str()))
        .filter(|content| !entries.contains(content));
    let count = new.collect::<HashSet<_>>().len();
    check_entries(entries.len() + count, "entries")
}
