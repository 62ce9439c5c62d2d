//! The files of a model folder, as bytes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use safetensors::{Dtype, View};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tch::{Device, Kind, Tensor};

use crate::layers::NamedTensors;
use crate::open_encoder::LONGEST_WEIGHTS;
use crate::weights::refuse_not_finite;
use crate::{Family, NnError, TokenLimit, safetensors_file};
use fsl_common::classes::Classes;
use fsl_common::fsio::OpenFile;
use fsl_common::settings::model_folder::{self, TextRules};
use fsl_common::settings::{FitParams, LongTexts, Pooling};
use fsl_common::tokenizer::TOKENIZER_FILES;

/// The newest version of the layout of model folders: the first one that names the files of its tokenizer, and knows prompts and every
/// pooling.
pub const MODEL_FORMAT: u32 = 3;

/// The version that names its classes, and knows no tokenizer but a vocab.txt, and no pooling but that of the first token and the mean.
const CLASSES_FORMAT: u32 = 2;

/// The version that knows no classes but `0` and `1`. Models of these are still written so: programs of that time read them.
const ZERO_ONE_FORMAT: u32 = 1;

/// What inference needs to know of a model beyond its weights: the contents of `fsl-exp.json` (kebab-case keys, none
/// optional but `classes`, `prompt`, `long-texts` and `tokenizer`, unknown ones refused).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ModelMetadata {
    /// The version of the layout: the lowest that knows what the model has.
    pub format: u32,
    /// What texts are sorted into; left out where that is `0` and `1`.
    #[serde(default, skip_serializing_if = "Classes::are_zero_one")]
    pub classes: Classes,
    /// What the head sees of a text.
    pub pooling: Pooling,
    /// What stands before every text; left out where that is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// `U`, the width of the head's dense layer, from 1 to a million.
    pub hidden_units: i64,
    /// Dropout in the head while it was trained, in [0, 1). Inference has none.
    pub head_dropout: f64,
    /// Tokens per text, special ones included, from 3 to what the encoder can read.
    pub max_tokens: usize,
    /// What becomes of texts that have more; left out where they are truncated.
    #[serde(default, skip_serializing_if = "LongTexts::is_truncate")]
    pub long_texts: LongTexts,
    /// Whether texts are lower-cased and lose their accents.
    pub lowercase: bool,
    /// The files of a tokenizer that is more than vocab.txt and `lowercase`; [`save_model`](crate::save_model) fills it in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tokenizer: Vec<String>,
    /// The column that the model learnt from.
    pub text_column: String,
    /// The rules that make that column of raw texts.
    pub text_rules: TextRules,
    /// What the column of the probabilities of label 1 is called; with more than two classes, what their columns begin with:
    /// [`probability_columns`](Self::probability_columns).
    pub probability_column: String,
}

impl ModelMetadata {
    /// Of a model of these classes that was trained by `params` on the texts of `text_column`, which `text_rules` made. The column of
    /// its probabilities has the usual name ([`model_folder::probability_stem`]).
    pub fn new(
        classes: Classes,
        params: &FitParams,
        max_tokens: usize,
        lowercase: bool,
        text_column: &str,
        text_rules: TextRules,
    ) -> Self {
        let format = match params.pooling {
            Pooling::Cls | Pooling::Mean if classes.are_zero_one() => ZERO_ONE_FORMAT,
            Pooling::Cls | Pooling::Mean => CLASSES_FORMAT,
            _ => MODEL_FORMAT,
        };
        Self {
            format,
            probability_column: model_folder::probability_stem(&classes, None),
            classes,
            pooling: params.pooling,
            prompt: None,
            hidden_units: params.hidden_units,
            head_dropout: params.head_dropout,
            max_tokens,
            long_texts: LongTexts::Truncate,
            lowercase,
            tokenizer: Vec::new(),
            text_column: text_column.to_owned(),
            text_rules,
        }
    }

    /// The same of a model whose texts have a prompt, if there is one.
    #[must_use]
    pub fn with_prompt(self, prompt: Option<String>) -> Self {
        let format = match prompt {
            Some(_) => MODEL_FORMAT,
            None => self.format,
        };
        Self {
            format,
            prompt,
            ..self
        }
    }

