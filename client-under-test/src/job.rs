//! What a client is asked (`README.md` of this crate, jobs).
//!
//! An absent option means "leave the client alone"; off is `false`.

use serde::{Deserialize, Serialize};

use crate::bytes::Bytes;

mod options;
mod spelling;

pub use options::{ClientCertificate, Credentials, LowSpeed, Options, Proxy, ProxyCredentials};

/// One job: calls in one session.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Job {
    /// Opaque; repeated in the answer.
    pub id: String,
    /// Every capability relied on, the names of all options included.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Options for the session.
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    pub options: Options,
    /// In order, each fully read (or cancelled) before the next starts, also after a failed one.
    pub calls: Vec<Call>,
    /// Start every call at once instead, each after its own `before`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub concurrent: bool,
    /// Keep the session open that long after the last call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linger: Option<Wait>,
    /// For information, in milliseconds: the harness enforces it.
    #[serde(default)]
    pub deadline: u64,
}

/// One call of a job.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Call {
    /// Handed to the client as it is: not parsed, not normalised, not encoded.
    pub url: Bytes,
    /// The method, spelling kept; also with a body.
    #[serde(default = "get", skip_serializing_if = "is_get")]
    pub method: String,
    /// In this order, duplicates kept. A value replaces the client's default field of that name; `None`
    /// suppresses the default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<(String, Option<Bytes>)>,
    /// Through the client's own parameter encoder.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<(String, String)>,
    /// The content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// Overrides per key; only names that the client declared `per-call`.
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    pub options: Options,
    /// Waited for before the call starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Wait>,
    /// How the caller takes the body.
    #[serde(default, skip_serializing_if = "Read::is_all")]
    pub read: Read,
    /// Abort by the client's documented means once that has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel: Option<Cancel>,
    /// Request target that replaces the one made from the URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Bytes>,
    /// Request trailer fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trailers: Vec<(String, Bytes)>,
    /// What is done on the connection after a 101.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upgrade: Option<Upgrade>,
}

fn get() -> String {
    "GET".to_owned()
}

fn is_get(method: &String) -> bool {
    method == "GET"
}

/// The content of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// These bytes.
    Bytes(Bytes),
    /// By the client's own form encoder (`application/x-www-form-urlencoded`).
    Form(Vec<(String, String)>),
    /// By the client's own JSON encoder.
    Json(serde_json::Value),
    /// By the client's own multipart encoder.
    Multipart(Vec<Part>),
    /// From a source of the caller's.
    Stream(Stream),
}

/// One part of a multipart body (RFC 7578).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The name of the form field.
    pub name: String,
    /// The content.
    pub body: Bytes,
    /// The file name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// The media type.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
}

/// A body that comes piece by piece.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stream {
    /// The pieces, in order.
    pub stream: Vec<Piece>,
    /// The length announced; absent is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
    /// Whether the source can be started again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replay: bool,
}

/// One piece of a streamed body.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// The source yields these bytes.
    Bytes(Bytes),
    /// The source waits.
    Wait(Wait),
    /// The source raises an error with this text.
    Fail(String),
}

/// The one waiting primitive.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wait {
    /// So many milliseconds.
    Ms(u64),
    /// Connect to this `ip:port` by plain TCP (no proxy), read until end or error, go on.
    Gate(String),
}

/// When a call is aborted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Cancel {
    /// Once the wait is over.
    Wait(Wait),
    /// Once the final head has come.
    Head,
    /// Once so many bytes of content were handed to the caller.
    Bytes(u64),
}

/// How the caller takes the body. All absent: all of it, in the client's most usual way.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Read {
    /// Take so many bytes, then close the response. Not an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Pause after so many bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<Pause>,
    /// By the client's own decoder.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub decoded: Option<ReadAs>,
}

impl Read {
    /// Whether nothing special is asked.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }
}

/// A pause while a body is read: `{"after": n, "ms": m}` or `{"after": n, "gate": "ip:port"}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pause {
    /// After so many bytes.
    pub after: u64,
    /// How long.
    pub wait: Wait,
}

/// A decoder of the client's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadAs {
    /// To a string, by the charset.
    Text,
    /// To a JSON value.
    Json,
    /// To a list of lines.
    Lines,
}

/// What is done on a connection after a 101.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upgrade {
    /// Written first.
    pub send: Bytes,
    /// How many bytes are then read.
    pub read: u64,
}
