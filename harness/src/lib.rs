//! Wireproof proves HTTP clients.
//!
//! A scenario says what servers do, what a client is asked, and what must then be true. The harness stages the
//! servers, drives the client, and judges two witnesses: what went over the wire, and what the client told its
//! caller.
//!
//! ```text
//! pages ─ parse ─▶ Scenario ─ plan ─▶ Plan ─┬─ Script ──▶ servers ─────────── Seen ────┬─▶ judge ─▶ Verdict ─▶ Report
//!                                           ├─ Job ─────▶ client under test ─ Outcome ─┘     ▲
//!                                           └─ Expectations ──────────────────────────────────┘
//! ```
//!
//! A module imports only from those above it: [`error`], [`scenario`], [`observation`], [`transcript`],
//! [`expect`], [`plan`], [`adapter`], [`judge`], [`run`], [`certify`], [`known`], [`record`], [`report`], [`profile`],
//! [`diff`], [`cli`].

pub mod adapter;
pub mod certify;
pub mod cli;
pub mod covers;
pub mod describe;
pub mod diff;
pub mod error;
pub mod expect;
pub mod judge;
pub mod known;
pub mod matrix;
pub mod observation;
pub mod pages;
pub mod plan;
pub mod profile;
pub mod record;
pub mod report;
pub mod run;
pub mod scenario;
mod show;
pub mod surveys;
pub mod testing;
pub mod transcript;
pub mod verdict;
mod yaml;
