//! What only one family has in its config.json.

/// The settings of a family that has any of its own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FamilySettings {
    None,
    Albert(AlbertSettings),
    Mpnet(MpnetSettings),
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
