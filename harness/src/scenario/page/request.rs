//! Expected requests and connections as they are written.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    body::RawBodyExpect,
    fields::{RawFieldPatterns, request_line},
    frame::RawFrameExpect,
    outcome::version,
    rule::RawProves,
};
use crate::scenario::{
    expect::{
        ConnectionExpect, ConnectionsExpect, EndedBy, FramingExpect, RequestExpect, ServerExpect, TlsExpect,
    },
    range::Range,
    raw::{Leaf, Many, One, Open, Part},
    scope::{Close, Closing, Scope, Word, all},
    server::TlsVersion,
    unit::{Positive, Size},
};

/// A request: its line, or a mapping of its line to details.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "a request (its line, or a mapping of its line to details)")]
#[schemars(rename = "RequestExpectation")]
pub(crate) enum RawRequest {
    #[serde(rename = "$text")]
    #[schemars(untagged)]
    Line(Leaf),
    #[serde(rename = "$line")]
    #[schemars(untagged, with = "One<RawRequestDetails>")]
    Detailed(Leaf, Part<Box<RawRequestDetails>>),
}

/// What else must be true of a request. What is not said is free.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a request")]
#[schemars(rename = "RequestDetails")]
pub(crate) struct RawRequestDetails {
    /// For each name: exactly these field lines, in this order; `*` stands for any run of bytes.
    headers: Option<Part<RawFieldPatterns>>,
    /// Names of fields that must be absent.
    without: Option<Many<Leaf>>,
    /// The content, after transfer coding; `""` is none.
    body: Option<RawBodyExpect>,
    /// How it is framed: `length`, `chunked` or `none`.
    framing: Option<Open<FramingExpect>>,
    /// The version: "1.1".
    version: Option<Word>,
    /// For each name: exactly these trailer lines, in this order.
    trailers: Option<Part<RawFieldPatterns>>,
    /// Texts in head and body, as sent.
    bytes: Option<Many<Leaf>>,
    /// Texts that are not in them.
    never_bytes: Option<Many<Leaf>>,
    /// Whether all of it came (true).
    complete: Option<Open<bool>>,
    /// The number of its connection.
    connection: Option<Open<Positive>>,
    /// Whether it answers the server's last challenge.
    proves: Option<Part<RawProves>>,
    /// How many in a row (1).
    times: Option<Open<Positive>>,
    /// From the end of the one listed before to this head.
    gap: Option<Open<Range<Duration>>>,
    /// From the end of the head to the first byte of body.
    body_starts: Option<Open<Range<Duration>>>,
}

impl Close for RawRequest {
    type Closed = RequestExpect;

    fn close(&self, scope: &Scope<'_>) -> Closing<RequestExpect> {
        match self {
            Self::Line(line) => RawRequestDetails::default().close(*line, scope),
            Self::Detailed(line, details) => details.get()?.close(*line, scope),
        }
    }
}

impl RawRequestDetails {
    fn close(&self, line: Leaf, scope: &Scope<'_>) -> Closing<RequestExpect> {
        let scope = &scope.in_turn(self.times.is_some());
        all! {
            line = request_line(line, scope);
            headers = self.headers.close(scope);
            without = self.without.close(scope);
            body = self.body.close(scope);
            framing = self.framing.close(scope);
            version = version(self.version, scope);
            trailers = self.trailers.close(scope);
            bytes = self.bytes.close(scope);
            never_bytes = self.never_bytes.close(scope);
            complete = self.complete.close(scope);
            connection = self.connection.close(scope);
            proves = self.proves.close(scope);
            times = self.times.close(scope);
            gap = self.gap.close(scope);
            body_starts = self.body_starts.close(scope);
        }
        Some(RequestExpect {
            line,
            headers: headers.unwrap_or_default(),
            without: without.unwrap_or_default(),
            body,
            framing,
            version,
            trailers: trailers.unwrap_or_default(),
            bytes: bytes.unwrap_or_default(),
            never_bytes: never_bytes.unwrap_or_default(),
            complete: complete.unwrap_or(true),
            connection: connection.map(|Positive(number)| number),
            proves,
            times: times.map_or(1, |Positive(times)| times),
            gap,
            body_starts,
        })
    }
}

/// What one server sees: a list is exactly these requests in this order.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "an expectation on a server (a list of requests or a mapping)")]
#[schemars(untagged, rename = "ServerExpectation")]
pub(crate) enum RawServerExpect {
    #[serde(rename = "$list")]
    Requests(Many<RawRequest>),
    #[serde(rename = "$map")]
    Whole(Box<RawWholeServerExpect>),
}

/// What one server sees. What is not said is free.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "an expectation on a server")]
#[schemars(rename = "WholeServerExpectation")]
pub(crate) struct RawWholeServerExpect {
    /// Exactly these, in this order.
    requests: Option<Many<RawRequest>>,
    /// Exactly these, in any order.
    any_order: Option<Many<RawRequest>>,
    /// At least these, in this order.
    include: Option<Many<RawRequest>>,
    /// None like these.
    never: Option<Many<RawRequest>>,
    /// How many requests.
    count: Option<Open<Range<u64>>>,
    /// How many connections have a number; or a list, one each, by number.
    connections: Option<Part<RawConnections>>,
    /// The most requests begun and not yet answered in full.
    at_once: Option<Open<Range<u64>>>,
    /// Bytes received, above TLS.
    received: Option<Open<Range<Size>>>,
    /// Bytes sent, above TLS.
    sent: Option<Open<Range<Size>>>,
    /// Texts in what was received, all connections.
    bytes: Option<Many<Leaf>>,
    /// Texts that are not in it.
    never_bytes: Option<Many<Leaf>>,
    /// HTTP/2 frames that are, and are not, among those received.
    frames: Option<Part<RawFrames>>,
}

