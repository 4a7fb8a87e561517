//! Wireproof's mock servers: they do what a [`Script`](script::Script) says, byte for byte, and remember
//! everything as [`Seen`](seen::Seen).
//!
//! ```text
//! Script ──▶ Suite::stage ──▶ listen ──▶ door ──▶ connection ──▶ exchange ──▶ polite (axum) | wire ──▶ Seen
//!                                                    │ tap (every byte) ◀── parser (requests in it)
//! ```
//!
//! - `listen` binds, `door` accepts, without a task of its own.
//! - `connection` is one task: it reads into the `tap` in the background while its engine answers.
//! - `exchange` waits for requests and asks the `rules`; both engines share it.
//! - `wire` performs step lists to the byte; `polite` has axum and hyper say what is well formed.
//! - `wire::proxy` forwards and tunnels to other servers of the case.
//! - `httpbin` is another kind of server: it needs no script, and remembers within a bound.
//! - `text` and `content` make bytes; `digest` checks proofs; `signals` and `case` are what servers share.
//!
//! This crate knows nothing about the client under test: the two meet on a socket only. Nothing waits for a time to
//! pass unless the script says so.

mod case;
mod connection;
mod content;
mod digest;
mod door;
mod events;
mod exchange;
mod listen;
mod parser;
mod polite;
mod rules;
mod signals;
mod stream;
mod suite;
mod tap;
mod wire;

pub mod httpbin;
pub mod script;
pub mod seen;
pub mod text;

pub use content::{RANDOM_BLOCK, random_block};
pub use digest::Challenge;
pub use events::{Event, What};
pub use polite::polite_can_say;
pub use suite::{Staged, Stopper, Suite};
