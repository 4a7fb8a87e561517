//! Heads of responses: interim ones, the final one, and what may not be one.

use std::time::Instant;

use super::{Content, HttpConnection, State, disconnected, open, state_error};
use crate::reference::{
    dial::HANG,
    error::{Class, Error, Phase, Result},
    fields::Fields,
    framing::{self, Framing},
    head::{self, ResponseHead},
    policy::{NoColon, Policy},
    timeouts::Fault,
};

impl HttpConnection {
    /// The request is complete: reads heads up to the final one.
    ///
    /// # Errors
    /// `ResponseNotReady` where no request was sent; `closed`, `reset`, `malformed`, `too-large` or a timeout
    /// in phase head.
    pub fn getresponse(&mut self) -> Result<ResponseHead> {
        if self.state != State::Sent {
            return Err(state_error("ResponseNotReady", self.state));
        }
        self.timers.sending_is_over();
        let mut head = loop {
            let head = self.read_head(Phase::Head, None)?;
            if !self.is_skipped(&head)? {
                break head;
            }
            if let (false, Ok(Some(length))) =
                (self.policy.interim_has_no_content, framing::content_length(&head.fields, &self.policy))
            {
                self.skip(length, Phase::Head)?;
            }
            self.note_interim(head)?;
        };
        if !self.policy.keeps_interim_fields_apart {
            let early = self.interim.iter().flat_map(|interim| interim.fields.0.iter().cloned());
            head.fields.0.extend(early);
        }
        self.begin_content(&head)?;
        Ok(head)
    }

    pub(super) fn begin_content(&mut self, head: &ResponseHead) -> Result<()> {
        let framing = framing::framing(&self.method, head, &self.policy)?;
        let broken_off = self.answered_early && self.policy.closes_after_early_answer;
        self.persists = framing::persists(head, framing, &self.policy) && !broken_off && head.status != 101;
        if !self.policy.keeps_bytes_behind_head {
            self.incoming.consume(self.incoming.bytes().len());
        }
        self.content = match framing {
            Framing::Nothing | Framing::Length(0) => Content::Done,
            Framing::Length(length) => Content::Length(length),
            Framing::Chunked => Content::Chunked(Box::default()),
            Framing::UntilEnd => Content::UntilEnd,
        };
        self.state = State::Answered;
        if matches!(self.content, Content::Done) { self.end_content() } else { Ok(()) }
    }

    pub(super) fn is_skipped(&self, head: &ResponseHead) -> Result<bool> {
        if !head.is_interim() || self.policy.interim_taken_as_final.contains(&head.status) {
            return Ok(false);
        }
        if head.status == 101 && !self.asks_upgrade && self.policy.refuses_unasked_switch {
            let text = "101 Switching Protocols, but no upgrade was asked for";
            return Err(Error::malformed(Phase::Head, "BadStatusLine", text));
        }
        if !matches!(head.status, 100..=104) && !self.policy.skips_unknown_interim {
            return Err(Error::malformed(
                Phase::Head,
                "BadStatusLine",
                format!("unknown status {}", head.status),
            ));
        }
        Ok(head.status != 101)
    }

    pub(super) fn note_interim(&mut self, head: ResponseHead) -> Result<()> {
        match self.policy.interim_limit {
            Some(limit) if self.interim.len() >= limit => {
                let text = format!("got more than {limit} interim responses");
                return Err(Error::new(Class::TooLarge, Phase::Head, "HTTPException", text));
            }
            Some(_) => {}
            None => self.timers.restart_total(),
        }
        self.interim.push(head);
        Ok(())
    }

