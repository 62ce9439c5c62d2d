//! Encoders and datasets: what is known by name, where it is fetched from, and where it lies afterwards.
//!
//! [`Catalog`] (`data/catalog.toml`) names every asset with its sources, checksums, size, licence and citation. [`Assets`]
//! brings an asset to this machine: first it looks in the cache, then in the folder that `FSL_EXP_MIRROR` names, then it
//! tries the catalogue's sources in order. Nothing is used before its checksum was found right, everything is put in place
//! at once, and of two processes that fetch the same asset one waits for the other.
//!
//! ```text
//! assets (Assets) ─ fetch ─┬─ hub ─┬─ http ─ redirect, retry, download_body
//!                         │  url ─┘
//!                         ├─ pip ─ archive ─ vader (builds the datasets)
//!                         └─ cache_entry ─ manifest (the cache: locks, checksums, placement)
//! ```

mod retry;
mod archive;
mod catalog;
mod source_error;
mod checksum;
mod derived_split;
mod dataset;
mod encoder;
mod entry;
mod error;
mod event;
mod fetch;
mod http;
mod hub;
mod partial_file;
mod pip;
mod vader;
mod download_body;
mod redirect;
mod reference;
mod manifest;
mod settings;
mod cache_entry;
mod assets;
#[cfg(test)]
mod tests;
mod file_request;

pub use catalog::Catalog;
pub use source_error::{NotFoundKind, SourceError, SourceFailure};
pub use dataset::{DatasetFiles, DatasetIds, Parts};
pub use encoder::EncoderFiles;
pub use entry::{
    Build, DatasetEntry, EncoderEntry, FileEntry, HubSource, PipSource, Source, UrlSource,
};
pub use error::{AssetError, AssetKind};
pub use event::{FetchEvent, FetchKind};
pub use reference::EncoderRef;
pub use settings::{AssetSettings, HubSettings, Timeouts};
pub use assets::Assets;
