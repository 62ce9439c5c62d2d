//! config.json: what is read, and what is refused.

use std::path::Path;

use crate::{Activation, EncoderConfig, Family};
use fsl_common::settings::EncoderLimits;

fn read(json: &str) -> Result<EncoderConfig, String> {
    EncoderConfig::parse(Path::new("/config.json"), json.as_bytes())
        .map_err(|error| error.to_string())
}

const BERT: &str = r#"{"model_type": "bert", "vocab_size": 60, "hidden_size": 12, "num_hidden_layers": 2,
    "num_attention_heads": 2, "intermediate_size": 24, "max_position_embeddings": 32, "type_vocab_size": 2,
    "hidden_act": "gelu", "extra": [1]}"#;
const DISTILBERT: &str = r#"{"model_type": "distilbert", "vocab_size": 60, "dim": 8, "n_layers": 2, "n_heads": 2,
    "hidden_dim": 16, "max_position_embeddings": 32, "dropout": 0.2, "activation": "relu"}"#;

#[test]
fn both_families_map_to_one_struct() {
    let bert = read(BERT).unwrap();
    assert_eq!(
        (bert.family, bert.hidden, bert.type_vocab_size),
        (Family::Bert, 12, 2)
    );
    assert!((bert.layer_norm_eps, bert.hidden_dropout) == (1e-12, 0.1));
    let distilbert = read(DISTILBERT).unwrap();
    assert_eq!(
        (distilbert.family, distilbert.type_vocab_size),
        (Family::DistilBert, 0)
    );
    assert_eq!(
        (distilbert.hidden_dropout, distilbert.attention_dropout),
        (0.2, 0.1)
    );
    assert_eq!(distilbert.activation, Activation::Relu);
}

#[test]
fn values_that_no_encoder_can_have_name_key_value_and_remedy() {
    for (from, to, message) in [
        (
            r#""bert""#,
            r#""gpt2""#,
            r#"`/config.json`, key `model_type`: got `"gpt2"`, must be `albert`, `bert`, `camembert`, `deberta-v2`, `distilbert`, `electra`, `model2vec`, `modernbert`, `mpnet`, `roberta` or `xlm-roberta`"#,
        ),
        (
            r#""gelu""#,
            r#""mish""#,
            r#"`/config.json`, key `hidden_act`: got `"mish"`, must be `gelu`, `gelu_new`, `gelu_fast`, `gelu_pytorch_tanh`, `relu`, `silu`, `swish` or `tanh`"#,
        ),
        (
            "12",
            "13",
            "`/config.json`, key `hidden_size`: got `13`, must be a multiple of `num_attention_heads`, which is 2",
        ),
        (
            "24",
            "-1",
            "`/config.json`, key `intermediate_size`: got `-1`, must be a whole number from 1 to 10000000",
        ),
        (
            r#""vocab_size": 60,"#,
            "",
            "`/config.json`, key `vocab_size`: got nothing, must be a whole number from 1 to 10000000",
        ),
        (
            r#""extra""#,
            r#""hidden_dropout_prob": 1.0, "e""#,
            "`/config.json`, key `hidden_dropout_prob`: got `1.0`, must be a number from 0 to below 1",
        ),
        (
            r#""extra""#,
            r#""position_embedding_type": "relative_key", "e""#,
            r#"`/config.json`, key `position_embedding_type`: got `"relative_key"`, must be `absolute`"#,
        ),
    ] {
        assert_eq!(read(&BERT.replacen(from, to, 1)).unwrap_err(), message);
    }
    assert_eq!(
        read("[]").unwrap_err(),
        "`/config.json` is not a JSON object"
    );
    assert!(
        read("{")
            .unwrap_err()
            .starts_with("`/config.json` is not valid JSON: ")
    );
}

/// The front says what is too long without libtorch.
#[test]
fn the_longest_text_is_the_same_without_libtorch() {
    let mut configs = 0;
    for entry in std::fs::read_dir(fsl_test_support::golden("nn")).unwrap() {
        let path = entry.unwrap().path().join("config.json");
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        let text = String::from_utf8(bytes).unwrap();
        for other in [
            text.clone(),
            text.replace("\"pad_token_id\": 0", "\"pad_token_id\": 5"),
            text.replace("\"pad_token_id\": 1", "\"pad_token_id\": 5"),
            // By `architectures`.
            text.replace("\"model_type\"", "\"type\""),
        ] {
            let config = EncoderConfig::parse(&path, other.as_bytes()).unwrap();
            let limits = EncoderLimits::read(other.as_bytes());
            let (tokens, path) = (limits.tokens, path.display());
            assert_eq!(tokens, Some(config.max_positions), "{path}");
            configs += 1;
        }
    }
    assert!(configs > 20, "{configs}");
}

#[test]
fn a_model_type_that_is_missing_is_inferred_or_asked_for() {
    let without =
        |json: &str, type_: &str| json.replacen(&format!(r#""model_type": "{type_}","#), "", 1);
    let distilbert = read(&without(DISTILBERT, "distilbert")).unwrap();
    assert_eq!(distilbert, read(DISTILBERT).unwrap());
    let bert = without(BERT, "bert");
    let named = bert.replacen(
        r#""extra""#,
        r#""architectures": ["BertForMaskedLM"], "extra""#,
        1,
    );
    assert_eq!(read(&named).unwrap(), read(BERT).unwrap());
    let said = read(&bert).unwrap_err();
    assert!(
        said.starts_with(
            "`/config.json`, key `model_type`: got nothing, must be `albert`, `bert`, "
        ),
        "{said}"
    );
    assert!(
        said.ends_with(r#"; add a line such as `"model_type": "bert",`"#),
        "{said}"
    );
    // What is there is not overruled.
    for wrong in ["null", "3", r#""""#] {
        let json = named.replacen('{', &format!(r#"{{"model_type": {wrong}, "#), 1);
        let said = read(&json).unwrap_err();
        assert!(said.contains("key `model_type`: got `"), "{said}");
    }
}
