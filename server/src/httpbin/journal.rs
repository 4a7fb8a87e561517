//! The requests that came, as they came, within a bound of bytes.
//!
//! The oldest are dropped for the newest, and counted.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::{case::lock, parser::field_lines};

/// How much of the content of one request is kept.
pub const BODY_KEPT: usize = 64 * 1024;

/// What an entry costs apart from its head and content.
const ENTRY: usize = 256;

/// The journal of a server.
#[derive(Debug)]
pub(super) struct Journal {
    /// How many bytes it may hold; 0 is none at all.
    limit: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    entries: VecDeque<Entry>,
    /// The number of the first of them.
    first: u64,
    /// What they cost.
    bytes: usize,
    dropped: u64,
    dropped_bytes: u64,
}

/// One request.
#[derive(Debug)]
struct Entry {
    from: From,
    at: Duration,
    head: Vec<u8>,
    body: Vec<u8>,
    body_bytes: u64,
    trailers: Vec<(Vec<u8>, Vec<u8>)>,
    complete: bool,
    malformed: Option<String>,
    status: Option<u16>,
}

/// On which connection a request came.
#[derive(Debug, Clone, Copy)]
pub(super) struct From {
    pub(super) connection: u64,
    pub(super) peer: SocketAddr,
}

/// What more is known of a request.
#[derive(Debug, Default)]
pub(super) struct More<'a> {
    pub(super) content: &'a [u8],
    pub(super) trailers: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) complete: bool,
    pub(super) malformed: Option<String>,
}

impl Journal {
    /// A journal of at most so many bytes; 0 keeps nothing.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, kept: Mutex::default() }
    }

    /// Whether it keeps anything.
    pub(super) fn is_on(&self) -> bool {
        self.limit > 0
    }

    /// Keeps a request whose head has come, and what more there is of it. Gives its number.
    pub(super) fn begin(&self, from: From, at: Duration, head: &[u8], more: More<'_>) -> u64 {
        let mut entry = Entry {
            from,
            at,
            head: head.to_vec(),
            body: Vec::new(),
            body_bytes: 0,
            trailers: Vec::new(),
            complete: false,
            malformed: None,
            status: None,
        };
        entry.add(more);
        let mut kept = self.kept();
        let number = kept.first + kept.entries.len() as u64;
        kept.bytes += entry.cost();
        kept.entries.push_back(entry);
        let oldest = kept.shrink(self.limit);
        drop(kept);
        // Freed when others may have the journal again.
        drop(oldest);
        number
    }

    /// Keeps what came of a request since.
    pub(super) fn more(&self, number: u64, more: More<'_>) {
        let mut kept = self.kept();
        let Some(entry) = kept.entry(number) else { return };
        let before = entry.cost();
        entry.add(more);
        let cost = entry.cost() - before;
        kept.bytes += cost;
        kept.shrink(self.limit);
    }

    /// Keeps how a request was answered.
    pub(super) fn answered(&self, number: u64, status: u16) {
        if let Some(entry) = self.kept().entry(number) {
            entry.status = Some(status);
        }
    }

    /// Forgets everything, also what was dropped.
    pub(super) fn clear(&self) {
        let mut kept = self.kept();
        // Numbers are never given twice: a request that is still coming must not find another's entry.
        let first = kept.first + kept.entries.len() as u64;
        *kept = Kept { first, ..Kept::default() };
    }

    /// All of it.
    pub(super) fn told(&self) -> Value {
        let kept = self.kept();
        let requests: Vec<Value> =
            (kept.first..).zip(&kept.entries).map(|(number, entry)| entry.told(number)).collect();
        json!({
            "limit": self.limit,
            "bytes": kept.bytes,
            "dropped": { "requests": kept.dropped, "bytes": kept.dropped_bytes },
            "requests": requests,
        })
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        lock(&self.kept)
    }
}

