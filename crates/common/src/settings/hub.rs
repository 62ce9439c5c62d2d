//! A repository of the Hugging Face hub, as specs, commands and the catalogue name it.

use std::fmt;

use serde::Deserialize;

/// A repository of the Hugging Face hub at a revision.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HubSource {
    /// Its id, `org/name`.
    pub repo: String,
    /// A commit, a tag or a branch.
    pub revision: String,
}

impl HubSource {
    /// Reads what follows `hf:`, which is `org/name@revision`; the revision is `main` where it is left out.
    ///
    /// # Errors
    /// In words, why no repository can be called that.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (repo, revision) = text.split_once('@').unwrap_or((text, "main"));
        if repo.split('/').count() > 2 || !repo.split('/').all(is_word) {
            return Err("a repository is `org/name`, of letters, digits, `-`, `_` and `.`");
        }
        if !revision.split('/').all(is_word) {
            return Err("a revision is a commit, a tag or a branch");
        }
        Ok(Self {
            repo: repo.to_owned(),
            revision: revision.to_owned(),
        })
    }
}

impl HubSource {
    /// How a repository is named that somebody wrote without `hf:`; `None` for what is no `org/name`.
    pub fn spelling(text: &str) -> Option<String> {
        let repository = Self::parse(text).ok()?;
        repository.repo.contains('/').then(|| format!("hf:{text}"))
    }
}

impl fmt::Display for HubSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "hf:{}@{}", self.repo, self.revision)
    }
}

/// Words become names of folders: nothing that would climb out of the cache.
fn is_word(word: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !word.is_empty() && !word.starts_with('.') && word.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_without_hf_is_told_from_folders() {
        let spelling = |text: &str| HubSource::spelling(text);
        for text in ["sentence-transformers/all-MiniLM-L6-v2", "a/b@main"] {
            assert_eq!(spelling(text), Some(format!("hf:{text}")));
        }
        for text in [
            "name", "./a/b", "../a", "/a/b", "a/b/c", "~/a", "a b/c", "a/", "",
        ] {
            assert_eq!(spelling(text), None, "{text}");
        }
    }
}
