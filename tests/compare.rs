//! Rows against each other: words, reasons, and what cannot be compared.

use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{CHEAP_ROWS, Ran, Workplace, spec};

/// A place where coins, the most frequent class and a bag of words are finished.
fn finished() -> Workplace {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "count = 7", CHEAP_ROWS));
    place.run("run s.toml --quiet").expect(0);
    place
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap()
}

/// `judged against word` of every comparison.
fn verdicts(ran: &Ran) -> Vec<String> {
    let said = json(ran);
    let comparisons = said["comparisons"].as_array().unwrap().iter();
    let name = |one: &Value| {
        let row = |side: &str| one[side]["row"].as_str().unwrap().to_owned();
        let word = one["verdict"].as_str().unwrap();
        format!("{} {} {word}", row("a"), row("b"))
    };
    comparisons.map(name).collect()
}

#[test]
fn every_row_is_judged_against_the_one_above_or_the_named_one() {
    let place = finished();
    let judged = |arguments: &str| {
        let ran = place.run(&format!("compare s.toml --format json {arguments}"));
        verdicts(&ran.expect(0))
    };
    assert_eq!(
        judged(""),
        ["s/majority s/random worse", "s/bow s/majority better"]
    );
    assert_eq!(judged("--row bow"), ["s/bow s/majority better"]);
    assert_eq!(
        judged("--against s/bow"),
        ["s/random s/bow worse", "s/majority s/bow worse"]
    );
    assert_eq!(
        judged("--row bow --against majority"),
        ["s/bow s/majority better"]
    );
    assert_eq!(
        judged("--pair bow,random --pair random,majority"),
        ["s/bow s/random better", "s/random s/majority better"]
    );
}

#[test]
fn the_reasons_are_printed() {
    let place = finished();
    let ran = place
        .run("compare s.toml --pair bow,random --pair bow,majority")
        .expect(0);
    assert_snapshot!(ran.stdout);
    assert_eq!(ran.stderr, "");
    let markdown = place
        .run("compare s.toml --pair bow,random --format markdown")
        .expect(0);
    assert_snapshot!(markdown.stdout);
}

#[test]
fn the_same_call_says_the_same() {
    let place = finished();
    let once = place.run("compare s.toml --format json").expect(0).stdout;
    assert_eq!(
        place.run("compare s.toml --format json").expect(0).stdout,
        once
    );
}

#[test]
fn a_mean_is_compared_with_its_members() {
    let place = Workplace::new();
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    let rows = format!(
        "{CHEAP_ROWS}\n[[row]]\nid = \"fsl\"\n[row.method.finetune]\nencoder = \"{}\"\nepochs = 1\n\n[[row]]\nid = \"mean\"\nmethod.ensemble = {{ of = \"fsl\" }}\n",
        tiny.display()
    );
    place.write("s.toml", spec("s", "count = 3", &rows));
    place.run("run s.toml --quiet").expect(0);
    let said = json(
        &place
            .run("compare s.toml --pair mean,fsl --pair fsl,random --format json")
            .expect(0),
    );
    let [mean, pairs] = [0, 1].map(|place| &said["comparisons"][place]);
    assert_eq!(mean["a"]["members"], 3);
    assert_eq!(mean["seed_test"], Value::Null);
    assert!(
        mean["pairing"]
            .as_str()
            .unwrap()
            .contains("mean of the other's trials")
    );
    // Coins draw from `init` as well: the trials share that seed.
    assert_eq!(pairs["seed_test"]["test"], "sign-flip");
    assert_eq!(pairs["seed_test"]["least"], 0.25);
    assert_eq!(pairs["scope"], "these-models");
    let table = json(&place.run("table s.toml --format json").expect(0));
    let rows = table["experiments"][0]["rows"].as_array().unwrap();
    assert_eq!(rows[4]["by_size"].as_array().unwrap().len(), 3);
    assert_eq!(rows[4]["by_size"][2]["f1"], rows[4]["f1"]["mean"]);
    assert!(
        rows[3]["roc_auc"]["mean"].is_f64() && rows[3]["f1"]["intervals"]["mean"]["low"].is_f64()
    );
    assert!(
        rows[1]["collapsed"].as_array().unwrap().is_empty(),
        "the most frequent class is what it is"
    );
}

