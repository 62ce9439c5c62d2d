//! SIGINT, SIGTERM and SIGHUP: every command that takes time ends soon, with exit code 130, a message, and no half-written output.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Workplace, entries, spec};

/// What ending may take on a busy machine; the work that is interrupted would take hours.
const SOON: Duration = Duration::from_secs(10);

const SIGNALS: [&str; 2] = ["-INT", "-TERM"];

/// A BERT of two tiny layers that reads letters.
fn encoder() -> String {
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    format!("--encoder {} --max-tokens 32 --threads 1", tiny.display())
}

/// A place with `my.csv`, texts with labels and probabilities, and with folders `out` and `tmp` that are empty.
fn place() -> Workplace {
    let place = Workplace::new();
    place.write("my.csv", pool(40));
    for folder in ["out", "tmp"] {
        fs::create_dir(place.join(folder)).unwrap();
    }
    place
}

fn pool(count: usize) -> String {
    let rows = (0..count).map(|row| format!("the day number {row} was dull,{},0.3\n", row % 2));
    "text,label,p\n".to_owned() + &rows.collect::<String>()
}

fn start(place: &Workplace, arguments: &str) -> Child {
    let mut command = place.command(arguments);
    command
        .env("TMPDIR", place.join("tmp"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

#[track_caller]
fn wait_until(child: &mut Child, what: &str, mut is: impl FnMut(&Child) -> bool) {
    let started = Instant::now();
    while !is(child) {
        if let Some(ended) = child.try_wait().unwrap() {
            let mut said = String::new();
            let stderr = child.stderr.take().unwrap();
            let _ = { stderr }.read_to_string(&mut said);
            panic!("ended before it was {what}: {ended}: {said}");
        }
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "not {what} within a minute"
        );
        thread::sleep(Duration::from_millis(10));
    }
}

/// Seconds of computing, in all threads.
fn cpu_secs(child: &Child) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
    let fields: Vec<&str> = stat
        .rsplit_once(") ")
        .map_or(Vec::new(), |(_, rest)| rest.split(' ').collect());
    // `utime` and `stime`, in the hundredths of a second that Linux shows.
    let ticks = |index: usize| {
        let field = fields.get(index);
        field.map_or(0.0, |field| field.parse::<f64>().unwrap())
    };
    (ticks(11) + ticks(12)) / 100.0
}

fn is_busy(child: &Child) -> bool {
    // Loading libtorch takes less.
    cpu_secs(child) > 2.0
}

/// Waits for a command that was signalled, and asserts that it left nothing but the message.
#[track_caller]
fn ends(place: &Workplace, mut child: Child) {
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() >= SOON {
            child.kill().unwrap();
            panic!("it went on for {SOON:?}");
        }
        thread::sleep(Duration::from_millis(10));
    }
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert_eq!(stderr.lines().last(), Some("interrupted"));
    assert!(!stderr.contains("error"), "{stderr}");
    for folder in ["out", "tmp"] {
        let left = entries(&place.join(folder));
        assert!(left.is_empty(), "{left:?}");
    }
    let staged = entries(place.path());
    assert!(!staged.iter().any(|path| is_temporary(path)), "{staged:?}");
}

fn is_temporary(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with(".fsl-exp-"))
}

/// Signals the command once it computes.
fn interrupt_while_busy(arguments: &str, prepare: impl Fn(&Workplace)) {
    for name in SIGNALS {
        let place = place();
        prepare(&place);
        let mut child = start(&place, arguments);
        wait_until(&mut child, "busy", is_busy);
        signal(&child, name);
        ends(&place, child);
    }
}

#[test]
fn train_ends() {
    let arguments = format!(
        "train my.csv --text-column text --label-column label -o out/m --epochs 900000 {}",
        encoder()
    );
    interrupt_while_busy(&arguments, |_| ());
}

#[test]
fn distill_ends() {
    let arguments = format!(
        "distill my.csv --text-column text --probability-column p -o out/m --epochs 900000 {}",
        encoder()
    );
    interrupt_while_busy(&arguments, |_| ());
}

#[test]
fn embed_ends() {
    let arguments = format!("embed --input big.csv -o out/e.csv {}", encoder());
    interrupt_while_busy(&arguments, |place| {
        place.write("big.csv", pool(1_000_000));
    });
}

/// An encoder that is being loaded, or libtorch itself: the front holds signals back while the worker's libraries load.
#[test]
fn a_worker_that_is_only_starting_ends() {
    for name in SIGNALS.into_iter().chain(["-HUP"]) {
        let place = place();
        let arguments = format!(
            "train my.csv --text-column text --label-column label -o out/m --epochs 900000 {}",
            encoder()
        );
        let mut child = start(&place, &arguments);
        wait_until(&mut child, "the worker", |child| {
            fs::read_link(format!("/proc/{}/exe", child.id()))
                .is_ok_and(|program| program.ends_with("fsl-exp-worker"))
        });
        signal(&child, name);
        ends(&place, child);
    }
}

