//! Options: what a client can be told (`README.md` of this crate, capabilities). Absent means "leave the client alone".

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::bytes::Bytes;

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

            /// The names of all options that are given, and whether they switch something off: `false`.
            pub fn switched(&self) -> Vec<(&'static str, bool)> {
                let mut names = Vec::new();
                $(if let Some(value) = &self.$field { names.push(($name, value.is_off())); })*
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

/// Which values of an option mean `false`.
trait Switch {
    fn is_off(&self) -> bool {
        false
    }
}

impl Switch for bool {
    fn is_off(&self) -> bool {
        !self
    }
}

impl Switch for Proxy {
    fn is_off(&self) -> bool {
        *self == Self::None
    }
}

impl Switch for u64 {}
impl Switch for String {}
impl Switch for Bytes {}
impl<T> Switch for Vec<T> {}
impl Switch for LowSpeed {}
impl Switch for Credentials {}
impl Switch for ProxyCredentials {}
impl Switch for ClientCertificate {}

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
