//! The catalogue of encoders and datasets: `data/catalog.toml`, built into the program.
//!
//! It says where each asset comes from (sources, tried in order), what its bytes must be (checksums), how large it is, under
//! which licence it may be used and how it is cited.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::checksum::{GIT_BLOB_DIGITS, SHA256_DIGITS, is_hex};
use super::entry::{ConvertSource, DatasetEntry, EncoderEntry, FileEntry, Source};
use super::error::{AssetError, AssetKind};
use fsl_common::spelling::nearest;

/// The words that every name must stay clear of: they would leave the cache.
const FORBIDDEN_IN_NAMES: [char; 3] = ['/', '\\', ':'];

static BUILT_IN: LazyLock<Catalog> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "the file is part of the program, and a test parses it"
    )]
    Catalog::parse(include_str!("../../../data/catalog.toml"))
        .expect("data/catalog.toml is well formed")
});

/// Every encoder and dataset that is known by name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Catalog {
    #[serde(default, rename = "encoder")]
    encoders: BTreeMap<String, EncoderEntry>,
    #[serde(default, rename = "dataset")]
    datasets: BTreeMap<String, DatasetEntry>,
}

impl Catalog {
    /// The catalogue that is part of the program.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Reads and checks a catalogue.
    ///
    /// # Errors
    /// The first thing that is wrong with it, in words: the TOML, a name that would leave the cache, a checksum that is
    /// none, an asset without a source, a file without a checksum.
    pub fn parse(text: &str) -> Result<Self, String> {
        let catalog: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        for (name, entry) in &catalog.encoders {
            check_name(name)?;
            entry.sha256.keys().try_for_each(|file| check_name(file))?;
            entry
                .sha256
                .values()
                .try_for_each(|sum| check_hex(name, sum, SHA256_DIGITS))?;
            check_sources(name, &entry.sources)?;
        }
        for (name, entry) in &catalog.datasets {
            check_name(name)?;
            for file in entry.files() {
                check_name(&file.file)?;
                check_checksum(name, file)?;
            }
            check_sources(name, &entry.sources)?;
            if let Some(cut) = entry.cut() {
                check_cut(name, &cut.of, &catalog)?;
            }
        }
        Ok(catalog)
    }

    /// The encoders by name, in alphabetical order.
    pub fn encoders(&self) -> impl Iterator<Item = (&str, &EncoderEntry)> {
        self.encoders
            .iter()
            .map(|(name, entry)| (name.as_str(), entry))
    }

    /// The datasets by name, in alphabetical order.
    pub fn datasets(&self) -> impl Iterator<Item = (&str, &DatasetEntry)> {
        self.datasets
            .iter()
            .map(|(name, entry)| (name.as_str(), entry))
    }

    /// The encoder called `name`.
    ///
    /// # Errors
    /// [`AssetError::UnknownName`].
    pub fn encoder(&self, name: &str) -> Result<&EncoderEntry, AssetError> {
        self.encoders
            .get(name)
            .ok_or_else(|| self.unknown(AssetKind::Encoder, name))
    }

    /// The dataset called `name`.
    ///
    /// # Errors
    /// [`AssetError::UnknownName`].
    pub fn dataset(&self, name: &str) -> Result<&DatasetEntry, AssetError> {
        self.datasets
            .get(name)
            .ok_or_else(|| self.unknown(AssetKind::Dataset, name))
    }

    /// The known name that `name` is most likely a misspelling of.
    pub fn suggest(&self, kind: AssetKind, name: &str) -> Option<String> {
        nearest(name, self.names(kind).iter().map(String::as_str))
    }

    fn names(&self, kind: AssetKind) -> Vec<String> {
        match kind {
            AssetKind::Encoder => self.encoders.keys().cloned().collect(),
            AssetKind::Dataset => self.datasets.keys().cloned().collect(),
        }
    }

    fn unknown(&self, kind: AssetKind, name: &str) -> AssetError {
        AssetError::UnknownName {
            kind,
            name: name.to_owned(),
            suggestion: self.suggest(kind, name),
            allowed: self.names(kind),
        }
    }
}

fn check_checksum(asset: &str, file: &FileEntry) -> Result<(), String> {
    match (&file.sha256, &file.git_blob) {
        (Some(sum), None) => check_hex(asset, sum, SHA256_DIGITS),
        (None, Some(sum)) => check_hex(asset, sum, GIT_BLOB_DIGITS),
        _ => Err(format!(
            "`{asset}`, `{}`: give either sha256 or git-blob",
            file.file
        )),
    }
}

pub(super) fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() || name.starts_with('.') || name.contains(FORBIDDEN_IN_NAMES) {
        return Err(format!("`{name}` cannot be a file name"));
    }
    Ok(())
}

fn check_hex(asset: &str, sum: &str, digits: usize) -> Result<(), String> {
    if is_hex(sum, digits) {
        Ok(())
    } else {
        Err(format!(
            "`{asset}`: `{sum}` is not {digits} lower-case hexadecimal digits"
        ))
    }
}

/// Test texts have a file of their own or are cut from the others.
fn check_conversion(asset: &str, files: &ConvertSource) -> Result<(), String> {
    if !files.base.ends_with('/') {
        return Err(format!("`{asset}`: `{}` does not end in `/`", files.base));
    }
    if files.test.is_some() == files.cut.is_some() {
        return Err(format!("`{asset}`: give either `test` or `cut`"));
    }
    for file in [&files.train].into_iter().chain(&files.test) {
        check_name(&file.file)?;
        check_hex(asset, &file.git_blob, GIT_BLOB_DIGITS)?;
    }
    Ok(())
}

