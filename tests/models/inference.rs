//! Probabilities that `infer` writes.

use super::*;

#[test]
fn packed_files_other_delimiters_and_pipes_are_read_and_written() {
    let place = place();
    let text = place.read("my_pp.csv");
    let semicolons = "text_pp;category\na b;1\nc d;0\ne f;1\ng, h;0\n";
    place.write("packed.csv.gz", gzip(&text));
    place.write("packed.zip", zip(&[("in/my.csv", &text)]));
    let weights = |name: &str| fs::read(place.join(name).join("model.safetensors")).unwrap();
    for (file, folder) in [
        ("my_pp.csv", "p"),
        ("packed.csv.gz", "g"),
        ("packed.zip", "z"),
    ] {
        place
            .run(&format!("train {file} -o {folder} --quiet {}", quick()))
            .expect(0);
        assert_eq!(weights(folder), weights("p"));
    }
    let from_pipe = place.command(&format!("train - -o s --quiet {}", quick()));
    assert!(piped(from_pipe, &text).status.success());
    assert_eq!(weights("s"), weights("p"));

    place
        .run("infer --model p packed.csv.gz --quiet --threads 1")
        .expect(0);
    let mut unpacked = String::new();
    GzDecoder::new(File::open(place.join("packed_preds.csv.gz")).unwrap())
        .read_to_string(&mut unpacked)
        .unwrap();
    place
        .run("infer --model p packed.zip --quiet --threads 1")
        .expect(0);
    assert_eq!(unpacked, place.read("packed_preds.csv"));
    let output = piped(
        place.command("infer --model p - --quiet --threads 1"),
        &text,
    );
    assert_eq!(String::from_utf8(output.stdout).unwrap(), unpacked);

    place.write("semi.csv", semicolons);
    for delimiter in [";", "auto"] {
        place
            .run(&format!(
                "train semi.csv -o d --force --quiet --delimiter {delimiter} {}",
                quick()
            ))
            .expect(0);
        place
            .run(&format!(
                "infer --model d semi.csv --force --quiet --delimiter {delimiter} --threads 1"
            ))
            .expect(0);
        let header = "text_pp;category;prob_hatred;predicted\n";
        assert!(place.read("semi_preds.csv").starts_with(header));
    }
}

/// Texts in many blocks come out in order, each with its own answer.
#[test]
fn a_long_file_is_answered_row_by_row() {
    let place = place();
    place
        .run(&format!("train my_pp.csv -o m --quiet {}", quick()))
        .expect(0);
    let words = ["dull", "bright", "", "a quick warm day"];
    let row = |index: usize| {
        let word = words[index % 4];
        format!("{index},{word},{}\n", "x".repeat(400))
    };
    let rows = 5000;
    let text = "id,text_pp,filler\n".to_owned() + &(0..rows).map(row).collect::<String>();
    place.write("long.csv", text);
    place
        .run("infer --model m long.csv --quiet --threads 1")
        .expect(0);
    let answers = columns(&place.read("long_preds.csv"));
    let probabilities = numbers(&answers["prob_hatred"]);
    assert_eq!(probabilities.len(), rows);
    for (index, probability) in probabilities.iter().enumerate() {
        assert_eq!(answers["id"][index], index.to_string());
        // Texts of different lengths share a batch: the last digits may differ.
        assert!(
            (probability - probabilities[index % 4]).abs() < 1e-6,
            "row {index}"
        );
    }
    assert!((probabilities[0] - probabilities[1]).abs() > 1e-4);
}

#[test]
fn raw_texts_get_the_rules_of_the_model() {
    let place = place();
    place
        .run(&format!("train my_pp.csv -o m --quiet {}", quick()))
        .expect(0);
    let of = |options: &str, file: &str| {
        let ran = place
            .run(&format!(
                "infer --model m {file} -o - --threads 1 {options}"
            ))
            .expect(0);
        let last = ran.stderr.lines().last().unwrap().to_owned();
        let read = last.split("rows/s), ").nth(1).unwrap().to_owned();
        (read, columns(&ran.stdout)["prob_hatred"].clone())
    };
    let (clean, expected) = of("", "my_pp.csv");
    let (raw, probabilities) = of("", "my.csv");
    assert_eq!(clean, "from column `text_pp`");
    assert_eq!(raw, "from column `text` by the reference rules");
    assert_eq!(probabilities, expected);
    assert_eq!(of("--raw-text-column text", "my_pp.csv").1, expected);
    let (asis, other) = of("--text-column text", "my_pp.csv");
    assert_eq!(asis, "from column `text`");
    assert_ne!(other, expected);

    let (_, renamed) = {
        let ran = place
            .run("infer --model m my.csv -o - --quiet --threads 1 --probability-column p --predicted-column y --threshold 0.99")
            .expect(0);
        let found = columns(&ran.stdout);
        assert!(found["y"].iter().all(|label| label == "0"));
        (ran.stderr, found["p"].clone())
    };
    assert_eq!(renamed, expected);
}

