//! Wireproof's mock servers: they do what a [`Script`](script::Script) says, byte for byte, and remember
//! everything as [`Seen`](seen::Seen).
//!
//! ```text
//! Script ──▶ stage ──▶ listeners ──▶ tap ──▶ polite (axum) | wire ──▶ Seen
//! ```
//!
//! This crate knows nothing about the client under test: the two meet on a socket only.

pub mod script;
pub mod seen;
pub mod text;
