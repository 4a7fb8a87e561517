//! The times of a call.

use std::time::Instant;

use crate::outcome::Times;

/// Takes the times of one call, from its start, by a monotonic clock.
#[derive(Debug, Clone)]
pub struct Clock {
    start: Instant,
    head: Option<u64>,
    first: Option<u64>,
}

impl Clock {
    /// The call starts.
    pub fn start() -> Self {
        Self { start: Instant::now(), head: None, first: None }
    }

    /// The caller was given the head.
    pub fn head(&mut self) {
        self.head = Some(self.now());
    }

    /// The caller was given content; only the first time counts.
    pub fn first(&mut self) {
        self.first = self.first.or_else(|| Some(self.now()));
    }

    /// The times, at the end of the call.
    pub fn times(&self) -> Times {
        Times { head: self.head, first: self.first, end: self.now() }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
