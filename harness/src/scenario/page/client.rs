//! Options of clients as they are written, and what clients may use up.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::fields::RawEnvironment;
use crate::scenario::{
    client::{
        ClientOptions, ClientTls, Credentials, HttpVersion, Limits, Pool, Proxy, Redirects, Retries,
        Timeouts, Usage,
    },
    range::Range,
    raw::{Leaf, Many, Open, Part, Table},
    scope::{Close, Closing, Scope, all},
    unit::{Positive, Size, Status},
};

/// How a client is set up. What is not given is the client's own.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a client")]
#[schemars(rename = "Client")]
pub(crate) struct RawClient {
    /// A URL, or `{ http, https, except }`.
    proxy: Option<Part<RawProxy>>,
    /// Variables of its environment.
    environment: Option<Part<RawEnvironment>>,
    /// Files below HOME: path to text.
    files: Option<Table<Leaf>>,
    /// The path of a Unix socket to connect to: `"{origin.socket}"`.
    socket: Option<Leaf>,
    /// Credentials for the origin.
    credentials: Option<Part<RawCredentials>>,
    /// Keep cookies (false).
    cookies: Option<Open<bool>>,
    /// Decode content codings (true).
    decompress: Option<Open<bool>>,
    /// What becomes of redirects (followed).
    redirects: Option<Part<RawRedirects>>,
    /// When a call is tried again.
    retries: Option<Part<RawRetries>>,
    /// How long things may take.
    timeouts: Option<Part<RawTimeouts>>,
    /// How large things may be.
    limits: Option<Part<RawLimits>>,
    /// How connections are kept.
    pool: Option<Part<RawPool>>,
    /// Cache responses (false).
    cache: Option<Open<bool>>,
    /// Which HTTP, quoted: "1.0", "1.1", "2" or "2-cleartext".
    http: Option<Open<HttpVersion>>,
    /// How TLS is spoken.
    tls: Option<Part<RawClientTls>>,
    /// The most address space (`RLIMIT_AS`) that its process, then one of its own, may have: `2GiB`.
    address_space: Option<Open<Size>>,
}

/// The options of a case: each is taken whole from the narrowest place that has it.
pub(crate) fn close_merged(
    wider: Option<&RawClient>,
    narrower: Option<&RawClient>,
    scope: &Scope<'_>,
) -> Closing<ClientOptions> {
    let none = RawClient::default();
    let (wider, narrower) = (wider.unwrap_or(&none), narrower.unwrap_or(&none));
    macro_rules! close {
        ($option:ident) => {
            match &narrower.$option {
                Some(option) => option.close(scope).map(Some),
                None => wider.$option.close(scope),
            }
        };
    }
    all! {
        proxy = close!(proxy);
        environment = close!(environment);
        files = close!(files);
        socket = close!(socket);
        credentials = close!(credentials);
        cookies = close!(cookies);
        decompress = close!(decompress);
        redirects = close!(redirects);
        retries = close!(retries);
        timeouts = close!(timeouts);
        limits = close!(limits);
        pool = close!(pool);
        cache = close!(cache);
        http = close!(http);
        tls = close!(tls);
        address_space = close!(address_space);
    }
    Some(ClientOptions {
        proxy,
        environment,
        files,
        socket,
        credentials,
        cookies,
        decompress,
        redirects,
        retries,
        timeouts,
        limits,
        pool,
        cache,
        http,
        tls,
        address_space: address_space.map(|Size(bytes)| bytes),
    })
}

impl Close for RawClient {
    type Closed = ClientOptions;

    fn close(&self, scope: &Scope<'_>) -> Closing<ClientOptions> {
        close_merged(None, Some(self), scope)
    }
}

/// A URL for everything, `false` for none whatever the environment says, or one for each scheme.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "a proxy (a URL, `false` or a mapping)")]
#[schemars(untagged, rename = "Proxy")]
pub(crate) enum RawProxy {
    #[serde(rename = "$text")]
    Url(Leaf),
    #[serde(rename = "$map")]
    ByScheme(RawProxies),
}

/// A proxy for each scheme.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a proxy")]
#[schemars(rename = "Proxies")]
pub(crate) struct RawProxies {
    /// For `http`.
    http: Option<Leaf>,
    /// For `https`.
    https: Option<Leaf>,
    /// Hosts that are reached without.
    except: Option<Many<Leaf>>,
}

impl Close for RawProxy {
    type Closed = Proxy;

    fn close(&self, scope: &Scope<'_>) -> Closing<Proxy> {
        match self {
            Self::Url(url) => url.close(scope).map(|url| match url.static_bytes().as_deref() {
                Some(b"false") => Proxy::None,
                _ => Proxy::Url(url),
            }),
            Self::ByScheme(proxies) => {
                all! {
                    http = proxies.http.close(scope);
                    https = proxies.https.close(scope);
                    except = proxies.except.close(scope);
                }
                Some(Proxy::ByScheme { http, https, except: except.unwrap_or_default() })
            }
        }
    }
}

