//! Settings: the folder of assets and the ways to their sources.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use ureq::http::Uri;

use super::AssetError;
use fsl_common::shown;

/// Where assets are kept and how their sources are reached. [`AssetSettings::from_env`] reads it from the environment.
#[derive(Debug, Clone)]
pub struct AssetSettings {
    /// The cache: `FSL_EXP_CACHE`, else `$XDG_CACHE_HOME/fsl-exp`, else `~/.cache/fsl-exp`.
    pub cache: PathBuf,
    /// The folder that is asked before every other source: `FSL_EXP_MIRROR`.
    pub mirror: Option<PathBuf>,
    /// The Python whose pip fetches packages: `FSL_EXP_PYTHON`, else `python3`, `python`, `pip3`, `pip` in this order.
    pub python: Option<PathBuf>,
    /// The Hugging Face hub.
    pub hub: HubSettings,
    /// How long servers are waited for.
    pub timeouts: Timeouts,
}

/// How the Hugging Face hub is reached: the variables that its own Python library reads. Its token and a password in its
/// address are never shown.
#[derive(Clone)]
pub struct HubSettings {
    /// `HF_ENDPOINT`, where set; else the public hub.
    pub endpoint: Option<String>,
    /// The cache in the hub's layout: `HF_HUB_CACHE`, else `$HF_HOME/hub`, else `huggingface/hub` in the user's cache folder.
    pub cache: PathBuf,
    /// `HF_TOKEN`, else the contents of `HF_TOKEN_PATH` or of `token` in `HF_HOME`.
    pub token: Option<String>,
    /// `HF_HUB_OFFLINE` is `1`, `true`, `yes` or `on`: only the cache is asked.
    pub offline: bool,
}

/// How long a server is waited for, and how often it is asked again.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// For a connection (name, TCP, TLS). Default 8 s, so that an unreachable hub fails in seconds.
    pub connect: Duration,
    /// For the next bytes of an open connection: `HF_HUB_DOWNLOAD_TIMEOUT` in seconds, else 30 s.
    pub stall: Duration,
    /// Tries without progress before a source is given up. Default 5. A host that cannot be reached is not tried again.
    pub tries: u32,
    /// The first pause between tries; it doubles. Default 1 s.
    pub first_pause: Duration,
    /// The longest pause that a server may ask for (`Retry-After`, `RateLimit`). Default 330 s: the hub counts requests in
    /// windows of five minutes.
    pub longest_pause: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(8),
            stall: Duration::from_secs(30),
            tries: 5,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(330),
        }
    }
}

impl fmt::Debug for HubSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoint = self.endpoint.as_deref().map(shown::without_passwords);
        formatter
            .debug_struct("HubSettings")
            .field("endpoint", &endpoint)
            .field("cache", &self.cache)
            .field("token", &self.token.as_ref().map(|_| "hidden"))
            .field("offline", &self.offline)
            .finish()
    }
}

impl AssetSettings {
    /// The settings of this process's environment. A variable that is set to nothing counts as not set.
    ///
    /// # Errors
    /// [`AssetError::NoCacheFolder`]; [`AssetError::BadVariable`] for an `HF_ENDPOINT` that is no address, an
    /// `HF_HUB_DOWNLOAD_TIMEOUT` that is no time, or a token that no header can carry.
    pub fn from_env() -> Result<Self, AssetError> {
        Self::from_lookup(&|name| std::env::var_os(name))
    }

