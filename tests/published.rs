//! Published cells: shown beside ours, and judged with a reason and an exit code.

use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{Workplace, spec};

/// A place where coins, a bag of words and a tiny encoder's three runs are finished. The published cells say one thing each.
fn finished() -> Workplace {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "count = 3", &rows()));
    place.run("run s.toml --quiet").expect(0);
    place
}

fn rows() -> String {
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    format!(
        r#"
[[row]]
id = "random"
label = "Random"
method.random = {{ draws = 1001 }}
published = {{ f1 = 50.73, precision = 50.44, recall = 51.02, n = 1 }}

[[row]]
id = "bow"
method.bow = {{}}
published = {{ f1 = 100.0, precision = 99.99, recall = 100.0, n = 1 }}

[[row]]
id = "fsl"
[row.method.finetune]
encoder = "{}"
epochs = 1
[row.published]
f1 = 70.0
f1-sd = 20.0
n = 15
center = "median"
ddof = 0

[[row]]
id = "none"
method.majority = {{}}
"#,
        tiny.display()
    )
}

fn verdicts(place: &Workplace, arguments: &str, code: i32) -> Vec<String> {
    let ran = place.run(&format!("check-published s.toml --format json {arguments}"));
    let said: Value = serde_json::from_str(&ran.expect(code).stdout).unwrap();
    let cells = said["experiments"][0]["cells"].as_array().unwrap().iter();
    let line = |cell: &Value| {
        let text = |key: &str| cell[key].as_str().unwrap().to_owned();
        format!("{} {} {}", text("row"), text("figure"), text("verdict"))
    };
    cells.map(line).collect()
}

#[test]
fn cells_of_an_arm_stand_beside_that_arm() {
    let place = Workplace::new();
    let rows = r#"
[[row]]
id = "bow"
method.bow = {}
published = { accuracy = 90.0, n = 1 }
published-at = [{ arm = "train-size=8", cells = { accuracy = 80.0, mcc = 60.0, n = 1 } }]

[sweep]
grid = { trials.train-size = [4, 6, 8] }
"#;
    place.write("s.toml", spec("s", "train-size = 4", rows));
    place.run("run s.toml --quiet").expect(0);
    let ran = place.run("table s.toml --published --format json");
    let said: Value = serde_json::from_str(&ran.expect(0).stdout).unwrap();
    let rows = said["experiments"][0]["rows"].as_array().unwrap().iter();
    let cells = |row: &Value| {
        let figure = |name: &str| row["published"][name]["value"].as_f64();
        (
            row["id"].as_str().unwrap().to_owned(),
            figure("accuracy"),
            figure("mcc"),
        )
    };
    let expected = [
        ("bow[train-size=4]", Some(0.9), None),
        ("bow[train-size=6]", None, None),
        ("bow[train-size=8]", Some(0.8), Some(0.6)),
    ]
    .map(|(id, accuracy, mcc)| (id.to_owned(), accuracy, mcc));
    assert_eq!(rows.map(cells).collect::<Vec<_>>(), expected);
}

#[test]
fn every_cell_gets_its_verdict() {
    let place = finished();
    let said = verdicts(&place, "", 3);
    assert_eq!(
        said,
        [
            "random f1 reproduced",
            "random precision reproduced",
            "random recall reproduced",
            "bow f1 reproduced",
            "bow precision outside",
            "bow recall reproduced",
            "fsl f1 reproduced",
            "fsl precision cannot-tell",
            "fsl recall cannot-tell",
        ]
    );
    // What was not published can be judged by nobody: not even `--strict` asks for it.
    verdicts(&place, "--strict --set row.bow.published.precision=100", 0);
}

