//! Refusals of `train`, `distill` and `infer`.

use super::*;

#[test]
fn nothing_is_overwritten_unasked() {
    let place = place();
    let train = |output: &str, more: &str| {
        place.run(&format!(
            "train my_pp.csv -o {output} --quiet {} {more}",
            quick()
        ))
    };
    train("m", "").expect(0);
    let before = fs::read(place.join("m/model.safetensors")).unwrap();
    assert_snapshot!(train("m", "--seed 1").expect(2).stderr, @r"
        error: `--output`: `m` already holds a model
        hint: `--force` replaces it
    ");
    assert_eq!(fs::read(place.join("m/model.safetensors")).unwrap(), before);
    train("m", "--seed 1 --force").expect(0);
    assert!(
        place
            .read("m/README.md")
            .contains("fsl-exp infer --model m my.csv")
    );
    assert_ne!(fs::read(place.join("m/model.safetensors")).unwrap(), before);

    place.write("things/letter.txt", "dear");
    assert_snapshot!(train("things", "--force").expect(2).stderr, @r"
        error: `--output`: `things` holds `letter.txt`, which is not part of a model
        hint: choose another folder: `--force` only replaces folders that hold a model and nothing else
    ");
    assert_snapshot!(train("my.csv", "--force").expect(2).stderr, @r"
        error: `--output`: `my.csv` is not a folder
        hint: choose another path
    ");
    fs::copy(place.join("my_pp.csv"), place.join("m/in.csv")).unwrap();
    let ran = place
        .run(&format!("train m/in.csv -o m --force {}", quick()))
        .expect(2);
    assert_snapshot!(ran.stderr, @r"
        error: `--output`: `m` holds the input
        hint: choose another path: inputs, specs, encoders, models and stored results are never replaced, even with `--force`
    ");
    // Nothing but what was there and what was asked for.
    let names: Vec<PathBuf> = entries(place.path());
    assert!(
        names
            .iter()
            .all(|path| !path.file_name().unwrap().to_string_lossy().starts_with('.')),
        "{names:?}"
    );

    place
        .run("infer --model m my.csv --quiet --threads 1")
        .expect(0);
    let again = place
        .run("infer --model m my.csv --quiet --threads 1")
        .expect(2);
    assert!(again.stderr.contains("`my_preds.csv` already exists"));
    let same = place
        .run("infer --model m my.csv -o my.csv --force --threads 1")
        .expect(2);
    assert!(same.stderr.contains("`my.csv` is the input"));
}

#[test]
fn what_cannot_be_learnt_from_is_named() {
    let place = place();
    let fault = |command: &str, file: &str, code: i32| {
        place.write("in.csv", file);
        let ran = place
            .run(&format!("{command} in.csv -o m {}", quick()))
            .expect(code);
        assert!(!place.join("m").exists());
        ran.stderr
    };
    assert_snapshot!(fault("train", "text,category\na,1\n", 5), @r"
        error: `in.csv`: no column `text_pp`; the columns are `text`, `category`
        hint: `fsl-exp preprocess` adds `text_pp`, made from `text`
    ");
    assert_snapshot!(fault("train", "text_pp,category\na,1\nb,yes\n", 5), @r"
        error: `in.csv`: column `category`: some labels are numbers and others are words, such as `yes`; found `1` (1 text, line 2), `yes` (1 text, line 3)
        hint: correct the labels; if these are the classes, list all in `data.classes` or `--classes`
    ");
    assert_snapshot!(fault("train", "text_pp,category\na,1\nb,1\n", 5), @r"
        error: `in.csv`: all 2 texts have label `1`; both labels are needed
        hint: add texts with label `0`
    ");
    assert_snapshot!(fault("train", "text_pp,category\n,1\n ,0\n", 5), @r"
        error: `in.csv`: column `text_pp` is empty in all 2 rows
        hint: name the column of texts with `--text-column`
    ");
    assert_snapshot!(fault("train", "text_pp,category\n", 5), @r"
        error: `in.csv`: a header but no rows
        hint: the file needs a header and at least one row
    ");
    assert_snapshot!(fault("train --validation 0.5", "text_pp,category\na,1\nb,0\nc,1\n", 2), @r"
        error: `--validation`: holding out 2 of 3 texts leaves only one class for training or validation
        hint: `fsl-exp help` lists the options
    ");
    assert_snapshot!(fault("train --validation 2", "text_pp,category\na,1\nb,0\n", 2), @r"
        error: `--validation`: got 2, must be a fraction between 0 and 1, or a file
        hint: `fsl-exp help` lists the options
    ");
    assert_snapshot!(fault("train --validation in.csv", "text_pp,category\na,1\nb,0\n", 2), @r"
        error: `--validation`: `in.csv` is the training file
        hint: `fsl-exp help` lists the options
    ");
    assert_snapshot!(fault("train --dropout 1", "text_pp,category\na,1\nb,0\n", 2), @r"
        error: `--dropout`: got 1, must be from 0 to below 1
        hint: `fsl-exp help` lists the options
    ");
    assert_snapshot!(fault("distill", "text_pp,category\na,1\n", 5), @"error: `in.csv`: no column `prob_hatred`; the columns are `text_pp`, `category`");
    assert_snapshot!(fault("distill", "text_pp,prob_hatred\na,1\nb,1.5\n", 5), @r"
        error: `in.csv`, line 3: column `prob_hatred`: got `1.5`, must be a number from 0 to 1
        hint: give P(label 1) for every text, as `fsl-exp infer` writes it
    ");
    assert_snapshot!(fault("distill", "text_pp,prob_hatred\na,\n", 5), @r"
        error: `in.csv`, line 2: column `prob_hatred`: got ``, must be a number from 0 to 1
        hint: give P(label 1) for every text, as `fsl-exp infer` writes it
    ");
    assert_snapshot!(fault("distill --temperature 2", "text_pp,prob_hatred\na,1\n", 2), @r"
        error: `--temperature`: got 2, must be 1 with the loss `bce`
        hint: `fsl-exp help` lists the options
    ");
    let long = place.run(&format!(
        "train my_pp.csv -o m {} --max-tokens 64",
        quick().replace("--max-tokens 32", "")
    ));
    assert_snapshot!(long.expect(2).stderr, @r"
        error: `--max-tokens`: got 64, the encoder reads at most 32 tokens
        hint: set `--max-tokens` to 32 or less
    ");
    let unnamed = place.command(&format!("train - {}", quick()));
    let output = piped(unnamed, "text_pp,category\na,1\n");
    assert_eq!(output.status.code(), Some(2));
    assert_snapshot!(String::from_utf8(output.stderr).unwrap(), @r"
        error: `--output`: name a folder; standard input has no file name to derive it from
        hint: `fsl-exp help` lists the options
    ");
}

/// Every loss trains, and each otherwise.
#[test]
fn students_differ_by_their_loss() {
    let place = Workplace::new();
    let rows: Vec<String> = (0..32)
        .map(|index| format!("text {index} a b,{}\n", f64::from(index) / 31.0))
        .collect();
    let rows = rows.concat();
    place.write("in.csv", format!("text_pp,p\n{rows}"));
    let mut seen = Vec::new();
    for options in [
        "",
        "--alpha 0.5",
        "--loss kl",
        "--loss kl --temperature 3",
        "--loss mse",
        "--loss reference",
    ] {
        let command = format!(
            "distill in.csv -o m --force --quiet --probability-column p {options} {}",
            quick()
        );
        place.run(&command).expect(0);
        let weights = fs::read(place.join("m/head.safetensors")).unwrap();
        assert!(!seen.contains(&weights), "{options}");
        seen.push(weights);
    }
    let card = place.read("m/README.md");
    assert!(
        card.contains("| loss | reference |\n| alpha | 0.0 |\n| temperature | 5.0 |"),
        "{card}"
    );
    assert!(
        place
            .read("m/fsl-exp.json")
            .contains("\"probability-column\": \"p\"")
    );
}
