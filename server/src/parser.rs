//! An incremental, lenient HTTP/1 request parser over the bytes a connection received.
//!
//! Lenient: it records what clients send, right or wrong, and judges nothing. Lines end with LF, a CR before it
//! is dropped; empty lines before a request line are skipped (RFC 9112 2.2). It keeps its place: bytes of content are looked at once.

mod chunked;

use std::time::Duration;

use crate::seen::{Answer, BodyFraming, RequestSeen};
use chunked::Chunked;

/// Where in the stream of requests a connection is.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    state: State,
    /// All bytes before this offset have been taken.
    at: usize,
    /// How many requests may be begun. What comes after them is not read as HTTP (yet).
    limit: Option<usize>,
}

#[derive(Debug, Default)]
enum State {
    /// Before a request line.
    #[default]
    Between,
    /// In a head; looked for its end up to this offset.
    Head { start: usize, scanned: usize },
    /// In content of this many more bytes.
    Length(u64),
    /// In chunked content.
    Chunked(Chunked),
    /// What follows cannot be read as HTTP.
    Lost,
}

/// What a step of the parser came to.
enum Progress {
    On,
    Starved,
}

impl Parser {
    /// Lets no more than this many requests begin; `None` is without limit.
    pub(crate) fn set_limit(&mut self, limit: Option<usize>) {
        self.limit = limit;
    }

    /// The offset of the first byte that belongs to no request so far.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Goes on at this offset: what was before it was not HTTP.
    pub(crate) fn resume(&mut self, at: usize) {
        self.at = at;
        self.state = State::Between;
    }

    /// Counts offsets from the first byte not taken, for who keeps no bytes that were; how many those are.
    ///
    /// Ranges in requests that are still coming mean nothing from then on.
    pub(crate) fn forget(&mut self) -> usize {
        let taken = std::mem::take(&mut self.at);
        if let State::Head { start, scanned } = &mut self.state {
            *start -= taken;
            *scanned -= taken;
        }
        taken
    }

    /// Reads on in `received`, of which everything before the last call is unchanged.
    pub(crate) fn advance(&mut self, received: &[u8], now: Duration, requests: &mut Vec<RequestSeen>) {
        while let Progress::On = self.step(received, now, requests) {}
    }

    fn step(&mut self, received: &[u8], now: Duration, requests: &mut Vec<RequestSeen>) -> Progress {
        match &mut self.state {
            State::Between => self.between(received, requests.len()),
            State::Head { start, scanned } => {
                let start = *start;
                match head_end(received, start, scanned) {
                    Some(end) => self.head(&received[..end], start, now, requests),
                    None => Progress::Starved,
                }
            }
            State::Length(left) => {
                let Some(request) = requests.last_mut() else { return Progress::Starved };
                let here = usize::try_from(*left).unwrap_or(usize::MAX).min(received.len() - self.at);
                append(request, &received[self.at..self.at + here], now);
                *left -= here as u64;
                self.at += here;
                request.bytes.end = self.at;
                if *left > 0 { Progress::Starved } else { self.complete(requests, now) }
            }
            State::Chunked(chunked) => {
                let Some(request) = requests.last_mut() else { return Progress::Starved };
                let progress = chunked.advance(received, &mut self.at, now, request);
                request.bytes.end = self.at;
                match progress {
                    chunked::Progress::Starved => {
                        request.bytes.end = received.len();
                        Progress::Starved
                    }
                    chunked::Progress::Complete => self.complete(requests, now),
                    chunked::Progress::Malformed(why) => {
                        request.malformed = Some(why.to_owned());
                        self.state = State::Lost;
                        Progress::Starved
                    }
                }
            }
            State::Lost => Progress::Starved,
        }
    }

