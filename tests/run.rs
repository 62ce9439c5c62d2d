//! `run`, `table` and `export` from end to end.

use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{CHEAP_ROWS, Workplace, spec};

/// Rows that train a tiny encoder in a fraction of a second.
fn tiny_rows() -> String {
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    format!(
        "[[row]]\nid = \"probe\"\nmethod.probe = {{ encoder = \"{tiny}\" }}\n\n[[row]]\nid = \"fsl\"\nlabel = \"FSL tiny\"\n\
         [row.method.finetune]\nencoder = \"{tiny}\"\nepochs = 4\nbatch-size = 4\nlearning-rate = 0.01\n",
        tiny = tiny.display()
    )
}

#[test]
fn a_run_ends_as_a_table() {
    let place = Workplace::new();
    place.write("s.toml", spec("cheap", "count = 3", CHEAP_ROWS));
    let ran = place.run("run s.toml --jobs 2").expect(0);
    assert_snapshot!(ran.stdout, @"
    cheap
    ────────────────────────────────────────────────────────────────────────────────
     row        n              F1               P                R              MCC
    ────────────────────────────────────────────────────────────────────────────────
     random     3    51.33 ± 8.40    49.86 ± 6.55    53.33 ± 11.55   -0.001 ± 0.133
     majority   1     0.00 ±    –     0.00 ±    –     0.00 ±     –    0.000 ±     –
     bow        1   100.00 ±    –   100.00 ±    –   100.00 ±     –    1.000 ±     –
    ────────────────────────────────────────────────────────────────────────────────
    n = 3 trials per row (rows without randomness run once: –); mean ± sample sd (ddof 1) over trials, in percent except MCC; varied: init; 12 training texts, 40 test texts.
    ");
    assert!(
        ran.stderr
            .starts_with("running 5 trials, 2 at a time; 0 already done\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(place.run("table s.toml").expect(0).stdout, ran.stdout);
    assert_snapshot!(place.run("table s.toml --format markdown").expect(0).stdout, @"
    ### cheap

    |Models| F1 | P | R |
    |:-----:|:--:|:-:|:-:|
    |random|51.33(8.40)|49.86(6.55)|53.33(11.55)|
    |majority|0.00(–)|0.00(–)|0.00(–)|
    |bow|100.00(–)|100.00(–)|100.00(–)|

    n = 3 trials per row (rows without randomness run once: –); mean (sample sd, ddof 1) over trials, in percent; varied: init; 12 training texts, 40 test texts.
    ");
}

#[test]
fn a_repeated_run_trains_nothing() {
    let place = Workplace::new();
    place.write("s.toml", spec("cheap", "count = 3", CHEAP_ROWS));
    let first = place.run("run s.toml").expect(0);
    // Without a worker nothing could be trained.
    let second = place
        .command("run s.toml")
        .env("FSL_EXP_WORKER", "none")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(second.stdout).unwrap(), first.stdout);
    assert_eq!(second.status.code(), Some(0));
    assert_eq!(String::from_utf8(second.stderr).unwrap(), "");
}

/// Trials without an encoder run in the front, to the same bytes as in the worker.
#[test]
fn what_needs_no_libtorch_runs_without_the_worker() {
    let place = Workplace::new();
    place.write("s.toml", spec("cheap", "count = 2", CHEAP_ROWS));
    // A copy of the front with no worker beside it.
    let alone = place.join("fsl-exp");
    std::fs::copy(env!("CARGO_BIN_EXE_fsl-exp"), &alone).unwrap();
    let mut command = std::process::Command::new(&alone);
    command
        .args(["run", "s.toml", "--results", "alone"])
        .current_dir(place.path())
        .env_remove("FSL_EXP_WORKER")
        .env("FSL_EXP_CACHE", place.join("cache"));
    place.ran(&mut command).expect(0);
    place.run("run s.toml --results worker").expect(0);
    let stored = place.stored_predictions("alone");
    assert_eq!(stored.len(), 4);
    assert_eq!(stored, place.stored_predictions("worker"));

    place.write("t.toml", spec("tiny", "", &tiny_rows()));
    command.args(["t.toml"]);
    let lacking = place.ran(&mut command);
    assert_ne!(lacking.code, 0);
    assert!(
        lacking.stderr.contains("there is no worker at"),
        "{}",
        lacking.stderr
    );
}

#[test]
fn the_number_of_jobs_changes_no_byte() {
    let place = Workplace::new();
    place.write(
        "s.toml",
        spec("tiny", "count = 4", &(CHEAP_ROWS.to_owned() + &tiny_rows())),
    );
    place.run("run s.toml --jobs 1 --results one").expect(0);
    place.run("run s.toml --jobs 3 --results three").expect(0);
    let one = place.stored_predictions("one");
    assert_eq!(one.len(), 4 + 4 + 3);
    assert_eq!(one, place.stored_predictions("three"));
}

#[test]
fn only_what_varies_differs_between_trials() {
    let place = Workplace::new();
    place.write(
        "s.toml",
        spec(
            "tiny",
            "count = 2\nvary = [\"sample\"]\ntrain-size = 8",
            &tiny_rows(),
        ),
    );
    place.run("run s.toml --quiet").expect(0);
    let records: Vec<Value> = crate::support::entries(&place.join("results/store/trials"))
        .iter()
        .flat_map(|shelf| crate::support::entries(shelf))
        .map(|trial| {
            serde_json::from_slice(&std::fs::read(trial.join("record.json")).unwrap()).unwrap()
        })
        .filter(|record: &Value| record["inputs"]["method"].get("finetune").is_some())
        .collect();
    let [a, b] = records.as_slice() else {
        panic!("{} records", records.len())
    };
    for stream in ["init", "order", "dropout"] {
        assert_eq!(
            a["inputs"]["seeds"][stream], b["inputs"]["seeds"][stream],
            "{stream}"
        );
    }
    assert_ne!(
        a["inputs"]["seeds"]["sample"],
        b["inputs"]["seeds"]["sample"]
    );
    assert_ne!(
        a["data"]["train-rows-sha256"],
        b["data"]["train-rows-sha256"]
    );
    assert_eq!(a["data"]["train-texts"], 8);
    assert_eq!(a["data"]["train-positives"], 4);
}

#[test]
fn two_specs_that_need_the_same_trials_share_them() {
    let place = Workplace::new();
    place.write("s.toml", spec("one", "count = 2", CHEAP_ROWS));
    place.write("t.toml", spec("two", "count = 3", CHEAP_ROWS));
    place.run("run s.toml t.toml --quiet").expect(0);
    assert_eq!(place.stored_predictions("results").len(), 3 + 2);
}

/// The shape that design.md fixes for programs.
#[test]
fn tables_and_predictions_for_programs() {
    let place = Workplace::new();
    place.write("s.toml", spec("cheap", "count = 3", CHEAP_ROWS));
    place.run("run s.toml --quiet").expect(0);
    let json: Value =
        serde_json::from_str(&place.run("table s.toml --format json").expect(0).stdout).unwrap();
    let experiment = &json["experiments"][0];
    assert_eq!(experiment["name"], "cheap");
    let bow = &experiment["rows"][2];
    assert_eq!(
        (&bow["id"], &bow["n"]),
        (&Value::from("bow"), &Value::from(1))
    );
    for metric in ["f1", "precision", "recall"] {
        for statistic in ["mean", "median", "min", "max"] {
            assert!(
                (0.0..=1.0).contains(&bow[metric][statistic].as_f64().unwrap()),
                "{metric} {statistic}"
            );
        }
        assert!(bow[metric]["sd"].is_null());
        assert!(experiment["rows"][0][metric]["sd"].is_f64());
    }
    place.run("export s.toml --predictions out.csv").expect(0);
    let export = place.read("out.csv");
    let mut lines = export.lines();
    assert_eq!(
        lines.next(),
        Some("experiment,row,trial,index,label,probability")
    );
    assert_eq!(lines.clone().count(), 5 * 40);
    assert!(lines.all(|line| line.starts_with("cheap,")));
    assert_eq!(
        place.run("export s.toml --predictions -").expect(0).stdout,
        export
    );
    let csv = place.run("table s.toml --format csv").expect(0).stdout;
    assert_eq!(csv.lines().count(), 4);
}

#[test]
fn rows_whose_encoder_cannot_be_had_are_blocked_and_the_others_run() {
    let place = Workplace::new();
    let rows = CHEAP_ROWS.to_owned()
        + "[[row]]\nid = \"fsl\"\nlabel = \"FSL distilBERT\"\n[row.method.finetune]\nencoder = \"distilbert-base-uncased\"\n";
    place.write("s.toml", spec("blocked", "count = 2", &rows));
    let ran = place.run("run s.toml --quiet").expect(3);
    assert_snapshot!(ran.stdout, @"
    blocked
    ─────────────────────────────────────────────────────────────────────────────────────────────────
     row              n               F1               P                R             MCC   state
    ─────────────────────────────────────────────────────────────────────────────────────────────────
     random           2    50.32 ± 11.62    50.79 ± 8.98    50.00 ± 14.14   0.025 ± 0.177   complete
     majority         1     0.00 ±     –     0.00 ±    –     0.00 ±     –   0.000 ±     –   complete
     bow              1   100.00 ±     –   100.00 ±    –   100.00 ±     –   1.000 ±     –   complete
     FSL distilBERT   0                –               –                –               –   blocked
    ─────────────────────────────────────────────────────────────────────────────────────────────────
    FSL distilBERT is blocked: encoder `distilbert-base-uncased` could not be fetched; hub distilbert/distilbert-base-uncased@12040accade4e8a0f71eabdb258fecc2e7e948be: HF_HUB_OFFLINE is set, and the hub's cache has no complete copy of `distilbert/distilbert-base-uncased` at `12040accade4e8a0f71eabdb258fecc2e7e948be`
      hint: unset HF_HUB_OFFLINE; once the network works, `fsl-exp fetch distilbert-base-uncased` resumes the download; HF_ENDPOINT sets another hub; FSL_EXP_MIRROR sets a local folder that contains `distilbert-base-uncased/`
    n = 2 trials per row (rows without randomness run once: –); mean ± sample sd (ddof 1) over trials, in percent except MCC; varied: init, order, dropout; 12 training texts, 40 test texts.
    ");
    let export = place.run("export s.toml --predictions out.csv").expect(3);
    assert_eq!(
        export.stderr,
        "2 trials have no result yet and are not in the output\n"
    );
}

#[test]
fn results_of_other_data_are_not_reused() {
    let place = Workplace::new();
    place.write("s.toml", spec("cheap", "", CHEAP_ROWS));
    place.run("run s.toml --quiet").expect(0);
    place.write("train.csv", crate::support::labelled(14));
    let plan = place.run("plan s.toml").expect(0).stdout;
    assert!(plan.contains("3 trials: 3 to run, 0 to reuse"), "{plan}");
}

/// Witness: the class means of the vectors that `embed` writes, by hand. 1e-6: these are in single precision.
#[test]
fn a_centroid_row_compares_texts_with_the_class_means_of_their_embeddings() {
    let place = Workplace::new();
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    let tiny = tiny.display();
    for pooling in ["mean", "cls"] {
        let row = format!(
            "[[row]]\nid = \"c\"\nmethod.centroid = {{ encoder = \"{tiny}\", pooling = \"{pooling}\" }}\n"
        );
        place.write("s.toml", spec("tiny", "count = 3", &row));
        place.run("run s.toml --quiet").expect(0);
        let exported = place.run("export s.toml --predictions -").expect(0).stdout;
        let unit_vectors = |input: &str| {
            let arguments = format!(
                "embed --encoder {tiny} --input {input} -o out.csv --force --max-tokens 32 --pooling {pooling} --normalize"
            );
            place.run(&arguments).expect(0);
            numbers(&place.read("out.csv"), 1)
        };
        let train = unit_vectors("train.csv");
        // Odd texts have label 1, and there are six of each.
        let mean = |column: usize, class: usize| {
            let of_class = train.iter().skip(class).step_by(2);
            of_class.map(|vector| vector[column]).sum::<f64>() / 6.0
        };
        let distance = |vector: &[f64], class| {
            let columns = vector.iter().enumerate();
            columns
                .map(|(at, value)| (value - mean(at, class)).powi(2))
                .sum::<f64>()
        };
        let found = numbers(&exported, 5);
        assert_eq!(found.len(), 40, "a row without randomness runs once");
        for (vector, found) in unit_vectors("test.csv").iter().zip(found) {
            let expected = 1.0 / (1.0 + (distance(vector, 1) - distance(vector, 0)).exp());
            assert!((found[0] - expected).abs() < 1e-6, "{found:?} {expected}");
        }
    }
}

/// The numbers of a CSV file without quotes: every line after the header, from a column on.
fn numbers(csv: &str, from: usize) -> Vec<Vec<f64>> {
    let cells = |line: &str| {
        line.split(',')
            .skip(from)
            .map(|cell| cell.parse().unwrap())
            .collect()
    };
    csv.lines().skip(1).map(cells).collect()
}

#[test]
fn embeddings_of_a_folder_s_encoder() {
    let place = Workplace::new();
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    let embed = |extra: &str| {
        let arguments = format!(
            "embed --encoder {} --input test.csv -o out.csv --force --max-tokens 32 {extra}",
            tiny.display()
        );
        place.run(&arguments).expect(0);
        place.read("out.csv")
    };
    let mean = embed("");
    assert!(mean.starts_with("index,e0,e1,"), "{mean}");
    assert_eq!(mean.lines().count(), 41);
    assert_ne!(embed("--pooling cls"), mean);
    let unit = embed("--normalize");
    let rows = numbers(&unit, 1);
    // f32 numbers: their squares add up to 1 within a few units in the seventh digit.
    assert!((rows[0].iter().map(|value| value * value).sum::<f64>() - 1.0).abs() < 1e-6);
    let refused = place.run(&format!(
        "embed --encoder {} --input test.csv -o test.csv",
        tiny.display()
    ));
    assert_snapshot!(refused.expect(2).stderr, @"
    error: `--output`: `test.csv` is the input
    hint: choose another path: inputs, specs, encoders, models and stored results are never replaced, even with `--force`
    ");
}
