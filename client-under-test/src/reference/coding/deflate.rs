//! deflate (RFC 9110 8.4.1.2): the zlib format (RFC 1950) around deflated data (RFC 1951).

use adler2::Adler32;
use flate2::{Decompress, FlushDecompress, Status};

use super::{Decoder, Step, damaged};
use crate::reference::{error::Result, policy::Policy};

/// Inflates what there is; whether the deflated data has ended.
pub(super) fn inflate(inflater: &mut Decompress, input: &[u8], output: &mut [u8]) -> Result<(Step, bool)> {
    let (read, written) = (inflater.total_in(), inflater.total_out());
    let status = inflater
        .decompress(input, output, FlushDecompress::None)
        .map_err(|error| damaged(format!("deflated data is damaged: {error}")))?;
    let since = |now: u64, then: u64| usize::try_from(now - then).unwrap_or(usize::MAX);
    let step =
        Step { consumed: since(inflater.total_in(), read), produced: since(inflater.total_out(), written) };
    Ok((step, status == Status::StreamEnd))
}

/// The decoder.
#[derive(Debug)]
pub(super) struct Deflate {
    state: State,
    part: Vec<u8>,
    inflater: Decompress,
    content: Adler32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Two bytes, from which one sees whether this is zlib.
    Head,
    /// What the two bytes were, where they belong to the data already.
    Replay,
    Data {
        is_zlib: bool,
    },
    /// Four bytes: the checksum.
    Trailer,
    Done,
}

impl Default for Deflate {
    fn default() -> Self {
        Self {
            state: State::Head,
            part: Vec::new(),
            inflater: Decompress::new(false),
            content: Adler32::new(),
        }
    }
}

impl Decoder for Deflate {
    fn decode(&mut self, input: &[u8], output: &mut [u8], policy: &Policy) -> Result<Step> {
        let mut consumed = 0;
        loop {
            match self.state {
                State::Replay => {
                    let head = std::mem::take(&mut self.part);
                    let (step, ended) = inflate(&mut self.inflater, &head, output)?;
                    self.part = head[step.consumed..].to_vec();
                    if ended {
                        self.state = State::Done;
                    } else if self.part.is_empty() {
                        self.state = State::Data { is_zlib: false };
                    }
                    if step.produced > 0 {
                        return Ok(Step { consumed, produced: step.produced });
                    }
                }
                State::Data { is_zlib } => {
                    let (step, ended) = inflate(&mut self.inflater, &input[consumed..], output)?;
                    self.content.write_slice(&output[..step.produced]);
                    consumed += step.consumed;
                    if ended {
                        self.state = if is_zlib { State::Trailer } else { State::Done };
                    }
                    if step.produced > 0 || !ended {
                        return Ok(Step { consumed, produced: step.produced });
                    }
                }
                State::Head | State::Trailer | State::Done => {
                    let Some(&byte) = input.get(consumed) else { return Ok(Step { consumed, produced: 0 }) };
                    consumed += 1;
                    self.take(byte, policy)?;
                }
            }
        }
    }

    fn may_end(&self) -> bool {
        self.state == State::Done
    }
}

impl Deflate {
    fn take(&mut self, byte: u8, policy: &Policy) -> Result<()> {
        self.part.push(byte);
        match (self.state, self.part.len()) {
            (State::Head, 2) => {
                if policy.expects_zlib_header && self.is_zlib()? {
                    self.part.clear();
                    self.state = State::Data { is_zlib: true };
                } else {
                    // Some senders leave out the zlib format, which RFC 9110 8.4.1.2 notes.
                    self.state = State::Replay;
                }
            }
            (State::Trailer, 4) => {
                let said = u32::from_be_bytes([self.part[0], self.part[1], self.part[2], self.part[3]]);
                if said != self.content.checksum() && policy.checks_zlib_checksum {
                    return Err(damaged("the content of zlib has another checksum"));
                }
                self.part.clear();
                self.state = State::Done;
            }
            (State::Done, _) => return Err(damaged("data behind deflate")),
            _ => {}
        }
        Ok(())
    }

    /// RFC 1950 2.2. Deflated data never begins with these two: a stored block has zeros where they have not.
    fn is_zlib(&self) -> Result<bool> {
        let (method, flags) = (self.part[0], self.part[1]);
        let is_zlib =
            method & 0x0F == 8 && method >> 4 <= 7 && (u16::from(method) << 8 | u16::from(flags)) % 31 == 0;
        if is_zlib && flags & 0x20 != 0 {
            return Err(damaged("zlib wants a dictionary"));
        }
        Ok(is_zlib)
    }
}
