//! The tap: every byte of a connection, as it came and went, and the requests in it.
//!
//! It sits above TLS and below HTTP. Bytes are read into it and written through it under one lock, so that who
//! looks at it sees neither a byte that is not recorded nor a record without its byte.

use std::{io, time::Duration};

use crate::{
    parser::Parser,
    script::Reading,
    seen::{Answer, ConnectionSeen, Ended, RequestSeen, SENT_KEPT},
    text::RequestParts,
};

/// The first read of a connection has room for a usual request; later ones for what fills it.
const FIRST_READ: usize = 4 * 1024;
const LARGEST_READ: usize = 256 * 1024;

/// The record of one connection, and what its engine needs to know of it.
#[derive(Debug)]
pub(crate) struct Tap {
    pub(crate) seen: ConnectionSeen,
    pub(crate) parser: Parser,
    /// The client has ended, and all that came before it was read.
    pub(crate) input_over: bool,
    /// Something came that the engine has not looked at yet.
    pub(crate) unsettled: bool,
    /// Its task is over.
    pub(crate) done: bool,
    /// How it is read.
    pub(crate) reading: Reading,
    /// The request whose answer began last: what is sent belongs to it.
    answering: Option<usize>,
    /// How much the next read has room for.
    room: usize,
}

impl Tap {
    pub(crate) fn new(opened: Duration) -> Self {
        Self {
            seen: ConnectionSeen {
                number: None,
                opened,
                received: Vec::new(),
                sent: 0,
                sent_bytes: Vec::new(),
                requests: Vec::new(),
                ended: Ended::Open,
                ended_at: None,
                violations: Vec::new(),
            },
            parser: Parser::default(),
            input_over: false,
            unsettled: true,
            done: false,
            reading: Reading::Eager,
            answering: None,
            room: FIRST_READ,
        }
    }

    /// Reads at most `most` bytes by `read`; says how much room there was and how many came.
    pub(crate) fn receive(
        &mut self,
        most: usize,
        read: impl FnOnce(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<(usize, usize)> {
        let received = &mut self.seen.received;
        let (before, room) = (received.len(), self.room.min(most));
        received.resize(before + room, 0);
        let came = read(&mut received[before..]);
        received.truncate(before + *came.as_ref().unwrap_or(&0));
        let came = came?;
        if came == room {
            self.room = (self.room * 4).min(LARGEST_READ);
        }
        self.unsettled = true;
        Ok((room, came))
    }

    /// Remembers bytes that were sent.
    pub(crate) fn sent(&mut self, bytes: &[u8]) {
        self.seen.sent += bytes.len() as u64;
        let all = self.seen.sent;
        if let Some(request) = self.answering.and_then(|index| self.seen.requests.get_mut(index)) {
            request.sent.end = all;
        }
        let kept = bytes.len().min(SENT_KEPT - self.seen.sent_bytes.len());
        self.seen.sent_bytes.extend_from_slice(&bytes[..kept]);
    }

    /// Remembers who ended it, if nobody had before. Says whether this was the end.
    pub(crate) fn end(&mut self, who: Ended, now: Duration) -> bool {
        let first = self.seen.ended == Ended::Open;
        if first {
            self.seen.ended = who;
            self.seen.ended_at = Some(now);
        }
        first
    }

    /// The request with this index, if its head is complete.
    pub(crate) fn request(&self, index: usize) -> Option<&RequestSeen> {
        self.seen.requests.get(index)
    }

    /// How much of a request is there; an answer only once it is enough, or will never be.
    pub(crate) fn has(&self, index: usize, wanted: Wanted) -> Option<Came> {
        let Some(request) = self.request(index) else {
            return self.input_over.then_some(Came::BrokeOff);
        };
        let enough = request.complete
            || match wanted {
                Wanted::Head => true,
                Wanted::Bytes(count) => request.body.len() as u64 >= count,
                Wanted::All => false,
            };
        if enough {
            return Some(Came::Enough);
        }
        (self.input_over || request.malformed.is_some()).then_some(Came::BrokeOff)
    }

    /// What a text can name of a request.
    pub(crate) fn parts(&self, index: usize) -> Option<RequestParts<'_>> {
        self.request(index).map(|request| RequestParts {
            method: &request.method,
            target: &request.target,
            body: &request.body,
            head: &self.seen.received[request.head.clone()],
            fields: &request.fields,
        })
    }

    /// Remembers what answers a request, and that the answer begins here.
    pub(crate) fn answer(&mut self, index: usize, answer: Answer) {
        if let Some(request) = self.seen.requests.get_mut(index) {
            request.answer = answer;
            request.sent = self.seen.sent..self.seen.sent;
            self.answering = Some(index);
        }
    }

    /// Remembers when the last byte of the answer to a request was written, so far.
    pub(crate) fn answered(&mut self, index: usize, now: Duration) {
        if let Some(request) = self.seen.requests.get_mut(index) {
            request.answered_at = Some(now);
        }
    }

    /// Whether nothing is left to happen that the client caused.
    pub(crate) fn rests(&self) -> bool {
        self.done || (self.seen.ended != Ended::Open && !self.unsettled)
    }
}

/// How much of a request is waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted {
    Head,
    Bytes(u64),
    All,
}

/// What came of waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Came {
    Enough,
    BrokeOff,
}
