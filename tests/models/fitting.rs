//! Models that `train` and `distill` write.

use super::*;

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
            trained.stderr.contains(&format!(
                "\nwrote `models/e{seed}`: 40 texts, 4 steps, loss 0."
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
        warning: `pool.csv`: 1 text is empty
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
            "SHA256SUMS",
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
    assert_ne!(first[5], train("c", "--seed 1")[5]);
    assert_ne!(first[5], train("d", "--recipe stable")[5]);
    assert_ne!(first[5], train("e", "--pooling mean")[5]);
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
    assert_snapshot!(ran.stderr.lines().next().unwrap(), @"note: 30 texts are fewer than a batch of 64; every epoch is a single step");
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
    | warnings | 10 validation texts are also training texts; 30 training texts are cut at max-tokens (31.0 % of all tokens); 10 validation texts are cut at max-tokens (31.0 % of all tokens) |

    ## Validation

    | | |
    |---|---|
    | texts | 10 |
    | from | held out of the same file, 0.25 of it |
    | F1 | … |
    | precision | … |
    | recall | … |
    | used to choose anything | no |

    Validation texts by true class (rows) and predicted class (columns):

    | | 0 | 1 |
    |---|--:|--:|
    | 0 | 5 | 0 |
    | 1 | 0 | 5 |

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
