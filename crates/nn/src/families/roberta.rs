//! RoBERTa, XLM-RoBERTa and CamemBERT: one architecture under three names.
//!
//! Papers: arXiv 1907.11692; XLM-RoBERTa, arXiv 1911.02116; CamemBERT, arXiv 1911.03894. Reference:
//! `models/roberta/modeling_roberta.py`. BERT, but positions are counted from the padding index + 1 (and not at all at tokens that
//! are padding), so that the table of positions has as many rows more than a text can have tokens.

use super::bert::{self, Defaults, keys_of_bert};
use super::definition::Definition;
use crate::NnError;
use crate::config::{EncoderConfig, Keys};
use crate::family::Family;

pub(super) const ROBERTA: Definition = Definition {
    prefix: "roberta.",
    class: "Roberta",
    tokenizer_class: "RobertaTokenizer",
    config,
    ..bert::DEFINITION
};

pub(super) const XLM_ROBERTA: Definition = Definition {
    class: "XLMRoberta",
    tokenizer_class: "XLMRobertaTokenizer",
    ..ROBERTA
};

pub(super) const CAMEMBERT: Definition = Definition {
    class: "Camembert",
    tokenizer_class: "CamembertTokenizer",
    ..ROBERTA
};

const DEFAULTS: Defaults = Defaults {
    pad_token_id: 1,
    ..bert::DEFAULTS
};

fn config(keys: &Keys, family: Family) -> Result<EncoderConfig, NnError> {
    let config = keys_of_bert(keys, family, &DEFAULTS)?;
    let Some(padding) = config.pad_token_id else {
        return Err(keys.refused("pad_token_id", "a whole number from 0"));
    };
    keys.positions_after(config, padding)
}