#[test]
fn the_verdicts_and_reasons_are_printed() {
    let place = finished();
    let set = "--set row.bow.published.precision=100";
    let ran = place
        .run(&format!("check-published s.toml {set}"))
        .expect(0);
    let bow: Vec<&str> = ran
        .stdout
        .lines()
        .filter(|line| line.contains("bow"))
        .collect();
    assert_snapshot!(bow.join("\n"), @"
     bow      F1          100.00   100.00         0.00        0.00   reproduced
     bow      P           100.00   100.00         0.00        0.00   reproduced
     bow      R           100.00   100.00         0.00        0.00   reproduced
    bow F1: reproduced: 100.00 published, 100.00 here: the method draws no random number, and both read the same
    bow P: reproduced: 100.00 published, 100.00 here: the method draws no random number, and both read the same
    bow R: reproduced: 100.00 published, 100.00 here: the method draws no random number, and both read the same
    ");
    assert!(
        ran.stdout
            .ends_with("7 published cells: 7 reproduced, 0 outside, 0 cannot tell\n"),
        "{}",
        ran.stdout
    );
    assert_eq!(
        ran.stderr,
        "warning: experiment `s`: 12 training texts are cut at max-tokens (27.7 % of all tokens); 40 test texts are cut at max-tokens (27.7 % of all tokens)\n"
    );
    let markdown = place.run(&format!("check-published s.toml {set} --format markdown"));
    let markdown = markdown.expect(0).stdout;
    let bow: Vec<&str> = markdown
        .lines()
        .filter(|line| line.contains("| bow"))
        .collect();
    assert_snapshot!(bow.join("\n"), @"
    | bow | F1 | 100.00 | 100.00 | 0.00 | 0.00 | reproduced | 100.00 published, 100.00 here: the method draws no random number, and both read the same |
    | bow | P | 100.00 | 100.00 | 0.00 | 0.00 | reproduced | 100.00 published, 100.00 here: the method draws no random number, and both read the same |
    | bow | R | 100.00 | 100.00 | 0.00 | 0.00 | reproduced | 100.00 published, 100.00 here: the method draws no random number, and both read the same |
    ");
}

#[test]
fn a_cell_far_outside_ends_with_code_3() {
    let place = finished();
    let random = "--set row.bow.published.precision=100 --set row.random.published.f1=90";
    assert_eq!(verdicts(&place, random, 3)[0], "random f1 outside");
    // A source that varied what a row of ours holds fixed.
    let varied = "--set row.bow.published={f1=90.0,f1-sd=1.0,n=15}";
    let said = verdicts(&place, varied, 3);
    assert!(said.contains(&"bow f1 outside".to_owned()), "{said:?}");
}

#[test]
fn without_results_nothing_can_be_told() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "count = 3", &rows()));
    let said = verdicts(&place, "", 0);
    assert!(
        said.iter().all(|line| line.ends_with("cannot-tell")),
        "{said:?}"
    );
    verdicts(&place, "--strict", 3);
    place
        .run("run s.toml --quiet --set trials.count=2")
        .expect(0);
    let ran = place.run("check-published s.toml").expect(3);
    assert!(
        ran.stdout
            .contains("fsl F1: cannot tell: 2 of 3 trials are finished\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn published_cells_change_no_trial() {
    let place = finished();
    let ran = place
        .run("run s.toml --set row.bow.published.f1=1")
        .expect(0);
    assert_eq!(ran.stderr, "");
}

#[test]
fn the_table_shows_published_cells_only_where_it_is_asked_to() {
    let place = finished();
    let plain = place.run("table s.toml").expect(0).stdout;
    assert!(!plain.contains("published"));
    let shown = place.run("table s.toml --published").expect(0).stdout;
    let lines: Vec<&str> = shown.lines().filter(|line| line.contains('↳')).collect();
    assert_snapshot!(lines.join("\n"), @"
    ↳ published                     1    50.73 ±     –    50.44 ±     –    51.02 ±     –                –
    ↳ published                     1   100.00 ±     –    99.99 ±     –   100.00 ±     –                –
    ↳ published (median, ddof 0)   15    70.00 ± 20.00                –                –                –
    ");
    let run = place.run("run s.toml --published").expect(0).stdout;
    assert_eq!(run, shown);
    let csv = place
        .run("table s.toml --published --format csv")
        .expect(0)
        .stdout;
    assert!(
        csv.lines()
            .next()
            .unwrap()
            .contains(",published_recall,published_recall_sd,f1_iqm,")
    );
    let json = place
        .run("table s.toml --published --format json")
        .expect(0)
        .stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        json["experiments"][0]["rows"][2]["published"]["f1"]["sd"],
        0.2
    );
}

#[test]
fn what_cannot_be_asked_for() {
    let place = Workplace::new();
    place.write(
        "plain.toml",
        spec("plain", "", "[[row]]\nid = \"bow\"\nmethod.bow = {}"),
    );
    assert_snapshot!(place.run("check-published plain.toml").expect(2).stderr, @"
    error: `SPEC`: no row of these specs has `published` cells to check
    ");
    let ran = place
        .run("check-published plain.toml --format csv")
        .expect(2);
    assert!(
        ran.stderr
            .contains("[possible values: terminal, markdown, json, latex"),
        "{}",
        ran.stderr
    );
    place.run("check-published none.toml").expect(4);
    place.run("check-published").expect(2);
}

/// The rows of the published table that need no encoder: their specs and what the issue asks to see.
#[test]
fn the_shipped_specs_hold_the_published_table_s_cells() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
    let place = Workplace::new();
    let cells = |name: &str| {
        let path = shipped.join(name);
        let ran = place.run(&format!("check-published {} --format json", path.display()));
        let said: Value = serde_json::from_str(&ran.expect(0).stdout).unwrap();
        let cells = said["experiments"][0]["cells"].as_array().unwrap().clone();
        let percent = |cell: &Value| format!("{:.2}", 100.0 * cell["published"].as_f64().unwrap());
        cells.iter().map(percent).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        cells("baselines.toml"),
        "50.73 50.44 51.02 56.40 63.07 51.00"
    );
    assert_eq!(cells("fsl_distilbert.toml"), "64.41 65.34 64.80");
}
