//! What an encoder declares, as the trials of a row follow it.

use super::resources::{Blocked, KnownEncoder};
use crate::spec::Row;
use fsl_common::sentence::{PromptFault, VectorModule};
use fsl_common::settings::Pooling;
use fsl_methods::{Dependencies, EncoderInputs};

/// What a row follows of what its encoder declares, and what it does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Followed {
    /// The declared pooling, where the spec names none.
    pub pooling: Option<Pooling>,
    /// What follows the pooling, where vectors are used as they come.
    pub modules: Vec<VectorModule>,
    /// The declared default prompt, where the spec names none.
    pub prompt: Option<String>,
    /// The declared limit of tokens per text, where it is not the spec's.
    pub max_tokens: Option<u32>,
}

/// The encoder of a row with what it declares, in the place of what the spec leaves open.
///
/// # Errors
/// [`Blocked`] for a prompt that the encoder does not declare.
pub(super) fn follow(
    row: &Row,
    encoder: EncoderInputs,
    known: &KnownEncoder,
    dependencies: &mut Dependencies,
) -> Result<(), Blocked> {
    let declared = &known.declared;
    let given = row.method.requirements().prompt;
    let prompt = declared
        .prompts
        .text(given)
        .map_err(|fault| blocked(&fault))?;
    dependencies.pooling = declared.pooling;
    dependencies.encoder = Some(EncoderInputs {
        long_texts: row.data.long_texts,
        modules: declared.modules.clone(),
        prompt,
        ..encoder
    });
    Ok(())
}

/// What of it is followed by trials with this encoder.
pub(super) fn followed(row: &Row, encoder: &EncoderInputs, known: &KnownEncoder) -> Followed {
    let (declared, written) = (&known.declared, row.method.requirements());
    Followed {
        pooling: declared.pooling.filter(|_| written.pooling.is_none()),
        modules: encoder.modules.clone(),
        prompt: encoder.prompt.clone().filter(|_| written.prompt.is_none()),
        max_tokens: declared
            .max_tokens
            .filter(|&limit| limit != row.data.max_tokens),
    }
}

fn blocked(fault: &PromptFault) -> Blocked {
    Blocked {
        reason: fault.to_string(),
        hint: Some(fault.hint()),
        not_attempted: false,
    }
}
