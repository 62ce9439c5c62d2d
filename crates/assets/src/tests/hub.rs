//! The hub, as a loopback server.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use super::server::{COMMIT, Fault, HubServer};
use super::*;

pub(super) const REPO: &str = "org/tiny";

/// A hub with an encoder that has only the old format of weights, and keeps the case.
fn hub() -> HubServer {
    let server = HubServer::start();
    server.put(REPO, "config.json", b"{}");
    server.put(REPO, "vocab.txt", b"[PAD]\n[UNK]\n");
    server.put(REPO, "tokenizer_config.json", b"{\"do_lower_case\":false}");
    server.put(REPO, "pytorch_model.bin", &bytes(700_000));
    server
}

pub(super) fn fetch(
    settings: AssetSettings,
    text: &str,
    on: &mut dyn FnMut(FetchEvent),
) -> Result<EncoderFiles, AssetError> {
    Assets::new(settings, Catalog::default()).encoder(&EncoderRef::parse(text)?, on)
}

#[test]
fn a_repository_is_fetched_into_the_hub_s_own_cache_and_from_there_without_the_hub() {
    let (server, home, other) = (
        hub(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let settings = settings(home.path(), Some(server.endpoint()));
    let files = fetch(settings.clone(), "hf:org/tiny", &mut ignore).unwrap();
    assert!(!files.source.lowercase);
    assert!(files.source.weights.ends_with("pytorch_model.bin"));
    assert_eq!(fs::read(&files.source.weights).unwrap(), bytes(700_000));
    let repo = home.path().join("hub/models--org--tiny");
    assert_eq!(fs::read_to_string(repo.join("refs/main")).unwrap(), COMMIT);
    let pointer = repo
        .join("snapshots")
        .join(COMMIT)
        .join("pytorch_model.bin");
    let blob = repo.join("blobs").join(sum(&bytes(700_000)));
    assert_eq!(
        fs::canonicalize(pointer).unwrap(),
        fs::canonicalize(&blob).unwrap()
    );

    let asked = server.log().len();
    assert_eq!(
        fetch(settings.clone(), "hf:org/tiny", &mut ignore).unwrap(),
        files
    );
    let offline = AssetSettings {
        cache: other.path().to_path_buf(),
        hub: HubSettings {
            offline: true,
            ..settings.hub.clone()
        },
        ..settings.clone()
    };
    assert_eq!(
        fetch(offline.clone(), "hf:org/tiny", &mut ignore)
            .unwrap()
            .sha256,
        files.sha256
    );
    assert_eq!(
        fetch(offline, &format!("hf:org/tiny@{COMMIT}"), &mut ignore)
            .unwrap()
            .sha256,
        files.sha256
    );
    assert_eq!(server.log().len(), asked);
}

#[test]
fn a_half_written_blob_of_another_program_is_not_used() {
    let (server, home) = (hub(), tempfile::tempdir().unwrap());
    let settings = settings(home.path(), Some(server.endpoint()));
    fetch(settings.clone(), "hf:org/tiny", &mut ignore).unwrap();
    let blob = home
        .path()
        .join("hub/models--org--tiny/blobs")
        .join(sum(&bytes(700_000)));
    write(&blob, &bytes(1000));
    fs::remove_dir_all(&settings.cache).unwrap();
    let files = fetch(settings, "hf:org/tiny", &mut ignore).unwrap();
    assert_eq!(fs::read(files.source.weights).unwrap(), bytes(700_000));
}

#[test]
fn offline_without_a_copy_says_so() {
    let (server, home) = (hub(), tempfile::tempdir().unwrap());
    let mut settings = settings(home.path(), Some(server.endpoint()));
    settings.hub.offline = true;
    let error = fetch(settings, "hf:org/tiny", &mut ignore).unwrap_err();
    assert!(
        matches!(cause(&error), SourceError::Offline { .. }),
        "{error}"
    );
    assert!(error.hint().unwrap().starts_with("unset HF_HUB_OFFLINE"));
    assert!(server.log().is_empty());
}

#[test]
fn a_cut_connection_is_resumed_where_it_broke() {
    let (server, home) = (hub(), tempfile::tempdir().unwrap());
    server.fault("GET", "/store/", Fault::CutAfter(300_000));
    let mut events = Vec::new();
    let settings = settings(home.path(), Some(server.endpoint()));
    let files = fetch(settings, "hf:org/tiny", &mut |event| {
        events.push(event.kind);
    })
    .unwrap();
    assert_eq!(fs::read(files.source.weights).unwrap(), bytes(700_000));
    let requests = server.requests("GET", "/store/");
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[1].headers["range"], "bytes=300000-");
    assert!(requests[1].headers.contains_key("if-range"));
    assert!(
        events
            .iter()
            .any(|kind| matches!(kind, FetchKind::Retrying { .. }))
    );
    assert_eq!(
        events[events.len() - 2..],
        [FetchKind::Verified, FetchKind::Placed]
    );
}

#[test]
fn a_second_run_resumes_what_the_first_gave_up() {
    let (server, home) = (hub(), tempfile::tempdir().unwrap());
    let mut settings = settings(home.path(), Some(server.endpoint()));
    settings.timeouts.tries = 1;
    server.fault("GET", "/store/", Fault::CutAfter(300_000));
    let error = fetch(settings.clone(), "hf:org/tiny", &mut ignore).unwrap_err();
    assert!(
        matches!(cause(&error), SourceError::Connection { .. }),
        "{error}"
    );
    fetch(settings, "hf:org/tiny", &mut ignore).unwrap();
    assert_eq!(
        server.requests("GET", "/store/")[1].headers["range"],
        "bytes=300000-"
    );
}

#[test]
fn a_server_without_ranges_begins_anew() {
    let (server, home) = (hub(), tempfile::tempdir().unwrap());
    server.fault("GET", "/store/", Fault::CutAfter(300_000));
    server.fault("GET", "/store/", Fault::NoRanges);
    let files = fetch(
        settings(home.path(), Some(server.endpoint())),
        "hf:org/tiny",
        &mut ignore,
    )
    .unwrap();
    assert_eq!(fs::read(files.source.weights).unwrap(), bytes(700_000));
}

#[test]
fn a_rate_limit_is_waited_for_unless_the_wait_is_long() {
    let (server, home) = (hub(), tempfile::tempdir().unwrap());
    let limit = |seconds: &str| Fault::Status(429, vec![("Retry-After", seconds.to_owned())]);
    server.fault("HEAD", "config.json", limit("1"));
    let settings = settings(home.path(), Some(server.endpoint()));
    let mut pauses = Vec::new();
    let mut on = |event: FetchEvent| {
        if let FetchKind::Retrying { after_secs, why } = event.kind {
            assert!(why.contains("limits the request rate"), "{why}");
            pauses.push(after_secs);
        }
    };
    fetch(settings.clone(), "hf:org/tiny", &mut on).unwrap();
    assert_eq!(pauses, [1]);

    server.put("org/more", "config.json", b"{}");
    server.fault("HEAD", "org/more", limit("600"));
    let start = Instant::now();
    let error = fetch(settings, "hf:org/more", &mut ignore).unwrap_err();
    assert!(
        matches!(
            cause(&error),
            SourceError::RateLimited {
                retry_after_secs: Some(600),
                ..
            }
        ),
        "{error}"
    );
    assert!(start.elapsed() < Duration::from_secs(1));
    assert!(error.hint().unwrap().contains("HF_TOKEN"));
}

#[test]
fn a_server_in_trouble_is_asked_again() {
    let (server, home) = (hub(), tempfile::tempdir().unwrap());
    server.fault("HEAD", "vocab.txt", Fault::Status(503, Vec::new()));
    server.fault("GET", "/store/", Fault::Status(500, Vec::new()));
    server.fault("GET", "/store/", Fault::Silent(Duration::from_millis(700)));
    fetch(
        settings(home.path(), Some(server.endpoint())),
        "hf:org/tiny",
        &mut ignore,
    )
    .unwrap();
}

#[test]
fn a_gated_repository_wants_a_token_which_no_other_host_sees() {
    let (server, home) = (hub(), tempfile::tempdir().unwrap());
    server.require_token("secret");
    let mut settings = settings(home.path(), Some(server.endpoint()));
    let error = fetch(settings.clone(), "hf:org/tiny", &mut ignore).unwrap_err();
    assert!(
        matches!(cause(&error), SourceError::Refused { status: 401, .. }),
        "{error}"
    );
    assert!(error.hint().unwrap().contains("HF_TOKEN"));
    server.fault(
        "HEAD",
        "config.json",
        Fault::Status(403, vec![("X-Error-Code", "GatedRepo".to_owned())]),
    );
    settings.hub.token = Some("secret".to_owned());
    let error = fetch(settings.clone(), "hf:org/tiny", &mut ignore).unwrap_err();
    assert!(
        matches!(cause(&error), SourceError::Refused { status: 403, .. }),
        "{error}"
    );
    fetch(settings, "hf:org/tiny", &mut ignore).unwrap();
    let stored = server.requests("GET", "/store/");
    assert!(
        !stored.is_empty()
            && stored
                .iter()
                .all(|request| !request.headers.contains_key("authorization"))
    );
}

#[test]
fn what_the_hub_does_not_have_is_named() {
    let (server, home) = (hub(), tempfile::tempdir().unwrap());
    server.put("org/no-vocab", "config.json", b"{}");
    server.put("org/no-weights", "config.json", b"{}");
    server.put("org/no-weights", "vocab.txt", b"a");
    let settings = settings(home.path(), Some(server.endpoint()));
    let why =
        |text: &str| cause(&fetch(settings.clone(), text, &mut ignore).unwrap_err()).to_string();
    assert!(why("hf:org/none").ends_with("has no repository `org/none`"));
    assert!(why("hf:org/tiny@v9").ends_with("has no revision `v9` in `org/tiny`"));
    assert!(why("hf:org/no-vocab").starts_with("`vocab.txt` or `tokenizer.json` is not in"));
    assert!(
        why("hf:org/no-weights")
            .starts_with("`model.safetensors` or `pytorch_model.bin` is not in")
    );
}

#[test]
fn a_renamed_repository_is_followed() {
    let (server, home) = (hub(), tempfile::tempdir().unwrap());
    fetch(
        settings(home.path(), Some(server.endpoint())),
        "hf:old/tiny",
        &mut ignore,
    )
    .unwrap();
}

#[test]
fn wrong_bytes_are_never_placed_and_the_next_try_succeeds() {
    let (server, home) = (hub(), tempfile::tempdir().unwrap());
    server.fault("GET", "/store/", Fault::Spoilt);
    let settings = settings(home.path(), Some(server.endpoint()));
    let error = fetch(settings.clone(), "hf:org/tiny", &mut ignore).unwrap_err();
    assert!(
        matches!(cause(&error), SourceError::Checksum { .. }),
        "{error}"
    );
    let assets = Assets::new(settings.clone(), Catalog::default());
    assert_eq!(
        assets
            .cached_encoder(&EncoderRef::parse("hf:org/tiny").unwrap())
            .unwrap(),
        None
    );
    fetch(settings, "hf:org/tiny", &mut ignore).unwrap();
}

#[test]
fn a_spoilt_part_is_begun_anew() {
    let (server, home) = (hub(), tempfile::tempdir().unwrap());
    let part = home
        .path()
        .join("hub/models--org--tiny/blobs")
        .join(format!("{}.part", sum(&bytes(700_000))));
    for spoilt in [vec![9; 300_000], vec![9; 700_000], vec![9; 900_000]] {
        write(&part, &spoilt);
        let settings = settings(home.path(), Some(server.endpoint()));
        let files = fetch(settings.clone(), "hf:org/tiny", &mut ignore).unwrap();
        assert_eq!(fs::read(files.source.weights).unwrap(), bytes(700_000));
        fs::remove_dir_all(home.path()).unwrap();
    }
}

#[test]
fn a_hub_that_is_not_there_fails_at_once_and_a_silent_one_soon() {
    let home = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let start = Instant::now();
    let settings_of = |endpoint| settings(home.path(), Some(endpoint));
    let error = fetch(
        settings_of(format!("http://127.0.0.1:{port}")),
        "hf:a/b",
        &mut ignore,
    )
    .unwrap_err();
    assert!(
        matches!(cause(&error), SourceError::Connection { .. }),
        "{error}"
    );
    assert!(error.hint().unwrap().contains("FSL_EXP_MIRROR"));
    assert!(start.elapsed() < Duration::from_secs(1));

    let server = hub();
    for _ in 0..3 {
        server.fault("HEAD", "config.json", Fault::Silent(Duration::from_secs(2)));
    }
    let error = fetch(settings_of(server.endpoint()), "hf:org/tiny", &mut ignore).unwrap_err();
    assert!(
        cause(&error).to_string().contains("stopped sending"),
        "{error}"
    );
    // Three tries of 0.4 s each.
    assert!(start.elapsed() < Duration::from_secs(4));
}

#[test]
fn of_two_fetches_at_once_one_works_and_the_other_waits() {
    let (server, home) = (hub(), tempfile::tempdir().unwrap());
    server.fault(
        "HEAD",
        "config.json",
        Fault::Silent(Duration::from_millis(200)),
    );
    let settings = settings(home.path(), Some(server.endpoint()));
    let both: Vec<_> = (0..2)
        .map(|_| {
            let settings = settings.clone();
            thread::spawn(move || fetch(settings, "hf:org/tiny", &mut ignore).unwrap())
        })
        .collect();
    let files: Vec<EncoderFiles> = both
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    assert_eq!(files[0], files[1]);
    assert_eq!(server.requests("GET", "/store/").len(), 1);
}