#[test]
fn a_model_that_is_missing_is_an_error_unless_it_may_be_untrained() {
    let place = place();
    let missing = place
        .run("infer --model models/none my.csv --threads 1")
        .expect(5);
    assert_snapshot!(missing.stderr, @r"
        error: model `models/none`: there is no such folder
        hint: `fsl-exp train` and `fsl-exp distill` make model folders; `fsl-exp infer --allow-untrained` goes on without
    ");
    assert!(!place.join("my_preds.csv").exists());
    let untrained = format!(
        "infer --model models/none my.csv --allow-untrained --encoder {} --threads 1",
        encoder().display()
    );
    let ran = place.run(&untrained).expect(0);
    assert_snapshot!(untimed(&ran.stderr), @r"
        WARNING: Model models/none not found
        WARNING: If training: new model from scratch
        WARNING: If classifying: the configuration does not fit the architecture and this model is not trained yet!
        warning: `my.csv`: 40 texts are cut at max-tokens (31.0 % of all tokens)
        wrote `my_preds.csv`: 40 rows, from column `text` by the reference rules
    ");
    let first = place.read("my_preds.csv");
    assert_eq!(columns(&first)["prob_hatred"].len(), 40);
    place
        .run(&format!("{untrained} --force --seed 7"))
        .expect(0);
    assert_ne!(place.read("my_preds.csv"), first);

    // What is there but broken is never replaced by something untrained.
    place.write("models/none/config.json", "{}");
    let broken = place.run(&format!("{untrained} --force")).expect(5);
    assert_snapshot!(broken.stderr, @r"
        error: model `models/none`: not a model folder, it has no `fsl-exp.json`
        hint: `fsl-exp train` and `fsl-exp distill` make model folders
    ");
    place
        .run(&format!("train my_pp.csv -o m --quiet {}", quick()))
        .expect(0);
    fs::write(place.join("m/head.safetensors"), b"1234").unwrap();
    let broken = place
        .run("infer --model m my.csv --force --threads 1")
        .expect(5);
    assert_snapshot!(broken.stderr, @r"
        error: model `m`: `m/head.safetensors` is not as it was saved: its checksum is not the one in `SHA256SUMS`
        hint: a model folder is used as `fsl-exp train` or `fsl-exp distill` left it; make it anew
    ");
}

/// Models of earlier programs have no checksums. Damage to them cannot be found.
#[test]
fn models_without_checksums_are_warned_of() {
    let place = place();
    place
        .run(&format!("train my_pp.csv -o m --quiet {}", quick()))
        .expect(0);
    fs::remove_file(place.join("m/SHA256SUMS")).unwrap();
    let warning = "warning: `m`: it has no `SHA256SUMS`; whether its files are as they were saved is not known\n";
    for command in [
        "infer --model m my.csv --threads 1",
        "export-model m --onnx m.onnx",
    ] {
        let said = place.run(command).expect(0).stderr;
        assert!(said.contains(warning), "{command}: {said}");
    }
}

#[test]
fn models_that_differ_are_told_apart() {
    let place = place();
    place
        .run(&format!("train my_pp.csv -o a --quiet {}", quick()))
        .expect(0);
    place
        .run(&format!(
            "train my.csv --text-column text -o b --quiet {}",
            quick()
        ))
        .expect(0);
    let fault = |options: &str| {
        let ran = place
            .run(&format!("infer {options} my_pp.csv -o - --threads 1"))
            .expect(2);
        let last: Vec<&str> = ran
            .stderr
            .lines()
            .filter(|line| line.starts_with("error"))
            .collect();
        last.join("\n")
    };
    assert_snapshot!(fault("--model a --model b"), @"error: `--text-column`: the models `a` and `b` differ in the text rules; set this option");
    assert_snapshot!(fault("--model a --model ./a"), @"error: `--model`: `./a` is given twice");
    assert_snapshot!(fault("--model a --predicted-column prob_hatred"), @"error: `--probability-column`: two columns would be called `prob_hatred`; `--probability-column` and `--predicted-column` rename them");
    assert_snapshot!(fault("--model a --probability-column text_pp"), @"error: `--probability-column`: two columns would be called `text_pp`; `--probability-column` and `--predicted-column` rename them");
    place
        .run("infer --model a --model b my_pp.csv -o - --text-column text_pp --threads 1")
        .expect(0);
}
