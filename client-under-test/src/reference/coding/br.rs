//! br (RFC 7932): one stream, without checksum.

use std::fmt;

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

use super::{Decoder, Step, damaged};
use crate::reference::{error::Result, policy::Policy};

/// The decoder.
pub(super) struct Br {
    state: BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>,
    total: usize,
    is_done: bool,
}

impl fmt::Debug for Br {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Br")
            .field("total", &self.total)
            .field("is_done", &self.is_done)
            .finish_non_exhaustive()
    }
}

impl Br {
    pub(super) fn new() -> Self {
        let alloc = StandardAlloc::default;
        Self { state: BrotliState::new(alloc(), alloc(), alloc()), total: 0, is_done: false }
    }
}

impl Decoder for Br {
    fn decode(&mut self, input: &[u8], output: &mut [u8], _policy: &Policy) -> Result<Step> {
        if self.is_done {
            return if input.is_empty() { Ok(Step::default()) } else { Err(damaged("data behind br")) };
        }
        let (mut left, mut room) = (input.len(), output.len());
        let mut step = Step::default();
        let result = BrotliDecompressStream(
            &mut left,
            &mut step.consumed,
            input,
            &mut room,
            &mut step.produced,
            output,
            &mut self.total,
            &mut self.state,
        );
        match result {
            BrotliResult::ResultFailure => Err(damaged("br is damaged")),
            BrotliResult::ResultSuccess => {
                self.is_done = true;
                Ok(step)
            }
            BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => Ok(step),
        }
    }

    fn may_end(&self) -> bool {
        self.is_done
    }
}