/// Signals a command that reads standard input once it has written a part of its output, under a temporary name in `folder`.
/// `timeout` sends a signal twice; one more ends the program without further ado.
fn interrupt_while_writing(arguments: &str, folder: &str, prepare: impl Fn(&Workplace)) {
    for names in [&["-INT"][..], &["-TERM"], &["-TERM", "-TERM"]] {
        let place = place();
        prepare(&place);
        let mut child = start(&place, arguments);
        let mut stdin = child.stdin.take().unwrap();
        let writer = thread::spawn(move || {
            let _ = stdin.write_all(pool(200_000).as_bytes());
            stdin
        });
        wait_until(&mut child, "writing", |_| {
            let mut staged = entries(&place.join(folder)).into_iter();
            staged.any(|path| path.metadata().is_ok_and(|found| found.len() > 0))
        });
        for name in names {
            signal(&child, name);
        }
        ends(&place, child);
        drop(writer.join().unwrap());
    }
}

#[test]
fn preprocess_ends() {
    interrupt_while_writing("preprocess - -o out/pp.csv", "out", |_| ());
}

#[test]
fn split_ends() {
    interrupt_while_writing("split - -o out/s --test 2", "tmp", |_| ());
}

#[test]
fn infer_ends() {
    let place = place();
    let arguments = format!(
        "train my.csv --text-column text --label-column label -o m --epochs 1 {}",
        encoder()
    );
    place.run(&arguments).expect(0);
    let model = place.join("m").display().to_string();
    let infer = format!("infer - --model {model} --text-column text -o out/p.csv --threads 1");
    interrupt_while_writing(&infer, "out", |_| ());
}

/// A spec that comes through a pipe, and does not come.
#[test]
fn commands_that_read_a_spec_end() {
    for command in [
        "run s.toml",
        "plan s.toml",
        "check s.toml",
        "table s.toml",
        "compare s.toml",
        "variance s.toml",
        "report s.toml -o out/r.html",
        "export s.toml --predictions out/p.csv",
        "verify s.toml",
        "check-published s.toml",
    ] {
        let place = place();
        let pipe = place.join("s.toml");
        let made = Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let mut child = start(&place, command);
        // It opens for writing as soon as somebody reads from it.
        let opened = thread::spawn(move || fs::File::options().write(true).open(pipe));
        wait_until(&mut child, command, |_| opened.is_finished());
        signal(&child, "-TERM");
        ends(&place, child);
    }
}

/// Stored trials are run again in a temporary folder.
#[test]
fn verify_ends_while_trials_run() {
    for name in SIGNALS {
        let place = place();
        let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
        let row = format!(
            "[[row]]\nid = \"fsl\"\n[row.method.finetune]\nencoder = \"{}\"\nepochs = 600\nbatch-size = 4\n",
            tiny.display()
        );
        place.write("s.toml", spec("s", "count = 1", &row));
        place.run("run s.toml --quiet").expect(0);
        let mut child = start(&place, "verify s.toml --quiet");
        let scratch = place.join("tmp");
        wait_until(&mut child, "verifying", |_| {
            let mut stores = entries(&scratch).into_iter();
            stores.any(|store| !entries(&store.join("store/staging")).is_empty())
        });
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{stderr}");
        assert!(entries(&scratch).is_empty(), "{stderr}");
    }
}

/// The process of a trial, on its own: its folder is what a run leaves that is killed.
#[test]
fn trial_ends() {
    let place = place();
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    let row = format!(
        "[[row]]\nid = \"fsl\"\n[row.method.finetune]\nencoder = \"{}\"\nepochs = 10000\nbatch-size = 4\n",
        tiny.display()
    );
    place.write("s.toml", spec("s", "count = 1", &row));
    let mut run = start(&place, "run s.toml");
    let staging = place.join("results/store/staging");
    let staged = || entries(&staging).into_iter().next();
    wait_until(&mut run, "running a trial", |_| {
        staged().is_some_and(|folder| folder.join("request.json").is_file())
    });
    run.kill().unwrap();
    run.wait().unwrap();
    let folder = staged().unwrap();
    for name in SIGNALS {
        let mut child = start(&place, &format!("trial {}", folder.display()));
        wait_until(&mut child, "busy", is_busy);
        signal(&child, name);
        ends(&place, child);
    }
}

/// A signal that comes while an old model is replaced leaves the old one or the new one.
#[test]
fn a_model_that_is_replaced_is_whole() {
    let place = place();
    let train = |seed: u32| {
        format!(
            "train my.csv --text-column text --label-column label -o out/m --epochs 1 --force --seed {seed} --quiet {}",
            encoder()
        )
    };
    place.run(&train(1)).expect(0);
    let count = entries(&place.join("out/m")).len();
    for seed in 2..6 {
        let child = start(&place, &train(seed));
        // The folder, the lock on its name, and the new folder.
        let staged = || entries(&place.join("out")).len() > 2;
        let started = Instant::now();
        while !staged() && started.elapsed() < Duration::from_secs(5) {
            thread::yield_now();
        }
        signal(&child, "-TERM");
        child.wait_with_output().unwrap();
        assert_eq!(entries(&place.join("out")), [place.join("out/m")]);
        assert_eq!(entries(&place.join("out/m")).len(), count);
    }
    place
        .run("infer my.csv --model out/m --text-column text -o out/p.csv --quiet")
        .expect(0);
}
