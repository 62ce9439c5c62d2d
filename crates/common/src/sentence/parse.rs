//! The configurations of a sentence encoder's modules.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::SentenceFault;
use super::keys::Keys;
use crate::settings::Pooling;

/// The kinds of pooling: by the key of old files, by the name in new ones.
const POOLINGS: [(&str, &str, Pooling); 6] = [
    ("pooling_mode_cls_token", "cls", Pooling::Cls),
    ("pooling_mode_max_tokens", "max", Pooling::Max),
    ("pooling_mode_mean_tokens", "mean", Pooling::Mean),
    (
        "pooling_mode_mean_sqrt_len_tokens",
        "mean_sqrt_len_tokens",
        Pooling::MeanSqrtLen,
    ),
    (
        "pooling_mode_weightedmean_tokens",
        "weightedmean",
        Pooling::WeightedMean,
    ),
    ("pooling_mode_lasttoken", "lasttoken", Pooling::Last),
];
/// The key of new files.
const MODE: &str = "pooling_mode";

/// The key of the prompt that is used where none is asked for.
const DEFAULT_PROMPT: &str = "default_prompt_name";
/// The most prompts that are read.
const MOST_PROMPTS: usize = 10_000;
/// The widest dense layer, as the widest head.
pub(super) const WIDEST: u64 = 1_000_000;

/// The config.json of a Pooling: its kind, and whether a prompt's tokens count.
pub(super) fn pooling(path: &Path, bytes: &[u8]) -> Result<(Pooling, bool), SentenceFault> {
    let keys = Keys::parse(path, bytes)?;
    let modes = match keys.value(MODE) {
        Some(Value::String(mode)) => vec![mode.as_str()],
        Some(Value::Array(modes)) => modes.iter().filter_map(Value::as_str).collect(),
        Some(_) => return Err(keys.refused(MODE, allowed_modes())),
        None => old_modes(&keys)?,
    };
    let named = |mode: &&str| POOLINGS.iter().find(|(_, name, _)| name == mode);
    let kind = match modes.as_slice() {
        [mode] => named(mode).map(|(_, _, kind)| *kind),
        _ => None,
    };
    // A list of texts and others would lose the others.
    let whole = match keys.value(MODE) {
        Some(Value::Array(all)) => all.len() == modes.len(),
        _ => true,
    };
    match kind.filter(|_| whole) {
        Some(kind) => Ok((kind, keys.flag("include_prompt")?.unwrap_or(true))),
        None if keys.value(MODE).is_none() => Err(SentenceFault::Key {
            path: path.into(),
            key: "pooling_mode_*".to_owned(),
            got: format!("the concatenation of `{}`", modes.join("`, `")),
            allowed: "true in one of them".to_owned(),
        }),
        None => Err(keys.refused(MODE, allowed_modes())),
    }
}

fn allowed_modes() -> String {
    let names: Vec<&str> = POOLINGS.iter().map(|(_, name, _)| *name).collect();
    format!("one of `{}`", names.join("`, `"))
}

/// The kinds of pooling that old keys switch on; the mean where none is.
fn old_modes(keys: &Keys) -> Result<Vec<&'static str>, SentenceFault> {
    let known = |key: &str| POOLINGS.iter().any(|(old, ..)| *old == key);
    for key in keys.names().filter(|key| key.starts_with("pooling_mode_")) {
        if keys.flag(key)? == Some(true) && !known(key) {
            return Err(keys.refused(key, "false: this kind of pooling is not known"));
        }
    }
    let mut modes = Vec::new();
    for (old, name, _) in POOLINGS {
        if keys.flag(old)? == Some(true) {
            modes.push(name);
        }
    }
    if modes.is_empty() {
        modes.push("mean");
    }
    Ok(modes)
}

/// An activation of a dense layer, by the name of torch's class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DenseActivation {
    /// `x`
    Identity,
    /// `tanh(x)`
    Tanh,
    /// `max(x, 0)`
    Relu,
    /// `x·Φ(x)` with the exact normal distribution function.
    Gelu,
    /// `1 / (1 + exp(-x))`
    Sigmoid,
    /// `x / (1 + exp(-x))`
    Silu,
}

/// The config.json of a Dense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DenseConfig {
    /// The width of what comes in, from 1 to a million.
    pub inputs: i64,
    /// The width of what goes out, from 1 to a million.
    pub outputs: i64,
    /// Whether there is a bias.
    pub bias: bool,
    /// What follows the product.
    pub activation: DenseActivation,
}