    /// The same of a model that learnt with long texts read so.
    #[must_use]
    pub fn with_long_texts(self, long_texts: LongTexts) -> Self {
        let format = match long_texts {
            LongTexts::Truncate => self.format,
            _ => MODEL_FORMAT,
        };
        Self {
            format,
            long_texts,
            ..self
        }
    }

    /// Which tokens of a text the model reads.
    pub fn limit(&self) -> TokenLimit {
        // Windows are refused where the description is read.
        let limit = TokenLimit::new(self.max_tokens, self.long_texts);
        limit.unwrap_or_else(|| self.max_tokens.into())
    }

    /// What the columns of the probabilities are called: of two classes that of label 1, of more one per class, by label.
    pub fn probability_columns(&self) -> Vec<String> {
        model_folder::probability_columns(&self.classes, Some(&self.probability_column))
    }
}

/// The longest fsl-exp.json that is read, in bytes.
pub(super) const LONGEST_FACTS: u64 = 16 << 20;

/// The encoder's config.json, which errors call `path`, and of which only what would mislead is changed: where it came from, what class it was saved as,
/// and the kind of its numbers. Classes with names are added as transformers writes them.
pub(super) fn config(
    family: Family,
    metadata: &ModelMetadata,
    path: &Path,
    bytes: &[u8],
) -> Result<Vec<u8>, NnError> {
    let malformed = |problem: String| NnError::Malformed {
        path: path.into(),
        problem,
    };
    let mut value: Value = serde_json::from_slice(bytes)
        .map_err(|error| malformed(format!("is not valid JSON: {error}")))?;
    let Some(object) = value.as_object_mut() else {
        return Err(malformed("is not a JSON object".to_owned()));
    };
    for key in ["_name_or_path", "torch_dtype", "dtype"] {
        object.shift_remove(key);
    }
    object.insert(
        "architectures".to_owned(),
        json!([family.definition().model_class()]),
    );
    if family == Family::Model2Vec {
        // The table is whole, and other programs cut texts where this one does.
        object.shift_remove("vocabulary_quantization");
        object.insert("embedding_dtype".to_owned(), json!("float32"));
        object.insert("max_length".to_owned(), json!(metadata.max_tokens));
    } else {
        object.insert("dtype".to_owned(), json!("float32"));
    }
    let model_type = object.entry("model_type");
    model_type.or_insert_with(|| json!(family.model_type()));
    if !metadata.classes.are_zero_one() {
        name_classes(object, &metadata.classes);
    }
    Ok(json(&value))
}

/// `id2label` and `label2id`; transformers counts them for its `num_labels`.
pub(super) fn name_classes(config: &mut Map<String, Value>, classes: &Classes) {
    let numbered = || classes.names().iter().enumerate();
    let names: Map<String, Value> = numbered()
        .map(|(label, name)| (label.to_string(), json!(name)))
        .collect();
    let labels: Map<String, Value> = numbered()
        .map(|(label, name)| (name.clone(), json!(label)))
        .collect();
    config.shift_remove("num_labels");
    config.insert("id2label".to_owned(), Value::Object(names));
    config.insert("label2id".to_owned(), Value::Object(labels));
}

/// The tokenizer_config.json by which transformers cuts texts as this program does.
pub(super) fn tokenizer(family: Family, metadata: &ModelMetadata) -> Vec<u8> {
    json(&json!({
        "tokenizer_class": family.definition().tokenizer_class,
        "do_lower_case": metadata.lowercase,
        "model_max_length": metadata.max_tokens,
    }))
}

/// The tokenizer_config.json of a tokenizer that has files of its own: what they say, with the limit that the model learnt with.
pub(super) fn tokenizer_with_limit(
    written: Option<&[u8]>,
    max_tokens: usize,
) -> Result<Vec<u8>, serde_json::Error> {
    let mut config: Map<String, Value> = match written {
        Some(bytes) => serde_json::from_slice(bytes)?,
        None => Map::new(),
    };
    config.insert("model_max_length".to_owned(), json!(max_tokens));
    Ok(json(&config))
}

