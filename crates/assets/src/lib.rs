//! Encoders and datasets: what is known by name, where it is fetched from, and where it lies afterwards.
//!
//! [`Catalog`] (`data/catalog.toml`) names every asset with its sources, checksums, size, licence and citation. [`Assets`]
//! brings an asset to this machine: first it looks in the cache, then in the folder that `FSL_EXP_MIRROR` names, then it
//! tries the catalogue's sources in order. Nothing is used before its checksum was found right, everything is put in place
//! at once, and of two processes that fetch the same asset one waits for the other.
//!
//! ```text
//! store (Assets) ─ fetch ─┬─ hub ─┬─ http ─ redirect, answer, receive
//!                         │  url ─┘
//!                         ├─ pip ─ archive ─ ratings (builds the datasets)
//!                         └─ shelf ─ seal (the cache: locks, checksums, placement)
//! ```

mod answer;
mod archive;
mod catalog;
mod cause;
mod checksum;
mod cut;
mod dataset;
mod encoder;
mod entry;
mod error;
mod event;
mod fetch;
mod http;
mod hub;
mod part;
mod pip;
mod ratings;
mod receive;
mod redirect;
mod reference;
mod seal;
mod settings;
mod shelf;
mod store;
#[cfg(test)]
mod tests;
mod wanted;

pub use catalog::Catalog;
pub use cause::{Lacking, SourceError, SourceFailure};
pub use dataset::{DatasetFiles, DatasetIds, Parts};
pub use encoder::EncoderFiles;
pub use entry::{
    Build, DatasetEntry, EncoderEntry, FileEntry, HubSource, PipSource, Source, UrlSource,
};
pub use error::{AssetError, AssetKind};
pub use event::{FetchEvent, FetchKind};
pub use reference::EncoderRef;
pub use settings::{AssetSettings, HubSettings, Patience};
pub use store::Assets;
