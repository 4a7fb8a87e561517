//! The chunked transfer coding (RFC 9112 7.1), read byte by byte as it comes.

use std::time::Duration;

use super::{append, field_lines};
use crate::seen::RequestSeen;

/// Where in chunked content a request is.
#[derive(Debug, Default)]
pub(super) enum Chunked {
    /// In the line with the size.
    #[default]
    Size,
    /// In a chunk, so many bytes before its end.
    Data(u64),
    /// In the line end after a chunk.
    DataEnd,
    /// In the trailer section.
    Trailers,
}

/// What came of reading on.
pub(super) enum Progress {
    Starved,
    Complete,
    Malformed(&'static str),
}

impl Chunked {
    pub(super) fn advance(
        &mut self,
        received: &[u8],
        at: &mut usize,
        now: Duration,
        request: &mut RequestSeen,
    ) -> Progress {
        loop {
            let rest = &received[*at..];
            *self = match *self {
                Self::Size => {
                    let Some(line) = next_line(rest, at) else { return Progress::Starved };
                    match chunk_size(line) {
                        Some(0) => Self::Trailers,
                        Some(size) => {
                            request.chunks.push(size);
                            Self::Data(size)
                        }
                        None => return Progress::Malformed("the chunk size is not 1*HEXDIG"),
                    }
                }
                Self::Data(left) => {
                    let here = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    append(request, &rest[..here], now);
                    *at += here;
                    match left - here as u64 {
                        0 => Self::DataEnd,
                        left => {
                            *self = Self::Data(left);
                            return Progress::Starved;
                        }
                    }
                }
                Self::DataEnd => {
                    let Some(line) = next_line(rest, at) else { return Progress::Starved };
                    if !line.is_empty() {
                        return Progress::Malformed("a chunk is longer than its size");
                    }
                    Self::Size
                }
                Self::Trailers => {
                    let Some(line) = next_line(rest, at) else { return Progress::Starved };
                    if line.is_empty() {
                        return Progress::Complete;
                    }
                    request.trailers.extend(field_lines(std::iter::once(line)));
                    Self::Trailers
                }
            };
        }
    }
}

/// The next line without its end; moves past it.
fn next_line<'a>(rest: &'a [u8], at: &mut usize) -> Option<&'a [u8]> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    *at += end + 1;
    Some(rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]))
}

/// The size before extensions.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let size = line.split(|byte| *byte == b';').next()?.trim_ascii();
    let hex = !size.is_empty() && size.iter().all(u8::is_ascii_hexdigit);
    hex.then(|| u64::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()).flatten()
}
