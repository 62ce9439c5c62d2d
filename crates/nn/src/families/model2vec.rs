//! Static encoders: a table of vectors, and no layers.
//!
//! Reference: model2vec 0.10, `model.py` and `persistence/persistence.py` (<https://github.com/MinishLab/model2vec>). The vector of the
//! token `t` is row `t` of `embeddings`, or row `mapping[t]`, times `weights[t]`, where the file has these. They are made one table,
//! `[V, D]`, when it is read; a fit changes that table, and a saved model has it alone. A row of zeros stands behind it, for a text that
//! has no tokens. Nothing has dropout. The sizes are those of the weights: config.json has none that model2vec keeps true.

use tch::{Kind, Tensor};

use super::definition::{Definition, Parts};
use crate::attention::QueryRows;
use crate::batch::Packed;
use crate::config::{EncoderConfig, Keys, LARGEST_SIZE};
use crate::dropout::DropoutRng;
use crate::embeddings::Embeddings;
use crate::family::Family;
use crate::layers::{NamedTensors, Parameter, Parameters, Take};
use crate::onnx::graph::{GraphBuilder, Value};
use crate::onnx::parts::Tokens;
use crate::precision::check_training;
use crate::settings::{FamilySettings, StaticSettings};
use crate::shapes::{Shapes, StoredTensors};
use crate::stack::Layers;
use crate::weight_file::WeightFile;
use crate::{Activation, NnError};
use fsl_common::settings::{ParamError, Precision};

pub(super) const DEFINITION: Definition = Definition {
    prefix: "model2vec.",
    class: "Static",
    tokenizer_class: "PreTrainedTokenizerFast",
    config,
    shapes,
    counts: |_| Vec::new(),
    load,
};

/// `[V', D]`
const EMBEDDINGS: &str = "embeddings";
/// `[V]`, whole numbers: each token's row.
const MAPPING: &str = "mapping";
/// `[V]`: each token's factor.
const WEIGHTS: &str = "weights";

/// Tokens that are read of a text where config.json says nothing (model2vec).
const USUAL_TOKENS: u32 = 512;

/// The most numbers of a table that has to be made out of `mapping`: a file of few bytes can ask for any.
const MOST_MAPPED: i64 = 1 << 28;

fn settings_of(config: &EncoderConfig) -> &StaticSettings {
    let FamilySettings::Static(settings) = &config.settings else {
        unreachable!("`config` below sets them")
    };
    settings
}

/// What config.json says; the sizes follow in [`sized`].
fn config(keys: &Keys, family: Family) -> Result<EncoderConfig, NnError> {
    keys.flag("normalize", false)?;
    let tokens = match keys.value("max_length") {
        None => Some(USUAL_TOKENS),
        Some(value) if value.is_null() => None,
        Some(_) => Some(keys.size("max_length")? as u32),
    };
    Ok(EncoderConfig {
        family,
        vocab_size: 0,
        embedding_size: 0,
        hidden: 0,
        layers: 0,
        heads: 1,
        intermediate: 0,
        max_positions: LARGEST_SIZE,
        first_position: 0,
        type_vocab_size: 0,
        layer_norm_eps: 1e-12,
        hidden_dropout: 0.0,
        attention_dropout: 0.0,
        activation: Activation::Gelu,
        pad_token_id: None,
        settings: FamilySettings::Static(StaticSettings {
            tokens,
            vectors: 0,
            mapped: false,
            weighted: false,
        }),
    })
}

/// The config with the sizes of the tensors in the file.
///
/// # Errors
/// [`NnError::MissingTensors`] without a table, [`NnError::Malformed`] for tensors of other dimensions, and for too large ones.
pub(crate) fn sized(
    config: &EncoderConfig,
    settings: StaticSettings,
    file: &StoredTensors,
) -> Result<EncoderConfig, NnError> {
    let shape = |name: &str| stored_shape(file, name);
    let table = shape(EMBEDDINGS)?.ok_or_else(|| NnError::MissingTensors {
        path: file.path.clone(),
        missing: 1,
        expected: 1,
        first: vec![EMBEDDINGS.to_owned()],
        prefix: None,
        size: None,
    })?;
    let (mapping, weights) = (shape(MAPPING)?, shape(WEIGHTS)?);
    let fits = |size: i64| (1..LARGEST_SIZE).contains(&size);
    let (vectors, width) = match *table {
        [rows, width] if fits(rows) && fits(width) => (rows, width),
        _ => {
            let problem = format!("has `{EMBEDDINGS}` of shape {table:?}, must be a table");
            return Err(malformed(file, problem));
        }
    };
    let tokens = token_count(file, (vectors, width), mapping, weights)?;
    Ok(EncoderConfig {
        // Behind the tokens comes the row of zeros.
        vocab_size: tokens + 1,
        pad_token_id: Some(tokens),
        embedding_size: width,
        hidden: width,
        settings: FamilySettings::Static(StaticSettings {
            vectors,
            mapped: mapping.is_some(),
            weighted: weights.is_some(),
            ..settings
        }),
        ..config.clone()
    })
}

fn malformed(file: &StoredTensors, problem: String) -> NnError {
    NnError::Malformed {
        path: file.path.clone(),
        problem,
    }
}