    fn between(&mut self, received: &[u8], begun: usize) -> Progress {
        if self.limit.is_some_and(|limit| begun >= limit) {
            return Progress::Starved;
        }
        let blank = received[self.at..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        self.at += blank;
        if self.at == received.len() {
            return Progress::Starved;
        }
        self.state = State::Head { start: self.at, scanned: self.at };
        Progress::On
    }

    /// `received` ends where the head does.
    fn head(
        &mut self,
        received: &[u8],
        start: usize,
        now: Duration,
        requests: &mut Vec<RequestSeen>,
    ) -> Progress {
        let mut request = read_head(received, start, now);
        self.at = received.len();
        self.state = match (&request.malformed, request.framing) {
            (Some(_), _) => State::Lost,
            (None, BodyFraming::None) => State::Length(0),
            (None, BodyFraming::Length(length)) => State::Length(length),
            (None, BodyFraming::Chunked) => State::Chunked(Chunked::default()),
        };
        if let BodyFraming::Length(length) = request.framing {
            // Room for all of a usual body at once; a lie about its length costs nothing.
            request.body.reserve(usize::try_from(length).unwrap_or(usize::MAX).min(1 << 20));
        }
        requests.push(request);
        Progress::On
    }

    fn complete(&mut self, requests: &mut [RequestSeen], now: Duration) -> Progress {
        if let Some(request) = requests.last_mut() {
            request.complete = true;
            request.complete_at = Some(now);
        }
        self.state = State::Between;
        Progress::On
    }
}

/// Adds content to a request.
fn append(request: &mut RequestSeen, content: &[u8], now: Duration) {
    if !content.is_empty() {
        request.body_at.get_or_insert(now);
        request.body.extend_from_slice(content);
    }
}

/// The offset after the empty line that ends the head begun at `start`.
fn head_end(received: &[u8], start: usize, scanned: &mut usize) -> Option<usize> {
    while let Some(found) = received[*scanned..].iter().position(|byte| *byte == b'\n') {
        let end = *scanned + found;
        let line = &received[line_start(received, start, end)..end];
        *scanned = end + 1;
        if line.is_empty() || line == b"\r" {
            return Some(end + 1);
        }
    }
    *scanned = received.len();
    None
}

/// Where the line begins that the LF at `end` ends. Looks back two bytes only: longer lines are not empty.
fn line_start(received: &[u8], start: usize, end: usize) -> usize {
    let floor = end.saturating_sub(2).max(start);
    (floor..end).rev().find(|at| received[*at] == b'\n').map_or(floor, |at| at + 1)
}

fn read_head(received: &[u8], start: usize, now: Duration) -> RequestSeen {
    let head = &received[start..];
    let mut lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let (method, target, version) = request_line(lines.next().unwrap_or_default());
    let fields = field_lines(lines);
    let framing = framing(&fields);
    RequestSeen {
        order: 0,
        head: start..received.len(),
        bytes: start..received.len(),
        method: method.to_vec(),
        target: target.to_vec(),
        version: version.to_vec(),
        fields,
        framing: framing.unwrap_or(BodyFraming::None),
        body: Vec::new(),
        chunks: Vec::new(),
        trailers: Vec::new(),
        complete: false,
        malformed: framing.err().map(str::to_owned),
        head_at: now,
        body_at: None,
        complete_at: None,
        answered_at: None,
        answer: Answer::None,
        sent: 0..0,
    }
}

/// Method, target and version. The target is what stands between the first space and the last.
fn request_line(line: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let Some(first) = line.iter().position(|byte| *byte == b' ') else { return (line, b"", b"") };
    let (method, rest) = (&line[..first], &line[first + 1..]);
    match rest.iter().rposition(|byte| *byte == b' ') {
        Some(last) => (method, &rest[..last], &rest[last + 1..]),
        None => (method, rest, b""),
    }
}

type Fields = Vec<(Vec<u8>, Vec<u8>)>;

/// Field lines up to the empty one. A line that starts with white space goes on the one before it
/// (obs-fold, RFC 9112 5.2); one without colon is a name without value.
pub(crate) fn field_lines<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Fields {
    let mut fields = Fields::new();
    for line in lines.take_while(|line| !line.is_empty()) {
        match (line[0], fields.last_mut()) {
            (b' ' | b'\t', Some((_, value))) => {
                value.push(b' ');
                value.extend_from_slice(line.trim_ascii());
            }
            _ => {
                let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
                let value = line.get(colon + 1..).unwrap_or_default();
                fields.push((line[..colon].to_vec(), value.trim_ascii().to_vec()));
            }
        }
    }
    fields
}

/// The values of all field lines of this name.
pub(crate) fn values<'a>(fields: &'a [(Vec<u8>, Vec<u8>)], name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    let of_name = |(n, _): &&(Vec<u8>, Vec<u8>)| n.eq_ignore_ascii_case(name.as_bytes());
    fields.iter().filter(of_name).map(|(_, value)| value.as_slice())
}

/// Whether a comma-separated list field has this member, in any case.
pub(crate) fn has_token(fields: &[(Vec<u8>, Vec<u8>)], name: &str, token: &str) -> bool {
    values(fields, name)
        .flat_map(|value| value.split(|byte| *byte == b','))
        .any(|member| member.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
}

/// RFC 9112 6.3, for requests.
pub(crate) fn framing(fields: &[(Vec<u8>, Vec<u8>)]) -> Result<BodyFraming, &'static str> {
    if let Some(coding) = values(fields, "transfer-encoding").last() {
        let last = coding.rsplit(|byte| *byte == b',').next().unwrap_or_default();
        return if last.trim_ascii().eq_ignore_ascii_case(b"chunked") {
            Ok(BodyFraming::Chunked)
        } else {
            Err("the last transfer coding of the request is not chunked")
        };
    }
    let mut lengths = values(fields, "content-length").flat_map(|value| value.split(|byte| *byte == b','));
    let Some(first) = lengths.next() else { return Ok(BodyFraming::None) };
    let length = decimal(first.trim_ascii()).ok_or("Content-Length is not a number")?;
    if lengths.any(|other| decimal(other.trim_ascii()) != Some(length)) {
        return Err("the Content-Length values differ");
    }
    Ok(BodyFraming::Length(length))
}

/// `1*DIGIT`.
fn decimal(text: &[u8]) -> Option<u64> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    digits.then(|| std::str::from_utf8(text).ok()?.parse().ok()).flatten()
}

#[cfg(test)]
mod tests;
