//! Interrupted, killed, crashed and concurrent runs: nothing finished is lost, nothing is done twice.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use insta::assert_snapshot;

use crate::support::{CHEAP_ROWS, Workplace, entries, spec};

/// Six trials of a tiny encoder that take about a second each.
fn slow_spec() -> String {
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    let rows = format!(
        "[[row]]\nid = \"fsl\"\n[row.method.finetune]\nencoder = \"{}\"\nepochs = 150\nbatch-size = 4\n",
        tiny.display()
    );
    spec("slow", "count = 6", &rows)
}

fn start(place: &Workplace, arguments: &str) -> Child {
    let mut command = place.command(arguments);
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn signal(child: &Child, name: &str) {
    assert!(
        Command::new("kill")
            .args([name, &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
}

#[track_caller]
fn wait_until(what: &str, mut is: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is() {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "{what} did not happen within a minute"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_killed_run_goes_on_where_it_was() {
    let place = Workplace::new();
    place.write("s.toml", slow_spec());
    let undisturbed = place
        .run("run s.toml --results undisturbed --jobs 2 --quiet")
        .expect(0);

    let mut killed = start(&place, "run s.toml --jobs 2");
    wait_until("the first trial", || {
        !place.stored_predictions("results").is_empty()
    });
    signal(&killed, "-KILL");
    killed.wait().unwrap();
    // The workers notice that nobody listens, and give their claims up; only then may a trial be done again.
    let kept = place.stored_predictions("results").len();
    assert!(kept < 6, "the run was over before it was killed");

    let resumed = place.run("run s.toml --jobs 2").expect(0);
    assert_eq!(resumed.stdout, undisturbed.stdout);
    assert_eq!(
        place.stored_predictions("results"),
        place.stored_predictions("undisturbed")
    );
    assert!(entries(&place.join("results/store/staging")).is_empty());
    assert!(entries(&place.join("results/store/locks")).is_empty());
}

#[test]
fn ctrl_c_stops_cleanly_and_keeps_what_is_finished() {
    let place = Workplace::new();
    place.write("s.toml", slow_spec());
    let mut run = place.command("run s.toml --jobs 1");
    let run = run
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until("the first trial", || {
        !place.stored_predictions("results").is_empty()
    });
    signal(&run, "-INT");
    let output = run.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(
        stderr.lines().last().unwrap().starts_with("interrupted: "),
        "{stderr}"
    );
    assert!(output.stdout.is_empty());
    let kept = place.stored_predictions("results").len();
    assert!((1..6).contains(&kept), "{kept}");
    assert!(entries(&place.join("results/store/staging")).is_empty());
    place.run("run s.toml --quiet").expect(0);
    assert_eq!(place.stored_predictions("results").len(), 6);
}

/// `nohup` starts a program with the signal ignored; so does `trap '' HUP`.
#[test]
fn a_run_that_was_started_to_outlive_its_terminal_does() {
    let place = Workplace::new();
    place.write("s.toml", slow_spec());
    let run = place.command("run s.toml --jobs 2 --quiet");
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "trap '' HUP; exec \"$@\"", "sh"])
        .arg(run.get_program())
        .args(run.get_args())
        .current_dir(run.get_current_dir().unwrap())
        .stdout(Stdio::null());
    for (name, value) in run.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let mut run = shell.spawn().unwrap();
    wait_until("the first trial", || {
        !place.stored_predictions("results").is_empty()
    });
    signal(&run, "-HUP");
    assert_eq!(run.wait().unwrap().code(), Some(0));
    assert_eq!(place.stored_predictions("results").len(), 6);
}

#[test]
fn two_runs_share_the_work_and_do_no_trial_twice() {
    let place = Workplace::new();
    place.write("s.toml", slow_spec());
    let runs: Vec<Child> = (0..2)
        .map(|_| {
            let mut run = place.command("run s.toml --jobs 1");
            run.stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let outputs: Vec<_> = runs
        .into_iter()
        .map(|run| run.wait_with_output().unwrap())
        .collect();
    let done: Vec<usize> = outputs
        .iter()
        .map(|output| {
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{stderr}");
            stderr
                .lines()
                .filter(|line| line.contains(": F1 ") && line.ends_with(" s)"))
                .count()
        })
        .collect();
    assert_eq!(done.iter().sum::<usize>(), 6, "{done:?}");
    assert!(
        done.iter().all(|&count| count > 0),
        "one run did all the work: {done:?}"
    );
    assert_eq!(outputs[0].stdout, outputs[1].stdout);
}

/// A worker that dies on the rows whose request names a word, and otherwise is the real one.
fn deadly_worker(place: &Workplace, word: &str, death: &str) -> std::path::PathBuf {
    script(
        place,
        &format!(
            "if grep -q '{word}' \"$2/request.json\"; then echo 'last words' >&2; {death}; fi"
        ),
    )
}

#[test]
fn a_crash_costs_one_trial_and_is_told_with_its_log() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "count = 2", CHEAP_ROWS));
    let worker = deadly_worker(&place, "majority", "kill -9 $$");
    let crashed = place
        .command("run s.toml")
        .env("FSL_EXP_WORKER", &worker)
        .output()
        .unwrap();
    let stderr = String::from_utf8(crashed.stderr).unwrap();
    assert_eq!(crashed.status.code(), Some(3), "{stderr}");
    let told = stderr
        .lines()
        .find(|line| line.contains("failed: s/majority trial 1"))
        .unwrap();
    assert!(
        told.contains("its process was killed by signal: 9"),
        "{told}"
    );
    let log = told.split("(log: ").nth(1).unwrap().trim_end_matches(')');
    assert_eq!(place.read(log), "last words\n");
    assert_eq!(place.stored_predictions("results").len(), 3);

    // What a signal ended is no fault of the trial's: the same command tries it again.
    let plan = place.run("plan s.toml").expect(0).stdout;
    assert!(
        plan.contains("an earlier run did not finish it: its process was killed by signal: 9"),
        "{plan}"
    );
    assert!(plan.contains("1 to run, 3 to reuse, 0 failed"), "{plan}");
    place.run("run s.toml --quiet").expect(0);
    assert_eq!(place.stored_predictions("results").len(), 4);
    assert!(entries(&place.join("results/store/failed")).is_empty());
}

/// Within one run a trial that dies is not tried twice, or the run would never end.
#[test]
fn a_trial_that_dies_every_time_fails_once_in_every_run() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "count = 2", CHEAP_ROWS));
    let worker = deadly_worker(&place, "majority", "echo died >> deaths; kill -SEGV $$");
    for deaths in 1..=3 {
        let ran = place.ran(
            place
                .command("run s.toml --quiet")
                .env("FSL_EXP_WORKER", &worker),
        );
        let said = ran.expect(3).stderr;
        assert!(said.contains("was killed by signal: 11"), "{said}");
        assert_eq!(place.read("deaths").lines().count(), deaths);
    }
    let table = place.run("table s.toml").expect(0).stdout;
    assert!(table.contains("0 of 1, 1 failed"), "{table}");
}