fn stored_shape<'a>(file: &'a StoredTensors, name: &str) -> Result<Option<&'a [i64]>, NnError> {
    match file.shapes.get(name) {
        None => Ok(None),
        Some(Some(shape)) => Ok(Some(shape.as_slice())),
        Some(None) => {
            let problem = "lists several files of weights, a static encoder has one".to_owned();
            Err(malformed(file, problem))
        }
    }
}

/// How many tokens there are: as many as vectors, or as the mapping to them has.
fn token_count(
    file: &StoredTensors,
    (vectors, width): (i64, i64),
    mapping: Option<&[i64]>,
    weights: Option<&[i64]>,
) -> Result<i64, NnError> {
    let fits = |size: i64| (1..LARGEST_SIZE).contains(&size);
    let tokens = match mapping {
        None => vectors,
        Some(&[tokens]) if fits(tokens) && tokens.saturating_mul(width) <= MOST_MAPPED => tokens,
        Some(shape) => {
            let problem = format!(
                "has `{MAPPING}` of shape {shape:?}, must be one row for each token, at most {MOST_MAPPED} numbers in all"
            );
            return Err(malformed(file, problem));
        }
    };
    if let Some(shape) = weights.filter(|shape| *shape != [tokens]) {
        let problem = format!(
            "has `{WEIGHTS}` of shape {shape:?}, must be one factor for each of the {tokens} tokens"
        );
        return Err(malformed(file, problem));
    }
    Ok(tokens)
}

fn shapes(config: &EncoderConfig) -> Shapes {
    let (settings, tokens) = (settings_of(config), config.vocab_size - 1);
    let mut shapes = Shapes::default();
    shapes.tensor(EMBEDDINGS, vec![settings.vectors, config.hidden]);
    for (name, is_there) in [(MAPPING, settings.mapped), (WEIGHTS, settings.weighted)] {
        if is_there {
            shapes.tensor(name, vec![tokens]);
        }
    }
    shapes
}

/// The rows that tokens have in the table, as numbers, where the tensor `name` of `file` is that; `None` for any other.
///
/// # Errors
/// [`NnError::Malformed`] for other than whole numbers, and for a row that is none.
pub(crate) fn take_rows(
    file: &WeightFile,
    config: &EncoderConfig,
    (name, stored_name): (&str, &str),
) -> Result<Option<Tensor>, NnError> {
    let FamilySettings::Static(settings) = config.settings else {
        return Ok(None);
    };
    if name != MAPPING {
        return Ok(None);
    }
    let rows = file.whole_numbers(stored_name)?.to_kind(Kind::Int64);
    let bounds = [rows.min(), rows.max()].map(|bound| bound.int64_value(&[]));
    let mut outside = bounds.into_iter();
    if let Some(row) = outside.find(|row| !(0..settings.vectors).contains(row)) {
        return Err(NnError::Malformed {
            path: file.path.clone(),
            problem: format!(
                "has {row} in `{MAPPING}`, must be rows of `{EMBEDDINGS}`: from 0 to {}",
                settings.vectors - 1
            ),
        });
    }
    Ok(Some(rows))
}

fn load(take: Take, config: &EncoderConfig) -> Result<Parts, NnError> {
    let settings = settings_of(config);
    let mut table = take(EMBEDDINGS)?; // [V', D]
    if settings.mapped {
        table = table.index_select(0, &take(MAPPING)?); // [V, D]
    }
    if settings.weighted {
        table *= take(WEIGHTS)?.unsqueeze(1);
    }
    let embeddings = Embeddings::with_zeros(&table, EMBEDDINGS, config.hidden_dropout);
    Ok((embeddings, Box::new(NoLayers)))
}

/// The layers of an encoder that has none.
struct NoLayers;

impl Layers for NoLayers {
    fn forward(
        &self,
        embedded: Tensor,
        batch: &Packed,
        rows: QueryRows,
        _: Option<&DropoutRng>,
    ) -> Tensor {
        match rows {
            QueryRows::All => embedded,
            QueryRows::First => embedded.index_select(0, &batch.starts),
        }
    }

    fn depth(&self) -> usize {
        0
    }

    fn hidden_states(&self, embedded: Tensor, _: &Packed, _: usize) -> Vec<Tensor> {
        vec![embedded]
    }

    fn onnx(&self, _: &mut GraphBuilder, embedded: Value, _: &Tokens) -> Value {
        embedded
    }

    fn export(&self, _: &mut NamedTensors) {}

    fn shallow_clone(&self) -> Box<dyn Layers> {
        Box::new(Self)
    }

    fn set_training_precision(&mut self, precision: Precision) -> Result<(), NnError> {
        check_training(precision)
    }

    fn set_inference_precision(&mut self, _: Precision) -> Result<(), NnError> {
        Ok(())
    }

    fn set_dropout(&mut self, _: f64) {}

    fn top_blocks(&mut self, count: usize) -> Result<Vec<Parameter<'_>>, NnError> {
        if count == 0 {
            return Ok(Vec::new());
        }
        Err(NnError::Param(ParamError {
            key: "reinit-top",
            got: count.to_string(),
            allowed: "0 for an encoder without layers",
        }))
    }

    #[cfg(test)]
    fn force_bf16(&mut self, _: bool) {}
}

impl Parameters for NoLayers {
    fn visit<'a>(&'a mut self, _: &str, _: &mut dyn FnMut(Parameter<'a>)) {}
}
