//! How the caller takes content, and how it is reported.

use std::time::Instant;

use sha2::{Digest, Sha256};

use crate::{
    adapter::taken::hex,
    job::{Call, Cancel, ReadAs},
    outcome::{BodySeen, CallResult},
};

use super::{
    caller,
    error::{Class, Error, Phase, Result},
    fields::Fields,
    policy::Policy,
    response::Response,
    text,
    timeouts::Timers,
};

/// Content as it comes: small content whole, large content as a hash, unless it is wanted whole.
#[derive(Debug, Default)]
pub(super) struct Collector {
    kept: Vec<u8>,
    hash: Option<Sha256>,
    length: u64,
    whole: bool,
    copies: bool,
    /// Where each piece ended that came.
    pieces: Vec<usize>,
}

impl Collector {
    fn add(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        if self.whole {
            self.pieces.push(usize::try_from(self.length).unwrap_or(usize::MAX));
        }
        if self.copies {
            self.kept = [self.kept.as_slice(), bytes].concat();
        } else if let Some(hash) = &mut self.hash {
            hash.update(bytes);
        } else {
            self.kept.extend_from_slice(bytes);
        }
        if self.kept.len() > BodySeen::LARGEST && !self.whole && self.hash.is_none() && !self.copies {
            self.hash = Some(Sha256::new_with_prefix(&self.kept));
            self.kept = Vec::new();
        }
    }

    fn seen(self) -> BodySeen {
        let hash = match self.hash {
            Some(hash) => hash,
            None if self.kept.len() <= BodySeen::LARGEST => return BodySeen::Bytes(self.kept),
            None => Sha256::new_with_prefix(&self.kept),
        };
        let sha256 = hex(&hash.finalize());
        BodySeen::Digest { length: self.length, sha256 }
    }
}

/// Takes the content of a response as the call says, and reports it.
pub(super) fn take(
    response: &mut Response,
    call: &Call,
    timers: &Timers,
    policy: &Policy,
    result: &mut CallResult,
) -> Result<()> {
    let whole = call.read.decoded.is_some();
    let mut collector = Collector { whole, copies: !policy.appends_chunks, ..Collector::default() };
    let mut first = None;
    let taken = read(response, call, timers, policy, &mut collector, &mut first);
    if let (Some(first), Some(times)) = (first, &mut result.times) {
        times.first = Some(millis(timers.started(), first));
    }
    if call.read.bytes.is_some() || call.cancel.is_some() {
        result.complete = Some(taken.as_ref().is_ok_and(|complete| *complete));
    }
    let decoded = match (&taken, call.read.decoded) {
        (Ok(_), Some(wanted)) => decode(wanted, &collector, &response.fields, policy, result),
        _ => Ok(()),
    };
    if decoded.is_ok() || policy.keeps_content_of_bad_json {
        result.body = Some(collector.seen());
    }
    taken.map(|_| ()).and(decoded)
}

/// True if the content was read to its end.
fn read(
    response: &mut Response,
    call: &Call,
    timers: &Timers,
    policy: &Policy,
    collector: &mut Collector,
    first: &mut Option<Instant>,
) -> Result<bool> {
    if call.cancel == Some(Cancel::Head) {
        return Err(cancelled(response));
    }
    let cancel_at = match call.cancel {
        Some(Cancel::Bytes(count)) => Some(count),
        _ => None,
    };
    let mut pause = call.read.pause.as_ref();
    let mut buffer = vec![0; 64 * 1024];
    if !policy.reads_on_demand {
        read_ahead(response, &mut buffer)?;
    }
    loop {
        if let Some(due) = pause.filter(|pause| collector.length >= pause.after) {
            caller::wait(&due.wait, &timers.anything()).map_err(|fault| fault.error(Phase::Body, policy))?;
            pause = None;
        }
        if call.read.bytes.is_some_and(|most| collector.length >= most) {
            response.drop_content();
            return Ok(false);
        }
        if cancel_at.is_some_and(|at| collector.length >= at) {
            return Err(cancelled(response));
        }
        let marks = [call.read.bytes, cancel_at, pause.map(|pause| pause.after)];
        let room = room(marks, collector.length, buffer.len());
        if !policy.appends_chunks {
            timers.anything().check().map_err(|fault| fault.error(Phase::Body, policy))?;
        }
        let count = response.read(&mut buffer[..room])?;
        if count > 0 {
            collector.add(&buffer[..count]);
        }
        if (count > 0 && policy.streams_content) || count == 0 {
            first.get_or_insert_with(Instant::now);
        }
        if count == 0 {
            if collector.length == 0 {
                *first = None;
            }
            return Ok(true);
        }
    }
}

/// How much may be read up to the next mark.
fn room(marks: [Option<u64>; 3], length: u64, most: usize) -> usize {
    let room = marks.into_iter().flatten().map(|mark| mark - length).min();
    room.and_then(|room| usize::try_from(room).ok()).map_or(most, |room| room.min(most))
}

/// Takes in what nobody asked for yet, but not without any bound.
fn read_ahead(response: &mut Response, buffer: &mut [u8]) -> Result<()> {
    const BOUND: usize = 256 << 20;
    let mut read = 0;
    while read < BOUND {
        match response.read(buffer)? {
            0 => break,
            count => read += count,
        }
    }
    Ok(())
}

fn cancelled(response: &mut Response) -> Error {
    let error = Error::new(Class::Cancelled, Phase::Body, "CancelledError", "cancelled by the caller");
    response.give_up(&error);
    error
}

fn decode(
    wanted: ReadAs,
    collector: &Collector,
    fields: &Fields,
    policy: &Policy,
    result: &mut CallResult,
) -> Result<()> {
    let text = || text::text(&collector.kept, &collector.pieces, fields, policy);
    match wanted {
        ReadAs::Json => result.json = Some(text::json(&collector.kept, fields, policy)?),
        ReadAs::Text => result.text = Some(text()?),
        ReadAs::Lines => result.lines = Some(text()?.lines().map(str::to_owned).collect()),
    }
    Ok(())
}

/// Whole milliseconds between two moments.
pub(super) fn millis(from: Instant, to: Instant) -> u64 {
    u64::try_from(to.saturating_duration_since(from).as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_content_is_hashed() {
        let mut collector = Collector::default();
        for _ in 0..70_000 {
            collector.add(b"x");
        }
        let BodySeen::Digest { length, sha256 } = collector.seen() else { panic!("expected a digest") };
        assert_eq!(length, 70_000);
        assert_eq!(sha256, hex(&Sha256::digest(vec![b'x'; 70_000])));
    }
}
