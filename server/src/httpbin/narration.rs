//! Telling people what happens while it happens, as far as they can follow.
//!
//! A line to a narrator that is full loses what comes, and says how much: a server under load neither waits for who
//! reads nor remembers for them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc::{Receiver, SyncSender, TryRecvError, sync_channel},
    },
    time::Duration,
};

use crate::events::{Event, What};

/// The end that tells.
#[derive(Debug)]
pub struct Narrator {
    events: SyncSender<Event>,
    shared: Arc<Shared>,
}

/// The end that listens.
#[derive(Debug)]
pub struct Narrative {
    events: Receiver<Event>,
    shared: Arc<Shared>,
}

/// What comes out of a narrative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Something that happened.
    Event(Event),
    /// After it so many events were lost, because nobody listened fast enough.
    Lost(u64),
}

#[derive(Debug)]
struct Shared {
    /// How many more events there is room for.
    room: AtomicUsize,
    lost: AtomicU64,
}

/// A line that holds at most so many events.
pub fn narration(room: usize) -> (Narrator, Narrative) {
    let (sender, receiver) = sync_channel(room);
    let shared = Arc::new(Shared { room: room.into(), lost: AtomicU64::new(0) });
    (Narrator { events: sender, shared: Arc::clone(&shared) }, Narrative { events: receiver, shared })
}

impl Narrator {
    /// Tells what happened, if there is room; only then is it made.
    pub(super) fn tell(&self, at: Duration, connection: u64, what: impl FnOnce() -> What) {
        let shared = &self.shared;
        let taken =
            shared.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| room.checked_sub(1));
        let event =
            || Event { at, server: super::NAME.to_owned(), connection: Some(connection), what: what() };
        if taken.is_err() || self.events.try_send(event()).is_err() {
            shared.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Narrative {
    /// Waits for what happens next; `None` once nobody is left to tell.
    pub fn next(&self) -> Option<Told> {
        if let Some(told) = self.try_next() {
            return Some(told);
        }
        self.events.recv().ok().map(|event| self.taken(event))
    }

    /// What happened, if something did that was not told.
    pub fn try_next(&self) -> Option<Told> {
        match self.events.try_recv() {
            Ok(event) => Some(self.taken(event)),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => {
                let lost = self.shared.lost.swap(0, Ordering::Relaxed);
                (lost > 0).then_some(Told::Lost(lost))
            }
        }
    }

    fn taken(&self, event: Event) -> Told {
        self.shared.room.fetch_add(1, Ordering::Relaxed);
        Told::Event(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_no_room_for_is_counted() {
        let (narrator, narrative) = narration(2);
        let tell = |connection| narrator.tell(Duration::ZERO, connection, || What::Accepted);
        let connections = |count| {
            (0..count).map(|_| match narrative.try_next() {
                Some(Told::Event(event)) => event.connection,
                other => panic!("{other:?}"),
            })
        };
        (1..=5).for_each(tell);
        assert_eq!(connections(2).collect::<Vec<_>>(), [Some(1), Some(2)]);
        assert_eq!(narrative.try_next(), Some(Told::Lost(3)));
        assert_eq!(narrative.try_next(), None);
        tell(6);
        assert_eq!(connections(1).collect::<Vec<_>>(), [Some(6)]);
        drop(narrator);
        assert_eq!(narrative.next(), None);
    }
}
