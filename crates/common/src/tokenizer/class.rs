//! The class of tokenizer: which rules make it out of its files.

/// A class of transformers, or several that follow the same rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenizerClass {
    /// `BertTokenizer`, also of DistilBERT and ELECTRA: WordPiece.
    Bert,
    /// `MPNetTokenizer`: WordPiece between `<s>` and `</s>`.
    MpNet,
    /// `RobertaTokenizer`: byte-level BPE.
    Roberta,
    /// `XLMRobertaTokenizer`: Unigram.
    XlmRoberta,
    /// `AlbertTokenizer`: Unigram.
    Albert,
    /// `DebertaV2Tokenizer`: Unigram.
    DebertaV2,
    /// Of a static encoder of model2vec: tokenizer.json as it is written, but for special tokens around a text and for unknown ones.
    Static,
    /// `TokenizersBackend`, once called `PreTrainedTokenizerFast`: tokenizer.json as it is written.
    AsWritten,
}

/// What a name of a class stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Known(TokenizerClass),
    Unknown,
}

fn named(class: &str) -> Named {
    let known = match class.strip_suffix("Fast").unwrap_or(class) {
        "BertTokenizer" | "DistilBertTokenizer" | "ElectraTokenizer" => TokenizerClass::Bert,
        "MPNetTokenizer" => TokenizerClass::MpNet,
        "RobertaTokenizer" => TokenizerClass::Roberta,
        "XLMRobertaTokenizer" => TokenizerClass::XlmRoberta,
        "AlbertTokenizer" => TokenizerClass::Albert,
        "DebertaV2Tokenizer" => TokenizerClass::DebertaV2,
        "PreTrainedTokenizer" | "TokenizersBackend" | "PythonBackend" => TokenizerClass::AsWritten,
        _ => return Named::Unknown,
    };
    Named::Known(known)
}

/// The class that models of this type have unless their files say otherwise.
fn registered(model_type: &str) -> Option<TokenizerClass> {
    match model_type {
        "bert" | "distilbert" | "electra" => Some(TokenizerClass::Bert),
        "mpnet" => Some(TokenizerClass::MpNet),
        "roberta" => Some(TokenizerClass::Roberta),
        "xlm-roberta" => Some(TokenizerClass::XlmRoberta),
        "albert" => Some(TokenizerClass::Albert),
        "deberta-v2" => Some(TokenizerClass::DebertaV2),
        "modernbert" => Some(TokenizerClass::AsWritten),
        "model2vec" => Some(TokenizerClass::Static),
        _ => None,
    }
}

/// The class of the tokenizer of a model of this type, whose files name `declared`; the flag says that the named class is
/// not one that is known here, so that only its tokenizer.json can be followed.
pub(super) fn class_of(model_type: Option<&str>, declared: Option<&str>) -> (TokenizerClass, bool) {
    let registered = model_type.and_then(registered);
    // Its files are known to name other classes than they mean.
    if let Some(class @ (TokenizerClass::AsWritten | TokenizerClass::Static)) = registered {
        return (class, false);
    }
    match declared.map(named) {
        Some(Named::Known(class)) => (class, false),
        Some(Named::Unknown) => (TokenizerClass::AsWritten, true),
        None => (registered.unwrap_or(TokenizerClass::AsWritten), false),
    }
}

impl TokenizerClass {
    /// Its name in transformers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bert => "BertTokenizer",
            Self::MpNet => "MPNetTokenizer",
            Self::Roberta => "RobertaTokenizer",
            Self::XlmRoberta => "XLMRobertaTokenizer",
            Self::Albert => "AlbertTokenizer",
            Self::DebertaV2 => "DebertaV2Tokenizer",
            Self::Static => "StaticModel",
            Self::AsWritten => "TokenizersBackend",
        }
    }

    /// The model that it makes out of the vocabulary, as tokenizer.json calls it.
    pub(super) fn model(self) -> Option<&'static str> {
        match self {
            Self::Bert | Self::MpNet => Some("WordPiece"),
            Self::Roberta => Some("BPE"),
            Self::XlmRoberta | Self::Albert | Self::DebertaV2 => Some("Unigram"),
            Self::Static | Self::AsWritten => None,
        }
    }

    /// Its special tokens where the files name none, by their names in tokenizer_config.json.
    pub(super) fn special_tokens(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Bert => &[
                ("unk_token", "[UNK]"),
                ("sep_token", "[SEP]"),
                ("pad_token", "[PAD]"),
                ("cls_token", "[CLS]"),
                ("mask_token", "[MASK]"),
            ],
            Self::MpNet => &[
                ("bos_token", "<s>"),
                ("eos_token", "</s>"),
                ("unk_token", "[UNK]"),
                ("sep_token", "</s>"),
                ("pad_token", "<pad>"),
                ("cls_token", "<s>"),
                ("mask_token", "<mask>"),
            ],
            Self::Roberta | Self::XlmRoberta => &[
                ("bos_token", "<s>"),
                ("eos_token", "</s>"),
                ("unk_token", "<unk>"),
                ("sep_token", "</s>"),
                ("pad_token", "<pad>"),
                ("cls_token", "<s>"),
                ("mask_token", "<mask>"),
            ],
            Self::Albert => &[
                ("bos_token", "[CLS]"),
                ("eos_token", "[SEP]"),
                ("unk_token", "<unk>"),
                ("sep_token", "[SEP]"),
                ("pad_token", "<pad>"),
                ("cls_token", "[CLS]"),
                ("mask_token", "[MASK]"),
            ],
            Self::DebertaV2 => &[
                ("bos_token", "[CLS]"),
                ("eos_token", "[SEP]"),
                ("unk_token", "[UNK]"),
                ("sep_token", "[SEP]"),
                ("pad_token", "[PAD]"),
                ("cls_token", "[CLS]"),
                ("mask_token", "[MASK]"),
            ],
            Self::Static | Self::AsWritten => &[],
        }
    }

    /// The names of the special tokens before and behind a text, for classes that have a template of their own.
    pub(super) fn template(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Bert | Self::MpNet | Self::Roberta | Self::DebertaV2 => {
                Some(("cls_token", "sep_token"))
            }
            Self::XlmRoberta => Some(("bos_token", "eos_token")),
            Self::Albert | Self::Static | Self::AsWritten => None,
        }
    }
}