/// A value as readable JSON.
pub(super) fn json(value: &impl Serialize) -> Vec<u8> {
    // Maps with text keys and finite numbers: nothing here can fail.
    let mut bytes = serde_json::to_vec_pretty(value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

#[derive(Deserialize)]
struct Version {
    format: u32,
}

/// Reads and checks a fsl-exp.json.
pub(super) fn metadata(path: &Path, bytes: &[u8]) -> Result<ModelMetadata, NnError> {
    let malformed = |problem: String| NnError::Malformed {
        path: path.into(),
        problem,
    };
    let invalid =
        |error: serde_json::Error| malformed(format!("is no description of a model: {error}"));
    // By its version first: a newer one may have keys that this program does not know.
    let Version { format } = serde_json::from_slice(bytes).map_err(invalid)?;
    if !(ZERO_ONE_FORMAT..=MODEL_FORMAT).contains(&format) {
        return Err(malformed(format!(
            "has format {format}, this program reads formats {ZERO_ONE_FORMAT} to {MODEL_FORMAT}"
        )));
    }
    let metadata: ModelMetadata = serde_json::from_slice(bytes).map_err(invalid)?;
    let refused = |key: &str, allowed: &str| Err(malformed(format!("has `{key}` not {allowed}")));
    if !(1..=1_000_000).contains(&metadata.hidden_units) {
        return refused("hidden-units", "from 1 to 1000000");
    }
    if !(0.0..1.0).contains(&metadata.head_dropout) {
        return refused("head-dropout", "from 0 to below 1");
    }
    let is_file = |name: &String| TOKENIZER_FILES.contains(&name.as_str());
    if !metadata.tokenizer.iter().all(is_file) {
        return refused("tokenizer", "a list of files of tokenizers");
    }
    if TokenLimit::new(metadata.max_tokens, metadata.long_texts).is_none() {
        return refused("long-texts", "`truncate` or `head-tail`");
    }
    if metadata.max_tokens < 3 {
        return refused("max-tokens", "at least 3");
    }
    Ok(metadata)
}

/// The tensors as a safetensors file of f32, which errors call `path`.
pub(super) fn safetensors(tensors: NamedTensors, path: &Path) -> Result<Vec<u8>, NnError> {
    let tensors = tensors
        .into_iter()
        .map(|(name, tensor)| (name, Stored::new(&tensor)));
    // transformers refuses files that do not say what they are for.
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    safetensors::serialize(tensors, Some(metadata)).map_err(|error| NnError::Malformed {
        path: path.into(),
        problem: format!("cannot be made: {error}"),
    })
}

/// A tensor on its way to a file; its bytes are made when they are asked for.
struct Stored {
    tensor: Tensor,
    shape: Vec<usize>,
}

impl Stored {
    fn new(tensor: &Tensor) -> Self {
        Self {
            shape: tensor.size().iter().map(|&size| size as usize).collect(),
            tensor: tensor.detach(),
        }
    }
}

impl View for Stored {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let mut values = vec![0.0_f32; self.tensor.numel()];
        let count = values.len();
        self.tensor
            .to_device(Device::Cpu)
            .to_kind(Kind::Float)
            .contiguous()
            .copy_data(&mut values, count);
        Cow::Owned(
            values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
        )
    }

    fn data_len(&self) -> usize {
        self.tensor.numel() * size_of::<f32>()
    }
}

/// A head.safetensors that was read.
pub(super) struct HeadFile {
    path: PathBuf,
    bytes: Vec<u8>,
    device: Device,
}

impl HeadFile {
    pub(super) fn read(path: &Path, device: Device) -> Result<Self, NnError> {
        Ok(Self {
            path: path.into(),
            bytes: read(path, LONGEST_WEIGHTS)?,
            device,
        })
    }

    /// The file as it was read.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The tensor of this name, which must have this shape.
    pub(super) fn take(&mut self, name: &str, shape: &[i64]) -> Result<Tensor, NnError> {
        let malformed = |problem: String| NnError::Malformed {
            path: self.path.clone(),
            problem,
        };
        let file = safetensors_file::parse(&self.path, &self.bytes)?;
        let tensor = safetensors_file::tensor(&self.path, &file, name)?;
        if tensor.size() != shape {
            return Err(malformed(format!(
                "has `{name}` of shape {:?}, config.json and fsl-exp.json ask for {shape:?}",
                tensor.size()
            )));
        }
        let tensor = tensor.to_kind(Kind::Float);
        refuse_not_finite(&self.path, name, &tensor)?;
        Ok(tensor.to_device(self.device))
    }
}

pub(super) fn read(path: &Path, longest: u64) -> Result<Vec<u8>, NnError> {
    OpenFile::open(path)
        .and_then(|file| file.read(longest))
        .map_err(NnError::read(path))
}
