//! What is left of commands that were killed, or that the machine refused something: the next one clears it away and goes on.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Workplace, entries, spec};

fn tiny() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert")
}

/// The entries of a folder that are temporary.
fn temporary(folder: &Path) -> Vec<PathBuf> {
    let is_temporary = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with(".fsl-exp-")
    };
    entries(folder).into_iter().filter(is_temporary).collect()
}

/// Starts a command, kills it when there is something temporary in `folder`, and asserts that this is left.
#[track_caller]
fn killed(mut command: Command, folder: &Path) {
    let mut child: Child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while temporary(folder).is_empty() {
        assert!(child.try_wait().unwrap().is_none(), "it ended");
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "nothing is written"
        );
        thread::sleep(Duration::from_millis(5));
    }
    // SIGKILL
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!temporary(folder).is_empty());
}

#[test]
fn an_output_that_was_never_finished_goes_with_the_next_one_in_its_folder() {
    let place = Workplace::new();
    fs::create_dir(place.join("out")).unwrap();
    let out = place.join("out");
    killed(
        place.command("preprocess - --text-column text -o out/a.csv"),
        &out,
    );
    // A command that writes elsewhere has no business there.
    let other = "preprocess test.csv --text-column text -o";
    place.run(&format!("{other} b.csv")).expect(0);
    assert!(!temporary(&out).is_empty());
    place.run(&format!("{other} out/b.csv")).expect(0);
    assert_eq!(entries(&out), [out.join("b.csv")]);
}

#[test]
fn what_is_being_written_stays() {
    let place = Workplace::new();
    fs::create_dir(place.join("out")).unwrap();
    let out = place.join("out");
    let mut child = place
        .command("preprocess - --text-column text -o out/a.csv")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while temporary(&out).is_empty() {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "nothing is written"
        );
        thread::sleep(Duration::from_millis(5));
    }
    place
        .run("preprocess test.csv --text-column text -o out/b.csv")
        .expect(0);
    assert_eq!(temporary(&out).len(), 1);
    let mut texts = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut texts, b"text\nhello\n").unwrap();
    drop(texts);
    assert!(child.wait().unwrap().success());
    assert!(temporary(&out).is_empty() && out.join("a.csv").exists());
}

#[test]
fn temporary_folders_of_killed_commands_go_with_the_next_command() {
    let place = Workplace::new();
    let temp = place.join("tmp");
    fs::create_dir(&temp).unwrap();
    fs::write(temp.join(".tmpAbCdEf"), "of another program").unwrap();
    let mut command = place
        .command("split - --text-column text --label-column label --rules none --test 4 -o halves");
    command.env("TMPDIR", &temp);
    killed(command, &temp);
    place
        .ran(place.command("schema").env("TMPDIR", &temp))
        .expect(0);
    assert_eq!(entries(&temp), [temp.join(".tmpAbCdEf")]);
}

#[test]
fn the_lock_of_a_killed_training_goes_with_the_next_one() {
    let place = Workplace::new();
    let out = place.join("out");
    let train = |name: &str, epochs: &str| {
        let encoder = tiny();
        let encoder = encoder.display();
        format!(
            "train train.csv --text-column text --label-column label --encoder {encoder} --max-tokens 32 --threads 1 --quiet \
             --epochs {epochs} -o out/{name}"
        )
    };
    killed(place.command(&train("a", "100000")), &out);
    place.run(&train("b", "1")).expect(0);
    assert_eq!(entries(&out), [out.join("b")]);
}

/// Weights that do not fit are the machine's fault: after space was made, the same command goes on. A limit on the size of files stands in
/// for a full disk: both are errors of `write`.
#[test]
fn a_trial_whose_model_could_not_be_written_is_not_held_against_it() {
    let place = Workplace::new();
    let encoder = tiny();
    let rows = format!(
        "[[row]]\nid = \"fsl\"\nkeep-weights = true\nmethod.finetune = {{ encoder = \"{}\", epochs = 1 }}\n",
        encoder.display()
    );
    place.write("s.toml", spec("s", "count = 2", &rows));
    let worker = place.script(
        "worker.sh",
        &format!("ulimit -f 8\nexec '{}' \"$@\"", crate::support::worker()),
    );
    let ran = place.ran(
        place
            .command("run s.toml --quiet")
            .env("FSL_EXP_WORKER", &worker),
    );
    let said = ran.expect(3).stderr;
    assert!(said.contains("File too large"), "{said}");
    let plan = place.run("plan s.toml").expect(0).stdout;
    assert!(
        plan.contains("2 to run, 0 to reuse, 0 failed before"),
        "{plan}"
    );
    place.run("run s.toml --quiet").expect(0);
    assert_eq!(place.stored_predictions("results").len(), 2);
    assert!(entries(&place.join("results/store/failed")).is_empty());
}
