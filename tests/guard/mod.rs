//! The guard of the restructuring: keys, predictions, the store and every machine-readable output are byte for byte what
//! they were at commit 5b08104 (tests/golden/guard/README.md).

mod added;
mod golden;
mod pages;
mod place;
mod variations;

use std::fs;

use serde_json::Value;

use golden::{Outputs, check, check_encoders, listing, store_of, tree_of, without_machine};
use place::{freeze_records, place};

use crate::support::Workplace;

#[test]
fn classic_methods_and_all_outputs_are_as_they_were() {
    let place = place();
    let mut outputs = Outputs::new();
    for spec in ["methods", "swept", "crossed"] {
        run_and_save(&mut outputs, &place, spec, "");
    }
    for (command, name) in [
        (
            "variance crossed.toml --format json",
            "crossed/variance.json",
        ),
        (
            "variance crossed.toml --format markdown",
            "crossed/variance.md",
        ),
        (
            "table methods.toml --format json --center mean --ddof 1 --against bow",
            "methods/table-against.json",
        ),
        (
            "check-published methods.toml --format json",
            "methods/published.json",
        ),
        ("check methods.toml swept.toml crossed.toml", "check.txt"),
    ] {
        save(&mut outputs, &place, command, name);
    }
    let schema = place.run("schema").expect(0).stdout;
    outputs.insert("schema.json".into(), without_added_methods(&schema));
    let verified = place
        .run("verify methods.toml --format json --all")
        .expect(0);
    outputs.insert(
        "methods/verify.json".into(),
        without_machine(&verified.stdout),
    );
    text_commands(&mut outputs, &place);
    store_of(&mut outputs, &place);
    check("classic", &outputs);
}

#[test]
fn encoder_methods_are_as_they_were() {
    let place = place();
    let mut outputs = Outputs::new();
    for spec in ["encoders", "precisions"] {
        run_and_save(&mut outputs, &place, spec, "--jobs 2");
    }
    save(
        &mut outputs,
        &place,
        "compare encoders.toml --pair student,mean --format json",
        "encoders/pair.json",
    );
    model_commands(&mut outputs, &place);
    store_of(&mut outputs, &place);
    check_encoders("encoders", &mut outputs);
}

/// Methods that were added after the golden files were made.
const ADDED_METHODS: [&str; 11] = [
    "auto",
    "calibrate",
    "centroid",
    "contrastive",
    "cross-view",
    "label-propagation",
    "mixture",
    "naive-bayes",
    "predictions",
    "select",
    "self-training",
];

/// The schema without them.
fn without_added_methods(schema: &str) -> Vec<u8> {
    let mut schema: Value = serde_json::from_str(schema).unwrap();
    let methods = "/properties/row/items/properties/method/properties";
    let methods = schema.pointer_mut(methods).and_then(Value::as_object_mut);
    let methods = methods.unwrap();
    for added in ADDED_METHODS {
        methods.shift_remove(added).unwrap();
    }
    (serde_json::to_string_pretty(&schema).unwrap() + "\n").into_bytes()
}

/// Plans a spec, runs it, and takes everything that programs read of its results.
fn run_and_save(outputs: &mut Outputs, place: &Workplace, spec: &str, options: &str) {
    let plan = format!("plan {spec}.toml --json");
    save(outputs, place, &plan, &format!("{spec}/plan-before.json"));
    place
        .run(&format!("run {spec}.toml --quiet {options}"))
        .expect(0);
    freeze_records(place);
    outputs_of_spec(outputs, place, spec);
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
        outputs.insert(format!("{spec}/{name}"), cells(&ran.stdout));
    }
    exports_of_spec(outputs, place, spec);
}

/// The lines of tables, without the sentences around them.
fn cells(text: &str) -> Vec<u8> {
    let is_cells = |line: &&str| line.starts_with('|') || line.contains(" & ");
    let cells: Vec<&str> = text.lines().filter(is_cells).collect();
    cells.join("\n").into_bytes()
}

