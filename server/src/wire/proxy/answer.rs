//! The answer of the server behind a proxy, relayed as it comes, until it is complete.

use super::is_of_one_hop;
use crate::{
    seen::BodyFraming,
    wire::said::{Head, head_end},
};

/// Where in an answer the relay is.
#[derive(Debug)]
pub(super) struct Answer {
    method: Vec<u8>,
    /// Bytes of a head or a chunk's line that are not complete.
    kept: Vec<u8>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    Length(u64),
    ChunkSize,
    /// In a chunk and its line end.
    ChunkData(u64),
    Trailers,
    /// Up to the end of the connection, or unreadable, which is relayed the same.
    ToEnd,
    Complete,
}

impl Answer {
    pub(super) fn to(method: &[u8]) -> Self {
        Self { method: method.to_vec(), kept: Vec::new(), state: State::Head }
    }

    /// Whether an end of the connection now must be passed on.
    pub(super) fn is_cut_by_end(&self) -> bool {
        self.state != State::Complete
    }

    /// What is to be relayed for these bytes; whether the answer is complete.
    pub(super) fn relay(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> bool {
        while !bytes.is_empty() && self.state != State::Complete {
            match self.state {
                State::Head => bytes = self.head(bytes, out),
                State::Length(left) | State::ChunkData(left) => {
                    let here = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                    out.extend_from_slice(&bytes[..here]);
                    bytes = &bytes[here..];
                    self.state = self.counted(left - here as u64);
                }
                State::ChunkSize | State::Trailers => bytes = self.line(bytes, out),
                State::ToEnd | State::Complete => {
                    out.extend_from_slice(bytes);
                    bytes = &[];
                }
            }
        }
        self.state == State::Complete
    }

    fn counted(&self, left: u64) -> State {
        match (self.state, left) {
            (State::Length(_), 0) => State::Complete,
            (State::Length(_), left) => State::Length(left),
            (_, 0) => State::ChunkSize,
            (_, left) => State::ChunkData(left),
        }
    }

    fn head<'a>(&mut self, bytes: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
        let before = self.kept.len();
        self.kept.extend_from_slice(bytes);
        let Some(end) = head_end(&self.kept) else { return &[] };
        let rest = &bytes[end - before..];
        self.kept.truncate(end);
        let head = std::mem::take(&mut self.kept);
        let Some(read) = Head::read(&head) else {
            out.extend_from_slice(&head);
            self.state = State::ToEnd;
            return rest;
        };
        relay_head(&head, &read, out);
        self.state = match read.framing() {
            _ if read.is_interim() => State::Head,
            _ if read.status == 101 => State::ToEnd,
            _ if read.is_empty(&self.method) => State::Complete,
            Some(BodyFraming::Length(0)) => State::Complete,
            Some(BodyFraming::Length(length)) => State::Length(length),
            Some(BodyFraming::Chunked) => State::ChunkSize,
            Some(BodyFraming::None) | None => State::ToEnd,
        };
        rest
    }

    /// A line of the chunked coding.
    fn line<'a>(&mut self, bytes: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
        let end = bytes.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        let (here, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
        out.extend_from_slice(here);
        self.kept.extend_from_slice(here);
        if end.is_none() {
            return rest;
        }
        let line = std::mem::take(&mut self.kept);
        let line = line.trim_ascii();
        self.state = match self.state {
            State::Trailers if line.is_empty() => State::Complete,
            State::Trailers => State::Trailers,
            _ => {
                let size = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
                match std::str::from_utf8(size).ok().and_then(|size| u64::from_str_radix(size, 16).ok()) {
                    Some(0) => State::Trailers,
                    Some(size) => State::ChunkData(size.saturating_add(2)),
                    None => State::ToEnd,
                }
            }
        };
        rest
    }
}

/// The head as it came, without the field lines of one hop.
fn relay_head(head: &[u8], read: &Head, out: &mut Vec<u8>) {
    let mut dropped = false;
    for (at, line) in head.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let folded = matches!(line.first(), Some(b' ' | b'\t'));
        if !folded {
            let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
            dropped = at > 0 && line.contains(&b':') && is_of_one_hop(name, &read.fields);
        }
        if !dropped {
            out.extend_from_slice(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is relayed, whether it is complete; the same at once and byte by byte.
    fn relay(bytes: &str) -> (String, bool) {
        let (mut at_once, mut stepwise) = (Answer::to(b"GET"), Answer::to(b"GET"));
        let (mut out, mut slowly) = (Vec::new(), Vec::new());
        let complete = at_once.relay(bytes.as_bytes(), &mut out);
        for byte in bytes.as_bytes() {
            stepwise.relay(&[*byte], &mut slowly);
        }
        assert_eq!(out, slowly);
        assert_eq!(complete, stepwise.state == State::Complete);
        (String::from_utf8(out).unwrap(), complete)
    }

    #[test]
    fn fields_of_one_hop_are_dropped() {
        let (out, complete) = relay(
            "HTTP/1.1 200 OK\r\nA: 1\r\nConnection: x-b\r\nX-B: 2\r\n 3\r\nContent-Length: 2\r\n\r\nhi",
        );
        assert_eq!(out, "HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 2\r\n\r\nhi");
        assert!(complete);
    }

    #[test]
    fn where_an_answer_ends() {
        for (bytes, complete) in [
            ("HTTP/1.1 204 No Content\r\n\r\n", true),
            ("HTTP/1.1 200 OK\r\n\r\nhello", false),
            ("HTTP/1.1 100 Continue\r\n\r\n", false),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true),
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi", false),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nhi\r\n0\r\nT: 1\r\n\r\n", true),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nhi\r\n0\r\n", false),
            ("nonsense\r\n\r\n", false),
        ] {
            assert_eq!(relay(bytes), (bytes.to_owned(), complete));
        }
    }
}
