//! Prompts: what stands before every text.

use std::collections::BTreeMap;

use thiserror::Error;

/// The prompts that an encoder declares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prompts {
    /// By name.
    pub named: BTreeMap<String, String>,
    /// The name of the one that is used where none is asked for.
    pub default: Option<String>,
    /// Whether a prompt's tokens are left out of the pooling.
    pub left_out: bool,
}

/// Why there is no such prompt.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PromptFault {
    /// A single word is the name of a prompt, and the encoder has none of that name.
    #[error("the encoder declares no prompt `{name}`{}", others(known))]
    Unknown {
        /// The name.
        name: String,
        /// Those that it declares.
        known: Vec<String>,
    },
    /// The pooling of the encoder leaves prompts out.
    #[error(
        "the encoder leaves the tokens of a prompt out of its pooling (`include_prompt` is false), which is not supported"
    )]
    LeftOut,
}

/// Names that a message lists at most.
const LISTED: usize = 10;

fn others(known: &[String]) -> String {
    if known.is_empty() {
        return String::new();
    }
    let listed: Vec<&str> = known.iter().take(LISTED).map(String::as_str).collect();
    format!("; it declares `{}`", listed.join("`, `"))
}

impl PromptFault {
    /// What the user can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Unknown { .. } => {
                "a prompt of your own has a space or a colon in it, such as `query: `; `\"\"` means none"
                    .to_owned()
            }
            Self::LeftOut => "set `prompt` to \"\"".to_owned(),
        }
    }
}

impl Prompts {
    /// The text that stands before every text, if any: `given` is the name of a declared prompt or a text of its own, empty for none. Where
    /// nothing is given it is the declared default.
    ///
    /// # Errors
    /// See [`PromptFault`].
    pub fn text(&self, given: Option<&str>) -> Result<Option<String>, PromptFault> {
        let text = match given.or(self.default.as_deref()) {
            None => return Ok(None),
            Some(given) => match self.named.get(given) {
                Some(text) => text.as_str(),
                None if is_word(given) => {
                    return Err(PromptFault::Unknown {
                        name: given.to_owned(),
                        known: self.named.keys().cloned().collect(),
                    });
                }
                None => given,
            },
        };
        match text {
            "" => Ok(None),
            _ if self.left_out => Err(PromptFault::LeftOut),
            text => Ok(Some(text.to_owned())),
        }
    }
}

/// Whether a text looks like a name.
fn is_word(text: &str) -> bool {
    let in_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    !text.is_empty() && text.chars().all(in_word)
}
