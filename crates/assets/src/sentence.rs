//! Sentence encoders: their modules, wherever the encoder lies.

use std::collections::BTreeMap;
use std::path::Path;

use super::catalog::Catalog;
use super::encoder::{self, EncoderFiles};
use super::entry::Modules;
use super::error::AssetError;
use fsl_common::fsio::ChecksumCache;
use fsl_common::sentence::{
    CONFIG, Layout, MODULES, SENTENCE_BERT, SentenceEncoder, SentenceFault, read_layout,
};

/// The encoder in a user's folder, with what the folder declares.
pub(super) fn in_folder(
    folder: &Path,
    catalog: &Catalog,
    sums: &ChecksumCache,
) -> Result<EncoderFiles, AssetError> {
    // What is no folder is told below.
    let layout = folder.is_dir().then(|| read_layout(folder)).transpose()?;
    let Some(layout) = layout.flatten() else {
        return encoder::in_folder(folder, sums);
    };
    if layout.is_static() && !folder.join(CONFIG).is_file() {
        return Err(refused_static(
            folder,
            "a folder that model2vec saved, with config.json",
        ));
    }
    let files = encoder::in_folder(&folder.join(&layout.transformer), sums)?;
    followed(files, folder, &layout, catalog, sums)
}

/// The encoder in `folder` of the cache, whose files have the checksums `placed`; as [`encoder::assemble`].
pub(super) fn placed(
    folder: &Path,
    layout: Option<&Layout>,
    placed: &BTreeMap<String, String>,
    lowercase: Option<bool>,
    (catalog, sums): (&Catalog, &ChecksumCache),
) -> Result<Option<EncoderFiles>, AssetError> {
    let Some(layout) = layout else {
        return encoder::assemble(folder, placed, lowercase);
    };
    let own = |(name, sum): (&String, &String)| {
        let name = match layout.transformer.as_str() {
            "" => name.as_str(),
            part => name.strip_prefix(part)?.strip_prefix('/')?,
        };
        Some((name.to_owned(), sum.clone()))
    };
    let own = placed.iter().filter_map(own).collect();
    let files = encoder::assemble(&folder.join(&layout.transformer), &own, lowercase)?;
    files
        .map(|files| followed(files, folder, layout, catalog, sums))
        .transpose()
}

/// The encoder with what `folder` declares. Modules that the catalogue ignores are ignored wherever the encoder lies: the same contents
/// have the same results.
fn followed(
    files: EncoderFiles,
    folder: &Path,
    layout: &Layout,
    catalog: &Catalog,
    sums: &ChecksumCache,
) -> Result<EncoderFiles, AssetError> {
    let mut entries = catalog.encoders();
    let is_ignored = entries.any(|(_, entry)| {
        let same = || encoder::pinned_id(entry).as_ref() == Some(&files.sha256);
        entry.modules == Some(Modules::Ignored) && same()
    });
    if is_ignored {
        return Ok(files);
    }
    if layout.is_static() {
        return followed_static(files, folder, layout);
    }
    let declared = SentenceEncoder::read(folder, layout, |path| sums.sha256(path))?;
    if declared.lowercase && !files.source.lowercase {
        return Err(AssetError::Sentence(SentenceFault::Key {
            path: folder.join(Layout::file(&layout.transformer, SENTENCE_BERT)),
            key: "do_lower_case".to_owned(),
            got: "`true`".to_owned(),
            allowed: "false, as the tokenizer keeps the case".to_owned(),
        }));
    }
    Ok(EncoderFiles { declared, ..files })
}

/// A static encoder as its config.json declares it, with a note where its modules.json differs.
fn followed_static(
    mut files: EncoderFiles,
    folder: &Path,
    layout: &Layout,
) -> Result<EncoderFiles, AssetError> {
    if files.declared.pooling.is_none() {
        let allowed = "the module of this config.json: a Transformer";
        return Err(refused_static(folder, allowed));
    }
    let (declared, listed) = (!files.declared.modules.is_empty(), !layout.after.is_empty());
    if declared != listed {
        let lists = if listed { "lists" } else { "lists no" };
        files.notices.push(format!(
            "`{MODULES}` {lists} Normalize, which is not followed: as in model2vec, `normalize` of `{CONFIG}` counts, which is {declared}"
        ));
    }
    Ok(files)
}

/// The error about a modules.json that begins with a StaticEmbedding, in a folder that is no encoder of that kind.
fn refused_static(folder: &Path, allowed: &str) -> AssetError {
    AssetError::Sentence(SentenceFault::Key {
        path: folder.join(MODULES),
        key: "0.type".to_owned(),
        got: "a StaticEmbedding".to_owned(),
        allowed: format!(
            "{allowed}; `StaticModel.from_pretrained(FOLDER).save_pretrained(OTHER)` of model2vec saves one; then add `\"model_type\": \"model2vec\"` to its config.json"
        ),
    })
}