    /// As [`AssetSettings::from_env`], from any table of variables.
    pub(super) fn from_lookup(
        lookup: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Self, AssetError> {
        let get = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let path = |name: &str| get(name).map(PathBuf::from);
        let user_cache =
            path("XDG_CACHE_HOME").or_else(|| path("HOME").map(|home| home.join(".cache")));
        let cache = path("FSL_EXP_CACHE")
            .or_else(|| user_cache.as_ref().map(|folder| folder.join("fsl-exp")))
            .ok_or(AssetError::NoCacheFolder)?;
        let hub_home = path("HF_HOME").unwrap_or_else(|| {
            user_cache.as_ref().map_or_else(
                || cache.join("huggingface"),
                |folder| folder.join("huggingface"),
            )
        });
        let text = |name: &'static str| {
            let value = get(name).map(OsString::into_string).transpose();
            value.map_err(|_| bad(name, "is not valid UTF-8".to_owned()))
        };
        let token_path = path("HF_TOKEN_PATH").unwrap_or_else(|| hub_home.join("token"));
        let token = text("HF_TOKEN")?.or_else(|| std::fs::read_to_string(token_path).ok());
        let stall = text("HF_HUB_DOWNLOAD_TIMEOUT")?.map(|text| seconds(&text));
        let timeouts = Timeouts::default();
        Ok(Self {
            cache,
            mirror: path("FSL_EXP_MIRROR"),
            python: path("FSL_EXP_PYTHON"),
            hub: HubSettings {
                endpoint: text("HF_ENDPOINT")?.map(|url| endpoint(&url)).transpose()?,
                cache: path("HF_HUB_CACHE").unwrap_or_else(|| hub_home.join("hub")),
                token: token.map_or(Ok(None), |token| usable_token(&token))?,
                offline: text("HF_HUB_OFFLINE")?.is_some_and(|value| is_true(&value)),
            },
            timeouts: Timeouts {
                stall: stall.transpose()?.unwrap_or(timeouts.stall),
                ..timeouts
            },
        })
    }
}

fn bad(name: &'static str, problem: String) -> AssetError {
    AssetError::BadVariable { name, problem }
}

/// An address that paths can be appended to.
fn endpoint(url: &str) -> Result<String, AssetError> {
    let parsed = url
        .parse::<Uri>()
        .ok()
        .filter(|uri| uri.host().is_some() && matches!(uri.scheme_str(), Some("http" | "https")));
    match parsed {
        Some(_) => Ok(url.trim_end_matches('/').to_owned()),
        None => Err(bad(
            "HF_ENDPOINT",
            format!(
                "is `{}`, not a URL such as `https://huggingface.co`",
                without_user(url)
            ),
        )),
    }
}

/// The value without what may be a name and a password in it, however it is written.
fn without_user(url: &str) -> String {
    url.rsplit_once('@')
        .map_or_else(|| url.to_owned(), |(_, host)| format!("…@{host}"))
}

/// A time in whole or broken seconds, above 0 and up to a day.
fn seconds(text: &str) -> Result<Duration, AssetError> {
    let seconds = text.trim().parse::<f64>().ok();
    seconds
        .filter(|seconds| *seconds > 0.0 && *seconds <= 86_400.0)
        .map(Duration::from_secs_f64)
        .ok_or_else(|| {
            let problem = format!("is `{text}`, must be a number of seconds above 0");
            bad("HF_HUB_DOWNLOAD_TIMEOUT", problem)
        })
}

/// A token without the white space around it; none where nothing is left.
fn usable_token(text: &str) -> Result<Option<String>, AssetError> {
    let token = text.trim();
    if token.bytes().any(|byte| !byte.is_ascii_graphic()) {
        let problem = "contains a character that tokens cannot have".to_owned();
        return Err(bad("HF_TOKEN (or the token file)", problem));
    }
    Ok((!token.is_empty()).then(|| token.to_owned()))
}

