//! The same bytes from every method, whatever surrounds it: the number of jobs, the order of rows, what was run
//! before, how trials are started, the locale, the time zone, the folder, the names of paths.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{CHEAP_ROWS, Workplace, entries, spec, unlabelled, with_transfer, worker};

const FIT: &str = "encoder = \"ENCODER\", epochs = 3, batch-size = 4, learning-rate = 0.01";
const SAMPLED: &str =
    "count = 2\ntrain-size = 8\nvary = [\"sample\", \"init\", \"order\", \"dropout\"]";

/// One row or more of every method, in an order in which rows follow those that they build on.
fn rows() -> Vec<String> {
    let row = |id: &str, method: &str| format!("[[row]]\nid = \"{id}\"\nmethod.{method}\n");
    let mut rows: Vec<String> = CHEAP_ROWS
        .split("\n\n")
        .map(|row| row.trim().to_owned() + "\n")
        .collect();
    rows.extend([
        row("probe", "probe = { encoder = \"ENCODER\" }"),
        row("centroid", "centroid = { encoder = \"ENCODER\" }"),
        row(
            "views",
            "cross-view = { encoder = \"ENCODER\", features = { layers = [0, 2], center = \"pool\" }, transfer-size = 16 }",
        ),
        row("words", "naive-bayes = { transfer-size = 16 }"),
        row("graph", "label-propagation = { encoder = \"ENCODER\", neighbours = 5, transfer-size = 16 }"),
        row("pairs", "contrastive = { encoder = \"ENCODER\", iterations = 2, learning-rate = 0.01 }"),
        row("own", "self-training = { encoder = \"ENCODER\", by = \"rank\", per-round = 4, transfer-size = 16 }"),
        row("fsl", &format!("finetune = {{ {FIT} }}")),
        row("mean", "ensemble = { of = \"fsl\" }"),
        row("each", &format!("distill = {{ teacher = \"fsl\", {FIT} }}")),
        row("all", &format!("distill = {{ teacher = \"mean\", {FIT} }}")),
        row("chosen", "select = { candidates = [\"probe\", \"words\", \"graph\"], folds = 2, repeats = 2 }"),
        row("auto", "auto = { encoder = \"ENCODER\", names = [\"bad\", \"good\"] }"),
        row("mix", "mixture = { of = [\"probe\", \"words\"], weights = [2, 1] }"),
        row("sure", "calibrate = { of = \"mix\", threshold = \"f1-optimal\", temperature = true, folds = 2 }"),
        row("pupil", "bow = { teacher = \"mean\" }"),
        row("other", "predictions = { file = \"FOLDER/other.csv\" }"),
    ]);
    rows
}

/// Files and specs: `s.toml` with relative paths, `reversed.toml` with its rows in reverse, `absolute.toml` with
/// absolute paths, `first.toml` with one trial of the rows that others build on.
fn place() -> Workplace {
    let place = Workplace::new();
    place.copy_encoder("bert", "encoder");
    place.write("transfer.csv", unlabelled(24));
    let probability = |index: u32| format!("{index},{}\n", f64::from(index % 7) / 7.0);
    let lines: Vec<String> = (0..40).map(probability).collect();
    place.write(
        "other.csv",
        format!("index,probability\n{}", lines.concat()),
    );

    let whole = |trials: &str, rows: &[String]| with_transfer(&spec("s", trials, &rows.join("\n")));
    let relative = |spec: &str| spec.replace("ENCODER", "./encoder").replace("FOLDER/", "");
    let mut all = rows();
    let written = whole(SAMPLED, &all);
    place.write("s.toml", relative(&written));
    let here = place.path().display().to_string();
    let absolute = written
        .replace("ENCODER", &format!("{here}/encoder"))
        .replace("FOLDER", &here);
    let absolute = ["train.csv", "test.csv", "transfer.csv"]
        .iter()
        .fold(absolute, |spec, file| {
            spec.replace(&format!("\"{file}\""), &format!("\"{here}/{file}\""))
        });
    place.write("absolute.toml", absolute);
    all.reverse();
    place.write("reversed.toml", relative(&whole(SAMPLED, &all)));
    let first: Vec<String> = rows()
        .into_iter()
        .filter(|row| {
            ["\"bow\"", "\"fsl\"", "\"probe\""]
                .iter()
                .any(|id| row.contains(id))
        })
        .filter(|row| {
            !["teacher", "ensemble", "select", "mixture", "calibrate"]
                .iter()
                .any(|word| row.contains(word))
        })
        .collect();
    let once = SAMPLED.replace("count = 2", "count = 1");
    place.write("first.toml", relative(&whole(&once, &first)));
    place
}

/// All that a run computes: the predictions of trials and of means, and those of transfer sets.
#[derive(Debug, PartialEq)]
struct Answers {
    stored: BTreeMap<PathBuf, Vec<u8>>,
    exported: Vec<String>,
}

