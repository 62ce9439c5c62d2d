//! DeBERTa and ModernBERT: keys of config.json that only they have, and what published files say in other words.

use std::path::Path;

use serde_json::{Value, json};
use tch::{Device, Tensor};

use super::families::changed;
use super::{Golden, distance};
use crate::{Encoder, EncoderConfig, OpenEncoder, Packed};
use fsl_common::fsio::write_atomic;
use fsl_common::settings::EncoderSource;
use fsl_test_support::golden;

const TERMS: &str = "`c2p`, `p2c` or both, in a list or with `|` between them";

#[test]
fn values_that_deberta_cannot_have_are_refused_by_name() {
    for (key, value, allowed) in [
        ("pos_att_type", r#""c2p|p2p""#, TERMS),
        ("pos_att_type", "3", TERMS),
        ("pos_att_type", "[3]", TERMS),
        // Relative attention has to look for something.
        ("pos_att_type", "[]", TERMS),
        ("pos_att_type", "null", TERMS),
        ("relative_attention", "1", "`true` or `false`"),
        ("share_att_key", "null", "`true` or `false`"),
        ("position_biased_input", "\"no\"", "`true` or `false`"),
        ("position_buckets", "1", "-1, or a whole number from 2"),
        (
            "position_buckets",
            "9223372036854775807",
            "a whole number from -1 to 10000000",
        ),
        (
            "position_buckets",
            "null",
            "a whole number from -1 to 10000000",
        ),
        (
            "max_relative_positions",
            "5",
            "above half of `position_buckets` plus 1, which is 5",
        ),
        ("norm_rel_ebd", "\"rms\"", "`none` or `layer_norm`"),
        ("type_vocab_size", "-1", "a whole number from 0 to 10000000"),
        ("embedding_size", "0", "a whole number from 1 to 10000000"),
        ("attention_head_size", "5", "6"),
        ("conv_kernel_size", "2", "0 or an odd number"),
        ("hidden_size", "0", "a whole number from 1 to 10000000"),
        (
            "hidden_size",
            "13",
            "a multiple of `num_attention_heads`, which is 2",
        ),
    ] {
        let said = changed("deberta-v3", key, value).unwrap_err();
        let expected = format!("`c`, key `{key}`: got `{value}`, must be {allowed}");
        assert_eq!(said, expected);
    }
    assert_eq!(
        changed("deberta-v2", "conv_groups", "2").unwrap_err(),
        "`c`, key `conv_groups`: got `2`, must be 1"
    );
}

const ROTATIONS: &str = "`full_attention` and `sliding_attention`, each of `rope_type` `default` and a `rope_theta` from 1";

#[test]
fn values_that_modernbert_cannot_have_are_refused_by_name() {
    let types = "a list of 4 `full_attention` or `sliding_attention`";
    for (key, value, allowed) in [
        ("local_attention", "0", "a whole number from 1 to 10000000"),
        (
            "local_attention",
            "9223372036854775807",
            "a whole number from 1 to 10000000",
        ),
        (
            "global_attn_every_n_layers",
            "0",
            "a whole number from 1 to 10000000",
        ),
        ("layer_types", "7", types),
        ("layer_types", r#"["full_attention"]"#, types),
        (
            "layer_types",
            r#"["full_attention","full_attention","full_attention","chunked_attention"]"#,
            types,
        ),
        ("global_rope_theta", "0.5", "a number from 1"),
        ("local_rope_theta", "null", "a number from 1"),
        ("rope_scaling", r#"{"type":"linear"}"#, "null"),
        ("rope_parameters", "7", ROTATIONS),
        ("rope_parameters", r#"{"rope_theta":10.0}"#, ROTATIONS),
        (
            "rope_parameters",
            r#"{"full_attention":{"rope_type":"yarn"}}"#,
            ROTATIONS,
        ),
        (
            "rope_parameters",
            r#"{"full_attention":{"factor":2.0}}"#,
            ROTATIONS,
        ),
        (
            "rope_parameters",
            r#"{"sliding_attention":{"rope_theta":0}}"#,
            ROTATIONS,
        ),
        ("attention_bias", "null", "`true` or `false`"),
        ("norm_bias", "\"no\"", "`true` or `false`"),
        ("norm_eps", "0", "a number above 0"),
        ("mlp_dropout", "1", "a number from 0 to below 1"),
        ("head_dim", "5", "6"),
        (
            "hidden_size",
            "14",
            "an even multiple of `num_attention_heads`, which is 2",
        ),
    ] {
        let said = changed("modernbert", key, value).unwrap_err();
        let expected = format!("`c`, key `{key}`: got `{value}`, must be {allowed}");
        assert_eq!(said, expected);
    }
}

/// The config.json of a golden encoder, without one of its keys.
fn without(family: &str, key: &str) -> Result<EncoderConfig, String> {
    let bytes = std::fs::read(golden(&format!("nn/{family}/config.json"))).unwrap();
    let mut config: Value = serde_json::from_slice(&bytes).unwrap();
    assert!(config.as_object_mut().unwrap().remove(key).is_some());
    EncoderConfig::parse(Path::new("c"), config.to_string().as_bytes())
        .map_err(|error| error.to_string())
}

#[test]
fn keys_without_a_default_have_to_be_there() {
    for family in ["deberta-v3", "modernbert"] {
        for key in [
            "vocab_size",
            "hidden_size",
            "num_hidden_layers",
            "num_attention_heads",
            "intermediate_size",
            "max_position_embeddings",
        ] {
            assert_eq!(
                without(family, key).unwrap_err(),
                format!("`c`, key `{key}`: got nothing, must be a whole number from 1 to 10000000")
            );
        }
    }
}

#[test]
fn what_is_said_in_other_words_is_the_same() {
    let as_it_is = |family: &str| changed(family, "extra", "1").unwrap();
    for terms in [r#"["p2c","c2p"]"#, r#""C2P | p2c""#] {
        let list = changed("deberta-v3", "pos_att_type", terms).unwrap();
        assert_eq!(list, as_it_is("deberta-v3"));
    }
    let types = json!([
        "full_attention",
        "sliding_attention",
        "sliding_attention",
        "full_attention"
    ]);
    let bases = json!({"full_attention": {"rope_theta": 160_000.0, "rope_type": "default"},
        "sliding_attention": {"rope_theta": 10_000, "rope_type": "default"}});
    for (key, value) in [("layer_types", types), ("rope_parameters", bases)] {
        let newer = changed("modernbert", key, &value.to_string()).unwrap();
        assert_eq!(newer, as_it_is("modernbert"), "{key}");
    }
    let defaults = [
        "global_attn_every_n_layers",
        "global_rope_theta",
        "local_rope_theta",
        "norm_bias",
        "norm_eps",
    ];
    for key in defaults {
        assert_eq!(without("modernbert", key).unwrap(), as_it_is("modernbert"));
    }
}

/// An encoder with a golden one's weights and one key of config.json changed.
fn with(folder: &Path, family: &str, key: &str, value: Value) -> Encoder {
    let golden = Golden::read(family);
    let bytes = std::fs::read(&golden.source.config).unwrap();
    let mut config: Value = serde_json::from_slice(&bytes).unwrap();
    config[key] = value;
    let path = folder.join("config.json");
    write_atomic(&path, config.to_string().as_bytes()).unwrap();
    let source = EncoderSource {
        config: path,
        ..golden.source
    };
    Encoder::load(&OpenEncoder::open(&source).unwrap(), Device::Cpu).unwrap()
}

/// A window as wide as any text is no window, and every other width counts.
#[test]
fn windows_bound_what_local_attention_sees() {
    let folder = tempfile::tempdir().unwrap();
    let packed = Packed::new(&Golden::read("modernbert").texts(), Device::Cpu);
    let hidden = |encoder: Encoder| tch::no_grad(|| encoder.forward(&packed, None));
    let window = |width: i64| {
        hidden(with(
            folder.path(),
            "modernbert",
            "local_attention",
            json!(width),
        ))
    };
    let whole = window(10_000_000);
    assert_eq!(window(38), whole);
    let narrower: Vec<Tensor> = [36, 8, 1].map(window).into();
    for (one, other) in narrower.iter().zip(narrower.iter().skip(1).chain([&whole])) {
        assert!(distance(one, other) > 1e-3);
    }
    // Half of an odd width is rounded down.
    assert_eq!(window(9), window(8));
}
