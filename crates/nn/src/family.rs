//! The families of encoders by name. What each is: its file in [`families`](super::families).

use super::activation::one_of;

/// The family of an encoder: which keys config.json has, which names its checkpoint uses, and what it computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// ALBERT (arXiv 1909.11942).
    Albert,
    /// BERT (arXiv 1810.04805) and what shares its code: MiniLM, XtremeDistil.
    Bert,
    /// CamemBERT (arXiv 1911.03894).
    Camembert,
    /// DeBERTa-v2 (arXiv 2006.03654) and DeBERTa-v3 (arXiv 2111.09543).
    DebertaV2,
    /// DistilBERT (arXiv 1910.01108).
    DistilBert,
    /// ELECTRA (arXiv 2003.10555), the discriminator.
    Electra,
    /// Static encoders of model2vec: one table of vectors, no layers.
    Model2Vec,
    /// ModernBERT (arXiv 2412.13663).
    ModernBert,
    /// MPNet (arXiv 2004.09297).
    Mpnet,
    /// RoBERTa (arXiv 1907.11692).
    Roberta,
    /// XLM-RoBERTa (arXiv 1911.02116).
    XlmRoberta,
}

impl Family {
    /// All families, as errors list them: with their `model_type` in config.json, and what people call them.
    pub(crate) const ALL: [(Self, &'static str, &'static str); 11] = [
        (Self::Albert, "albert", "ALBERT"),
        (Self::Bert, "bert", "BERT"),
        (Self::Camembert, "camembert", "CamemBERT"),
        (Self::DebertaV2, "deberta-v2", "DeBERTa-v2/v3"),
        (Self::DistilBert, "distilbert", "DistilBERT"),
        (Self::Electra, "electra", "ELECTRA"),
        (Self::Model2Vec, "model2vec", "model2vec"),
        (Self::ModernBert, "modernbert", "ModernBERT"),
        (Self::Mpnet, "mpnet", "MPNet"),
        (Self::Roberta, "roberta", "RoBERTa"),
        (Self::XlmRoberta, "xlm-roberta", "XLM-RoBERTa"),
    ];

    /// All families.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().map(|(family, ..)| family)
    }

    /// `model_type` in config.json.
    pub(crate) fn model_type(self) -> &'static str {
        let own = Self::ALL.iter().find(|(family, ..)| *family == self);
        own.map_or("", |(_, name, _)| name)
    }

    /// The family of this `model_type`, or all that there are.
    pub(crate) fn parse(model_type: &str) -> Result<Self, String> {
        let mut all = Self::ALL.iter();
        let found = all.find(|(_, known, _)| *known == model_type);
        found
            .map(|(family, ..)| *family)
            .ok_or_else(|| one_of(Self::ALL.iter().map(|(_, known, _)| *known)))
    }

    /// What people call all families: `A, B and C`.
    pub(crate) fn names() -> String {
        let [others @ .., last] = &Self::ALL.map(|(.., name)| name);
        format!("{} and {last}", others.join(", "))
    }
}
