//! What families differ in: dropout, positions, shared layers, and keys of config.json that only one has.

use std::collections::BTreeMap;
use std::path::Path;

use tch::{Device, Kind, Tensor};

use super::{FAMILIES, Golden};
use crate::dropout::dropout;
use crate::weights::expected;
use crate::{
    Compute, DropoutRng, EncoderConfig, Examples, Family, FitSeeds, NnError, Packed, VectorModules,
    embed, fit,
};
use fsl_common::settings::{FitParams, LossParams, Pooling};
use fsl_test_support::golden;

/// Witness: the numbers that dropout looks at in transformers' models in training. Whatever its rate, it draws one number of the
/// stream for each, so that the next mask of the stream says how many there were.
#[test]
fn dropout_acts_on_as_many_numbers_as_in_transformers() {
    let bytes = std::fs::read(golden("nn/dropout.json")).unwrap();
    let counts: BTreeMap<String, i64> = serde_json::from_slice(&bytes).unwrap();
    let next = |stream: &DropoutRng| {
        let ones = Tensor::ones([64], (Kind::Float, Device::Cpu));
        Vec::<f32>::try_from(dropout(ones, 0.5, Some(stream))).unwrap()
    };
    for family in FAMILIES {
        let mut encoder = Golden::read(family).encoder();
        encoder.set_dropout(0.5);
        let text: Vec<i64> = (7..14).collect();
        let (ours, theirs) = (
            DropoutRng::new(5, Device::Cpu),
            DropoutRng::new(5, Device::Cpu),
        );
        let _ = encoder.forward(&Packed::new(&[text], Device::Cpu), Some(&ours));
        let skipped = Tensor::ones([counts[family]], (Kind::Float, Device::Cpu));
        let _ = dropout(skipped, 0.5, Some(&theirs));
        assert_eq!(next(&ours), next(&theirs), "{family}");
    }
}

/// The longest text has as many tokens as there are positions behind the padding index.
#[test]
fn texts_longer_than_the_positions_are_refused() {
    let plain = VectorModules::default();
    for family in FAMILIES {
        let encoder = Golden::read(family).encoder();
        let most = encoder.config().max_positions;
        let longer = vec![vec![2; most as usize + 1]];
        let error = embed(&encoder, &longer, Pooling::Mean, &plain, &mut |_| ()).unwrap_err();
        let expected = format!(
            "text 0: got {} tokens, must be 1 to {most} tokens long",
            most + 1
        );
        assert_eq!(error.to_string(), expected, "{family}");
        let longest = vec![vec![2; most as usize]];
        assert!(embed(&encoder, &longest, Pooling::Mean, &plain, &mut |_| ()).is_ok());
    }
    assert_eq!(
        Golden::read("camembert").encoder().config().max_positions,
        20
    );
}

fn reinitialised(family: &str, reinit_top: usize) -> Result<Vec<f64>, NnError> {
    let golden = Golden::read(family);
    let (texts, targets) = (golden.texts(), golden.numbers("targets"));
    let params = FitParams {
        epochs: 1,
        reinit_top,
        ..FitParams::reference()
    };
    let examples = Examples {
        texts: &texts,
        classes: 2,
        targets: &targets,
    };
    let seeds = FitSeeds {
        init: 1,
        order: 2,
        dropout: 3,
    };
    let loss = LossParams::bce();
    let (classifier, _) = fit(
        &golden.open(),
        Compute::CPU,
        &params,
        &loss,
        examples,
        seeds,
        &mut |_| (),
    )?;
    Ok(classifier.predict(&texts, &mut |_| ())?.into_values())
}

#[test]
fn shared_layers_cannot_start_from_new_weights() {
    super::one_thread();
    for family in FAMILIES {
        let new = reinitialised(family, 1);
        if family.starts_with("albert") {
            assert_eq!(
                new.unwrap_err().to_string(),
                "hyper-parameter `reinit-top`: got 1, must be 0 for an encoder whose layers share their weights"
            );
        } else {
            assert_ne!(new.unwrap(), reinitialised(family, 0).unwrap(), "{family}");
        }
    }
}

/// A golden config.json with one key changed; what is said of it.
pub(super) fn changed(family: &str, key: &str, value: &str) -> Result<EncoderConfig, String> {
    let bytes = std::fs::read(golden(&format!("nn/{family}/config.json"))).unwrap();
    let mut config: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    config[key] = serde_json::from_str(value).unwrap();
    EncoderConfig::parse(Path::new("c"), config.to_string().as_bytes())
        .map_err(|error| error.to_string())
}

