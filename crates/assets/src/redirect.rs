//! Redirects: the address that one leads to, and addresses that belong together.

use ureq::Body;
use ureq::http::{Response, Uri};

use super::retry::header;

/// Redirects that are followed for one request, as in curl's and ureq's defaults for programs.
pub(super) const MAX_REDIRECTS: u32 = 10;

/// Scheme, host and port of an address, `http://host:80`: what a token is meant for. Another port of the same host may be
/// another's server.
pub(super) fn origin(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let (scheme, host) = (uri.scheme_str()?.to_lowercase(), uri.host()?.to_lowercase());
    let port = match (uri.port_u16(), scheme.as_str()) {
        (Some(port), _) => port,
        (None, "https") => 443,
        (None, _) => 80,
    };
    Some(format!("{scheme}://{host}:{port}"))
}

/// Where the answer to a request for `url` redirects to; `None` where it is no redirect, or none that HTTP can follow.
pub(super) fn target(url: &str, response: &Response<Body>) -> Option<String> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    join(url, header(response.headers(), "Location")?)
}

/// The address that `location` means on the page `url` (RFC 3986, section 5.2, without dot segments, which hubs do not send).
pub(super) fn join(url: &str, location: &str) -> Option<String> {
    let location = location.split('#').next().unwrap_or_default();
    let scheme_end = scheme(url)?;
    let host_end = url[scheme_end + 3..]
        .find(['/', '?'])
        .map_or(url.len(), |at| scheme_end + 3 + at);
    let path_end = url.find('?').unwrap_or(url.len());
    let joined = if scheme(location).is_some() {
        location.to_owned()
    } else if location.starts_with("//") {
        format!("{}:{location}", &url[..scheme_end])
    } else if location.starts_with('/') {
        format!("{}{location}", &url[..host_end])
    } else if location.starts_with('?') {
        format!("{}{location}", &url[..path_end])
    } else {
        let folder = url[host_end..path_end]
            .rfind('/')
            .map_or("/", |slash| &url[host_end..=host_end + slash]);
        format!("{}{folder}{location}", &url[..host_end])
    };
    let uri: Uri = joined.parse().ok()?;
    (uri.host().is_some() && matches!(uri.scheme_str(), Some("http" | "https"))).then_some(joined)
}

/// Where the scheme of an absolute address ends. Behind a query, `://` is no part of the address itself.
fn scheme(address: &str) -> Option<usize> {
    let end = address.find("://")?;
    let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    (end > 0 && address[..end].bytes().all(is_scheme)).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Witness: Python's `urllib.parse.urljoin` on the same pairs.
    #[test]
    fn locations_are_joined_as_elsewhere() {
        let base = "http://hub:8080/a/b/c?x=1";
        for (location, expected) in [
            ("https://cdn/x?y=2", Some("https://cdn/x?y=2")),
            ("//cdn:9/x", Some("http://cdn:9/x")),
            ("/d/e", Some("http://hub:8080/d/e")),
            ("d", Some("http://hub:8080/a/b/d")),
            ("?z", Some("http://hub:8080/a/b/c?z")),
            ("/d#part", Some("http://hub:8080/d")),
            (
                "d?from=http://cdn/x",
                Some("http://hub:8080/a/b/d?from=http://cdn/x"),
            ),
            ("ftp://cdn/x", None),
            ("file:///etc/passwd", None),
        ] {
            assert_eq!(join(base, location).as_deref(), expected, "{location}");
        }
        assert_eq!(join("http://hub", "x").as_deref(), Some("http://hub/x"));
        assert_eq!(join("/a?b://c/d", "x"), None);
    }

    #[test]
    fn origins_differ_by_scheme_host_and_port() {
        let hub = origin("https://hub/a");
        assert_eq!(hub, origin("https://HUB:443/b?c"));
        for other in ["http://hub/a", "https://hub:8443/a", "https://cdn/a"] {
            assert_ne!(hub, origin(other), "{other}");
        }
    }
}
