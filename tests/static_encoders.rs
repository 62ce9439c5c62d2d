//! Static encoders of model2vec, from the command line to vectors, trials and models: tests/golden/model2vec.

use std::fs;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;

use crate::support::{
    Workplace, entries, files_below, labelled, spec, texts_csv, unlabelled, with_transfer,
};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/model2vec")
        .join(name)
}

/// A workplace with the golden folders and texts.
fn place() -> Workplace {
    let place = Workplace::new();
    for name in ["plain", "quantized", "half"] {
        for path in files_below(&golden(name)) {
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            place.write(&format!("{name}/{file}"), fs::read(&path).unwrap());
        }
    }
    let texts: Vec<String> =
        serde_json::from_slice(&fs::read(golden("texts.json")).unwrap()).unwrap();
    place.write("texts.csv", texts_csv(&texts));
    place
}

/// The numbers under a key of vectors.safetensors.
fn expected(key: &str) -> Vec<f32> {
    let bytes = fs::read(golden("vectors.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let view = file.tensor(key).unwrap();
    let numbers = view.data().chunks_exact(4);
    numbers
        .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
        .collect()
}

/// The numbers that `embed` writes for the golden texts, and what it says.
fn embedded(place: &Workplace, options: &str) -> (Vec<f32>, String) {
    let command =
        format!("embed --input texts.csv -o out.csv --force --threads 1 --encoder {options}");
    let said = place.run(&command).expect(0).stderr;
    let text = place.read("out.csv");
    let rows = text
        .lines()
        .skip(1)
        .flat_map(|line| line.split(',').skip(1));
    (rows.map(|number| number.parse().unwrap()).collect(), said)
}

/// Witness: model2vec's `encode`, with its own limit and with another one. 5e-6 of the largest value: up to 512 numbers
/// are added in f32.
#[test]
fn embed_gives_what_model2vec_gives() {
    let place = place();
    for name in ["plain", "quantized", "half"] {
        for (key, options) in [
            (name.to_owned(), format!("./{name}")),
            (format!("{name}.8"), format!("./{name} --max-tokens 8")),
        ] {
            let ((found, said), expected) = (embedded(&place, &options), expected(&key));
            assert_eq!(found.len(), expected.len());
            let numbers = found.iter().zip(&expected);
            let worst = numbers.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            let largest = expected
                .iter()
                .fold(1.0, |most: f32, value| most.max(value.abs()));
            assert!(worst < 5e-6 * largest, "{key}: {worst}");
            let declared = if name == "plain" {
                "note: as the encoder declares: mean pooling, length 1\n"
            } else {
                "note: as the encoder declares: mean pooling\n"
            };
            assert!(said.ends_with(declared), "{said}");
        }
    }
}

#[test]
fn a_modules_json_is_not_needed_and_where_it_differs_that_is_said() {
    let place = place();
    let with = embedded(&place, "./plain").0;
    let list = place.read("plain/modules.json");
    fs::remove_file(place.join("plain/modules.json")).unwrap();
    let (without, said) = embedded(&place, "./plain");
    assert_eq!(with, without);
    assert!(!said.contains("modules.json"), "{said}");
    place.write("half/modules.json", list);
    let said = embedded(&place, "./half").1;
    let note = "`modules.json` lists Normalize, which is not followed: as in model2vec, `normalize` of `config.json` counts, which is false";
    assert!(said.contains(note), "{said}");
}

#[test]
fn tables_of_sentence_transformers_are_refused_with_the_way_out() {
    let place = place();
    let refused = || {
        let command = "embed --encoder ./plain --input texts.csv -o out.csv";
        place.run(command).expect(5).stderr
    };
    let sub_folder = r#"[{"path": "0_StaticEmbedding", "type": "sentence_transformers.models.StaticEmbedding"}]"#;
    let list = place.read("plain/modules.json");
    place.write("plain/modules.json", sub_folder);
    let said = refused();
    let remedy = "`StaticModel.from_pretrained(FOLDER).save_pretrained(OTHER)`";
    assert!(
        said.contains("`0.path` is `\"0_StaticEmbedding\"`"),
        "{said}"
    );
    assert!(said.contains(remedy), "{said}");
    place.write("plain/modules.json", list);
    fs::remove_file(place.join("plain/config.json")).unwrap();
    let said = refused();
    assert!(
        said.contains("`0.type` is a StaticEmbedding, must be a folder that model2vec saved"),
        "{said}"
    );
    assert!(said.contains(remedy), "{said}");
    place.copy_encoder("bert", "plain");
    assert!(refused().contains("must be the module of this config.json"));
}

const FIT: &str = "epochs = 12, batch-size = 4, learning-rate = 0.05";

/// Every method that has an encoder learns from a static one.
#[test]
fn trials_of_every_method_run() {
    let place = place();
    place.write("transfer.csv", unlabelled(40));
    let rows = format!(
        "[[row]]\nid = \"probe\"\nmethod.probe = {{ encoder = \"./plain\", c = 100.0 }}\n\n\
         [[row]]\nid = \"centroid\"\nmethod.centroid = {{ encoder = \"./quantized\" }}\n\n\
         [[row]]\nid = \"tuned\"\nmethod.finetune = {{ encoder = \"./half\", {FIT} }}\n\n\
         [[row]]\nid = \"student\"\nmethod.distill = {{ teacher = \"tuned\", encoder = \"./plain\", {FIT} }}\n"
    );
    let text = with_transfer(&spec("s", "threads = 1", &rows));
    place.write(
        "s.toml",
        text.replace("max-tokens = 32", "max-tokens = 512"),
    );
    place.run("check s.toml").expect(0);
    let ran = place.run("run s.toml").expect(0);
    let said = "encoder `./plain` as it declares: mean pooling, length 1 (row `probe`)";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    let table = place.run("table s.toml --format json").expect(0).stdout;
    let table: serde_json::Value = serde_json::from_str(&table).unwrap();
    assert!(
        table["experiments"][0]["rows"]
            .as_array()
            .is_some_and(|rows| rows.len() == 4),
        "{table}"
    );
}

#[test]
fn models_are_trained_used_taught_from_and_exported() {
    let place = place();
    place.write("my.csv", labelled(40));
    let fit =
        "--max-tokens 64 --epochs 12 --learning-rate 0.05 --threads 1 --quiet --text-column text";
    let train = format!("train my.csv --encoder ./plain -o m --label-column label {fit}");
    place.run(&train).expect(0);
    let mut names: Vec<String> = entries(&place.join("m"))
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "README.md",
            "SHA256SUMS",
            "config.json",
            "fsl-exp.json",
            "head.safetensors",
            "model.safetensors",
            "tokenizer.json"
        ]
    );
    let card = place.read("m/README.md");
    assert!(
        card.contains("encoder = StaticModel.from_pretrained(\"m\")\n```\n"),
        "{card}"
    );
    // An empty text and one of unknown characters are rows of zeros: one probability.
    place.write("new.csv", "text\nthe train is late\n\"\"\n\u{2603}\n");
    place
        .run("infer --model m new.csv -o out.csv --threads 1 --quiet")
        .expect(0);
    let out = place.read("out.csv");
    let rows: Vec<&str> = out
        .lines()
        .map(|line| line.split_once(',').unwrap().1)
        .collect();
    assert_eq!(rows.len(), 4, "{out}");
    assert_eq!(rows[2], rows[3], "{out}");
    place.run("export-model m --onnx m.onnx --quiet").expect(0);
    place.write("transfer.csv", unlabelled(30));
    place
        .run("infer --model m transfer.csv -o soft.csv --threads 1 --quiet")
        .expect(0);
    // As an encoder it declares what its config.json says.
    let said = embedded(&place, "./m").1;
    assert!(
        said.ends_with("note: as the encoder declares: mean pooling, length 1\n"),
        "{said}"
    );
    let again = format!("train my.csv --encoder ./m -o again --label-column label {fit}");
    place.run(&again).expect(0);
}
