//! The servers, met by bare sockets.
#![expect(clippy::unwrap_used, reason = "what tests are built of fails like they do")]

mod ends;
mod finishing;
mod order;
mod pieces;
mod polite;
mod proxy;
mod recording;
mod rules;
mod stage;
mod unreachable;
