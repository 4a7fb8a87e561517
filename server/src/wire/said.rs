//! What a step list has replied so far, so far as it decides whether the connection is kept.

use crate::{
    parser::{field_lines, has_token, values},
    seen::BodyFraming,
};

/// The longest head that is looked at.
const LONGEST: usize = 64 * 1024;

type Fields = Vec<(Vec<u8>, Vec<u8>)>;

/// The responses of a list, read from the bytes it wrote.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// What was written of a head that is not complete.
    head: Vec<u8>,
    last: Option<Head>,
}

/// The head of a response.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) version: Vec<u8>,
    pub(crate) status: u16,
    pub(crate) fields: Fields,
}

impl Said {
    /// The list wrote these bytes. Says what head they completed.
    pub(super) fn say(&mut self, bytes: &[u8]) -> Option<&Head> {
        if self.last.as_ref().is_some_and(|head| !head.is_interim()) {
            return None;
        }
        let kept = bytes.len().min(LONGEST - self.head.len());
        self.head.extend_from_slice(&bytes[..kept]);
        let mut said = false;
        while let Some(end) = head_end(&self.head) {
            let head = Head::read(&self.head[..end]);
            self.head.drain(..end);
            let is_final = head.as_ref().is_none_or(|head| !head.is_interim());
            said |= head.is_some();
            self.last = head.or(self.last.take());
            if is_final {
                break;
            }
        }
        if said { self.last.as_ref() } else { None }
    }

    /// Whether nothing but interim responses was written.
    pub(super) fn interim_only(&self) -> bool {
        self.head.is_empty() && self.last.as_ref().is_some_and(Head::is_interim)
    }

    /// Whether another protocol is spoken from here on.
    pub(super) fn switched(&self) -> bool {
        self.last.as_ref().is_some_and(|head| head.status == 101)
    }

    /// Whether the connection ends after the answer to a request with this method.
    pub(super) fn closes(&self, method: &[u8]) -> bool {
        self.last.as_ref().is_some_and(|head| head.closes(method))
    }
}

impl Head {
    /// Reads the head of a response, if it is one.
    pub(crate) fn read(head: &[u8]) -> Option<Self> {
        let mut lines =
            head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let mut words = lines.next()?.split(|byte| *byte == b' ');
        let version = words.next().filter(|version| version.starts_with(b"HTTP/"))?.to_vec();
        let status = std::str::from_utf8(words.next()?).ok()?.parse().ok()?;
        Some(Self { version, status, fields: field_lines(lines) })
    }

    pub(crate) fn is_interim(&self) -> bool {
        (100..200).contains(&self.status) && self.status != 101
    }

    /// Whether it has no content, whatever its fields say (RFC 9112 6.3).
    pub(crate) fn is_empty(&self, method: &[u8]) -> bool {
        method == b"HEAD"
            || matches!(self.status, 100..200 | 204 | 304)
            || (method == b"CONNECT" && (200..300).contains(&self.status))
    }

    /// How its content is framed; `None` is by the end of the connection.
    pub(crate) fn framing(&self) -> Option<BodyFraming> {
        match crate::parser::framing(&self.fields) {
            Ok(BodyFraming::None) => None,
            Ok(framing) => Some(framing),
            Err(_) => values(&self.fields, "content-length").next().map(|_| BodyFraming::None),
        }
    }

    fn closes(&self, method: &[u8]) -> bool {
        let old = self.version == b"HTTP/1.0" && !has_token(&self.fields, "connection", "keep-alive");
        let close_delimited = !self.is_empty(method) && self.framing().is_none();
        let tunnel = self.status == 101 || (method == b"CONNECT" && (200..300).contains(&self.status));
        !tunnel && (old || close_delimited || has_token(&self.fields, "connection", "close"))
    }
}

/// The offset after the empty line that ends a head.
pub(crate) fn head_end(bytes: &[u8]) -> Option<usize> {
    let mut start = 0;
    while let Some(length) = bytes[start..].iter().position(|byte| *byte == b'\n') {
        let line = &bytes[start..start + length];
        start += length + 1;
        if line.is_empty() || line == b"\r" {
            return Some(start);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closes(bytes: &str, method: &str) -> bool {
        let mut said = Said::default();
        for byte in bytes.as_bytes() {
            said.say(&[*byte]);
        }
        let mut at_once = Said::default();
        at_once.say(bytes.as_bytes());
        assert_eq!(said.closes(method.as_bytes()), at_once.closes(method.as_bytes()));
        said.closes(method.as_bytes())
    }

    #[test]
    fn what_ends_a_connection() {
        for (bytes, method, expected) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "GET", false),
            ("HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n", "GET", true),
            ("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "GET", true),
            ("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", "GET", false),
            ("HTTP/1.1 200 OK\r\n\r\nhello", "GET", true),
            ("HTTP/1.1 200 OK\r\n\r\n", "HEAD", false),
            ("HTTP/1.1 200 OK\r\n\r\n", "CONNECT", false),
            ("HTTP/1.1 204 No Content\r\n\r\n", "GET", false),
            ("HTTP/1.1 100 Continue\r\n\r\n", "GET", false),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "GET", true),
            ("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n\r\nx", "GET", false),
            ("HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello", "GET", false),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "GET", false),
            ("nonsense\r\n\r\n", "GET", false),
            ("HTTP/1.1 200 OK\r\n", "GET", false),
        ] {
            assert_eq!(closes(bytes, method), expected, "{bytes:?} to {method}");
        }
    }
}
