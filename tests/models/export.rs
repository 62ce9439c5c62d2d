//! `export-model`: a model folder as an ONNX file and as a classifier of transformers. That ONNX Runtime and transformers compute the
//! same: `crates/nn/src/tests/onnx.rs` and `sequence_classifier.rs`.

use super::*;

/// A place with a model `m`.
fn trained() -> Workplace {
    let place = place();
    place
        .run(&format!("train my_pp.csv -o m --quiet {}", quick()))
        .expect(0);
    place
}

/// What `export-model` says where it refuses, with this exit code.
fn refused(place: &Workplace, options: &str, code: i32) -> String {
    let ran = place.run(&format!("export-model {options}")).expect(code);
    assert_eq!(ran.stdout, "");
    ran.stderr
}

#[test]
fn a_model_becomes_an_onnx_file() {
    let place = trained();
    let ran = place.run("export-model m --onnx m.onnx").expect(0);
    assert_eq!(ran.stdout, "");
    let said = ran.stderr;
    assert!(
        said.contains("columns `0`, `1`; tokenize with the files in m, at most "),
        "{said}"
    );
    assert!(
        said.ends_with(
            " tokens; clean raw texts by `fsl-exp preprocess` with the rules `reference`\n"
        ),
        "{said}"
    );
    let file = fs::read(place.join("m.onnx")).unwrap();
    for name in ["fsl-exp", "input_ids", "attention_mask", "probabilities"] {
        let mut parts = file.windows(name.len());
        assert!(parts.any(|part| part == name.as_bytes()), "{name}");
    }
    place
        .run("export-model m --onnx int8.onnx --precision int8 --quiet")
        .expect(0);
    assert_ne!(fs::read(place.join("int8.onnx")).unwrap(), file);
    // The same model gives the same bytes.
    place
        .run("export-model m --onnx m.onnx --force --quiet")
        .expect(0);
    assert_eq!(fs::read(place.join("m.onnx")).unwrap(), file);
}

#[test]
fn a_prompt_is_said_and_stands_in_the_file() {
    let place = place();
    let mut command = place.command(&format!("train my_pp.csv -o m --quiet {}", quick()));
    place.ran(command.args(["--prompt", "query: "])).expect(0);
    let said = place.run("export-model m --onnx m.onnx").expect(0).stderr;
    assert!(
        said.ends_with("`reference`; put `query: ` before each text\n"),
        "{said}"
    );
    let file = fs::read(place.join("m.onnx")).unwrap();
    for part in ["fsl_exp.prompt", "query: "] {
        let mut parts = file.windows(part.len());
        assert!(parts.any(|found| found == part.as_bytes()), "{part}");
    }
}

#[test]
fn a_model_becomes_a_classifier_of_transformers() {
    let place = Workplace::new();
    // Narrower than the encoder, which is 8 wide.
    let method = format!(
        "{{ encoder = \"{}\", epochs = 1, hidden-units = 6 }}",
        encoder().display()
    );
    let row = format!("[[row]]\nid = \"fsl\"\nkeep-weights = true\nmethod.finetune = {method}\n");
    place.write("s.toml", spec("s", "", &row));
    place.run("run s.toml --quiet").expect(0);
    let trials = entries(&place.join("results/store/trials"));
    let model = entries(&trials[0])[0].join("model");
    let mut command = place.command("export-model");
    command.arg(&model).args(["--transformers", "t"]);
    let ran = place.ran(&mut command).expect(0);
    assert_eq!(ran.stdout, "");
    assert_snapshot!(ran.stderr, @"t: 0.0 MB; labels `0`, `1`; for AutoModelForSequenceClassification, and pipeline with truncation=True");
    let mut files = entries(&place.join("t"));
    files.sort();
    let names = [
        "config.json",
        "model.safetensors",
        "tokenizer_config.json",
        "vocab.txt",
    ];
    assert_eq!(files, names.map(|name| place.join("t").join(name)));
    let config: serde_json::Value =
        serde_json::from_slice(&fs::read(place.join("t/config.json")).unwrap()).unwrap();
    let class = "DistilBertForSequenceClassification";
    assert_eq!(config["architectures"][0], class);
    assert_eq!(config["id2label"]["1"], "1");
    // It is an encoder, too, the model's own.
    let embed = |encoder: &Path, file: &str| {
        let mut command = place.command(&format!(
            "embed --input train.csv --output {file} --max-tokens 32 --quiet"
        ));
        place.ran(command.arg("--encoder").arg(encoder)).expect(0);
        fs::read(place.join(file)).unwrap()
    };
    let (theirs, ours) = (embed(&place.join("t"), "t.csv"), embed(&model, "m.csv"));
    assert_eq!(theirs, ours);
}

