//! How often each trial was stored, and how often it should have been: once, and once more for every time its result
//! was damaged.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::soak::attempt::Ended;
use crate::soak::baseline::{Baseline, comparable};
use crate::soak::checks::is_named;
use crate::soak::damage::Damage;
use crate::soak::shim;
use crate::support::Workplace;

#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// How much of the library's log was read.
    read: usize,
    /// Everything that was printed.
    said: String,
    stored: BTreeMap<String, u64>,
    /// How often each trial should have been stored again.
    again: BTreeMap<String, u64>,
    /// How often a trial may have been stored again, because a file of it could not be read.
    perhaps_again: BTreeMap<String, u64>,
    owed: BTreeMap<String, Owed>,
    /// Damaged files that no run needs, as they are.
    tolerated: BTreeMap<PathBuf, Option<Vec<u8>>>,
    pub(super) reruns: u64,
}

/// A trial whose result was damaged and not computed again yet.
#[derive(Debug)]
struct Owed {
    stored: u64,
    said: usize,
    /// The damaged files; none where the whole folder was removed.
    files: Vec<(PathBuf, &'static str)>,
}

impl Ledger {
    /// Takes in what an attempt printed and what the library saw of it.
    pub(super) fn read(&mut self, books: &Path, ended: &[Ended]) -> Vec<String> {
        let (noted, read) = shim::noted(books, self.read);
        self.read = read;
        let mut problems = Vec::new();
        for noted in noted {
            let key = noted.key().map(str::to_owned);
            match (noted.what.as_str(), key) {
                ("stored", Some(key)) => *self.stored.entry(key).or_default() += 1,
                ("twice", Some(key)) => problems.push(format!("{key} was computed twice at once")),
                ("fault", Some(key)) if noted.path.contains("/trials/") => {
                    let reads = matches!(noted.call.as_str(), "open" | "read" | "opendir");
                    *self.perhaps_again.entry(key).or_default() += u64::from(reads);
                }
                _ => {}
            }
        }
        for ended in ended {
            self.said += &ended.stdout;
            self.said += &ended.stderr;
        }
        problems
    }

    fn times(&self, key: &str) -> u64 {
        self.stored.get(key).copied().unwrap_or_default()
    }

    /// Notes that a file was damaged.
    pub(super) fn damage(&mut self, place: &Workplace, damage: Damage) -> Vec<String> {
        match damage.key {
            Some(key) if damage.spoils => {
                let problems = self.settle_earlier(&key);
                self.owe(key).files.push((damage.file, damage.how));
                problems
            }
            _ => {
                let now = fs::read(place.join("results/store").join(&damage.file)).ok();
                self.tolerated.insert(damage.file, now);
                Vec::new()
            }
        }
    }

    /// Notes that the folder of a trial was removed.
    pub(super) fn removed(&mut self, key: &str) -> Vec<String> {
        let problems = self.settle_earlier(key);
        self.owe(key.to_owned()).files.clear();
        self.tolerated
            .retain(|file, _| !file.iter().any(|part| part == key));
        problems
    }

    fn owe(&mut self, key: String) -> &mut Owed {
        let (stored, said) = (self.times(&key), self.said.len());
        self.owed.entry(key).or_insert(Owed {
            stored,
            said,
            files: Vec::new(),
        })
    }

    /// Settles what a trial owes if it was stored again since.
    fn settle_earlier(&mut self, key: &str) -> Vec<String> {
        let is_settled = |owed: &Owed| self.times(key) > owed.stored;
        if self.owed.get(key).is_some_and(is_settled) {
            let owed = self.owed.remove(key);
            return owed.map_or_else(Vec::new, |owed| self.settle_one(key, &owed));
        }
        Vec::new()
    }

    /// After a run that is done: everything that was damaged was named and computed again.
    pub(super) fn settle(&mut self) -> Vec<String> {
        let owed = std::mem::take(&mut self.owed);
        owed.iter()
            .flat_map(|(key, owed)| self.settle_one(key, owed))
            .collect()
    }

    fn settle_one(&mut self, key: &str, owed: &Owed) -> Vec<String> {
        let mut problems = Vec::new();
        *self.again.entry(key.to_owned()).or_default() += 1;
        self.reruns += 1;
        if self.times(key) <= owed.stored {
            problems.push(format!(
                "{key} was damaged and not computed again: {:?}",
                owed.files
            ));
        }
        // One file of a trial is enough: the first fault ends the look at it.
        let said = &self.said[owed.said..];
        let named = |(file, _): &(PathBuf, &str)| {
            let name = file
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            is_named(said, key, name)
        };
        if !owed.files.is_empty() && !owed.files.iter().any(named) {
            problems.push(format!("damage was not named: {:?}", owed.files));
        }
        problems
    }

    /// Files that were damaged and are not whole again for all that is known.
    pub(super) fn damaged(&self) -> Vec<PathBuf> {
        let owed = self.owed.values().flat_map(|owed| &owed.files);
        let owed = owed.map(|(file, _)| file.clone());
        owed.chain(self.tolerated.keys().cloned()).collect()
    }

    /// Whether a file of the store may be as it is, though the undisturbed run has other contents: it was damaged and
    /// no run needed it since, or it is a transfer set of a trial that was computed again when no student asked for
    /// it any more.
    pub(super) fn tolerates(&self, file: &Path, is: Option<&Vec<u8>>) -> bool {
        let is_damaged = self.tolerated.get(file).is_some_and(|left| {
            let left = left.clone().map(|left| comparable(file, left));
            left.as_ref() == is
        });
        let has = |part: &str| file.iter().any(|found| found == part);
        let is_gone = is.is_none() && has("transfer") && self.again.keys().any(|key| has(key));
        // The run that would have made a damaged model anew was stopped after it had removed it, and no later one needed it.
        let is_gone_model = is.is_none()
            && has("model")
            && (self.tolerated.keys()).any(|damaged| damaged.parent() == file.parent());
        is_damaged || is_gone || is_gone_model
    }

    pub(super) fn stored(&self) -> u64 {
        self.stored.values().sum()
    }

    /// The trials that were not stored as often as they should have been.
    pub(super) fn counted_wrong(&self, baseline: &Baseline) -> Vec<String> {
        let wrong = baseline.keys.iter().filter_map(|key| {
            let again = self.again.get(key).copied().unwrap_or_default();
            let perhaps = self.perhaps_again.get(key).copied().unwrap_or_default();
            let (times, right) = (self.times(key), 1 + again);
            (times < right || times > right + perhaps)
                .then(|| format!("{key} was stored {times} times, not {right}"))
        });
        wrong.collect()
    }
}
