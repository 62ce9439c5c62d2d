//! A token and passwords in the environment, and everything that is printed and written searched for them.

use std::fs;
use std::process::Command;

use crate::support::hub::{Fault, HubServer};
use crate::support::{ENCODER_FILES, Workplace, files_below, spec, tiny_encoder};

/// A part of every secret.
const SECRET: &str = "s3cr3t";

/// The commands that reach for the hub, or show what came of it.
const COMMANDS: [&str; 8] = [
    "-vv fetch hf:org/tiny",
    "-vv run s.toml",
    "-vv plan s.toml",
    "plan s.toml --json",
    "-vv table s.toml --format json",
    "report s.toml -o report.html --force",
    "-vv export s.toml --trials trials.csv --force",
    "-vv embed --encoder hf:org/tiny --input test.csv -o vectors.csv --max-tokens 32",
];

fn workplace() -> Workplace {
    let place = Workplace::new();
    let rows = "[[row]]\nid = \"a\"\nmethod.probe = { encoder = \"hf:org/tiny\" }\n\n[[row]]\nid = \"b\"\nmethod.bow = {}\n";
    place.write("s.toml", spec("s", "", rows));
    place.write("home/token", format!("hf_{SECRET}file"));
    place
}

/// The command with every secret in its environment, and nothing that leads past the given hub and proxy.
fn command(place: &Workplace, line: &str, hub: &str, proxy: Option<&str>) -> Command {
    let mut command = place.command(line);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.to_lowercase().ends_with("_proxy") || name.starts_with("HF_") {
            command.env_remove(&name);
        }
    }
    command
        .env_remove("HF_HUB_OFFLINE")
        .env("HF_HOME", place.join("home"))
        .env("HF_TOKEN", format!("hf_{SECRET}token"))
        .env("HF_ENDPOINT", hub)
        .env(
            "FSL_EXP_MIRROR",
            format!("https://me:{SECRET}mirror@mirror"),
        )
        .env("FSL_EXP_LOG", "trace");
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        if let Some(proxy) = proxy {
            command.env(name, proxy);
        }
    }
    command
}

/// Runs every command, and fails where one of them tells a secret, on the screen or in a file.
fn assert_none_is_told(place: &Workplace, hub: &str, proxy: Option<&str>) {
    for line in COMMANDS {
        let ran = place.ran(&mut command(place, line, hub, proxy));
        let said = ran.stdout + &ran.stderr;
        assert!(!said.contains(SECRET), "{line}:\n{said}");
        assert!(!said.contains("panicked"), "{line}:\n{said}");
    }
    for file in files_below(place.path()) {
        if file == place.join("home/token") {
            continue;
        }
        let bytes = fs::read(&file).unwrap();
        let told = bytes
            .windows(SECRET.len())
            .any(|part| part == SECRET.as_bytes());
        assert!(!told, "{}", file.display());
        let name = file.to_string_lossy().into_owned();
        assert!(!name.contains(SECRET), "{name}");
    }
}

/// The address of a hub with a name and a password.
fn with_password(endpoint: &str) -> String {
    endpoint.replace("http://", &format!("http://me:{SECRET}endpoint@"))
}

#[test]
fn where_nobody_listens() {
    let place = workplace();
    let hub = format!("http://me:{SECRET}endpoint@127.0.0.1:9");
    assert_none_is_told(&place, &hub, None);
    let proxy = format!("http://me:{SECRET}proxy@127.0.0.1:9");
    assert_none_is_told(&place, &hub, Some(&proxy));
    // An address that cannot be used is told without what stands before the host.
    let wrong = format!("me:{SECRET}endpoint@hub.example");
    assert_none_is_told(&place, &wrong, None);
}

#[test]
fn where_the_hub_refuses() {
    let server = HubServer::start();
    server.put("org/tiny", "config.json", b"{}");
    server.require_token("hf_another");
    assert_none_is_told(&workplace(), &with_password(&server.endpoint()), None);
    let server = HubServer::start();
    server.fault("HEAD", "config.json", Fault::Status(404, vec![]));
    assert_none_is_told(&workplace(), &with_password(&server.endpoint()), None);
    let server = HubServer::start();
    server.put("org/tiny", "config.json", b"{}");
    let elsewhere = vec![(
        "Location",
        format!("http://me:{SECRET}location@127.0.0.1:9/x"),
    )];
    for _ in 0..4 {
        server.fault("HEAD", "config.json", Fault::Status(302, elsewhere.clone()));
    }
    assert_none_is_told(&workplace(), &with_password(&server.endpoint()), None);
}

#[test]
fn where_all_goes_well() {
    let tiny = tiny_encoder("bert");
    let server = HubServer::start();
    for file in ENCODER_FILES {
        server.put("org/tiny", file, &fs::read(tiny.join(file)).unwrap());
    }
    server.require_token(&format!("hf_{SECRET}token"));
    let place = workplace();
    assert_none_is_told(&place, &with_password(&server.endpoint()), None);
    assert!(!place.stored_predictions("results").is_empty());
    assert!(place.join("vectors.csv").is_file(), "the token was of use");
}

#[test]
fn addresses_in_specs_do_not_tell_passwords() {
    let place = Workplace::new();
    let address = format!("https://me:{SECRET}@example.org/train.csv");
    let row = format!("[[row]]\nid = \"a\"\nmethod.probe = {{ encoder = \"{address}\" }}\n");
    place.write("s.toml", spec("s", "", &row).replace("train.csv", &address));
    for line in ["check s.toml", "-vv run s.toml", "plan s.toml --json"] {
        let ran = place.run(line);
        assert!(
            ran.stderr.contains("https://…@example.org/train.csv"),
            "{}",
            ran.stderr
        );
        assert!(!(ran.stdout + &ran.stderr).contains(SECRET));
    }
}
