//! An encoder's files: what is fetched, what a folder must hold, and the id of their contents.

use std::collections::BTreeMap;
use std::path::Path;

use super::checksum::Checksum;
use super::encoder_tokenizer::{self, EncoderTokenizer};
use super::entry::EncoderEntry;
use super::error::AssetError;
use super::file_request::{FileRequest, shard_index};
use fsl_common::fsio::{ChecksumCache, OpenFile};
use fsl_common::sentence::SentenceEncoder;
use fsl_common::settings::{
    CONFIG, EncoderSource, FileSums, LONGEST_CONFIG, ModelFault, ShardIndex, encoder_id,
    model_folder, model_type,
};
use fsl_common::tokenizer::{
    ADDED_TOKENS, BPE_VOCAB, MERGES, SPECIAL_TOKENS, TOKENIZER, TOKENIZER_CONFIG, TOKENIZER_FILES,
    TokenizerFiles, VOCAB,
};

/// In order of preference. An index stands for the files that it lists.
const WEIGHTS: [&str; 4] = [
    "model.safetensors",
    "pytorch_model.bin",
    "model.safetensors.index.json",
    "pytorch_model.bin.index.json",
];

/// An encoder that is on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncoderFiles {
    /// Its files. The case is lowered where the catalogue says so, else where the tokenizer's files do.
    pub source: EncoderSource,
    /// One id for the contents of config, tokenizer and weights: the same contents in another place have the same id. 64
    /// hexadecimal digits.
    pub sha256: String,
    /// What the user should know of its files, a sentence each: where they are at odds, and which one is followed.
    pub notices: Vec<String>,
    /// What its folder declares of texts' vectors.
    pub declared: SentenceEncoder,
}

/// The id of an encoder of the catalogue, where all of its checksums are known.
pub(super) fn pinned_id(entry: &EncoderEntry) -> Option<String> {
    let sum = |name: &str| entry.sha256.get(name).map(String::as_str);
    // The checksum of an index alone says nothing of the weights.
    let mut names = WEIGHTS
        .into_iter()
        .filter(|name| !ShardIndex::is_index(name));
    let weights = names.find_map(|name| Some((name, sum(name)?)))?;
    Some(encoder_id(
        sum(CONFIG)?,
        sum(VOCAB)?,
        weights,
        entry.lowercase,
    ))
}

/// The files of an encoder of the catalogue.
pub(super) fn wanted_of(entry: &EncoderEntry) -> FileRequest {
    let pins: BTreeMap<String, Checksum> = entry
        .sha256
        .iter()
        .map(|(name, sum)| (name.clone(), Checksum::Sha256(sum.clone())))
        .collect();
    if pinned_id(entry).is_some() {
        return FileRequest {
            required: pins.keys().cloned().collect(),
            pins,
            follows_modules: entry.follows_modules(),
            needs_modules: entry.follows_modules(),
            ..FileRequest::default()
        };
    }
    FileRequest {
        pins,
        follows_modules: entry.follows_modules(),
        needs_modules: entry.follows_modules(),
        ..wanted_of_any()
    }
}

/// The files of an encoder that nothing is known about.
pub(super) fn wanted_of_any() -> FileRequest {
    FileRequest {
        required: vec![CONFIG.to_owned()],
        any_of: [VOCAB, TOKENIZER].map(str::to_owned).to_vec(),
        or_all: [BPE_VOCAB, MERGES].map(str::to_owned).to_vec(),
        one_of: WEIGHTS.map(str::to_owned).to_vec(),
        optional: [TOKENIZER_CONFIG, SPECIAL_TOKENS, ADDED_TOKENS]
            .map(str::to_owned)
            .to_vec(),
        follows_modules: true,
        ..FileRequest::default()
    }
}

