//! What only one family has in its config.json.

use super::activation::Activation;

/// The settings of a family that has any of its own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FamilySettings {
    None,
    Albert(AlbertSettings),
    DebertaV2(DebertaSettings),
    ModernBert(ModernBertSettings),
    Mpnet(MpnetSettings),
    Static(StaticSettings),
}

/// The table of a static encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StaticSettings {
    /// `max_length`: tokens that are read of a text unless another limit is asked for; `None` for all.
    pub(crate) tokens: Option<u32>,
    /// Rows of the file's table.
    pub(crate) vectors: i64,
    /// Whether the file says which row is a token's.
    pub(crate) mapped: bool,
    /// Whether the file has a factor for each token.
    pub(crate) weighted: bool,
}

/// How ALBERT's blocks are shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AlbertSettings {
    /// `num_hidden_groups`, at most as many as there are layers.
    pub(crate) groups: i64,
    /// `inner_group_num`: blocks per group.
    pub(crate) inner: i64,
}

/// MPNet's biases by distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MpnetSettings {
    /// `relative_attention_num_buckets`: rows of the table, of which some are used.
    pub(crate) rows: i64,
}

/// How DeBERTa tells places apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct DebertaSettings {
    /// `position_biased_input`: whether embeddings have absolute positions, default true (transformers).
    pub(crate) absolute_positions: bool,
    /// `pos_att_type` has `c2p` and `p2c`: whether queries of contents look for distances, and distances for keys of contents.
    pub(crate) terms: [bool; 2],
    /// `relative_attention`: none by default (transformers).
    pub(crate) relative: Option<RelativeSettings>,
    /// `conv_kernel_size` and `conv_act`: none by default (transformers).
    pub(crate) convolution: Option<(i64, Activation)>,
}

/// DeBERTa's relative embeddings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RelativeSettings {
    /// `position_buckets` and `max_relative_positions`.
    pub(crate) distances: Distances,
    /// `share_att_key`: whether distances are projected as contents are, default false (transformers).
    pub(crate) shared_projections: bool,
    /// `norm_rel_ebd`: whether relative embeddings are normalised.
    pub(crate) normalised: bool,
}

/// How distances are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Distances {
    /// Distances up to half of this have a row of the table each, the others share rows, logarithmically. `None` where none are shared.
    pub(crate) buckets: Option<i64>,
    /// The distance at which the last row begins.
    pub(crate) longest: i64,
}

impl Distances {
    /// Half of the table's rows: one half for keys before the query, one for those after it.
    pub(crate) fn span(&self) -> i64 {
        self.buckets.unwrap_or(self.longest)
    }
}

/// ModernBERT's attention and biases.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ModernBertSettings {
    /// Whether a block's attention is local: `layer_types`, or by `global_attn_every_n_layers`, default 3 (transformers).
    pub(crate) local: Vec<bool>,
    /// How far local attention looks to either side, in tokens: half of `local_attention`, default 128 (transformers).
    pub(crate) reach: i64,
    /// The base of the rotation's angles where attention is global, and where it is local.
    pub(crate) bases: [f64; 2],
    /// `attention_bias`, `mlp_bias` and `norm_bias`, default false (transformers).
    pub(crate) biases: Biases,
    /// After the gates: `mlp_dropout`, default 0 (transformers).
    pub(crate) mlp_dropout: f64,
}

/// Which layers of ModernBERT have biases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Biases {
    pub(crate) attention: bool,
    pub(crate) mlp: bool,
    pub(crate) norm: bool,
}