/// Keys with values that a family cannot have, and what it could.
const REFUSED: [(&str, &str, &str, &str); 12] = [
    ("roberta", "pad_token_id", "null", "a whole number from 0"),
    (
        "roberta",
        "max_position_embeddings",
        "2",
        "above 2: positions begin behind the padding index, which is 1",
    ),
    (
        "mpnet",
        "max_position_embeddings",
        "1",
        "above 2: positions begin behind the padding index, which is 1",
    ),
    (
        "mpnet",
        "relative_attention_num_buckets",
        "31",
        "a whole number from 32 to 10000000",
    ),
    (
        "electra",
        "embedding_size",
        "0",
        "a whole number from 1 to 10000000",
    ),
    ("electra", "is_decoder", "true", "`false`"),
    (
        "electra",
        "position_embedding_type",
        "\"relative_key\"",
        "`absolute`",
    ),
    (
        "albert",
        "num_hidden_layers",
        "1001",
        "a whole number from 1 to 1000",
    ),
    (
        "albert",
        "num_hidden_groups",
        "4",
        "a whole number from 1 to 3",
    ),
    (
        "albert",
        "inner_group_num",
        "1001",
        "a whole number from 1 to 1000",
    ),
    (
        "albert",
        "hidden_act",
        "\"mish\"",
        "`gelu`, `gelu_new`, `gelu_fast`, `gelu_pytorch_tanh`, `relu`, `silu`, `swish` or `tanh`",
    ),
    (
        "bert",
        "model_type",
        "\"gpt2\"",
        "`albert`, `bert`, `camembert`, `deberta-v2`, `distilbert`, `electra`, `model2vec`, `modernbert`, `mpnet`, `roberta` or `xlm-roberta`",
    ),
];

#[test]
fn values_that_a_family_cannot_have_are_refused_by_name() {
    for (family, key, value, allowed) in REFUSED {
        let said = changed(family, key, value).unwrap_err();
        let expected = format!("`c`, key `{key}`: got `{value}`, must be {allowed}");
        assert_eq!(said, expected);
    }
    assert!(changed("xlm-roberta", "pad_token_id", "9223372036854775807").is_err());
    // MPNet's padding index is a constant of the reference.
    let mpnet = changed("mpnet", "pad_token_id", "7").unwrap();
    assert_eq!(mpnet.pad_token_id, Some(1));
}

/// What is shared costs a file nothing; what is not has to be in it.
#[test]
fn shared_layers_are_bounded_by_what_a_file_holds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    std::fs::copy(golden("nn/albert/model.safetensors"), &path).unwrap();
    let config = changed("albert", "inner_group_num", "1000").unwrap();
    assert_eq!(
        super::weights::error(&path, &config),
        "`model.safetensors` has 23 tensors, too few for the 1000 blocks per group of config.json (`inner_group_num`)"
    );
    assert!(
        super::weights::read(
            &path,
            &changed("albert", "num_hidden_layers", "1000").unwrap()
        )
        .is_ok()
    );
}

/// Every group of the file has two blocks. All of them have to be in config.json, and the other way round.
#[test]
fn groups_and_their_blocks_are_as_many_as_config_json_says() {
    let said = |key: &str, value: &str| {
        let config = changed("albert-groups", key, value).unwrap();
        super::weights::error(&golden("nn/albert-groups/model.safetensors"), &config)
    };
    let more = |key: &str| said(key, "1");
    assert_eq!(
        more("num_hidden_groups"),
        "`model.safetensors` has more groups than the 1 of config.json (`num_hidden_groups`)"
    );
    assert_eq!(
        more("inner_group_num"),
        "`model.safetensors` has more blocks per group than the 1 of config.json (`inner_group_num`)"
    );
    for key in ["num_hidden_groups", "inner_group_num"] {
        let fewer = said(key, "3");
        let expected = format!("`{key}` is 3, the weights have 2");
        assert!(fewer.ends_with(&expected), "{fewer}");
    }
}

/// Rows of relative embeddings come of several keys, and may be as many as a size of another tensor.
#[test]
fn sizes_that_differ_are_told_by_key_only_where_it_is_certain() {
    let said = |family: &str, key: &str, value: &str| {
        let config = changed(family, key, value).unwrap();
        super::weights::error(&golden(&format!("nn/{family}/model.safetensors")), &config)
    };
    assert_eq!(
        said("modernbert", "vocab_size", "61"),
        "`model.safetensors`, tensor `embeddings.tok_embeddings.weight`: got shape [60, 12], config.json asks for [61, 12]; `vocab_size` is 61, the weights have 60"
    );
    // As many rows as `hidden_size`.
    assert_eq!(
        said("deberta-v3", "position_buckets", "6"),
        "`model.safetensors`, tensor `encoder.rel_embeddings.weight`: got shape [16, 12], config.json asks for [12, 12]"
    );
}

/// A parameter that is used by several layers learns from all of them, and is listed once.
#[test]
fn every_tensor_of_a_checkpoint_is_listed_once() {
    for family in FAMILIES {
        let encoder = Golden::read(family).encoder();
        let mut ours: Vec<String> = encoder.named().into_iter().map(|(name, _)| name).collect();
        let mut theirs: Vec<String> = expected(encoder.config())
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        ours.sort();
        theirs.sort();
        assert_eq!(ours, theirs, "{family}");
    }
}

#[test]
fn the_golden_encoders_are_of_all_families() {
    // Those of a static encoder: model2vec.rs.
    let all = Family::all().filter(|family| *family != Family::Model2Vec);
    for family in all {
        let found = FAMILIES
            .iter()
            .any(|name| Golden::read(name).open().config().family == family);
        assert!(found, "{family:?}");
    }
}
