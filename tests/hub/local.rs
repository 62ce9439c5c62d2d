//! Faults on this side: a full disk, a limit on files, Ctrl-C, several fetches at once, no place for the cache.

use std::process::{Child, Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use regex::Regex;

use super::{ENCODER, User, WEIGHTS, bytes, hub, ranges};
use crate::support::hub::Fault;

/// How many bytes fit depends on the file system's blocks.
fn without_sizes(text: &str) -> String {
    Regex::new(r"\d+ (kB|MB|bytes)")
        .unwrap()
        .replace_all(text, "[size]")
        .into_owned()
}

/// The first byte that the second request for the weights asks for.
fn resumed_at(ranges: &[String]) -> u64 {
    assert_eq!(ranges.len(), 2, "{ranges:?}");
    let range = ranges[1].strip_prefix("bytes=").unwrap();
    range.trim_end_matches('-').parse().unwrap()
}

/// A file system of 400 kB, in a mount namespace of its own, that is enlarged between the two tries.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_named_and_with_more_space_the_fetch_goes_on() {
    let server = hub();
    let user = User::of(&server);
    std::fs::create_dir(user.place.join("disk")).unwrap();
    let script = r#"
        mount -t tmpfs -o size=400k none disk || exit 99
        "$0" "$@"; echo "exit code $?" >&2
        mount -o remount,size=4m disk
        "$0" "$@"; code=$?
        cp disk/cache/encoders/*/model.safetensors weights
        exit $code
    "#;
    let namespace = ["--user", "--map-root-user", "--mount", "sh", "-c", script];
    let mut both = user.fetch_inside("unshare", &namespace);
    both.env("FSL_EXP_CACHE", user.place.join("disk/cache"))
        .env("HF_HOME", user.place.join("disk/hf"));
    let Ok(output) = both.output() else {
        eprintln!("skipped: needs `unshare`");
        return;
    };
    if server.log().is_empty() {
        eprintln!(
            "skipped: needs mounts in a namespace of one's own: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        return;
    }
    let text = user.plain(&String::from_utf8(output.stderr).unwrap());
    let text = text.replace(&user.place.path().display().to_string(), "[here]");
    assert_snapshot!(without_sizes(&text), @"
    fetching hf:distilbert/distilbert-base-uncased@main (config.json) from hub distilbert/distilbert-base-uncased@main
    fetching hf:distilbert/distilbert-base-uncased@main (vocab.txt) from hub distilbert/distilbert-base-uncased@main
    fetching hf:distilbert/distilbert-base-uncased@main (model.safetensors) from hub distilbert/distilbert-base-uncased@main
    error: `[here]/disk/hf/hub/models--distilbert--distilbert-base-uncased/blobs/[sha256].part`: No space left on device (os error 28)
    hint: `[here]/disk/hf/hub/models--distilbert--distilbert-base-uncased/blobs` needs [size] more: free some space, or set FSL_EXP_CACHE and HF_HUB_CACHE to folders on a larger disk; downloaded data is kept, and the next attempt resumes
    exit code 5
    fetching hf:distilbert/distilbert-base-uncased@main (model.safetensors) from hub distilbert/distilbert-base-uncased@main
    hf:distilbert/distilbert-base-uncased@main is ready
    ");
    assert!(output.status.success());
    let resumed = resumed_at(&ranges(&server));
    assert!((100_000..400_000).contains(&resumed), "{resumed}");
    let lacking = (WEIGHTS as u64 - resumed).div_ceil(1000);
    assert!(text.contains(&format!("needs {lacking} kB more")), "{text}");
    assert_eq!(
        std::fs::read(user.place.join("weights")).unwrap(),
        bytes(WEIGHTS)
    );
}

#[test]
#[cfg(unix)]
fn a_limit_on_the_size_of_files_is_an_error_with_a_message() {
    let server = hub();
    let user = User::of(&server);
    // In units of 512 bytes or, in some shells, 1024.
    let limit = "ulimit -f 600 && exec \"$0\" \"$@\"";
    let failed = user
        .ran(&mut user.fetch_inside("sh", &["-c", limit]))
        .expect(5);
    assert_snapshot!(without_sizes(&failed.stderr), @"
    fetching hf:distilbert/distilbert-base-uncased@main (config.json) from hub distilbert/distilbert-base-uncased@main
    fetching hf:distilbert/distilbert-base-uncased@main (vocab.txt) from hub distilbert/distilbert-base-uncased@main
    fetching hf:distilbert/distilbert-base-uncased@main (model.safetensors) from hub distilbert/distilbert-base-uncased@main
    error: `[here]/hf/hub/models--distilbert--distilbert-base-uncased/blobs/[sha256].part`: File too large (os error 27)
    hint: the limit on file sizes is too low (`ulimit -f`); raise it, and the next attempt resumes
    ");
    user.fetch().expect(0);
    assert!(resumed_at(&ranges(&server)) > 300_000);
    assert_eq!(user.weights(), bytes(WEIGHTS));
}

fn interrupt(child: Child) -> (Output, Duration) {
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let start = Instant::now();
    (child.wait_with_output().unwrap(), start.elapsed())
}

/// Ctrl-C while the server is silent, in the middle of the weights.
#[test]
#[cfg(unix)]
fn ctrl_c_ends_a_fetch_at_once_and_the_next_goes_on() {
    let spec = one_row();
    for arguments in [format!("fetch {ENCODER}"), "run s.toml".to_owned()] {
        let server = hub();
        server.fault(
            "GET",
            "/store/",
            Fault::StallAfter(300_000, Duration::from_secs(25)),
        );
        let user = User::of(&server);
        user.place.write("s.toml", &spec);
        let child = user.start(&arguments);
        let start = Instant::now();
        while user.part() != Some(300_000) {
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "{:?}",
                user.part()
            );
            thread::sleep(Duration::from_millis(20));
        }
        let (output, took) = interrupt(child);
        let text = user.plain(&String::from_utf8(output.stderr).unwrap());
        assert_eq!(output.status.code(), Some(130), "{text}");
        assert!(took < Duration::from_secs(5), "{took:?}");
        assert_eq!(
            text.lines().last().unwrap(),
            "interrupted: downloaded data is kept; run the same command to resume"
        );
        user.fetch().expect(0);
        assert_eq!(ranges(&server), ["", "bytes=300000-"]);
        assert_eq!(user.weights(), bytes(WEIGHTS));
    }
}

#[test]
fn several_fetches_at_once_transfer_it_once() {
    let server = hub();
    server.fault("HEAD", "config.json", Fault::Silent(Duration::from_secs(1)));
    let user = User::of(&server);
    let all: Vec<Child> = (0..4)
        .map(|_| user.start(&format!("fetch {ENCODER}")))
        .collect();
    let mut waited = 0;
    for child in all {
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{text}");
        waited += usize::from(text.contains("another process is fetching it; waiting"));
    }
    assert!(waited > 0);
    assert_eq!(ranges(&server), [""]);
    assert_eq!(server.requests("HEAD", "resolve/main/config.json").len(), 1);
}

#[test]
fn no_place_for_the_cache() {
    let user = User::at("http://127.0.0.1:1".to_owned());
    let mut homeless = user.command(&format!("fetch {ENCODER}"));
    for name in ["FSL_EXP_CACHE", "XDG_CACHE_HOME", "HOME"] {
        homeless.env_remove(name);
    }
    assert_snapshot!(user.ran(&mut homeless).expect(5).stderr, @"
    error: no place for the cache: none of `FSL_EXP_CACHE`, `XDG_CACHE_HOME` and `HOME` is set
    hint: set FSL_EXP_CACHE to a writable folder
    ");
    let mut blocked = user.command(&format!("fetch {ENCODER}"));
    blocked.env("FSL_EXP_CACHE", user.place.join("train.csv"));
    assert_snapshot!(user.ran(&mut blocked).expect(5).stderr, @"
    error: `[here]/train.csv/locks/encoders-hf--distilbert--distilbert-base-uncased@main.lock`: Not a directory (os error 20)
    hint: set FSL_EXP_CACHE, and HF_HUB_CACHE for the hub's own cache, to writable folders
    ");
}

#[test]
#[cfg(target_os = "linux")]
fn a_cache_whose_path_is_no_text() {
    use std::os::unix::ffi::OsStrExt as _;
    let server = super::hub_with_tiny_distilbert();
    let user = User::of(&server);
    user.place.write("s.toml", one_row());
    let cache = user
        .place
        .join("")
        .join(std::ffi::OsStr::from_bytes(b"cach\xe9"));
    let mut run = user.command("run s.toml --quiet");
    assert_snapshot!(user.ran(run.env("FSL_EXP_CACHE", cache)).expect(5).stderr, @"
    error: `[here]/cach�/encoders/hf--distilbert--distilbert-base-uncased@main/config.json`: the path is not valid UTF-8
    hint: rename the folder; for fetched files, set FSL_EXP_CACHE to another folder
    ");
    user.ran(&mut user.command("run s.toml --quiet")).expect(0);
}

/// A spec with a row that needs the encoder.
fn one_row() -> String {
    let row = format!(
        "[[row]]\nid = \"fsl\"\n[row.method.finetune]\nencoder = \"{ENCODER}\"\nepochs = 1\nbatch-size = 4\n"
    );
    crate::support::spec("s", "count = 1", &row)
}