/// HTTP/2 frames that are, and are not, among those received.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "`frames`")]
#[schemars(rename = "Frames")]
pub(crate) struct RawFrames {
    /// At least these.
    include: Option<Many<RawFrameExpect>>,
    /// None like these.
    never: Option<Many<RawFrameExpect>>,
}

impl Close for RawServerExpect {
    type Closed = ServerExpect;

    fn close(&self, scope: &Scope<'_>) -> Closing<ServerExpect> {
        match self {
            Self::Requests(requests) => {
                let requests = Some(requests.close(scope)?);
                Some(ServerExpect { requests, ..ServerExpect::default() })
            }
            Self::Whole(whole) => whole.close(scope),
        }
    }
}

impl RawWholeServerExpect {
    fn close(&self, scope: &Scope<'_>) -> Closing<ServerExpect> {
        let (include, never) = match &self.frames {
            Some(frames) => {
                let frames = frames.get()?;
                (frames.include.close(scope), frames.never.close(scope))
            }
            None => (Some(None), Some(None)),
        };
        all! {
            frames = include;
            never_frames = never;
            requests = self.requests.close(scope);
            any_order = self.any_order.close(scope);
            include = self.include.close(scope);
            never = self.never.close(scope);
            count = self.count.close(scope);
            connections = self.connections.close(scope);
            at_once = self.at_once.close(scope);
            received = self.received.close(scope);
            sent = self.sent.close(scope);
            bytes = self.bytes.close(scope);
            never_bytes = self.never_bytes.close(scope);
        }
        Some(ServerExpect {
            requests,
            any_order,
            include: include.unwrap_or_default(),
            never: never.unwrap_or_default(),
            count,
            connections,
            at_once,
            received: received.map(in_bytes),
            sent: sent.map(in_bytes),
            bytes: bytes.unwrap_or_default(),
            never_bytes: never_bytes.unwrap_or_default(),
            frames: frames.unwrap_or_default(),
            never_frames: never_frames.unwrap_or_default(),
        })
    }
}

fn in_bytes(range: Range<Size>) -> Range<u64> {
    range.map(|Size(bytes)| bytes)
}

/// How many have a number; or a list, one each, by number.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "`connections` (a number, a range or a list)")]
#[schemars(untagged, rename = "Connections")]
pub(crate) enum RawConnections {
    #[serde(rename = "$text")]
    Count(Open<Range<u64>>),
    #[serde(rename = "$list")]
    Each(Many<RawConnection>),
}

impl Close for RawConnections {
    type Closed = ConnectionsExpect;

    fn close(&self, scope: &Scope<'_>) -> Closing<ConnectionsExpect> {
        match self {
            Self::Count(count) => count.close(scope).map(ConnectionsExpect::Count),
            Self::Each(each) => each.close(scope).map(ConnectionsExpect::Each),
        }
    }
}

/// What must be true of one connection. What is not said is free.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a connection")]
#[schemars(rename = "Connection")]
pub(crate) struct RawConnection {
    /// Exactly these requests, in this order.
    requests: Option<Many<RawRequest>>,
    /// Who ended it: `client`, `client-reset`, `server`, `server-reset` or `open`.
    ended: Option<Open<EndedBy>>,
    /// From the end of the last call on it to its end.
    within: Option<Open<Range<Duration>>>,
    /// The most requests begun and not yet answered in full.
    at_once: Option<Open<Range<u64>>>,
    /// Facts of its TLS.
    tls: Option<Part<RawTlsExpect>>,
}

/// Facts of TLS on one connection.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "`tls` of a connection")]
#[schemars(rename = "TlsExpectation")]
pub(crate) struct RawTlsExpect {
    /// The name asked for.
    sni: Option<Leaf>,
    /// The protocol agreed on.
    alpn: Option<Leaf>,
    /// The version, quoted.
    version: Option<Open<TlsVersion>>,
    /// The name of the client's certificate.
    client_certificate: Option<Leaf>,
    /// Whether a session was resumed.
    resumed: Option<Open<bool>>,
}

impl Close for RawConnection {
    type Closed = ConnectionExpect;

    fn close(&self, scope: &Scope<'_>) -> Closing<ConnectionExpect> {
        all! {
            requests = self.requests.close(scope);
            ended = self.ended.close(scope);
            within = self.within.close(scope);
            at_once = self.at_once.close(scope);
            tls = self.tls.close(scope);
        }
        Some(ConnectionExpect { requests, ended, within, at_once, tls })
    }
}

impl Close for RawTlsExpect {
    type Closed = TlsExpect;

    fn close(&self, scope: &Scope<'_>) -> Closing<TlsExpect> {
        all! {
            sni = self.sni.close(scope);
            alpn = self.alpn.close(scope);
            version = self.version.close(scope);
            client_certificate = self.client_certificate.close(scope);
            resumed = self.resumed.close(scope);
        }
        Some(TlsExpect { sni, alpn, version, client_certificate, resumed })
    }
}
