//! Results that were damaged or edited after they were stored: all of them are named at once, nothing that follows from them is shown,
//! and a run computes them again, and nothing else.

#[cfg(unix)]
mod links;
mod records;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use insta::assert_snapshot;

use crate::support::{CHEAP_ROWS, Ran, Workplace, entries, spec, tiny_encoder, without_checksum};

/// A place with the results of four trials.
fn place() -> Workplace {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "count = 2", CHEAP_ROWS));
    place.run("run s.toml --quiet").expect(0);
    place
}

/// The folders of the stored trials, by name in the plan.
fn trials(place: &Workplace) -> BTreeMap<String, PathBuf> {
    let plan = place.run("plan s.toml --json").stdout;
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    let named = plan["trials"].as_array().unwrap().iter().map(|trial| {
        let key = trial["key"].as_str().unwrap();
        let folder = place.join(&format!("results/store/trials/{}/{key}", &key[..2]));
        let name = trial["row"].as_str().unwrap();
        (
            format!("{name} trial {}", trial["trial"].as_u64().unwrap() + 1),
            folder,
        )
    });
    named.collect()
}

/// When each file of the stored trials was changed, by path.
fn times(place: &Workplace) -> BTreeMap<PathBuf, SystemTime> {
    let folders = trials(place).into_values();
    let files = folders.flat_map(|folder| entries(&folder));
    files
        .map(|file| {
            let changed = fs::symlink_metadata(&file).unwrap().modified().unwrap();
            (file, changed)
        })
        .collect()
}

/// What `spoil` did to a folder of a trial must be told as `problem`, and a run must mend it without touching anything else.
#[track_caller]
fn mended(name: &str, problem: &str, spoil: impl Fn(&Path)) {
    let place = place();
    let good = place.stored_predictions("results");
    let table = place.run("table s.toml --format csv").expect(0).stdout;
    let folder = trials(&place)[name].clone();
    spoil(&folder);
    let before = times(&place);

    let plan = place.run("plan s.toml").expect(3);
    let told = |ran: &Ran| {
        assert!(
            ran.stderr.contains(&format!("  {name}: ")) && ran.stderr.contains(problem),
            "{problem}: {}",
            ran.stderr
        );
        assert!(
            ran.stderr.starts_with("1 stored result is damaged"),
            "{problem}: {}",
            ran.stderr
        );
    };
    told(&plan);
    assert!(
        plan.stdout.contains("its stored result is damaged"),
        "{}",
        plan.stdout
    );
    assert!(
        plan.stdout.contains("1 to run, 3 to reuse"),
        "{}",
        plan.stdout
    );
    told(&place.run("table s.toml").expect(3));
    told(&place.run("report s.toml").expect(3));
    told(&place.run("export s.toml --predictions -").expect(3));
    assert_eq!(times(&place), before, "{problem}: only a run writes");

    told(&place.run("run s.toml --quiet").expect(0));
    assert_eq!(place.stored_predictions("results"), good, "{problem}");
    let again = place.run("table s.toml --format csv").expect(0);
    assert_eq!(
        (again.stdout, again.stderr.as_str()),
        (table, ""),
        "{problem}"
    );
    let others = |times: BTreeMap<PathBuf, SystemTime>| {
        let mut times = times;
        times.retain(|file, _| !file.starts_with(&folder));
        times
    };
    assert_eq!(others(times(&place)), others(before), "{problem}");
}

/// Edits a record as text, and removes its checksum.
fn edit(folder: &Path, from: &str, to: &str) {
    let path = folder.join("record.json");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}: {text}");
    fs::write(path, without_checksum(&text).replacen(from, to, 1)).unwrap();
}

#[test]
fn missing_and_altered_predictions_are_found() {
    let name = "s/bow trial 1";
    let alter = |folder: &Path, change: &dyn Fn(String) -> String| {
        let path = folder.join("predictions.csv");
        fs::write(&path, change(fs::read_to_string(&path).unwrap())).unwrap();
    };
    mended(name, "predictions.csv`: it is missing", |folder| {
        fs::remove_file(folder.join("predictions.csv")).unwrap();
    });
    mended(name, "its checksum differs from the record", |folder| {
        alter(folder, &|text| text[..text.len() / 2].to_owned());
    });
    mended(name, "its checksum differs from the record", |folder| {
        alter(folder, &|text| text.replacen("0,0,0.", "0,0,0.4", 1));
    });
    mended(name, "its checksum differs from the record", |folder| {
        alter(folder, &|text| text + "40,0,0.5\n");
    });
    mended(name, "predictions.csv`: it is no file", |folder| {
        fs::remove_file(folder.join("predictions.csv")).unwrap();
        fs::create_dir(folder.join("predictions.csv")).unwrap();
    });
}

