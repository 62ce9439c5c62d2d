//! Sweeps that are refused.

use super::*;

#[test]
fn every_fault_of_a_sweep_is_told_at_once() {
    let sweep = r#"
[sweep]
gird = {}
[sweep.grid]
trials.train-sise = [4]
train-size = [4]
trials.train-size = [4,
    1, "x"]
trials.threads = []
trials.count = 5
row.bwo.method.bow.c = [1]
row.bow.method.probe.c = [1]
row.bow.label = ["a"]
name = ["a"]
trials.vary = ["init"]
[sweep.zip]
trials.train-size = [4, 6]
trials.seed = [1, 2]
[[sweep.exclude]]
trials.precision = "f32"
"#;
    let place = swept("", ROWS, sweep);
    assert_snapshot!(place.run("check s.toml").expect(4).stderr, @r#"
    error: 14 faults in the specs:
      `s.toml`, line 29, key `sweep.gird`: unknown key, did you mean `grid`?; allowed: `grid`, `zip`, `cases`, `exclude`
      `s.toml`, line 31, key `sweep.grid.trials.train-sise`: unknown key, did you mean `trials.train-size`?; allowed: `seed`, `count`, `vary`, `cross`, `train-size`, `shots`, `sampling`, `threads`, `precision`
      `s.toml`, line 34, key `sweep.grid.trials.train-size[2]`: got 1, must be an integer from 2 to 10000000
      `s.toml`, line 34, key `sweep.grid.trials.train-size[3]`: got the string "x", must be an integer from 2 to 10000000
      `s.toml`, line 35, key `sweep.grid.trials.threads`: got an empty list, must be a list of at least one value
      `s.toml`, line 36, key `sweep.grid.trials.count`: got 5, must be a list of values
      `s.toml`, line 41, key `sweep.grid.trials.vary[1]`: got the string "init", must be an array, each item one of `sample`, `init`, `order`, `dropout`
      `s.toml`, line 32, key `sweep.grid.train-size`: unknown key, did you mean `trials.train-size`?; allowed: `data`, `trials`, `row`
      `s.toml`, line 37, key `sweep.grid.row.bwo.method.bow.c`: unknown row `bwo`, did you mean `bow`?; known: `random`, `bow`, `mean`
      `s.toml`, line 38, key `sweep.grid.row.bow.method.probe.c`: the method of row `bow` is `bow`
      `s.toml`, line 39, key `sweep.grid.row.bow.label`: it changes no trial; only keys of `data`, `trials` and rows' methods can be swept
      `s.toml`, line 40, key `sweep.grid.name`: it changes no trial; only keys of `data`, `trials` and rows' methods can be swept
      `s.toml`, line 43, key `sweep.zip.trials.train-size`: `trials.train-size` is already used (in this sweep, line 33)
      `s.toml`, line 46, key `sweep.exclude[1].trials.precision`: unknown swept key `trials.precision`; known: `trials.train-size`, `trials.threads`, `trials.count`, `trials.vary`, `trials.seed`
    hint: `docs/spec.md` explains every key; nothing was run
    "#);
}

/// What `check` says of a sweep.
fn refused(sweep: &str) -> String {
    swept("count = 2", ROWS, sweep)
        .run("check s.toml")
        .expect(4)
        .stderr
}

#[test]
fn sweeps_that_sweep_nothing_are_refused() {
    assert_snapshot!(refused("[sweep]"), @"
    error: spec `s.toml`, line 27, key `sweep`: nothing is swept; add `grid`, `zip` or `cases`
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused("[sweep]\ngrid = {}\ncases = []"), @"
    error: 2 faults in the specs:
      `s.toml`, line 28, key `sweep.grid`: got an empty table, must be a table of at least one key with its values
      `s.toml`, line 29, key `sweep.cases`: got an empty list, must be a list of at least one table
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused("[sweep]\ngrid = { trials.seed = [] }"), @"
    error: spec `s.toml`, line 28, key `sweep.grid.trials.seed`: got an empty list, must be a list of at least one value
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused("[sweep]\ngrid = { trials.seed = [1, 2] }\nexclude = [{ trials.seed = 1 }, { trials.seed = 2 }]"), @"
    error: spec `s.toml`, line 27, key `sweep`: no point is left: `exclude` drops all 2
    hint: `docs/spec.md` explains every key; nothing was run
    ");
}

#[test]
fn zips_of_unequal_length_and_excludes_of_nothing_are_refused() {
    assert_snapshot!(refused("[sweep.zip]\ntrials.train-size = [4, 8]\ntrials.seed = [1, 2, 3]"), @"
    error: spec `s.toml`, line 27, key `sweep.zip`: the lists of a zip must have the same length: `trials.train-size` has 2, `trials.seed` has 3
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused("[sweep]\ngrid = { trials.seed = [1, 2] }\nexclude = [{ trials.seed = 3 }]"), @"
    error: spec `s.toml`, line 29, key `sweep.exclude[1]`: it matches no point; remove it, or use values that are swept
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused("[sweep]\ngrid = { trials.seed = [1, 2] }\ncases = [{ trials.seed = 3 }]"), @"
    error: spec `s.toml`, line 29, key `sweep.cases[1].trials.seed`: `trials.seed` is already used (in this sweep, line 28)
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused("[sweep]\ngrid = { \"row.bow.method\" = [{ bow = {} }, { majority = {} }], row.bow.method.bow.c = [1] }"), @"
    error: spec `s.toml`, line 28, key `sweep.grid.row.bow.method.bow.c`: it overlaps with `row.bow.method`, which is also swept
    hint: `docs/spec.md` explains every key; nothing was run
    ");
}

#[test]
fn values_that_a_key_refuses_are_told_where_the_sweep_has_them() {
    let place = Workplace::new();
    let rows = "[[row]]\nid = \"p\"\nmethod.probe = { encoder = \"all-MiniLM-L6-v2\" }\n[sweep.grid]\ndata.dataset = [\"tweets\", \"tweet\"]\nrow.p.method.probe.encoder = [\n\"all-MiniLM-L6-v2\",\n\"./none\"]";
    place.write(
        "s.toml",
        spec("s", "", rows).replace("train = \"train.csv\"\ntest = \"test.csv\"\n", ""),
    );
    assert_snapshot!(place.run("check s.toml").expect(4).stderr, @"
    error: 2 faults in the specs:
      `s.toml`, line 17, key `row.p.method.probe.encoder`: there is no folder `./none`; at the sweep's point `dataset=tweets,encoder=./none` and 1 more
      `s.toml`, line 14, key `data.dataset`: unknown dataset `tweet`, did you mean `tweets`?; known: `ag_news`, `amazon_counterfactual`, `banking77`, `cr`, `emotion`, `metoo`, `metoo-halves`, `movies`, `news`, `reviews`, `sst2`, `sst5`, `tweets`; at the sweep's point `dataset=tweet,encoder=all-MiniLM-L6-v2` and 1 more
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused("[sweep.grid]\ntrials.vary = [[\"init\"], [\"init\", \"sample\"]]"), @"
    error: spec `s.toml`, line 28, key `trials.vary`: `sample` can only vary where `trials.train-size` or `trials.shots` says how many texts to draw
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused("[sweep.grid]\nrow.mean.method.ensemble.size = [1, 2,\n3]"), @"
    error: 2 faults in the specs:
      `s.toml`, line 28, key `row.mean.method.ensemble.size`: got 2, must be at most 1, the number of trials of `bow`
      `s.toml`, line 29, key `row.mean.method.ensemble.size`: got 3, must be at most 1, the number of trials of `bow`
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_snapshot!(refused("[sweep.grid]\nrow.mean.method.ensemble.of = [\"bow\",\n\"bwo\"]"), @"
    error: spec `s.toml`, line 29, key `row.mean.method.ensemble.of`: unknown row `bwo`, did you mean `bow`?; known: `random`, `bow`, `mean`
    hint: `docs/spec.md` explains every key; nothing was run
    ");
}

#[test]
fn a_sweep_of_a_million_points_is_refused_unless_it_is_allowed() {
    let numbers = |most: usize| {
        (1..=most)
            .map(|number| number.to_string())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let sweep = format!(
        "[sweep.grid]\ntrials.seed = [{0}]\ntrials.count = [{0}]",
        numbers(1000)
    );
    let place = swept("", ROWS, &sweep);
    let started = std::time::Instant::now();
    assert_snapshot!(place.run("check s.toml").expect(4).stderr, @"
    error: spec `s.toml`, line 27, key `sweep`: 1000000 points, more than 10000; `--allow-points 1000000` allows them
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert!(started.elapsed().as_secs() < 5);
    let place = swept("", ROWS, "[sweep.grid]\ntrials.seed = [1, 2, 3]");
    assert_snapshot!(place.run("check s.toml --allow-points 2").expect(4).stderr, @"
    error: spec `s.toml`, line 27, key `sweep`: 3 points, more than 2; `--allow-points 3` allows them
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    place.run("check s.toml --allow-points 3").expect(0);
}
