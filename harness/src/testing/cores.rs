//! Plain cases are work for a core each, timed ones mostly wait. A runner of tests has one number of threads for both, so
//! plain cases wait here for a core: beside thirty of them on two cores, no server would be in time.

use std::{
    num::NonZero,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

/// The cores of this machine.
#[derive(Debug)]
pub(super) struct Cores {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A core of one's own, given back when dropped.
#[derive(Debug)]
pub(super) struct Core<'a>(&'a Cores);

impl Cores {
    /// All there are.
    pub(super) fn all() -> Self {
        let free = thread::available_parallelism().map_or(1, NonZero::get);
        Self { free: Mutex::new(free), freed: Condvar::new() }
    }

    /// Takes one, once one is free.
    pub(super) fn take(&self) -> Core<'_> {
        let free = self.freed.wait_while(self.lock(), |free| *free == 0);
        *free.unwrap_or_else(PoisonError::into_inner) -= 1;
        Core(self)
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        // A number is sound whatever happened.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Core<'_> {
    fn drop(&mut self) {
        *self.0.lock() += 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn no_more_are_taken_than_there_are() {
        let cores = Cores { free: Mutex::new(2), freed: Condvar::new() };
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let _core = cores.take();
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    thread::yield_now();
                    now.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        assert!((1..=2).contains(&most.into_inner()));
        assert_eq!(*cores.lock(), 2);
    }
}
