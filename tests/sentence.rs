//! Sentence encoders: what a folder of sentence-transformers declares, from the command line to keys, vectors and models.

mod trials;

use std::fs;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use serde_json::Value;

use crate::support::{Workplace, files_below, labelled, spec, texts_csv};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/sentence")
        .join(name)
}

/// Copies a golden folder to `to`; without the files in `but`.
fn copy(place: &Workplace, name: &str, to: &str, but: &[&str]) {
    let from = golden(name);
    for path in files_below(&from) {
        let file = path.strip_prefix(&from).unwrap().display().to_string();
        if !but.contains(&file.as_str()) {
            place.write(&format!("{to}/{file}"), fs::read(&path).unwrap());
        }
    }
}

/// Rows of numbers under a key of embeddings.safetensors.
fn expected(key: &str) -> Vec<Vec<f32>> {
    let bytes = fs::read(golden("embeddings.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let view = file.tensor(key).unwrap();
    let numbers = view.data().chunks_exact(4);
    let numbers: Vec<f32> = numbers
        .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
        .collect();
    numbers
        .chunks_exact(view.shape()[1])
        .map(<[f32]>::to_vec)
        .collect()
}

/// What `embed` writes for the golden texts.
fn embedded(place: &Workplace, arguments: &str) -> Vec<Vec<f32>> {
    let command = format!("embed --input texts.csv -o out.csv --force --threads 1 {arguments}");
    place.run(&command).expect(0);
    let text = place.read("out.csv");
    let rows = text.lines().skip(1).map(|line| {
        let numbers = line.split(',').skip(1);
        numbers.map(|number| number.parse().unwrap()).collect()
    });
    rows.collect()
}

fn place() -> Workplace {
    let place = Workplace::new();
    let texts: Vec<String> =
        serde_json::from_slice(&fs::read(golden("texts.json")).unwrap()).unwrap();
    place.write("texts.csv", texts_csv(&texts));
    place
}

/// Witness: sentence-transformers' `encode`. 1e-5: values of order 1.
#[test]
fn embed_gives_what_encode_gives() {
    let place = place();
    for (name, key, options) in [
        ("cls", "cls", "--max-tokens 40"),
        ("mean-normalize", "mean-normalize", ""),
        ("max", "max", "--max-tokens 40"),
        ("weighted-dense", "weighted-dense", "--max-tokens 40"),
        (
            "weighted-dense",
            "weighted-dense.passage",
            "--max-tokens 40 --prompt passage",
        ),
        ("last-dense", "last-dense", "--max-tokens 40"),
    ] {
        let encoder = golden(name);
        let options = format!("--encoder {} --quiet {options}", encoder.display());
        let (found, expected) = (embedded(&place, &options), expected(key));
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found.len(), expected.len(), "{key}");
            let numbers = found.iter().zip(expected);
            let worst = numbers.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-5, "{key}: {worst}");
        }
    }
}

#[test]
fn embed_says_what_it_follows_and_options_go_before_it() {
    let place = place();
    copy(&place, "weighted-dense", "enc", &[]);
    let embed = |options: &str| {
        let command = format!(
            "embed --encoder ./enc --input texts.csv -o out.csv --force --max-tokens 40 {options}"
        );
        place.run(&command)
    };
    let said = embed("").expect(0).stderr;
    assert!(
        said.contains("note: as the encoder declares: weighted-mean pooling, dense layer, length 1, prompt `query: `"),
        "{said}"
    );
    let said = embed("--pooling cls --prompt passage").expect(0).stderr;
    assert!(
        said.contains("note: as the encoder declares: dense layer, length 1\n"),
        "{said}"
    );
    let said = embed("--prompt qeury").expect(2).stderr;
    assert!(
        said.contains("the encoder declares no prompt `qeury`; it declares `passage`, `query`"),
        "{said}"
    );
}

/// The key and the state of the first trial of each row.
fn planned(place: &Workplace, rows: &str) -> Vec<(String, String)> {
    place.write("s.toml", spec("s", "", rows));
    let plan = place.run("plan s.toml --json").expect(0).stdout;
    let plan: Value = serde_json::from_str(&plan).unwrap();
    let trials = plan["trials"].as_array().unwrap().iter();
    trials
        .map(|trial| {
            (
                trial["row"].as_str().unwrap().to_owned(),
                trial["key"].to_string(),
            )
        })
        .collect()
}

