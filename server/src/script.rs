//! What servers do: the input of this crate.
//!
//! A script holds decisions only. Durations are scaled already, columns of tables are filled in; what is open
//! (addresses, the request being answered, counters) is a hole in a [`Text`].

use std::time::Duration;

use crate::text::{Pattern, Text};

/// What all servers of one case do.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Script {
    /// The servers, in the order of the case.
    pub servers: Vec<ServerScript>,
    /// Addresses that a client reads until they end, each of which ends when a signal has been given so often.
    pub gates: Vec<Gate>,
}

/// A plain TCP address that accepts, sends nothing, and ends once a signal was given `times` times.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Gate {
    /// The signal waited for.
    pub signal: String,
    /// How often it must have been given.
    pub times: u64,
}

/// What one server does.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerScript {
    /// Its name in the case.
    pub name: String,
    /// How it listens.
    pub listen: Listen,
    /// Who serves its replies.
    pub engine: Engine,
    /// Tried in this order; the first that holds and is not used up fires.
    pub rules: Vec<Rule>,
}

/// How a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// Accepts, on loopback, at any free port unless one is given.
    Tcp {
        /// Which loopback addresses.
        ip: Ip,
        /// A fixed port.
        port: Option<u16>,
    },
    /// A Unix socket in a folder of its own.
    Unix,
    /// A port that is held and closed: connecting is refused.
    Refused,
    /// A full accept queue: connecting is never answered.
    Blackhole,
}

/// Which loopback addresses a server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ip {
    /// `127.0.0.1`
    #[default]
    V4,
    /// `::1`
    V6,
    /// Both, at the same port.
    Both,
}

/// Who serves the replies of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Engine {
    /// An axum router. Only for servers all of whose rules are one well-formed [`Reply`] that it can spell.
    Polite,
    /// The wire engine: anything.
    #[default]
    Wire,
}

/// When something happens, and what.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// What must hold.
    pub when: When,
    /// How often it fires before it is passed over; `None` is without limit.
    pub times: Option<u64>,
    /// How much of the request is read before it fires.
    pub after: After,
    /// What is done, in this order.
    pub steps: Vec<Step>,
}

/// What must hold for a rule to fire.
#[derive(Debug, Clone, PartialEq)]
pub enum When {
    /// TCP was accepted; no byte has been read.
    Accept,
    /// The head of a request is complete, and all of these hold.
    Request(Conditions),
}

/// Conditions on a request. All that are given must hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Conditions {
    /// Method, one space, target as sent.
    pub request: Option<Pattern>,
    /// For each name: exactly these field lines, in this order.
    pub fields: Vec<FieldPattern>,
    /// Names of fields that must be absent.
    pub without: Vec<Text>,
    /// The exact content; waits for it.
    pub body: Option<Content>,
    /// The number of the connection on this server, from 1.
    pub connection: Option<u64>,
    /// The number of the request on its connection, from 1.
    pub nth: Option<u64>,
    /// The request answers the last challenge of this server.
    pub proves: Option<Digest>,
}

/// A field name and the pattern of one of its values.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FieldPattern {
    /// The name, compared without case.
    pub name: Text,
    /// The value, compared without outer white space.
    pub value: Pattern,
}

/// Credentials that a Digest answer (RFC 7616 3.4) must compute for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Digest {
    /// The user name.
    pub user: Text,
    /// The password.
    pub password: Text,
    /// What the nonce count must be.
    pub count: NonceCount,
}

/// What the nonce count of a Digest answer must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum NonceCount {
    /// Anything.
    #[default]
    Any,
    /// Never used before with this nonce.
    Fresh,
    /// The last one plus one.
    Next,
}

/// How much of a request is read before its rule fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum After {
    /// The head.
    Head,
    /// The head and this many bytes of content (all of it, if it is shorter).
    Bytes(u64),
    /// All of it.
    #[default]
    Body,
}

/// One thing a server does.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Writes these bytes, nothing added.
    Send(Content),
    /// Writes a well-formed reply.
    Reply(Reply),
    /// Reads exactly these bytes; other bytes are a fault of the client's.
    Receive(Text),
    /// Sends the request on in origin-form and relays the answer.
    Forward(Forward),
    /// Relays bytes both ways, to this server, until both sides have ended.
    Tunnel(String),
    /// Waits.
    Wait(Duration),
    /// Waits for what the client, or another server of the case, does.
    Await(Await),
    /// Gives a signal.
    Signal(String),
    /// From here on writes in pieces.
    Pace(Pace),
    /// From here on reads like this.
    Reading(Reading),
    /// Does these steps again and again.
    Repeat {
        /// How often; `None` is until the client ends the connection.
        times: Option<u64>,
        /// What.
        steps: Vec<Step>,
    },
    /// Ends the list, and mostly the connection.
    End(End),
}

