//! The last of a stream: what is kept of output that may never end.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// How many bytes are kept.
const KEPT: usize = 64 << 10;

/// The last 64 KiB of a stream, and how much there was. Written by one thread, read by another.
#[derive(Debug, Default)]
pub(super) struct Tail {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    kept: VecDeque<u8>,
    mark: Mark,
}

/// A place in a stream.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mark {
    /// Bytes before it.
    pub(super) bytes: u64,
    /// Lines ended before it, as far as the writer counts them.
    pub(super) lines: u64,
}

impl Tail {
    /// Adds a piece.
    pub(super) fn write(&self, piece: &[u8]) {
        let mut inner = self.lock();
        inner.mark.bytes += piece.len() as u64;
        let last = &piece[piece.len().saturating_sub(KEPT)..];
        let surplus = (inner.kept.len() + last.len()).saturating_sub(KEPT);
        inner.kept.drain(..surplus);
        inner.kept.extend(last);
    }

    /// Ends a line.
    pub(super) fn end_line(&self) {
        self.write(b"\n");
        self.lock().mark.lines += 1;
    }

    /// Where the stream is now.
    pub(super) fn mark(&self) -> Mark {
        self.lock().mark
    }

    /// What is kept of the stream since then. Bytes that are not UTF-8 are replaced.
    pub(super) fn since(&self, mark: Mark) -> String {
        let inner = self.lock();
        let since = usize::try_from(inner.mark.bytes - mark.bytes).unwrap_or(usize::MAX);
        let skipped = inner.kept.len().saturating_sub(since);
        let bytes: Vec<u8> = inner.kept.iter().skip(skipped).copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// All that is kept.
    pub(super) fn all(&self) -> String {
        self.since(Mark::default())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing here can panic half way, so a poisoned lock still holds sound data.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_is_kept_and_all_is_counted() {
        let tail = Tail::default();
        tail.write(&vec![b'a'; KEPT * 2]);
        tail.write(b"bc");
        tail.end_line();
        assert_eq!(tail.all().len(), KEPT);
        assert!(tail.all().ends_with("abc\n"));
        assert_eq!((tail.mark().bytes, tail.mark().lines), (KEPT as u64 * 2 + 3, 1));
    }

    #[test]
    fn a_mark_parts_before_from_after() {
        let tail = Tail::default();
        tail.write(b"before");
        let mark = tail.mark();
        assert_eq!(tail.since(mark), "");
        tail.write(b"after");
        assert_eq!((tail.since(mark), tail.all()), ("after".to_owned(), "beforeafter".to_owned()));
        tail.write(&vec![b'x'; KEPT]);
        assert_eq!(tail.since(mark).len(), KEPT);
    }
}