/// Credentials for the origin.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "`credentials`")]
#[schemars(rename = "Credentials")]
pub(crate) struct RawCredentials {
    /// The user.
    user: Option<Leaf>,
    /// The password.
    password: Option<Leaf>,
    /// A bearer token.
    bearer: Option<Leaf>,
}

/// `true`, `false`, or `{ follow, max }`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "`redirects` (a truth value or a mapping)")]
#[schemars(untagged, rename = "Redirects")]
pub(crate) enum RawRedirects {
    #[serde(rename = "$text")]
    Follow(Open<bool>),
    #[serde(rename = "$map")]
    Whole(RawWholeRedirects),
}

/// What becomes of redirects.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "`redirects`")]
#[schemars(rename = "WholeRedirects")]
pub(crate) struct RawWholeRedirects {
    /// Whether they are followed (true).
    follow: Option<Open<bool>>,
    /// How many at most.
    max: Option<Open<u64>>,
}

impl Close for RawRedirects {
    type Closed = Redirects;

    fn close(&self, scope: &Scope<'_>) -> Closing<Redirects> {
        match self {
            Self::Follow(follow) => {
                follow.close(scope).map(|follow| Redirects { follow: Some(follow), max: None })
            }
            Self::Whole(whole) => {
                all! {
                    follow = whole.follow.close(scope);
                    max = whole.max.close(scope);
                }
                Some(Redirects { follow, max })
            }
        }
    }
}

/// When a call is tried again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "`retries`")]
#[schemars(rename = "Retries")]
pub(crate) struct RawRetries {
    /// How often at most.
    max: Option<Open<u64>>,
    /// After which statuses.
    statuses: Option<Many<Open<Status>>>,
}

/// How long things may take.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "`timeouts`")]
#[schemars(rename = "Timeouts")]
pub(crate) struct RawTimeouts {
    /// To connect.
    connect: Option<Open<Duration>>,
    /// Silence while reading.
    read: Option<Open<Duration>>,
    /// To send.
    write: Option<Open<Duration>>,
    /// Until the head is there.
    head: Option<Open<Duration>>,
    /// All of a call.
    total: Option<Open<Duration>>,
    /// Until an unused connection is dropped.
    idle: Option<Open<Duration>>,
    /// To get a connection of the pool.
    pool: Option<Open<Duration>>,
}

/// How large things may be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "`limits`")]
#[schemars(rename = "Limits")]
pub(crate) struct RawLimits {
    /// Content.
    body: Option<Open<Size>>,
    /// The head.
    head: Option<Open<Size>>,
}

/// How connections are kept.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "`pool`")]
#[schemars(rename = "Pool")]
pub(crate) struct RawPool {
    /// The most connections to one host.
    per_host: Option<Open<Positive>>,
    /// After which a connection is not used again.
    lifetime: Option<Open<Duration>>,
}

/// How a client speaks TLS.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "`tls` of a client")]
#[schemars(rename = "ClientTls")]
pub(crate) struct RawClientTls {
    /// Whether certificates are verified.
    verify: Option<Open<bool>>,
    /// The name of its own certificate: `alice`.
    certificate: Option<Leaf>,
    /// What it trusts in place of the run's authority.
    trust: Option<Leaf>,
    /// SHA-256 of the public keys it accepts, in base64.
    pin: Option<Many<Leaf>>,
}

/// What a client may use up.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "`client` of an expectation")]
#[schemars(rename = "Usage")]
pub(crate) struct RawUsage {
    /// How much more memory its processes hold at most than right before the job.
    memory: Option<Open<Range<Size>>>,
    /// Processor time of its processes, user and system.
    cpu: Option<Open<Range<Duration>>>,
}

/// Structures whose parts are closed one by one into the structure of the same shape.
macro_rules! close_alike {
    ($($raw:ident to $closed:ident { $($part:ident $(by $convert:expr)?),* })*) => {
        $(impl Close for $raw {
            type Closed = $closed;

            fn close(&self, scope: &Scope<'_>) -> Closing<$closed> {
                all! {
                    $($part = self.$part.close(scope);)*
                }
                $($(let $part = $part.map($convert);)?)*
                Some($closed { $($part),* })
            }
        })*
    };
}

close_alike! {
    RawCredentials to Credentials { user, password, bearer }
    RawRetries to Retries { max, statuses by |all| all.into_iter().map(|Status(status)| status).collect() }
    RawTimeouts to Timeouts { connect, read, write, head, total, idle, pool }
    RawLimits to Limits { body by |Size(bytes)| bytes, head by |Size(bytes)| bytes }
    RawPool to Pool { per_host by |Positive(most)| most, lifetime }
    RawClientTls to ClientTls { verify, certificate, trust, pin }
    RawUsage to Usage { memory by |range| range.map(|Size(bytes)| bytes), cpu }
}
