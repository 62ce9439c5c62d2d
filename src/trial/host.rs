//! Where and with what a trial ran.

use std::fs;

use serde::{Deserialize, Serialize};

/// Where and with what a trial ran. It is kept for people; it is not part of the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Host {
    /// The machine's name.
    pub name: String,
    /// Operating system and processor family, such as `linux x86_64`.
    pub platform: String,
    /// The processor's model name, where the system tells.
    pub processor: Option<String>,
    /// This program's version.
    pub program: String,
    /// libtorch's version, as the program was built against.
    pub libtorch: String,
    /// The device that an encoder was computed on, where it was not the processor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

impl Host {
    /// The machine that this process runs on, computing encoders on `device`.
    pub fn current(device: &str) -> Self {
        let line = |path: &str| {
            fs::read_to_string(path)
                .ok()
                .map(|text| text.trim().to_owned())
        };
        Self {
            name: line("/proc/sys/kernel/hostname")
                .or_else(|| std::env::var("HOSTNAME").ok())
                .unwrap_or_else(|| "unknown".to_owned()),
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            processor: field("/proc/cpuinfo", "model name"),
            program: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned(),
            libtorch: option_env!("FSL_EXP_LIBTORCH_VERSION")
                .unwrap_or("unknown")
                .to_owned(),
            device: (device != "cpu").then(|| device.to_owned()),
        }
    }
}

/// The most memory that this process has held at once, in bytes; `None` where the system does not tell.
pub fn peak_memory_bytes() -> Option<u64> {
    let kilobytes = field("/proc/self/status", "VmHWM")?;
    kilobytes
        .split_whitespace()
        .next()?
        .parse::<u64>()
        .ok()
        .map(|count| 1024 * count)
}

/// The first `name: value` line of a file of the Linux kernel's.
fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })
}
