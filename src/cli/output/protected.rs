//! Files and folders that no output may replace.

use std::fs;
use std::path::{Component, Path, PathBuf};

use fsl_assets::{AssetSettings, EncoderRef};
use fsl_common::fsio;
use fsl_common::settings::{CONFIG, model_folder};
use fsl_core::spec::{DataSource, Experiment};
use fsl_core::store;
use fsl_data::stream::Input;

/// Names of an encoder's files, as far as they tell one.
const ENCODER_FILES: [&str; 10] = [
    CONFIG,
    "vocab.txt",
    "model.safetensors",
    "pytorch_model.bin",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
];

/// What a command reads, or others may have to read later.
#[derive(Debug, Default)]
pub(in crate::cli) struct Protected(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    /// Such as `the input`.
    what: String,
    path: PathBuf,
    /// Whether a folder may get new files.
    may_grow: bool,
}

impl Protected {
    pub(in crate::cli) fn add(&mut self, what: String, path: &Path) {
        let path = resolved(path);
        self.0.push(Entry {
            what,
            path,
            may_grow: false,
        });
    }

    pub(in crate::cli) fn input(&mut self, input: &Input) {
        let path = match input {
            Input::File(path) => path,
            Input::Stdin | Input::Copied(_) => Path::new("/dev/stdin"),
        };
        self.add("the input".to_owned(), path);
    }

    /// An encoder as it is named on the command line or in a spec, if that is a folder; others lie in the cache.
    pub(in crate::cli) fn encoder(&mut self, name: &str) {
        if let Ok(EncoderRef::Folder(folder)) = EncoderRef::parse(name) {
            self.add(format!("the encoder `{name}`"), &folder);
        }
    }

    /// The spec, its files of texts, and its encoders.
    pub(in crate::cli) fn experiment(&mut self, experiment: &Experiment) {
        let spec = experiment.file.display();
        self.add(format!("the spec `{spec}`"), &experiment.file);
        for row in &experiment.rows {
            if let DataSource::Files {
                train,
                test,
                transfer,
            } = &row.data.source
            {
                for path in [train, test].into_iter().chain(transfer) {
                    self.add(format!("a data file of `{spec}`"), path);
                }
            }
            for path in row.prediction_files() {
                self.add(format!("a file of predictions of `{spec}`"), &path);
            }
            if let Some(encoder) = row.method.requirements().encoder {
                self.encoder(encoder);
            }
        }
    }

    /// What was fetched, and where it is fetched from.
    pub(in crate::cli) fn assets(&mut self, settings: &AssetSettings) {
        for part in ["archives", "datasets", "encoders"] {
            let what = "the cache of encoders and datasets".to_owned();
            self.add(what, &settings.cache.join(part));
        }
        let what = "the cache of the Hugging Face hub".to_owned();
        self.add(what, &settings.hub.cache);
        if let Some(mirror) = &settings.mirror {
            self.0.push(Entry {
                what: "the folder that FSL_EXP_MIRROR names".to_owned(),
                path: resolved(mirror),
                may_grow: true,
            });
        }
    }

    /// Why nothing may be written at `path`, such as `is the input`; `None` where it may.
    pub(in crate::cli) fn reason(&self, path: &Path) -> Option<String> {
        let path = resolved(path);
        let holds = |folder: &Path, inner: &Path| {
            inner
                .ancestors()
                .any(|above| above == folder || fsio::same_file(above, folder))
        };
        for Entry {
            what,
            path: entry,
            may_grow,
        } in &self.0
        {
            if path == *entry || fsio::same_file(&path, entry) {
                return Some(format!("is {what}"));
            }
            if holds(entry, &path) && (!*may_grow || path.exists()) {
                return Some(format!("lies in {what}"));
            }
            if path.is_dir() && holds(&path, entry) {
                return Some(format!("holds {what}"));
            }
            if has_other_names(&path) && is_within(entry, &path) {
                return Some(format!("is a file of {what} under another name"));
            }
        }
        by_contents(&path)
    }
}

/// Why a path is protected whatever the command reads: it belongs to a store, a model or an encoder, or may be a spec.
fn by_contents(path: &Path) -> Option<String> {
    if let Some(store) = path.ancestors().find(|folder| store::is_store(folder)) {
        return Some(format!("lies in the results store `{}`", store.display()));
    }
    let folder = path.parent()?;
    if model_folder::model_exists(folder) && folder.join("head.safetensors").is_file() {
        return Some(format!("lies in the model `{}`", folder.display()));
    }
    if !path.is_file() {
        return None;
    }
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    let is_encoder = ENCODER_FILES.contains(&&*name)
        && folder.join(CONFIG).is_file()
        && ENCODER_FILES[1..]
            .iter()
            .any(|other| folder.join(other).is_file());
    if is_encoder {
        return Some(format!("is a file of the encoder `{}`", folder.display()));
    }
    let is_toml = path
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("toml"));
    is_toml.then(|| "is a TOML file, as specs and catalogues are".to_owned())
}

/// The path without links, `.` and `..`, as far as it exists, in the case of letters that it has on the disk.
pub(in crate::cli) fn resolved(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut at = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                at.pop();
            }
            part => {
                at.push(part);
                if let Ok(found) = at.canonicalize() {
                    at = found;
                }
            }
        }
    }
    at
}

/// Whether a file has hard links.
fn has_other_names(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        fs::metadata(path).is_ok_and(|found| found.is_file() && found.nlink() > 1)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// Whether the file is in the folder, or in a folder of it, by whatever name.
fn is_within(folder: &Path, file: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|entries| {
        entries.flatten().any(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => is_within(&entry.path(), file),
            _ => fsio::same_file(&entry.path(), file),
        })
    })
}
