//! Bytes that have come and were not taken yet.

use super::{
    timeouts::{Fault, Patience},
    transport::Transport,
};

const ROOM: usize = 16 * 1024;

/// A buffer between a transport and who reads from it.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Incoming {
    /// What is there.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Whether nothing is there.
    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// So many bytes are done with.
    pub(super) fn consume(&mut self, count: usize) {
        self.start += count;
        if self.start >= self.end {
            (self.start, self.end) = (0, 0);
        }
    }

    /// Reads what comes next, waiting for it. 0 is the end.
    pub(super) fn fill(
        &mut self,
        transport: &mut dyn Transport,
        patience: &Patience<'_>,
    ) -> Result<usize, Fault> {
        if self.end == self.bytes.len() {
            self.make_room();
        }
        let count = transport.receive(&mut self.bytes[self.end..], patience)?;
        self.end += count;
        Ok(count)
    }

    fn make_room(&mut self) {
        self.bytes.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if self.bytes.len() - self.end < ROOM / 2 {
            self.bytes.resize((self.bytes.len() * 2).max(ROOM), 0);
        }
    }
}