/// The encoder in `folder`, whose files have the checksums `sums`; `lowercase` where that is known. `None` where one is
/// missing.
pub(super) fn assemble(
    folder: &Path,
    sums: &BTreeMap<String, String>,
    lowercase: Option<bool>,
) -> Result<Option<EncoderFiles>, AssetError> {
    let weights = WEIGHTS
        .iter()
        .find_map(|name| Some((*name, sums.get(*name)?.as_str())));
    let (Some(config), Some(weights)) = (sums.get(CONFIG), weights) else {
        return Ok(None);
    };
    if !encoder_tokenizer::is_there(|name| sums.contains_key(name)) {
        return Ok(None);
    }
    // What the catalogue says of the case goes with a vocab.txt alone. Beside a tokenizer.json, it may be no vocabulary of BERT's.
    let is_bare = sums.contains_key(VOCAB) && !sums.contains_key(TOKENIZER);
    let mut declared = SentenceEncoder::default();
    let tokenizer = if let (Some(lowercase), true) = (lowercase, is_bare) {
        EncoderTokenizer::plain(lowercase)
    } else {
        let (files, config) = (TokenizerFiles::in_folder(folder), read_config(folder)?);
        if is_static(&config) {
            declared = SentenceEncoder::of_static(&folder.join(CONFIG), &config)?;
        }
        EncoderTokenizer::read(&files, &config)?
    };
    let named = |name: &str| Some((name.to_owned(), sums.get(name)?.clone()));
    let named_all =
        |names: &[String]| -> Option<Vec<_>> { names.iter().map(|name| named(name)).collect() };
    let shards = shards_of(folder, weights.0)?;
    let tokenizer_sums = tokenizer.names().iter().map(|name| named(name)).collect();
    let (Some(tokenizer_sums), Some(shard_sums)) = (tokenizer_sums, named_all(&shards)) else {
        return Ok(None);
    };
    let tokenizer_sums: Vec<(String, String)> = tokenizer_sums;
    let shards = shards.iter().map(|name| folder.join(name)).collect();
    let source = tokenizer.source(folder, folder.join(weights.0), shards);
    let mut weight_sums = vec![(weights.0.to_owned(), weights.1.to_owned())];
    weight_sums.extend(shard_sums);
    Ok(Some(EncoderFiles {
        sha256: source.id_of_sums(config, &tokenizer_sums, &weight_sums),
        source,
        notices: tokenizer.notices,
        declared,
    }))
}

/// Whether a config.json is that of a static encoder, which says itself what is made of its vectors.
fn is_static(config: &[u8]) -> bool {
    let config: serde_json::Value = serde_json::from_slice(config).unwrap_or_default();
    model_type(&config) == Some("model2vec")
}

/// The files that the weights consist of, where `weights` is their index.
fn shards_of(folder: &Path, weights: &str) -> Result<Vec<String>, AssetError> {
    let path = folder.join(weights);
    match shard_index(&path) {
        Ok(index) => Ok(index.map_or(Vec::new(), |index| index.shards().to_vec())),
        Err(problem) => Err(AssetError::BadFile {
            path,
            problem: format!("it {problem}"),
        }),
    }
}

fn read_config(folder: &Path) -> Result<Vec<u8>, AssetError> {
    let path = folder.join(CONFIG);
    let read = OpenFile::open(&path).and_then(|file| file.read(LONGEST_CONFIG));
    read.map_err(AssetError::disk(&path))
}

/// Whether the files are those that were saved, where the folder is one of our models.
fn check_model(folder: &Path, found: &BTreeMap<String, String>) -> Result<(), AssetError> {
    if !model_folder::model_exists(folder) {
        return Ok(());
    }
    let check = || -> Result<(), ModelFault> {
        let Some(sums) = FileSums::read(folder)? else {
            return Ok(());
        };
        let mut found = found.iter();
        found.try_for_each(|(name, sum)| sums.check(folder, name, sum))
    };
    check().map_err(|fault| match fault {
        ModelFault::Unreadable { path, source } => AssetError::disk(&path)(source),
        ModelFault::Damaged { path, problem } => AssetError::BadFile {
            path,
            problem: format!("it {problem}"),
        },
    })
}

