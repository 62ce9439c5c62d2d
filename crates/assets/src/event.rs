//! Events of a fetch, for progress bars.

/// One step of a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchEvent {
    /// The encoder or dataset that is fetched, by the name it was asked for.
    pub asset: String,
    /// Where it is fetched from, for people: `mirror /data`, `hub distilbert/distilbert-base-uncased`, `pip …`, a URL.
    pub source: String,
    /// What happened.
    pub kind: FetchKind,
}

/// The kinds of [`FetchEvent`]. Bytes are counts of bytes of the file that is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchKind {
    /// Another process fetches the same asset; this one waits for it.
    Waiting,
    /// A transfer begins.
    Started {
        /// The file or archive that is on its way.
        file: String,
        /// Its size, where the source says it.
        bytes: Option<u64>,
    },
    /// So much of the file is here by now, what an earlier try left included.
    Progress {
        /// Bytes here so far.
        bytes: u64,
    },
    /// The source could not serve now; the same source is tried again after a pause.
    Retrying {
        /// The pause in seconds, rounded up.
        after_secs: u64,
        /// What the source answered.
        why: String,
    },
    /// Every file's checksum was right.
    Verified,
    /// The files lie under their final names.
    Placed,
    /// This source is given up and the next one is tried. That the last one is given up, the fetch's error tells.
    SourceFailed {
        /// Why it was given up.
        why: String,
    },
}
