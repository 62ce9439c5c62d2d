//! Fetching from the hub, through the programs and over the hub's own protocol: every way in which it fails, what is said
//! then, and what the next try takes up. The hub is a server on the loopback address.

mod local;
mod refused;
mod resume;

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use regex::Regex;

use crate::support::hub::HubServer;
use crate::support::{ENCODER_FILES, Ran, Workplace, tiny_encoder};

const REPO: &str = "distilbert/distilbert-base-uncased";
const ENCODER: &str = "hf:distilbert/distilbert-base-uncased@main";

/// Bytes of the weights that are fetched, where nothing reads them.
const WEIGHTS: usize = 700_000;

/// A user with empty caches, whose `HF_ENDPOINT` is a server on the loopback address.
struct User {
    place: Workplace,
    endpoint: String,
}

impl User {
    fn of(server: &HubServer) -> Self {
        Self::at(server.endpoint())
    }

    fn at(endpoint: String) -> Self {
        Self {
            place: Workplace::new(),
            endpoint,
        }
    }

    /// `fsl-exp` with nothing in its environment that could lead elsewhere.
    fn command(&self, arguments: &str) -> Command {
        let mut command = self.place.command(arguments);
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("HF_") || name.to_lowercase().ends_with("_proxy") {
                command.env_remove(&name);
            }
        }
        command
            .env_remove("HF_HUB_OFFLINE")
            .env("HF_HOME", self.place.join("hf"))
            .env("HF_ENDPOINT", &self.endpoint);
        command
    }

    fn fetch(&self) -> Ran {
        self.fetch_with(&[])
    }

    /// `fsl-exp fetch` of the encoder with these variables set.
    fn fetch_with(&self, variables: &[(&str, &str)]) -> Ran {
        let mut command = self.command(&format!("fetch {ENCODER}"));
        self.ran(command.envs(variables.iter().copied()))
    }

    /// `fsl-exp fetch` of the encoder by way of another program, which gets it as its last arguments.
    fn fetch_inside(&self, program: &str, arguments: &[&str]) -> Command {
        let fetch = self.command(&format!("fetch {ENCODER}"));
        let mut command = Command::new(program);
        command.args(arguments).arg(fetch.get_program());
        command
            .args(fetch.get_args())
            .current_dir(self.place.path());
        for (name, value) in fetch.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }

    /// Runs the command; what it prints is free of ports, folders and checksums.
    fn ran(&self, command: &mut Command) -> Ran {
        let mut ran = self.place.ran(command);
        ran.stderr = self.plain(&ran.stderr);
        ran
    }

    fn plain(&self, text: &str) -> String {
        let hub = self.endpoint.trim_start_matches("http://");
        let text = text.replace(hub, "[hub]");
        let text = Regex::new(r"127\.0\.0\.1:\d+")
            .unwrap()
            .replace_all(&text, "[store]")
            .into_owned();
        let text = Regex::new(r"\b[0-9a-f]{64}\b")
            .unwrap()
            .replace_all(&text, "[sha256]")
            .into_owned();
        Regex::new(r"\b[0-9a-f]{40}\b")
            .unwrap()
            .replace_all(&text, "[sha1]")
            .into_owned()
    }

    fn start(&self, arguments: &str) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// The bytes of the weights that an unfinished fetch left.
    fn part(&self) -> Option<u64> {
        let blobs = self
            .place
            .join("hf/hub/models--distilbert--distilbert-base-uncased/blobs");
        let found = crate::support::entries(&blobs);
        let part = found
            .into_iter()
            .find(|path| path.extension().is_some_and(|end| end == "part"))?;
        Some(fs::metadata(part).ok()?.len())
    }

    /// The weights that the cache has.
    fn weights(&self) -> Vec<u8> {
        fs::read(self.encoder().join("model.safetensors")).unwrap()
    }

    fn encoder(&self) -> PathBuf {
        self.place
            .join("cache/encoders/hf--distilbert--distilbert-base-uncased@main")
    }
}

/// A hub with the repository: the given weights, and small files that nothing reads.
fn hub_with(weights: &[u8]) -> HubServer {
    let server = HubServer::start();
    fill(&server, weights);
    server
}

fn hub() -> HubServer {
    hub_with(&bytes(WEIGHTS))
}

fn fill(server: &HubServer, weights: &[u8]) {
    server.put(REPO, "config.json", b"{}");
    server.put(REPO, "vocab.txt", b"[PAD]\n[UNK]\n");
    server.put(REPO, "model.safetensors", weights);
}

/// A hub with an encoder that can be trained, of width 8.
fn hub_with_tiny_distilbert() -> HubServer {
    let folder = tiny_encoder("distilbert");
    let server = HubServer::start();
    for file in ENCODER_FILES {
        server.put(REPO, file, &fs::read(folder.join(file)).unwrap());
    }
    server
}

/// Contents that differ everywhere, so that a wrong offset shows.
fn bytes(size: usize) -> Vec<u8> {
    (0..size)
        .map(|index| (index * index / 7 % 251) as u8)
        .collect()
}

/// The `Range` of each request for the weights' bytes, in order; empty where all of them were asked for.
fn ranges(server: &HubServer) -> Vec<String> {
    let asked = server.requests("GET", "/store/");
    let range = |request: &crate::support::hub::Request| request.headers.get("range").cloned();
    asked
        .iter()
        .map(|request| range(request).unwrap_or_default())
        .collect()
}
