//! The family of an encoder whose config.json does not say it: from the class that it was saved as, from keys that only one family
//! has, or from the prefix of the tensors' names.

use serde_json::{Map, Value};

use super::NnError;
use super::family::Family;
use super::wrapper_prefixes::{WRAPPERS, unwrapped};
use fsl_common::settings::implied_model_type;

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

/// Infers the family from config.json, else from the `names` of the tensors, which are only read then.
///
/// # Errors
/// Those of `names`.
pub(crate) fn infer(
    config: &Map<String, Value>,
    names: impl FnOnce() -> Result<Vec<String>, NnError>,
) -> Result<Option<Inferred>, NnError> {
    if let Some(implied) = implied_model_type(config) {
        let family = Family::parse(implied.model_type).ok();
        let grounds = implied.grounds;
        return Ok(family.map(|family| Inferred { family, grounds }));
    }
    let grounds = "the names of the tensors say";
    let family = by_names(&names()?);
    Ok(family.map(|family| Inferred { family, grounds }))
}

/// Families of which a tensor's name may be the only sign. The tokenizer, which is made without the weights, is the same for these,
/// and for an encoder of no known family; so is the longest text.
const TOLD_BY_NAMES: [Family; 3] = [Family::Bert, Family::DistilBert, Family::Electra];

/// The only family whose prefix a name has.
fn by_names(names: &[String]) -> Option<Family> {
    let named = |family: &Family| {
        let prefix = family.definition().prefix;
        let mut all = names.iter().flat_map(|name| unwrapped(name));
        all.any(|name| name.starts_with(prefix))
    };
    let mut families = Family::all().filter(|family| named(family) && !is_wrapper(*family));
    let family = families.next().filter(|_| families.next().is_none())?;
    TOLD_BY_NAMES.contains(&family).then_some(family)
}

/// Whether other families' names begin with this one's prefix, too.
fn is_wrapper(family: Family) -> bool {
    WRAPPERS.contains(&family.definition().prefix)
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
        for family in Family::all() {
            let definition = family.definition();
            for end in ["Model", "ForSequenceClassification", "ForMaskedLM"] {
                let config = format!(r#"{{"architectures": ["{}{end}"]}}"#, definition.class);
                let expected = format!(
                    "there is no `model_type`; `{}` is assumed, as `architectures` says",
                    family.model_type()
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
        assert_eq!(of("model.bert.").unwrap(), said);
        // ModernBERT's prefix, and that of many a wrapper.
        assert_eq!(of("model."), None);
        // Another tokenizer would have been made, had it been known in time.
        assert_eq!(of("albert."), None);
        assert_eq!(of(""), None);
        // RoBERTa's is XLM-RoBERTa's as well.
        assert_eq!(of("roberta."), None);
        assert_eq!(inferred("{}", &["bert.x", "electra.x"]), None);
        assert_eq!(inferred("{}", &[]), None);
    }
}
