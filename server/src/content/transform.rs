//! Streams made of streams: joined, repeated, with a byte inverted.

use std::io::{self, Cursor, Read};

use super::Reader;
use crate::{script::Content, text::Context};

/// One after the other.
pub(super) struct Joined {
    /// In reverse, so that the one being read is the last.
    readers: Vec<Reader>,
}

impl Joined {
    pub(super) fn new(mut readers: Vec<Reader>) -> Self {
        readers.reverse();
        Self { readers }
    }
}

impl Read for Joined {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(reader) = self.readers.last_mut() {
            match reader.read(buffer)? {
                0 if !buffer.is_empty() => {
                    self.readers.pop();
                }
                read => return Ok(read),
            }
        }
        Ok(0)
    }
}

/// A block of bytes without end; nothing, if the block is empty.
pub(super) struct Cycle {
    block: Vec<u8>,
    at: usize,
}

impl Cycle {
    pub(super) fn new(block: Vec<u8>) -> Self {
        Self { block, at: 0 }
    }
}

impl Read for Cycle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.block.is_empty() {
            return Ok(0);
        }
        let mut filled = 0;
        while filled < buffer.len() {
            let count = (self.block.len() - self.at).min(buffer.len() - filled);
            buffer[filled..filled + count].copy_from_slice(&self.block[self.at..self.at + count]);
            filled += count;
            self.at = (self.at + count) % self.block.len();
        }
        Ok(filled)
    }
}

/// What can be read again and again.
pub(super) enum Source {
    /// Few bytes.
    Bytes(Vec<u8>),
    /// Many; no hole is open.
    Content(Content),
}

/// Content without end: started again whenever it ends. Nothing, if it is empty.
pub(super) enum Again {
    /// Few bytes.
    Cycle(Cycle),
    /// Many.
    Restart { content: Content, turn: Reader, empty: bool },
}

impl Again {
    pub(super) fn new(source: Source) -> Self {
        match source {
            Source::Bytes(bytes) => Self::Cycle(Cycle::new(wider(bytes))),
            Source::Content(content) => {
                Self::Restart { content, turn: Box::new(Cursor::new(Vec::new())), empty: false }
            }
        }
    }
}

/// The same cycle in a block of a good size to copy from.
fn wider(mut bytes: Vec<u8>) -> Vec<u8> {
    const GOOD: usize = 4096;
    let period = bytes.len();
    if (1..GOOD).contains(&period) {
        let turns = GOOD / period;
        bytes.reserve(period * turns);
        for _ in 1..turns {
            bytes.extend_from_within(..period);
        }
    }
    bytes
}

impl Read for Again {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Cycle(cycle) => cycle.read(buffer),
            Self::Restart { content, turn, empty } => loop {
                match turn.read(buffer)? {
                    0 if !buffer.is_empty() && !*empty => {
                        *turn = content.reader(&Context::default()).map_err(io::Error::other)?;
                        *empty = true;
                    }
                    read => {
                        *empty = false;
                        return Ok(read);
                    }
                }
            },
        }
    }
}

/// With one byte inverted, where there is one at that offset.
pub(super) struct Flipped {
    of: Reader,
    /// How far it is to that byte.
    left: Option<u64>,
}

impl Flipped {
    pub(super) fn new(of: Reader, at: Option<u64>) -> Self {
        Self { of, left: at }
    }
}

impl Read for Flipped {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.of.read(buffer)?;
        if let Some(left) = self.left {
            self.left = left.checked_sub(read as u64);
            let here = usize::try_from(left).ok().and_then(|left| buffer[..read].get_mut(left));
            if let Some(byte) = here {
                *byte = !*byte;
            }
        }
        Ok(read)
    }
}
