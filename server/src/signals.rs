//! Signals: counted, and shared by all servers of a case.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// The signals given so far, and the bell that rings when something changed that a list may wait for.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    given: Mutex<Vec<(String, u64)>>,
    changed: Notify,
}

impl Signals {
    /// Gives a signal; returns how often it has been given.
    pub(crate) fn give(&self, name: &str) -> u64 {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let count = match given.iter_mut().find(|(known, _)| known == name) {
            Some((_, count)) => {
                *count += 1;
                *count
            }
            None => {
                given.push((name.to_owned(), 1));
                1
            }
        };
        drop(given);
        self.ring();
        count
    }

    /// How often a signal has been given.
    pub(crate) fn count(&self, name: &str) -> u64 {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.iter().find(|(known, _)| known == name).map_or(0, |(_, count)| *count)
    }

    /// Something changed.
    pub(crate) fn ring(&self) {
        self.changed.notify_waiters();
    }

    /// Waits until `holds`, which is asked again whenever something changed.
    pub(crate) async fn until(&self, mut holds: impl FnMut() -> bool) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // From here on no change is missed.
            changed.as_mut().enable();
            if holds() {
                return;
            }
            changed.await;
        }
    }
}
