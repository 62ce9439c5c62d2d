//! Encoders and datasets: what is known by name, where it is fetched from, and where it lies afterwards.
//!
//! [`Catalog`] (`data/catalog.toml`) names every asset with its sources, checksums, size, licence and citation. [`Assets`]
//! brings an asset to this machine: first it looks in the cache, then in the folder that `FSL_EXP_MIRROR` names, then it
//! tries the catalogue's sources in order. Nothing is used before its checksum was found right, everything is put in place
//! at once, and of two processes that fetch the same asset one waits for the other.
//!
//! ```text
//! assets (Assets) ─ fetch ─┬─ hub ─┬─ http ─ redirect, retry, partial_file
//!                         │  url ─┘
//!                         ├─ convert (rewrites published files), derived_split (cuts a dataset)
//!                         ├─ pip ─ archive ─ vader (builds the datasets)
//!                         └─ cache_entry ─ manifest (the cache: locks, checksums, placement)
//! ```

mod archive;
mod assets;
mod cache_entry;
mod catalog;
mod checksum;
mod convert;
mod dataset;
mod derived_split;
mod encoder;
mod encoder_tokenizer;
mod entry;
mod error;
mod event;
mod fetch;
mod file_request;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod http;
mod hub;
mod manifest;
mod partial_file;
mod pip;
mod redirect;
mod reference;
mod retry;
mod sentence;
mod settings;
mod source_error;
#[cfg(test)]
mod tests;
mod vader;

pub use assets::Assets;
pub use catalog::Catalog;
pub use dataset::{DatasetFiles, DatasetIds, Parts};
pub use encoder::EncoderFiles;
pub use entry::{
    Build, ConvertSource, DatasetEntry, EncoderEntry, FileEntry, Layout, Modules, PipSource,
    RemoteFile, ShuffledCut, Source, UrlSource,
};
pub use error::{AssetError, AssetKind};
pub use event::{FetchEvent, FetchKind};
pub use reference::EncoderRef;
pub use settings::{AssetSettings, HubSettings, Timeouts};
pub use source_error::{NotFoundKind, SourceError, SourceFailure};
