//! The family of an encoder that its config.json does not name: from the class that it was saved as, or from keys that only one family
//! has. The tokenizer, the longest text and the encoder itself depend on it, so that all ask here.

use serde_json::{Map, Value};

/// How the classes of each family in transformers, or in model2vec, begin, and its `model_type`.
const CLASSES: [(&str, &str); 11] = [
    ("Albert", "albert"),
    ("Bert", "bert"),
    ("Camembert", "camembert"),
    ("DebertaV2", "deberta-v2"),
    ("DistilBert", "distilbert"),
    ("Electra", "electra"),
    ("ModernBert", "modernbert"),
    ("MPNet", "mpnet"),
    ("Roberta", "roberta"),
    ("Static", "model2vec"),
    ("XLMRoberta", "xlm-roberta"),
];

/// What follows the family in the name of a class.
const CLASS_ENDS: [&str; 3] = ["Model", "For", "LMHead"];

/// Keys that only one family has, with its `model_type`.
const TELLING_KEYS: [(&[&str], &str); 5] = [
    (&["dim", "n_layers", "n_heads", "hidden_dim"], "distilbert"),
    (&["num_hidden_groups", "inner_group_num"], "albert"),
    (&["relative_attention_num_buckets", "hidden_size"], "mpnet"),
    (&["global_attn_every_n_layers"], "modernbert"),
    (&["embedding_dtype", "normalize"], "model2vec"),
];

/// A `model_type` that follows from something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImpliedModelType {
    /// The `model_type`.
    pub model_type: &'static str,
    /// What says so: "`architectures` says".
    pub grounds: &'static str,
}

/// The `model_type` that follows from the other keys of a config.json; `None` where none does.
pub fn implied_model_type(config: &Map<String, Value>) -> Option<ImpliedModelType> {
    let implied = |grounds| {
        move |model_type| ImpliedModelType {
            model_type,
            grounds,
        }
    };
    let by_class = by_class(config).map(implied("`architectures` says"));
    by_class.or_else(|| by_keys(config).map(implied("its keys say")))
}

/// The `model_type` of a config.json, written or implied.
pub fn model_type(config: &Value) -> Option<&str> {
    match config.get("model_type") {
        Some(written) => written.as_str(),
        None => Some(implied_model_type(config.as_object()?)?.model_type),
    }
}

/// By the first class in `architectures`.
fn by_class(config: &Map<String, Value>) -> Option<&'static str> {
    let class = config.get("architectures")?.as_array()?.first()?.as_str()?;
    let mut all = CLASSES.iter();
    let found = all.find(|(begin, _)| {
        let end = class.strip_prefix(begin);
        end.is_some_and(|end| CLASS_ENDS.iter().any(|known| end.starts_with(known)))
    });
    found.map(|(_, model_type)| *model_type)
}

fn by_keys(config: &Map<String, Value>) -> Option<&'static str> {
    let mut all = TELLING_KEYS.iter();
    let found = all.find(|(keys, _)| keys.iter().all(|key| config.contains_key(*key)));
    found.map(|(_, model_type)| *model_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_counts_whatever_else_is_there() {
        for (config, expected) in [
            (
                r#"{"model_type": "bert", "architectures": ["RobertaModel"]}"#,
                Some("bert"),
            ),
            (
                r#"{"architectures": ["RobertaForMaskedLM"]}"#,
                Some("roberta"),
            ),
            (
                r#"{"architectures": ["RobertaModel", "BertModel"]}"#,
                Some("roberta"),
            ),
            (r#"{"global_attn_every_n_layers": 3}"#, Some("modernbert")),
            (r#"{"model_type": 3, "architectures": ["BertModel"]}"#, None),
            (r#"{"architectures": ["RobertaPreLayerNormModel"]}"#, None),
            ("{}", None),
            ("[]", None),
        ] {
            let value: Value = serde_json::from_str(config).unwrap();
            assert_eq!(model_type(&value), expected, "{config}");
        }
    }
}
