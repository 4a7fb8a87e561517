//! The wire engine: step lists, to the byte.

mod pace;
mod proxy;
pub(crate) mod reply;
mod said;
mod steps;

use crate::{
    connection::{Connection, Finish, Gone},
    events::What,
    exchange::{self, Turn},
    parser::has_token,
    rules,
    script::{End, Reading, Step},
    stream::Stream,
    tap::{Came, Wanted},
    text::{Context, FillError},
};
use pace::Pacer;
use said::Said;

/// Answers the requests of a connection until it is to end.
pub(crate) async fn serve(connection: &Connection, stream: &Stream) -> Finish {
    if let Some((rule, count)) = rules::on_accept(connection.server()) {
        greet(connection, rule);
        let mut listing = Listing::new(connection, stream, None, Some(count));
        let steps = &connection.server().script.rules[rule].steps;
        match listing.perform(steps).await {
            Flow::On if listing.half_closed => return Finish::Stall,
            Flow::On => connection.set_reading(Reading::Eager),
            over => return over.finish(),
        }
    }
    let mut index = 0;
    loop {
        if let Some(finish) = answer(connection, stream, index).await {
            return finish;
        }
        index += 1;
    }
}

/// A rule fires on accept: the connection has a number from here on.
fn greet(connection: &Connection, rule: usize) {
    let mut tap = connection.tap();
    tap.seen.number.get_or_insert_with(|| connection.server().number());
    connection.tell(&tap, || What::Fired(rule));
}

/// Answers one request; says how the connection finishes, if it does.
async fn answer(connection: &Connection, stream: &Stream, index: usize) -> Option<Finish> {
    let (steps, count): (&[Step], _) = match exchange::next(connection, index).await {
        Turn::Over => return Some(Finish::Close),
        Turn::Unmatched => (&[], None),
        Turn::Rule { rule, count } => (&connection.server().script.rules[rule].steps, Some(count)),
    };
    let mut listing = Listing::new(connection, stream, Some(index), count);
    if count.is_none() {
        return Some(Flow::from(listing.write(reply::UNMATCHED).await).finish());
    }
    listing.begin(steps);
    let flow = listing.perform(steps).await;
    listing.tell_answered();
    if flow != Flow::On {
        return Some(flow.finish());
    }
    connection.set_reading(Reading::Eager);
    if listing.half_closed {
        return Some(Finish::Stall);
    }
    if listing.closes() {
        return Some(Finish::Close);
    }
    listing.resume();
    match exchange::came(connection, index, Wanted::All).await {
        Came::Enough => None,
        Came::BrokeOff => Some(Finish::Close),
    }
}

/// What came of a step, or of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// The next is to be done.
    On,
    /// The list ends here.
    End(End),
    /// The list ends here because the client has gone, or because we are at fault.
    Gone,
}

impl Flow {
    fn finish(self) -> Finish {
        match self {
            Self::End(End::Reset) => Finish::Reset,
            Self::End(End::Stall) => Finish::Stall,
            _ => Finish::Close,
        }
    }
}

impl From<Result<(), Gone>> for Flow {
    fn from(written: Result<(), Gone>) -> Self {
        written.map_or(Self::Gone, |()| Self::On)
    }
}

/// A step list while it is performed.
struct Listing<'a> {
    connection: &'a Connection,
    stream: &'a Stream,
    /// The request it answers.
    request: Option<usize>,
    count: Option<u64>,
    turn: Option<u64>,
    pacer: Pacer,
    said: Said,
    half_closed: bool,
    /// Up to where raw bytes of the client were taken by `receive` and `tunnel`; `None` while all is HTTP.
    raw: Option<usize>,
}

impl<'a> Listing<'a> {
    fn new(
        connection: &'a Connection,
        stream: &'a Stream,
        request: Option<usize>,
        count: Option<u64>,
    ) -> Self {
        Self {
            connection,
            stream,
            request,
            count,
            turn: None,
            pacer: Pacer::default(),
            said: Said::default(),
            half_closed: false,
            raw: None,
        }
    }

    /// Decides whether the bytes after the request are HTTP.
    fn begin(&mut self, steps: &[Step]) {
        if !self.connection.server().may_go_raw {
            return;
        }
        if crate::case::goes_raw(steps) {
            self.raw = Some(self.connection.tap().parser.position());
        } else if let Some(index) = self.request {
            self.read_requests(index + 2);
        }
    }

    /// What comes after the list is HTTP again, unless the protocol was switched.
    fn resume(&mut self) {
        if let (Some(raw), Some(index)) = (self.raw.take(), self.request) {
            if self.said.switched() {
                return;
            }
            self.connection.tap().parser.resume(raw);
            self.read_requests(index + 2);
        }
    }

    fn read_requests(&self, limit: usize) {
        let mut tap = self.connection.tap();
        tap.parser.set_limit(Some(limit));
        if tap.parser.position() < tap.seen.received.len() {
            self.connection.absorb(&mut tap);
        }
    }

    /// Whether the connection is not kept after what was replied.
    fn closes(&self) -> bool {
        let tap = self.connection.tap();
        let Some(request) = self.request.and_then(|index| tap.request(index)) else { return false };
        let old = request.version == b"HTTP/1.0" && !has_token(&request.fields, "connection", "keep-alive");
        old || self.said.closes(&request.method)
    }

    fn tell_answered(&self) {
        let tap = self.connection.tap();
        self.connection.tell(&tap, || What::Answered(tap.seen.sent));
    }

    /// Something with what a text may name. The tap is locked meanwhile.
    fn with_context<T>(
        &self,
        work: impl FnOnce(&Context<'_>) -> Result<T, FillError>,
    ) -> Result<T, FillError> {
        let tap = self.connection.tap();
        work(&Context {
            addresses: &self.connection.case.addresses,
            request: self.request.and_then(|index| tap.parts(index)),
            count: self.count,
            turn: self.turn,
            now: None,
        })
    }

    /// A text that cannot be filled ends the list: we are at fault, not the client.
    fn faulty(&self, error: &dyn std::fmt::Display) -> Flow {
        self.connection.fault(&error.to_string());
        Flow::Gone
    }

    /// Writes as the pace wants it.
    async fn write(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        let (connection, stream, answers) = (self.connection, self.stream, self.request);
        let answers = if self.said.interim_only() { None } else { answers };
        self.pacer.write(connection, stream, bytes, answers).await
    }
}
