//! Reading a signature back: only what this program could have printed is one.

use std::str::FromStr;

use super::{Signature, SignatureError, SignatureKind, plain};
use fsl_metrics::Center;

const PREFIXES: [&str; 8] = ["n:", "sd:", "ci:", "thr:", "vary:", "test:", "prec:", "v:"];
const KINDS: [SignatureKind; 4] = [
    SignatureKind::Over(Center::Mean),
    SignatureKind::Over(Center::Median),
    SignatureKind::Single,
    SignatureKind::Members,
];
/// The random streams, in the order in which specs and captions have them.
const STREAMS: [&str; 4] = ["sample", "init", "order", "dropout"];
/// The kinds of number of encoders.
const PRECISIONS: [&str; 3] = ["bf16", "f32", "int8"];

impl FromStr for Signature {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Self, SignatureError> {
        let mut parts = text.trim().split('|');
        let metric = parts.next().unwrap_or_default();
        let rounded = match metric {
            "f1" => false,
            "f1-rounded" => true,
            got => {
                let got = got.to_owned();
                return Err(SignatureError::Metric { got });
            }
        };
        let parts: Vec<&str> = parts.collect();
        let kind = KINDS.into_iter().find(|kind| parts.contains(&kind.name()));
        let kind = kind.ok_or(SignatureError::Missing {
            part: "mean, median, single or ensemble",
        })?;
        known(&parts, kind)?;
        let n = count(value(&parts, "n:")?, kind)?;
        let signature = Self {
            n,
            kind,
            ddof: ddof(value(&parts, "sd:")?, kind)?,
            rounded,
            varied: varied(value(&parts, "vary:")?, n)?,
            test: test_set(value(&parts, "test:")?)?,
            precision: precision(value(&parts, "prec:")?)?,
            version: version(value(&parts, "v:")?)?,
        };
        // What is left follows from the parts that were read: it must be what this program would write.
        let written = signature.to_string();
        for follows in ["n:", "ci:", "thr:"] {
            let (got, expected) = (value(&parts, follows)?, follows);
            if !written.contains(&format!("|{expected}{got}|")) {
                return Err(part(
                    &format!("{follows}{got}"),
                    "consistent with the other parts",
                ));
            }
        }
        Ok(signature)
    }
}

/// Refuses parts that nobody knows, and parts that come twice.
fn known(parts: &[&str], kind: SignatureKind) -> Result<(), SignatureError> {
    for (place, one) in parts.iter().enumerate() {
        let prefix = PREFIXES.iter().find(|prefix| one.starts_with(**prefix));
        let twice = match prefix {
            None if *one != kind.name() => return Err(part(one, "a part of a signature")),
            None => parts[..place].contains(one),
            Some(prefix) => parts[..place].iter().any(|other| other.starts_with(prefix)),
        };
        if twice {
            return Err(part(one, "allowed twice"));
        }
    }
    Ok(())
}

fn value<'a>(parts: &[&'a str], prefix: &'static str) -> Result<&'a str, SignatureError> {
    let mut values = parts.iter().filter_map(|one| one.strip_prefix(prefix));
    let value = values.next().filter(|value| !value.is_empty());
    value.ok_or(SignatureError::Missing { part: prefix })
}

fn part(got: &str, expected: &'static str) -> SignatureError {
    SignatureError::Part {
        got: got.to_owned(),
        expected,
    }
}

/// How many trials: one where it stands alone, at least two for a centre over them. A mean may be one of one model, where only one
/// is stored.
fn count(text: &str, kind: SignatureKind) -> Result<usize, SignatureError> {
    let n = text.parse().map_err(|_| part(text, "a number of trials"))?;
    let (fits, expected) = match kind {
        SignatureKind::Single => (n == 1, "`n:1`, as `single` requires"),
        SignatureKind::Over(_) => (n >= 2, "two trials or more, as `mean` and `median` require"),
        SignatureKind::Members => (n >= 1, "one model or more"),
    };
    if fits {
        Ok(n)
    } else {
        Err(part(&format!("n:{text}"), expected))
    }
}

fn ddof(text: &str, kind: SignatureKind) -> Result<u8, SignatureError> {
    match (text, kind) {
        ("ddof0", SignatureKind::Over(_)) => Ok(0),
        ("ddof1", SignatureKind::Over(_))
        | ("none", SignatureKind::Single)
        | ("members", SignatureKind::Members) => Ok(1),
        _ => Err(part(
            &format!("sd:{text}"),
            "a spread consistent with the other parts",
        )),
    }
}

/// The streams that differ, each once; none where there is one trial.
fn varied(text: &str, n: usize) -> Result<Vec<String>, SignatureError> {
    if text == "none" {
        return Ok(Vec::new());
    }
    if n == 1 {
        let expected = "`vary:none`, as nothing varies in a single trial";
        return Err(part(&format!("vary:{text}"), expected));
    }
    let expected = "streams out of sample, init, order and dropout, each once, joined by +";
    let wrong = || part(&format!("vary:{text}"), expected);
    let varied: Vec<&str> = text.split('+').collect();
    let plain: Option<Vec<&str>> = varied.iter().map(|name| stream(name)).collect();
    let plain = plain.ok_or_else(wrong)?;
    names(&plain.join("+"), &STREAMS).ok_or_else(wrong)?;
    Ok(varied.into_iter().map(str::to_owned).collect())
}

/// The stream's name without the levels that a crossed one has, as in `sample(5)`; `None` where these are none.
fn stream(text: &str) -> Option<&str> {
    let Some((name, levels)) = text.split_once('(') else {
        return Some(text);
    };
    let levels = levels.strip_suffix(')')?;
    let number: u32 = levels.parse().ok()?;
    (2..=1000)
        .contains(&number)
        .then_some(name)
        .filter(|_| number.to_string() == levels)
}

fn precision(text: &str) -> Result<String, SignatureError> {
    let expected = "`none`, or precisions (bf16, f32, int8), each once, joined by +";
    if text == "none" || names(text, &PRECISIONS).is_some() {
        Ok(text.to_owned())
    } else {
        Err(part(&format!("prec:{text}"), expected))
    }
}

/// Names with a + between them, where all are known and none comes twice.
fn names(text: &str, all: &[&str]) -> Option<Vec<String>> {
    let names: Vec<&str> = text.split('+').collect();
    let mut places = (0..).zip(&names);
    let good = places.all(|(place, name)| all.contains(name) && !names[..place].contains(name));
    good.then(|| names.into_iter().map(str::to_owned).collect())
}

fn test_set(text: &str) -> Result<(String, String), SignatureError> {
    let expected = "a test set such as `metoo@0123456789`";
    let (name, digits) = text.rsplit_once('@').ok_or_else(|| part(text, expected))?;
    let hexadecimal = digits
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !name.is_empty() && plain(name) == name && digits.len() == 10 && hexadecimal {
        Ok((name.to_owned(), digits.to_owned()))
    } else {
        Err(part(text, expected))
    }
}

fn version(text: &str) -> Result<String, SignatureError> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let numbers: Vec<&str> = text.split('.').collect();
    if numbers.len() == 3 && numbers.into_iter().all(is_number) {
        Ok(text.to_owned())
    } else {
        Err(part(&format!("v:{text}"), "a version such as `v:0.1.0`"))
    }
}
