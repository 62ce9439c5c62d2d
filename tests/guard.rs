//! The guard of the restructuring: keys, predictions, the store and every machine-readable output are byte for byte what
//! they were at commit 5b08104 (tests/golden/guard/README.md).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::support::{Workplace, entries};

/// Outputs above this size are kept as their SHA-256.
const KEPT_BYTES: usize = 6000;

/// What was written: name to bytes.
type Outputs = BTreeMap<String, Vec<u8>>;

#[test]
fn classic_methods_and_all_outputs_are_as_they_were() {
    let place = place();
    let specs = ["methods", "swept", "crossed"];
    let mut outputs = Outputs::new();
    for spec in specs {
        save(
            &mut outputs,
            &place,
            &format!("plan {spec}.toml --json"),
            &format!("{spec}/plan-before.json"),
        );
        place.run(&format!("run {spec}.toml --quiet")).expect(0);
        freeze_records(&place);
        outputs_of_spec(&mut outputs, &place, spec);
    }
    save(
        &mut outputs,
        &place,
        "variance crossed.toml --format json",
        "crossed/variance.json",
    );
    save(
        &mut outputs,
        &place,
        "variance crossed.toml --format markdown",
        "crossed/variance.md",
    );
    save(
        &mut outputs,
        &place,
        "table methods.toml --format json --center mean --ddof 1 --against bow",
        "methods/table-against.json",
    );
    save(
        &mut outputs,
        &place,
        "check-published methods.toml --format json",
        "methods/published.json",
    );
    save(
        &mut outputs,
        &place,
        "check methods.toml swept.toml crossed.toml",
        "check.txt",
    );
    save(&mut outputs, &place, "schema", "schema.json");
    let verified = place
        .run("verify methods.toml --format json --all")
        .expect(0);
    outputs.insert(
        "methods/verify.json".into(),
        without_seconds(&verified.stdout),
    );
    text_commands(&mut outputs, &place);
    store_of(&mut outputs, &place);
    compare("classic", &outputs);
}

#[test]
fn encoder_methods_are_as_they_were() {
    let place = place();
    let mut outputs = Outputs::new();
    for spec in ["encoders", "precisions"] {
        save(
            &mut outputs,
            &place,
            &format!("plan {spec}.toml --json"),
            &format!("{spec}/plan-before.json"),
        );
        place
            .run(&format!("run {spec}.toml --quiet --jobs 2"))
            .expect(0);
        freeze_records(&place);
        outputs_of_spec(&mut outputs, &place, spec);
    }
    save(
        &mut outputs,
        &place,
        "compare encoders.toml --pair student,mean --format json",
        "encoders/pair.json",
    );
    model_commands(&mut outputs, &place);
    store_of(&mut outputs, &place);
    outputs.insert("processor.txt".into(), processor().into_bytes());
    if kept("encoders", "processor.txt").is_some_and(|there| there != processor().as_bytes())
        && !updating()
    {
        println!(
            "another processor than that of the golden files: probabilities are compared within 1e-5"
        );
        return compare_nearly(&outputs);
    }
    compare("encoders", &outputs);
}

