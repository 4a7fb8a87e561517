//! What must be true of a case once it is over: a flat list of checks, each with the line of the page it stands
//! on, so that the judge can collect every mismatch and say where it was asked for.
//!
//! Made by `plan` for one client: tables are expanded, durations scaled, and what the client cannot show its
//! caller is dropped (and counted).

mod fill;

use std::time::Duration;

use wireproof_server::{
    script::{Content, Digest, Field, FieldPattern},
    seen::Ended,
    text::{Pattern, Text},
};

use crate::scenario::{
    call::Part,
    expect::{FramingExpect, Grade, HopExpect},
    json::Json,
    range::Range,
};

/// What must be true of a case.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expectations {
    /// Demands that hold on every path.
    pub checks: Vec<Check>,
    /// The alternatives of `any`; the first that holds counts. Empty where the case has none.
    pub paths: Vec<Path>,
    /// Whether the case only surveys: then nothing fails, and the label is the result.
    pub survey: bool,
    /// Whether a proxy is in use: then `proxy` stands for more (`client-under-test/README.md`, errors).
    pub proxied: bool,
    /// What the client hides from its caller on principle, and says so.
    pub hidden: Hidden,
    /// Whether the calls run at once.
    pub concurrent: bool,
    /// How long is waited before each call.
    pub pauses: Vec<Duration>,
    /// How many demands were dropped because the client does not show what they speak of.
    pub dropped: usize,
}

/// What a client hides from its caller on principle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hidden {
    /// Whether there was a response, where a call succeeded (`opaque-results`).
    pub results: bool,
    /// What an error is (`opaque-errors`).
    pub errors: bool,
}

/// One alternative of `any`.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Its name.
    pub label: String,
    /// What it is worth.
    pub grade: Grade,
    /// The line it begins on.
    pub line: usize,
    /// Demands that hold in addition to those outside.
    pub checks: Vec<Check>,
}

/// One demand, and the line of the page it stands on.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// The line.
    pub line: usize,
    /// The demand.
    pub what: What,
}

/// What a demand is made of.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// The result of one call.
    Call {
        /// Its index.
        index: usize,
        /// The turn of its `times`, from 1, for `{n}`.
        turn: u64,
        /// What must hold.
        demand: CallDemand,
    },
    /// What one server witnessed.
    Server {
        /// Its name.
        name: String,
        /// What must hold.
        demand: ServerDemand,
    },
    /// What the client used up.
    Usage(UsageDemand),
}

/// What must hold of what the client used up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum UsageDemand {
    /// How much more memory its processes held at most than right before the job, in bytes.
    Memory(Range<u64>),
    /// Their processor time.
    Cpu(Range<Duration>),
}

/// What must hold of the result of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum CallDemand {
    /// A response, and no error.
    Succeeds,
    /// No error, for clients that do not show their response.
    NoError,
    /// An error of one of these classes, in one of these phases (any, where none is named).
    Fails {
        /// Classes and groups.
        classes: Vec<String>,
        /// Phases.
        phases: Vec<String>,
        /// A coarse answer is not enough.
        exact: bool,
    },
    /// The status code.
    Status(Range<u64>),
    /// The reason phrase.
    Reason(Text),
    /// The version, as `1.1`.
    Version(String),
    /// Field lines of these names, exactly these.
    Fields(Vec<FieldPattern>),
    /// Fields that are absent.
    Without(Vec<Text>),
    /// Trailer fields of these names, exactly these.
    Trailers(Vec<FieldPattern>),
    /// The content handed over.
    Body(Body),
    /// The content as text.
    Text(Text),
    /// The content as JSON.
    Json(Json),
    /// The final URL.
    Url(Text),
    /// The redirects, oldest first.
    History(Vec<HopExpect>),
    /// The content handed over before an error.
    Received(Content),
    /// The first byte of content, from the start of the call.
    FirstByte(Range<Duration>),
    /// The end, from the start of the call.
    Within(Range<Duration>),
    /// The statuses of interim responses.
    Interim(Vec<u16>),
    /// Texts that occur in the error's message.
    Says(Vec<Text>),
    /// Texts that do not occur in the error's message.
    NeverSays(Vec<Text>),
    /// What followed a 101.
    Upgraded(Text),
}

/// Content that is expected.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Exactly this.
    Content(Content),
    /// JSON of this value.
    Json(Json),
    /// A form of these fields.
    Form(Vec<Field>),
    /// Multipart content with these parts.
    Multipart(Vec<Part>),
}

/// What must hold of what a server witnessed.
#[derive(Debug, Clone, PartialEq)]
pub enum ServerDemand {
    /// Requests.
    Requests {
        /// How the list is meant.
        order: Order,
        /// The requests.
        list: Vec<RequestDemand>,
    },
    /// How many requests.
    Count(Range<u64>),
    /// How many connections that have a number; an upper bound of 0 also forbids silent ones.
    Connections(Range<u64>),
    /// The connections, one each, by number.
    EachConnection(Vec<ConnectionDemand>),
    /// The most requests begun and not yet answered in full.
    AtOnce(Range<u64>),
    /// Bytes received.
    Received(Range<u64>),
    /// Bytes sent.
    Sent(Range<u64>),
    /// Texts that occur in what was received.
    Bytes(Vec<Text>),
    /// Texts that do not.
    NeverBytes(Vec<Text>),
}

/// How a list of requests is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// Exactly these, in this order.
    Exactly,
    /// Exactly these, in any order.
    AnyOrder,
    /// At least these, in this order.
    Include,
    /// None like these.
    Never,
}

/// What must hold of one request.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestDemand {
    /// The line of the page.
    pub line: usize,
    /// Method, space, target.
    pub request: Pattern,
    /// The turn of its `times`, from 1, for `{n}`.
    pub turn: u64,
    /// Everything else.
    pub parts: Vec<RequestPart>,
}

/// One demand on a request.
#[derive(Debug, Clone, PartialEq)]
pub enum RequestPart {
    /// Field lines of these names, exactly these.
    Fields(Vec<FieldPattern>),
    /// Fields that are absent.
    Without(Vec<Text>),
    /// The content.
    Body(Body),
    /// How it is framed.
    Framing(FramingExpect),
    /// The version, as `1.1`.
    Version(String),
    /// Trailer fields of these names, exactly these.
    Trailers(Vec<FieldPattern>),
    /// Texts that occur in head and body as sent.
    Bytes(Vec<Text>),
    /// Texts that do not.
    NeverBytes(Vec<Text>),
    /// Whether all of it came.
    Complete(bool),
    /// The number of its connection.
    Connection(u64),
    /// It answers the last challenge of the server.
    Proves(Digest),
    /// The time from the request listed before to this one.
    Gap(Range<Duration>),
    /// The time from the end of the head to the first byte of the body.
    BodyStarts(Range<Duration>),
}

/// What must hold of one connection.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConnectionDemand {
    /// The line of the page.
    pub line: usize,
    /// Exactly these requests, in this order.
    pub requests: Option<Vec<RequestDemand>>,
    /// Who ended it.
    pub ended: Option<Ended>,
    /// From the end of the last call on it to its end.
    pub within: Option<Range<Duration>>,
    /// The most requests begun and not yet answered in full.
    pub at_once: Option<Range<u64>>,
}
