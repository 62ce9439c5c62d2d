//! Connections that break, and what the next request asks for.

use std::time::Duration;

use insta::assert_snapshot;

use super::{User, WEIGHTS, bytes, fill, hub, ranges};
use crate::support::hub::{Fault, HubServer};

/// An answer after which there is no use in another try now.
fn gone() -> Fault {
    Fault::Status(501, Vec::new())
}

#[test]
fn a_connection_that_is_cut_is_taken_up_where_it_broke() {
    let server = hub();
    server.fault("GET", "/store/", Fault::CutAfter(300_000));
    server.fault("GET", "/store/", Fault::CutAfter(200_000));
    let user = User::of(&server);
    assert_snapshot!(user.fetch().expect(0).stderr, @"
    fetching hf:distilbert/distilbert-base-uncased@main (config.json) from hub distilbert/distilbert-base-uncased@main
    fetching hf:distilbert/distilbert-base-uncased@main (vocab.txt) from hub distilbert/distilbert-base-uncased@main
    fetching hf:distilbert/distilbert-base-uncased@main (model.safetensors) from hub distilbert/distilbert-base-uncased@main
    hf:distilbert/distilbert-base-uncased@main: the connection to `[store]` failed: the connection closed after 300000 bytes; retrying in 1 s
    fetching hf:distilbert/distilbert-base-uncased@main (model.safetensors) from hub distilbert/distilbert-base-uncased@main
    hf:distilbert/distilbert-base-uncased@main: the connection to `[store]` failed: the connection closed after 500000 bytes; retrying in 1 s
    fetching hf:distilbert/distilbert-base-uncased@main (model.safetensors) from hub distilbert/distilbert-base-uncased@main
    hf:distilbert/distilbert-base-uncased@main is ready
    ");
    assert_eq!(ranges(&server), ["", "bytes=300000-", "bytes=500000-"]);
    let asked = server.requests("GET", "/store/");
    assert!(
        asked[1..]
            .iter()
            .all(|request| request.headers.contains_key("if-range"))
    );
    assert_eq!(user.weights(), bytes(WEIGHTS));
}

#[test]
fn a_fetch_that_gave_up_is_taken_up_by_the_next() {
    let server = hub();
    server.fault("GET", "/store/", Fault::CutAfter(300_000));
    server.fault("GET", "/store/", gone());
    let user = User::of(&server);
    assert_snapshot!(user.fetch().expect(5).stderr, @"
    fetching hf:distilbert/distilbert-base-uncased@main (config.json) from hub distilbert/distilbert-base-uncased@main
    fetching hf:distilbert/distilbert-base-uncased@main (vocab.txt) from hub distilbert/distilbert-base-uncased@main
    fetching hf:distilbert/distilbert-base-uncased@main (model.safetensors) from hub distilbert/distilbert-base-uncased@main
    hf:distilbert/distilbert-base-uncased@main: the connection to `[store]` failed: the connection closed after 300000 bytes; retrying in 1 s
    error: encoder `hf:distilbert/distilbert-base-uncased@main` could not be fetched
      hub distilbert/distilbert-base-uncased@main: `[store]` answered status 501
    hint: once the network works, `fsl-exp fetch hf:distilbert/distilbert-base-uncased@main` resumes the download; HF_ENDPOINT sets another hub; FSL_EXP_MIRROR sets a local folder that contains `distilbert/distilbert-base-uncased/`
    ");
    assert_eq!(user.part(), Some(300_000));
    user.fetch().expect(0);
    assert_eq!(ranges(&server), ["", "bytes=300000-", "bytes=300000-"]);
    assert_eq!(user.weights(), bytes(WEIGHTS));
    assert_eq!(user.part(), None);
}

#[test]
fn a_file_that_changed_between_two_tries_is_begun_anew() {
    let server = hub();
    server.fault("GET", "/store/", Fault::CutAfter(300_000));
    server.fault("GET", "/store/", gone());
    let user = User::of(&server);
    user.fetch().expect(5);
    let changed: Vec<u8> = bytes(WEIGHTS).into_iter().rev().collect();
    server.put(super::REPO, "model.safetensors", &changed);
    user.fetch().expect(0);
    assert_eq!(ranges(&server), ["", "bytes=300000-", ""]);
    assert_eq!(user.weights(), changed);
}

#[test]
fn a_server_without_ranges_sends_everything_again() {
    let server = hub();
    server.fault("GET", "/store/", Fault::CutAfter(300_000));
    server.fault("GET", "/store/", Fault::NoRanges);
    let user = User::of(&server);
    user.fetch().expect(0);
    assert_eq!(user.weights(), bytes(WEIGHTS));
}

#[test]
fn a_connection_that_is_cut_in_the_headers_is_tried_again() {
    let server = hub();
    server.fault("HEAD", "config.json", Fault::CutInHeaders);
    server.fault("GET", "/store/", Fault::CutInHeaders);
    let user = User::of(&server);
    assert_snapshot!(user.fetch().expect(0).stderr, @"
    hf:distilbert/distilbert-base-uncased@main: the connection to `[hub]` failed: the connection closed before the response; retrying in 1 s
    fetching hf:distilbert/distilbert-base-uncased@main (config.json) from hub distilbert/distilbert-base-uncased@main
    fetching hf:distilbert/distilbert-base-uncased@main (vocab.txt) from hub distilbert/distilbert-base-uncased@main
    hf:distilbert/distilbert-base-uncased@main: the connection to `[store]` failed: the connection closed before the response; retrying in 1 s
    fetching hf:distilbert/distilbert-base-uncased@main (model.safetensors) from hub distilbert/distilbert-base-uncased@main
    hf:distilbert/distilbert-base-uncased@main is ready
    ");
}

/// The hub told the size beforehand.
#[test]
fn a_length_that_is_too_short_is_a_cut() {
    let server = hub();
    server.fault("GET", "/store/", Fault::ShortBy(1000));
    let user = User::of(&server);
    assert_snapshot!(user.fetch().expect(0).stderr, @"
    fetching hf:distilbert/distilbert-base-uncased@main (config.json) from hub distilbert/distilbert-base-uncased@main
    fetching hf:distilbert/distilbert-base-uncased@main (vocab.txt) from hub distilbert/distilbert-base-uncased@main
    fetching hf:distilbert/distilbert-base-uncased@main (model.safetensors) from hub distilbert/distilbert-base-uncased@main
    hf:distilbert/distilbert-base-uncased@main: the connection to `[store]` failed: the connection closed after 699000 bytes; retrying in 1 s
    fetching hf:distilbert/distilbert-base-uncased@main (model.safetensors) from hub distilbert/distilbert-base-uncased@main
    hf:distilbert/distilbert-base-uncased@main is ready
    ");
    assert_eq!(ranges(&server), ["", "bytes=699000-"]);
    assert_eq!(user.weights(), bytes(WEIGHTS));
}

#[test]
fn a_server_that_falls_silent_is_asked_again() {
    let server = hub();
    let long = Duration::from_secs(20);
    server.fault("HEAD", "vocab.txt", Fault::Silent(long));
    server.fault("GET", "/store/", Fault::StallAfter(300_000, long));
    let user = User::of(&server);
    let fetched = user
        .fetch_with(&[("HF_HUB_DOWNLOAD_TIMEOUT", "2.5")])
        .expect(0);
    assert_snapshot!(fetched.stderr, @"
    fetching hf:distilbert/distilbert-base-uncased@main (config.json) from hub distilbert/distilbert-base-uncased@main
    hf:distilbert/distilbert-base-uncased@main: the connection to `[hub]` failed: the server stopped sending; retrying in 1 s
    fetching hf:distilbert/distilbert-base-uncased@main (vocab.txt) from hub distilbert/distilbert-base-uncased@main
    fetching hf:distilbert/distilbert-base-uncased@main (model.safetensors) from hub distilbert/distilbert-base-uncased@main
    hf:distilbert/distilbert-base-uncased@main: the connection to `[store]` failed: the server stopped sending after 300000 bytes; retrying in 1 s
    fetching hf:distilbert/distilbert-base-uncased@main (model.safetensors) from hub distilbert/distilbert-base-uncased@main
    hf:distilbert/distilbert-base-uncased@main is ready
    ");
    assert_eq!(ranges(&server), ["", "bytes=300000-"]);
}

#[test]
fn an_address_that_expired_is_asked_for_anew() {
    let server = hub();
    server.fault("GET", "/store/", Fault::CutAfter(300_000));
    server.fault("GET", "/store/", Fault::Status(403, Vec::new()));
    let user = User::of(&server);
    assert_snapshot!(user.fetch().expect(0).stderr, @"
    fetching hf:distilbert/distilbert-base-uncased@main (config.json) from hub distilbert/distilbert-base-uncased@main
    fetching hf:distilbert/distilbert-base-uncased@main (vocab.txt) from hub distilbert/distilbert-base-uncased@main
    fetching hf:distilbert/distilbert-base-uncased@main (model.safetensors) from hub distilbert/distilbert-base-uncased@main
    hf:distilbert/distilbert-base-uncased@main: the connection to `[store]` failed: the connection closed after 300000 bytes; retrying in 1 s
    hf:distilbert/distilbert-base-uncased@main: `[store]` answered status 403; retrying in 2 s
    fetching hf:distilbert/distilbert-base-uncased@main (model.safetensors) from hub distilbert/distilbert-base-uncased@main
    hf:distilbert/distilbert-base-uncased@main is ready
    ");
    assert_eq!(ranges(&server).last().unwrap(), "bytes=300000-");
}

/// About 15 s: the pauses are 1, 2, 4 and 8 s.
#[test]
fn a_hub_in_trouble_is_asked_five_times() {
    let server = hub();
    for _ in 0..5 {
        server.fault("HEAD", "config.json", Fault::Status(503, Vec::new()));
    }
    let user = User::of(&server);
    assert_snapshot!(user.fetch().expect(5).stderr, @"
    hf:distilbert/distilbert-base-uncased@main: `[hub]` answered status 503; retrying in 1 s
    hf:distilbert/distilbert-base-uncased@main: `[hub]` answered status 503; retrying in 2 s
    hf:distilbert/distilbert-base-uncased@main: `[hub]` answered status 503; retrying in 4 s
    hf:distilbert/distilbert-base-uncased@main: `[hub]` answered status 503; retrying in 8 s
    error: encoder `hf:distilbert/distilbert-base-uncased@main` could not be fetched
      hub distilbert/distilbert-base-uncased@main: `[hub]` answered status 503
    hint: once the network works, `fsl-exp fetch hf:distilbert/distilbert-base-uncased@main` resumes the download; HF_ENDPOINT sets another hub; FSL_EXP_MIRROR sets a local folder that contains `distilbert/distilbert-base-uncased/`
    ");
    user.fetch().expect(0);
}

#[test]
fn a_hub_that_is_down_fails_at_once_and_serves_when_it_is_back() {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let user = User::at(format!("http://127.0.0.1:{port}"));
    assert_snapshot!(user.fetch().expect(5).stderr, @"
    error: encoder `hf:distilbert/distilbert-base-uncased@main` could not be fetched
      hub distilbert/distilbert-base-uncased@main: the connection to `[hub]` failed: Connection refused (os error 111)
    hint: once the network works, `fsl-exp fetch hf:distilbert/distilbert-base-uncased@main` resumes the download; HF_ENDPOINT sets another hub; FSL_EXP_MIRROR sets a local folder that contains `distilbert/distilbert-base-uncased/`
    ");
    let server = HubServer::start_at(port);
    fill(&server, &bytes(WEIGHTS));
    user.fetch().expect(0);
}
