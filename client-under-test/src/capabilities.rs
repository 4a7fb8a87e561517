//! What a client can do (`README.md` of this crate, hello and capabilities).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::job::Options;

/// The version of the contract spoken here.
pub const PROTOCOL: u64 = 1;

/// The first message of an adapter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Hello {
    /// The version spoken.
    pub protocol: u64,
    /// What is under test, not the adapter: "requests".
    pub client: String,
    /// Its version.
    pub version: String,
    /// "Python 3.13.0"
    pub language: String,
    /// What it can do; undeclared means no.
    #[serde(default)]
    pub capabilities: BTreeMap<String, Support>,
    /// Numbers, or "none": defaults built into the client.
    #[serde(default)]
    pub limits: BTreeMap<String, serde_json::Value>,
    /// Options that may differ between calls of one session.
    #[serde(default)]
    pub per_call: Vec<String>,
    /// Whether jobs can share a process.
    #[serde(default)]
    pub isolation: Isolation,
    /// Jobs one process takes at a time.
    #[serde(default = "one")]
    pub parallel: u64,
    /// Jobs after which the process is replaced.
    #[serde(default = "five_hundred")]
    pub recycle: u64,
}

fn one() -> u64 {
    1
}

fn five_hundred() -> u64 {
    500
}

/// Whether jobs can share a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    /// They can: sessions share nothing.
    #[default]
    Session,
    /// They cannot: each job gets a fresh process.
    Process,
}

/// How far a client supports something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Support {
    /// It cannot.
    No,
    /// Off unless asked for.
    Configurable,
    /// On unless switched off; or, for things without a switch, it can.
    Yes,
    /// On, and cannot be switched off.
    Always,
}

impl Hello {
    /// How far this is supported.
    pub fn support(&self, name: &str) -> Support {
        self.capabilities.get(name).copied().unwrap_or(Support::No)
    }
}

/// Capabilities that have no option of their own.
pub const WITHOUT_OPTION: &[&str] = &[
    "digest-sha256",
    "digest-sha512-256",
    "proxy-connect",
    "proxy-https",
    "socks",
    "tls",
    "http2",
    "h2c",
    "ipv6",
    "idn",
    "gzip",
    "deflate",
    "br",
    "zstd",
    "request-compression",
    "multi-call",
    "concurrent",
    "custom-method",
    "get-body",
    "custom-host",
    "request-target",
    "query",
    "form",
    "json",
    "multipart",
    "streaming-upload",
    "upload-flush",
    "upload-replay",
    "request-trailers",
    "streaming-response",
    "cancel",
    "upgrade",
    "resume",
    "retry-resume",
    "range",
    "charset",
    "json-response",
    "lines",
    "url-bytes",
    "field-duplicates",
    "field-order",
    "field-case",
    "field-bytes",
    "field-suppress",
    "sees-reason",
    "sees-version",
    "sees-url",
    "sees-history",
    "sees-interim",
    "sees-trailers",
    "sees-order",
    "sees-case",
    "sees-duplicates",
    "sees-bytes",
    "opaque-errors",
    "opaque-results",
];

/// Whether there is a capability of this name. Names that begin with `x-` are private and always legal.
pub fn is_known(name: &str) -> bool {
    name.starts_with("x-") || Options::NAMES.contains(&name) || WITHOUT_OPTION.contains(&name)
}
