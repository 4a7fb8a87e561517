//! What the two witnesses of a case testify, raw: nothing here is normalised or judged.

use std::time::{Duration, SystemTime};

use wireproof_client::{
    contract::{Partial, Unsupported},
    outcome::Outcome,
};
use wireproof_server::seen::{Address, Seen};

/// All that was observed of one run of one case.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// When the case was staged, by the wall clock: dates near it are normalised.
    pub at: SystemTime,
    /// Where the servers were.
    pub addresses: Vec<Address>,
    /// What the servers witnessed. Its times count from the staging.
    pub seen: Seen,
    /// What the client told.
    pub told: Told,
    /// Calls that had ended, one each, where the client told nothing at last and its adapter tells of calls as they end.
    pub partials: Vec<Partial>,
    /// From the staging to the moment the client was asked.
    pub asked: Duration,
    /// From the staging to its answer.
    pub answered: Duration,
    /// What the client wrote to its standard error meanwhile, and noise on its standard output.
    pub aside: String,
    /// What the client used up, where the case asks.
    pub usage: Option<Usage>,
}

/// What the processes of a client used up for one job. `None` is not measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// How much more memory was resident in them at most than right before the job, in bytes.
    pub peak_memory: Option<u64>,
    /// Their processor time, in user and in system mode.
    pub cpu: Option<Duration>,
}

/// What the client told.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// One result for each call.
    Outcome(Outcome),
    /// It cannot do that.
    Unsupported(Unsupported),
    /// Nothing, until the deadline had passed.
    Hang,
    /// It ended without an answer: how.
    Crash(String),
    /// Nothing: Wireproof ended it for what it did to the machine.
    Stopped(String),
    /// Its adapter failed: how.
    Broken(String),
}