fn answers(place: &Workplace, spec: &str, results: &str) -> Answers {
    let export = format!("export {spec} --predictions - --results {results}");
    let exported = place.run(&export).expect(0).stdout;
    let mut exported: Vec<String> = exported.lines().map(str::to_owned).collect();
    exported.sort();
    let mut stored = BTreeMap::new();
    for shelf in entries(&place.join(results).join("store/trials")) {
        for trial in entries(&shelf) {
            let files = entries(&trial.join("transfer"));
            for file in files.into_iter().chain([trial.join("predictions.csv")]) {
                let name = file.strip_prefix(&shelf).unwrap().to_owned();
                stored.insert(name, fs::read(file).unwrap());
            }
        }
    }
    Answers { stored, exported }
}

/// Runs a spec as the command is changed.
fn ran(place: &Workplace, spec: &str, results: &str, change: impl FnOnce(&mut Command)) -> Answers {
    let mut command = place.command(&format!("run {spec} --quiet --results {results}"));
    change(&mut command);
    place.ran(&mut command).expect(0);
    answers(place, spec, results)
}

#[test]
fn every_method_is_among_the_rows() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/spec.schema.json");
    let schema: Value = serde_json::from_slice(&fs::read(schema).unwrap()).unwrap();
    let methods = &schema["properties"]["row"]["items"]["properties"]["method"]["properties"];
    let all = rows().join("\n");
    for name in methods.as_object().unwrap().keys() {
        assert!(all.contains(&format!("method.{name} = ")), "{name}: {all}");
    }
}

#[test]
fn every_method_gives_the_same_bytes_whatever_surrounds_it() {
    let place = place();
    let alone = ran(&place, "s.toml", "alone", |command| {
        command.args(["--jobs", "1"]);
    });
    // The file, the mean and its student by words give one result, the seventeen other rows two; both teachers label the transfer texts.
    assert_eq!(alone.stored.len(), 2 * 17 + 2 + 2 * 2);
    assert_eq!(alone.exported.len(), 1 + 40 * (2 * 17 + 3));

    let abroad = ran(&place, "s.toml", "abroad", |command| {
        command
            .args(["--jobs", "4"])
            .envs([
                ("LANG", "tr_TR.UTF-8"),
                ("LC_ALL", "C"),
                ("LC_NUMERIC", "de_DE.UTF-8"),
                ("LANGUAGE", "ar"),
                ("TZ", "Asia/Kathmandu"),
                ("COLUMNS", "20"),
            ])
            .env("OMP_NUM_THREADS", "3")
            .env("MKL_NUM_THREADS", "2");
    });
    assert_eq!(
        abroad, alone,
        "jobs, locale, time zone, threads of libraries"
    );

    let reversed = ran(&place, "reversed.toml", "reversed", |command| {
        command.args(["--jobs", "2"]).env_remove("FSL_EXP_WORKER");
    });
    assert_eq!(reversed, alone, "order of rows");

    fs::create_dir(place.join("elsewhere")).unwrap();
    let here = place.path().display().to_string();
    let mut elsewhere = place.command("run ../s.toml --quiet --results ../elsewhere-results");
    elsewhere.current_dir(place.join("elsewhere"));
    place.ran(&mut elsewhere).expect(0);
    let elsewhere = answers(&place, "s.toml", "elsewhere-results");
    assert_eq!(elsewhere, alone, "working folder");
    let absolute = ran(
        &place,
        "absolute.toml",
        &format!("{here}/absolute"),
        |command| {
            command
                .current_dir("/")
                .env("TMPDIR", place.join("elsewhere"));
            let spec = place.join("absolute.toml");
            let (program, environment) = (command.get_program().to_owned(), variables(command));
            *command = Command::new(program);
            command
                .args(["run", "--quiet", "--jobs", "2", "--results"])
                .arg(place.join("absolute"))
                .arg(spec)
                .current_dir("/")
                .envs(environment);
        },
    );
    assert_eq!(absolute, alone, "absolute paths");
}

#[test]
fn every_method_gives_the_same_bytes_whatever_was_run_before() {
    let place = place();
    let at_once = ran(&place, "s.toml", "at-once", |_| {});

    // Teachers first, without the transfer set; then one that is taken away again; each trial in a process of its own.
    let own = place.script("own-processes.sh", &format!("exec '{}' \"$@\"", worker()));
    for number in 0..2 {
        place
            .run("run first.toml --quiet --results later")
            .expect(0);
        let shelf = entries(&place.join("later/store/trials")).swap_remove(number);
        fs::remove_dir_all(shelf).unwrap();
    }
    let later = ran(&place, "s.toml", "later", |command| {
        command.env("FSL_EXP_WORKER", &own);
    });
    assert_eq!(later, at_once);
}

/// What the command's environment was told to be.
fn variables(command: &Command) -> Vec<(std::ffi::OsString, std::ffi::OsString)> {
    let variables = command.get_envs();
    variables
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect()
}
