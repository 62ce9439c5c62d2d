//! What holds for whatever a hub answers, and for any catalogue or manifest.

use ureq::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::Catalog;
use super::catalog::check_name;
use super::hub::RemoteFile;
use super::manifest::Manifest;
use super::redirect::{join, origin};
use super::reference::EncoderRef;
use super::retry::{content_range, refused};
use fsl_common::settings::ShardIndex;
use fsl_common::tokenizer::TokenizerConfig;

/// An answer: a status, the address that was asked and headers, a line each. Names of files in the cache stay in their folder, and
/// redirects stay within HTTP.
///
/// # Panics
/// Where that does not hold.
pub fn hub(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let mut lines = text.lines();
    let status = lines.next().and_then(|line| line.trim().parse().ok());
    let Some(status) = status.and_then(|code: u16| StatusCode::from_u16(code).ok()) else {
        return;
    };
    let url = lines.next().unwrap_or_default();
    let mut headers = HeaderMap::new();
    for line in lines.take(64) {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.trim().as_bytes()),
            HeaderValue::from_str(value.trim()),
        ) {
            headers.append(name, value);
        }
    }
    let _ = content_range(&headers);
    for elsewhere in [false, true] {
        let error = refused(url, elsewhere, status, &headers).error.to_string();
        assert!(error.len() <= 4 * input.len() + 1000);
    }
    if let Ok(told) = RemoteFile::new(url, &headers) {
        assert!(stays(&told.etag), "{}", told.etag);
        assert!(told.commit.is_none_or(|commit| stays(&commit)));
    }
    let location = headers
        .get("Location")
        .and_then(|value| value.to_str().ok());
    if let Some(next) = location.and_then(|location| join(url, location)) {
        assert!(
            origin(&next).is_some_and(|origin| origin.starts_with("http")),
            "{next}"
        );
    }
}

/// Whether a file of this name lies in the folder in which it is made.
fn stays(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', ':', '\0'])
}

/// A catalogue, a manifest, a tokenizer_config.json, an index of weights or the name of an encoder: no file leaves its folder, and what is written reads back.
///
/// # Panics
/// Where that does not hold.
pub fn catalog(input: &[u8]) {
    let manifest = Manifest::parse(input);
    let written = serde_json::to_vec(&manifest).unwrap_or_default();
    assert_eq!(Manifest::parse(&written), manifest);
    let _ = TokenizerConfig::parse(input);
    match ShardIndex::parse("model.safetensors.index.json", input) {
        Ok(index) => {
            assert!(index.shards().iter().all(|file| stays(file)));
            let mut files = index.tensors().map(|(_, file)| file.to_owned());
            assert!(files.all(|file| index.shards().contains(&file)));
        }
        Err(problem) => assert!(problem.len() < 1000 && !problem.chars().any(char::is_control)),
    }
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    if let Ok(reference) = EncoderRef::parse(text) {
        assert_eq!(
            EncoderRef::parse(&reference.to_string()).ok(),
            Some(reference)
        );
    }
    let Ok(catalog) = Catalog::parse(text) else {
        return;
    };
    for (name, entry) in catalog.datasets() {
        assert!(check_name(name).is_ok());
        assert!(entry.files().all(|file| stays(&file.file)), "{name}");
    }
    for (name, entry) in catalog.encoders() {
        assert!(check_name(name).is_ok());
        assert!(entry.sha256.keys().all(|file| stays(file)), "{name}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fsl_test_support::corpus;

    type Target = (&'static str, fn(&[u8]));

    #[test]
    fn the_properties_hold_for_the_committed_inputs() {
        let targets: [Target; 2] = [("hub", hub), ("catalog", catalog)];
        for (target, property) in targets {
            for (name, input) in corpus(target) {
                println!("{target}/{name}");
                property(&input);
            }
        }
        catalog(include_bytes!("../../../data/catalog.toml"));
    }
}
