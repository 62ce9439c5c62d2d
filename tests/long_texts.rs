//! Texts with more tokens than `max-tokens`: what is read of them, from the spec to predictions, notes and model folders.

use serde_json::Value;

use crate::support::{Workplace, spec};

const KINDS: [&str; 3] = ["truncate", "head-tail", "mean-of-windows"];

const PROBE: &str = "[[row]]\nid = \"p\"\nmethod.probe = { encoder = \"./enc\" }\n\n";

/// A text of more tokens than are read: only its begin, its middle and its end may differ from others.
fn long(begin: &str, middle: &str, end: &str) -> String {
    let filler = "the day was grey and long ".repeat(6);
    format!("{begin} {filler}{middle} {filler}{end}")
}

/// A tiny BERT, short training texts, and test texts of which the first four are short.
fn place(rows: &str) -> Workplace {
    let place = Workplace::new();
    place.copy_encoder("bert", "enc");
    let words = ["dull", "bright", "slow", "quick", "grey", "warm"];
    let train = words.iter().zip([0, 1, 0, 1, 0, 1]);
    let train: Vec<String> = train
        .map(|(word, class)| format!("{word},{class}"))
        .collect();
    place.write("train.csv", format!("text,label\n{}\n", train.join("\n")));
    let texts = [
        "dull".to_owned(),
        "warm".to_owned(),
        "slow".to_owned(),
        "quick".to_owned(),
        long("bright", "dull", "dull dull dull"),
        long("dull", "bright", "slow warm dull"),
    ];
    let test = texts.iter().zip([0, 1].repeat(3));
    let test: Vec<String> = test
        .map(|(text, class)| format!("{text},{class}"))
        .collect();
    place.write("test.csv", format!("text,label\n{}\n", test.join("\n")));
    place.write(
        "s.toml",
        spec("s", "threads = 1", rows).replace("max-tokens = 32", "max-tokens = 16"),
    );
    place
}

fn key(place: &Workplace, options: &str) -> String {
    let plan = place
        .run(&format!("plan s.toml --json {options}"))
        .expect(0);
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    plan["trials"][0]["key"].as_str().unwrap().to_owned()
}

/// The probabilities of the test texts in a stored trial.
fn predictions(place: &Workplace, key: &str) -> Vec<f64> {
    let path = format!("results/store/trials/{}/{key}/predictions.csv", &key[..2]);
    let text = place.read(&path);
    let last = |line: &str| line.rsplit(',').next().unwrap().parse().unwrap();
    text.lines().skip(1).map(last).collect()
}

#[test]
fn probes_read_long_texts_as_they_are_told_and_short_ones_alike() {
    let place = place(PROBE);
    let mut all: Vec<(String, Vec<f64>)> = Vec::new();
    for (kind, said) in KINDS.into_iter().zip([
        "2 test texts are cut at max-tokens (",
        "2 test texts are cut in the middle at max-tokens (",
        "2 test texts are read in windows of max-tokens",
    ]) {
        let set = format!("--set data.long-texts={kind}");
        let ran = place.run(&format!("run s.toml {set}")).expect(0).stdout;
        let words: Vec<&str> = ran.split_whitespace().collect();
        assert!(words.join(" ").contains(said), "{kind}: {ran}");
        let key = key(&place, &set);
        let values = predictions(&place, &key);
        assert_eq!(values.len(), 6);
        for (other_key, others) in &all {
            assert_ne!(*other_key, key);
            for (text, (value, other)) in values.iter().zip(others).enumerate() {
                // The same arithmetic in other batches.
                let is_same = (value - other).abs() < 1e-6;
                assert_eq!(is_same, text < 4, "{kind} {text}: {value} {other}");
            }
        }
        all.push((key, values));
    }
    // The default is in no key, written or not.
    assert_eq!(key(&place, ""), all[0].0);
    let request = place.read(&format!(
        "results/store/trials/{}/{}/record.json",
        &all[0].0[..2],
        all[0].0
    ));
    assert!(!request.contains("long-texts"), "{request}");
}

#[test]
fn what_is_swept_affects_rows_with_an_encoder_only() {
    let rows = format!("{PROBE}[[row]]\nid = \"m\"\nmethod.majority = {{}}\n");
    let place = place(&rows);
    let text = place.read("s.toml")
        + "\n[sweep]\ngrid = { data.long-texts = [\"truncate\", \"head-tail\", \"mean-of-windows\"] }\n";
    place.write("s.toml", text);
    let plan = place.run("plan s.toml --json").expect(0).stdout;
    let plan: Value = serde_json::from_str(&plan).unwrap();
    assert_eq!(plan["trials"].as_array().unwrap().len(), 4);
}