/// Everything that programs read of one spec's stored results.
fn outputs_of_spec(outputs: &mut Outputs, place: &Workplace, spec: &str) {
    for (command, name) in [
        ("plan SPEC --json", "plan.json"),
        ("table SPEC --format json", "table.json"),
        ("table SPEC --format csv", "table.csv"),
        (
            "table SPEC --format csv --published --signature",
            "table-published.csv",
        ),
        (
            "table SPEC --format json --published --signature",
            "table-published.json",
        ),
        ("compare SPEC --format json", "compare.json"),
        ("export SPEC --predictions - ", "predictions.csv"),
        ("export SPEC --samples -", "samples.csv"),
    ] {
        let command = command.replace("SPEC", &format!("{spec}.toml"));
        save(outputs, place, &command, &format!("{spec}/{name}"));
    }
    for (format, name) in [
        ("markdown", "table.md"),
        ("markdown-wide", "table-wide.md"),
        ("latex", "table.tex"),
    ] {
        let ran = place
            .run(&format!("table {spec}.toml --format {format}"))
            .expect(0);
        let cells = ran
            .stdout
            .lines()
            .filter(|line| line.starts_with('|') || line.contains(" & "));
        let cells: Vec<&str> = cells.collect();
        outputs.insert(format!("{spec}/{name}"), cells.join("\n").into_bytes());
    }
    let folder = format!("out-{spec}");
    let exports = format!(
        "export {spec}.toml --trials {folder}/trials.csv --mlflow {folder}/mlflow --tensorboard {folder}/tensorboard"
    );
    fs::create_dir(place.join(&folder)).unwrap();
    place.run(&exports).expect(0);
    place
        .run(&format!(
            "export {spec}.toml --trials {folder}/trials.jsonl"
        ))
        .expect(0);
    // A folder for MLflow has hundreds of small files: one checksum stands for them.
    let mut exported = Outputs::new();
    tree_of(&mut exported, &place.join(&folder), "export", true);
    let mlflow = |name: &String| name.starts_with("export/mlflow");
    let (mlflow, others): (Outputs, Outputs) =
        exported.into_iter().partition(|(name, _)| mlflow(name));
    assert!(mlflow.len() > 20 && others.len() > 2);
    outputs.insert(
        format!("{spec}/export/mlflow"),
        listing(&mlflow).into_bytes(),
    );
    outputs.extend(
        others
            .into_iter()
            .map(|(name, bytes)| (format!("{spec}/{name}"), bytes)),
    );
}

/// The commands that work on texts, without an encoder.
fn text_commands(outputs: &mut Outputs, place: &Workplace) {
    place
        .run("preprocess train.csv -o reference.csv --quiet")
        .expect(0);
    place
        .run("preprocess train.csv -o tidy.csv --rules tidy --quiet")
        .expect(0);
    place
        .run("split pool.csv -o parts --train 12 --test 10 --transfer 8 --seed 4 --text-column text --label-column label --quiet")
        .expect(0);
    for name in ["reference.csv", "tidy.csv"] {
        outputs.insert(name.to_owned(), fs::read(place.join(name)).unwrap());
    }
    tree_of(outputs, &place.join("parts"), "parts", true);
}

/// The commands that train and use a model.
fn model_commands(outputs: &mut Outputs, place: &Workplace) {
    let fit = "--text-column text --label-column label --max-tokens 24 --epochs 2 --learning-rate 0.01 --threads 1 --seed 5 --quiet";
    place
        .run(&format!(
            "train train.csv --encoder ./bert {fit} -o models/a"
        ))
        .expect(0);
    place.run(&format!("train train.csv --encoder ./distilbert {fit} --pooling mean --recipe stable -o models/b")).expect(0);
    place.run("infer --model models/a --model models/b test.csv --keep-columns -o inferred.csv --quiet").expect(0);
    place
        .run("infer --model models/a transfer.csv -o taught.csv --quiet")
        .expect(0);
    let distil = fit.replace("--label-column label ", "");
    place
        .run(&format!(
            "distill taught.csv --encoder ./bert --loss kl --temperature 2 {distil} -o models/c"
        ))
        .expect(0);
    place.run("infer --model models/c test.csv -o student.csv --precision int8 --threshold 0.4 --quiet").expect(0);
    for pooling in ["cls", "mean"] {
        place.run(&format!("embed --encoder ./bert --input test.csv --pooling {pooling} --max-tokens 24 --precision f32 -o {pooling}.csv --quiet")).expect(0);
    }
    for name in ["inferred.csv", "student.csv", "cls.csv", "mean.csv"] {
        outputs.insert(name.to_owned(), fs::read(place.join(name)).unwrap());
    }
    // The card tells times and versions in prose.
    for path in files(&place.join("models")) {
        if !path.ends_with("README.md") {
            let name = path
                .strip_prefix(place.path())
                .unwrap()
                .display()
                .to_string();
            outputs.insert(name, fs::read(&path).unwrap());
        }
    }
}

/// A folder with the specs, their texts and the tiny encoders.
fn place() -> Workplace {
    let place = Workplace::new();
    place.write("train.csv", texts(24, 1, true));
    place.write("test.csv", texts(30, 2, true));
    place.write("transfer.csv", texts(40, 3, false));
    place.write("pool.csv", texts(60, 4, true));
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for spec in entries(&golden.join("guard/specs")) {
        fs::copy(
            &spec,
            place.join(&spec.file_name().unwrap().to_string_lossy()),
        )
        .unwrap();
    }
    for family in ["bert", "distilbert"] {
        for file in ["config.json", "vocab.txt", "model.safetensors"] {
            let bytes = fs::read(golden.join("nn").join(family).join(file)).unwrap();
            place.write(&format!("{family}/{file}"), bytes);
        }
    }
    place
}

