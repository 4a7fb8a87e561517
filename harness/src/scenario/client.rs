//! How a client is set up.

use std::time::Duration;

use wireproof_server::text::Text;

use super::{range::Range, scalar::words};

/// Options of a client, for a session or for one call. `None` is not given.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClientOptions {
    /// Its proxies.
    pub proxy: Option<Proxy>,
    /// Variables of its environment.
    pub environment: Option<Vec<(String, Text)>>,
    /// Files below HOME: path and text.
    pub files: Option<Vec<(String, Text)>>,
    /// The path of a Unix socket to connect to.
    pub socket: Option<Text>,
    /// Credentials for the origin.
    pub credentials: Option<Credentials>,
    /// Keep cookies.
    pub cookies: Option<bool>,
    /// Decode content codings.
    pub decompress: Option<bool>,
    /// What becomes of redirects.
    pub redirects: Option<Redirects>,
    /// When a call is tried again.
    pub retries: Option<Retries>,
    /// How long things may take.
    pub timeouts: Option<Timeouts>,
    /// How large things may be.
    pub limits: Option<Limits>,
    /// How connections are kept.
    pub pool: Option<Pool>,
    /// Cache responses.
    pub cache: Option<bool>,
    /// Which HTTP.
    pub http: Option<HttpVersion>,
    /// How TLS is spoken.
    pub tls: Option<ClientTls>,
    /// The most address space its process may have, in bytes.
    pub address_space: Option<u64>,
}

impl ClientOptions {
    /// These options, with those of `narrower` in their place where it has them: whole, never merged.
    #[must_use]
    pub fn overridden_by(self, narrower: Self) -> Self {
        Self {
            proxy: narrower.proxy.or(self.proxy),
            environment: narrower.environment.or(self.environment),
            files: narrower.files.or(self.files),
            socket: narrower.socket.or(self.socket),
            credentials: narrower.credentials.or(self.credentials),
            cookies: narrower.cookies.or(self.cookies),
            decompress: narrower.decompress.or(self.decompress),
            redirects: narrower.redirects.or(self.redirects),
            retries: narrower.retries.or(self.retries),
            timeouts: narrower.timeouts.or(self.timeouts),
            limits: narrower.limits.or(self.limits),
            pool: narrower.pool.or(self.pool),
            cache: narrower.cache.or(self.cache),
            http: narrower.http.or(self.http),
            tls: narrower.tls.or(self.tls),
            address_space: narrower.address_space.or(self.address_space),
        }
    }
}

/// The proxies of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proxy {
    /// None, whatever the environment says.
    None,
    /// One for everything.
    Url(Text),
    /// One for each scheme.
    ByScheme {
        /// For `http`.
        http: Option<Text>,
        /// For `https`.
        https: Option<Text>,
        /// Hosts that are reached without.
        except: Vec<Text>,
    },
}

/// Credentials for the origin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Credentials {
    /// The user.
    pub user: Option<Text>,
    /// The password.
    pub password: Option<Text>,
    /// A bearer token (RFC 6750).
    pub bearer: Option<Text>,
}

/// What becomes of redirects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Redirects {
    /// Whether they are followed.
    pub follow: Option<bool>,
    /// How many at most.
    pub max: Option<u64>,
}

/// When a call is tried again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Retries {
    /// How often at most.
    pub max: Option<u64>,
    /// After which statuses.
    pub statuses: Option<Vec<u16>>,
}

/// How long things may take; not scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timeouts {
    /// To connect.
    pub connect: Option<Duration>,
    /// Silence while reading.
    pub read: Option<Duration>,
    /// To send.
    pub write: Option<Duration>,
    /// Until the head is there.
    pub head: Option<Duration>,
    /// All of a call.
    pub total: Option<Duration>,
    /// Until an unused connection is dropped.
    pub idle: Option<Duration>,
    /// To get a connection of the pool.
    pub pool: Option<Duration>,
}

/// How large things may be, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Content.
    pub body: Option<u64>,
    /// The head.
    pub head: Option<u64>,
}

/// How connections are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pool {
    /// The most connections to one host.
    pub per_host: Option<u64>,
    /// After which a connection is not used again; not scaled.
    pub lifetime: Option<Duration>,
}

words! {
    /// Which HTTP a client speaks.
    pub HttpVersion, "\"1.0\", \"1.1\", \"2\" or \"2-cleartext\", quoted" {
        /// RFC 1945
        V10 = "1.0",
        /// RFC 9112
        V11 = "1.1",
        /// RFC 9113, over TLS.
        V2 = "2",
        /// RFC 9113, with prior knowledge.
        V2Cleartext = "2-cleartext",
    }
}

/// How a client speaks TLS.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClientTls {
    /// Whether certificates are verified.
    pub verify: Option<bool>,
    /// The name of its own certificate: `alice`.
    pub certificate: Option<Text>,
    /// What it trusts in place of the run's authority.
    pub trust: Option<Text>,
    /// SHA-256 of the public keys it accepts, in base64.
    pub pin: Option<Vec<Text>>,
}

/// What a client may use up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Memory that its processes hold more at most than right before the job, in bytes.
    pub memory: Option<Range<u64>>,
    /// Processor time of its processes; not scaled.
    pub cpu: Option<Range<Duration>>,
}

impl Usage {
    /// Whether anything is said of it.
    pub fn is_asked(&self) -> bool {
        self.memory.is_some() || self.cpu.is_some()
    }
}
