//! Texts of a trial as its encoder gets them.

use crate::error::refused;
use crate::prompt::prompted;
use fsl_common::settings::{LongTexts, Pooling};
use fsl_common::truncation::Truncation;
use fsl_methods::{EncoderInputs, MethodError};
use fsl_nn::{
    self as nn, Encoder, NnError, OpenEncoder, Progress, TextWindows, TokenLimit, Tokenizer,
    VectorModules,
};

/// The tokenizer of an encoder, what stands before every text, how much of both it reads at once, and what becomes of the rest.
pub(crate) struct BatchTokenizer {
    tokenizer: Tokenizer,
    prompt: Option<String>,
    max_tokens: usize,
    long_texts: LongTexts,
}

impl BatchTokenizer {
    pub(crate) fn load(files: &OpenEncoder, inputs: &EncoderInputs) -> Result<Self, MethodError> {
        let tokenizer = files.tokenizer().map_err(refused)?;
        Self::new(tokenizer, inputs, files.config().max_positions)
    }

    /// For an encoder that reads so many tokens.
    pub(crate) fn new(
        tokenizer: Tokenizer,
        inputs: &EncoderInputs,
        positions: i64,
    ) -> Result<Self, MethodError> {
        let max_tokens = inputs.max_tokens;
        if i64::from(max_tokens) > positions {
            return Err(MethodError::TooLong {
                max_tokens,
                positions,
            });
        }
        Ok(Self {
            tokenizer,
            prompt: inputs.prompt.clone(),
            max_tokens: max_tokens as usize,
            long_texts: inputs.long_texts,
        })
    }

    /// How many special tokens stand around a text.
    pub(crate) fn special_tokens(&self) -> usize {
        self.tokenizer.special_tokens()
    }

    /// How many tokens each text has with what stands before it, special ones not counted and nothing cut off.
    pub(crate) fn lengths(&self, texts: &[String]) -> Vec<u64> {
        self.tokenizer
            .lengths(&prompted(self.prompt.as_deref(), texts), self.long_texts)
    }

    /// Token ids of texts, special ones included, for who reads each text once.
    pub(crate) fn encode(&self, texts: &[String]) -> Result<Vec<Vec<i64>>, MethodError> {
        let limit = TokenLimit::new(self.max_tokens, self.long_texts);
        let limit = limit.ok_or_else(|| {
            let why = self.long_texts.refused_for_training();
            MethodError::LongTexts(why.unwrap_or_default())
        })?;
        let texts = prompted(self.prompt.as_deref(), texts);
        Ok(self.tokenizer.encode_all(&texts, limit))
    }

    /// One vector per text.
    pub(crate) fn embed(
        &self,
        encoder: &Encoder,
        texts: &[String],
        pooling: Pooling,
        modules: &VectorModules,
        on_batch: &mut dyn FnMut(Progress),
    ) -> Result<Vec<Vec<f32>>, MethodError> {
        let texts = prompted(self.prompt.as_deref(), texts);
        let tokens = Tokens::new(&self.tokenizer, &texts, self.max_tokens, self.long_texts);
        tokens
            .embed(encoder, pooling, modules, on_batch)
            .map_err(refused)
    }
}

/// The token ids of texts as a frozen encoder reads them.
pub(crate) enum Tokens {
    /// Each text once.
    Once(TokenLimit, Vec<Vec<i64>>),
    /// Each text in windows.
    Windows(Vec<TextWindows>),
}

impl Tokens {
    pub(crate) fn new(
        tokenizer: &Tokenizer,
        texts: &[String],
        max_tokens: usize,
        long_texts: LongTexts,
    ) -> Self {
        match TokenLimit::new(max_tokens, long_texts) {
            Some(limit) => Self::Once(limit, tokenizer.encode_all(texts, limit)),
            None => Self::Windows(tokenizer.encode_windows(texts, max_tokens)),
        }
    }

    /// The most tokens that are read at once, special ones included.
    pub(crate) fn longest(&self) -> usize {
        let longest = match self {
            Self::Once(_, texts) => texts.iter().map(Vec::len).max(),
            Self::Windows(texts) => {
                let windows = texts.iter().flat_map(|text| &text.windows);
                windows.map(|window| window.ids.len()).max()
            }
        };
        longest.unwrap_or_default()
    }

    /// What was done with those of the texts, of which these are the tokens, that are longer than `max_tokens`.
    pub(crate) fn truncation(
        &self,
        tokenizer: &Tokenizer,
        texts: &[String],
        max_tokens: usize,
    ) -> Truncation {
        match self {
            Self::Once(limit, tokens) => tokenizer.truncation_of(texts, tokens, *limit),
            Self::Windows(texts) => {
                let lengths = texts.iter().map(|text| text.length);
                tokenizer.cut(lengths, max_tokens, LongTexts::MeanOfWindows)
            }
        }
    }

    /// One vector per text, of its only reading or of its windows.
    pub(crate) fn embed(
        &self,
        encoder: &Encoder,
        pooling: Pooling,
        modules: &VectorModules,
        on_batch: &mut dyn FnMut(Progress),
    ) -> Result<Vec<Vec<f32>>, NnError> {
        match self {
            Self::Once(_, texts) => nn::embed(encoder, texts, pooling, modules, on_batch),
            Self::Windows(texts) => nn::embed_windows(encoder, texts, pooling, modules, on_batch),
        }
    }
}
