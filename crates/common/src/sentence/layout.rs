//! modules.json: which modules an encoder consists of, and in which sub-folders they are.

use std::path::Path;

use super::SentenceFault;
use super::keys::{self, Keys};

/// The list of modules.
pub const MODULES: &str = "modules.json";
/// The prompts.
pub const PROMPTS: &str = "config_sentence_transformers.json";
/// Tokens per text and case, in the Transformer's folder.
pub const SENTENCE_BERT: &str = "sentence_bert_config.json";
/// The configuration of every other module, in its folder.
pub use crate::settings::CONFIG;
/// The weights of a dense layer, in order of preference.
pub const WEIGHTS: [&str; 2] = ["model.safetensors", "pytorch_model.bin"];

/// The most modules that are read.
const MOST_MODULES: usize = 32;
/// The longest path of a sub-folder, in bytes.
const LONGEST_FOLDER: usize = 200;
/// What types of modules begin with.
const LIBRARY: &str = "sentence_transformers.";
/// The class of a table of vectors.
const STATIC: &str = "StaticEmbedding";

/// Where the modules are: sub-folders of the encoder's folder, empty for that folder itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Of the Transformer, or of the StaticEmbedding, which is the folder itself.
    pub transformer: String,
    /// Of the Pooling; a StaticEmbedding, which takes the mean itself, has none.
    pub pooling: Option<String>,
    /// Of what follows, in its order.
    pub after: Vec<(Kind, String)>,
}

/// A module that follows the Pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A dense layer.
    Dense,
    /// Vectors are scaled to length 1.
    Normalize,
}

impl Layout {
    /// Reads a modules.json, which errors call `path`: a Transformer, a Pooling, then Dense and Normalize in any number and order; or a
    /// StaticEmbedding, then Normalize.
    ///
    /// # Errors
    /// [`SentenceFault::NotJson`]; [`SentenceFault::Key`] for another module, and for a sub-folder that may lie outside.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, SentenceFault> {
        let entries = keys::list(path, bytes, MOST_MODULES)?;
        if let Some((first, after)) = entries.split_first()
            && is_static(first)
        {
            return Self::of_static(first, after);
        }
        let mut modules = entries.iter().map(|entry| Ok((entry, folder(entry)?)));
        let mut first = |name: &str| match modules.next().transpose()? {
            Some((entry, folder)) if module(entry)? == name => Ok(folder),
            Some((entry, _)) => Err(entry.refused("type", format!("a {name} in this place"))),
            None => Err(SentenceFault::Key {
                path: path.into(),
                key: "length".to_owned(),
                got: entries.len().to_string(),
                allowed: "at least 2: a Transformer and a Pooling".to_owned(),
            }),
        };
        let (transformer, pooling) = (first("Transformer")?, first("Pooling")?);
        let after = modules.map(|module| {
            let (entry, folder) = module?;
            Ok((kind(entry)?, folder))
        });
        Ok(Self {
            transformer,
            pooling: Some(pooling),
            after: after.collect::<Result<_, _>>()?,
        })
    }

    fn of_static(first: &Keys, after: &[Keys]) -> Result<Self, SentenceFault> {
        if !matches!(first.text("path")?, None | Some("" | ".")) {
            let allowed = "the folder itself, as model2vec saves it: `StaticModel.from_pretrained(FOLDER).save_pretrained(OTHER)`, \
                           then add `\"model_type\": \"model2vec\"` to its config.json";
            return Err(first.refused("path", allowed));
        }
        let normalize = |entry: &Keys| match kind(entry)? {
            Kind::Normalize => Ok((Kind::Normalize, folder(entry)?)),
            Kind::Dense => Err(entry.refused("type", "a Normalize in this place")),
        };
        Ok(Self {
            transformer: String::new(),
            pooling: None,
            after: after.iter().map(normalize).collect::<Result<_, _>>()?,
        })
    }

    /// Whether it is that of a static encoder.
    pub fn is_static(&self) -> bool {
        self.pooling.is_none()
    }

    /// A file of a sub-folder, as a path from the encoder's folder.
    pub fn file(folder: &str, name: &str) -> String {
        match folder {
            "" => name.to_owned(),
            folder => format!("{folder}/{name}"),
        }
    }

    /// The files of modules that must be there, beside those of the Transformer and the weights of dense layers.
    pub fn required(&self) -> Vec<String> {
        let dense = self.after.iter().filter(|(kind, _)| *kind == Kind::Dense);
        let folders = self.pooling.iter().chain(dense.map(|(_, folder)| folder));
        folders.map(|folder| Self::file(folder, CONFIG)).collect()
    }

    /// The files that may be there.
    pub fn optional(&self) -> Vec<String> {
        let mut all = vec![
            PROMPTS.to_owned(),
            Self::file(&self.transformer, SENTENCE_BERT),
        ];
        let normalize = self
            .after
            .iter()
            .filter(|(kind, folder)| *kind == Kind::Normalize && !folder.is_empty());
        all.extend(normalize.map(|(_, folder)| Self::file(folder, CONFIG)));
        all
    }

    /// The sub-folders of dense layers, each of which holds one of [`WEIGHTS`].
    pub fn dense(&self) -> impl Iterator<Item = &str> {
        let dense = self.after.iter().filter(|(kind, _)| *kind == Kind::Dense);
        dense.map(|(_, folder)| folder.as_str())
    }
}

