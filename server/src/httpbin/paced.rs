//! Content that comes piece by piece, at times.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

/// Pieces, each due at a time counted from the first ask.
///
/// Pieces that are due together go out together where they were made so: one piece is one frame, and with chunked
/// framing one chunk.
pub(super) struct Paced<P> {
    pieces: P,
    next: Option<(Duration, Bytes)>,
    started: Option<Instant>,
    pause: Option<Pin<Box<Sleep>>>,
    /// How much is left, if that is to be said.
    left: Option<u64>,
}

impl<P: Iterator<Item = (Duration, Bytes)> + Send + Unpin + 'static> Paced<P> {
    /// Content of known length.
    pub(super) fn of_length(length: u64, pieces: P) -> Body {
        Body::new(Self { pieces, next: None, started: None, pause: None, left: Some(length) })
    }

    /// Content whose length is not said, so that it is chunked.
    pub(super) fn chunked(pieces: P) -> Body {
        Body::new(Self { pieces, next: None, started: None, pause: None, left: None })
    }
}

impl<P: Iterator<Item = (Duration, Bytes)> + Unpin> HttpBody for Paced<P> {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let started = *self.started.get_or_insert_with(Instant::now);
        if self.next.is_none() {
            self.next = self.pieces.next();
        }
        let Some((due, _)) = &self.next else { return Poll::Ready(None) };
        if !due.is_zero() {
            let due = started + *due;
            let pause = self.pause.get_or_insert_with(|| Box::pin(sleep_until(due)));
            if pause.deadline() != due {
                pause.as_mut().reset(due);
            }
            ready!(pause.as_mut().poll(cx));
        }
        let piece = self.next.take().map(|(_, piece)| piece).unwrap_or_default();
        if let Some(left) = &mut self.left {
            *left -= piece.len() as u64;
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
