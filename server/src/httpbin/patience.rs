//! The clock that hyper waits by for requests.
//!
//! hyper begins a new sleep for each request and drops it when the head is there. A timer of the runtime for each would
//! cost a tenth of what a plain request does, so one for a connection serves all its sleeps: it is set again only when
//! it rings, which is rarely.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use hyper::rt::{Sleep, Timer};

use crate::case::lock;

/// The clock of one connection.
///
/// For sleeps one after the other, none of which ends before one that was begun earlier would have: all that hyper does
/// with it is to wait for heads, equally long for each.
#[derive(Debug, Default)]
pub(super) struct Patience {
    bell: Bell,
}

/// The runtime's timer; none before the first sleep is waited for.
type Bell = Arc<Mutex<Option<Pin<Box<tokio::time::Sleep>>>>>;

/// Until a moment.
struct Until {
    end: Instant,
    bell: Bell,
}

impl Timer for Patience {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(Instant::now() + duration)
    }

    fn sleep_until(&self, end: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Until { end, bell: Arc::clone(&self.bell) })
    }

    fn reset(&self, sleep: &mut Pin<Box<dyn Sleep>>, end: Instant) {
        if let Some(until) = sleep.as_mut().downcast_mut_pin::<Until>() {
            until.get_mut().end = end;
        }
    }
}

impl Future for Until {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut bell = lock(&self.bell);
        let end = self.end.into();
        let bell = bell.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(end)));
        loop {
            ready!(bell.as_mut().poll(cx));
            if bell.deadline() >= end {
                return Poll::Ready(());
            }
            // It rang for a sleep that is over long since.
            bell.as_mut().reset(end);
        }
    }
}

impl Sleep for Until {}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_sleep_after_the_other() {
        let patience = Patience::default();
        let started = Instant::now();
        let length = Duration::from_millis(50);
        // Waited for a moment, then dropped, as hyper does.
        let mut first = patience.sleep(length);
        let pending = std::future::poll_fn(|cx| Poll::Ready(first.as_mut().poll(cx).is_pending())).await;
        assert!(pending);
        drop(first);
        patience.sleep(2 * length).await;
        assert!(started.elapsed() >= 2 * length);
        let rung = Instant::now();
        let mut third = patience.sleep(Duration::ZERO);
        patience.reset(&mut third, rung + length);
        third.await;
        assert!(rung.elapsed() >= length);
    }
}
