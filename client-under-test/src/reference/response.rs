//! What is answered: in the shape of `http.client.HTTPResponse` with the `geturl` and `info` of `urllib`.

use std::{sync::Arc, time::Instant};

use super::{
    coding::{self, Decoding},
    error::{Class, Error, Phase, Result},
    fields::Fields,
    head::ResponseHead,
    policy::{DecodedFields, Policy},
    pool::Lease,
    request::{Request, Treatment},
    resume::{Resumed, Resumption},
    session::Session,
    url::Url,
};

/// A response before the last one: a redirect that was followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// Its status.
    pub status: u16,
    /// Who answered so.
    pub url: Url,
    /// Its fields.
    pub fields: Fields,
}

/// A response. Its content is read on demand; dropping it before the end closes the connection.
#[derive(Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The reason phrase.
    pub reason: Vec<u8>,
    /// The minor version: HTTP/1.x.
    pub minor: u8,
    /// The field lines.
    pub fields: Fields,
    /// Who answered.
    pub url: Url,
    /// The redirects on the way, oldest first.
    pub history: Vec<Hop>,
    /// The interim responses before it.
    pub interim: Vec<ResponseHead>,
    /// When its head was complete.
    pub head_at: Instant,
    trailers: Fields,
    /// Bytes of content as they were sent.
    received: u64,
    /// Bytes of content as they are handed over.
    taken: u64,
    max_body: Option<u64>,
    policy: Arc<Policy>,
    /// None once the content was read to its end. In a box, for responses pass from handler to handler by value.
    lease: Option<Box<Lease>>,
    decoding: Codings,
    resumption: Option<Box<Resumption>>,
    /// How many bytes there are at the end of the part that is read, where it was resumed.
    end_of_part: Option<u64>,
}

/// What content is coded in.
#[derive(Debug)]
enum Codings {
    /// Nothing, or nothing that is to be undone.
    Left,
    /// These are undone while it is read.
    Undone(Decoding),
    /// They are too many.
    Refused(String),
}

impl Response {
    pub(super) fn new(
        head: ResponseHead,
        url: Url,
        treatment: &Treatment,
        policy: Arc<Policy>,
        lease: Lease,
    ) -> Self {
        let decoding = codings(&head, treatment, &policy);
        let mut response = Self {
            status: if head.status == 206 && !policy.tells_part_from_whole { 200 } else { head.status },
            reason: head.reason,
            minor: head.minor,
            fields: head.fields,
            url,
            history: Vec::new(),
            interim: Vec::new(),
            head_at: Instant::now(),
            trailers: Fields::default(),
            received: 0,
            taken: 0,
            max_body: treatment.max_body.filter(|_| policy.obeys_body_limit),
            policy,
            lease: Some(Box::new(lease)),
            decoding,
            resumption: None,
            end_of_part: None,
        };
        response.hide_unknown_coding();
        // Content of no length is complete: the connection is free at once.
        if response.status != 101
            && response.lease.as_ref().is_some_and(|lease| lease.connection().is_complete())
        {
            response.finish();
        }
        response
    }

    /// The field lines.
    pub fn info(&self) -> &Fields {
        &self.fields
    }

    /// The URL of whoever answered last.
    pub fn geturl(&self) -> String {
        self.url.to_string()
    }

    /// The status code.
    pub fn getcode(&self) -> u16 {
        self.status
    }

    /// The trailer fields, once the content was read to its end.
    pub fn trailers(&self) -> &Fields {
        &self.trailers
    }

