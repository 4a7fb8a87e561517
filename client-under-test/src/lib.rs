//! The client under test: the contract by which any client is driven, and the reference client behind it.
//!
//! ```text
//! Job ──▶ client under test ──▶ Outcome
//! ```
//!
//! This crate knows nothing about the servers: the two meet on a socket only.

pub mod adapter;
pub mod bytes;
pub mod capabilities;
pub mod contract;
pub mod job;
pub mod mutants;
pub mod outcome;
pub mod reference;