impl Kept {
    /// The entry of this number, unless it was dropped.
    fn entry(&mut self, number: u64) -> Option<&mut Entry> {
        self.entries.get_mut(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    /// Drops the oldest as far as need be; gives the last of them, which is mostly the only one.
    fn shrink(&mut self, limit: usize) -> Option<Entry> {
        let mut last = None;
        while self.bytes > limit
            && let Some(oldest) = self.entries.pop_front()
        {
            self.first += 1;
            self.bytes -= oldest.cost();
            self.dropped += 1;
            self.dropped_bytes += oldest.cost() as u64;
            last = Some(oldest);
        }
        last
    }
}

impl Entry {
    fn add(&mut self, more: More<'_>) {
        let kept = more.content.len().min(BODY_KEPT - self.body.len());
        self.body.extend_from_slice(&more.content[..kept]);
        self.body_bytes += more.content.len() as u64;
        self.trailers.extend(more.trailers);
        self.complete |= more.complete;
        self.malformed = self.malformed.take().or(more.malformed);
    }

    /// What it takes of the bound.
    fn cost(&self) -> usize {
        let trailers: usize = self.trailers.iter().map(|(name, value)| name.len() + value.len()).sum();
        ENTRY + self.head.len() + self.body.len() + trailers
    }

    fn told(&self, number: u64) -> Value {
        let mut lines = self.head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
        let request_line = lines.next().unwrap_or_default();
        json!({
            "number": number,
            "connection": self.from.connection,
            "from": self.from.peer.to_string(),
            "at-ms": u64::try_from(self.at.as_millis()).unwrap_or(u64::MAX),
            "request-line": bytes(request_line),
            "fields": fields(&field_lines(lines)),
            "head": bytes(&self.head),
            "body": bytes(&self.body),
            "body-bytes": self.body_bytes,
            "body-cut": self.body_bytes > self.body.len() as u64,
            "trailers": fields(&self.trailers),
            "complete": self.complete,
            "malformed": self.malformed,
            "status": self.status,
        })
    }
}

fn fields(fields: &[(Vec<u8>, Vec<u8>)]) -> Value {
    fields.iter().map(|(name, value)| json!([bytes(name), bytes(value)])).collect()
}

/// As the client contract spells bytes: a string where they are UTF-8.
fn bytes(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => json!({ "base64": BASE64_STANDARD.encode(bytes) }),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const HEAD: &[u8] = b"GET / HTTP/1.1\r\nhOST: x\r\n\r\n";

    fn from() -> From {
        From { connection: 1, peer: (Ipv4Addr::LOCALHOST, 1).into() }
    }

    fn begin(journal: &Journal, content: &[u8]) -> u64 {
        let more = More { content, complete: true, ..More::default() };
        journal.begin(from(), Duration::from_millis(5), HEAD, more)
    }

    fn numbers(journal: &Journal) -> Vec<u64> {
        let told = journal.told();
        let requests = told["requests"].as_array().unwrap();
        requests.iter().map(|request| request["number"].as_u64().unwrap()).collect()
    }

    #[test]
    fn the_oldest_are_dropped_and_counted() {
        let cost = ENTRY + HEAD.len();
        let journal = Journal::new(2 * cost + 1);
        assert_eq!([begin(&journal, b""), begin(&journal, b""), begin(&journal, b"")], [0, 1, 2]);
        assert_eq!(numbers(&journal), [1, 2]);
        journal.answered(0, 200);
        journal.answered(2, 204);
        let told = journal.told();
        assert_eq!(told["dropped"], json!({"requests": 1, "bytes": cost}));
        assert_eq!(told["bytes"], 2 * cost);
        assert_eq!(
            [&told["requests"][0]["status"], &told["requests"][1]["status"]],
            [&Value::Null, &json!(204)]
        );
        journal.more(2, More { content: b"xy", ..More::default() });
        assert_eq!(numbers(&journal), [2]);
        journal.clear();
        assert_eq!(begin(&journal, b""), 3);
        assert_eq!(journal.told()["dropped"], json!({"requests": 0, "bytes": 0}));
    }

    #[test]
    fn bytes_are_told_as_they_came() {
        let journal = Journal::new(1 << 20);
        begin(&journal, b"\xff");
        let told = &journal.told()["requests"][0];
        assert_eq!(told["head"], "GET / HTTP/1.1\r\nhOST: x\r\n\r\n");
        assert_eq!(told["request-line"], "GET / HTTP/1.1");
        assert_eq!(told["fields"], json!([["hOST", "x"]]));
        assert_eq!(told["body"], json!({"base64": "/w=="}));
        assert_eq!(told["at-ms"], 5);
    }

    #[test]
    fn long_content_is_cut() {
        let journal = Journal::new(1 << 20);
        let number = begin(&journal, &vec![b'a'; BODY_KEPT - 1]);
        journal.more(number, More { content: b"bc", ..More::default() });
        let told = &journal.told()["requests"][0];
        assert_eq!((&told["body-bytes"], &told["body-cut"]), (&json!(BODY_KEPT + 1), &json!(true)));
        assert!(told["body"].as_str().unwrap().ends_with("ab"));
    }

    #[test]
    fn a_request_larger_than_the_journal_leaves_nothing() {
        let journal = Journal::new(10);
        begin(&journal, b"");
        assert_eq!(journal.told()["requests"], json!([]));
        assert_eq!(journal.told()["bytes"], 0);
        assert_eq!(journal.told()["dropped"]["requests"], 1);
    }
}
