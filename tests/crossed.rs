//! Crossed designs of random streams: what is refused, which trials there are, whose records they share, and their components.

use std::collections::BTreeMap;
use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{CHEAP_ROWS, Ran, Workplace, spec, without_keys};

/// Two samples with three first weights each.
const CROSS: &str = "train-size = 8\ncross = { sample = 2, init = 3 }";

/// A bag of words, and an encoder so small that a trial takes a moment.
fn rows() -> String {
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    format!(
        "[[row]]\nid = \"bow\"\nmethod.bow = {{}}\n[[row]]\nid = \"fsl\"\n[row.method.finetune]\nencoder = \"{}\"\nepochs = 3\nbatch-size = 4\nlearning-rate = 0.01\n",
        tiny.display()
    )
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap()
}

/// The keys of planned trials by row and number, from 0.
fn keys(place: &Workplace, specs: &str) -> BTreeMap<String, String> {
    let plan = json(&place.run(&format!("plan --json {specs}")).expect(0));
    let trials = plan["trials"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    trials
        .map(|trial| {
            let name = format!("{} {}", text(&trial["row"]), trial["trial"]);
            (name, text(&trial["key"]))
        })
        .collect()
}

/// The first line of what `check` says of these trials.
fn refused(trials: &str, rows: &str, set: &str) -> String {
    let place = Workplace::new();
    place.write("s.toml", spec("s", trials, rows));
    let mut command = place.command("check s.toml");
    if !set.is_empty() {
        command.args(["--set", set]);
    }
    let ran = place.ran(&mut command).expect(4);
    ran.stderr.lines().next().unwrap().to_owned()
}

#[test]
fn faults_of_a_design_have_line_and_key() {
    let of = |trials: &str| refused(trials, CHEAP_ROWS, "");
    assert_snapshot!(of("count = 5\ntrain-size = 8\ncross = { sample = 2, init = 3 }"), @"error: spec `s.toml`, line 10, key `trials.count`: got 5, must be 6, the product of the levels in `trials.cross`, or left out");
    assert_snapshot!(refused(CROSS, CHEAP_ROWS, "trials.count=9"), @"error: spec `s.toml`, `--set trials.count=9`, key `trials.count`: got 9, must be 6, the product of the levels in `trials.cross`, or left out");
    let own = CHEAP_ROWS.replace("id = \"bow\"", "id = \"bow\"\ntrials = 3");
    assert_snapshot!(refused(CROSS, &own, ""), @"error: spec `s.toml`, line 24, key `row.bow.trials`: got 3, must be 6, the product of the levels in `trials.cross`, or left out");
    assert_snapshot!(of("cross = {}"), @"error: spec `s.toml`, line 10, key `trials.cross`: got an empty table, must be a table of streams with their levels, such as `{ sample = 5, init = 5 }`");
    assert_snapshot!(of("cross = { init = 1, order = 3 }"), @"error: spec `s.toml`, line 10, key `trials.cross.init`: got 1, must be an integer from 2 to 1000");
    assert_snapshot!(of("cross = { shuffle = 2 }"), @"error: spec `s.toml`, line 10, key `trials.cross.shuffle`: unknown key; allowed: `sample`, `init`, `order`, `dropout`");
    assert_snapshot!(of("cross = { init = 1000, order = 1000 }"), @"error: spec `s.toml`, line 10, key `trials.cross`: got levels whose product is above 10000, must be levels that make at most 10000 trials");
    assert_snapshot!(of("\n[trials.cross]\ninit = 2\nsample = 2"), @"error: spec `s.toml`, line 13, key `trials.cross.sample`: `sample` can only be crossed where `trials.train-size` or `trials.shots` says how many texts to draw");
}

#[test]
fn rows_run_each_different_trial_once() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", CROSS, CHEAP_ROWS));
    assert_snapshot!(without_keys(&place.run("plan s.toml").expect(0).stdout), @"
    run     s/random trial 1    [key]  no result is stored
    run     s/random trial 2    [key]  no result is stored
    run     s/random trial 3    [key]  no result is stored
    run     s/majority trial 1  [key]  no result is stored
    run     s/majority trial 2  [key]  no result is stored
    run     s/bow trial 1       [key]  no result is stored
    run     s/bow trial 2       [key]  no result is stored
    7 trials: 7 to run, 0 to reuse, 0 failed before; 0 rows blocked
    time: less than a minute; 7 estimated from file sizes
    ");
    // A number that agrees may stand beside the levels.
    place
        .run("check s.toml --set trials.count=6 --set trials.cross.order=2 --set trials.count=12")
        .expect(0);
}

#[test]
fn trials_are_those_of_ordinary_specs_where_their_seeds_agree() {
    let place = Workplace::new();
    let ordinary = "count = 3\ntrain-size = 8\nvary = [\"sample\", \"init\"]";
    place.write("o.toml", spec("o", ordinary, &rows()));
    let crossed = "train-size = 8\ncross = { sample = 3, init = 3 }";
    place.write("c.toml", spec("c", crossed, &rows()));
    let all = crossed.to_owned() + "\nvary = [\"order\", \"dropout\"]";
    place.write("a.toml", spec("a", &all, &rows()));
    let keys = keys(&place, "o.toml c.toml a.toml");
    assert_eq!(keys.len(), (3 + 3) + (3 + 9) + (3 + 9));
    for number in 0..3 {
        let bow = &keys[&format!("o/bow {number}")];
        assert_eq!(bow, &keys[&format!("c/bow {number}")]);
        assert_eq!(bow, &keys[&format!("a/bow {number}")]);
        // Of three levels each, both streams have the same one in trials 0, 4 and 8.
        let fsl = &keys[&format!("o/fsl {number}")];
        assert_eq!(fsl, &keys[&format!("c/fsl {}", 4 * number)]);
    }
    assert_eq!(keys["c/fsl 0"], keys["a/fsl 0"]);
    assert_ne!(keys["c/fsl 1"], keys["a/fsl 1"]);
    // What is stored of the one is reused by the other.
    place.run("run o.toml --quiet").expect(0);
    let plan = place.run("plan c.toml").expect(0).stdout;
    assert!(plan.contains("12 trials: 6 to run, 6 to reuse,"), "{plan}");
}

#[test]
fn designs_can_be_swept() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "", CHEAP_ROWS));
    let keys = keys(&place, "s.toml --set trials.cross=[{init=2},{init=3}]");
    let random: Vec<&String> = keys.keys().filter(|name| name.contains("random")).collect();
    assert_eq!(
        random,
        [
            "s/random[cross=init:2] 0",
            "s/random[cross=init:2] 1",
            "s/random[cross=init:3] 0",
            "s/random[cross=init:3] 1",
            "s/random[cross=init:3] 2",
        ]
    );
    assert_eq!(
        keys["s/random[cross=init:2] 1"],
        keys["s/random[cross=init:3] 1"]
    );
    assert!(keys.contains_key("s/bow 0"));
}