/// The class of a module: the last part of its type.
fn module<'a>(entry: &'a Keys) -> Result<&'a str, SentenceFault> {
    let allowed = "a module of sentence_transformers: Transformer, Pooling, Dense or Normalize";
    let kind = entry.text("type")?;
    let kind = kind.ok_or_else(|| entry.refused("type", allowed))?;
    let inner = kind.strip_prefix(LIBRARY);
    let class = inner.and_then(|inner| inner.rsplit('.').next());
    class
        .filter(|class| matches!(*class, "Transformer" | "Pooling" | "Dense" | "Normalize"))
        .ok_or_else(|| entry.refused("type", allowed))
}

/// Whether a module is a table of vectors.
fn is_static(entry: &Keys) -> bool {
    let kind = entry.text("type").ok().flatten();
    let inner = kind.and_then(|kind| kind.strip_prefix(LIBRARY));
    inner.and_then(|inner| inner.rsplit('.').next()) == Some(STATIC)
}

/// A module that may follow the Pooling.
fn kind(entry: &Keys) -> Result<Kind, SentenceFault> {
    match module(entry)? {
        "Dense" => Ok(Kind::Dense),
        "Normalize" => Ok(Kind::Normalize),
        _ => Err(entry.refused("type", "a Dense or a Normalize in this place")),
    }
}

/// The sub-folder of a module: names of letters, digits, `_`, `-` and `.` with `/` between, none of which begins with a dot.
fn folder(entry: &Keys) -> Result<String, SentenceFault> {
    let path = entry.text("path")?.unwrap_or_default();
    let is_plain = |name: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        !name.is_empty() && !name.starts_with('.') && name.bytes().all(plain)
    };
    if path.is_empty() || (path.len() <= LONGEST_FOLDER && path.split('/').all(is_plain)) {
        return Ok(path.to_owned());
    }
    Err(entry.refused("path", "a sub-folder, such as `1_Pooling`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(modules: &[(&str, &str)]) -> Result<Layout, String> {
        let module = |(kind, path): &(&str, &str)| {
            format!(r#"{{"path": "{path}", "type": "sentence_transformers.models.{kind}"}}"#)
        };
        let list: Vec<String> = modules.iter().map(module).collect();
        let list = format!("[{}]", list.join(", "));
        let layout = Layout::parse(Path::new("m"), list.as_bytes());
        layout.map_err(|fault| fault.to_string())
    }

    #[test]
    fn a_table_of_vectors_stands_alone_or_before_normalize() {
        for path in ["", "."] {
            let normalize = ("Normalize", "1_Normalize");
            let layout = parsed(&[("StaticEmbedding", path), normalize]).unwrap();
            assert!(layout.is_static() && layout.required().is_empty());
            assert_eq!(layout.after, [(Kind::Normalize, normalize.1.to_owned())]);
        }
        let dense = parsed(&[("StaticEmbedding", ""), ("Dense", "1_Dense")]);
        let said = dense.unwrap_err();
        assert!(
            said.ends_with("must be a Normalize in this place"),
            "{said}"
        );
        let below = parsed(&[("StaticEmbedding", "../up")]).unwrap_err();
        assert!(below.starts_with("`m`: `0.path` is `\"../up\"`"), "{below}");
        assert!(parsed(&[("Transformer", "."), ("Pooling", "1_Pooling")]).is_err());
    }
}