#[test]
fn what_transformers_cannot_hold_is_refused() {
    let place = trained();
    let refused = |options: &str, code: i32| refused(&place, options, code);
    assert_snapshot!(refused("m --transformers t", 5), @"error: the model cannot be exported: its head has 256 hidden units, transformers' classifiers of this encoder at most 8; `--onnx` takes any number");
    assert_snapshot!(refused("m", 2), @"
    error: the following required arguments were not provided:
      <--onnx <FILE>|--transformers <FOLDER>>

    Usage: fsl-exp export-model <--onnx <FILE>|--transformers <FOLDER>> <DIR>

    For more information, try '--help'.
    ");
    assert_snapshot!(refused("m --transformers t --onnx a.onnx", 2), @"
    error: the argument '--transformers <FOLDER>' cannot be used with '--onnx <FILE>'

    Usage: fsl-exp export-model <--onnx <FILE>|--transformers <FOLDER>> <DIR>

    For more information, try '--help'.
    ");
    assert_snapshot!(refused("m --transformers t --precision int8", 2), @"
    error: the argument '--transformers <FOLDER>' cannot be used with '--precision <PRECISION>'

    Usage: fsl-exp export-model <--onnx <FILE>|--transformers <FOLDER>> <DIR>

    For more information, try '--help'.
    ");
    assert_snapshot!(refused("m --transformers m", 2), @"
    error: `--transformers`: `m` lies in the model `m`
    hint: choose another path: inputs, specs, encoders, models and stored results are never replaced, even with `--force`
    ");
    assert_snapshot!(refused("m --transformers -", 2), @"
    error: `--transformers`: must be a folder
    hint: `fsl-exp help` lists the options
    ");
    assert_snapshot!(refused("m --transformers t --force", 2), @"
    error: the argument '--transformers <FOLDER>' cannot be used with '--force'

    Usage: fsl-exp export-model <--onnx <FILE>|--transformers <FOLDER>> <DIR>

    For more information, try '--help'.
    ");
    place.write("full/config.json", "{}");
    assert_snapshot!(refused("m --transformers full", 2), @"
    error: `--transformers`: `full` holds `config.json`, and must be new or empty
    hint: choose another path
    ");
    assert_snapshot!(refused("m --transformers my_pp.csv", 2), @"
    error: `--transformers`: `my_pp.csv` is not a folder
    hint: choose another path
    ");
    assert!(!place.join("t").exists());
}

#[test]
fn what_cannot_be_exported_is_refused() {
    let place = trained();
    let refused = |options: &str, code: i32| refused(&place, options, code);
    assert_snapshot!(refused("none --onnx a.onnx", 5), @"
    error: model `none`: there is no such folder
    hint: `fsl-exp train` and `fsl-exp distill` make model folders
    ");
    assert_snapshot!(refused("m --onnx -", 2), @"
    error: `--onnx`: must be a file; an ONNX file is no text for standard output
    hint: `fsl-exp help` lists the options
    ");
    assert_snapshot!(refused("m --onnx m/model.safetensors --force", 2), @"
    error: `--onnx`: `m/model.safetensors` lies in the model `m`
    hint: choose another path: inputs, specs, encoders, models and stored results are never replaced, even with `--force`
    ");
    assert_snapshot!(refused("m --onnx my_pp.csv", 2), @"
    error: `--onnx`: `my_pp.csv` already exists
    hint: `--force` replaces it
    ");
    assert!(!place.join("a.onnx").exists());
}
