//! `export-model`: a model folder as an ONNX file. That ONNX Runtime computes the same: `crates/nn/src/tests/onnx.rs`.

use super::*;

#[test]
fn a_model_becomes_an_onnx_file() {
    let place = place();
    place
        .run(&format!("train my_pp.csv -o m --quiet {}", quick()))
        .expect(0);
    let ran = place.run("export-model m --onnx m.onnx").expect(0);
    assert_eq!(ran.stdout, "");
    let said = ran.stderr;
    assert!(
        said.contains("columns `0`, `1`; tokenize with the files in m, at most "),
        "{said}"
    );
    assert!(said.ends_with(" tokens\n"), "{said}");
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
        said.ends_with(" tokens; put `query: ` before each text\n"),
        "{said}"
    );
    let file = fs::read(place.join("m.onnx")).unwrap();
    for part in ["fsl_exp.prompt", "query: "] {
        let mut parts = file.windows(part.len());
        assert!(parts.any(|found| found == part.as_bytes()), "{part}");
    }
}

#[test]
fn what_cannot_be_exported_is_refused() {
    let place = place();
    place
        .run(&format!("train my_pp.csv -o m --quiet {}", quick()))
        .expect(0);
    let refused = |options: &str, code: i32| {
        let ran = place.run(&format!("export-model {options}")).expect(code);
        assert_eq!(ran.stdout, "");
        ran.stderr
    };
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