/// Texts with things that the text rules change, of which one word in four speaks for the other class.
fn texts(count: usize, seed: u64, labelled: bool) -> String {
    let words = [["dull", "slow", "bad"], ["bright", "quick", "good"]];
    let mut state = seed;
    let mut draw = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut text = String::from(if labelled { "text,label\n" } else { "text\n" });
    for index in 0..count {
        let class = index % 2;
        let mut word = || words[if draw(4) == 0 { 1 - class } else { class }][draw(3) as usize];
        let (a, b, c) = (word(), word(), word());
        let tail = [
            "https://t.co/x1",
            "@user it's",
            "😂 café",
            "#tag 3.5",
            "\"\"quoted\"\", so",
        ][draw(5) as usize];
        text += &format!("\"The {a} day {index} was {b} and {c} {tail}\"");
        text += &if labelled {
            format!(",{class}\n")
        } else {
            "\n".to_owned()
        };
    }
    text
}

/// Standard output of a command that succeeds.
fn save(outputs: &mut Outputs, place: &Workplace, command: &str, name: &str) {
    let ran = place.run(command);
    assert!(
        ran.code == 0 || name.contains("published"),
        "{command}: {}",
        ran.stderr
    );
    outputs.insert(name.to_owned(), ran.stdout.into_bytes());
}

/// Gives every record the same times, memory and host, so that what follows from records is the same on every machine.
fn freeze_records(place: &Workplace) {
    for path in files(&place.join("results/store/trials")) {
        if path.ends_with("record.json") {
            let mut record: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            freeze(&mut record);
            fs::write(&path, serde_json::to_string_pretty(&record).unwrap() + "\n").unwrap();
        }
    }
}

fn freeze(value: &mut Value) {
    let Value::Object(fields) = value else { return };
    for (key, value) in fields {
        match key.as_str() {
            "started-unix-secs" => *value = 1_700_000_000.into(),
            "peak-memory-bytes" => *value = 100_000_000.into(),
            "program" | "libtorch" | "processor" | "name" | "platform" if value.is_string() => {
                *value = key.as_str().into();
            }
            _ if key.ends_with("secs") => *value = 0.5.into(),
            _ => freeze(value),
        }
    }
}

fn without_seconds(json: &str) -> Vec<u8> {
    let mut value: Value = serde_json::from_str(json).unwrap();
    for trial in value["trials"].as_array_mut().unwrap() {
        trial["secs"] = Value::Null;
    }
    serde_json::to_vec_pretty(&value).unwrap()
}

/// The store's files, their times frozen.
fn store_of(outputs: &mut Outputs, place: &Workplace) {
    tree_of(outputs, &place.join("results"), "store", false);
}

/// Every file below a folder: its bytes, or only that it is there where it tells what a run was like.
fn tree_of(outputs: &mut Outputs, folder: &Path, name: &str, whole: bool) {
    for path in files(folder) {
        let relative = path.strip_prefix(folder).unwrap().display().to_string();
        let volatile = relative.ends_with("log.txt") || (!whole && relative.ends_with("README.md"));
        let bytes = match relative.rsplit('/').next() {
            _ if volatile => Vec::new(),
            Some("request.json") => without_stamps(&path),
            Some("meta.yaml") => without_folder(&path),
            _ => fs::read(&path).unwrap(),
        };
        outputs.insert(format!("{name}/{relative}"), bytes);
    }
}

/// A request without what tells when the encoder's files were written.
fn without_stamps(path: &Path) -> Vec<u8> {
    let mut request: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    for place in ["", "/files", "/files/encoder"] {
        if let Some(Value::Object(fields)) = request.pointer_mut(place) {
            fields.remove("seen");
        }
    }
    serde_json::to_vec_pretty(&request).unwrap()
}