/// A copy of a store has other times: there every file is compared with its checksum.
#[test]
fn predictions_that_were_altered_before_a_copy_are_found() {
    let place = place();
    let path = trials(&place)["s/bow trial 1"].join("predictions.csv");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("0,0,0.", "0,0,0.4", 1)).unwrap();
    // Later than a record is written after its trial has ended.
    thread::sleep(Duration::from_secs(4));
    for shelf in entries(&place.join("results/store/trials")) {
        for trial in entries(&shelf) {
            let to = place
                .join("copy/store/trials")
                .join(shelf.file_name().unwrap());
            let to = to.join(trial.file_name().unwrap());
            fs::create_dir_all(&to).unwrap();
            for file in ["predictions.csv", "record.json"] {
                fs::copy(trial.join(file), to.join(file)).unwrap();
            }
        }
    }
    let plan = place.run("plan s.toml --results copy").expect(3);
    assert!(
        plan.stderr.contains("its checksum differs from the record"),
        "{}",
        plan.stderr
    );
    assert!(
        plan.stdout.contains("1 to run, 3 to reuse"),
        "{}",
        plan.stdout
    );
}

#[test]
fn all_that_is_damaged_is_named_at_once_and_mended_by_one_run() {
    let place = place();
    let good = place.stored_predictions("results");
    let trials = trials(&place);
    edit(&trials["s/bow trial 1"], "\"f1\": 1.0", "\"f1\": 0.5");
    fs::write(trials["s/majority trial 1"].join("record.json"), "{").unwrap();
    fs::remove_file(trials["s/random trial 2"].join("predictions.csv")).unwrap();
    let folder = |text: String| {
        trials.iter().fold(text, |text, (name, folder)| {
            let folder = folder.strip_prefix(place.path()).unwrap();
            text.replace(folder.to_str().unwrap(), &format!("[{name}]"))
        })
    };
    let plan = place.run("plan s.toml").expect(3);
    assert_snapshot!(folder(plan.stderr), @"
    3 stored results are damaged and left out; `fsl-exp run` computes them again:
      s/random trial 2: `[s/random trial 2]/predictions.csv`: it is missing
      s/majority trial 1: `[s/majority trial 1]/record.json`: EOF while parsing an object at line 1 column 1
      s/bow trial 1: `[s/bow trial 1]/record.json`: its `metrics.f1` is 0.5, its counts give 1
    ");
    let table = place.run("table s.toml").expect(3);
    assert!(table.stdout.contains("1 of 2"), "{}", table.stdout);
    let json = place.run("table s.toml --format json").expect(3).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let states = json["experiments"][0]["rows"].as_array().unwrap();
    let states: Vec<&str> = states
        .iter()
        .map(|row| row["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["partial", "missing", "missing"]);
    for command in [
        "compare s.toml",
        "variance s.toml",
        "verify s.toml --quiet",
        "export s.toml --trials -",
    ] {
        let ran = place.run(command);
        assert!(
            ran.stderr.starts_with("3 stored results are damaged"),
            "{command}: {}",
            ran.stderr
        );
        assert_eq!(ran.code, 3, "{command}: {}", ran.stderr);
    }
    let ran = place.run("run s.toml --quiet").expect(0);
    assert!(
        ran.stderr
            .starts_with("3 stored results are damaged and are computed again:\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(place.stored_predictions("results"), good);
    assert_eq!(place.run("run s.toml --quiet").expect(0).stderr, "");
}

/// Makes the record of `majority`, which answers 0 everywhere, one that answered 1 everywhere: counts and scores agree with each other, but
/// not with the predictions.
fn other_counts(folder: &Path) {
    edit(folder, "\"true_positives\": 0", "\"true_positives\": 20");
    edit(folder, "\"false_positives\": 0", "\"false_positives\": 20");
    edit(folder, "\"false_negatives\": 20", "\"false_negatives\": 0");
    edit(folder, "\"true_negatives\": 20", "\"true_negatives\": 0");
    for (name, value) in [("f1", 2.0 / 3.0), ("precision", 0.5), ("recall", 1.0)] {
        edit(
            folder,
            &format!("\"{name}\": 0.0"),
            &format!("\"{name}\": {value}"),
        );
    }
}

const OTHER_COUNTS: &str = "its `metrics.confusion` is not that of its predictions";

#[test]
fn counts_that_are_not_those_of_the_predictions_are_found() {
    mended("s/majority trial 1", OTHER_COUNTS, |folder| {
        thread::sleep(Duration::from_millis(300));
        other_counts(folder);
    });
}

/// `verify` runs again what its predictions do not bear out, if these are what the record has the checksum of.
#[test]
fn what_its_predictions_do_not_bear_out_is_verified() {
    let place = place();
    thread::sleep(Duration::from_millis(300));
    other_counts(&trials(&place)["s/majority trial 1"]);
    let ran = place.run("verify s.toml --quiet --row majority").expect(3);
    assert!(ran.stderr.contains(OTHER_COUNTS), "{}", ran.stderr);
    assert!(
        ran.stdout.contains("s/majority trial 1: identical"),
        "{}",
        ran.stdout
    );
}

/// Where even the times of the files are as if the trial had just ended, this is found when the predictions are read.
#[test]
fn counts_that_are_not_those_of_the_predictions_are_found_when_these_are_read() {
    let place = place();
    let folder = trials(&place)["s/majority trial 1"].clone();
    other_counts(&folder);
    let spoil = || {
        let path = folder.join("record.json");
        let text = without_checksum(&fs::read_to_string(&path).unwrap());
        let mut record: serde_json::Value = serde_json::from_str(&text).unwrap();
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        record["timings"]["started-unix-secs"] = now.unwrap().as_secs().into();
        let predictions = folder.join("predictions.csv");
        let bytes = fs::read(&predictions).unwrap();
        fs::write(&predictions, bytes).unwrap();
        fs::write(&path, record.to_string()).unwrap();
    };
    spoil();
    assert_eq!(place.run("table s.toml").expect(0).stderr, "");
    for command in [
        "export s.toml --samples samples.csv --predictions out.csv",
        "report s.toml",
        "table s.toml --format json",
    ] {
        spoil();
        let ran = place.run(command).expect(3);
        assert!(
            ran.stderr.contains(
                "remove its folder, and `fsl-exp run` computes it again:\n  s/majority trial 1: "
            ),
            "{command}: {}",
            ran.stderr
        );
        assert!(ran.stderr.contains(OTHER_COUNTS), "{}", ran.stderr);
    }
    assert!(!place.read("out.csv").contains("majority"));
    assert!(place.read("out.csv").contains("bow"));
    fs::remove_dir_all(&folder).unwrap();
    place.run("run s.toml --quiet").expect(0);
    place.run("table s.toml --format json").expect(0);
}

#[test]
fn a_damaged_format_file_is_told() {
    let place = place();
    let said = |text: &[u8]| {
        place.write("results/store/format", text);
        let ran = place.run("table s.toml").expect(6).stderr;
        assert_eq!(place.run("run s.toml --quiet").expect(6).stderr, ran);
        ran
    };
    assert_snapshot!(said(b""), @"
    error: cannot open `results/store`: its file `format` is damaged: it is empty, it must hold `1`
    hint: if the rest of the folder is whole, write `1` into `results/store/format`; otherwise choose another folder with `--results DIR`
    ");
    assert_snapshot!(said(b"one\x1b[31m\n").lines().next().unwrap(), @r"error: cannot open `results/store`: its file `format` is damaged: it holds `one\u{1b}[31m`, it must hold `1`");
    assert_snapshot!(said("7".repeat(100_000).as_bytes()).lines().next().unwrap(), @"error: cannot open `results/store`: its file `format` is damaged: it holds `77777777777777777777…`, it must hold `1`");
    assert_snapshot!(said(&[0, 0, 255]).lines().next().unwrap(), @r"error: cannot open `results/store`: its file `format` is damaged: it holds `\0\0�`, it must hold `1`");
    assert!(said(b"0\n").contains("it holds `0`"));
    assert!(said(b"2\n").contains("its layout is version 2, this program knows version 1"));
    place.write("results/store/format", "1\n");
    place.run("table s.toml").expect(0);
}
