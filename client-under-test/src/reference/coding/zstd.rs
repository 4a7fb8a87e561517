//! zstd (RFC 8878): frames one behind the other, with a window of no more than 8 MiB (RFC 9659 3).

use std::fmt;

use zstd::stream::raw::{self, DParameter, InBuffer, Operation, OutBuffer};

use super::{Decoder, Step, damaged};
use crate::reference::{error::Result, policy::Policy};

/// The decoder.
pub(super) struct Zstd {
    decoder: raw::Decoder<'static>,
    is_between_frames: bool,
    is_over: bool,
}

impl fmt::Debug for Zstd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zstd").field("is_between_frames", &self.is_between_frames).finish_non_exhaustive()
    }
}

impl Zstd {
    pub(super) fn new(policy: &Policy) -> Result<Self> {
        let failed = |error: std::io::Error| damaged(format!("zstd: {error}"));
        let mut decoder = raw::Decoder::new().map_err(failed)?;
        decoder.set_parameter(DParameter::WindowLogMax(policy.zstd_window_log)).map_err(failed)?;
        Ok(Self { decoder, is_between_frames: true, is_over: false })
    }
}

impl Decoder for Zstd {
    fn decode(&mut self, input: &[u8], output: &mut [u8], policy: &Policy) -> Result<Step> {
        if self.is_over {
            return Ok(Step { consumed: input.len(), produced: 0 });
        }
        let mut from = InBuffer::around(input);
        let mut to = OutBuffer::around(output);
        let hint = match self.decoder.run(&mut from, &mut to) {
            Ok(hint) => hint,
            Err(error) if !policy.checks_zstd_checksum && is_of_checksum(&error) => {
                (self.is_between_frames, self.is_over) = (true, true);
                return Ok(Step { consumed: input.len(), produced: to.pos() });
            }
            Err(error) => return Err(damaged(format!("zstd is damaged: {error}"))),
        };
        let step = Step { consumed: from.pos, produced: to.pos() };
        if step != Step::default() {
            self.is_between_frames = hint == 0;
            self.is_over = hint == 0 && !policy.reads_every_zstd_frame;
        }
        Ok(step)
    }

    fn may_end(&self) -> bool {
        self.is_between_frames
    }
}

/// There is no other way to tell: the library gives its errors no numbers.
fn is_of_checksum(error: &std::io::Error) -> bool {
    error.to_string().contains("checksum")
}