/// MLflow's description of a run without the place of its artifacts.
fn without_folder(path: &Path) -> Vec<u8> {
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.contains("file://"));
    lines.collect::<Vec<_>>().join("\n").into_bytes()
}

/// All files below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in entries(folder) {
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn golden(group: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/guard")
        .join(group)
}

fn updating() -> bool {
    std::env::var_os("UPDATE_GUARD").is_some()
}

/// A golden file's bytes.
fn kept(group: &str, name: &str) -> Option<Vec<u8>> {
    fs::read(golden(group).join(name.replace('/', "+"))).ok()
}

/// The names of all outputs with their checksums, a line each.
fn listing(outputs: &Outputs) -> String {
    let line = |(name, bytes): (&String, &Vec<u8>)| {
        let sum: String = Sha256::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("{sum}  {name}\n")
    };
    outputs.iter().map(line).collect()
}

/// Whether an output is kept whole, to show what differs: those that people read.
fn is_kept(name: &str, bytes: &[u8]) -> bool {
    let is_single =
        !name.starts_with("store/") && !name.contains("/export/") && !name.contains("models/");
    is_single && bytes.len() <= KEPT_BYTES || name.ends_with("predictions.csv") && is_single
}

fn compare(group: &str, outputs: &Outputs) {
    let folder = golden(group);
    if updating() {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for (name, bytes) in outputs.iter().filter(|(name, bytes)| is_kept(name, bytes)) {
            fs::write(folder.join(name.replace('/', "+")), bytes).unwrap();
        }
        fs::write(folder.join("sha256.txt"), listing(outputs)).unwrap();
    }
    for (name, bytes) in outputs.iter().filter(|(name, bytes)| is_kept(name, bytes)) {
        let then = kept(group, name).unwrap_or_default();
        assert!(
            then == *bytes,
            "{group}/{name} has changed, was:\n{}\nis:\n{}",
            String::from_utf8_lossy(&then),
            String::from_utf8_lossy(bytes)
        );
    }
    let listed = fs::read_to_string(folder.join("sha256.txt")).unwrap();
    let now = listing(outputs);
    let (then, now): (Vec<&str>, Vec<&str>) = (listed.lines().collect(), now.lines().collect());
    let gone: Vec<_> = then.iter().filter(|line| !now.contains(line)).collect();
    let new: Vec<_> = now.iter().filter(|line| !then.contains(line)).collect();
    assert!(
        gone.is_empty() && new.is_empty(),
        "{group}: was {gone:#?}\nis {new:#?}"
    );
}

/// On another processor: the same keys and files, and nearly the same probabilities.
fn compare_nearly(outputs: &Outputs) {
    let listed = fs::read_to_string(golden("encoders").join("sha256.txt")).unwrap();
    let names: Vec<&str> = listed.lines().map(|line| &line[66..]).collect();
    assert_eq!(names, outputs.keys().collect::<Vec<_>>());
    for name in [
        "encoders/plan-before.json",
        "precisions/plan-before.json",
        "encoders/samples.csv",
    ] {
        assert_eq!(kept("encoders", name).as_ref(), outputs.get(name), "{name}");
    }
    for name in ["encoders/predictions.csv", "precisions/predictions.csv"] {
        let probabilities = |bytes: &[u8]| -> Vec<f64> {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            text.lines()
                .skip(1)
                .map(|line| line.rsplit(',').next().unwrap().parse().unwrap())
                .collect()
        };
        let (then, now) = (
            probabilities(&kept("encoders", name).unwrap()),
            probabilities(&outputs[name]),
        );
        assert_eq!(then.len(), now.len(), "{name}");
        for (row, (then, now)) in then.iter().zip(&now).enumerate() {
            assert!(
                (then - now).abs() <= 1e-5,
                "{name}, row {row}: {now}, was {then}"
            );
        }
    }
}

/// The processor's name and what it can do, which decide the last digits of what libtorch computes.
fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        info.lines()
            .find(|line| line.starts_with(name))
            .unwrap_or_default()
            .to_owned()
    };
    let flags = field("flags");
    let known = flags
        .split_whitespace()
        .filter(|flag| flag.starts_with("avx") || flag.starts_with("amx") || *flag == "fma");
    format!(
        "{}\n{}\n",
        field("model name"),
        known.collect::<Vec<_>>().join(" ")
    )
}