fn row(id: &str, method: &str) -> String {
    format!("[[row]]\nid = \"{id}\"\nmethod.{method}\n\n")
}

#[test]
fn keys_cover_what_is_followed_and_nothing_else() {
    let place = Workplace::new();
    copy(&place, "mean-normalize", "unit", &[]);
    copy(&place, "mean-normalize", "plain", &["modules.json"]);
    copy(&place, "cls", "cls", &[]);
    copy(&place, "cls", "bare", &["modules.json"]);
    copy(&place, "weighted-dense", "prompted", &[]);
    let rows = [
        row("unit", "probe = { encoder = \"./unit\" }"),
        row("plain", "probe = { encoder = \"./plain\" }"),
        row(
            "said",
            "probe = { encoder = \"./plain\", pooling = \"mean\" }",
        ),
        row("cls", "probe = { encoder = \"./cls\" }"),
        row("bare", "probe = { encoder = \"./bare\" }"),
        row(
            "bare-cls",
            "probe = { encoder = \"./bare\", pooling = \"cls\" }",
        ),
        row("tuned", "finetune = { encoder = \"./unit\", epochs = 1 }"),
        row(
            "tuned-mean",
            "finetune = { encoder = \"./plain\", epochs = 1, pooling = \"mean\" }",
        ),
        row("prompt", "centroid = { encoder = \"./prompted\" }"),
        row(
            "query",
            "centroid = { encoder = \"./prompted\", prompt = \"query\" }",
        ),
        row(
            "text",
            "centroid = { encoder = \"./prompted\", prompt = \"query: \" }",
        ),
        row(
            "none",
            "centroid = { encoder = \"./prompted\", prompt = \"\" }",
        ),
    ];
    let planned = planned(&place, &rows.concat());
    let key = |id: &str| {
        let name = format!("s/{id}");
        let trial = planned.iter().find(|(row, _)| *row == name || row == id);
        trial
            .unwrap_or_else(|| panic!("{id}: {planned:?}"))
            .1
            .clone()
    };
    // Normalize makes other vectors, a head none of it.
    assert_ne!(key("unit"), key("plain"));
    assert_eq!(key("plain"), key("said"));
    assert_eq!(key("tuned"), key("tuned-mean"));
    // Pooling counts as it is used, whoever says it.
    assert_eq!(key("cls"), key("bare-cls"));
    assert_ne!(key("cls"), key("bare"));
    assert_eq!(key("prompt"), key("query"));
    assert_eq!(key("prompt"), key("text"));
    assert_ne!(key("prompt"), key("none"));
}

#[test]
fn runs_and_tables_say_what_is_followed() {
    let place = Workplace::new();
    copy(&place, "weighted-dense", "enc", &[]);
    copy(&place, "mean-normalize", "unit", &[]);
    let rows = [
        row("a", "probe = { encoder = \"./enc\" }"),
        row("b", "centroid = { encoder = \"./unit\" }"),
        row("c", "finetune = { encoder = \"./enc\", epochs = 1 }"),
    ];
    place.write("s.toml", spec("s", "threads = 1", &rows.concat()));
    let ran = place.run("run s.toml").expect(0);
    let dense = "encoder `./enc` as it declares: weighted-mean pooling, dense layer, length 1, prompt `query: `";
    let head = "encoder `./enc` as it declares: weighted-mean pooling, prompt `query: `";
    let limit = "note: encoder `./unit` declares 12 tokens per text (`max_seq_length`), `data.max-tokens` is 32";
    // Rows that follow one encoder differently are named.
    for (said, row) in [(dense, "a"), (head, "c")] {
        let (caption, note) = (
            format!("{said} (row `{row}`)"),
            format!("note: {said} (row `s/{row}`)\n"),
        );
        assert!(ran.stdout.contains(&caption), "{}", ran.stdout);
        assert!(ran.stderr.contains(&note), "{}", ran.stderr);
    }
    let only = "encoder `./unit` as it declares: mean pooling, length 1";
    assert!(
        ran.stderr.contains(&format!("note: {only}\n")),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains(limit), "{}", ran.stderr);
    let again = place.run("table s.toml").expect(0).stdout;
    assert!(again.contains(dense), "{again}");
    // A layer that is replaced makes other trials.
    let before = place.run("plan s.toml --json").expect(0).stdout;
    let layer = fs::read(golden("weighted-dense/2_Dense/model.safetensors")).unwrap();
    let mut other = layer.clone();
    *other.last_mut().unwrap() ^= 1;
    place.write("enc/2_Dense/model.safetensors", other);
    let after = place.run("plan s.toml --json").expect(0).stdout;
    assert_ne!(before, after);
}