/// The spellings of "yes" that the hub's own library knows.
fn is_true(value: &str) -> bool {
    ["1", "true", "yes", "on"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn settings(variables: &[(&str, &str)]) -> Result<AssetSettings, AssetError> {
        AssetSettings::from_lookup(&|name| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn the_own_variable_wins_over_xdg_and_home() {
        let all = [
            ("FSL_EXP_CACHE", "/own"),
            ("XDG_CACHE_HOME", "/xdg"),
            ("HOME", "/home/a"),
        ];
        assert_eq!(settings(&all).unwrap().cache, Path::new("/own"));
        assert_eq!(
            settings(&all[1..]).unwrap().cache,
            Path::new("/xdg/fsl-exp")
        );
        assert_eq!(
            settings(&all[2..]).unwrap().cache,
            Path::new("/home/a/.cache/fsl-exp")
        );
        assert!(matches!(
            settings(&[("HOME", "")]),
            Err(AssetError::NoCacheFolder)
        ));
    }

    #[test]
    fn the_hub_s_variables_are_read() {
        let given = settings(&[
            ("HOME", "/home/a"),
            ("HF_HOME", "/hf"),
            ("HF_ENDPOINT", "http://localhost:1/"),
            ("HF_TOKEN", " secret\n"),
            ("HF_HUB_OFFLINE", "TRUE"),
        ]);
        let hub = given.unwrap().hub;
        assert_eq!(hub.cache, Path::new("/hf/hub"));
        assert_eq!(hub.endpoint.as_deref(), Some("http://localhost:1"));
        assert_eq!(hub.token.as_deref(), Some("secret"));
        assert!(hub.offline);
        let bare = settings(&[("HOME", "/nowhere/a"), ("HF_HUB_OFFLINE", "0")])
            .unwrap()
            .hub;
        assert_eq!(bare.cache, Path::new("/nowhere/a/.cache/huggingface/hub"));
        assert!(!bare.offline && bare.token.is_none() && bare.endpoint.is_none());
    }

    #[test]
    fn no_secret_is_in_what_a_debugger_prints() {
        let given = settings(&[
            ("HOME", "/nowhere"),
            ("HF_ENDPOINT", "http://me:s3cret@hub:80"),
            ("HF_TOKEN", "hf_s3cret"),
        ]);
        let hub = given.unwrap().hub;
        assert_eq!(hub.endpoint.as_deref(), Some("http://me:s3cret@hub:80"));
        let shown = format!("{hub:?}");
        assert!(
            !shown.contains("s3cret") && shown.contains("@hub:80"),
            "{shown}"
        );
    }

    #[test]
    fn the_token_file_beside_the_hub_s_cache_is_read() {
        let home = tempfile::tempdir().unwrap();
        fsl_common::fsio::write_atomic(&home.path().join("token"), b"from-file\n").unwrap();
        let given = settings(&[
            ("HOME", "/nowhere"),
            ("HF_HOME", home.path().to_str().unwrap()),
        ]);
        assert_eq!(given.unwrap().hub.token.as_deref(), Some("from-file"));
    }

    #[test]
    fn what_cannot_be_used_is_refused_and_a_token_is_not_repeated() {
        let refused = |name: &str, value: &str| {
            let error = settings(&[("HOME", "/nowhere"), (name, value)]).unwrap_err();
            assert!(matches!(error, AssetError::BadVariable { .. }), "{error}");
            error.to_string()
        };
        for value in ["localhost:8080", "ftp://hub", "http://", "hub"] {
            assert!(refused("HF_ENDPOINT", value).contains(value));
        }
        for value in ["soon", "0", "-1", "nan", "inf"] {
            assert!(refused("HF_HUB_DOWNLOAD_TIMEOUT", value).contains(value));
        }
        for value in ["hf_se cret", "hf_sec\nret", "hf_sécret"] {
            assert!(!refused("HF_TOKEN", value).contains("cret"));
        }
        for value in [
            "me:s3cret@hub",
            "https:/me:s3cret@hub",
            "https://me:s3/cret@ hub",
        ] {
            assert!(!refused("HF_ENDPOINT", value).contains("cret"));
        }
        let brief = settings(&[("HOME", "/nowhere"), ("HF_HUB_DOWNLOAD_TIMEOUT", "2.5")]);
        assert_eq!(brief.unwrap().timeouts.stall, Duration::from_millis(2500));
    }
}
