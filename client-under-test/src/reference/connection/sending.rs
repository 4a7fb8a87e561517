//! Requests, step by step, and what is heard while they are sent (RFC 9112 9.5, RFC 9110 10.1.1).

use std::{sync::Arc, time::Instant};

use super::{HttpConnection, State, disconnected, open, state_error};
use crate::reference::{
    dial::HANG,
    error::{Class, Error, Phase, Result},
    fields::is_token,
    head,
    policy::Policy,
    timeouts::Fault,
    transport::Sent,
};

/// What a final response heard while sending means for the rest of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// All was sent.
    Complete,
    /// The final response has begun to come; the rest is not worth sending.
    Answered,
}

impl HttpConnection {
    /// Begins a request. The target goes out as it is.
    ///
    /// # Errors
    /// `CannotSendRequest` while another is in progress; `invalid-request` for a method that is no token or a
    /// target that could end the line.
    pub fn putrequest(&mut self, method: &str, target: &[u8], version: &str) -> Result<()> {
        check_request_line(method, target, &self.policy)?;
        self.begin(method, target, version)
    }

    /// Begins a request whose first line has been looked at.
    pub(in crate::reference) fn begin(&mut self, method: &str, target: &[u8], version: &str) -> Result<()> {
        if self.state != State::Idle {
            return Err(state_error("CannotSendRequest", self.state));
        }
        self.state = State::Started;
        method.clone_into(&mut self.method);
        self.asks_upgrade = false;
        self.answered_early = false;
        self.interim.clear();
        self.outgoing.clear();
        for part in [method.as_bytes(), b" ", target, b" HTTP/", version.as_bytes(), b"\r\n"] {
            self.outgoing.extend_from_slice(part);
        }
        Ok(())
    }

    /// Adds a field line.
    ///
    /// # Errors
    /// `CannotSendHeader` outside the head; `invalid-request` for a name that is no token or a value with CR,
    /// LF or NUL.
    pub fn putheader(&mut self, name: &str, value: &[u8]) -> Result<()> {
        if self.state != State::Started {
            return Err(state_error("CannotSendHeader", self.state));
        }
        check_field(name, value, &self.policy)?;
        self.asks_upgrade |= name.eq_ignore_ascii_case("upgrade");
        write_field(&mut self.outgoing, name, value);
        Ok(())
    }

    /// Ends the head and sends it, together with content that is at hand.
    ///
    /// # Errors
    /// `CannotSendHeader` outside the head; those of [`HttpConnection::send`].
    pub fn endheaders(&mut self, content: &[u8]) -> Result<Progress> {
        /// Up to this, one write with a copy is cheaper than two writes.
        const TOGETHER: usize = 64 * 1024;
        if self.state != State::Started {
            return Err(state_error("CannotSendHeader", self.state));
        }
        self.outgoing.extend_from_slice(b"\r\n");
        self.state = State::Sent;
        let mut first = std::mem::take(&mut self.outgoing);
        let together = content.len() <= TOGETHER;
        if together {
            first.extend_from_slice(content);
        }
        if self.transport.is_none() {
            self.open()?;
        }
        self.exchanges += 1;
        let progress = self.send(&first)?;
        self.outgoing = first;
        if together || progress == Progress::Answered { Ok(progress) } else { self.send(content) }
    }

    pub(super) fn open(&mut self) -> Result<()> {
        if self.auto_open {
            return self.connect();
        }
        Err(Error::new(Class::Other, Phase::Prepare, "NotConnected", "not connected"))
    }

    /// Sends bytes of the request, listening for a final response that comes early.
    ///
    /// # Errors
    /// `closed` or `reset` where the peer is gone without an answer, or a timeout; phase send.
    pub fn send(&mut self, bytes: &[u8]) -> Result<Progress> {
        /// So much is offered at once where an answer may come in between.
        const PIECE: usize = 256 * 1024;
        let policy = Arc::clone(&self.policy);
        let mut rest = bytes;
        let mut listening = policy.hears_early_answers && bytes.len() > PIECE;
        while !rest.is_empty() {
            let piece = &rest[..rest.len().min(PIECE)];
            let mut patience = self.timers.sending();
            if !policy.waits_for_slow_readers {
                let soon = Instant::now() + std::time::Duration::from_millis(50);
                patience = patience.no_longer_than(soon, Class::SendTimeout);
            }
            match open(&mut self.transport)?.send(piece, listening, &patience) {
                Ok(Sent::Bytes(count)) => {
                    rest = &rest[count..];
                    listening = policy.hears_early_answers;
                }
                Ok(Sent::Heard) => {
                    if self.hear()? {
                        return Ok(Progress::Answered);
                    }
                }
                Err(fault @ Fault::Io(_)) => return self.answer_behind(fault),
                Err(fault) => return Err(fault.error(Phase::Send, &policy)),
            }
        }
        Ok(Progress::Complete)
    }

