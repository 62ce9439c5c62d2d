//! Trials as forks of one worker that has loaded libtorch (Linux).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::support::{Workplace, entries, spec};

fn row(epochs: usize) -> String {
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    format!(
        "[[row]]\nid = \"fsl\"\n[row.method.finetune]\nencoder = \"{}\"\nepochs = {epochs}\nbatch-size = 4\nlearning-rate = 0.01\n",
        tiny.display()
    )
}

/// A worker that notes with what it is called, does something first, and otherwise is the real one.
fn noting_worker(place: &Workplace, name: &str, first: &str) -> PathBuf {
    let script = format!(
        "echo \"$1\" >> '{}'\n{first}\nexec '{}' \"$@\"",
        place.join("calls").display(),
        crate::support::worker()
    );
    place.script(name, &script)
}

#[test]
fn one_worker_is_forked_for_all_trials_to_the_bytes_of_processes_of_their_own() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "count = 4", &row(3)));
    for (worker, first, calls) in [
        ("forked/fsl-exp-worker", "", "serve\n"),
        ("own/worker.sh", "", "trial\ntrial\ntrial\ntrial\n"),
        (
            "fails/fsl-exp-worker",
            "if [ \"$1\" = serve ]; then exit 1; fi",
            "serve\ntrial\nserve\ntrial\nserve\ntrial\nserve\ntrial\n",
        ),
    ] {
        let results = worker.split('/').next().unwrap();
        let path = noting_worker(&place, worker, first);
        let mut run = place.command("run s.toml --jobs 1 --quiet --results");
        run.arg(results).env("FSL_EXP_WORKER", path);
        place.ran(&mut run).expect(0);
        assert_eq!(place.read("calls"), calls, "{worker}");
        fs::remove_file(place.join("calls")).unwrap();
    }
    let forked = place.stored_predictions("forked");
    assert_eq!(forked.len(), 4);
    assert_eq!(forked, place.stored_predictions("own"));
    assert_eq!(forked, place.stored_predictions("fails"));
}

#[test]
fn a_fork_that_is_killed_costs_one_trial() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "count = 2", &row(10_000)));
    let front = place
        .command("run s.toml --jobs 1 --fail-fast")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let fork = (0..600)
        .find_map(|_| {
            thread::sleep(Duration::from_millis(50));
            let worker = child_of(front.id())?;
            child_of(worker)
        })
        .expect("there is a fork");
    Command::new("kill")
        .args(["-9", &fork.to_string()])
        .status()
        .unwrap();
    let output = front.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(
        stderr.contains("failed: s/fsl trial 1: its process was killed by signal: 9 (SIGKILL)"),
        "{stderr}"
    );
    assert!(place.stored_predictions("results").is_empty());
    assert!(!Path::new(&format!("/proc/{fork}")).exists());
}

/// A process that this one has started.
fn child_of(parent: u32) -> Option<u32> {
    entries(Path::new("/proc")).iter().find_map(|process| {
        let id: u32 = process.file_name()?.to_str()?.parse().ok()?;
        let stat = fs::read_to_string(process.join("stat")).ok()?;
        let after_name = stat.rsplit_once(") ")?.1;
        let found: u32 = after_name.split(' ').nth(1)?.parse().ok()?;
        (found == parent).then_some(id)
    })
}