/// One spec is enough for the components: both streams, and what varies besides them.
#[test]
fn a_crossed_spec_has_components() {
    let place = Workplace::new();
    let trials = CROSS.to_owned() + "\nvary = [\"order\", \"dropout\"]";
    place.write("s.toml", spec("s", &trials, &rows()));
    place.run("run s.toml --quiet").expect(0);
    let said = json(&place.run("variance s.toml --format json").expect(0));
    let [bow, fsl] = &said["spreads"].as_array().unwrap()[..] else {
        panic!("two methods: {said}")
    };
    assert_eq!(
        bow["problem"],
        "only sample varies, so that the whole spread is due to it"
    );
    assert_eq!((&bow["trials"], &fsl["trials"]), (&2.into(), &6.into()));
    let factors: Vec<(&str, u64)> = fsl["factors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["factor"].as_str().unwrap(),
                one["levels"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(factors, [("sample", 2), ("init", 3)]);
    assert_eq!(fsl["residual"]["factors"][0], "order+dropout");
    assert_eq!(fsl["residual"]["degrees"], 2.0);
    let text = place.run("variance s.toml").expect(0).stdout;
    assert!(text.contains("order+dropout and the rest"), "{text}");

    let caption = place.run("table s.toml --format markdown").expect(0).stdout;
    for part in [
        "n = up to 6 trials per row;",
        "; varied: order, dropout; crossed: sample × init (2 × 3); 8 training texts, ",
    ] {
        assert!(caption.contains(part), "{part}: {caption}");
    }
    let signed = place.run("table s.toml --signature").expect(0).stdout;
    for part in [
        "|n:2|mean|sd:ddof1|ci:t95|thr:0.5|vary:sample(2)|",
        "|n:6|mean|sd:ddof1|ci:t95|thr:0.5|vary:sample(2)+init(3)+order+dropout|",
    ] {
        assert!(signed.contains(part), "{part}: {signed}");
    }
    let compared = json(&place.run("compare s.toml --format json").expect(0));
    let pairing = compared["comparisons"][0]["pairing"].as_str().unwrap();
    assert!(
        pairing.ends_with("so the seed noise is underestimated"),
        "{pairing}"
    );
}
