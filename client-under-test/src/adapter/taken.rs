//! Content as the caller of a call takes it.

use sha2::{Digest, Sha256};

use crate::{
    job::{Call, Cancel, Pause, Wait},
    outcome::BodySeen,
};

/// Content as it is taken: what to do next, and what was taken so far. Small content is kept, large content is hashed
/// as it comes.
#[derive(Debug, Clone)]
pub struct Taken {
    stop_at: Option<u64>,
    cancel_at: Option<u64>,
    pause: Option<Pause>,
    kept: Vec<u8>,
    hash: Option<Sha256>,
    length: u64,
}

/// What the caller does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Takes content, at most so many bytes of it.
    Take(usize),
    /// Waits.
    Wait(Wait),
    /// Has enough: closes the response. Not an error; the result is not `complete`.
    Stop,
    /// Gives the call up by the client's documented means.
    Cancel,
}

/// The most that is taken at once.
const PIECE: u64 = 64 * 1024;

impl Taken {
    /// Nothing yet, of a call that says how.
    pub fn of(call: &Call) -> Self {
        let cancel_at = match call.cancel {
            Some(Cancel::Head) => Some(0),
            Some(Cancel::Bytes(count)) => Some(count),
            Some(Cancel::Wait(_)) | None => None,
        };
        Self {
            stop_at: call.read.bytes,
            cancel_at,
            pause: call.read.pause.clone(),
            kept: Vec::new(),
            hash: None,
            length: 0,
        }
    }

    /// What comes next.
    pub fn step(&mut self) -> Step {
        if self.cancel_at.is_some_and(|at| self.length >= at) {
            return Step::Cancel;
        }
        if let Some(pause) = self.pause.take_if(|pause| self.length >= pause.after) {
            return Step::Wait(pause.wait);
        }
        if self.stop_at.is_some_and(|at| self.length >= at) {
            return Step::Stop;
        }
        let marks = [self.stop_at, self.cancel_at, self.pause.as_ref().map(|pause| pause.after)];
        let room = marks.into_iter().flatten().map(|mark| mark - self.length).min().unwrap_or(PIECE);
        Step::Take(usize::try_from(room.min(PIECE)).unwrap_or(usize::MAX))
    }

    /// Takes a piece. Of one that is longer than what the caller wants, the rest is left.
    pub fn add(&mut self, piece: &[u8]) {
        let wanted = self.stop_at.map_or(u64::MAX, |at| at.saturating_sub(self.length));
        let piece = &piece[..piece.len().min(usize::try_from(wanted).unwrap_or(usize::MAX))];
        self.length += piece.len() as u64;
        match &mut self.hash {
            Some(hash) => hash.update(piece),
            None => self.kept.extend_from_slice(piece),
        }
        if self.kept.len() > BodySeen::LARGEST {
            self.hash = Some(Sha256::new_with_prefix(std::mem::take(&mut self.kept)));
        }
    }

    /// How many bytes were taken.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// What was taken, as it is reported.
    pub fn seen(self) -> BodySeen {
        match self.hash {
            None => BodySeen::Bytes(self.kept),
            Some(hash) => BodySeen::Digest { length: self.length, sha256: hex(&hash.finalize()) },
        }
    }
}

/// Bytes in lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(call: &str) -> Taken {
        Taken::of(&serde_json::from_str(call).unwrap())
    }

    #[test]
    fn marks_are_met_exactly() {
        let mut taken = taken(r#"{"url":"u","read":{"bytes":5,"pause":{"after":2,"ms":7}}}"#);
        assert_eq!(taken.step(), Step::Take(2));
        taken.add(b"ab");
        assert_eq!([taken.step(), taken.step()], [Step::Wait(Wait::Ms(7)), Step::Take(3)]);
        taken.add(b"cdef");
        assert_eq!(taken.step(), Step::Stop);
        assert_eq!(taken.seen(), BodySeen::Bytes(b"abcde".to_vec()));
    }

    #[test]
    fn calls_are_cancelled_at_the_head_or_in_the_content() {
        assert_eq!(taken(r#"{"url":"u","cancel":{"on":"head"}}"#).step(), Step::Cancel);
        let mut taken = taken(r#"{"url":"u","cancel":{"bytes":2}}"#);
        assert_eq!(taken.step(), Step::Take(2));
        taken.add(b"ab");
        assert_eq!(taken.step(), Step::Cancel);
    }

    #[test]
    fn large_content_is_hashed() {
        let mut taken = taken(r#"{"url":"u"}"#);
        for _ in 0..70_000 {
            taken.add(b"x");
        }
        assert_eq!(taken.length(), 70_000);
        let sha256 = hex(&Sha256::digest(vec![b'x'; 70_000]));
        assert_eq!(taken.seen(), BodySeen::Digest { length: 70_000, sha256 });
    }
}
