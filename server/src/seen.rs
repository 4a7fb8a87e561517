//! What servers witnessed: the output of this crate.
//!
//! Everything here comes from the tap, never from what an HTTP library parsed: spelling and order survive.
//! Times are counted from the moment the script was staged.

use std::{ops::Range, time::Duration};

/// What all servers of a case witnessed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Seen {
    /// One for each server of the script, in its order.
    pub servers: Vec<ServerSeen>,
    /// What went wrong on our side; anything here makes the case `broken`.
    pub faults: Vec<String>,
}

/// What one server witnessed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ServerSeen {
    /// Its name in the case.
    pub name: String,
    /// Connections in the order of their numbers; those that stayed silent come last.
    pub connections: Vec<ConnectionSeen>,
}

/// What was witnessed on one connection.
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectionSeen {
    /// From 1; `None` where no byte came and no `accept` rule fired.
    pub number: Option<u64>,
    /// When it was accepted.
    pub opened: Duration,
    /// All bytes received, above TLS.
    pub received: Vec<u8>,
    /// How many bytes were sent, above TLS.
    pub sent: u64,
    /// The first of them (at most [`SENT_KEPT`]).
    pub sent_bytes: Vec<u8>,
    /// Requests whose head was complete, in order.
    pub requests: Vec<RequestSeen>,
    /// How it ended.
    pub ended: Ended,
    /// When it ended; `None` where it was still open.
    pub ended_at: Option<Duration>,
    /// What the client did that a step list did not allow (other bytes than `receive` named).
    pub violations: Vec<String>,
}

/// How many of the bytes sent are kept for the transcript.
pub const SENT_KEPT: usize = 64 * 1024;

/// Who ended a connection first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ended {
    /// The client, by FIN.
    Client,
    /// The client, by RST.
    ClientReset,
    /// The server, by FIN.
    Server,
    /// The server, by RST.
    ServerReset,
    /// Nobody, by the time the case was over.
    Open,
}

/// A request whose head was complete.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestSeen {
    /// Its place among all requests of all servers of the case, from 0, in the order heads were completed.
    pub order: u64,
    /// The head, from the first byte of the request line to the end of the empty line: a range of
    /// [`ConnectionSeen::received`].
    pub head: Range<usize>,
    /// Head and content as sent, so far as they came: a range of [`ConnectionSeen::received`].
    pub bytes: Range<usize>,
    /// The method, as sent.
    pub method: Vec<u8>,
    /// The target, as sent.
    pub target: Vec<u8>,
    /// The version, as sent: `HTTP/1.1`.
    pub version: Vec<u8>,
    /// The field lines in order; names as spelled, values without outer white space.
    pub fields: Vec<(Vec<u8>, Vec<u8>)>,
    /// How the content is framed.
    pub framing: BodyFraming,
    /// The content, after transfer coding, so far as it came.
    pub body: Vec<u8>,
    /// The sizes of its chunks, where it was chunked; the last chunk is not among them.
    pub chunks: Vec<u64>,
    /// The trailer fields.
    pub trailers: Vec<(Vec<u8>, Vec<u8>)>,
    /// Whether all of it came.
    pub complete: bool,
    /// Why the rest could not be read as HTTP, where that is so.
    pub malformed: Option<String>,
    /// When the head was complete.
    pub head_at: Duration,
    /// When the first byte of the body came.
    pub body_at: Option<Duration>,
    /// When all of it was there.
    pub complete_at: Option<Duration>,
    /// When the last byte of the answer to it was written; `None` where it was not answered in full.
    pub answered_at: Option<Duration>,
    /// What answered it.
    pub answer: Answer,
    /// The answer: a range of all that was sent on the connection. Empty where there was none.
    pub sent: Range<u64>,
}

/// What answered a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// The rule with this index fired.
    Rule(usize),
    /// No rule held: answered with 404 and closed. Never right.
    Unmatched,
    /// It came on a connection whose script had ended, or it broke off before its rule could fire.
    None,
}

/// How the content of a request is framed (RFC 9112 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BodyFraming {
    /// No framing field: no content.
    None,
    /// `Content-Length`.
    Length(u64),
    /// `Transfer-Encoding: chunked`.
    Chunked,
}

/// Where a server can be reached.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// The server's name in the case.
    pub server: String,
    /// `http`.
    pub scheme: String,
    /// Its first name, else its IP address; IPv6 in brackets.
    pub host: String,
    /// The IP address, without brackets; empty for a Unix socket.
    pub ip: String,
    /// The port; 0 for a Unix socket.
    pub port: u16,
    /// The path of its Unix socket.
    pub socket: Option<String>,
}
