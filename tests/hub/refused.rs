//! Answers that refuse: tokens, names, rates, checksums, redirects, and reasons on this side not to ask at all.

use std::time::{Duration, Instant};

use insta::assert_snapshot;

use super::{ENCODER, REPO, User, WEIGHTS, bytes, fill, hub, hub_with_tiny_distilbert, ranges};
use crate::support::hub::{Fault, HubServer};
use crate::support::spec;

#[test]
fn a_gated_model_without_a_token() {
    let server = hub();
    server.require_token("hf_member");
    let user = User::of(&server);
    assert_snapshot!(user.fetch().expect(5).stderr, @"
    error: encoder `hf:distilbert/distilbert-base-uncased@main` could not be fetched
      hub distilbert/distilbert-base-uncased@main: `[hub]` refuses `distilbert/distilbert-base-uncased/resolve/main/config.json` (status 401): gated, and no token was sent
    hint: accept the model's terms on its page, and set HF_TOKEN to a token that may read it; once the network works, `fsl-exp fetch hf:distilbert/distilbert-base-uncased@main` resumes the download; HF_ENDPOINT sets another hub; FSL_EXP_MIRROR sets a local folder that contains `distilbert/distilbert-base-uncased/`
    ");
    user.fetch_with(&[("HF_TOKEN", "hf_member")]).expect(0);
    assert_eq!(user.weights(), bytes(WEIGHTS));
}

#[test]
fn a_gated_model_with_a_token_that_has_no_access() {
    let server = hub();
    server.require_token("hf_member");
    server.know_stranger("hf_stranger");
    let user = User::of(&server);
    assert_snapshot!(user.fetch_with(&[("HF_TOKEN", "hf_stranger")]).expect(5).stderr, @"
    error: encoder `hf:distilbert/distilbert-base-uncased@main` could not be fetched
      hub distilbert/distilbert-base-uncased@main: `[hub]` refuses `distilbert/distilbert-base-uncased/resolve/main/config.json` (status 403): gated, and the token's account has no access
    hint: accept the model's terms on its page, and HF_TOKEN must be a token of the account that has accepted them; once the network works, `fsl-exp fetch hf:distilbert/distilbert-base-uncased@main` resumes the download; HF_ENDPOINT sets another hub; FSL_EXP_MIRROR sets a local folder that contains `distilbert/distilbert-base-uncased/`
    ");
    // The stranger has been let in meanwhile.
    server.require_token("hf_stranger");
    user.fetch_with(&[("HF_TOKEN", "hf_stranger")]).expect(0);
}

#[test]
fn a_token_that_the_hub_does_not_know() {
    let server = hub();
    server.require_token("hf_member");
    let user = User::of(&server);
    assert_snapshot!(user.fetch_with(&[("HF_TOKEN", "hf_old")]).expect(5).stderr, @"
    error: encoder `hf:distilbert/distilbert-base-uncased@main` could not be fetched
      hub distilbert/distilbert-base-uncased@main: `[hub]` refuses `distilbert/distilbert-base-uncased/resolve/main/config.json` (status 401): no token, or an invalid one
    hint: a private repository needs HF_TOKEN; if it is set, its token is invalid or expired; once the network works, `fsl-exp fetch hf:distilbert/distilbert-base-uncased@main` resumes the download; HF_ENDPOINT sets another hub; FSL_EXP_MIRROR sets a local folder that contains `distilbert/distilbert-base-uncased/`
    ");
    user.place.write("hf/token", "hf_member\n");
    user.fetch().expect(0);
}

#[test]
fn a_run_says_that_a_row_is_gated_and_the_next_one_trains_it() {
    let server = hub_with_tiny_distilbert();
    server.require_token("hf_member");
    let user = User::of(&server);
    let row = format!(
        "[[row]]\nid = \"fsl\"\n[row.method.finetune]\nencoder = \"{ENCODER}\"\nepochs = 1\nbatch-size = 4\n"
    );
    user.place.write("s.toml", spec("gated", "count = 2", &row));
    let table = user
        .ran(&mut user.command("run s.toml --quiet"))
        .expect(3)
        .stdout;
    let of_row: Vec<&str> = table
        .lines()
        .skip_while(|line| !line.contains("blocked:"))
        .collect();
    assert_snapshot!(user.plain(&of_row.join("\n")), @"
    fsl is blocked: encoder `hf:distilbert/distilbert-base-uncased@main` could not be fetched; hub distilbert/distilbert-base-uncased@main: `[hub]` refuses `distilbert/distilbert-base-uncased/resolve/main/config.json` (status 401): gated, and no token was sent
      hint: accept the model's terms on its page, and set HF_TOKEN to a token that may read it; once the network works, `fsl-exp fetch hf:distilbert/distilbert-base-uncased@main` resumes the download; HF_ENDPOINT sets another hub; FSL_EXP_MIRROR sets a local folder that contains `distilbert/distilbert-base-uncased/`
    n = 2 trials per row; mean ± sample sd (ddof 1) over trials, in percent except MCC; varied: init, order, dropout.
    ");
    let mut run = user.command("run s.toml --quiet --format csv");
    let done = user.ran(run.env("HF_TOKEN", "hf_member")).expect(0);
    assert!(done.stdout.contains("gated,fsl"), "{}", done.stdout);
}

/// The store of large files is on another port of the same host, as near as another's server can be.
#[test]
fn the_token_is_sent_to_the_endpoint_only() {
    let server = hub();
    server.require_token("hf_member");
    User::of(&server)
        .fetch_with(&[("HF_TOKEN", "hf_member")])
        .expect(0);
    for request in server.log() {
        let token = request.headers.get("authorization").map(String::as_str);
        let expected = (!request.path.starts_with("/store/")).then_some("Bearer hf_member");
        assert_eq!(token, expected, "{} {}", request.method, request.path);
        assert_eq!(request.headers["accept-encoding"], "identity");
    }
    assert_eq!(server.requests("GET", "/store/").len(), 1);
}

#[test]
fn what_the_hub_does_not_have_is_named() {
    let server = hub();
    server.put("org/no-vocab", "config.json", b"{}");
    let user = User::of(&server);
    let error = |encoder: &str| {
        user.ran(&mut user.command(&format!("fetch {encoder}")))
            .expect(5)
            .stderr
    };
    assert_snapshot!(error("hf:org/none"), @"
    error: encoder `hf:org/none@main` could not be fetched
      hub org/none@main: `[hub]` has no repository `org/none`
    hint: check the name on the hub; a private repository needs HF_TOKEN; once the network works, `fsl-exp fetch hf:org/none@main` resumes the download; HF_ENDPOINT sets another hub; FSL_EXP_MIRROR sets a local folder that contains `org/none/`
    ");
    assert_snapshot!(error("hf:distilbert/distilbert-base-uncased@v9"), @"
    error: encoder `hf:distilbert/distilbert-base-uncased@v9` could not be fetched
      hub distilbert/distilbert-base-uncased@v9: `[hub]` has no revision `v9` in `distilbert/distilbert-base-uncased`
    hint: a revision is a branch, a tag or a commit, such as `main`; once the network works, `fsl-exp fetch hf:distilbert/distilbert-base-uncased@v9` resumes the download; HF_ENDPOINT sets another hub; FSL_EXP_MIRROR sets a local folder that contains `distilbert/distilbert-base-uncased/`
    ");
    assert_snapshot!(error("hf:org/no-vocab"), @"
    fetching hf:org/no-vocab@main (config.json) from hub org/no-vocab@main
    error: encoder `hf:org/no-vocab@main` could not be fetched
      hub org/no-vocab@main: `vocab.txt` or `tokenizer.json` is not in `org/no-vocab at main`
    hint: once the network works, `fsl-exp fetch hf:org/no-vocab@main` resumes the download; HF_ENDPOINT sets another hub; FSL_EXP_MIRROR sets a local folder that contains `org/no-vocab/`
    ");
    server.put("org/no-vocab", "vocab.txt", b"[PAD]\n");
    server.put("org/no-vocab", "model.safetensors", b"weights");
    user.ran(&mut user.command("fetch hf:org/no-vocab"))
        .expect(0);
}

#[test]
fn a_short_rate_limit_is_waited_for() {
    let server = hub();
    let limit = |name, value: &str| Fault::Status(429, vec![(name, value.to_owned())]);
    server.fault("HEAD", "config.json", limit("Retry-After", "1"));
    server.fault(
        "GET",
        "model.safetensors",
        limit("RateLimit", "\"resolvers\";r=0;t=2"),
    );
    let (user, start) = (User::of(&server), Instant::now());
    assert_snapshot!(user.fetch().expect(0).stderr, @"
    hf:distilbert/distilbert-base-uncased@main: `[hub]` limits the request rate (retry after 1 s); retrying in 1 s
    fetching hf:distilbert/distilbert-base-uncased@main (config.json) from hub distilbert/distilbert-base-uncased@main
    fetching hf:distilbert/distilbert-base-uncased@main (vocab.txt) from hub distilbert/distilbert-base-uncased@main
    hf:distilbert/distilbert-base-uncased@main: `[hub]` limits the request rate (retry after 2 s); retrying in 2 s
    fetching hf:distilbert/distilbert-base-uncased@main (model.safetensors) from hub distilbert/distilbert-base-uncased@main
    hf:distilbert/distilbert-base-uncased@main is ready
    ");
    assert!(start.elapsed() >= Duration::from_secs(3));
}

#[test]
fn a_long_rate_limit_ends_the_fetch_and_the_next_goes_on() {
    let server = hub();
    server.fault("GET", "/store/", Fault::CutAfter(300_000));
    let hour = vec![("Retry-After", "3600".to_owned())];
    // The second request for the weights: the first is cut.
    server.fault("GET", "/store/", Fault::Status(429, hour));
    let user = User::of(&server);
    assert_snapshot!(user.fetch().expect(5).stderr, @"
    fetching hf:distilbert/distilbert-base-uncased@main (config.json) from hub distilbert/distilbert-base-uncased@main
    fetching hf:distilbert/distilbert-base-uncased@main (vocab.txt) from hub distilbert/distilbert-base-uncased@main
    fetching hf:distilbert/distilbert-base-uncased@main (model.safetensors) from hub distilbert/distilbert-base-uncased@main
    hf:distilbert/distilbert-base-uncased@main: the connection to `[store]` failed: the connection closed after 300000 bytes; retrying in 1 s
    error: encoder `hf:distilbert/distilbert-base-uncased@main` could not be fetched
      hub distilbert/distilbert-base-uncased@main: `[store]` limits the request rate (retry after 3600 s)
    hint: retry later, or set HF_TOKEN for a higher limit; once the network works, `fsl-exp fetch hf:distilbert/distilbert-base-uncased@main` resumes the download; HF_ENDPOINT sets another hub; FSL_EXP_MIRROR sets a local folder that contains `distilbert/distilbert-base-uncased/`
    ");
    user.fetch().expect(0);
    assert_eq!(ranges(&server), ["", "bytes=300000-", "bytes=300000-"]);
    assert_eq!(user.weights(), bytes(WEIGHTS));
}

#[test]
fn wrong_bytes_are_thrown_away() {
    let server = hub();
    server.fault("GET", "/store/", Fault::Spoilt);
    let user = User::of(&server);
    assert_snapshot!(user.fetch().expect(5).stderr, @"
    fetching hf:distilbert/distilbert-base-uncased@main (config.json) from hub distilbert/distilbert-base-uncased@main
    fetching hf:distilbert/distilbert-base-uncased@main (vocab.txt) from hub distilbert/distilbert-base-uncased@main
    fetching hf:distilbert/distilbert-base-uncased@main (model.safetensors) from hub distilbert/distilbert-base-uncased@main
    error: encoder `hf:distilbert/distilbert-base-uncased@main` could not be fetched
      hub distilbert/distilbert-base-uncased@main: `model.safetensors` has checksum [sha256], expected [sha256]
    hint: the file is not the expected one and was discarded; try another hub or a mirror; once the network works, `fsl-exp fetch hf:distilbert/distilbert-base-uncased@main` resumes the download; HF_ENDPOINT sets another hub; FSL_EXP_MIRROR sets a local folder that contains `distilbert/distilbert-base-uncased/`
    ");
    assert_eq!(user.part(), None);
    user.fetch().expect(0);
    // Nothing of a wrong file can be gone on from.
    assert_eq!(ranges(&server), ["", ""]);
    assert_eq!(user.weights(), bytes(WEIGHTS));
}

/// The catalogue pins the published files: whatever else a hub offers under their name is not transferred.
#[test]
fn a_file_other_than_the_published_one_is_refused() {
    let server = HubServer::start();
    fill(&server, &bytes(WEIGHTS));
    server.tag("12040accade4e8a0f71eabdb258fecc2e7e948be");
    let user = User::of(&server);
    let mut fetch = user.command("fetch distilbert-base-uncased");
    assert_snapshot!(user.ran(&mut fetch).expect(5).stderr, @"
    fetching distilbert-base-uncased (config.json) from hub distilbert/distilbert-base-uncased@[sha1]
    error: encoder `distilbert-base-uncased` could not be fetched
      hub distilbert/distilbert-base-uncased@[sha1]: `config.json` has checksum [sha256], expected [sha256]
    hint: the file is not the expected one and was discarded; try another hub or a mirror; once the network works, `fsl-exp fetch distilbert-base-uncased` resumes the download; HF_ENDPOINT sets another hub; FSL_EXP_MIRROR sets a local folder that contains `distilbert-base-uncased/`
    ");
    // Large enough for the hub to tell its SHA-256 beforehand.
    server.put(REPO, "config.json", &[b' '; 2000]);
    let asked = server.requests("GET", "").len();
    assert_snapshot!(user.ran(&mut fetch).expect(5).stderr, @"
    error: encoder `distilbert-base-uncased` could not be fetched
      hub distilbert/distilbert-base-uncased@[sha1]: `config.json` has checksum [sha256], expected [sha256]
    hint: the file is not the expected one and was discarded; try another hub or a mirror; once the network works, `fsl-exp fetch distilbert-base-uncased` resumes the download; HF_ENDPOINT sets another hub; FSL_EXP_MIRROR sets a local folder that contains `distilbert-base-uncased/`
    ");
    assert_eq!(server.requests("GET", "").len(), asked);
}

#[test]
fn a_renamed_repository_is_followed_but_not_in_circles() {
    let server = hub();
    server.put("org/tiny", "config.json", b"{}");
    server.put("org/tiny", "vocab.txt", b"[PAD]\n");
    server.put("org/tiny", "model.safetensors", &bytes(WEIGHTS));
    let user = User::of(&server);
    let fetch = |encoder: &str| user.ran(&mut user.command(&format!("fetch {encoder} --quiet")));
    fetch("hf:old/tiny").expect(0);
    let asked = server.log().len();
    assert_snapshot!(fetch("hf:loop/tiny").expect(5).stderr, @"
    error: encoder `hf:loop/tiny@main` could not be fetched
      hub loop/tiny@main: `[hub]` answered with too many redirects
    hint: once the network works, `fsl-exp fetch hf:loop/tiny@main` resumes the download; HF_ENDPOINT sets another hub; FSL_EXP_MIRROR sets a local folder that contains `loop/tiny/`
    ");
    assert_eq!(server.log().len() - asked, 11);
    // An absolute address that leads back to itself.
    let home = format!("{}/{REPO}/resolve/main/config.json", user.endpoint);
    for _ in 0..11 {
        let redirect = Fault::Status(302, vec![("Location", home.clone())]);
        server.fault("HEAD", "resolve/main/config.json", redirect);
    }
    assert_snapshot!(user.fetch().expect(5).stderr, @"
    error: encoder `hf:distilbert/distilbert-base-uncased@main` could not be fetched
      hub distilbert/distilbert-base-uncased@main: `[hub]` answered with too many redirects
    hint: once the network works, `fsl-exp fetch hf:distilbert/distilbert-base-uncased@main` resumes the download; HF_ENDPOINT sets another hub; FSL_EXP_MIRROR sets a local folder that contains `distilbert/distilbert-base-uncased/`
    ");
    user.fetch().expect(0);
}

#[test]
fn offline_the_hub_is_not_asked() {
    let server = hub();
    let user = User::of(&server);
    assert_snapshot!(user.fetch_with(&[("HF_HUB_OFFLINE", "1")]).expect(5).stderr, @"
    error: encoder `hf:distilbert/distilbert-base-uncased@main` could not be fetched
      hub distilbert/distilbert-base-uncased@main: HF_HUB_OFFLINE is set, and the hub's cache has no complete copy of `distilbert/distilbert-base-uncased` at `main`
    hint: unset HF_HUB_OFFLINE; once the network works, `fsl-exp fetch hf:distilbert/distilbert-base-uncased@main` resumes the download; HF_ENDPOINT sets another hub; FSL_EXP_MIRROR sets a local folder that contains `distilbert/distilbert-base-uncased/`
    ");
    assert!(server.log().is_empty());
    user.fetch().expect(0);
    // The hub's own cache serves another cache of the program.
    let other = user.place.join("other").display().to_string();
    let again = user.fetch_with(&[("HF_HUB_OFFLINE", "1"), ("FSL_EXP_CACHE", &other)]);
    again.expect(0);
}

#[test]
fn a_proxy_that_does_not_answer_is_named() {
    let server = hub();
    let user = User::of(&server);
    let proxy = format!("http://127.0.0.1:{}", free_port());
    let failed = |variable| {
        let text = user.fetch_with(&[(variable, &proxy)]).expect(5).stderr;
        text.replace("the proxy `[store]`", "the proxy `[proxy]`")
    };
    assert_snapshot!(failed("http_proxy"), @"
    error: encoder `hf:distilbert/distilbert-base-uncased@main` could not be fetched
      hub distilbert/distilbert-base-uncased@main: the connection to `[hub]` through the proxy `[proxy]` failed: Connection refused (os error 111)
    hint: HTTPS_PROXY, HTTP_PROXY and ALL_PROXY set the proxy, NO_PROXY the hosts that bypass it; once the network works, `fsl-exp fetch hf:distilbert/distilbert-base-uncased@main` resumes the download; HF_ENDPOINT sets another hub; FSL_EXP_MIRROR sets a local folder that contains `distilbert/distilbert-base-uncased/`
    ");
    assert_eq!(failed("ALL_PROXY"), failed("http_proxy"));
    assert!(server.log().is_empty());
    user.fetch_with(&[("http_proxy", &proxy), ("NO_PROXY", "127.0.0.1")])
        .expect(0);
}

/// A port of the loopback address that nobody listens on.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

#[test]
fn variables_that_cannot_be_used_are_refused() {
    let user = User::at("localhost:8080".to_owned());
    assert_snapshot!(user.fetch().expect(5).stderr, @"error: HF_ENDPOINT is `[hub]`, not a URL such as `https://huggingface.co`");
    let user = User::at("http://127.0.0.1:1".to_owned());
    assert_snapshot!(user.fetch_with(&[("HF_TOKEN", "hf_se cret")]).expect(5).stderr, @"error: HF_TOKEN (or the token file) contains a character that tokens cannot have");
    assert_snapshot!(user.fetch_with(&[("HF_HUB_DOWNLOAD_TIMEOUT", "soon")]).expect(5).stderr, @"error: HF_HUB_DOWNLOAD_TIMEOUT is `soon`, must be a number of seconds above 0");
}
