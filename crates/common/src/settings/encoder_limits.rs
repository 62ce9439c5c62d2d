//! How many tokens and layers an encoder has, from its config.json alone: known before libtorch is loaded.

use serde_json::Value;

use super::model_type::model_type;

/// The families that count positions from the padding index + 1, by `model_type`, with the index where config.json has none.
const OFFSET: [(&str, i64); 3] = [("camembert", 1), ("roberta", 1), ("xlm-roberta", 1)];

/// The padding index of MPNet, which config.json cannot change.
const MPNET_PADDING: i64 = 1;

/// How far texts and layers of an encoder go; `None` where its config.json does not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EncoderLimits {
    /// The most tokens of a text, special ones included: `max_position_embeddings`, less the rows in front of the first position. Static
    /// encoders have no positions.
    pub tokens: Option<i64>,
    /// The number of blocks, which is the largest layer: 0 of static encoders.
    pub layers: Option<i64>,
}

impl EncoderLimits {
    /// The limits by the bytes of a config.json.
    pub fn read(config: &[u8]) -> Self {
        let Ok(config) = serde_json::from_slice::<Value>(config) else {
            return Self::default();
        };
        let model_type = model_type(&config);
        if model_type == Some("model2vec") {
            return Self {
                tokens: None,
                layers: Some(0),
            };
        }
        let number = |key: &str| config.get(key).and_then(Value::as_i64);
        Self {
            tokens: tokens(model_type, &number),
            layers: layers(model_type, &number),
        }
    }
}

fn tokens(model_type: Option<&str>, number: &dyn Fn(&str) -> Option<i64>) -> Option<i64> {
    let rows = number("max_position_embeddings")?;
    let mut offset = OFFSET.iter();
    let offset = offset.find(|(family, _)| Some(*family) == model_type);
    let padding = match (offset, model_type) {
        (Some((_, padding)), _) => number("pad_token_id").unwrap_or(*padding),
        (None, Some("mpnet")) => MPNET_PADDING,
        _ => -1,
    };
    let longest = rows.checked_sub(padding.checked_add(1)?)?;
    (longest > 0).then_some(longest)
}

fn layers(model_type: Option<&str>, number: &dyn Fn(&str) -> Option<i64>) -> Option<i64> {
    let layers = match model_type {
        Some("distilbert") => number("n_layers"),
        Some("albert") => {
            let inner = number("inner_group_num").unwrap_or(1);
            number("num_hidden_layers")?.checked_mul(inner)
        }
        _ => number("num_hidden_layers"),
    };
    layers.filter(|&layers| layers > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_in_front_of_the_first_do_not_count() {
        for (config, expected) in [
            (
                r#"{"model_type": "bert", "max_position_embeddings": 512, "pad_token_id": 3}"#,
                Some(512),
            ),
            (r#"{"max_position_embeddings": 32}"#, Some(32)),
            (
                r#"{"architectures": ["RobertaModel"], "max_position_embeddings": 514}"#,
                Some(512),
            ),
            // `padding_idx` + 1 rows: transformers, modeling_roberta.py.
            (
                r#"{"model_type": "roberta", "max_position_embeddings": 514}"#,
                Some(512),
            ),
            (
                r#"{"model_type": "xlm-roberta", "max_position_embeddings": 514, "pad_token_id": 4}"#,
                Some(509),
            ),
            (
                r#"{"model_type": "mpnet", "max_position_embeddings": 514, "pad_token_id": 9}"#,
                Some(512),
            ),
            (
                r#"{"model_type": "roberta", "max_position_embeddings": 2}"#,
                None,
            ),
            (
                r#"{"model_type": "roberta", "max_position_embeddings": 9, "pad_token_id": 9223372036854775807}"#,
                None,
            ),
            (r#"{"max_position_embeddings": "32"}"#, None),
            (
                r#"{"model_type": "model2vec", "max_position_embeddings": 32}"#,
                None,
            ),
            ("{", None),
            ("[]", None),
        ] {
            let limits = EncoderLimits::read(config.as_bytes());
            assert_eq!(limits.tokens, expected, "{config}");
        }
    }

    #[test]
    fn blocks_are_counted_where_they_are_named() {
        for (config, expected) in [
            (r#"{"model_type": "bert", "num_hidden_layers": 6}"#, Some(6)),
            (r#"{"model_type": "distilbert", "n_layers": 3}"#, Some(3)),
            (
                r#"{"model_type": "albert", "num_hidden_layers": 4, "inner_group_num": 2}"#,
                Some(8),
            ),
            (
                r#"{"model_type": "albert", "num_hidden_layers": 4}"#,
                Some(4),
            ),
            (r#"{"model_type": "model2vec"}"#, Some(0)),
            (r#"{"model_type": "bert", "num_hidden_layers": -1}"#, None),
            (r#"{"model_type": "bert"}"#, None),
            ("[", None),
        ] {
            let limits = EncoderLimits::read(config.as_bytes());
            assert_eq!(limits.layers, expected, "{config}");
        }
    }
}
