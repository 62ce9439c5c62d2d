//! Kinds of number and devices, from specs and from the command line.

use std::path::Path;

use crate::support::{Workplace, entries, labelled, spec};

fn tiny() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    folder.display().to_string()
}

fn place() -> Workplace {
    let place = Workplace::new();
    let row = format!(
        "[[row]]\nid = \"fsl\"\n[row.method.finetune]\nencoder = \"{}\"\nepochs = 2\nbatch-size = 4\nlearning-rate = 0.01\n",
        tiny()
    );
    place.write("s.toml", spec("s", "count = 2", &row));
    place
}

/// How many trials of the plan's JSON are in a state.
fn planned(place: &Workplace, options: &str, state: &str) -> usize {
    let json = place
        .run(&format!("plan s.toml --json {options}"))
        .expect(0);
    json.stdout
        .matches(&format!("\"state\": \"{state}\""))
        .count()
}

#[test]
fn auto_takes_what_is_stored_in_either_kind_and_a_named_kind_only_its_own() {
    let place = place();
    let ran = place.run("run s.toml --precision bf16").expect(0);
    assert!(ran.stdout.contains("; encoders in bf16"), "{}", ran.stdout);
    assert_eq!(planned(&place, "", "reuse"), 2);
    assert_eq!(planned(&place, "--set trials.count=3", "run"), 1);
    assert_eq!(planned(&place, "--precision bf16", "reuse"), 2);
    assert_eq!(planned(&place, "--precision f32", "run"), 2);
    // The third trial runs as this machine does, and the table says that they differ.
    let mixed = place.run("run s.toml --set trials.count=3").expect(0);
    let said = "; encoders in bf16 (2 trials) and f32 (1 trial)";
    assert!(mixed.stdout.contains(said), "{}", mixed.stdout);
    place.run("run s.toml --precision f32").expect(0);
    assert_eq!(place.stored_predictions("results").len(), 5);
    // From here on both kinds are there, and auto prefers the machine's.
    let table = place.run("table s.toml").expect(0).stdout;
    assert!(!table.contains("encoders in"), "{table}");
}

#[test]
fn the_variable_says_what_auto_means() {
    let place = place();
    let mut command = place.command("run s.toml");
    let ran = place
        .ran(command.env("FSL_EXP_PRECISION", "bf16"))
        .expect(0);
    assert!(ran.stdout.contains("encoders in bf16"), "{}", ran.stdout);
    let mut command = place.command("run s.toml");
    let refused = place.ran(command.env("FSL_EXP_PRECISION", "f16")).expect(2);
    assert!(
        refused
            .stderr
            .contains("`FSL_EXP_PRECISION`: must be `auto`, `f32` or `bf16`"),
        "{}",
        refused.stderr
    );
}

#[test]
fn int8_trains_as_auto_and_is_a_trial_of_its_own() {
    let place = place();
    place.run("run s.toml --precision f32").expect(0);
    let ran = place.run("run s.toml --precision int8").expect(0);
    let said = "encoders in f32, int8 for inference";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    let mut records = Vec::new();
    for shelf in entries(&place.join("results/store/trials")) {
        for trial in entries(&shelf) {
            let record = std::fs::read_to_string(trial.join("record.json")).unwrap();
            records.push(serde_json::from_str::<serde_json::Value>(&record).unwrap());
        }
    }
    let fits = |int8: bool| {
        let inference = |record: &&serde_json::Value| {
            record["inputs"]["method"]["finetune"]["encoder"]["inference"] == "int8"
        };
        let mut losses: Vec<String> = records
            .iter()
            .filter(|record| inference(record) == int8)
            .map(|record| record["fit"].to_string())
            .collect();
        losses.sort();
        losses
    };
    assert_eq!(fits(true).len(), 2);
    // The training is the same, digit by digit.
    assert_eq!(fits(true), fits(false));
    assert_eq!(place.stored_predictions("results").len(), 4);
}

#[test]
fn devices_that_are_none_or_not_here_are_refused_before_anything_is_stored() {
    let place = place();
    let refused = place.run("run s.toml --device gpu").expect(2).stderr;
    assert!(
        refused.contains("must be `cpu`, `cuda` or `cuda:N`"),
        "{refused}"
    );
    let refused = place.run("run s.toml --device cpu,cuda:0").expect(2).stderr;
    assert!(refused.contains("mixes the CPU and GPUs"), "{refused}");
    // Number 4000 is on no machine.
    for device in ["cuda:4000", "cuda:4000,cuda:4001"] {
        let refused = place.run(&format!("run s.toml --device {device}"));
        let refused = refused.expect(5).stderr;
        assert!(
            refused.starts_with("error: device `cuda:4000`: libtorch "),
            "{refused}"
        );
        assert!(
            refused.contains("hint: use `cpu`, or a libtorch that holds libtorch_cuda.so"),
            "{refused}"
        );
    }
    assert!(!place.join("results").exists());
    place.run("run s.toml --quiet").expect(0);
    // What is stored can be shown for any device.
    place.run("table s.toml --device cuda:4000").expect(0);
}

#[test]
fn commands_that_compute_refuse_devices_that_are_not_here_and_make_nothing() {
    let place = place();
    let encoder = place.join("encoder");
    let before = entries(place.path()).len();
    for command in [
        "train train.csv --text-column text --label-column label --encoder ENC -o model",
        "distill train.csv --text-column text --probability-column label --encoder ENC -o model",
        "embed --encoder ENC --input train.csv --text-column text -o vectors.csv",
        "infer --model model train.csv -o predicted.csv",
    ] {
        let command = command.replace("ENC", &encoder.display().to_string());
        let refused = place.run(&format!("{command} --device cuda:4000"));
        let refused = refused.expect(5).stderr;
        assert!(
            refused.starts_with("error: device `cuda:4000`: libtorch "),
            "{command}: {refused}"
        );
    }
    assert_eq!(entries(place.path()).len(), before);
}

#[test]
fn the_number_of_threads_changes_no_digit_of_infer() {
    let place = Workplace::new();
    place.write(
        "my.csv",
        labelled(40).replace("text,label", "text_pp,category"),
    );
    place.write(
        "many.csv",
        labelled(700).replace("text,label", "text_pp,category"),
    );
    let train = format!(
        "train my.csv -o m --encoder {} --max-tokens 32 --epochs 2 --learning-rate 0.01 --threads 1",
        tiny()
    );
    place.run(&train).expect(0);
    for precision in ["f32", "bf16", "int8"] {
        let infer = |threads: u32| {
            let options = format!(
                "infer many.csv --model m --precision {precision} --threads {threads} -o -"
            );
            place.run(&options).expect(0).stdout
        };
        let one = infer(1);
        assert_eq!(one.lines().count(), 701);
        assert_eq!(one, infer(3), "{precision}");
    }
}

#[test]
fn int8_cannot_be_trained_in() {
    let place = Workplace::new();
    place.write(
        "my.csv",
        labelled(40).replace("text,label", "text_pp,category"),
    );
    let command = format!(
        "train my.csv -o m --encoder {} --max-tokens 32 --precision int8",
        tiny()
    );
    let ran = place.run(&command).expect(2);
    assert!(
        ran.stderr
            .contains("`--precision`: `int8` is for inference only"),
        "{}",
        ran.stderr
    );
    assert!(!place.join("m").exists());
}
