//! Vectors of texts, and how many tokens they have, which earlier trials computed, in the cache folder.
//!
//! Trials of a frozen encoder embed the same test texts again and again. A file `CACHE/embeddings/KEY` holds the vectors of one list of
//! texts. The key covers all that the bits depend on: the texts, the encoder and how it is computed, this very build of the program, and
//! the processor. So a trial has the same bytes with and without the cache. Whatever is wrong with a file, it counts as none.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use fsl_assets::AssetSettings;
use fsl_common::fsio::{self, Stamp};
use fsl_common::settings::Pooling;
use fsl_core::trial::Host;
use fsl_methods::EncoderInputs;

/// Shorter lists are computed faster than they are looked up: training texts, which differ from trial to trial anyway.
const FEWEST_TEXTS: usize = 200;
/// The largest file, and all files together, in bytes. The oldest ones go first.
const LARGEST_FILE: u64 = 1 << 29;
const LARGEST_CACHE: u64 = 1 << 32;
/// The digits of a SHA-256, which a file begins with.
const CHECKSUM: usize = 64;
/// The number of vectors and their width, which follow.
const COUNTS: usize = 16;

/// What is cached of each text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Numbers<'a> {
    /// Its vector.
    Vectors(Pooling),
    /// Its pooled rows at these layers.
    Layers(Pooling, &'a [u32]),
    /// The number of its tokens.
    Tokens,
}

/// What is cached of one encoder.
#[derive(Debug)]
pub(crate) struct EmbeddingCache {
    folder: PathBuf,
    /// What the vectors depend on beside texts and pooling.
    prefix: String,
}

impl EmbeddingCache {
    /// The cache of an encoder; `None` where there is no cache folder.
    pub(crate) fn new(encoder: &EncoderInputs) -> Option<Self> {
        let cache = AssetSettings::from_env().ok()?.cache;
        Self::at(&cache.join("embeddings"), encoder)
    }

    fn at(folder: &Path, encoder: &EncoderInputs) -> Option<Self> {
        let program = std::env::current_exe().ok()?;
        let host = Host::current(encoder.device.as_str());
        let parts = (
            Stamp::read(&program).ok()?,
            (host.platform, host.processor, host.program, host.libtorch),
            encoder,
        );
        Some(Self {
            folder: folder.to_owned(),
            prefix: serde_json::to_string(&parts).ok()?,
        })
    }

    /// The numbers of each text, which `compute` finds where they are not here.
    ///
    /// # Errors
    /// Those of `compute`.
    pub(crate) fn numbers<E>(
        &self,
        texts: &[String],
        what: Numbers,
        compute: impl FnOnce() -> Result<Vec<Vec<f32>>, E>,
    ) -> Result<Vec<Vec<f32>>, E> {
        if texts.len() < FEWEST_TEXTS {
            return compute();
        }
        let path = self.folder.join(self.key(texts, what));
        if let Some(vectors) = read(&path).filter(|vectors| vectors.len() == texts.len()) {
            // A file that cannot be touched is forgotten a little earlier.
            let _ = File::open(&path).and_then(|file| file.set_modified(SystemTime::now()));
            return Ok(vectors);
        }
        let vectors = compute()?;
        // A cache that cannot be written costs time only.
        if let Some(bytes) = written(&vectors) {
            fsio::clear_abandoned(&self.folder);
            let _ = fsio::write_atomic(&path, &bytes);
            remove_oldest(&self.folder, LARGEST_CACHE);
        }
        Ok(vectors)
    }

    fn key(&self, texts: &[String], what: Numbers) -> String {
        let mut all = format!("{} {what:?}", self.prefix);
        for text in texts {
            all += &format!("\n{} {text}", text.len());
        }
        fsio::sha256_hex(all.as_bytes())
    }
}

/// The bytes of a file: a checksum of the rest, the two counts, the numbers row by row. `None` where they are too many.
fn written(vectors: &[Vec<f32>]) -> Option<Vec<u8>> {
    let width = vectors.first()?.len();
    let size = 4 * (vectors.len() as u64).checked_mul(width as u64)?;
    if size > LARGEST_FILE || vectors.iter().any(|vector| vector.len() != width) {
        return None;
    }
    let mut rest = Vec::with_capacity(COUNTS + size as usize);
    rest.extend((vectors.len() as u64).to_le_bytes());
    rest.extend((width as u64).to_le_bytes());
    rest.extend(
        vectors
            .iter()
            .flatten()
            .flat_map(|number| number.to_le_bytes()),
    );
    let mut bytes = fsio::sha256_hex(&rest).into_bytes();
    bytes.extend(rest);
    Some(bytes)
}