/// A cut of a cut, or of nothing, would never end or never begin.
fn check_cut(name: &str, of: &str, catalog: &Catalog) -> Result<(), String> {
    match catalog.datasets.get(of) {
        Some(base) if base.cut().is_none() => Ok(()),
        _ => Err(format!("`{name}`: it cannot be derived from `{of}`")),
    }
}

fn check_sources(asset: &str, sources: &[Source]) -> Result<(), String> {
    if sources.is_empty() {
        return Err(format!("`{asset}` has no source"));
    }
    for source in sources {
        match source {
            Source::Pip(pip) => {
                check_name(&pip.archive)?;
                check_hex(asset, &pip.sha256, SHA256_DIGITS)?;
            }
            Source::Url(url) if !url.base.ends_with('/') => {
                return Err(format!("`{asset}`: `{}` does not end in `/`", url.base));
            }
            Source::Convert(files) => check_conversion(asset, files)?,
            Source::Url(_) | Source::Hub(_) | Source::Cut(_) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asset_of_the_catalogue_says_what_a_user_must_know() {
        let catalog = Catalog::parse(include_str!("../../../data/catalog.toml")).unwrap();
        for (name, entry) in catalog.encoders() {
            for text in [&entry.about, &entry.licence, &entry.citation] {
                assert!(!text.trim().is_empty(), "{name}");
            }
            assert!(entry.megabytes > 0, "{name}");
        }
        for (name, entry) in catalog.datasets() {
            for text in [
                &entry.about,
                &entry.licence,
                &entry.citation,
                &entry.notes,
                &entry.text,
                &entry.label,
            ] {
                assert!(!text.trim().is_empty(), "{name}");
            }
            assert!(entry.megabytes > 0, "{name}");
            if entry.transfer.is_some() {
                assert_eq!(entry.train.texts, 100, "{name}");
                assert_eq!(entry.train.positives, Some(50), "{name}");
                assert!(entry.test.positives.is_some(), "{name}");
            } else {
                assert!(
                    entry.classes.len() > 1 && entry.train.texts > 1_000,
                    "{name}"
                );
            }
        }
        let encoders: Vec<_> = catalog.encoders().map(|(name, _)| name).collect();
        assert_eq!(encoders.len(), 21, "{encoders:?}");
        // Where nothing is known of the files, no checksum is made up.
        let unpinned = catalog
            .encoders()
            .filter(|(_, entry)| entry.sha256.is_empty());
        assert_eq!(unpinned.count(), 18);
        let datasets: Vec<_> = catalog.datasets().map(|(name, _)| name).collect();
        assert_eq!(
            datasets.join(" "),
            "ag_news amazon_counterfactual banking77 cr emotion metoo metoo-halves movies news reviews sst2 sst5 tweets"
        );
    }

    #[test]
    fn a_misspelt_name_gets_a_suggestion_and_a_strange_one_none() {
        let catalog = Catalog::built_in();
        let suggest = |kind, name| catalog.suggest(kind, name);
        assert_eq!(
            suggest(AssetKind::Dataset, "tweet").as_deref(),
            Some("tweets")
        );
        assert_eq!(
            suggest(AssetKind::Encoder, "all-minilm-l6").as_deref(),
            Some("all-MiniLM-L6-v2")
        );
        assert_eq!(
            suggest(AssetKind::Encoder, "distilbert").as_deref(),
            Some("distilbert-base-uncased")
        );
        assert_eq!(suggest(AssetKind::Dataset, "imagenet"), None);
        let error = catalog.dataset("tweet").unwrap_err();
        assert_eq!(error.hint().as_deref(), Some("did you mean `tweets`?"));
        insta::assert_snapshot!(error, @"unknown dataset `tweet`; known are `ag_news`, `amazon_counterfactual`, `banking77`, `cr`, `emotion`, `metoo`, `metoo-halves`, `movies`, `news`, `reviews`, `sst2`, `sst5`, `tweets`");
    }

    #[test]
    fn a_malformed_catalogue_is_refused() {
        let encoder = |sha256: &str, sources: &str| {
            format!(
                "[encoder.a]\nabout = 'a'\nlicence = 'MIT'\ncitation = 'c'\nmegabytes = 1\nlowercase = true\n\
                 sha256 = {{ 'config.json' = '{sha256}' }}\nsources = [{sources}]\n"
            )
        };
        let hub = "{ hub = { repo = 'o/a', revision = 'main' } }";
        let sum = "0".repeat(64);
        let converted = |cut: &str| {
            format!(
                "{{ convert = {{ base = 'http://a/', train = {{ file = 'f', git-blob = '0' }}, {cut} layout = 'csv', text = [0], label = 1 }} }}"
            )
        };
        Catalog::parse(&encoder(&sum, hub)).unwrap();
        for (text, problem) in [
            (encoder("0", hub), "hexadecimal"),
            (encoder(&sum, ""), "no source"),
            (
                encoder(&sum, "{ url = { base = 'http://a/b' } }"),
                "does not end in",
            ),
            (encoder(&sum, "{ ftp = {} }"), "ftp"),
            (encoder(&sum, &converted("")), "`test` or `cut`"),
            (
                encoder(&sum, &converted("cut = { seed = 0, test = 1 },")),
                "40 lower-case",
            ),
            (
                encoder(&sum, hub).replace("lowercase", "lower-case"),
                "lower-case",
            ),
            (
                encoder(&sum, hub).replace("[encoder.a]", "[encoder.'../a']"),
                "file name",
            ),
        ] {
            let error = Catalog::parse(&text).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
    }
}
