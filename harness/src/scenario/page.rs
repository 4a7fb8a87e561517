//! Pages as they are written: every leaf still open, nothing merged.
//!
//! The types here are read by serde (strictly: unknown keys are faults) and shown to editors as a JSON Schema; their
//! documentation is what an editor shows. Each closes to the type that scenarios have.

pub(crate) mod body;
pub(crate) mod calls;
pub(crate) mod case;
pub(crate) mod client;
pub(crate) mod content;
pub(crate) mod expect;
pub(crate) mod fields;
pub(crate) mod frame;
pub(crate) mod list;
pub(crate) mod outcome;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod rule;
pub(crate) mod server;
pub(crate) mod step;
pub(crate) mod stream;
pub(crate) mod table;
pub(crate) mod tls;
