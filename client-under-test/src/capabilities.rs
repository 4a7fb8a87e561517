//! What a client can do (`README.md` of this crate, hello and capabilities).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    contract::Unsupported,
    job::{Job, Options},
};

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
    /// The hello of a client written in Rust, of this name and version, that has declared nothing yet.
    pub fn new(client: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            protocol: PROTOCOL,
            client: client.into(),
            version: version.into(),
            language: "Rust".to_owned(),
            capabilities: BTreeMap::new(),
            limits: BTreeMap::new(),
            per_call: Vec::new(),
            isolation: Isolation::default(),
            parallel: one(),
            recycle: five_hundred(),
        }
    }

    /// The same, with these capabilities supported so far.
    #[must_use]
    pub fn supports(mut self, support: Support, names: &[&str]) -> Self {
        self.capabilities.extend(names.iter().map(|name| ((*name).to_owned(), support)));
        self
    }

    /// The same, with a default that is built into the client: a number, or `"none"`.
    #[must_use]
    pub fn limit(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.limits.insert(name.to_owned(), value.into());
        self
    }

    /// The same, with options that may differ between the calls of a session.
    #[must_use]
    pub fn per_call(mut self, names: &[&str]) -> Self {
        self.per_call.extend(names.iter().map(|name| (*name).to_owned()));
        self
    }

    /// What a job relies on and this client has not declared, if anything. What is off anyway may be switched off;
    /// what is always on may not.
    pub fn lacking(&self, job: &Job) -> Option<Unsupported> {
        let mut what: Vec<String> = Vec::new();
        let mut lack = |name: &str, lacking: bool| {
            if lacking && !what.iter().any(|known| known == name) {
                what.push(name.to_owned());
            }
        };
        for name in &job.needs {
            lack(name, self.support(name) == Support::No);
        }
        for (options, in_call) in
            std::iter::once((&job.options, false)).chain(job.calls.iter().map(|call| (&call.options, true)))
        {
            for (name, off) in options.switched() {
                let support = self.support(name);
                let harmless = off && support == Support::No;
                let impossible = support == if off { Support::Always } else { Support::No };
                let fixed = in_call && !self.per_call.iter().any(|own| own == name);
                lack(name, impossible || fixed && !harmless);
            }
        }
        let id = job.id.clone();
        (!what.is_empty()).then(|| Unsupported { id, what, reason: Some("it is not declared".to_owned()) })
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lacking_is_named_once() {
        let hello = Hello::new("c", "1")
            .supports(Support::Yes, &["redirects", "cookies"])
            .supports(Support::Always, &["keepalive"])
            .per_call(&["redirects"]);
        let lacking = |job: &str| {
            let job: Job = serde_json::from_str(job).unwrap();
            hello.lacking(&job).map(|lacking| lacking.what).unwrap_or_default()
        };
        let none: [&str; 0] = [];
        for (job, what) in [
            (r#"{"id":"1","needs":["redirects"],"calls":[{"url":"u"}]}"#, &none[..]),
            (r#"{"id":"1","options":{"decompress":false,"proxy":false,"keepalive":true},"calls":[]}"#, &none),
            (r#"{"id":"1","options":{"keepalive":false},"calls":[]}"#, &["keepalive"]),
            (r#"{"id":"1","needs":["x-a","retry"],"options":{"retry":1},"calls":[]}"#, &["x-a", "retry"]),
            (
                r#"{"id":"1","calls":[{"url":"u","options":{"redirects":false,"cookies":true}}]}"#,
                &["cookies"],
            ),
        ] {
            assert_eq!(lacking(job), what, "{job}");
        }
    }
}
