//! The routes of httpbin, met by bare sockets.
#![expect(clippy::unwrap_used, reason = "what tests are built of fails like they do")]

mod auth;
mod client;
mod content;
mod ends;
mod journal;
mod routes;
