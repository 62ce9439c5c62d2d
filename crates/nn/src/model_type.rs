//! The family of an encoder whose config.json does not say it: from the class that it was saved as, from keys that only one family
//! has, or from the prefix of the tensors' names.

use std::path::Path;

use serde_json::{Map, Value};

use super::NnError;
use super::activation::one_of;
use super::config::{EncoderConfig, Keys};
use super::family::Family;
use super::wrapper_prefixes::unwrapped;

/// Keys that only one family has, with its `model_type`.
const TELLING_KEYS: [(&str, &[&str]); 4] = [
    ("distilbert", &["dim", "n_layers", "n_heads", "hidden_dim"]),
    ("albert", &["num_hidden_groups", "inner_group_num"]),
    ("mpnet", &["relative_attention_num_buckets", "hidden_size"]),
    ("modernbert", &["global_attn_every_n_layers"]),
];

/// What follows the family in the name of a class of transformers.
const CLASS_ENDS: [&str; 3] = ["Model", "For", "LMHead"];

/// A family that was inferred, and from what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Inferred {
    pub(crate) family: Family,
    /// "its `architectures` say"
    grounds: &'static str,
}

impl Inferred {
    /// What is said of it, after the file's name.
    pub(crate) fn notice(self) -> String {
        let model_type = self.family.model_type();
        let grounds = self.grounds;
        format!("there is no `model_type`; `{model_type}` is assumed, as {grounds}")
    }
}

impl EncoderConfig {
    /// Checks a config.json, which errors call `path`.
    ///
    /// # Errors
    /// [`NnError::Malformed`] where it is no JSON object, [`NnError::Config`] for the first key that is missing or has a value that
    /// no encoder here can have.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, NnError> {
        Self::parse_or_infer(path, bytes, || Ok(Vec::new())).map(|(config, _)| config)
    }

    /// The same; where no `model_type` is in it and it does not follow from other keys, from the `names` of the tensors. What was
    /// inferred comes back.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and those of `names`.
    pub(crate) fn parse_or_infer(
        path: &Path,
        bytes: &[u8],
        names: impl FnOnce() -> Result<Vec<String>, NnError>,
    ) -> Result<(Self, Option<Inferred>), NnError> {
        let keys = Keys::parse(path, bytes)?;
        let (family, inferred) = if keys.object().contains_key("model_type") {
            (keys.family()?, None)
        } else {
            let inferred = infer(keys.object(), names)?;
            let found = inferred.ok_or_else(|| {
                let all = one_of(Family::ALL.iter().map(|(_, model_type, _)| *model_type));
                let line = "add a line such as `\"model_type\": \"bert\",`";
                keys.refused("model_type", &format!("{all}; {line}"))
            })?;
            (found.family, inferred)
        };
        let config = (family.definition().config)(&keys, family)?;
        Ok((config, inferred))
    }
}

/// Infers the family from config.json, else from the `names` of the tensors, which are only read then.
///
/// # Errors
/// Those of `names`.
pub(crate) fn infer(
    config: &Map<String, Value>,
    names: impl FnOnce() -> Result<Vec<String>, NnError>,
) -> Result<Option<Inferred>, NnError> {
    let inferred = |family, grounds| Some(Inferred { family, grounds });
    if let Some(family) = by_architectures(config) {
        return Ok(inferred(family, "`architectures` says"));
    }
    if let Some(family) = by_keys(config) {
        return Ok(inferred(family, "its keys say"));
    }
    let family = by_names(&names()?);
    Ok(family.and_then(|family| inferred(family, "the names of the tensors say")))
}

fn families() -> impl Iterator<Item = Family> {
    Family::ALL.into_iter().map(|(family, ..)| family)
}

/// The family of the only class in `architectures`.
fn by_architectures(config: &Map<String, Value>) -> Option<Family> {
    let classes = config.get("architectures")?.as_array()?;
    let class = classes.first()?.as_str()?;
    let of_class = |family: &Family| {
        let end = class.strip_prefix(family.definition().class);
        end.is_some_and(|end| CLASS_ENDS.iter().any(|known| end.starts_with(known)))
    };
    families().find(of_class)
}

fn by_keys(config: &Map<String, Value>) -> Option<Family> {
    let all = |keys: &[&str]| keys.iter().all(|key| config.contains_key(*key));
    let mut telling = TELLING_KEYS.iter().filter(|(_, keys)| all(keys));
    telling.find_map(|(model_type, _)| Family::parse(model_type).ok())
}

/// The only family whose prefix a name has; where several families share a prefix, it says nothing.
fn by_names(names: &[String]) -> Option<Family> {
    let named = |family: &Family| {
        let prefix = family.definition().prefix;
        let mut all = names.iter().flat_map(|name| unwrapped(name));
        all.any(|name| name.starts_with(prefix))
    };
    let mut families = families().filter(named);
    let family = families.next()?;
    families.next().is_none().then_some(family)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inferred(config: &str, names: &[&str]) -> Option<String> {
        let config: Map<String, Value> = serde_json::from_str(config).unwrap();
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let inferred = infer(&config, || Ok(names)).unwrap();
        inferred.map(Inferred::notice)
    }

    #[test]
    fn a_class_of_transformers_names_the_family() {
        for (family, model_type, _) in Family::ALL {
            let definition = family.definition();
            for end in ["Model", "ForSequenceClassification", "ForMaskedLM"] {
                let config = format!(r#"{{"architectures": ["{}{end}"]}}"#, definition.class);
                let expected = format!(
                    "there is no `model_type`; `{model_type}` is assumed, as `architectures` says"
                );
                assert_eq!(inferred(&config, &[]), Some(expected));
            }
        }
        for class in [
            "BertGenerationEncoder",
            "BertJapanese",
            "RobertaPreLayerNormModel",
            "XBertModel",
            "",
        ] {
            let config = format!(r#"{{"architectures": ["{class}"]}}"#);
            assert_eq!(inferred(&config, &[]), None, "{class}");
        }
        for config in [
            r#"{"architectures": []}"#,
            r#"{"architectures": 3}"#,
            r#"{"architectures": [{}]}"#,
        ] {
            assert_eq!(inferred(config, &[]), None);
        }
    }

    #[test]
    fn keys_of_one_family_name_it() {
        let distilbert = r#"{"dim": 8, "n_layers": 2, "n_heads": 2, "hidden_dim": 16}"#;
        assert_eq!(
            inferred(distilbert, &["bert.x"]).unwrap(),
            "there is no `model_type`; `distilbert` is assumed, as its keys say"
        );
        assert_eq!(inferred(r#"{"dim": 8, "n_layers": 2}"#, &[]), None);
        assert_eq!(inferred(r#"{"hidden_size": 8}"#, &[]), None);
    }

    #[test]
    fn a_prefix_of_one_family_names_it() {
        let name = "embeddings.word_embeddings.weight";
        let of = |prefix: &str| inferred("{}", &["cls.bias", &format!("{prefix}{name}")]);
        let said = "there is no `model_type`; `bert` is assumed, as the names of the tensors say";
        assert_eq!(of("bert.").unwrap(), said);
        assert_eq!(of("_orig_mod.module.bert.").unwrap(), said);
        assert_eq!(of(""), None);
        // RoBERTa's is XLM-RoBERTa's as well.
        assert_eq!(of("roberta."), None);
        assert_eq!(inferred("{}", &["bert.x", "electra.x"]), None);
        assert_eq!(inferred("{}", &[]), None);
    }
}
