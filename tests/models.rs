//! `fsl-exp train`, `infer` and `distill`: from a CSV file to a model folder, and from there to probabilities.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use insta::assert_snapshot;

use crate::support::{Workplace, entries, labelled, spec};

/// A DistilBERT of two tiny layers that reads letters.
fn encoder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/distilbert")
}

/// Options for a fit of a second, the same on every machine.
fn quick() -> String {
    format!(
        "--encoder {} --max-tokens 32 --epochs 2 --learning-rate 0.01 --threads 1",
        encoder().display()
    )
}

/// A place with `my.csv`, 40 labelled texts with columns id, text and category, and `my_pp.csv` with `text_pp` too.
fn place() -> Workplace {
    let place = Workplace::new();
    let rows = labelled(40).replace("text,label", "text,category");
    place.write("my.csv", rows);
    place.run("preprocess my.csv --quiet").expect(0);
    place
}

/// The columns of a CSV file by name.
fn columns(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in reader.records() {
        for (name, field) in names.iter().zip(row.unwrap().iter()) {
            columns
                .entry(name.clone())
                .or_default()
                .push(field.to_owned());
        }
    }
    columns
}

fn numbers(fields: &[String]) -> Vec<f64> {
    fields.iter().map(|field| field.parse().unwrap()).collect()
}

/// What the program says on standard error, without times.
fn untimed(stderr: &str) -> String {
    let mut text = String::new();
    for line in stderr.lines() {
        let line = match (line.find(" in "), line.find("rows/s)")) {
            (Some(start), Some(end)) if start < end => {
                format!("{}{}", &line[..start], &line[end + "rows/s)".len()..])
            }
            _ => line.to_owned(),
        };
        text += &line;
        text.push('\n');
    }
    text
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

fn zip(name: &str, text: &str) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file(name, options).unwrap();
    archive.write_all(text.as_bytes()).unwrap();
    archive.finish().unwrap().into_inner()
}

/// Runs a command with `text` on its standard input.
fn piped(mut command: Command, text: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses its input does not read all of it.
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    child.wait_with_output().unwrap()
}

