//! What must hold after an attempt, and in the end.

use std::path::{Path, PathBuf};

use crate::soak::attempt::{Ended, Outcome};
use crate::soak::baseline::{Baseline, stored};
use crate::soak::disturbance::{Disturbance, Fault};
use crate::soak::ledger::Ledger;
use crate::support::{Workplace, entries, files_below};

/// What is wrong with how an attempt ended, whatever its disturbance.
pub(super) fn endings(outcome: &Outcome, disturbance: Disturbance) -> Vec<String> {
    let mut problems = Vec::new();
    if outcome.hung {
        problems.push("it hung".to_owned());
    }
    for ended in &outcome.ended {
        let is_known = |code: i32| {
            // Where there is no memory for a program's libraries, the system's loader ends with 127.
            let unloaded = code == 127 && matches!(disturbance, Disturbance::Memory { .. });
            [0, 3, 4, 5, 6, 130].contains(&code) || unloaded
        };
        if ended.code.is_some_and(|code| !is_known(code)) {
            problems.push(format!(
                "exit code {:?}: {}",
                ended.code,
                end_of(&ended.stderr)
            ));
        }
        if let Some(signal) = ended
            .signal
            .filter(|_| !outcome.hung && !kills(disturbance))
        {
            let said = end_of(&ended.stderr);
            problems.push(format!("it died of signal {signal}: {said}"));
        }
        for text in [&ended.stdout, &ended.stderr] {
            // Where memory is refused, the standard library ends the process with a backtrace.
            let is_refused = text.contains("memory allocation of ");
            if text.contains("panicked") || (text.contains("RUST_BACKTRACE") && !is_refused) {
                problems.push(format!("it panicked: {}", end_of(text)));
            }
        }
    }
    problems
}

/// Whether a disturbance may end a runner by a signal: one that it sends, a limit of sizes, or memory that is refused.
fn kills(disturbance: Disturbance) -> bool {
    matches!(
        disturbance,
        Disturbance::Signal { .. }
            | Disturbance::Memory { .. }
            | Disturbance::FileSize { .. }
            | Disturbance::Call {
                fault: Fault::Signal(_),
                ..
            }
    )
}

/// The last lines of a text, for a report.
pub(super) fn end_of(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(6)..].join(" | ")
}

/// Whether a trial's log tells of a panic.
pub(super) fn logs(place: &Workplace) -> Vec<String> {
    let store = place.join("results/store");
    let logs = ["trials", "failed", "staging"]
        .iter()
        .flat_map(|folder| files_below(&store.join(folder)));
    let logs = logs.filter(|file| file.ends_with("log.txt"));
    let panicked = logs.filter_map(|log| {
        let text = String::from_utf8_lossy(&std::fs::read(&log).ok()?).into_owned();
        let at = text.find("panicked")?;
        let shown: String = text[at..].chars().take(300).collect();
        Some(format!("a trial panicked: {shown}"))
    });
    panicked.collect()
}

/// Every stored trial must be whole and as in the undisturbed run, but for files that were damaged on purpose.
/// Transfer sets and models may still be missing.
pub(super) fn whole(place: &Workplace, baseline: &Baseline, damaged: &[PathBuf]) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, bytes) in stored(place) {
        if damaged.contains(&Path::new("trials").join(&name)) {
            continue;
        }
        let Some(right) = baseline.files.get(&name) else {
            continue;
        };
        if !are_equal_without_model(&bytes, right) {
            let name = name.display();
            problems.push(format!("{name} differs from the undisturbed run's"));
        }
    }
    problems
}

/// Whether files are equal but for the checksum of a model, which a record gets with the model.
fn are_equal_without_model(one: &[u8], other: &[u8]) -> bool {
    let record = |bytes: &[u8]| {
        let record = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(bytes);
        let mut record = record.ok()?;
        record.remove("model-sha256");
        Some(record)
    };
    one == other || record(one).is_some_and(|one| Some(one) == record(other))
}

/// In the end, the store must have the files of the undisturbed run, and no others.
pub(super) fn complete(
    place: &Workplace,
    baseline: &Baseline,
    ledger: &Ledger,
    has_others: bool,
) -> Vec<String> {
    let mut problems = Vec::new();
    let found = stored(place);
    for (name, right) in &baseline.files {
        let is = found.get(name);
        if is != Some(right) && !ledger.tolerates(&Path::new("trials").join(name), is) {
            let what = if is.is_some() { "other bytes in" } else { "no" };
            problems.push(format!("{what} {}", name.display()));
        }
    }
    for name in found.keys() {
        let is_of = |key: &String| name.iter().any(|part| part == key.as_str());
        let is_other_trial = has_others && !baseline.keys.iter().any(is_of);
        if !baseline.files.contains_key(name) && !is_other_trial {
            problems.push(format!("left in the store: {}", name.display()));
        }
    }
    problems
}

/// Files and folders that should not be there any more.
pub(super) fn leftovers(place: &Workplace, planted: &[PathBuf]) -> Vec<String> {
    let store = place.join("results/store");
    let mut left = Vec::new();
    for folder in ["locks", "staging", "failed"] {
        left.extend(entries(&store.join(folder)));
    }
    left.extend(entries(&store).into_iter().filter(|entry| {
        let name = entry.file_name().and_then(|name| name.to_str());
        let known = ["format", "trials", "locks", "staging", "failed"];
        name.is_none_or(|name| !known.contains(&name))
    }));
    left.extend(entries(&place.join("tmp")));
    let results = entries(&place.join("results"));
    left.extend(results.into_iter().filter(|entry| *entry != store));
    let hidden = |file: &PathBuf| {
        file.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'))
    };
    left.extend(files_below(&place.join("cache")).into_iter().filter(hidden));
    left.extend(entries(place.path()).into_iter().filter(hidden));
    left.retain(|path| !planted.contains(path));
    left.iter()
        .map(|path| {
            format!(
                "left: {}",
                path.strip_prefix(place.path()).unwrap().display()
            )
        })
        .collect()
}

/// Whether a line of the output names a file of a trial: by the trial's key or its folder, and the file's name.
pub(super) fn is_named(said: &str, key: &str, name: &str) -> bool {
    said.lines()
        .any(|line| line.contains(&key[..10]) && line.contains(name))
}

/// What a harmless disturbance must not change.
pub(super) fn undisturbed(ended: &[Ended], stdout: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for ended in ended {
        if ended.code != Some(0) {
            let (code, signal) = (ended.code, ended.signal);
            let said = end_of(&ended.stderr);
            problems.push(format!(
                "a harmless disturbance ended it: exit {code:?}, signal {signal:?}: {said}"
            ));
        } else if ended.stdout != stdout {
            problems.push("a harmless disturbance changed the table".to_owned());
        }
    }
    problems
}
