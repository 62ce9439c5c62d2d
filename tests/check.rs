//! The answers of `check`, `plan` and `schema`.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;

use crate::support::{CHEAP_ROWS, Workplace, spec, without_keys};

#[test]
fn every_fault_is_told_at_once_with_line_key_and_remedy() {
    let place = Workplace::new();
    place.write(
        "bad.toml",
        r#"name = "not a name"
titel = "typo"

[data]
dataset = "tweet"
max-tokens = 2

[trials]
count = "five"
vary = ["init", "shuffle"]
train-size = 1

[[row]]
id = "a"
method.bow = { min_df = 2 }

[[row]]
id = "a"
method.finetune = { encoder = "all-MiniLM", epochs = 0, learning-rate = 2 }

[[row]]
id = "b"
method = {}

[table]
ddof = 2
center = "average"
"#,
    );
    let ran = place.run("check bad.toml").expect(4);
    assert_snapshot!(ran.stderr, @r#"
    error: 13 faults in the specs:
      `bad.toml`, line 1, key `name`: got the string "not a name", must be a string of letters, digits, `_` and `-` that begins with a letter or a digit
      `bad.toml`, line 2, key `titel`: unknown key, did you mean `title`?; allowed: `name`, `title`, `data`, `trials`, `row`, `table`, `sweep`
      `bad.toml`, line 6, key `data.max-tokens`: got 2, must be an integer from 3 to 512
      `bad.toml`, line 9, key `trials.count`: got the string "five", must be an integer from 1 to 10000
      `bad.toml`, line 10, key `trials.vary[2]`: got the string "shuffle", must be one of `sample`, `init`, `order`, `dropout`
      `bad.toml`, line 11, key `trials.train-size`: got 1, must be an integer from 2 to 10000000
      `bad.toml`, line 8, key `trials.seed`: missing; required (an integer of at least 0)
      `bad.toml`, line 15, key `row.a.method.bow.min_df`: unknown key, did you mean `min-df`?; allowed: `ngram-max`, `min-df`, `stop-words`, `c`, `balanced`, `teacher`, `fit`, `alpha`, `labelled`, `transfer-size`
      `bad.toml`, line 19, key `row.a.method.finetune.epochs`: got 0, must be an integer from 1 to 10000
      `bad.toml`, line 19, key `row.a.method.finetune.learning-rate`: got 2, must be a number from 1e-12 to 1
      `bad.toml`, line 23, key `row.b.method`: got none, must be exactly one of `random`, `majority`, `bow`, `naive-bayes`, `probe`, `auto`, `centroid`, `cross-view`, `label-propagation`, `self-training`, `contrastive`, `finetune`, `ensemble`, `distill`, `predictions`, `mixture`, `calibrate`, `select`
      `bad.toml`, line 26, key `table.ddof`: got 2, must be an integer from 0 to 1
      `bad.toml`, line 27, key `table.center`: got the string "average", must be one of `mean`, `median`
    hint: `docs/spec.md` explains every key; nothing was run
    "#);
    assert_eq!(ran.stdout, "");
}

#[test]
fn the_second_pass_tells_all_its_faults_too() {
    let place = Workplace::new();
    place.write(
        "bad.toml",
        r#"name = "bad"

[data]
train = "train.csv"
test = "missing.csv"

[trials]
seed = 1
vary = ["init", "init", "sample"]

[[row]]
id = "a"
method.majority = {}

[[row]]
id = "a"
method.finetune = { encoder = "all-minilm-l6-v2" }

[[row]]
id = "c"
method.probe = { encoder = "models/none" }
"#,
    );
    place.write(
        "both.toml",
        spec("bad", "", CHEAP_ROWS).replace("train = \"train.csv\"\n", "dataset = \"tweets\"\n"),
    );
    let ran = place.run("check bad.toml both.toml").expect(4);
    assert_snapshot!(ran.stderr, @"
    error: 7 faults in the specs:
      `bad.toml`, line 5, key `data.test`: there is no file `missing.csv`
      `bad.toml`, line 9, key `trials.vary[2]`: `init` is already used (earlier in the list)
      `bad.toml`, line 9, key `trials.vary`: `sample` can only vary where `trials.train-size` or `trials.shots` says how many texts to draw
      `bad.toml`, line 16, key `row[2].id`: `a` is already used (line 12)
      `bad.toml`, line 17, key `row.a.method.finetune.encoder`: unknown encoder `all-minilm-l6-v2`, did you mean `all-MiniLM-L6-v2`?; known: `ModernBERT-base`, `albert-base-v2`, `all-MiniLM-L6-v2`, `all-mpnet-base-v2`, `bert-base-uncased`, `bge-small-en-v1.5`, `distilbert-base-uncased`, `distilroberta-base`, `electra-small-discriminator`, `gte-small`, `multilingual-e5-small`, `paraphrase-mpnet-base-v2`, `potion-base-32M`, `potion-base-8M`, `potion-retrieval-32M`, `roberta-base`, `snowflake-arctic-embed-s`, `xlm-roberta-base`, `xtremedistil-l12-h384-uncased`, `xtremedistil-l6-h256-uncased`, `xtremedistil-l6-h384-uncased`
      `bad.toml`, line 21, key `row.c.method.probe.encoder`: there is no folder `models/none`; a repository of the hub is written `hf:models/none`
      `both.toml`, line 3, key `data`: give either `dataset`, or both `train` and `test`; `transfer` is a file beside these two, or `train`
    hint: `docs/spec.md` explains every key; nothing was run
    ");
}

#[test]
fn syntax_errors_have_their_line() {
    let place = Workplace::new();
    place.write("bad.toml", "name = \"a\"\n[data\ndataset = 'tweets\n");
    assert_snapshot!(place.run("check bad.toml").expect(4).stderr, @"
    error: spec `bad.toml`, line 2: not valid TOML: unclosed table, expected `]`
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    place.write("latin.toml", b"name = \"a\"\n# caf\xe9\n");
    assert_snapshot!(place.run("check latin.toml").expect(4).stderr, @"
    error: spec `latin.toml`, line 2: not valid TOML: a byte that is not UTF-8; save the file as UTF-8
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(place.run("check nowhere.toml").expect(4).stderr, @"
    error: spec `nowhere.toml`: No such file or directory (os error 2)
    hint: give the path of a spec such as `experiments/quickstart.toml`
    ");
}

#[test]
fn two_specs_may_not_share_a_name() {
    let place = Workplace::new();
    place.write("one.toml", spec("same", "", CHEAP_ROWS));
    place.write("two.toml", spec("same", "", CHEAP_ROWS));
    assert_snapshot!(place.run("check one.toml two.toml").expect(4).stderr, @"
    error: spec `two.toml`, line 1, key `name`: `same` is already used (in `one.toml`)
    hint: `docs/spec.md` explains every key; nothing was run
    ");
}

#[test]
fn keys_are_set_from_the_command_line_and_checked_like_the_rest() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "count = 3", CHEAP_ROWS));
    let plan = |arguments: &str| {
        place
            .run(&format!("plan s.toml {arguments}"))
            .expect(0)
            .stdout
    };
    assert!(
        plan("").contains("\n5 trials: 5 to run, 0 to reuse, 0 failed before; 0 rows blocked\n")
    );
    assert!(
        plan("--set trials.count=1")
            .contains("\n3 trials: 3 to run, 0 to reuse, 0 failed before; 0 rows blocked\n")
    );
    for (set, code) in [
        ("trials.cuont=4", 4),
        ("trials.count=0", 4),
        ("row.bow.method.bow.min-df=0", 4),
        ("row.none.label=x", 4),
        ("name.x=1", 4),
        ("count", 4),
    ] {
        let ran = place.run(&format!("plan s.toml --set {set}")).expect(code);
        assert!(
            ran.stderr.contains(&format!("--set {set}")),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn a_row_s_key_is_set_where_the_row_is() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "", CHEAP_ROWS));
    place.write(
        "t.toml",
        spec("t", "", "[[row]]\nid = \"coins\"\nmethod.random = {}"),
    );
    let keys = |arguments: &str| {
        let plan = place.run(&format!("plan s.toml t.toml --json {arguments}"));
        let plan: serde_json::Value = serde_json::from_str(&plan.expect(0).stdout).unwrap();
        let trials = plan["trials"].as_array().unwrap();
        let key = |trial: &serde_json::Value| trial["key"].as_str().unwrap().to_owned();
        trials.iter().map(key).collect::<Vec<_>>()
    };
    let (before, after) = (keys(""), keys("--set row.coins.method.random.draws=7"));
    let changed = |index: &usize| before[*index] != after[*index];
    assert_eq!((0..4).filter(changed).collect::<Vec<_>>(), [3]);
    let ran = place.run("plan s.toml t.toml --set row.coin.label=x");
    assert_snapshot!(ran.expect(4).stderr, @"
    error: `--set row.coin.label=x`: no spec has a row `coin`, did you mean `coins`?; known: `bow`, `coins`, `majority`, `random`
    hint: write the id of a row after `row.`
    ");
}

#[test]
fn published_cells_that_make_no_sense() {
    let place = Workplace::new();
    let rows = r#"
[[row]]
id = "a"
method.bow = {}
published = { f1 = 64.41, f1-sd = 4.65, recall-sd = 1.0, n = 1 }

[[row]]
id = "b"
method.bow = {}
published = { n = 15 }
"#;
    place.write("s.toml", spec("s", "", rows));
    assert_snapshot!(place.run("check s.toml").expect(4).stderr, @"
    error: 3 faults in the specs:
      `s.toml`, line 16, key `row.a.published.f1-sd`: a single run has no spread
      `s.toml`, line 16, key `row.a.published.recall-sd`: a spread without its value
      `s.toml`, line 21, key `row.b.published`: give at least one of `f1`, `precision`, `recall`, `accuracy` and `mcc`
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    place.write(
        "s.toml",
        spec(
            "s",
            "",
            &rows
                .replace("n = 1 }", "f2 = 3, ddof = 2 }")
                .replace("64.41", "0x101"),
        ),
    );
    assert_snapshot!(place.run("check s.toml").expect(4).stderr, @"
    error: 4 faults in the specs:
      `s.toml`, line 16, key `row.a.published.f1`: got 257, must be a number from 0 to 100
      `s.toml`, line 16, key `row.a.published.f2`: unknown key, did you mean `f1`?; allowed: `f1`, `f1-sd`, `precision`, `precision-sd`, `recall`, `recall-sd`, `accuracy`, `accuracy-sd`, `mcc`, `mcc-sd`, `n`, `center`, `ddof`
      `s.toml`, line 16, key `row.a.published.ddof`: got 2, must be an integer from 0 to 1
      `s.toml`, line 16, key `row.a.published.n`: missing; required (an integer from 1 to 1000000)
    hint: `docs/spec.md` explains every key; nothing was run
    ");
}

#[test]
fn published_cells_of_arms_that_are_not_there() {
    let place = Workplace::new();
    let rows = r#"
[[row]]
id = "a"
method.bow = {}
published = { f1 = 50.0, n = 1 }
published-at = [
    { arm = "train-size=4", cells = { f1 = 50.0, n = 1 } },
    { arm = "train-size=8", cells = { f1 = 50.0, n = 1 } },
    { arm = "train-size=9", cells = { f1 = 50.0, n = 1 } },
    { arm = "train-size=8", cells = { f1-sd = 5.0, n = 3 } },
]

[sweep]
grid = { trials.train-size = [4, 8] }
"#;
    place.write("s.toml", spec("s", "train-size = 4", rows));
    assert_snapshot!(place.run("check s.toml").expect(4).stderr, @"
    error: 5 faults in the specs:
      `s.toml`, line 20, key `row.a.published-at[3].arm`: unknown arm `train-size=9`, did you mean `train-size=4`?; known: `train-size=4`, `train-size=8`
      `s.toml`, line 18, key `row.a.published-at[1].arm`: `train-size=4` has published cells already
      `s.toml`, line 21, key `row.a.published-at[4].cells.f1-sd`: a spread without its value
      `s.toml`, line 21, key `row.a.published-at[4].cells`: give at least one of `f1`, `precision`, `recall`, `accuracy` and `mcc`
      `s.toml`, line 21, key `row.a.published-at[4].arm`: `train-size=8` has published cells already
    hint: `docs/spec.md` explains every key; nothing was run
    ");
}

/// Witness: pandas 2, `pandas.read_csv` of a column with these names.
#[test]
fn names_that_pandas_takes_for_missing_values_are_refused() {
    let place = Workplace::new();
    for name in ["NA", "NULL", "NaN", "None", "nan", "null"] {
        let rows = format!("[[row]]\nid = \"{name}\"\nmethod.bow = {{}}\n");
        place.write("s.toml", spec("s", "", &rows));
        let said = place.run("check s.toml").expect(4).stderr;
        let fault = format!("key `row.{name}.id`: pandas reads `{name}` as a missing value");
        assert!(said.contains(&fault), "{said}");
        place.write("s.toml", spec(name, "", &rows.replace(name, "na")));
        let said = place.run("check s.toml").expect(4).stderr;
        assert!(
            said.contains(&format!("key `name`: pandas reads `{name}`")),
            "{said}"
        );
    }
}

#[test]
fn the_plan_says_what_would_run_and_why() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "count = 2", CHEAP_ROWS));
    place.write("t.toml", spec("t", "", "[[row]]\nid = \"fsl\"\n[row.method.finetune]\nencoder = \"distilbert-base-uncased\"\n[[row]]\nid = \"bow\"\nmethod.bow = {}"));
    place
        .run("run s.toml --set trials.count=1 --quiet")
        .expect(0);
    let plan = place.run("plan s.toml t.toml").expect(0).stdout;
    assert_snapshot!(without_keys(&plan), @"
    reuse   s/random trial 1    [key]  its result is stored
    run     s/random trial 2    [key]  no result is stored
    reuse   s/majority trial 1  [key]  its result is stored
    reuse   s/bow trial 1       [key]  its result is stored
    run     t/fsl trial 1       [key]  no result is stored; its data or encoder is fetched first
    reuse   t/bow trial 1       [key]  its result is stored
    5 trials: 2 to run, 3 to reuse, 0 failed before; 0 rows blocked
    time: less than a minute; 1 from stored trials of their row, 1 not counted (not fetched yet)
    ");
    let json: serde_json::Value =
        serde_json::from_str(&place.run("plan s.toml t.toml --json").expect(0).stdout).unwrap();
    let states: Vec<&str> = json["trials"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["reuse", "run", "reuse", "reuse", "run", "reuse"]);
}

/// Editors read the committed file; it must be what the program says.
#[test]
fn the_committed_schema_is_the_program_s() {
    let place = Workplace::new();
    let schema = place.run("schema").expect(0).stdout;
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/spec.schema.json");
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(&committed, &schema).unwrap();
    }
    assert_eq!(
        fs::read_to_string(committed).unwrap(),
        schema,
        "UPDATE_SCHEMA=1 cargo test writes it anew"
    );
}

#[test]
fn every_shipped_experiment_is_valid_and_starts_with_its_schema() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
    let place = Workplace::new();
    for path in crate::support::entries(&folder) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("#:schema ../docs/spec.schema.json\n"),
            "{}",
            path.display()
        );
        place.run(&format!("check {}", path.display())).expect(0);
    }
}

/// The spec that the README explains is one that works.
#[test]
fn the_spec_in_the_readme_is_valid() {
    let place = Workplace::new();
    let words = |file: String| file.replace(",0\n", ",ham\n").replace(",1\n", ",spam\n");
    place.write("labelled.csv", words(crate::support::labelled(100)));
    place.write("held_out.csv", words(crate::support::labelled(10)));
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let spec = readme
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    place.write("mine.toml", spec);
    let ran = place.run("check mine.toml").expect(0);
    assert_eq!(
        ran.stdout,
        "mine.toml: ok, `mine`, 3 rows, 6 trials; 2 classes (ham, spam)\n"
    );
}