fn read(path: &Path) -> Option<Vec<Vec<f32>>> {
    if fs::metadata(path).ok()?.len() > LARGEST_FILE + (CHECKSUM + COUNTS) as u64 {
        return None;
    }
    let bytes = fs::read(path).ok()?;
    let (checksum, rest) = bytes.split_at_checked(CHECKSUM)?;
    if fsio::sha256_hex(rest).as_bytes() != checksum {
        return None;
    }
    let (counts, numbers) = rest.split_at_checked(COUNTS)?;
    let count = |bytes: &[u8]| usize::try_from(u64::from_le_bytes(bytes.try_into().ok()?)).ok();
    let (rows, width) = (count(&counts[..8])?, count(&counts[8..])?);
    if width == 0 || rows.checked_mul(width)?.checked_mul(4)? != numbers.len() {
        return None;
    }
    let number = |bytes: &[u8]| Some(f32::from_le_bytes(bytes.try_into().ok()?));
    let numbers: Vec<f32> = numbers.chunks_exact(4).map(number).collect::<Option<_>>()?;
    Some(numbers.chunks_exact(width).map(<[f32]>::to_vec).collect())
}

/// Removes the files that nobody asked for longest, until the others are small enough together.
fn remove_oldest(folder: &Path, largest: u64) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries
        .filter_map(|entry| {
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((metadata.modified().ok()?, metadata.len(), entry.path()))
        })
        .collect();
    files.sort();
    let mut size: u64 = files.iter().map(|(_, size, _)| size).sum();
    for (_, bytes, path) in files {
        if size <= largest {
            return;
        }
        if fs::remove_file(path).is_ok() {
            size -= bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::convert::Infallible;
    use std::time::Duration;

    use fsl_common::sentence::VectorModule;
    use fsl_common::settings::{DeviceKind, LongTexts, Precision};

    use super::*;

    fn encoder() -> EncoderInputs {
        EncoderInputs {
            sha256: "a".repeat(64),
            max_tokens: 64,
            long_texts: LongTexts::default(),
            precision: Precision::F32,
            inference: None,
            device: DeviceKind::default(),
            threads: 1,
            modules: Vec::new(),
            prompt: None,
        }
    }

    fn texts(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("text {number}")).collect()
    }

    /// Asks for the vectors of the texts; how often they were computed.
    fn ask(cache: &EmbeddingCache, texts: &[String], pooling: Pooling) -> (Vec<Vec<f32>>, usize) {
        let computed = Cell::new(0);
        let compute = || {
            computed.set(computed.get() + 1);
            let vector = |text: &String| vec![text.len() as f32, -0.0, f32::MIN_POSITIVE];
            Ok::<_, Infallible>(texts.iter().map(vector).collect())
        };
        let Ok(vectors) = cache.numbers(texts, Numbers::Vectors(pooling), compute);
        (vectors, computed.get())
    }

    #[test]
    fn the_second_trial_reads_what_the_first_one_computed() {
        let folder = tempfile::tempdir().unwrap();
        let cache = EmbeddingCache::at(folder.path(), &encoder()).unwrap();
        let many = texts(FEWEST_TEXTS);
        let (first, computed) = ask(&cache, &many, Pooling::Mean);
        assert_eq!(computed, 1);
        let (second, computed) = ask(&cache, &many, Pooling::Mean);
        assert_eq!((computed, second.len()), (0, FEWEST_TEXTS));
        let bits = |vectors: &[Vec<f32>]| -> Vec<u32> {
            vectors
                .iter()
                .flatten()
                .map(|number| number.to_bits())
                .collect()
        };
        assert_eq!(bits(&first), bits(&second));
    }

    #[test]
    fn other_texts_poolings_and_encoders_are_computed_anew() {
        let folder = tempfile::tempdir().unwrap();
        let cache = EmbeddingCache::at(folder.path(), &encoder()).unwrap();
        let many = texts(FEWEST_TEXTS);
        ask(&cache, &many, Pooling::Mean);
        assert_eq!(ask(&cache, &many, Pooling::Cls).1, 1);
        let tokens = || Ok::<_, Infallible>(vec![vec![3.0]; FEWEST_TEXTS]);
        let Ok(counts) = cache.numbers(&many, Numbers::Tokens, tokens);
        assert_eq!(counts, tokens().unwrap());
        assert_eq!(ask(&cache, &texts(FEWEST_TEXTS + 1), Pooling::Mean).1, 1);
        // The same characters, cut elsewhere.
        let mut moved = many.clone();
        moved[0] = format!("{}\n6 text 1", moved[0]);
        moved.remove(1);
        moved.push("text".to_owned());
        assert_eq!(ask(&cache, &moved, Pooling::Mean).1, 1);
        let prompted = |prompt: &str| EncoderInputs {
            prompt: Some(prompt.to_owned()),
            ..encoder()
        };
        let followed = |modules: Vec<VectorModule>| EncoderInputs {
            modules,
            ..encoder()
        };
        let long = |long_texts: LongTexts| EncoderInputs {
            long_texts,
            ..encoder()
        };
        let dense = |id: &str| VectorModule::Dense(id.repeat(64));
        let others = [
            EncoderInputs {
                max_tokens: 32,
                ..encoder()
            },
            long(LongTexts::HeadTail),
            long(LongTexts::MeanOfWindows),
            prompted("query: "),
            prompted("passage: "),
            followed(vec![VectorModule::Normalize]),
            followed(vec![dense("b")]),
            followed(vec![dense("c")]),
            followed(vec![dense("b"), VectorModule::Normalize]),
            followed(vec![VectorModule::Normalize, dense("b")]),
        ];
        for other in &others {
            let other = EmbeddingCache::at(folder.path(), other).unwrap();
            assert_eq!(ask(&other, &many, Pooling::Mean).1, 1);
            assert_eq!(ask(&other, &many, Pooling::Mean).1, 0);
        }
        assert_eq!(ask(&cache, &texts(FEWEST_TEXTS - 1), Pooling::Mean).1, 1);
        let files = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files, 5 + others.len());
    }

    #[test]
    fn a_damaged_file_counts_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let cache = EmbeddingCache::at(folder.path(), &encoder()).unwrap();
        let many = texts(FEWEST_TEXTS);
        let (expected, _) = ask(&cache, &many, Pooling::Mean);
        let path = folder
            .path()
            .join(cache.key(&many, Numbers::Vectors(Pooling::Mean)));
        let whole = fs::read(&path).unwrap();
        let mut flipped = whole.clone();
        flipped[CHECKSUM + COUNTS + 5] ^= 1;
        let lying = |rows: u64| {
            let rest = [rows.to_le_bytes(), u64::MAX.to_le_bytes()].concat();
            let mut bytes = fsio::sha256_hex(&rest).into_bytes();
            bytes.extend(rest);
            bytes
        };
        for damaged in [
            &flipped,
            &whole[..100],
            &[][..],
            &lying(u64::MAX),
            &lying(0),
        ] {
            fsio::write_atomic(&path, damaged).unwrap();
            assert_eq!(ask(&cache, &many, Pooling::Mean), (expected.clone(), 1));
            assert_eq!(fs::read(&path).unwrap(), whole);
        }
    }

    #[test]
    fn the_files_that_nobody_asked_for_longest_go_first() {
        let folder = tempfile::tempdir().unwrap();
        for (age, name) in [(30, "b"), (10, "c"), (20, "a")] {
            let path = folder.path().join(name);
            fsio::write_atomic(&path, &[0; 100]).unwrap();
            let then = SystemTime::now() - Duration::from_secs(age);
            let file = File::options().write(true).open(&path).unwrap();
            file.set_modified(then).unwrap();
        }
        remove_oldest(folder.path(), 300);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
        remove_oldest(folder.path(), 299);
        assert!(!folder.path().join("b").exists() && folder.path().join("a").exists());
        remove_oldest(folder.path(), 100);
        assert!(!folder.path().join("a").exists() && folder.path().join("c").exists());
    }
}
