//! gzip (RFC 1952): members one behind the other, each with a header, deflated data, checksum and length.

use flate2::{Crc, Decompress};

use super::{Decoder, Step, damaged, deflate::inflate};
use crate::reference::{error::Result, policy::Policy};

const MAGIC: [u8; 2] = [0x1F, 0x8B];
/// The only compression method there is.
const DEFLATE: u8 = 8;
const HEAD_CRC: u8 = 1 << 1;
const EXTRA: u8 = 1 << 2;
const NAME: u8 = 1 << 3;
const COMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0b1110_0000;

/// The decoder.
#[derive(Debug)]
pub(super) struct Gzip {
    state: State,
    /// Of the header being read: its flags that are still to be dealt with, and its checksum.
    flags: u8,
    head: Crc,
    /// Bytes of a part of fixed size that is being read.
    part: Vec<u8>,
    inflater: Decompress,
    content: Crc,
    members: u64,
    started: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Ten bytes: magic, method, flags, time, extra flags, system.
    Fixed,
    ExtraLength,
    Extra(u16),
    Name,
    Comment,
    HeadCrc,
    Data,
    /// Eight bytes: checksum and length.
    Trailer,
    /// Whatever comes is not looked at.
    Ignored,
}

impl Default for Gzip {
    fn default() -> Self {
        Self {
            state: State::Fixed,
            flags: 0,
            head: Crc::new(),
            part: Vec::new(),
            inflater: Decompress::new(false),
            content: Crc::new(),
            members: 0,
            started: false,
        }
    }
}

impl Decoder for Gzip {
    fn decode(&mut self, input: &[u8], output: &mut [u8], policy: &Policy) -> Result<Step> {
        if !self.started && !input.is_empty() {
            self.started = true;
            if input.len() < 10 && !policy.reads_coded_head_in_pieces {
                return Err(damaged("not enough bytes for a gzip header"));
            }
        }
        let mut consumed = 0;
        loop {
            match self.state {
                State::Ignored => return Ok(Step { consumed: input.len(), produced: 0 }),
                State::Data => {
                    let (step, ended) = inflate(&mut self.inflater, &input[consumed..], output)?;
                    self.content.update(&output[..step.produced]);
                    consumed += step.consumed;
                    if ended {
                        self.state = State::Trailer;
                    }
                    if step.produced > 0 || !ended {
                        return Ok(Step { consumed, produced: step.produced });
                    }
                }
                _ => {
                    let Some(&byte) = input.get(consumed) else { return Ok(Step { consumed, produced: 0 }) };
                    consumed += 1;
                    self.take(byte, policy)?;
                }
            }
        }
    }

    fn may_end(&self) -> bool {
        self.state == State::Ignored
            || (self.state == State::Fixed && self.part.is_empty() && self.members > 0)
    }
}

impl Gzip {
    /// One byte of a header or trailer.
    fn take(&mut self, byte: u8, policy: &Policy) -> Result<()> {
        if !matches!(self.state, State::HeadCrc | State::Trailer) {
            self.head.update(&[byte]);
        }
        match self.state {
            State::Fixed => {
                if self.full(byte, 10) {
                    self.fixed(policy)?;
                }
            }
            State::ExtraLength => {
                if self.full(byte, 2) {
                    let length = u16::from_le_bytes([self.part[0], self.part[1]]);
                    self.part.clear();
                    self.state = State::Extra(length);
                    self.skip_nothing();
                }
            }
            State::Extra(left) => {
                self.state = State::Extra(left.saturating_sub(1));
                self.skip_nothing();
            }
            State::Name | State::Comment if byte == 0 => self.next_part(),
            State::HeadCrc => {
                if self.full(byte, 2) {
                    self.head_crc()?;
                }
            }
            State::Trailer => {
                if self.full(byte, 8) {
                    self.trailer(policy)?;
                }
            }
            State::Name | State::Comment | State::Data | State::Ignored => {}
        }
        Ok(())
    }

    /// Adds to a part; true once it has so many bytes.
    fn full(&mut self, byte: u8, size: usize) -> bool {
        self.part.push(byte);
        self.part.len() == size
    }

    /// An extra field that is over.
    fn skip_nothing(&mut self) {
        if self.state == State::Extra(0) {
            self.next_part();
        }
    }

    /// A compliant decompressor checks these, and refuses reserved bits (RFC 1952 2.3.1.2).
    fn fixed(&mut self, policy: &Policy) -> Result<()> {
        let fixed = std::mem::take(&mut self.part);
        if fixed[..2] != MAGIC && policy.checks_gzip_magic {
            return Err(damaged(if self.members > 0 { "data behind gzip" } else { "this is not gzip" }));
        }
        if fixed[2] != DEFLATE && policy.checks_gzip_method {
            return Err(damaged(format!("unknown compression method {}", fixed[2])));
        }
        if fixed[3] & RESERVED != 0 && policy.refuses_reserved_gzip_flags {
            return Err(damaged("reserved flags of a gzip header are set"));
        }
        self.flags = if policy.skips_gzip_fields { fixed[3] } else { 0 };
        self.next_part();
        Ok(())
    }

    /// Optional parts follow in this order (RFC 1952 2.3).
    fn next_part(&mut self) {
        self.part.clear();
        let parts = [
            (EXTRA, State::ExtraLength),
            (NAME, State::Name),
            (COMMENT, State::Comment),
            (HEAD_CRC, State::HeadCrc),
        ];
        let next = parts.into_iter().find(|(flag, _)| self.flags & flag != 0);
        self.state = next.map_or(State::Data, |(flag, state)| {
            self.flags &= !flag;
            state
        });
    }

    fn head_crc(&mut self) -> Result<()> {
        let said = u16::from_le_bytes([self.part[0], self.part[1]]);
        if u32::from(said) != self.head.sum() & 0xFFFF {
            return Err(damaged("the header of gzip has another checksum"));
        }
        self.next_part();
        Ok(())
    }

    fn trailer(&mut self, policy: &Policy) -> Result<()> {
        let word = |at: usize| {
            u32::from_le_bytes([self.part[at], self.part[at + 1], self.part[at + 2], self.part[at + 3]])
        };
        if word(0) != self.content.sum() && policy.checks_gzip_checksum {
            return Err(damaged("the content of gzip has another checksum"));
        }
        // The length modulo 2^32 is what this counts.
        if word(4) != self.content.amount() && policy.checks_gzip_length {
            return Err(damaged("the content of gzip has another length"));
        }
        let members = self.members + 1;
        *self = Self { members, started: true, ..Self::default() };
        if !policy.reads_every_gzip_member {
            self.state = State::Ignored;
        }
        Ok(())
    }
}
