//! What must then be true.

use std::time::Duration;

use wireproof_server::{
    script::{Content, Digest, Field, FieldPattern},
    text::{Pattern, Text},
};

use super::{call::Part, client::Usage, json::Json, range::Range, scalar::words, server::FrameType};

/// All that a case expects.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expect {
    /// What must hold whatever else does.
    pub all: Expectations,
    /// The first of these that holds counts; empty is no choice.
    pub any: Vec<Alternative>,
}

/// One of several things that may be true.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    /// Its name in the report.
    pub label: String,
    /// How it is graded; `None` in a survey, and only there.
    pub grade: Option<Grade>,
    /// What must hold in addition.
    pub expectations: Expectations,
}

words! {
    /// How an alternative is graded.
    pub Grade, "`pass` or `lenient`" {
        /// As it should be.
        Pass = "pass",
        /// Tolerable.
        Lenient = "lenient",
    }
}

/// Expectations on both witnesses. What is not said is free.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expectations {
    /// One for each call, in the order written, `together` flattened, `times` kept together; empty where
    /// nothing is said. `outcome:` is one.
    pub outcomes: Vec<OutcomeExpect>,
    /// What the client may use up.
    pub client: Usage,
    /// What is asked of our DNS; its request lines are `A origin.test`.
    pub names: Option<ServerExpect>,
    /// What servers see, in the order written.
    pub servers: Vec<(String, ServerExpect)>,
}

/// What the client tells its caller about one call.
#[derive(Debug, Clone, PartialEq)]
pub struct OutcomeExpect {
    /// The status.
    pub status: Option<Range<u64>>,
    /// The reason phrase.
    pub reason: Option<Text>,
    /// The version: "1.1".
    pub version: Option<String>,
    /// For each name: exactly these field lines, in this order.
    pub headers: Vec<FieldPattern>,
    /// Names of fields that must be absent.
    pub without: Vec<Text>,
    /// For each name: exactly these trailer lines, in this order.
    pub trailers: Vec<FieldPattern>,
    /// The content.
    pub body: Option<BodyExpect>,
    /// The content as text, by the client's decoder.
    pub text: Option<Text>,
    /// The content as JSON, by the client's decoder.
    pub json: Option<Json>,
    /// The final URL.
    pub url: Option<Text>,
    /// The redirects, oldest first.
    pub history: Option<Vec<HopExpect>>,
    /// Error classes or groups, any of which will do; empty where none is said.
    pub error: Vec<String>,
    /// Phases, any of which will do; empty where none is said.
    pub phase: Vec<String>,
    /// Whether a coarse answer (a set of classes that merely overlaps) is not enough.
    pub exact: bool,
    /// Content handed over before the error.
    pub received: Option<Content>,
    /// From the start of the call to the first byte of content; not scaled.
    pub first_byte: Option<Range<Duration>>,
    /// From the start of the call to its end; not scaled.
    pub within: Option<Range<Duration>>,
    /// The statuses of the interim responses reported.
    pub interim: Option<Vec<u16>>,
    /// Texts in the error's message.
    pub says: Vec<Text>,
    /// Texts that are not in it.
    pub never_says: Vec<Text>,
    /// For how many calls in a row this stands: the `times` of its call.
    pub times: u64,
}

/// One redirect that was followed.
#[derive(Debug, Clone, PartialEq)]
pub struct HopExpect {
    /// Its status.
    pub status: Option<Range<u64>>,
    /// The URL that answered so.
    pub url: Option<Text>,
    /// For each name: exactly these field lines, in this order.
    pub headers: Vec<FieldPattern>,
}

/// Content that is expected.
#[derive(Debug, Clone, PartialEq)]
pub enum BodyExpect {
    /// Exactly these bytes.
    Bytes(Content),
    /// A form that parses to these.
    Form(Vec<Field>),
    /// A JSON value equal to this.
    Json(Json),
    /// A multipart body of these parts.
    Multipart(Vec<Part>),
}

