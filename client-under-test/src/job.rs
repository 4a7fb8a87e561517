//! What a client is asked (contract.md, sections 1, 3 and 6).
//!
//! An absent option means "leave the client alone"; off is `false`.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::bytes::Bytes;

mod spelling;

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

macro_rules! options {
    ($($(#[$doc:meta])* $field:ident: $type:ty = $name:literal;)*) => {
        /// Options of a session or call. Each bears the name of its capability.
        #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
        pub struct Options {
            $(
                $(#[$doc])*
                #[serde(default, rename = $name, skip_serializing_if = "Option::is_none")]
                pub $field: Option<$type>,
            )*
        }

        impl Options {
            /// The names of all options there are.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// The names of the options that are given, in the order of the contract.
            pub fn given(&self) -> Vec<&'static str> {
                let mut names = Vec::new();
                $(if self.$field.is_some() { names.push($name); })*
                names
            }

            /// Whether no option is given.
            pub fn is_empty(&self) -> bool {
                self.given().is_empty()
            }

            /// These options, with those of `narrower` in their place where it has them.
            #[must_use]
            pub fn overridden_by(&self, narrower: &Self) -> Self {
                Self { $($field: narrower.$field.clone().or_else(|| self.$field.clone()),)* }
            }
        }
    };
}

options! {
    /// Follow redirects.
    redirects: bool = "redirects";
    /// Keep cookies.
    cookies: bool = "cookies";
    /// Decode content codings.
    decompress: bool = "decompress";
    /// Keep connections for the next call.
    keepalive: bool = "keepalive";
    /// Ask with `Expect: 100-continue`.
    expect_continue: bool = "expect-continue";
    /// Read credentials from `.netrc`.
    netrc: bool = "netrc";
    /// Obey the proxy variables of the environment.
    proxy_env: bool = "proxy-env";
    /// Remember Strict-Transport-Security.
    hsts: bool = "hsts";
    /// Cache responses.
    http_cache: bool = "http-cache";
    /// Follow Alt-Svc.
    alt_svc: bool = "alt-svc";
    /// Make an error of 4xx and 5xx.
    status_errors: bool = "status-errors";
    /// Do not verify certificates.
    insecure: bool = "insecure";
    /// Do not verify the host name of certificates.
    insecure_host: bool = "insecure-host";
    /// How many redirects are followed.
    max_redirects: u64 = "max-redirects";
    /// How often a failed call is tried again.
    retry: u64 = "retry";
    /// The most bytes of content accepted.
    max_body: u64 = "max-body";
    /// The most bytes of head accepted.
    max_head: u64 = "max-head";
    /// The most connections to one host.
    pool_limit: u64 = "pool-limit";
    /// Milliseconds.
    connect_timeout: u64 = "connect-timeout";
    /// Milliseconds.
    send_timeout: u64 = "send-timeout";
    /// Milliseconds.
    head_timeout: u64 = "head-timeout";
    /// Milliseconds of silence.
    read_timeout: u64 = "read-timeout";
    /// Milliseconds, from the start of the call to the last byte.
    total_timeout: u64 = "total-timeout";
    /// Milliseconds after which an unused connection is dropped.
    idle_timeout: u64 = "idle-timeout";
    /// Milliseconds after which a connection is not used again.
    conn_lifetime: u64 = "conn-lifetime";
    /// Give up when slower than this.
    low_speed: LowSpeed = "low-speed";
    /// Credentials for Basic (RFC 7617).
    basic_auth: Credentials = "basic-auth";
    /// Credentials for Digest (RFC 7616).
    digest: Credentials = "digest";
    /// Credentials for NTLM.
    ntlm: Credentials = "ntlm";
    /// A bearer token (RFC 6750).
    bearer: Bytes = "bearer";
    /// A proxy, or none at all whatever the environment says.
    proxy: Proxy = "proxy";
    /// Credentials for the proxy.
    proxy_auth: ProxyCredentials = "proxy-auth";
    /// Hosts for which no proxy is used.
    no_proxy: Vec<String> = "no-proxy";
    /// The path of a PEM file that replaces the default trust.
    custom_ca: String = "custom-ca";
    /// A client certificate.
    client_cert: ClientCertificate = "client-cert";
    /// SHA-256 of public keys, in base64.
    pinning: Vec<String> = "pinning";
    /// The lowest version of TLS: "1.2".
    tls_min: String = "tls-min";
    /// The highest version of TLS.
    tls_max: String = "tls-max";
    /// The path of a revocation list.
    crl: String = "crl";
    /// "1.0", "1.1", "2" or "h2c".
    http_version: String = "http-version";
    /// Host, port and the addresses they resolve to.
    resolve: Vec<(String, u16, Vec<String>)> = "resolve";
    /// 4 or 6.
    ip_version: u64 = "ip-version";
    /// The path of a Unix socket.
    unix_socket: String = "unix-socket";
    /// The local address to connect from.
    local_address: String = "local-address";
}

/// A speed below which a client gives up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LowSpeed {
    /// Fewer bytes than this,
    pub bytes: u64,
    /// in so many milliseconds.
    pub ms: u64,
}

/// User and password.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Credentials {
    /// The user.
    pub user: Bytes,
    /// The password.
    pub password: Bytes,
}

/// User and password for a proxy.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ProxyCredentials {
    /// The user.
    pub user: Bytes,
    /// The password.
    pub password: Bytes,
    /// `basic` unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
}

/// A client certificate and its key: paths of PEM files.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ClientCertificate {
    /// The certificate.
    pub cert: String,
    /// Its key.
    pub key: String,
}

/// A proxy.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Proxy {
    /// At this URL.
    Url(String),
    /// None, whatever the environment says: `false`.
    None,
}

impl Serialize for Proxy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Url(url) => serializer.serialize_str(url),
            Self::None => serializer.serialize_bool(false),
        }
    }
}

impl<'de> Deserialize<'de> for Proxy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(url) => Ok(Self::Url(url)),
            serde_json::Value::Bool(false) => Ok(Self::None),
            other => Err(de::Error::custom(format!("a proxy is a URL or false, not {other}"))),
        }
    }
}
