//! Bad input: one clear error with the place and the remedy, the documented exit code, nothing written.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;

use crate::support::{CHEAP_ROWS, Workplace, entries, labelled, spec, without_checksum};

/// What `run` says of a training file, and that it left nothing.
fn refused(train: impl AsRef<[u8]>, code: i32) -> String {
    let place = Workplace::new();
    place.write("train.csv", train);
    place.write("s.toml", spec("s", "", CHEAP_ROWS));
    let ran = place.run("run s.toml").expect(code);
    assert_eq!(ran.stdout, "");
    assert!(place.stored_predictions("results").is_empty());
    assert!(entries(&place.join("results/store/failed")).is_empty());
    ran.stderr
}

#[test]
fn a_missing_column() {
    assert_snapshot!(refused("txet,label\na,0\nb,1\n", 5), @"
    error: `train.csv`: no column `text`; the columns are `txet`, `label`
    hint: did you mean `txet`?
    ");
}

#[test]
fn a_label_that_is_none() {
    assert_snapshot!(refused("text,label\na,0\nb,2\n", 5), @"
    error: `test.csv`: column `label`: got `1` (20 texts, first in line 3), must be `0` or `2`
    hint: correct these labels, or list all classes in `data.classes` or `--classes` (now `0`, `2`) and give each training texts
    ");
}

#[test]
fn an_empty_file_and_one_with_a_header_only() {
    assert_snapshot!(refused("", 5), @"
    error: `train.csv`: the file is empty
    hint: the file needs a header and at least one row
    ");
    assert_snapshot!(refused("text,label\n", 5), @"
    error: `train.csv`: a header but no rows
    hint: the file needs a header and at least one row
    ");
}

#[test]
fn a_training_set_of_one_class() {
    assert_snapshot!(refused("text,label\na,1\nb,1\n", 5), @"
    error: `train.csv`: all 2 texts have label `1`; both labels are needed
    hint: add texts with label `0`
    ");
}

#[test]
fn bytes_that_are_not_utf8() {
    assert_snapshot!(refused(b"text,label\ngood,0\nbad \xff byte,1\n", 5), @"
    error: `train.csv`, line 3: invalid UTF-8 at byte 22 of the file
    hint: save the file as UTF-8
    ");
}

#[test]
fn a_nul_byte() {
    assert_snapshot!(refused("text,label\ngood,0\nbad \0 byte,1\n", 5), @"
    error: `train.csv`, line 3: a NUL byte
    hint: remove the NUL bytes; a file with many of them is UTF-16 or not a text file
    ");
}

#[test]
fn a_quote_that_never_ends() {
    assert_snapshot!(refused("text,label\ngood,0\n\"bad,1\nmore,0\n", 5), @"
    error: `train.csv`, line 3: this quote is never closed
    hint: close the quote; inside a quoted field, write quotes twice
    ");
}

#[test]
fn fewer_texts_than_asked_for() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "train-size = 14", CHEAP_ROWS));
    assert_snapshot!(place.run("run s.toml").expect(5).stderr, @"
    error: `train.csv`: a sample of 14 texts needs at least as many, got 12
    hint: use at most 12, or add texts
    ");
    place.write("train.csv", labelled(12) + "one more,0\none more,0\n");
    assert_snapshot!(place.run("run s.toml").expect(5).stderr, @"
    error: `train.csv`: a balanced sample of 14 texts needs 7 with label `1`, got 6
    hint: use at most 12, or add texts with label `1`
    ");
}

#[test]
fn long_texts_and_empty_texts_are_allowed() {
    let place = Workplace::new();
    let long = "bright words ".repeat(8_000);
    place.write("train.csv", labelled(12) + &format!("{long},1\n,0\n"));
    place.write("test.csv", labelled(4) + &format!("{long},1\n,0\n"));
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    let rows = format!(
        "{CHEAP_ROWS}\n[[row]]\nid = \"fsl\"\nmethod.finetune = {{ encoder = \"{}\", epochs = 1 }}\n",
        tiny.display()
    );
    place.write("s.toml", spec("s", "", &rows));
    place.run("run s.toml --quiet").expect(0);
}

/// A folder with a tiny encoder of which one file is spoilt, and what a run says about it.
fn spoilt(spoil: impl Fn(&Workplace)) -> String {
    let place = Workplace::new();
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    for file in entries(&tiny) {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        place.write(&format!("encoder/{name}"), fs::read(file).unwrap());
    }
    spoil(&place);
    let row = "[[row]]\nid = \"fsl\"\nmethod.finetune = { encoder = \"./encoder\", epochs = 1 }\n";
    place.write("s.toml", spec("s", "", row));
    let ran = place.run("run s.toml --quiet").expect(3);
    let said = |line: &&str| !line.contains("in an earlier run") && !line.trim().is_empty();
    ran.stderr
        .lines()
        .filter(said)
        .map(without_key)
        .collect::<Vec<_>>()
        .join("\n")
}

/// The log's path holds the trial's key, which is no reader's business.
fn without_key(line: &str) -> String {
    line.split_once(" (log:")
        .map_or_else(|| line.to_owned(), |(told, _)| told.to_owned())
}

#[test]
fn weights_that_are_truncated() {
    assert_snapshot!(spoilt(|place| {
        let bytes = fs::read(place.join("encoder/model.safetensors")).unwrap();
        place.write("encoder/model.safetensors", &bytes[..bytes.len() / 2]);
    }), @"
    [1/1] failed: s/fsl trial 1: `./encoder/model.safetensors` is truncated or damaged: incomplete metadata, file not fully covered
    failed: s/fsl trial 1: `./encoder/model.safetensors` is truncated or damaged: incomplete metadata, file not fully covered
      hint: correct the folder; config.json and the weights must come from one model
    ");
}

#[test]
fn weights_that_are_something_else() {
    assert_snapshot!(spoilt(|place| {
        place.write("encoder/model.safetensors", "<html>not found</html>");
    }), @"
    [1/1] failed: s/fsl trial 1: `./encoder/model.safetensors` is truncated or damaged: header too large
    failed: s/fsl trial 1: `./encoder/model.safetensors` is truncated or damaged: header too large
      hint: correct the folder; config.json and the weights must come from one model
    ");
}

#[test]
fn weights_of_another_shape_than_config_json_says() {
    assert_snapshot!(spoilt(|place| {
        let config = place.read("encoder/config.json");
        let wide = config.replace("\"intermediate_size\": ", "\"intermediate_size\": 1");
        assert_ne!(config, wide);
        place.write("encoder/config.json", wide);
    }), @"
    [1/1] failed: s/fsl trial 1: `./encoder/model.safetensors`, tensor `encoder.layer.0.intermediate.dense.weight`: got shape [20, 12], config.json asks for [120, 12]; `intermediate_size` is 120, the weights have 20
    failed: s/fsl trial 1: `./encoder/model.safetensors`, tensor `encoder.layer.0.intermediate.dense.weight`: got shape [20, 12], config.json asks for [120, 12]; `intermediate_size` is 120, the weights have 20
      hint: config.json and the weights must come from one model
    ");
}

#[test]
fn weights_that_lack_tensors() {
    assert_snapshot!(spoilt(|place| {
        let config = place.read("encoder/config.json");
        let deep = config.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 4");
        assert_ne!(config, deep);
        place.write("encoder/config.json", deep);
    }), @"
    [1/1] failed: s/fsl trial 1: `./encoder/model.safetensors` lacks 32 of 69 tensors: `encoder.layer.2.attention.self.query.weight`, `encoder.layer.2.attention.self.query.bias`, `encoder.layer.2.attention.self.key.weight`, and 29 more; `num_hidden_layers` is 4, the weights have 2
    failed: s/fsl trial 1: `./encoder/model.safetensors` lacks 32 of 69 tensors: `encoder.layer.2.attention.self.query.weight`, `encoder.layer.2.attention.self.query.bias`, `encoder.layer.2.attention.self.key.weight`, and 29 more; `num_hidden_layers` is 4, the weights have 2
      hint: correct the folder; config.json and the weights must come from one model
    ");
}

#[test]
fn a_folder_that_is_no_encoder() {
    let place = Workplace::new();
    place.write("encoder/readme.md", "nothing here");
    place.write(
        "s.toml",
        spec(
            "s",
            "",
            "[[row]]\nid = \"fsl\"\nmethod.finetune = { encoder = \"./encoder\" }\n",
        ),
    );
    assert_snapshot!(place.run("run s.toml --quiet").expect(3).stdout, @"
    s
    ──────────────────────────────────────
     row   n   F1   P   R   MCC   state
    ──────────────────────────────────────
     fsl   0    –   –   –     –   blocked
    ──────────────────────────────────────
    fsl is blocked: encoder folder `./encoder` lacks `config.json`, `tokenizer.json` or `vocab.txt`, `model.safetensors` or `pytorch_model.bin`
      hint: an encoder folder needs config.json, tokenizer.json or vocab.txt, and model.safetensors or pytorch_model.bin
    n = 1 trial per row, without spread (–), in percent except MCC.
    ");
}

#[test]
fn a_results_folder_that_cannot_be_written() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "", CHEAP_ROWS));
    // A file where the folder should be: refused for every user, root included.
    place.write("results", "a file");
    assert_snapshot!(place.run("run s.toml").expect(6).stderr, @"
    error: cannot read `results/store/format`: Not a directory (os error 20)
    hint: choose the results folder with `--results DIR`; its `store` must be readable
    ");
}

#[test]
fn a_record_from_a_newer_version() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "", CHEAP_ROWS));
    place.run("run s.toml --quiet").expect(0);
    let shelf = entries(&place.join("results/store/trials")).remove(0);
    let record = entries(&shelf).remove(0).join("record.json");
    // A newer program's checksum would be of what it wrote.
    let text = without_checksum(&fs::read_to_string(&record).unwrap());
    fs::write(
        &record,
        text.replacen("\"version\": 1", "\"version\": 2", 1)
            .replacen("\"data\"", "\"texts\"", 1),
    )
    .unwrap();
    for command in ["run s.toml", "table s.toml", "plan s.toml"] {
        let stderr = place.run(command).expect(6).stderr;
        assert!(
            stderr.contains("its record is version 2, this program reads up to 1"),
            "{stderr}"
        );
        assert!(stderr.contains("hint: install a newer fsl-exp"), "{stderr}");
    }
    place.write("results/store/format", "9\n");
    assert_snapshot!(place.run("table s.toml").expect(6).stderr, @"
    error: cannot open `results/store`: its layout is version 9, this program knows version 1
    hint: install a newer fsl-exp, or choose another folder with `--results DIR`
    ");
}

#[test]
fn an_unknown_name_to_fetch() {
    let place = Workplace::new();
    assert_snapshot!(place.run("fetch all-minilm-l6-v2").expect(2).stderr, @"
    error: `fetch`: `all-minilm-l6-v2` is not in the catalogue, did you mean `all-MiniLM-L6-v2`?; known: `ModernBERT-base`, `albert-base-v2`, `all-MiniLM-L6-v2`, `all-mpnet-base-v2`, `bert-base-uncased`, `bge-small-en-v1.5`, `distilbert-base-uncased`, `distilroberta-base`, `electra-small-discriminator`, `gte-small`, `multilingual-e5-small`, `paraphrase-mpnet-base-v2`, `potion-base-32M`, `potion-base-8M`, `potion-retrieval-32M`, `roberta-base`, `snowflake-arctic-embed-s`, `xlm-roberta-base`, `xtremedistil-l12-h384-uncased`, `xtremedistil-l6-h256-uncased`, `xtremedistil-l6-h384-uncased`, `ag_news`, `amazon_counterfactual`, `banking77`, `cr`, `emotion`, `metoo`, `metoo-halves`, `movies`, `news`, `reviews`, `sst2`, `sst5`, `tweets`
    hint: `fsl-exp help` lists the options
    ");
}

#[test]
fn a_sample_that_has_nothing_to_vary() {
    let place = Workplace::new();
    place.write(
        "s.toml",
        spec(
            "s",
            "train-size = 12\ncount = 2\nvary = [\"sample\"]",
            CHEAP_ROWS,
        ),
    );
    assert_snapshot!(place.run("run s.toml").expect(5).stderr, @"
    error: `train.csv`: it has exactly the 12 texts that `trials.train-size` asks for, so the `sample` stream has nothing to vary
    hint: remove `sample` from `trials.vary` or `trials.cross`, lower `trials.train-size`, or provide more texts
    ");
}

#[test]
fn texts_longer_than_the_encoder_reads_are_refused_before_training() {
    let place = Workplace::new();
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    for method in ["finetune", "probe"] {
        let row = format!(
            "[[row]]\nid = \"a\"\nmethod.{method} = {{ encoder = \"{}\" }}\n",
            tiny.display()
        );
        place.write(
            "s.toml",
            spec("s", "", &row).replace("max-tokens = 32", "max-tokens = 33"),
        );
        for command in ["check", "plan", "run --quiet"] {
            let stderr = place.run(&format!("{command} s.toml")).expect(5).stderr;
            assert_eq!(
                stderr,
                format!(
                    "error: row `s/a`, encoder `{}`: `data.max-tokens`: got 33, the encoder reads at most 32 tokens\n\
                     hint: set `data.max-tokens` to at most 32\n",
                    tiny.display()
                )
            );
        }
    }
}

#[test]
fn an_output_takes_nobody_s_place() {
    use std::os::unix::fs::FileTypeExt as _;
    let place = Workplace::new();
    place.write("s.toml", spec("s", "", CHEAP_ROWS));
    place.run("run s.toml --quiet").expect(0);
    place.write("real.csv", "");
    std::os::unix::fs::symlink(place.join("real.csv"), place.join("link.csv")).unwrap();
    place
        .run("export s.toml --predictions link.csv --force")
        .expect(0);
    assert!(place.join("link.csv").is_symlink());
    assert_eq!(place.read("real.csv").lines().count(), 121);

    let pipe = place.join("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read_to_string(pipe).unwrap()
    });
    place.run("export s.toml --predictions pipe").expect(0);
    assert_eq!(reader.join().unwrap(), place.read("real.csv"));
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());

    let own = place.run("export s.toml --predictions s.toml").expect(2);
    assert!(
        own.stderr.contains("is the spec `s.toml`"),
        "{}",
        own.stderr
    );
}