/// Every row that trains its encoder, at once, and no other.
#[test]
fn windows_are_refused_for_encoders_that_are_trained() {
    let tuned = "[[row]]\nid = \"a\"\nmethod.finetune = { encoder = \"./enc\", epochs = 1 }\n\n\
         [[row]]\nid = \"b\"\nmethod.finetune = { encoder = \"./enc\", epochs = 2 }\n\n";
    let place = place(&format!("{PROBE}{tuned}"));
    for command in ["check", "plan", "run"] {
        let said = place
            .run(&format!(
                "{command} s.toml --set data.long-texts=mean-of-windows"
            ))
            .expect(4)
            .stderr;
        for row in ["a", "b"] {
            let fault = format!(
                "key `row.{row}.method.finetune`: does not go with `data.long-texts`: `mean-of-windows` is for frozen encoders"
            );
            assert!(said.contains(&fault), "{command}: {said}");
            assert!(said.contains("use `head-tail` or `truncate`"), "{said}");
        }
        assert!(!said.contains("row.p."), "{said}");
        place
            .run("check s.toml --set data.long-texts=head-tail")
            .expect(0);
    }
    let said = place
        .run("check s.toml --set data.long-texts=middle")
        .expect(4)
        .stderr;
    assert!(said.contains("`truncate`, `head-tail`"), "{said}");
}

const FIT: &str = "--encoder ./enc --max-tokens 16 --epochs 2 --learning-rate 0.01 --threads 1 --text-column text --label-column label";

#[test]
fn models_keep_how_they_read_long_texts_and_infer_obeys() {
    let place = place(PROBE);
    let train = |options: &str| place.run(&format!("train train.csv {FIT} {options}"));
    train("-o plain").expect(0);
    train("-o ends --long-texts head-tail").expect(0);
    let said = train("-o windows --long-texts mean-of-windows")
        .expect(2)
        .stderr;
    assert!(
        said.contains("`--long-texts`: `mean-of-windows` is for frozen encoders"),
        "{said}"
    );
    assert!(!place.read("plain/fsl-exp.json").contains("long-texts"));
    assert!(
        place
            .read("ends/fsl-exp.json")
            .contains("\"long-texts\": \"head-tail\"")
    );
    assert!(
        place
            .read("ends/README.md")
            .contains("| long-texts | head-tail |")
    );
    let texts = [
        long("bright", "dull", "warm"),
        long("bright", "quick", "warm"),
        long("bright", "dull", "slow"),
    ];
    place.write("long.csv", format!("text\n{}\n", texts.join("\n")));
    for (model, same_end) in [("plain", true), ("ends", false)] {
        let ran = place
            .run(&format!(
                "infer --model {model} long.csv -o out.csv --force --threads 1"
            ))
            .expect(0);
        let how = if same_end {
            "cut at"
        } else {
            "cut in the middle at"
        };
        assert!(
            ran.stderr
                .contains(&format!("3 texts are {how} max-tokens")),
            "{}",
            ran.stderr
        );
        let out = place.read("out.csv");
        let fields = out.lines().skip(1).map(|line| line.split(',').nth(1));
        let values: Vec<f64> = fields
            .map(|field| field.unwrap().parse().unwrap())
            .collect();
        // The same arithmetic in other batches.
        let same = |text: usize, other: usize| (values[text] - values[other]).abs() < 1e-6;
        // The middle is never read; the end is by the one that learnt so.
        assert!(same(0, 1), "{model}: {out}");
        assert_eq!(same(0, 2), same_end, "{model}: {out}");
    }
    let said = place
        .run("export-model ends --onnx m.onnx")
        .expect(0)
        .stderr;
    assert!(
        said.contains("at most 16 tokens: of a longer text its first 4 and its last 10 between the special ones"),
        "{said}"
    );
    let facts = place
        .read("ends/fsl-exp.json")
        .replace("head-tail", "mean-of-windows");
    place.write("ends/fsl-exp.json", facts);
    std::fs::remove_file(place.join("ends/SHA256SUMS")).unwrap();
    let said = place
        .run("infer --model ends long.csv -o out.csv --force")
        .expect(5)
        .stderr;
    assert!(
        said.contains("has `long-texts` not `truncate` or `head-tail`"),
        "{said}"
    );
}

#[test]
fn embed_reads_long_texts_in_all_three_ways() {
    let place = place(PROBE);
    let vectors = |kind: &str| {
        let command = format!(
            "embed --encoder ./enc --input test.csv -o e.csv --force --max-tokens 16 --threads 1 --long-texts {kind}"
        );
        let said = place.run(&command).expect(0).stderr;
        let rows: Vec<String> = place
            .read("e.csv")
            .lines()
            .skip(1)
            .map(str::to_owned)
            .collect();
        (rows, said)
    };
    let kinds = KINDS.map(vectors);
    for (kind, (rows, said)) in KINDS.iter().zip(&kinds) {
        assert!(said.contains("warning: `test.csv`: 2 texts are "), "{said}");
        for (other, (others, _)) in KINDS.iter().zip(&kinds) {
            let differ = rows[4] != others[4] && rows[5] != others[5];
            assert_eq!(differ, kind != other, "{kind} {other}");
        }
    }
}