/// What one server sees.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ServerExpect {
    /// Exactly these, in this order. The list form is this.
    pub requests: Option<Vec<RequestExpect>>,
    /// Exactly these, in any order.
    pub any_order: Option<Vec<RequestExpect>>,
    /// At least these, in this order.
    pub include: Vec<RequestExpect>,
    /// None like these.
    pub never: Vec<RequestExpect>,
    /// How many requests.
    pub count: Option<Range<u64>>,
    /// Its connections.
    pub connections: Option<ConnectionsExpect>,
    /// The most requests begun and not yet answered in full.
    pub at_once: Option<Range<u64>>,
    /// Bytes received, above TLS.
    pub received: Option<Range<u64>>,
    /// Bytes sent, above TLS.
    pub sent: Option<Range<u64>>,
    /// Texts in what was received, all connections.
    pub bytes: Vec<Text>,
    /// Texts that are not in it.
    pub never_bytes: Vec<Text>,
    /// HTTP/2 frames that are among those received.
    pub frames: Vec<FrameExpect>,
    /// HTTP/2 frames that are not.
    pub never_frames: Vec<FrameExpect>,
}

/// The connections of a server.
#[derive(Debug, Clone, PartialEq)]
pub enum ConnectionsExpect {
    /// How many have a number. Exactly 0 also forbids silent ones.
    Count(Range<u64>),
    /// One each, by number.
    Each(Vec<ConnectionExpect>),
}

/// One connection.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConnectionExpect {
    /// Exactly these requests, in this order.
    pub requests: Option<Vec<RequestExpect>>,
    /// Who ended it.
    pub ended: Option<EndedBy>,
    /// From the end of the last call on it to its end; not scaled.
    pub within: Option<Range<Duration>>,
    /// The most requests begun and not yet answered in full.
    pub at_once: Option<Range<u64>>,
    /// Facts of its TLS.
    pub tls: Option<TlsExpect>,
}

words! {
    /// Who ended a connection, and how.
    pub EndedBy, "`client`, `client-reset`, `server`, `server-reset` or `open`" {
        /// The client, by FIN.
        Client = "client",
        /// The client, by RST.
        ClientReset = "client-reset",
        /// The server, by FIN.
        Server = "server",
        /// The server, by RST.
        ServerReset = "server-reset",
        /// Nobody.
        Open = "open",
    }
}

/// Facts of TLS on one connection.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TlsExpect {
    /// The name asked for.
    pub sni: Option<Text>,
    /// The protocol agreed on.
    pub alpn: Option<Text>,
    /// The version.
    pub version: Option<super::server::TlsVersion>,
    /// The name of the client's certificate.
    pub client_certificate: Option<Text>,
    /// Whether a session was resumed.
    pub resumed: Option<bool>,
}

/// One request, or several alike in a row.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestExpect {
    /// Method, one space, target as sent.
    pub line: Pattern,
    /// For each name: exactly these field lines, in this order.
    pub headers: Vec<FieldPattern>,
    /// Names of fields that must be absent.
    pub without: Vec<Text>,
    /// The content, after transfer coding.
    pub body: Option<BodyExpect>,
    /// How it is framed.
    pub framing: Option<FramingExpect>,
    /// The version: "1.1".
    pub version: Option<String>,
    /// For each name: exactly these trailer lines, in this order.
    pub trailers: Vec<FieldPattern>,
    /// Texts in head and body, as sent.
    pub bytes: Vec<Text>,
    /// Texts that are not in them.
    pub never_bytes: Vec<Text>,
    /// Whether all of it came.
    pub complete: bool,
    /// The number of its connection.
    pub connection: Option<u64>,
    /// Whether it answers the server's last challenge.
    pub proves: Option<Digest>,
    /// How many in a row; from 1.
    pub times: u64,
    /// From the end of the one listed before to this head; not scaled.
    pub gap: Option<Range<Duration>>,
    /// From the end of the head to the first byte of body; not scaled.
    pub body_starts: Option<Range<Duration>>,
}

words! {
    /// How the content of a request is framed.
    pub FramingExpect, "`length`, `chunked` or `none`" {
        /// `Content-Length`.
        Length = "length",
        /// `Transfer-Encoding: chunked`.
        Chunked = "chunked",
        /// No framing field.
        None = "none",
    }
}

/// An HTTP/2 frame of the client's.
#[derive(Debug, Clone, PartialEq)]
pub struct FrameExpect {
    /// Its type.
    pub kind: FrameType,
    /// Its stream.
    pub stream: Option<u64>,
    /// Its error code, by name.
    pub error: Option<String>,
    /// Its last stream.
    pub last: Option<u64>,
    /// Its increment.
    pub increment: Option<u64>,
}
