//! Steps of servers as they are written.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use wireproof_server::script::{Await, Cut, End, Forward, Pace, Reading, Step as Plainly};

use super::{content::RawBytes, fields::request_line, frame::RawFrame, list::RawRepeat, reply::RawReplyAt};
use crate::scenario::{
    document::{NodeId, did_you_mean},
    raw::{Leaf, Many, Open, Part},
    scalar::{Scalar, words},
    scope::{Close, Closing, Plain, Scope, Server, Word, all},
    server::{Step, TlsStep},
    unit::{Positive, Size},
};

/// One thing a server does: a mapping with one key.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", expecting = "a step")]
#[schemars(rename = "Step")]
pub(crate) enum RawStep {
    /// Writes these bytes, nothing added.
    Send(RawBytes),
    /// Writes a well-formed reply.
    Reply(RawReplyAt),
    /// Reads exactly these bytes; other bytes are a mismatch.
    Receive(Leaf),
    /// Sends the request on in origin-form, to a server or to `"{request.target}"`, and relays the answer.
    Forward(Leaf),
    /// Relays bytes both ways, to this server, until both sides have ended.
    Tunnel(Server),
    /// Waits.
    Wait(Open<Duration>),
    /// Waits for `body`, `close`, a size, a request or a signal.
    Await(Part<RawAwait>),
    /// Gives a signal.
    Signal(Plain),
    /// From here on writes in pieces.
    Pace(Part<RawPace>),
    /// From here on reads like this: `none`, or so slowly.
    Reading(Part<RawReading>),
    /// Does these steps again and again.
    Repeat(Part<RawRepeat>),
    /// Writes an HTTP/2 frame.
    Frame(Part<RawFrame>),
    /// Sends a fatal TLS alert.
    Alert(Word),
    /// `corrupt` spoils the next record; `close-notify` sends `close_notify` and keeps the socket.
    Tls(Open<TlsStep>),
    /// Ends the list, and mostly the connection.
    End(Open<EndWord>),
}

words! {
    /// How a list ends.
    pub(crate) EndWord, "`close`, `cut`, `reset`, `half-close` or `stall`" {
        /// FIN (after `close_notify`), then reads on and throws away.
        Close = "close",
        /// FIN without `close_notify`.
        Cut = "cut",
        /// RST.
        Reset = "reset",
        /// FIN, then goes on with the steps and with reading.
        HalfClose = "half-close",
        /// Nothing more; the socket stays open until the client ends it.
        Stall = "stall",
    }
}

impl From<EndWord> for End {
    fn from(word: EndWord) -> Self {
        match word {
            EndWord::Close => Self::Close,
            EndWord::Cut => Self::Cut,
            EndWord::Reset => Self::Reset,
            EndWord::HalfClose => Self::HalfClose,
            EndWord::Stall => Self::Stall,
        }
    }
}

/// The alerts of TLS 1.3 and 1.2 (RFC 8446 6, RFC 5246 7.2).
const ALERTS: &[&str] = &[
    "close_notify",
    "unexpected_message",
    "bad_record_mac",
    "record_overflow",
    "decompression_failure",
    "handshake_failure",
    "bad_certificate",
    "unsupported_certificate",
    "certificate_revoked",
    "certificate_expired",
    "certificate_unknown",
    "illegal_parameter",
    "unknown_ca",
    "access_denied",
    "decode_error",
    "decrypt_error",
    "protocol_version",
    "insufficient_security",
    "internal_error",
    "inappropriate_fallback",
    "user_canceled",
    "no_renegotiation",
    "missing_extension",
    "unsupported_extension",
    "unrecognized_name",
    "bad_certificate_status_response",
    "unknown_psk_identity",
    "certificate_required",
    "no_application_protocol",
];

impl Close for RawStep {
    type Closed = Step;

    fn close(&self, scope: &Scope<'_>) -> Closing<Step> {
        let step = match self {
            Self::Send(content) => Plainly::Send(content.close(&scope.sending(true))?),
            Self::Reply(reply) => Plainly::Reply(reply.close(scope)?),
            Self::Receive(text) => Plainly::Receive(text.close(scope)?),
            Self::Forward(leaf) => Plainly::Forward(forward(*leaf, scope)?),
            Self::Tunnel(server) => Plainly::Tunnel(server.close(scope)?),
            Self::Wait(time) => Plainly::Wait(time.close(scope)?),
            Self::Await(what) => Plainly::Await(what.close(scope)?),
            Self::Signal(name) => {
                let name = name.close(scope)?;
                scope.signals.give(&name);
                Plainly::Signal(name)
            }
            Self::Pace(pace) => Plainly::Pace(pace.get()?.close(pace.at, scope)?),
            Self::Reading(reading) => Plainly::Reading(reading.close(scope)?),
            Self::End(end) => Plainly::End(end.close(scope)?.into()),
            Self::Repeat(repeat) => return repeat.close(scope),
            Self::Frame(frame) => return frame.close(scope).map(Step::Frame),
            Self::Alert(name) => return scope.word_of(name.0, "alert of TLS", ALERTS).map(Step::Alert),
            Self::Tls(what) => return what.close(scope).map(Step::Tls),
        };
        Some(Step::Plain(step))
    }
}