    /// Whether the final response has begun to come, without waiting for it.
    ///
    /// # Errors
    /// `closed` where the peer has ended.
    pub fn has_answer(&mut self) -> Result<bool> {
        let heard = self.policy.hears_early_answers
            && self.transport.as_ref().is_some_and(|transport| transport.has_input());
        if heard { self.hear() } else { Ok(false) }
    }

    /// Takes in what the peer said while we were sending. True once a final head is complete.
    pub(super) fn hear(&mut self) -> Result<bool> {
        let policy = Arc::clone(&self.policy);
        let patience = self.timers.sending();
        let count = self.incoming.fill(open(&mut self.transport)?, &patience);
        match count {
            Ok(0) if head::end_of_head(self.incoming.bytes(), 0).is_none() => {
                return Err(disconnected(Phase::Send));
            }
            Ok(_) => {}
            Err(fault) => return Err(fault.error(Phase::Send, &policy)),
        }
        self.skip_interim()
    }

    /// Takes complete interim heads off the buffer. True if a complete final head is what follows.
    pub(super) fn skip_interim(&mut self) -> Result<bool> {
        while let Some(end) = head::end_of_head(self.incoming.bytes(), 0) {
            let head = head::parse(&self.incoming.bytes()[..end], &self.policy)?;
            if !self.is_skipped(&head)? {
                self.answered_early = true;
                return Ok(true);
            }
            self.incoming.consume(end);
            self.note_interim(head)?;
        }
        Ok(false)
    }

    /// The peer broke the connection: perhaps it answered first.
    pub(super) fn answer_behind(&mut self, fault: Fault) -> Result<Progress> {
        let patience = self.timers.head();
        while head::end_of_head(self.incoming.bytes(), 0).is_none() {
            match self.incoming.fill(open(&mut self.transport)?, &patience) {
                Ok(count) if count > 0 => {}
                _ => break,
            }
        }
        if !self.policy.notices_reset {
            let patience = self.timers.sending();
            patience.sleep(HANG).map_err(|fault| fault.error(Phase::Send, &self.policy))?;
        }
        if self.skip_interim().unwrap_or(false) {
            return Ok(Progress::Answered);
        }
        Err(fault.error(Phase::Send, &self.policy))
    }

    /// Waits, but not for ever, for 100 or a final response (RFC 9110 10.1.1).
    ///
    /// # Errors
    /// Those of [`HttpConnection::getresponse`].
    pub fn await_continue(&mut self) -> Result<Progress> {
        let until = Instant::now() + self.policy.continue_patience;
        loop {
            if self.skip_interim()? {
                return Ok(Progress::Answered);
            }
            if self.interim.iter().any(|head| head.status == 100) {
                return Ok(Progress::Complete);
            }
            let patience = self.timers.anything().no_longer_than(until, Class::Caller);
            match self.incoming.fill(open(&mut self.transport)?, &patience) {
                Ok(0) => return Err(disconnected(Phase::Head)),
                Ok(_) => {}
                Err(Fault::Expired(Class::Caller)) => return Ok(Progress::Complete),
                Err(fault) => return Err(fault.error(Phase::Head, &self.policy)),
            }
        }
    }

    /// Writes to a connection that has switched protocols (RFC 9110 7.8).
    ///
    /// # Errors
    /// As [`HttpConnection::send`], without listening; phase body.
    pub fn write_switched(&mut self, bytes: &[u8]) -> Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            match open(&mut self.transport)?.send(rest, false, &self.timers.sending()) {
                Ok(Sent::Bytes(count)) => rest = &rest[count..],
                Ok(Sent::Heard) => {}
                Err(fault) => return Err(fault.error(Phase::Body, &self.policy)),
            }
        }
        Ok(())
    }
}

/// One field line.
pub(super) fn write_field(output: &mut Vec<u8>, name: &str, value: &[u8]) {
    for part in [name.as_bytes(), b": ", value, b"\r\n"] {
        output.extend_from_slice(part);
    }
}

/// What may not stand on a request line would end or split it (RFC 9112 3).
pub fn check_request_line(method: &str, target: &[u8], policy: &Policy) -> Result<()> {
    if policy.checks_method && (method.is_empty() || !method.bytes().all(is_token)) {
        return Err(Error::invalid(format!("method can't contain other than token characters: {method:?}")));
    }
    if policy.checks_target && (target.is_empty() || target.iter().any(|&byte| byte <= b' ' || byte == 0x7f))
    {
        let shown = String::from_utf8_lossy(target).into_owned();
        let text = format!("URL can't contain control characters: {shown:?}");
        return Err(Error::new(Class::InvalidRequest, Phase::Prepare, "InvalidURL", text));
    }
    Ok(())
}

/// What may not stand in a field line would become another (RFC 9110 5.1, 5.5).
pub fn check_field(name: &str, value: &[u8], policy: &Policy) -> Result<()> {
    if policy.checks_field_names && (name.is_empty() || !name.bytes().all(is_token)) {
        return Err(Error::invalid(format!("Invalid header name {name:?}")));
    }
    if policy.checks_field_values && value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
        return Err(Error::invalid(format!("Invalid header value of {name}")));
    }
    Ok(())
}
