//! The certification page: what meets it, and for each row somebody who does not.
#![expect(clippy::unwrap_used, reason = "what tests are built of fails like they do")]

mod adapters;
mod command;
mod rows;
mod wrong;
