//! The caller's own source of a request's content.

use std::{
    error, fmt,
    io::{self, Read},
};

use crate::job::{Piece, Stream};

use super::pass;

/// A streamed body as a source: an iterator of pieces, and a reader that hands out one piece a read. It waits and
/// fails where the job says so; a failure is a [`Raised`].
#[derive(Debug, Clone)]
pub struct Source {
    pieces: std::vec::IntoIter<Piece>,
    rest: Vec<u8>,
}

/// The error that a caller's source raises, as the job asked. A client that hands it back is to be reported with the
/// class `caller`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised(pub String);

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl error::Error for Raised {}

impl Source {
    /// The source, from its beginning.
    pub fn of(stream: &Stream) -> Self {
        Self { pieces: stream.stream.clone().into_iter(), rest: Vec::new() }
    }
}

impl Iterator for Source {
    type Item = Result<Vec<u8>, Raised>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.pieces.next()? {
                Piece::Bytes(bytes) => return Some(Ok(bytes.to_vec())),
                Piece::Wait(wait) => pass(&wait),
                Piece::Fail(text) => return Some(Err(Raised(text))),
            }
        }
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            match self.next() {
                None => return Ok(0),
                Some(piece) => self.rest = piece.map_err(io::Error::other)?,
            }
        }
        let count = self.rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.rest[..count]);
        self.rest.drain(..count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(pieces: &str) -> Source {
        Source::of(&serde_json::from_str(&format!(r#"{{"stream":{pieces}}}"#)).unwrap())
    }

    #[test]
    fn a_read_does_not_reach_over_the_end_of_a_piece() {
        let mut source = source(r#"["abc", "", {"ms": 0}, "de"]"#);
        let mut buffer = [0; 2];
        let mut read = || source.read(&mut buffer).map(|count| buffer[..count].to_vec()).unwrap();
        assert_eq!([read(), read(), read(), read()], [&b"ab"[..], b"c", b"de", b""]);
    }

    #[test]
    fn what_was_raised_is_found_again() {
        let error = source(r#"["a", {"fail": "oops"}]"#).read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(super::super::find::<Raised>(&error), Some(&Raised("oops".to_owned())));
    }
}