    /// `connecting`: the head answers a CONNECT that was begun at that moment.
    pub(super) fn read_head(&mut self, phase: Phase, connecting: Option<Instant>) -> Result<ResponseHead> {
        let mut searched = 0;
        loop {
            let bytes = self.incoming.bytes();
            let is_none = !bytes.is_empty() && !head::may_become_head(bytes, &self.policy);
            if is_none && !self.policy.demands_status_line {
                return self.answer_without_head(phase);
            }
            if let Some(end) = head::end_of_head(bytes, searched) {
                let head = self.parse_head(end).map_err(|error| Error { phase, ..error })?;
                self.incoming.consume(end);
                return Ok(head);
            }
            if is_none && self.policy.bounds_heads {
                return self.answer_without_head(phase);
            }
            if !self.policy.bounds_heads {
                searched = self.hoard(bytes.len());
                self.fill_head(phase, connecting)?;
                continue;
            }
            let line_start =
                bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |line_feed| line_feed + 1);
            head::check_size(bytes, line_start, self.head_limit, &self.policy)
                .map_err(|error| Error { phase, ..error })?;
            if !bytes.is_empty() && !self.policy.reads_head_in_pieces {
                return Err(Error::malformed(phase, "BadStatusLine", "head that came in pieces"));
            }
            searched = bytes.len();
            match self.fill_head(phase, connecting) {
                Err(error) if error.class == Class::Closed && !self.policy.notices_cut_head => {
                    return self.cut_head(phase, error);
                }
                filled => filled?,
            }
        }
    }

    /// What has come of a head that nothing more will come of, taken for all of it.
    fn cut_head(&mut self, phase: Phase, error: Error) -> Result<ResponseHead> {
        let bytes = self.incoming.bytes();
        if bytes.is_empty() {
            return Err(error);
        }
        let lines = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let policy = Policy { no_colon: NoColon::Skip, ..Policy::clone(&self.policy) };
        let head =
            head::parse(&[lines, b"\r\n\r\n"].concat(), &policy).map_err(|error| Error { phase, ..error })?;
        self.incoming.consume(bytes.len());
        Ok(head)
    }

    pub(super) fn fill_head(&mut self, phase: Phase, connecting: Option<Instant>) -> Result<()> {
        let patience = connecting.map_or_else(|| self.timers.head(), |begun| self.timers.connecting(begun));
        let filled = self.incoming.fill(open(&mut self.transport)?, &patience);
        let unnoticed = match &filled {
            Ok(0) => !self.policy.notices_end,
            Err(Fault::Io(_)) => !self.policy.notices_reset,
            _ => false,
        };
        if unnoticed {
            patience.sleep(HANG).map_err(|fault| fault.error(phase, &self.policy))?;
        }
        match filled {
            Ok(0) => Err(disconnected(phase)),
            Ok(_) => Ok(()),
            Err(fault) => Err(fault.error(phase, &self.policy)),
        }
    }

    /// A client without limits would keep all there is. This one stops where it has been seen to.
    pub(super) fn hoard(&mut self, kept: usize) -> usize {
        const ENOUGH: usize = 64 << 20;
        if kept < ENOUGH {
            return kept;
        }
        self.incoming.consume(kept);
        0
    }

    pub(super) fn parse_head(&self, end: usize) -> Result<ResponseHead> {
        let bytes = &self.incoming.bytes()[..end];
        if !self.policy.bounds_heads {
            return head::parse(bytes, &self.policy);
        }
        let mut line_start = 0;
        for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
            head::check_size(&bytes[..at], line_start, usize::MAX, &self.policy)?;
            line_start = at + 1;
        }
        head::check_size(bytes, end, self.head_limit, &self.policy)?;
        head::parse(bytes, &self.policy)
    }

    /// No status line: HTTP/0.9, which nobody speaks any more.
    pub(super) fn answer_without_head(&mut self, phase: Phase) -> Result<ResponseHead> {
        if self.policy.demands_status_line {
            let bytes = self.incoming.bytes();
            let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]);
            return Err(Error::malformed(phase, "BadStatusLine", format!("{shown:?}")));
        }
        Ok(ResponseHead { minor: 0, status: 200, reason: Vec::new(), fields: Fields::default() })
    }

    pub(super) fn skip(&mut self, length: u64, phase: Phase) -> Result<()> {
        let mut left = length;
        while left > 0 {
            if self.incoming.is_empty() {
                self.fill_head(phase, None)?;
            }
            let count = self.incoming.bytes().len().min(usize::try_from(left).unwrap_or(usize::MAX));
            self.incoming.consume(count);
            left -= count as u64;
        }
        Ok(())
    }
}