#[test]
fn a_failure_that_an_earlier_program_stored_for_a_killed_process_is_tried_again() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "", CHEAP_ROWS));
    let plan: serde_json::Value =
        serde_json::from_str(&place.run("plan s.toml --json").expect(0).stdout).unwrap();
    for (kind, index) in [("crash", 0), ("error", 1)] {
        let key = plan["trials"][index]["key"].as_str().unwrap();
        place.write(
            &format!("results/store/failed/{key}/failure.json"),
            format!("{{\"kind\": \"{kind}\", \"message\": \"as it was\"}}"),
        );
    }
    let ran = place.run("run s.toml --quiet").expect(3);
    assert_eq!(place.stored_predictions("results").len(), 2);
    assert!(
        ran.stderr
            .contains("in an earlier run (`--retry-failed` runs it again): s/majority"),
        "{}",
        ran.stderr
    );
    place.run("run s.toml --quiet --retry-failed").expect(0);
}

#[test]
fn after_the_first_failure_fail_fast_starts_nothing_more() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "count = 2", CHEAP_ROWS));
    let worker = deadly_worker(&place, "bow", "exit 134");
    let output = place
        .command("run s.toml --jobs 1 --fail-fast")
        .env("FSL_EXP_WORKER", &worker)
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(
        stderr.contains("its process ended with exit code 134"),
        "{stderr}"
    );
    assert!(
        stderr.ends_with("3 trials were not started because of `--fail-fast`\n"),
        "{stderr}"
    );
    assert!(place.stored_predictions("results").is_empty());
}

