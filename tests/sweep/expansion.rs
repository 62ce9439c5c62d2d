//! Points of grids, zips, cases and exclusions, from files and from the command line.

use super::*;

#[test]
fn a_grid_is_every_combination() {
    assert_snapshot!(plan("[sweep.grid]\ntrials.train-size = [4, 8]\nrow.bow.method.bow.c = [0.5, 2]"), @"
    run     s/random trial 1                   [key]  no result is stored
    run     s/bow[train-size=4,c=0.5] trial 1  [key]  no result is stored
    run     s/bow[train-size=4,c=2] trial 1    [key]  no result is stored
    run     s/bow[train-size=8,c=0.5] trial 1  [key]  no result is stored
    run     s/bow[train-size=8,c=2] trial 1    [key]  no result is stored
    derive  s/mean[train-size=4,bow.c=0.5]     -           the mean of 1 trials
    derive  s/mean[train-size=4,bow.c=2]       -           the mean of 1 trials
    derive  s/mean[train-size=8,bow.c=0.5]     -           the mean of 1 trials
    derive  s/mean[train-size=8,bow.c=2]       -           the mean of 1 trials
    5 trials: 5 to run, 0 to reuse, 0 failed before; 0 rows blocked
    s: 4 points, 3 rows, 9 arms
    time: less than a minute; 5 estimated from file sizes
    ");
}

#[test]
fn a_zip_goes_step_by_step() {
    assert_snapshot!(plan("[sweep.zip]\n\"trials.train-size\" = [4, 8]\n\"row.bow.method.bow.c\" = [0.5, 2]"), @"
    run     s/random trial 1                   [key]  no result is stored
    run     s/bow[train-size=4,c=0.5] trial 1  [key]  no result is stored
    run     s/bow[train-size=8,c=2] trial 1    [key]  no result is stored
    derive  s/mean[train-size=4,bow.c=0.5]     -           the mean of 1 trials
    derive  s/mean[train-size=8,bow.c=2]       -           the mean of 1 trials
    3 trials: 3 to run, 0 to reuse, 0 failed before; 0 rows blocked
    s: 2 points, 3 rows, 5 arms
    time: less than a minute; 3 estimated from file sizes
    ");
}

#[test]
fn cases_are_points_written_out_and_an_empty_one_is_the_spec_itself() {
    assert_snapshot!(plan("[[sweep.cases]]\ntrials.train-size = 4\nrow.bow.method.bow.c = 2\n[[sweep.cases]]\ntrials.train-size = 8\n[[sweep.cases]]"), @"
    run     s/random trial 1                 [key]  no result is stored
    run     s/bow[train-size=4,c=2] trial 1  [key]  no result is stored
    run     s/bow[train-size=8,c=1] trial 1  [key]  no result is stored
    run     s/bow[c=1] trial 1               [key]  no result is stored
    derive  s/mean[train-size=4,bow.c=2]     -           the mean of 1 trials
    derive  s/mean[train-size=8,bow.c=1]     -           the mean of 1 trials
    derive  s/mean[bow.c=1]                  -           the mean of 1 trials
    4 trials: 4 to run, 0 to reuse, 0 failed before; 0 rows blocked
    s: 3 points, 3 rows, 7 arms
    time: less than a minute; 4 estimated from file sizes
    ");
}

#[test]
fn an_exclude_drops_what_has_all_its_values() {
    let sweep = "grid = { trials.train-size = [4, 6, 8], row.bow.method.bow.c = [0.5, 1] }\nexclude = [{ trials.train-size = 8, row.bow.method.bow.c = 1.0 }, { trials.train-size = 6 }]";
    assert_snapshot!(plan(&format!("[sweep]\n{sweep}")), @"
    run     s/random trial 1                   [key]  no result is stored
    run     s/bow[train-size=4,c=0.5] trial 1  [key]  no result is stored
    run     s/bow[train-size=4,c=1] trial 1    [key]  no result is stored
    run     s/bow[train-size=8,c=0.5] trial 1  [key]  no result is stored
    derive  s/mean[train-size=4,bow.c=0.5]     -           the mean of 1 trials
    derive  s/mean[train-size=4,bow.c=1]       -           the mean of 1 trials
    derive  s/mean[train-size=8,bow.c=0.5]     -           the mean of 1 trials
    4 trials: 4 to run, 0 to reuse, 0 failed before; 0 rows blocked
    s: 3 points, 3 rows, 7 arms
    time: less than a minute; 4 estimated from file sizes
    ");
}

#[test]
fn parts_of_a_sweep_multiply() {
    let sweep = "[sweep]\ncases = [{ trials.train-size = 4 }, { trials.train-size = 8 }]\nzip = { row.bow.method.bow.c = [0.5, 2], row.bow.method.bow.min-df = [1, 2] }\ngrid = { row.bow.method.bow.ngram-max = [1, 2] }\nexclude = [{ trials.train-size = 8, row.bow.method.bow.c = 2 }]";
    assert_snapshot!(plan(sweep), @"
    run     s/random trial 1                                             [key]  no result is stored
    run     s/bow[train-size=4,c=0.5,min-df=1,ngram-max=1] trial 1       [key]  no result is stored
    run     s/bow[train-size=4,c=0.5,min-df=1,ngram-max=2] trial 1       [key]  no result is stored
    run     s/bow[train-size=4,c=2,min-df=2,ngram-max=1] trial 1         [key]  no result is stored
    run     s/bow[train-size=4,c=2,min-df=2,ngram-max=2] trial 1         [key]  no result is stored
    run     s/bow[train-size=8,c=0.5,min-df=1,ngram-max=1] trial 1       [key]  no result is stored
    run     s/bow[train-size=8,c=0.5,min-df=1,ngram-max=2] trial 1       [key]  no result is stored
    derive  s/mean[train-size=4,bow.c=0.5,bow.min-df=1,bow.ngram-max=1]  -           the mean of 1 trials
    derive  s/mean[train-size=4,bow.c=0.5,bow.min-df=1,bow.ngram-max=2]  -           the mean of 1 trials
    derive  s/mean[train-size=4,bow.c=2,bow.min-df=2,bow.ngram-max=1]    -           the mean of 1 trials
    derive  s/mean[train-size=4,bow.c=2,bow.min-df=2,bow.ngram-max=2]    -           the mean of 1 trials
    derive  s/mean[train-size=8,bow.c=0.5,bow.min-df=1,bow.ngram-max=1]  -           the mean of 1 trials
    derive  s/mean[train-size=8,bow.c=0.5,bow.min-df=1,bow.ngram-max=2]  -           the mean of 1 trials
    7 trials: 7 to run, 0 to reuse, 0 failed before; 0 rows blocked
    s: 6 points, 3 rows, 13 arms
    time: less than a minute; 7 estimated from file sizes
    ");
}

#[test]
fn several_sweeps_add_up_and_share_their_points() {
    let sweep = "[[sweep]]\ngrid = { trials.train-size = [4, 8] }\n[[sweep]]\ngrid = { row.bow.method.bow.c = [1, 2], trials.train-size = [8] }\n";
    assert_snapshot!(plan(sweep), @"
    run     s/random trial 1                 [key]  no result is stored
    run     s/bow[train-size=4,c=1] trial 1  [key]  no result is stored
    run     s/bow[train-size=8,c=1] trial 1  [key]  no result is stored
    run     s/bow[train-size=8,c=2] trial 1  [key]  no result is stored
    derive  s/mean[train-size=4,bow.c=1]     -           the mean of 1 trials
    derive  s/mean[train-size=8,bow.c=1]     -           the mean of 1 trials
    derive  s/mean[train-size=8,bow.c=2]     -           the mean of 1 trials
    4 trials: 4 to run, 0 to reuse, 0 failed before; 0 rows blocked
    s: 3 points, 3 rows, 7 arms
    time: less than a minute; 4 estimated from file sizes
    ");
}

#[test]
fn lists_on_the_command_line_sweep_where_the_key_takes_one_value() {
    let place = swept("count = 2\ntrain-size = 8", ROWS, "");
    let mut command = place.command("plan s.toml --set trials.train-size=[4,6]");
    command.args(["--set", "trials.vary=[[\"init\"], [\"init\", \"sample\"]]"]);
    let ran = place.ran(&mut command).expect(0);
    assert_snapshot!(without_keys(&ran.stdout), @"
    run     s/random[vary=init] trial 1                   [key]  no result is stored
    run     s/random[vary=init] trial 2                   [key]  no result is stored
    reuse   s/random[vary=init+sample] trial 1            [key]  the same as s/random[vary=init] trial 1
    reuse   s/random[vary=init+sample] trial 2            [key]  the same as s/random[vary=init] trial 2
    run     s/bow[train-size=4,vary=init] trial 1         [key]  no result is stored
    reuse   s/bow[train-size=4,vary=init+sample] trial 1  [key]  the same as s/bow[train-size=4,vary=init] trial 1
    run     s/bow[train-size=4,vary=init+sample] trial 2  [key]  no result is stored
    run     s/bow[train-size=6,vary=init] trial 1         [key]  no result is stored
    reuse   s/bow[train-size=6,vary=init+sample] trial 1  [key]  the same as s/bow[train-size=6,vary=init] trial 1
    run     s/bow[train-size=6,vary=init+sample] trial 2  [key]  no result is stored
    derive  s/mean[train-size=4,vary=init]                -           the mean of 1 trials
    derive  s/mean[train-size=4,vary=init+sample]         -           the mean of 2 trials
    derive  s/mean[train-size=6,vary=init]                -           the mean of 1 trials
    derive  s/mean[train-size=6,vary=init+sample]         -           the mean of 2 trials
    6 trials: 6 to run, 0 to reuse, 0 failed before; 0 rows blocked
    s: 4 points, 3 rows, 10 arms
    time: less than a minute; 6 estimated from file sizes
    ");
    // Where the key takes a list, a list is its value.
    let mut command = place.command("plan s.toml");
    command.args(["--set", "trials.vary=[\"sample\"]"]);
    assert_snapshot!(without_keys(&place.ran(&mut command).expect(0).stdout), @"
    run     s/random trial 1  [key]  no result is stored
    run     s/bow trial 1     [key]  no result is stored
    run     s/bow trial 2     [key]  no result is stored
    derive  s/mean            -           the mean of 2 trials
    3 trials: 3 to run, 0 to reuse, 0 failed before; 0 rows blocked
    time: less than a minute; 3 estimated from file sizes
    ");
}

#[test]
fn the_command_line_takes_the_place_of_what_the_file_sweeps() {
    let sweep = "[sweep]\nzip = { trials.train-size = [4, 8], row.bow.method.bow.c = [0.5, 2] }\nexclude = [{ trials.train-size = 8 }]";
    let place = swept("", ROWS, sweep);
    let rows = |arguments: &str| {
        let found = trials(&place, &format!("s.toml {arguments}"));
        found
            .keys()
            .filter(|name| name.contains("bow"))
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_snapshot!(rows("--set trials.train-size=6"), @"
    s/bow[train-size=6,c=0.5] 0
    s/bow[train-size=6,c=2] 0
    s/mean[train-size=6,bow.c=0.5] null
    s/mean[train-size=6,bow.c=2] null
    ");
    assert_snapshot!(rows("--set trials.train-size=[6,10]"), @"
    s/bow[train-size=10,c=0.5] 0
    s/bow[train-size=10,c=2] 0
    s/bow[train-size=6,c=0.5] 0
    s/bow[train-size=6,c=2] 0
    s/mean[train-size=10,bow.c=0.5] null
    s/mean[train-size=10,bow.c=2] null
    s/mean[train-size=6,bow.c=0.5] null
    s/mean[train-size=6,bow.c=2] null
    ");
    // A row that the sweep does not touch stays the same trial, whichever point is asked for.
    let random =
        |arguments: &str| trials(&place, &format!("s.toml {arguments}"))["s/random 0"].clone();
    assert_eq!(random("--set trials.train-size=6"), random(""));
}