/// What `export` writes for other programs.
fn exports_of_spec(outputs: &mut Outputs, place: &Workplace, spec: &str) {
    let folder = format!("out-{spec}");
    fs::create_dir(place.join(&folder)).unwrap();
    for what in [
        format!(
            "--trials {folder}/trials.csv --mlflow {folder}/mlflow --tensorboard {folder}/tensorboard"
        ),
        format!("--trials {folder}/trials.jsonl"),
    ] {
        place.run(&format!("export {spec}.toml {what}")).expect(0);
    }
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
    for (name, bytes) in others {
        outputs.insert(format!("{spec}/{name}"), bytes);
    }
}

/// The commands that work on texts, without an encoder.
fn text_commands(outputs: &mut Outputs, place: &Workplace) {
    for command in [
        "preprocess train.csv -o reference.csv --quiet",
        "preprocess train.csv -o tidy.csv --rules tidy --quiet",
        "split pool.csv -o parts --train 12 --test 10 --transfer 8 --seed 4 --text-column text --label-column label --quiet",
    ] {
        place.run(command).expect(0);
    }
    for name in ["reference.csv", "tidy.csv"] {
        outputs.insert(name.to_owned(), fs::read(place.join(name)).unwrap());
    }
    tree_of(outputs, &place.join("parts"), "parts", true);
}

/// The options of a short fit.
const FIT: &str = "--text-column text --max-tokens 24 --epochs 2 --learning-rate 0.01 --threads 1 --seed 5 --quiet";

/// The commands that train and use a model.
fn model_commands(outputs: &mut Outputs, place: &Workplace) {
    for command in [
        "train train.csv --encoder ./bert FIT --label-column label -o models/a",
        "train train.csv --encoder ./distilbert FIT --label-column label --pooling mean --recipe stable -o models/b",
        "infer --model models/a --model models/b test.csv --keep-columns -o inferred.csv --quiet",
        "infer --model models/a transfer.csv -o taught.csv --quiet",
        "distill taught.csv --encoder ./bert --loss kl --temperature 2 FIT -o models/c",
        "infer --model models/c test.csv -o student.csv --precision int8 --threshold 0.4 --quiet",
        "embed --encoder ./bert --input test.csv --pooling cls --max-tokens 24 --precision f32 -o cls.csv --quiet",
        "embed --encoder ./bert --input test.csv --pooling mean --max-tokens 24 --precision f32 -o mean.csv --quiet",
    ] {
        place.run(&command.replace("FIT", FIT)).expect(0);
    }
    for name in ["inferred.csv", "student.csv", "cls.csv", "mean.csv"] {
        outputs.insert(name.to_owned(), fs::read(place.join(name)).unwrap());
    }
    models_of(outputs, place);
}

/// The model folders without their cards, which tell versions and much in prose.
fn models_of(outputs: &mut Outputs, place: &Workplace) {
    let mut models = Outputs::new();
    tree_of(&mut models, &place.join("models"), "models", true);
    models.retain(|name, _| !name.ends_with("README.md"));
    outputs.extend(models);
}

/// Standard output of a command that succeeds.
fn save(outputs: &mut Outputs, place: &Workplace, command: &str, name: &str) {
    let ran = place.run(command);
    assert!(
        ran.code == 0 || name.contains("published"),
        "{command}: {}",
        ran.stderr
    );
    // A plan tells how long it takes on all of this machine's cores.
    let is_told = |line: &&str| !line.contains("\"jobs\": ") && !line.contains("\"wall_secs\": ");
    let text: String = match name.rsplit('/').next() {
        Some("plan.json" | "plan-before.json") => {
            ran.stdout.split_inclusive('\n').filter(is_told).collect()
        }
        _ => ran.stdout,
    };
    outputs.insert(name.to_owned(), text.into_bytes());
}
