//! Stored files that are truncated, flipped, emptied, overwritten or deleted between runs, and what dead runs leave.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::soak::baseline::{Baseline, comparable};
use crate::soak::draw::Draw;
use crate::support::{Workplace, files_below};

/// What was done to a stored file.
#[derive(Debug, Clone)]
pub(super) struct Damage {
    /// The file, below the store.
    pub(super) file: PathBuf,
    pub(super) how: &'static str,
    /// The trial it belongs to.
    pub(super) key: Option<String>,
    /// Whether the next run must name it and compute the trial again; otherwise it must do neither, or need not.
    pub(super) spoils: bool,
}

impl Damage {
    pub(super) fn name(&self) -> &str {
        self.file
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap()
    }

    pub(super) fn is_format(&self) -> bool {
        self.file == Path::new("format")
    }
}

const WAYS: [&str; 5] = ["truncated", "flipped", "deleted", "emptied", "overwritten"];

/// Damages one stored file; `None` where nothing is stored.
pub(super) fn damage(place: &Workplace, draw: &mut Draw) -> Option<Damage> {
    let store = place.join("results/store");
    let mut files = files_below(&store.join("trials"));
    files.extend(files_below(&store.join("failed")));
    files.push(store.join("format"));
    files.retain(|file| file.is_file());
    // Records and predictions are what a result is: every second time one of these.
    let matters = |file: &PathBuf| {
        let name = file.file_name().unwrap();
        name == "record.json" || name == "predictions.csv"
    };
    if draw.once_in(2) && files.iter().any(matters) {
        files.retain(matters);
    }
    if files.is_empty() {
        return None;
    }
    let path = draw.pick(&files).clone();
    let file = path.strip_prefix(&store).unwrap().to_owned();
    let how = *draw.pick(&WAYS);
    let before = fs::read(&path).unwrap();
    match spoiled(&before, how, draw) {
        Some(bytes) => overwrite(&path, &bytes, draw.once_in(2)),
        None => fs::remove_file(&path).unwrap(),
    }
    let after = fs::read(&path).ok();
    // A record has a checksum of all of its bytes.
    let is_record = file.ends_with("record.json");
    let differs = after.is_none_or(|after| {
        is_record && after != before || comparable(&file, after) != comparable(&file, before)
    });
    Some(Damage {
        key: key(&file),
        spoils: differs && file.starts_with("trials") && matters(&file),
        file,
        how,
    })
}

/// The key of the trial that a file of the store belongs to.
fn key(file: &Path) -> Option<String> {
    let mut parts = file.iter().filter_map(|part| part.to_str());
    parts.find(|part| part.len() == 32).map(str::to_owned)
}

/// The bytes after damage; `None` where the file is deleted.
fn spoiled(bytes: &[u8], how: &str, draw: &mut Draw) -> Option<Vec<u8>> {
    let mut bytes = bytes.to_vec();
    let place = draw.below(bytes.len());
    match how {
        "deleted" => return None,
        "truncated" => bytes.truncate(place),
        "emptied" => bytes.clear(),
        "flipped" => {
            if let Some(byte) = bytes.get_mut(place) {
                *byte ^= 1 << draw.below(8);
            }
        }
        _ => {
            for byte in &mut bytes[place..] {
                *byte = draw.below(256) as u8;
            }
        }
    }
    Some(bytes)
}

/// Writes in place, as a disk that loses bits does.
fn overwrite(path: &Path, bytes: &[u8], keeps_time: bool) {
    let modified = fs::metadata(path).unwrap().modified().unwrap();
    fs::write(path, bytes).unwrap();
    if keeps_time {
        let file = File::options().write(true).open(path).unwrap();
        file.set_modified(modified).unwrap();
    }
}

/// Removes the folder of a stored trial, and tells its key.
pub(super) fn remove_trial(
    place: &Workplace,
    baseline: &Baseline,
    draw: &mut Draw,
) -> Option<String> {
    let folder = |key: &str| place.join(&format!("results/store/trials/{}/{key}", &key[..2]));
    let stored = baseline.keys.iter().filter(|key| folder(key).is_dir());
    let stored: Vec<&String> = stored.collect();
    if stored.is_empty() {
        return None;
    }
    let key = (*draw.pick(&stored)).clone();
    fs::remove_dir_all(folder(&key)).unwrap();
    Some(key)
}

/// Puts into the store what runs of dead machines leave: lock files, half a trial, and names that mean nothing. Tells
/// which files need not be cleared away.
pub(super) fn litter(place: &Workplace, baseline: &Baseline, draw: &mut Draw) -> Vec<PathBuf> {
    let store = place.join("results/store");
    let keys: Vec<&String> = baseline.keys.iter().collect();
    let mut planted = Vec::new();
    fs::create_dir_all(store.join("locks")).unwrap();
    for key in &keys {
        if draw.once_in(2) {
            planted.push(store.join("locks").join(key));
        }
    }
    planted.push(store.join("locks/what-is-this"));
    for path in &planted {
        fs::write(path, "held by process 4711 on another-host\n\0\u{1b}[31m").unwrap();
    }
    if draw.once_in(2) {
        let key = draw.pick(&keys);
        let half = store.join("staging").join(key);
        // Not that of a run that is still there.
        if !half.exists() && !store.join("locks").join(key).exists() {
            fs::create_dir_all(&half).unwrap();
            let record = format!("{{\n  \"version\": 1,\n  \"key\": \"{key}\",\n  \"inp");
            fs::write(half.join("record.json"), record).unwrap();
            fs::write(half.join("predictions.csv"), "index,label,prob").unwrap();
        }
    }
    planted
}