#[test]
fn missing_results_are_named_with_the_command_that_makes_them() {
    let place = finished();
    let ran = place
        .run("compare s.toml --set trials.count=9 --pair random,bow --pair bow,majority")
        .expect(3);
    assert_snapshot!(ran.stdout);
    let place = Workplace::new();
    place.write("s.toml", spec("s", "count = 2", CHEAP_ROWS));
    let ran = place
        .run("compare s.toml --row bow --against random")
        .expect(3);
    assert_snapshot!(ran.stdout, @"
    s/bow against s/random: no results for any trial of `s/bow`, any trial of `s/random`
      hint: fsl-exp run s.toml --results results
    ");
}

#[test]
fn rows_over_different_test_texts_are_refused() {
    let place = finished();
    place.write("other.csv", crate::support::labelled(20));
    let other = spec("t", "count = 7", CHEAP_ROWS).replace("test.csv", "other.csv");
    place.write("t.toml", other);
    place.run("run t.toml --quiet").expect(0);
    let ran = place
        .run("compare s.toml t.toml --row t/bow --against s/bow")
        .expect(4);
    assert_eq!(ran.stdout, "");
    assert_snapshot!(ran.stderr);
}

#[test]
fn a_row_of_the_own_experiment_goes_before_another_s() {
    let place = finished();
    place.write("t.toml", spec("t", "count = 7", CHEAP_ROWS));
    let ran = place.run("compare s.toml t.toml --against bow --format json");
    let said = verdicts(&ran.expect(0));
    assert_eq!(
        said,
        [
            "s/random s/bow worse",
            "s/majority s/bow worse",
            "t/random t/bow worse",
            "t/majority t/bow worse"
        ]
    );
    let ran = place
        .run("report s.toml t.toml --against bow -o -")
        .expect(0);
    assert_eq!(ran.stdout.matches("class=\"word word-").count(), 4);
    let ran = place.run("table s.toml t.toml --against t/bow --format json");
    let table = json(&ran.expect(0));
    assert_eq!(
        table["experiments"][0]["rows"][0]["verdict"]["word"],
        "worse"
    );
}

#[test]
fn what_cannot_be_asked_for() {
    let place = finished();
    place.write("t.toml", spec("t", "count = 7", CHEAP_ROWS));
    let refused = |arguments: &str| {
        let ran = place.run(&format!("compare {arguments}")).expect(2);
        assert_eq!(ran.stdout, "");
        ran.stderr
    };
    assert_snapshot!(refused("s.toml --row bwo"), @"
    error: there is no row `bwo` in these specs
    hint: did you mean `s/bow`? The rows are `s/random`, `s/majority`, `s/bow`
    ");
    assert_snapshot!(refused("s.toml --row bow --against bow"), @"
    error: cannot compare `s/bow` with itself
    hint: name another row with --against
    ");
    assert_snapshot!(refused("s.toml t.toml --row bow"), @"
    error: row `bow` is ambiguous: 2 rows have this id
    hint: use a full name: `s/bow`, `t/bow`
    ");
    for wrong in [
        "--margin 0",
        "--margin -1",
        "--margin nan",
        "--margin 100",
        "--margin x",
        "--pair bow",
        "--pair a,b,c",
        "--pair a[b,c]",
        "--row random",
        "--pair bow,random --row bow",
    ] {
        refused(&format!("s.toml {wrong}"));
    }
    let one = "\n[[row]]\nid = \"bow\"\nmethod.bow = {}\n";
    place.write("one.toml", spec("one", "count = 1", one));
    assert_snapshot!(refused("one.toml"), @"
    error: not enough rows to compare: these specs have 1
    hint: name specs with two rows or more
    ");
}

/// The last two fields of a line.
fn end(line: &str) -> String {
    let fields: Vec<&str> = line.rsplitn(3, ',').collect();
    format!("{},{}", fields[1], fields[0])
}

#[test]
fn tables_show_the_words_beside_the_rows() {
    let place = finished();
    let ran = place.run("table s.toml --against random").expect(0);
    assert_snapshot!(ran.stdout);
    let ran = place
        .run("table s.toml --against random --format markdown")
        .expect(0);
    assert_snapshot!(ran.stdout);
    let said = json(
        &place
            .run("table s.toml --against random --format json")
            .expect(0),
    );
    assert_eq!(
        said["experiments"][0]["rows"][2]["verdict"]["word"],
        "better"
    );
    let csv = place.run("table s.toml --against random --format csv");
    let ends: Vec<String> = csv.expect(0).stdout.lines().map(end).collect();
    assert_eq!(
        ends,
        ["verdict,against", ",", "worse,random", "better,random"]
    );
    let latex = place.run("table s.toml --against random --format latex");
    let latex = latex.expect(0).stdout;
    for part in [
        "    random & 7 &",
        "    majority$^{-}$ & 1 &",
        "    bow$^{+}$ & 1 &",
        "{\\footnotesize $^{+}$ better,",
    ] {
        assert!(latex.contains(part), "{part}:\n{latex}");
    }
    assert_eq!(place.run("table s.toml --against no").expect(2).stdout, "");
    // Rows without results have no word, and that is no error.
    let place = Workplace::new();
    place.write("s.toml", spec("s", "count = 2", CHEAP_ROWS));
    place.run("table s.toml --against random").expect(0);
}

#[test]
fn csv_has_the_figures_of_json() {
    let place = finished();
    let csv = place.run("table s.toml --format csv").expect(0).stdout;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let table = json(&place.run("table s.toml --format json").expect(0));
    let all = table["experiments"][0]["rows"].as_array().unwrap();
    for (row, of_json) in rows.iter().zip(all) {
        let alike = |name: &str, expected: &Value| {
            let place = headers.iter().position(|header| header == name).unwrap();
            match (row[place].parse::<f64>().ok(), expected.as_f64()) {
                (Some(got), Some(expected)) => (got - expected).abs() < 1e-12,
                (got, expected) => got == expected,
            }
        };
        for figure in [
            "accuracy",
            "macro_f1",
            "roc_auc",
            "average_precision",
            "calibration_error",
        ] {
            let of_json = &of_json[figure];
            for statistic in ["mean", "median", "sd", "min", "max", "iqm"] {
                let name = format!("{figure}_{statistic}");
                assert!(alike(&name, &of_json[statistic]), "{name}");
            }
            let low = format!("{figure}_mean_low");
            assert!(alike(&low, &of_json["interval"]["low"]), "{low}");
        }
        assert!(alike("f1_iqm", &of_json["f1"]["iqm"]));
        for (name, statistic, end) in [
            ("f1_mean_low", "mean", "low"),
            ("f1_median_high", "median", "high"),
            ("f1_iqm_high", "iqm", "high"),
        ] {
            assert!(
                alike(name, &of_json["f1"]["intervals"][statistic][end]),
                "{name}"
            );
        }
        let recall = &of_json["recall"]["intervals"]["mean"]["low"];
        assert!(alike("recall_mean_low", recall));
    }
    assert_eq!(rows.len(), 3);
}

#[test]
fn signatures_are_printed_and_explained() {
    let place = finished();
    let ran = place.run("table s.toml --signature").expect(0);
    let signature = |label: &str| {
        let line = ran
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{label}: ")));
        line.unwrap().to_owned()
    };
    assert_snapshot!(signature("random"), @"f1|n:7|mean|sd:ddof1|ci:t95|thr:0.5|vary:init|test:test.csv@8a96bc9960|prec:none|v:0.1.0");
    assert_snapshot!(signature("bow"), @"f1|n:1|single|sd:none|ci:none|thr:0.5|vary:none|test:test.csv@8a96bc9960|prec:none|v:0.1.0");
    let explained = |signature: &str| {
        let mut command = place.command("explain");
        place.ran(command.arg(signature))
    };
    assert_snapshot!(explained(&signature("random")).expect(0).stdout);
    for row in ["random", "majority", "bow"] {
        explained(&signature(row)).expect(0);
    }
    for (from, to) in [
        ("n:1|", "n:7|"),
        ("vary:none", "vary:banana"),
        ("prec:none", "prec:x"),
    ] {
        let wrong = signature("bow").replace(from, to);
        let refused = explained(&wrong).expect(2);
        assert!(
            refused.stderr.contains(to.trim_end_matches('|')),
            "{}",
            refused.stderr
        );
    }
    let refused = explained("f1|n:7").expect(2);
    assert_snapshot!(refused.stderr);
    assert!(!place.run("table s.toml").expect(0).stdout.contains("f1|"));
}