/// The encoder in a user's folder.
pub(super) fn in_folder(folder: &Path, sums: &ChecksumCache) -> Result<EncoderFiles, AssetError> {
    if !folder.is_dir() {
        return Err(AssetError::NoFolder {
            folder: folder.to_path_buf(),
        });
    }
    let has = |name: &str| folder.join(name).is_file();
    let weights = WEIGHTS.into_iter().find(|name| has(name));
    let mut missing = Vec::new();
    if !has(CONFIG) {
        missing.push(CONFIG.to_owned());
    }
    if !encoder_tokenizer::is_there(has) {
        missing.push([TOKENIZER, VOCAB].join("` or `"));
    }
    let Some(weights) = weights.filter(|_| missing.is_empty()) else {
        if weights.is_none() {
            missing.push(wanted_of_any().alternatives());
        }
        return Err(AssetError::FolderLacks {
            folder: folder.to_path_buf(),
            missing,
        });
    };
    let shards = shards_of(folder, weights)?;
    let missing: Vec<String> = shards.iter().filter(|name| !has(name)).cloned().collect();
    if !missing.is_empty() {
        return Err(AssetError::FolderLacks {
            folder: folder.to_path_buf(),
            missing,
        });
    }
    let mut found = BTreeMap::new();
    let tokenizer = TOKENIZER_FILES.into_iter().filter(|name| has(name));
    let shards = shards.iter().map(String::as_str);
    for name in tokenizer.chain([CONFIG, weights]).chain(shards) {
        let path = folder.join(name);
        let sum = sums.sha256(&path).map_err(AssetError::disk(&path))?;
        found.insert(name.to_owned(), sum);
    }
    check_model(folder, &found)?;
    let lacks = || AssetError::FolderLacks {
        folder: folder.to_path_buf(),
        missing: Vec::new(),
    };
    assemble(folder, &found, None)?.ok_or_else(lacks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalog;
    use fsl_common::fsio::write_atomic;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            write_atomic(&folder.path().join(name), text.as_bytes()).unwrap();
        }
        folder
    }

    const WHOLE: [(&str, &str); 3] = [
        ("config.json", "{}"),
        ("vocab.txt", "a"),
        ("model.safetensors", "w"),
    ];

    #[test]
    fn the_same_contents_elsewhere_have_the_same_id_and_any_change_another() {
        let sums = ChecksumCache::disabled();
        let id = |files: &[(&str, &str)]| in_folder(folder(files).path(), &sums).unwrap().sha256;
        let first = id(&WHOLE);
        assert_eq!(
            first,
            id(&[WHOLE[2], WHOLE[1], WHOLE[0], ("README.md", "x")])
        );
        assert_eq!(
            first,
            id(&[
                WHOLE[0],
                WHOLE[1],
                WHOLE[2],
                ("tokenizer_config.json", "{\"do_lower_case\":true}")
            ])
        );
        assert_ne!(
            first,
            id(&[
                WHOLE[0],
                WHOLE[1],
                WHOLE[2],
                ("tokenizer_config.json", "{\"do_lower_case\":false}")
            ])
        );
        assert_ne!(first, id(&[WHOLE[0], WHOLE[1], ("model.safetensors", "v")]));
        assert_ne!(first, id(&[WHOLE[0], WHOLE[1], ("pytorch_model.bin", "w")]));
    }

    #[test]
    fn safetensors_are_preferred_and_a_changed_file_changes_the_id() {
        let sums = ChecksumCache::disabled();
        let folder = folder(&[WHOLE[0], WHOLE[1], WHOLE[2], ("pytorch_model.bin", "w")]);
        let first = in_folder(folder.path(), &sums).unwrap();
        assert!(first.source.weights.ends_with("model.safetensors") && first.source.lowercase);
        assert_eq!(in_folder(folder.path(), &sums).unwrap(), first);
        write_atomic(&folder.path().join("vocab.txt"), b"other").unwrap();
        assert_ne!(
            in_folder(folder.path(), &sums).unwrap().sha256,
            first.sha256
        );
    }

    #[test]
    fn a_folder_says_all_that_it_lacks() {
        let sums = ChecksumCache::disabled();
        let lacks = |files: &[(&str, &str)]| {
            let folder = folder(files);
            let error = in_folder(folder.path(), &sums).unwrap_err();
            assert!(error.hint().unwrap().contains("vocab.txt"));
            error
                .to_string()
                .split_once(" lacks ")
                .unwrap()
                .1
                .to_owned()
        };
        assert_eq!(
            lacks(&[]),
            "`config.json`, `tokenizer.json` or `vocab.txt`, `model.safetensors` or `pytorch_model.bin`"
        );
        assert_eq!(
            lacks(&WHOLE[..2]),
            "`model.safetensors` or `pytorch_model.bin`"
        );
        assert_eq!(
            lacks(&[WHOLE[0], WHOLE[2]]),
            "`tokenizer.json` or `vocab.txt`"
        );
        let nowhere = in_folder(Path::new("/nowhere/at/all"), &sums).unwrap_err();
        assert_eq!(
            nowhere.to_string(),
            "`/nowhere/at/all`: there is no such folder"
        );
        assert_eq!(nowhere.hint(), None);
        let named = Path::new("sentence-transformers/all-MiniLM-L6-v2");
        assert_eq!(
            in_folder(named, &sums).unwrap_err().hint().unwrap(),
            "a repository of the hub is written `hf:sentence-transformers/all-MiniLM-L6-v2`"
        );
        let broken = folder(&[WHOLE[0], WHOLE[1], WHOLE[2], ("tokenizer_config.json", "{")]);
        let error = in_folder(broken.path(), &sums).unwrap_err();
        assert!(matches!(error, AssetError::BadFile { .. }), "{error}");
    }

    /// Witness: `printf` of the five lines through `sha256sum`.
    #[test]
    fn the_id_of_a_pinned_encoder_is_known_without_its_files() {
        let entry = Catalog::built_in().encoder("all-MiniLM-L6-v2").unwrap();
        let id = pinned_id(entry).unwrap();
        assert_eq!(
            id,
            "0911aa6defa91b715fa8dfa55484d6e9b51bde4c5cfb26902cc88df741cdf5dc"
        );
        let unpinned = Catalog::built_in()
            .encoder("xtremedistil-l6-h256-uncased")
            .unwrap();
        assert_eq!(pinned_id(unpinned), None);
    }
}