#[test]
fn a_trial_s_own_error_is_kept_with_its_remedy() {
    let place = Workplace::new();
    let short = "text,label\na,0\nb,1\nc,0\nd,1\n";
    place.write("train.csv", short);
    place.write("s.toml", spec("s", "", CHEAP_ROWS));
    let ran = place.run("run s.toml --jobs 1").expect(3);
    assert_snapshot!(ran.stderr.lines().filter(|line| line.contains("bow") || line.contains("hint")).collect::<Vec<_>>().join("\n"), @"
    [1/3] failed: s/bow trial 1: no n-gram of 1 to 3 words to be found in at least 2 of 4 texts (log: results/store/failed/4241d4437c029aef1fd5b1256966d418/log.txt)
    failed: s/bow trial 1: no n-gram of 1 to 3 words to be found in at least 2 of 4 texts (log: results/store/failed/4241d4437c029aef1fd5b1256966d418/log.txt)
      hint: add texts, lower the number of texts an n-gram must be in, or keep stop words
    ");
}

/// A script in the place of the worker; `$2` is the trial's folder.
fn script(place: &Workplace, text: &str) -> std::path::PathBuf {
    let worker = crate::support::worker();
    place.script("script.sh", &format!("{text}\nexec '{worker}' \"$@\""))
}

#[test]
fn weights_that_change_after_the_plan_are_refused_and_the_trial_is_tried_again() {
    let place = Workplace::new();
    place.copy_encoder("bert", "encoder");
    let row = "[[row]]\nid = \"fsl\"\nmethod.finetune = { encoder = \"./encoder\", epochs = 1 }\n";
    place.write("s.toml", spec("s", "", row));
    let spoil = script(&place, "printf x >> encoder/model.safetensors");
    let output = place
        .command("run s.toml")
        .env("FSL_EXP_WORKER", &spoil)
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(
        stderr.contains("`./encoder` has changed since the trial was planned"),
        "{stderr}"
    );
    assert!(
        stderr.contains("hint: run the same command again"),
        "{stderr}"
    );
    assert!(place.stored_predictions("results").is_empty());

    place.write(
        "encoder/model.safetensors",
        fs::read(crate::support::tiny_encoder("bert").join("model.safetensors")).unwrap(),
    );
    place.run("run s.toml --quiet").expect(0);
}

#[test]
fn a_worker_that_cannot_be_started_is_not_remembered() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "", CHEAP_ROWS));
    let spec = place.join("s.toml");
    let output = place
        .command("run s.toml --quiet")
        .env("FSL_EXP_WORKER", spec)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("its process could not be started")
    );
    place.run("run s.toml --quiet").expect(0);
}

#[test]
fn two_runs_do_a_failing_trial_once() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "count = 4", CHEAP_ROWS));
    let worker = script(
        &place,
        "echo once >> tries; sleep 0.3; if grep -q random \"$2/request.json\"; then exit 134; fi",
    );
    let runs: Vec<Child> = (0..2)
        .map(|_| {
            let mut run = place.command("run s.toml --jobs 1 --quiet");
            run.env("FSL_EXP_WORKER", &worker)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut run in runs {
        assert_eq!(run.wait().unwrap().code(), Some(3));
    }
    assert_eq!(place.read("tries").lines().count(), 6);
}