    /// Reads content: what is there, waiting for the first byte. 0 is its end.
    ///
    /// # Errors
    /// `truncated`, `reset`, `malformed`, `decode`, `too-large` or a timeout in phase body; what came before is lost to
    /// this response but was handed over already.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let policy = Arc::clone(&self.policy);
        let read = match std::mem::replace(&mut self.decoding, Codings::Left) {
            Codings::Left => self.read_coded(buffer),
            Codings::Undone(mut decoding) => {
                let read = decoding.read(buffer, &policy, &mut |room| self.read_coded(room));
                self.decoding = Codings::Undone(decoding);
                read
            }
            Codings::Refused(text) => {
                Err(Error::new(Class::Decode, Phase::Body, "ContentDecodingError", text))
            }
        };
        match read {
            Ok(count) => self.note(count),
            Err(error) => {
                self.give_up(&error);
                Err(error)
            }
        }
    }

    /// Reads content as it was sent.
    fn read_coded(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            let Some(lease) = &mut self.lease else {
                if self.resumption.as_ref().is_some_and(|resumption| resumption.is_wanting(self.received)) {
                    let text = "IncompleteRead: a part, and not the rest";
                    self.resume(Error::new(Class::Truncated, Phase::Body, "IncompleteRead", text))?;
                    continue;
                }
                return Ok(0);
            };
            match lease.connection_mut().read(buffer) {
                Ok(0) if !buffer.is_empty() => self.finish(),
                Ok(count) => {
                    self.received += count as u64;
                    if self.end_of_part.is_some_and(|end| self.received > end) {
                        let text = "IncompleteRead: a part, and more than it";
                        return Err(Error::malformed(Phase::Body, "IncompleteRead", text));
                    }
                    if lease.connection().is_complete() {
                        self.finish();
                    }
                    return Ok(count);
                }
                Err(error) => {
                    self.give_up(&error);
                    self.resume(error)?;
                }
            }
        }
    }

    /// Goes on where the content broke off, if that is allowed and possible; else the error is the caller's.
    fn resume(&mut self, error: Error) -> Result<()> {
        let have = if self.policy.counts_coded_range { self.received } else { self.taken };
        let Some(mut resumption) = self.resumption.take().filter(|_| error.class.is_lost()) else {
            return Err(error);
        };
        match resumption.resume(have) {
            Some(Resumed::Rest(rest, length)) => {
                let rest = *rest;
                self.lease = rest.lease;
                self.end_of_part = length.map(|length| self.received.saturating_add(length));
                self.resumption = Some(resumption);
                Ok(())
            }
            Some(Resumed::Complete) => Ok(()),
            None => Err(error),
        }
    }

    /// The same response, whose content is resumed where the request allows it.
    pub(super) fn resumed_by(mut self, session: &Arc<Session>, request: &Request) -> Self {
        self.resumption = Resumption::of(session, request, &self).map(Box::new);
        self
    }

    /// Reads the rest of the content.
    ///
    /// # Errors
    /// As [`Response::read`], with what came so far as `partial`.
    pub fn read_to_end(&mut self) -> Result<Vec<u8>> {
        let mut content = Vec::new();
        let mut buffer = [0; 16 * 1024];
        loop {
            match self.read(&mut buffer) {
                Ok(0) => return Ok(content),
                Ok(count) => content.extend_from_slice(&buffer[..count]),
                Err(error) => return Err(Error { partial: content, ..error }),
            }
        }
    }

    /// Counts what is handed over.
    fn note(&mut self, count: usize) -> Result<usize> {
        self.taken += count as u64;
        let counted = if self.policy.limits_decoded_content { self.taken } else { self.received };
        if let Some(most) = self.max_body.filter(|most| counted > *most) {
            self.lease = None;
            self.resumption = None;
            let text = format!("content of more than {most} bytes");
            return Err(Error::new(Class::TooLarge, Phase::Body, "HTTPException", text));
        }
        if count == 0 && matches!(self.decoding, Codings::Undone(_)) {
            self.tell_of_decoded();
        }
        if count == 0 && !self.policy.counts_coded_length {
            self.compare_decoded_length()?;
        }
        Ok(count)
    }

    /// What the fields say once the content is decoded.
    fn tell_of_decoded(&mut self) {
        match self.policy.decoded_fields {
            DecodedFields::Keep => {}
            DecodedFields::DropCoding => self.fields.remove("content-encoding"),
            DecodedFields::TellLength => {
                self.fields.remove("content-length");
                self.fields.0.push(("Content-Length".to_owned(), self.taken.to_string().into_bytes()));
            }
        }
    }

    /// What a client does that takes Content-Length for the length of what it hands over.
    fn compare_decoded_length(&self) -> Result<()> {
        let length = self.fields.first("content-length").and_then(|value| std::str::from_utf8(value).ok());
        match length.and_then(|length| length.parse::<u64>().ok()) {
            Some(length) if self.taken != length => {
                let text = format!("IncompleteRead: {} bytes read, {length} expected", self.taken);
                Err(Error::new(Class::Truncated, Phase::Body, "IncompleteRead", text))
            }
            _ => Ok(()),
        }
    }

    fn hide_unknown_coding(&mut self) {
        let known = !matches!(coding::codings(&self.fields, &self.policy), Ok(None));
        if !known && !self.policy.shows_unknown_coding {
            self.fields.remove("content-encoding");
        }
    }

    fn finish(&mut self) {
        if let Some(mut lease) = self.lease.take() {
            self.trailers = lease.connection_mut().take_trailers();
            if !self.policy.keeps_trailers_apart {
                self.fields.0.append(&mut self.trailers.0);
            }
            lease.give_back();
        }
    }

    /// The connection, where the protocol was switched.
    pub fn switched(&mut self) -> Option<&mut super::connection::HttpConnection> {
        self.lease.as_mut().filter(|_| self.status == 101).map(|lease| lease.connection_mut())
    }

    /// Closes the response. What was not read is dropped with its connection.
    pub fn close(mut self) {
        self.drop_content();
    }

    /// Ends the use of the content: what has come already is read, so that the connection may be kept; what
    /// has not is not waited for.
    pub fn drop_content(&mut self) {
        /// More than this is not worth a connection.
        const WORTH: usize = 64 * 1024;
        self.resumption = None;
        let mut buffer = [0; 4096];
        let mut read = 0;
        while read < WORTH {
            let patient = !self.policy.drops_unread_content;
            if !patient && self.lease.as_ref().is_none_or(|lease| !lease.connection().has_input()) {
                break;
            }
            match self.read_coded(&mut buffer) {
                Ok(0) | Err(_) => break,
                Ok(_) if patient => {}
                Ok(count) => read += count,
            }
        }
        self.lease = None;
    }

    /// The connection is lost with whatever was not read, though the lease may decide otherwise.
    pub(super) fn give_up(&mut self, error: &Error) {
        if let Some(lease) = self.lease.take() {
            lease.give_up(error);
        }
    }
}

/// What of a response is to be decoded. A part of coded content is left as it is (RFC 9110 14.4).
fn codings(head: &ResponseHead, treatment: &Treatment, policy: &Policy) -> Codings {
    if !treatment.decompress || !policy.decodes_content || head.status == 206 {
        return Codings::Left;
    }
    let decoding = coding::codings(&head.fields, policy).and_then(|codings| match codings {
        Some(codings) if !codings.is_empty() => Decoding::new(&codings, policy).map(Codings::Undone),
        _ => Ok(Codings::Left),
    });
    decoding.unwrap_or_else(|error| Codings::Refused(error.text))
}
