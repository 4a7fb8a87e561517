//! Content of responses, on demand.

use std::time::Instant;

use super::{Content, HttpConnection, State, open};
use crate::reference::{
    dial::HANG,
    error::{Class, Error, Phase, Result},
    timeouts::Fault,
};

impl HttpConnection {
    /// Reads content into the buffer: what is there, waiting for the first byte. 0 is its end.
    ///
    /// # Errors
    /// `truncated`, `reset`, `malformed`, `too-large` or a timeout in phase body.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = match &mut self.content {
            Content::Done => return Ok(0),
            Content::Length(left) => {
                let most = usize::try_from(*left).unwrap_or(usize::MAX).min(buffer.len());
                let count = self.read_raw(&mut buffer[..most])?;
                self.note_length(count)?;
                count
            }
            Content::Chunked(_) => self.read_chunked(buffer)?,
            Content::UntilEnd => {
                let count = self.read_raw(buffer)?;
                if count == 0 {
                    self.content = Content::Done;
                }
                count
            }
        };
        if matches!(self.content, Content::Done) {
            self.end_content()?;
        }
        Ok(count)
    }

    pub(super) fn note_length(&mut self, count: usize) -> Result<()> {
        let Content::Length(left) = &mut self.content else { return Ok(()) };
        *left -= count as u64;
        if *left == 0 {
            self.content = Content::Done;
        } else if count == 0 {
            let text = format!("IncompleteRead: {left} more bytes expected");
            return self.cut(Error::new(Class::Truncated, Phase::Body, "IncompleteRead", text));
        }
        Ok(())
    }

    /// The content was cut short.
    pub(super) fn cut(&mut self, error: Error) -> Result<()> {
        if self.policy.notices_cut_content {
            return Err(error);
        }
        (self.content, self.persists) = (Content::Done, false);
        Ok(())
    }

    pub(super) fn read_chunked(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            let Content::Chunked(decoder) = &mut self.content else { return Ok(0) };
            let step = decoder.decode(self.incoming.bytes(), buffer, &self.policy)?;
            self.incoming.consume(step.consumed);
            if decoder.is_done() {
                self.trailers = decoder.take_trailers();
                self.content = Content::Done;
                return Ok(step.produced);
            }
            if step.produced > 0 {
                return Ok(step.produced);
            }
            let between = decoder.is_between_chunks();
            if self.fill_content()? == 0 {
                if between && !self.policy.demands_last_chunk {
                    (self.content, self.persists) = (Content::Done, false);
                    return Ok(0);
                }
                let text = "IncompleteRead: the last chunk is missing";
                self.cut(Error::new(Class::Truncated, Phase::Body, "IncompleteRead", text))?;
                return Ok(0);
            }
        }
    }

    pub(super) fn fill_content(&mut self) -> Result<usize> {
        let filled = self.incoming.fill(open(&mut self.transport)?, &self.timers.content());
        self.received(filled)
    }

    /// Bytes of the connection, those that came before first.
    pub(super) fn read_raw(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let waiting = self.incoming.bytes();
        if !waiting.is_empty() {
            let count = waiting.len().min(buffer.len());
            buffer[..count].copy_from_slice(&waiting[..count]);
            self.incoming.consume(count);
            return Ok(count);
        }
        let mut patience = self.timers.content();
        if matches!(self.content, Content::UntilEnd) && !self.policy.waits_for_end_of_connection {
            let soon = Instant::now() + std::time::Duration::from_millis(100);
            patience = patience.no_longer_than(soon, Class::Caller);
        }
        let received = open(&mut self.transport)?.receive(buffer, &patience);
        self.received(received)
    }

    pub(super) fn received(&self, received: std::result::Result<usize, Fault>) -> Result<usize> {
        match received {
            Ok(count) => Ok(count),
            Err(Fault::Expired(Class::Caller)) => Ok(0),
            Err(Fault::Io(_)) if !self.policy.notices_cut_content => Ok(0),
            Err(fault) => Err(fault.error(Phase::Body, &self.policy)),
        }
    }

    /// The content is complete: the connection is idle, if it persists.
    pub(super) fn end_content(&mut self) -> Result<()> {
        self.state = State::Idle;
        if !self.policy.tolerates_end_after_content && self.is_ended() {
            return Err(Error::new(Class::Truncated, Phase::Body, "IncompleteRead", "connection ended"));
        }
        if !self.policy.notices_end && self.is_ended() {
            let patience = self.timers.content();
            patience.sleep(HANG).map_err(|fault| fault.error(Phase::Body, &self.policy))?;
        }
        let surplus = !self.incoming.is_empty() && self.policy.distrusts_surplus_bytes;
        if surplus {
            self.persists = false;
        }
        Ok(())
    }

    /// Whether the connection ends within a moment, which matters to no conforming client.
    pub(super) fn is_ended(&mut self) -> bool {
        let soon = Instant::now() + std::time::Duration::from_millis(100);
        let patience = self.timers.content().no_longer_than(soon, Class::Caller);
        let Some(transport) = &mut self.transport else { return true };
        matches!(self.incoming.fill(transport.as_mut(), &patience), Ok(0) | Err(Fault::Io(_)))
    }

    /// Reads from a connection that has switched protocols. 0 is its end.
    ///
    /// # Errors
    /// `reset` or a timeout in phase body.
    pub fn read_switched(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if !self.policy.keeps_bytes_behind_switch {
            self.incoming.consume(self.incoming.bytes().len());
        }
        self.read_raw(buffer)
    }
}