#[test]
fn a_prompt_that_is_not_declared_blocks_its_row_only() {
    let place = Workplace::new();
    copy(&place, "weighted-dense", "enc", &[]);
    let rows = row("a", "probe = { encoder = \"./enc\", prompt = \"qeury\" }")
        + &row("b", "majority = {}");
    place.write("s.toml", spec("s", "", &rows));
    let plan = place.run("plan s.toml").expect(0).stdout;
    assert!(
        plan.contains("the encoder declares no prompt `qeury`"),
        "{plan}"
    );
    let plan = place.run("plan s.toml --json").expect(0).stdout;
    let plan: Value = serde_json::from_str(&plan).unwrap();
    let states = plan["trials"].as_array().unwrap().iter();
    let states: Vec<_> = states
        .map(|entry| (entry["row"].as_str().unwrap(), &entry["state"]))
        .collect();
    assert_eq!(states[0], ("s/a", &Value::from("blocked")));
    assert_eq!(states[1], ("s/b", &Value::from("run")));
    let told = place.run("check s.toml").expect(5);
    assert_eq!(told.stdout, "");
    assert!(
        told.stderr.starts_with("error: row `s/a`, encoder `./enc`: the encoder declares no prompt `qeury`; it declares `passage`, `query`\nhint: "),
        "{}",
        told.stderr
    );
}

/// A prompt is the same as texts that begin with it, in training and in inference.
#[test]
fn a_model_s_prompt_stands_before_texts_that_it_learns_and_reads() {
    let place = Workplace::new();
    copy(&place, "cls", "enc", &[]);
    let texts = labelled(24);
    place.write("raw.csv", &texts);
    place.write("prompted.csv", texts.replace("\"the ", "\"query: the "));
    let train = |input: &str, output: &str, more: &str| {
        let command = format!(
            "train {input} -o {output} --encoder ./enc --text-column text --label-column label --max-tokens 32 --epochs 2 \
             --learning-rate 0.01 --threads 1 --quiet {more}"
        );
        place.run(&command)
    };
    train("prompted.csv", "plain", "").expect(0);
    let mut command = place
        .command("train raw.csv -o asked --encoder ./enc --text-column text --label-column label");
    command.args("--max-tokens 32 --epochs 2 --learning-rate 0.01 --threads 1 --quiet".split(' '));
    place.ran(command.args(["--prompt", "query: "])).expect(0);
    let bytes = |name: &str| fs::read(place.join(name)).unwrap();
    for file in ["head.safetensors", "model.safetensors"] {
        assert!(
            bytes(&format!("plain/{file}")) == bytes(&format!("asked/{file}")),
            "{file}"
        );
    }
    let facts = |model: &str| -> Value {
        serde_json::from_slice(&bytes(&format!("{model}/fsl-exp.json"))).unwrap()
    };
    assert_eq!(facts("asked")["prompt"], "query: ");
    assert_eq!(facts("asked")["format"], 3);
    assert_eq!(facts("asked")["pooling"], "cls");
    assert_eq!(facts("plain").get("prompt"), None);
    assert_eq!(facts("plain")["format"], 1);
    for (model, input) in [("plain", "prompted"), ("asked", "raw")] {
        let command = format!(
            "infer --model {model} {input}.csv -o {model}.csv --text-column text --threads 1 --quiet"
        );
        place.run(&command).expect(0);
    }
    let raw = place.read("asked.csv").replace("\"the ", "\"query: the ");
    assert_eq!(
        place.read("plain.csv").replace("\"the ", "\"query: the "),
        raw
    );
    assert!(
        train("raw.csv", "no", "--prompt qeury")
            .expect(2)
            .stderr
            .contains("no prompt `qeury`")
    );
}
