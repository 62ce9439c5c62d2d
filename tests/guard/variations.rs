//! Settings that the other specs leave alone: single streams that vary, whole recipes, losses, failures, and options of the
//! commands that work on files.

use std::fs;

use serde_json::Value;

use super::golden::{Outputs, check, check_encoders, store_of, tree_of};
use super::place::{freeze_records, place};
use super::{FIT, models_of, save};
use crate::support::{Workplace, files_below, worker};

#[test]
fn options_of_text_commands_are_as_they_were() {
    let place = place();
    let mut outputs = Outputs::new();
    let semicolons = place.read("pool.csv").replace(",1\n", ";1\n");
    let semicolons = semicolons.replace(",0\n", ";0\n").replace("text,", "text;");
    place.write("semicolons.csv", semicolons);
    place.write(
        "split.toml",
        "input = \"pool.csv\"\ntrain = 12\ntest = \"9:stratified\"\nseed = 3\nmin-chars = 5\nlabel-column = \"label\"\n",
    );
    for command in [
        "preprocess semicolons.csv -o semicolons_pp.csv --delimiter auto --output-column clean --quiet",
        "split semicolons.csv -o sizes --delimiter ; --train 3:5 --test 7:stratified --transfer rest --transfer-labels --label-column label --rules tidy --keep-duplicates --skip-bad-rows --quiet",
        "split --spec split.toml -o spec --transfer 6 --balance stratified --rules none --quiet",
    ] {
        place.run(command).expect(0);
    }
    let cleaned = fs::read(place.join("semicolons_pp.csv")).unwrap();
    outputs.insert("semicolons_pp.csv".into(), cleaned);
    for folder in ["sizes", "spec"] {
        tree_of(&mut outputs, &place.join(folder), folder, true);
    }
    check("texts", &outputs);
}

#[test]
fn variations_of_encoder_methods_are_as_they_were() {
    let place = place();
    let mut outputs = Outputs::new();
    for spec in ["streams", "losses"] {
        let plan = format!("plan {spec}.toml --json");
        save(
            &mut outputs,
            &place,
            &plan,
            &format!("{spec}/plan-before.json"),
        );
        place.run(&format!("run {spec}.toml --quiet")).expect(0);
        freeze_records(&place);
        for (command, name) in [
            ("export SPEC --predictions -", "predictions.csv"),
            ("export SPEC --samples -", "samples.csv"),
            ("table SPEC --format json", "table.json"),
        ] {
            let command = command.replace("SPEC", &format!("{spec}.toml"));
            save(&mut outputs, &place, &command, &format!("{spec}/{name}"));
        }
    }
    failures(&mut outputs, &place);
    store_of(&mut outputs, &place);
    // A record holds the key and the checksum of the predictions.
    outputs.retain(|name, _| !name.starts_with("store/") || name.ends_with("record.json"));
    check_encoders("variations", &mut outputs);
}

/// What is kept of trials that fail: no machine has a GPU of this number. `run` asks its own worker for devices before it starts; one of another
/// name it does not ask.
fn failures(outputs: &mut Outputs, place: &Workplace) {
    let run = "run components.toml --quiet --device cuda:4000 --results failing";
    let other = place.join("another-worker");
    std::os::unix::fs::symlink(worker(), &other).unwrap();
    let mut command = place.command(run);
    place.ran(command.env("FSL_EXP_WORKER", other)).expect(3);
    let mut told = String::new();
    for path in files_below(&place.join("failing/store/failed")) {
        told += &format!("{}\n", path.strip_prefix(place.path()).unwrap().display());
        if path.ends_with("failure.json") {
            let failure: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            let keys: Vec<&String> = failure.as_object().unwrap().keys().collect();
            told += &format!("  {keys:?} {}\n", failure["kind"]);
        }
    }
    outputs.insert("failed.txt".into(), told.into_bytes());
}

#[test]
fn variations_of_model_commands_are_as_they_were() {
    let place = place();
    let mut outputs = Outputs::new();
    for command in [
        "train train.csv --encoder ./distilbert FIT --label-column label --validation 0.25 --batch-size 5 --dropout 0.2 -o models/held",
        "train train.csv --encoder ./bert FIT --label-column label --validation test.csv --precision bf16 --probability-column p -o models/file",
        "infer --model models/held transfer.csv -o taught.csv --quiet",
        "distill taught.csv --encoder ./distilbert --loss mse --temperature 3 --alpha 0.5 FIT -o models/mse",
        "distill taught.csv --encoder ./bert --loss reference --alpha 0.5 FIT --validation test.csv --label-column label -o models/reference",
        "distill taught.csv --encoder ./bert FIT --pooling mean -o models/bce",
        "infer --model models/file test.csv -o bf16.csv --precision bf16 --threads 2 --quiet",
        "infer --model models/held test.csv -o int8.csv --precision int8 --threads 2 --raw-text-column text --quiet",
        "infer --model models/none test.csv -o none.csv --allow-untrained --encoder ./bert --seed 3 --text-column text --quiet",
        "embed --encoder ./distilbert --input test.csv --pooling cls --normalize --max-tokens 12 -o unit.csv --quiet",
        "embed --encoder ./distilbert --input test.csv --max-tokens 24 --precision int8 -o int8-vectors.csv --quiet",
        "embed --encoder ./bert --input test.csv --max-tokens 32 --precision bf16 -o bf16-vectors.csv --quiet",
    ] {
        place.run(&command.replace("FIT", FIT)).expect(0);
    }
    for name in [
        "taught.csv",
        "bf16.csv",
        "int8.csv",
        "none.csv",
        "unit.csv",
        "int8-vectors.csv",
        "bf16-vectors.csv",
    ] {
        outputs.insert(name.to_owned(), fs::read(place.join(name)).unwrap());
    }
    models_of(&mut outputs, &place);
    for path in files_below(&place.join("models")) {
        if path.ends_with("README.md") {
            let model = path.parent().unwrap().file_name().unwrap();
            let card = fs::read_to_string(&path).unwrap();
            outputs.insert(format!("card-{}.txt", model.display()), card_values(&card));
        }
    }
    check_encoders("models", &mut outputs);
}

/// The values of a model card's tables, without their names and without versions.
fn card_values(card: &str) -> Vec<u8> {
    let is_row = |line: &&str| line.starts_with("| ") && !line.starts_with("| warnings |");
    let rows = card.lines().filter(is_row);
    let rows = rows.filter(|line| !line.contains("| program ") && !line.contains("| libtorch "));
    let values = rows.filter_map(|line| line.split(" | ").nth(1));
    values.collect::<Vec<_>>().join("\n").into_bytes()
}