impl DenseConfig {
    /// Reads a config.json of a Dense, which errors call `path`.
    ///
    /// # Errors
    /// [`SentenceFault::NotJson`], [`SentenceFault::Key`].
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, SentenceFault> {
        let keys = Keys::parse(path, bytes)?;
        let width = |key: &str| {
            let width = keys.count(key, (1, WIDEST))?;
            let width = width.ok_or_else(|| keys.refused(key, "a whole number"))?;
            Ok(width as i64)
        };
        one_vector(&keys)?;
        if keys.flag("use_residual")? == Some(true) {
            return Err(keys.refused("use_residual", "false"));
        }
        Ok(Self {
            inputs: width("in_features")?,
            outputs: width("out_features")?,
            bias: keys.flag("bias")?.unwrap_or(true),
            activation: activation(&keys)?,
        })
    }
}

/// The activation; Tanh where none is named, as in sentence-transformers.
fn activation(keys: &Keys) -> Result<DenseActivation, SentenceFault> {
    let key = "activation_function";
    let Some(name) = keys.text(key)? else {
        return Ok(DenseActivation::Tanh);
    };
    let class = name.strip_prefix("torch.nn.");
    let class = class.and_then(|inner| inner.rsplit('.').next());
    Ok(match class {
        Some("Identity") => DenseActivation::Identity,
        Some("Tanh") => DenseActivation::Tanh,
        Some("ReLU") => DenseActivation::Relu,
        Some("GELU") => DenseActivation::Gelu,
        Some("Sigmoid") => DenseActivation::Sigmoid,
        Some("SiLU") => DenseActivation::Silu,
        _ => {
            let allowed = "a class of torch.nn: Identity, Tanh, ReLU, GELU, Sigmoid or SiLU";
            return Err(keys.refused(key, allowed));
        }
    })
}

/// Refuses a module that reads or writes anything but the text's vector.
fn one_vector(keys: &Keys) -> Result<(), SentenceFault> {
    for key in ["module_input_name", "module_output_name"] {
        if !matches!(keys.text(key)?, None | Some("sentence_embedding")) {
            return Err(keys.refused(key, "`sentence_embedding`"));
        }
    }
    Ok(())
}

/// The config.json of a Normalize.
pub(super) fn normalize(path: &Path, bytes: &[u8]) -> Result<(), SentenceFault> {
    one_vector(&Keys::parse(path, bytes)?)
}

/// The config.json of a static encoder: whether vectors are scaled to length 1, which is model2vec's `normalize`.
pub(super) fn static_normalize(path: &Path, bytes: &[u8]) -> Result<bool, SentenceFault> {
    Ok(Keys::parse(path, bytes)?
        .flag("normalize")?
        .unwrap_or(false))
}

/// A config_sentence_transformers.json: the prompts by name, and which of them is used where none is asked for.
pub(super) fn prompts(
    path: &Path,
    bytes: &[u8],
) -> Result<(BTreeMap<String, String>, Option<String>), SentenceFault> {
    let keys = Keys::parse(path, bytes)?;
    if !matches!(keys.text("model_type")?, None | Some("SentenceTransformer")) {
        return Err(keys.refused("model_type", "`SentenceTransformer`"));
    }
    let texts = "an object of texts";
    let mut prompts = BTreeMap::new();
    match keys.value("prompts") {
        None => {}
        Some(Value::Object(all)) if all.len() <= MOST_PROMPTS => {
            for (name, text) in all {
                let text = match text {
                    Value::String(text) => text.clone(),
                    Value::Null => String::new(),
                    _ => return Err(keys.refused("prompts", texts)),
                };
                prompts.insert(name.clone(), text);
            }
        }
        Some(_) => return Err(keys.refused("prompts", texts)),
    }
    let default = keys.text(DEFAULT_PROMPT)?.map(str::to_owned);
    if let Some(name) = &default
        && !prompts.contains_key(name)
    {
        return Err(keys.refused(DEFAULT_PROMPT, "the name of one of `prompts`"));
    }
    Ok((prompts, default))
}

/// A sentence_bert_config.json: tokens per text at most (two of them are special), and whether texts are lower-cased before they are cut into tokens.
pub(super) fn sentence_bert(
    path: &Path,
    bytes: &[u8],
) -> Result<(Option<u32>, bool), SentenceFault> {
    let keys = Keys::parse(path, bytes)?;
    let task = keys.text("transformer_task")?;
    if !matches!(task, None | Some("feature-extraction")) {
        return Err(keys.refused("transformer_task", "`feature-extraction`"));
    }
    let tokens = keys.count("max_seq_length", (3, u64::from(u32::MAX)))?;
    let lowercase = keys.flag("do_lower_case")?.unwrap_or(false);
    Ok((tokens.map(|tokens| tokens as u32), lowercase))
}

/// What is wrong with a file, read as each of the configurations that are no modules.json and no dense layer's.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn faults(path: &Path, bytes: &[u8]) -> Vec<SentenceFault> {
    let all = [
        pooling(path, bytes).err(),
        normalize(path, bytes).err(),
        prompts(path, bytes).err(),
        sentence_bert(path, bytes).err(),
        static_normalize(path, bytes).err(),
    ];
    all.into_iter().flatten().collect()
}