/// Where a request is sent on to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Forward {
    /// A server of the case.
    Server(String),
    /// The server of the case that the absolute-form target names.
    Target,
}

/// What a step list waits for.
#[derive(Debug, Clone, PartialEq)]
pub enum Await {
    /// The whole content of the request.
    Body,
    /// This many bytes of it.
    Bytes(u64),
    /// The client's end of the connection (FIN or RST).
    Close,
    /// A head like this, seen on any connection of this server since the case began.
    Request(Pattern),
    /// A signal, given so often since the case began.
    Signal {
        /// Its name.
        name: String,
        /// How often.
        times: u64,
    },
}

/// How writes are cut. Each piece is a segment of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// Where.
    pub cut: Cut,
    /// The time between two pieces.
    pub every: Duration,
}

/// Where writes are cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cut {
    /// Into pieces of this many bytes.
    By(u64),
    /// At these offsets, counted from the `pace` step on.
    At(Vec<u64>),
}

/// How a server reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reading {
    /// As fast as bytes come.
    #[default]
    Eager,
    /// Not at all.
    None,
    /// So many bytes at a time.
    Slow {
        /// How many.
        by: u64,
        /// The time between two reads.
        every: Duration,
    },
}

/// How a list ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// FIN; then reads on and throws away, so that the kernel provokes no RST.
    Close,
    /// FIN without `close_notify`. The same as [`End::Close`] where there is no TLS.
    Cut,
    /// RST.
    Reset,
    /// FIN; then goes on with the steps, and with reading.
    HalfClose,
    /// Nothing more; the socket stays open until the client ends it.
    Stall,
}

/// A well-formed response.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The reason phrase; `None` is the registered one, or empty.
    pub reason: Option<Text>,
    /// The fields, in this order and spelling. Framing fields are not among them.
    pub fields: Vec<Field>,
    /// The content; left out where HEAD, 1xx, 204 and 304 want it left out.
    pub body: Content,
    /// How the content is framed.
    pub framing: Framing,
    /// Bytes a chunk; `None` is one chunk for each piece of content.
    pub chunk: Option<u64>,
    /// The trailer fields.
    pub trailers: Vec<Field>,
}

/// A field line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Field {
    /// The name, as spelled.
    pub name: Text,
    /// The value, as spelled.
    pub value: Text,
}

/// How content is framed (RFC 9112 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Framing {
    /// `Content-Length`.
    #[default]
    Length,
    /// `Transfer-Encoding: chunked`.
    Chunked,
    /// By the end of the connection; `Connection: close` is added.
    Close,
}

/// Bytes, said or made.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Content {
    /// A text.
    Text(Text),
    /// One after the other.
    Joined(Vec<Content>),
    /// Pseudo-random bytes: a block of 64 KiB made from this seed, repeated without end. The block is small
    /// enough for a job line, so the same content can be uploaded.
    Random(u64),
    /// Repeated and cut to a size.
    Sized {
        /// What is repeated.
        of: Box<Content>,
        /// The size in bytes; `None` is endless.
        size: Option<u64>,
    },
    /// Content-coded.
    Coded {
        /// What is coded.
        of: Box<Content>,
        /// The coding.
        coding: Coding,
    },
    /// The first `n` bytes, or all but the last `-n`.
    Kept {
        /// Of what.
        of: Box<Content>,
        /// How many.
        keep: i64,
    },
    /// With the byte at this offset inverted; negative offsets count from the end, -1 is the last.
    Flipped {
        /// Of what.
        of: Box<Content>,
        /// Where.
        at: i64,
    },
}

impl Default for Content {
    fn default() -> Self {
        Self::Text(Text::default())
    }
}

/// A content coding (RFC 9110 8.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Coding {
    /// RFC 1952.
    Gzip,
    /// RFC 1950, which is what `deflate` means.
    Deflate,
    /// RFC 1951 without the wrapper, which some servers send instead.
    RawDeflate,
    /// Brotli, RFC 7932.
    Br,
    /// Zstandard, RFC 8878.
    Zstd,
}