/// preprocess → three experts → their mean → a student → its answers, as the documentation has it.
#[test]
fn the_whole_chain_runs() {
    let place = place();
    for seed in [1, 2, 3] {
        let trained = place
            .run(&format!(
                "train my_pp.csv -o models/e{seed} --seed {seed} {}",
                quick()
            ))
            .expect(0);
        assert!(
            trained.stderr.starts_with(&format!(
                "wrote `models/e{seed}`: 40 texts, 4 steps, loss 0."
            )),
            "{}",
            trained.stderr
        );
        assert_eq!(trained.stdout, "");
    }
    place.write(
        "pool.csv",
        "n,text\n1,\"The bright DAY, warm\"\n2,dull & grey\n3,\n",
    );
    let models = "--model models/e1 --model models/e2 --model models/e3";
    let inferred = place
        .run(&format!(
            "infer {models} pool.csv --keep-columns --threads 1"
        ))
        .expect(0);
    assert_snapshot!(untimed(&inferred.stderr), @r"
        INFO: Model models/e1 restored
        INFO: Model models/e2 restored
        INFO: Model models/e3 restored
        wrote `pool_preds.csv`: 3 rows, from column `text` by the reference rules
    ");
    let answers = columns(&place.read("pool_preds.csv"));
    assert_eq!(answers["text"], ["The bright DAY, warm", "dull & grey", ""]);
    let experts: Vec<Vec<f64>> = (1..=3)
        .map(|expert| numbers(&answers[&format!("prob_hatred_e{expert}")]))
        .collect();
    assert_ne!(experts[0], experts[1]);
    for (row, mean) in numbers(&answers["prob_hatred"]).iter().enumerate() {
        let expected = experts.iter().map(|expert| expert[row]).sum::<f64>() / 3.0;
        assert!((mean - expected).abs() < 1e-15);
        assert_eq!(answers["predicted"][row], u8::from(*mean > 0.5).to_string());
    }
    place.run("preprocess pool_preds.csv --quiet").expect(0);
    place
        .run(&format!(
            "distill pool_preds_pp.csv --loss kl --temperature 2 {}",
            quick()
        ))
        .expect(0);
    let student = place
        .run("infer --model models/pool_preds_pp_distilled my_pp.csv -o answers.csv --threads 1")
        .expect(0);
    assert!(
        student.stderr.ends_with("from column `text_pp`\n"),
        "{}",
        student.stderr
    );
    let answers = columns(&place.read("answers.csv"));
    assert_eq!(answers["prob_hatred"].len(), 40);
    assert_eq!(answers.len(), 5);
}

/// Witness: a trial of an experiment, which is held against PyTorch elsewhere: the same seed, texts and values give the same
/// probabilities, to the last bit.
#[test]
fn a_trained_model_is_the_one_of_an_experiments_first_trial() {
    let place = place();
    let rows = format!(
        "[[row]]\nid = \"fsl\"\nmethod.finetune = {{ encoder = \"{}\", epochs = 2, learning-rate = 0.01 }}\n",
        encoder().display()
    );
    let text = spec("same", "count = 1", &rows)
        .replace(
            "train.csv\"",
            "my_pp.csv\"\ntext = \"text_pp\"\nlabel = \"category\"",
        )
        .replace("test.csv", "my_pp.csv");
    place.write("same.toml", text);
    place.run("run same.toml --quiet").expect(0);
    place
        .run("export same.toml --predictions trial.csv")
        .expect(0);
    place
        .run(&format!("train my_pp.csv -o m {}", quick()))
        .expect(0);
    let ran = place
        .run("infer --model m my_pp.csv -o - --threads 1 --quiet")
        .expect(0);
    let theirs = columns(&place.read("trial.csv"));
    assert_eq!(
        numbers(&columns(&ran.stdout)["prob_hatred"]),
        numbers(&theirs["probability"])
    );
}

#[test]
fn one_thread_and_one_seed_give_the_same_folder() {
    let place = place();
    let train = |name: &str, more: &str| {
        let command = format!("train my_pp.csv -o {name}/m --quiet {} {more}", quick());
        place.run(&command).expect(0);
        let mut files: Vec<(String, Vec<u8>)> = entries(&place.join(&format!("{name}/m")))
            .iter()
            .map(|path| {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                (name, fs::read(path).unwrap())
            })
            .collect();
        files.sort();
        files
    };
    let (first, again) = (train("a", ""), train("b", ""));
    let names: Vec<&str> = first.iter().map(|(name, _)| &**name).collect();
    assert_eq!(
        names,
        [
            "README.md",
            "config.json",
            "fsl-exp.json",
            "head.safetensors",
            "model.safetensors",
            "tokenizer_config.json",
            "vocab.txt"
        ]
    );
    // The card says where the folder is.
    assert_eq!(first[1..], again[1..]);
    assert_ne!(first[4], train("c", "--seed 1")[4]);
    assert_ne!(first[4], train("d", "--recipe stable")[4]);
    assert_ne!(first[4], train("e", "--pooling mean")[4]);
}

#[test]
fn the_card_and_the_facts_say_what_was_done() {
    let place = place();
    let ran = place
        .run(&format!(
            "train my_pp.csv --validation 0.25 --batch-size 64 --dropout 0.2 {}",
            quick()
        ))
        .expect(0);
    assert_snapshot!(ran.stderr.lines().next().unwrap(), @"note: 30 texts are fewer than a batch of 64; every epoch is one step of all of them");
    assert!(
        ran.stdout.starts_with("validation on 10 texts: F1 "),
        "{}",
        ran.stdout
    );
    let card = place.read("models/my_pp/README.md");
    let sum = |name: &str| {
        let output = Command::new("sha256sum")
            .arg(place.join(name))
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()[..64].to_owned()
    };
    assert!(card.contains(&sum("my_pp.csv")));
    let hidden = |line: &str| {
        let mut line = line.to_owned();
        for row in [
            "sha256",
            "mean loss of the last epoch",
            "libtorch",
            "F1",
            "precision",
            "recall",
            "program",
            "encoder's contents",
        ] {
            if line.starts_with(&format!("| {row} ")) {
                line = format!("| {row} | … |");
            }
        }
        line
    };
    let card: Vec<String> = card.lines().map(hidden).collect();
    assert_snapshot!(card.join("\n"), @r#"
    # my_pp

    A classifier of texts into 0 and 1: the encoder `distilbert` with a head, made by `fsl-exp train`.

    ## Data

    | | |
    |---|---|
    | file | `my_pp.csv` |
    | sha256 | … |
    | texts | column `text_pp` |
    | targets | labels, column `category` |
    | learnt from | 30 |
    | of which positive (above 0.5) | 15 |
    | of which empty | 0 |

    ## Validation

    | | |
    |---|---|
    | texts | 10 |
    | from | held out of the same file, 0.25 of it |
    | F1 | … |
    | precision | … |
    | recall | … |
    | used to choose anything | no |

    ## Hyper-parameters

    | | |
    |---|---|
    | loss | bce |
    | alpha | 0.0 |
    | temperature | 1.0 |
    | epochs | 2 |
    | min-steps | 0 |
    | batch-size | 64 |
    | drop-last | true |
    | learning-rate | 0.01 |
    | optimizer | keras-adam |
    | adam-epsilon | 1e-7 |
    | weight-decay | 0.0 |
    | clip-norm | none |
    | schedule | constant |
    | warmup | 0.0 |
    | head-dropout | 0.2 |
    | encoder-dropout | the encoder's own |
    | hidden-units | 256 |
    | pooling | cls |
    | reinit-top | 0 |
    | max-tokens | 32 |

    ## Seeds

    | | |
    |---|---|
    | seed | 42 |
    | init | 6797605092052610871 |
    | order | 2255818645379101473 |
    | dropout | 8522605558592252648 |
    | sample (the held-out texts) | 6653567655739381243 |

    ## Fit

    | | |
    |---|---|
    | steps | 2 |
    | epochs | 2 |
    | mean loss of the last epoch | … |
    | precision | … |
    | device | cpu |
    | threads | 1 |
    | program | … |
    | libtorch | … |
    | encoder's contents | … |

    ## Use

    ```
    fsl-exp infer --model models/my_pp my.csv
    ```

    writes `my_preds.csv` with `prob_hatred`, P(label 1), and `predicted`. The encoder by itself, without the head (BERT's pooler, which is
    not used here, is said to be missing):

    ```python
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained("models/my_pp")
    encoder = AutoModel.from_pretrained("models/my_pp")
    ```

    The head is in `head.safetensors`: pooled hidden state → `dense`, ReLU → `output`, sigmoid; `fsl-exp.json` says how to pool.
    "#);
    assert_snapshot!(place.read("models/my_pp/fsl-exp.json"), @r#"
        {
          "format": 1,
          "pooling": "cls",
          "hidden-units": 256,
          "head-dropout": 0.2,
          "max-tokens": 32,
          "lowercase": true,
          "text-column": "text_pp",
          "text-rules": "reference",
          "probability-column": "prob_hatred"
        }
    "#);
}

/// A file of labelled texts gives figures that can be had from the answers too.
#[test]
fn a_validation_file_is_scored() {
    let place = place();
    place.write(
        "held.csv",
        labelled(30).replace("text,label", "text_pp,category"),
    );
    let ran = place
        .run(&format!(
            "train my_pp.csv -o m --quiet --validation held.csv {}",
            quick()
        ))
        .expect(0);
    place
        .run("infer --model m held.csv --quiet --threads 1")
        .expect(0);
    let answers = columns(&place.read("held_preds.csv"));
    let pairs = || answers["category"].iter().zip(&answers["predicted"]);
    let count = |wanted: (&str, &str)| {
        pairs()
            .filter(|(label, predicted)| (&***label, &***predicted) == wanted)
            .count() as f64
    };
    let (hits, alarms, misses) = (count(("1", "1")), count(("0", "1")), count(("1", "0")));
    let percent = |part: f64, whole: f64| {
        if whole > 0.0 {
            100.0 * part / whole
        } else {
            0.0
        }
    };
    let expected = format!(
        "validation on 30 texts: F1 {:.2}, P {:.2}, R {:.2}\n",
        percent(2.0 * hits, 2.0 * hits + alarms + misses),
        percent(hits, hits + alarms),
        percent(hits, hits + misses)
    );
    assert_eq!(ran.stdout, expected);
}

#[test]
fn packed_files_other_delimiters_and_pipes_are_read_and_written() {
    let place = place();
    let text = place.read("my_pp.csv");
    let semicolons = "text_pp;category\na b;1\nc d;0\ne f;1\ng, h;0\n";
    place.write("packed.csv.gz", gzip(&text));
    place.write("packed.zip", zip("in/my.csv", &text));
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
        error: model `m`: `m/head.safetensors` is truncated or damaged: header too small
        hint: a model folder is used as `fsl-exp train` or `fsl-exp distill` left it; make it anew
    ");
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
    assert_snapshot!(fault("--model a --model b"), @"error: `--text-column`: the models `a` and `b` differ in the text rules; give this option");
    assert_snapshot!(fault("--model a --model ./a"), @"error: `--model`: `./a` is named twice");
    assert_snapshot!(fault("--model a --predicted-column prob_hatred"), @"error: `--probability-column`: two columns would be called `prob_hatred`; `--probability-column` and `--predicted-column` rename them");
    assert_snapshot!(fault("--model a --probability-column text_pp"), @"error: `--probability-column`: two columns would be called `text_pp`; `--probability-column` and `--predicted-column` rename them");
    place
        .run("infer --model a --model b my_pp.csv -o - --text-column text_pp --threads 1")
        .expect(0);
}

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
        error: `--output`: `m` holds a model already
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
        hint: name another folder: `--force` only replaces folders that hold a model and nothing else
    ");
    assert_snapshot!(train("my.csv", "--force").expect(2).stderr, @r"
        error: `--output`: `my.csv` is not a folder
        hint: name another place
    ");
    fs::copy(place.join("my_pp.csv"), place.join("m/in.csv")).unwrap();
    let ran = place
        .run(&format!("train m/in.csv -o m --force {}", quick()))
        .expect(2);
    assert_snapshot!(ran.stderr, @r"
        error: `--output`: `m` holds the input
        hint: name another place: inputs, specs, encoders, models and stored results are never replaced, even with `--force`
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
    assert!(again.stderr.contains("`my_preds.csv` exists already"));
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
        hint: `fsl-exp preprocess` makes `text_pp` of `text`
    ");
    assert_snapshot!(fault("train", "text_pp,category\na,1\nb,yes\n", 5), @r"
        error: `in.csv`, line 3: column `category`: got `yes`, must be `0` or `1`
        hint: write labels as `0` and `1`
    ");
    assert_snapshot!(fault("train", "text_pp,category\na,1\nb,1\n", 5), @r"
        error: `in.csv`: all 2 texts have label `1`, both labels are needed
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
        error: `--validation`: holding out 2 of 3 texts leaves one class only
        hint: `fsl-exp help` lists the options
    ");
    assert_snapshot!(fault("train --validation 2", "text_pp,category\na,1\nb,0\n", 2), @r"
        error: `--validation`: got 2, must be a fraction between 0 and 1, or a file
        hint: `fsl-exp help` lists the options
    ");
    assert_snapshot!(fault("train --validation in.csv", "text_pp,category\na,1\nb,0\n", 2), @r"
        error: `--validation`: `in.csv` is the file that is learnt from
        hint: `fsl-exp help` lists the options
    ");
    assert_snapshot!(fault("train --dropout 1", "text_pp,category\na,1\nb,0\n", 2), @r"
        error: `--dropout`: got 1, must be from 0 to below 1
        hint: `fsl-exp help` lists the options
    ");
    assert_snapshot!(fault("distill", "text_pp,category\na,1\n", 5), @"error: `in.csv`: no column `prob_hatred`; the columns are `text_pp`, `category`");
    assert_snapshot!(fault("distill", "text_pp,prob_hatred\na,1\nb,1.5\n", 5), @r"
        error: `in.csv`, line 3: column `prob_hatred`: got `1.5`, must be a number from 0 to 1
        hint: write P(label 1) of every text, such as `fsl-exp infer` does
    ");
    assert_snapshot!(fault("distill", "text_pp,prob_hatred\na,\n", 5), @r"
        error: `in.csv`, line 2: column `prob_hatred`: got ``, must be a number from 0 to 1
        hint: write P(label 1) of every text, such as `fsl-exp infer` does
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
        hint: `fsl-exp help` lists the options
    ");
    let unnamed = place.command(&format!("train - {}", quick()));
    let output = piped(unnamed, "text_pp,category\na,1\n");
    assert_eq!(output.status.code(), Some(2));
    assert_snapshot!(String::from_utf8(output.stderr).unwrap(), @r"
        error: `--output`: name a folder; standard input has no name to call it by
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
