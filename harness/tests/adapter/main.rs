//! The adapter room against small adapters that behave in every way they should not.

#![expect(clippy::unwrap_used, reason = "a test whose ground cannot be laid has failed")]

mod curl;
mod exchange;
mod exec;
mod faults;
mod fixture;
mod pool;
mod readme;
mod runs;
mod server;
mod urllib;
mod usage;
