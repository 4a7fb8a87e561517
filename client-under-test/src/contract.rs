//! The messages between harness and adapter, and the trait behind them.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    capabilities::Hello,
    job::Job,
    outcome::{CallResult, Outcome},
};

mod line;
mod serve;

pub use self::{
    line::{LONGEST_FROM_ADAPTER, LONGEST_TO_ADAPTER, line},
    serve::{serve, serve_on},
};

/// A message to an adapter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum ToAdapter {
    /// Do this.
    Job(Job),
}

/// A message from an adapter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
#[expect(clippy::large_enum_variant, reason = "messages are handled one at a time, never kept")]
pub enum FromAdapter {
    /// The first line, unasked.
    Hello(Box<Hello>),
    /// What came of a job.
    Outcome(Outcome),
    /// The job asks for something that cannot be done.
    Unsupported(Unsupported),
    /// The adapter's own fault.
    AdapterError(AdapterError),
    /// One call has ended; shown only if the job then hangs or crashes.
    Partial(Partial),
    /// The adapter is about to exit.
    Bye {
        /// A last word.
        #[serde(default)]
        text: Option<String>,
    },
}

/// The job asks for something that cannot be done; no connection was opened.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Unsupported {
    /// The job's id.
    #[serde(default)]
    pub id: String,
    /// Capabilities that are lacking.
    pub what: Vec<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Unsupported {
    /// What is lacking, and why.
    pub fn because(what: &[&str], reason: impl Into<String>) -> Self {
        let what = what.iter().map(|name| (*name).to_owned()).collect();
        Self { id: String::new(), what, reason: Some(reason.into()) }
    }

    /// As the answer to a job.
    pub fn to(self, job: &Job) -> Answer {
        Answer::Unsupported(Self { id: job.id.clone(), ..self })
    }
}

/// The adapter's own fault.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AdapterError {
    /// The job's id, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What went wrong.
    pub text: String,
}

/// What came of one call of a job that is still being done.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Partial {
    /// The job's id.
    pub id: String,
    /// The index of the call.
    pub call: usize,
    /// What came of it.
    pub result: CallResult,
}

/// What an adapter answers to a job.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// What came of it.
    Outcome(Outcome),
    /// It cannot be done.
    Unsupported(Unsupported),
    /// The adapter failed.
    AdapterError(AdapterError),
}

/// What a process of its own would find around it. In-process clients are handed it, as they have no
/// process whose environment could be set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// Environment variables.
    pub environment: BTreeMap<String, String>,
    /// The home folder.
    pub home: Option<PathBuf>,
}

/// A client that is driven without a process of its own.
pub trait Client: Send + Sync {
    /// What it is and what it can do.
    fn hello(&self) -> Hello;

    /// Does one job in a session of its own; returns once the session is closed.
    fn answer(&self, job: &Job, surroundings: &Surroundings) -> Answer;
}
