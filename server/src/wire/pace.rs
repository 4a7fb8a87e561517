//! Cuts writes into pieces.
//!
//! What is guaranteed: every piece is a write of its own on a socket with `TCP_NODELAY`, so a segment of its own.
//! With a time between them a peer that reads meanwhile gets each in a read of its own; with 0ms the peer's kernel
//! may hold several by the time it reads, and hand them over together.

use std::time::Duration;

use crate::{
    connection::{Connection, Gone},
    script::{Cut, Pace},
    stream::Stream,
};

/// How writes are cut from some step on.
#[derive(Debug, Default)]
pub(super) struct Pacer {
    pace: Option<Pace>,
    /// Bytes written since then.
    written: u64,
}

impl Pacer {
    /// From here on.
    pub(super) fn set(&mut self, pace: &Pace) {
        self.pace = Some(pace.clone());
        self.written = 0;
    }

    /// How many bytes from here on belong to one piece; `None` is all. Whether a cut is right here.
    fn piece(&self, cut: &Cut) -> (Option<u64>, bool) {
        match cut {
            Cut::By(by) => {
                let into = self.written % (*by).max(1);
                (Some((*by).max(1) - into), into == 0 && self.written > 0)
            }
            Cut::At(offsets) => {
                let next = offsets.iter().filter(|at| **at > self.written).min();
                (next.map(|at| at - self.written), self.written > 0 && offsets.contains(&self.written))
            }
        }
    }

    /// Writes all of `bytes`, cut where it is to be cut.
    pub(super) async fn write(
        &mut self,
        connection: &Connection,
        stream: &Stream,
        mut bytes: &[u8],
        answers: Option<usize>,
    ) -> Result<(), Gone> {
        let Some(Pace { cut, every }) = self.pace.clone() else {
            return connection.write(stream, bytes, answers).await;
        };
        while !bytes.is_empty() {
            let (length, pause) = self.piece(&cut);
            if pause {
                rest(every).await;
            }
            let length = length.and_then(|length| usize::try_from(length).ok()).unwrap_or(usize::MAX);
            let (piece, others) = bytes.split_at(length.min(bytes.len()));
            let answers = if others.is_empty() { answers } else { None };
            connection.write(stream, piece, answers).await?;
            self.written += piece.len() as u64;
            bytes = others;
        }
        Ok(())
    }
}

async fn rest(time: Duration) {
    if time.is_zero() {
        tokio::task::yield_now().await;
    } else {
        tokio::time::sleep(time).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(cut: &Cut, length: u64) -> Vec<u64> {
        let mut pacer = Pacer::default();
        let mut pieces = Vec::new();
        while pacer.written < length {
            let (piece, pause) = pacer.piece(cut);
            assert_eq!(pause, pacer.written > 0, "a cut before every piece but the first");
            let piece = piece.unwrap_or(u64::MAX).min(length - pacer.written);
            pieces.push(piece);
            pacer.written += piece;
        }
        pieces
    }

    #[test]
    fn where_cuts_are() {
        assert_eq!(pieces(&Cut::By(4), 10), [4, 4, 2]);
        assert_eq!(pieces(&Cut::At(vec![7, 1]), 10), [1, 6, 3]);
        assert_eq!(pieces(&Cut::At(vec![0, 10, 20]), 10), [10]);
        assert_eq!(pieces(&Cut::By(0), 2), [1, 1]);
    }
}