fn forward(leaf: Leaf, scope: &Scope<'_>) -> Closing<Forward> {
    if scope.document.text(leaf.0) == "{request.target}" {
        return Some(Forward::Target);
    }
    Server(leaf).close(scope).map(Forward::Server)
}

/// `body`, `close`, a size, `{ request }` or `{ signal, times }`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "what to wait for")]
#[schemars(untagged, rename = "Await")]
pub(crate) enum RawAwait {
    #[serde(rename = "$text")]
    Word(Word),
    #[serde(rename = "$map")]
    Event(RawEvent),
}

/// A request seen on any connection of this server, or a signal given so often.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "`await`")]
#[schemars(rename = "Event")]
pub(crate) struct RawEvent {
    /// A head seen on any connection of this server.
    request: Option<Leaf>,
    /// A signal.
    signal: Option<Plain>,
    /// How often the signal must have been given (1).
    times: Option<Open<Positive>>,
}

impl Close for RawAwait {
    type Closed = Await;

    fn close(&self, scope: &Scope<'_>) -> Closing<Await> {
        match self {
            Self::Event(event) => event.close(scope),
            Self::Word(word) => {
                let text = word.close(scope)?;
                match text.as_str() {
                    "body" => Some(Await::Body),
                    "close" => Some(Await::Close),
                    _ => match Size::read(&text) {
                        Some(Size(bytes)) => Some(Await::Bytes(bytes)),
                        None => {
                            let help = did_you_mean(&text, ["body", "close"]);
                            let message = format!(
                                "expected `body`, `close`, a size, a request or a signal, found `{text}`"
                            );
                            scope.fault_of_leaf(word.0, message, help);
                            None
                        }
                    },
                }
            }
        }
    }
}

impl RawEvent {
    fn close(&self, scope: &Scope<'_>) -> Closing<Await> {
        all! {
            times = self.times.close(scope);
            signal = self.signal.close(scope);
        }
        match (self.request, signal, times) {
            (Some(line), None, None) => request_line(line, scope).map(Await::Request),
            (None, Some(name), times) => {
                let at = self.signal.map(|signal| signal.0.0)?;
                scope.signals.wait_for(at, &name);
                Some(Await::Signal { name, times: times.map_or(1, |Positive(times)| times) })
            }
            (Some(line), ..) => {
                scope.fault(
                    line.0,
                    "`await` waits for a request or for a signal, not for both; `times` is of signals",
                );
                None
            }
            (None, None, _) => {
                if let Some(times) = self.times {
                    scope.fault(times.leaf.0, "`times` needs a `signal`");
                }
                None
            }
        }
    }
}

/// Pieces of `by` bytes, or cuts at these offsets counted from here, `every` apart (0ms).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "`pace`")]
#[schemars(rename = "Pace")]
pub(crate) struct RawPace {
    /// Bytes a piece.
    by: Option<Open<Size>>,
    /// Offsets of the cuts, counted from here.
    at: Option<Many<Open<u64>>>,
    /// The time between two pieces (0ms).
    every: Option<Open<Duration>>,
}

impl RawPace {
    pub(crate) fn close(&self, node: NodeId, scope: &Scope<'_>) -> Closing<Pace> {
        all! {
            by = self.by.close(scope);
            at = self.at.close(scope);
            every = self.every.close(scope);
        }
        let cut = match (by, at) {
            (Some(Size(by)), None) if by > 0 => Cut::By(by),
            (None, Some(at)) if !at.is_empty() && at.is_sorted_by(|before, after| before < after) => {
                Cut::At(at)
            }
            (None, Some(_)) => {
                scope.fault(node, "`at` lists offsets, each greater than the one before");
                return None;
            }
            _ => {
                scope.fault(node, "`pace` needs `by` (from 1) or `at`, and not both");
                return None;
            }
        };
        Some(Pace { cut, every: every.unwrap_or_default() })
    }
}

/// `none`, or `{ by, every }`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "`reading` (`none` or a mapping)")]
#[schemars(untagged, rename = "Reading")]
pub(crate) enum RawReading {
    #[serde(rename = "$text")]
    Word(Open<ReadingWord>),
    #[serde(rename = "$map")]
    Slow(RawSlow),
}

words! {
    /// How a server reads.
    pub(crate) ReadingWord, "`none` or a mapping with `by` and `every`" {
        /// Not at all.
        None = "none",
    }
}

/// So many bytes at a time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "`reading`")]
#[schemars(rename = "SlowReading")]
pub(crate) struct RawSlow {
    /// How many bytes.
    by: Open<Size>,
    /// The time between two reads.
    every: Open<Duration>,
}

impl Close for RawReading {
    type Closed = Reading;

    fn close(&self, scope: &Scope<'_>) -> Closing<Reading> {
        match self {
            Self::Word(word) => word.close(scope).map(|ReadingWord::None| Reading::None),
            Self::Slow(slow) => {
                all! {
                    by = slow.by.close(scope);
                    every = slow.every.close(scope);
                }
                let Size(by) = by;
                Some(Reading::Slow { by, every })
            }
        }
    }
}
