//! How many tokens an encoder reads, from its config.json alone: known before libtorch is loaded.

use serde_json::Value;

use super::model_type::model_type;

/// The families that count positions from the padding index + 1, by `model_type`, with the index where config.json has none.
const OFFSET: [(&str, i64); 3] = [("camembert", 1), ("roberta", 1), ("xlm-roberta", 1)];

/// The padding index of MPNet, which config.json cannot change.
const MPNET_PADDING: i64 = 1;

/// The most tokens of a text, special ones included, by the bytes of a config.json; `None` where they do not say it.
///
/// It is `max_position_embeddings`, less the rows in front of the first position. Static encoders have no positions.
pub fn longest_text(config: &[u8]) -> Option<i64> {
    let config: Value = serde_json::from_slice(config).ok()?;
    let number = |key: &str| config.get(key).and_then(Value::as_i64);
    let model_type = model_type(&config);
    if model_type == Some("model2vec") {
        return None;
    }
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
            assert_eq!(longest_text(config.as_bytes()), expected, "{config}");
        }
    }
}
