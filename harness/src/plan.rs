//! A scenario with every decision taken for one client, before any socket opens: what the servers do, what the
//! client is asked, and what must then be true.

mod demands;
mod job;
mod needs;
mod script;

use std::{collections::BTreeMap, time::Duration};

use wireproof_client::capabilities::Hello;
use wireproof_server::{
    script::Script,
    seen::Address,
    text::{Context, FillError, Text},
};

pub use self::job::JobPlan;
use crate::{
    expect::Expectations,
    scenario::{Level, Scenario, call::CallItem},
};

/// How many of an author's seconds one second is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale(f64);

impl Scale {
    /// Times as written.
    pub const ONE: Self = Self(1.0);

    /// At least 1: times are stretched for slow machines, never shortened.
    pub fn new(factor: f64) -> Option<Self> {
        (factor.is_finite() && factor >= 1.0).then_some(Self(factor))
    }

    /// The factor.
    pub fn factor(self) -> f64 {
        self.0
    }

    fn apply(self, duration: Duration) -> Duration {
        if self == Self::ONE { duration } else { duration.mul_f64(self.0) }
    }

    fn millis(self, duration: Duration) -> u64 {
        u64::try_from(self.apply(duration).as_millis()).unwrap_or(u64::MAX)
    }
}

/// One case, ready to be run for one client.
#[derive(Debug, Clone)]
pub struct Plan {
    /// `redirects/method/303-post-becomes-get`
    pub id: String,
    /// One sentence.
    pub about: String,
    /// The section of a specification.
    pub spec: String,
    /// How binding it is.
    pub level: Level,
    /// The page.
    pub file: String,
    /// The line the case begins on.
    pub line: usize,
    /// Mutants that must fail it.
    pub kills: Vec<String>,
    /// Whether it can be run.
    pub readiness: Readiness,
    /// What the servers do.
    pub script: Script,
    /// What the client is asked.
    pub job: JobPlan,
    /// What its process finds around it.
    pub surroundings: SurroundingsPlan,
    /// What must then be true.
    pub expectations: Expectations,
    /// After it the verdict is `hang`.
    pub deadline: Duration,
    /// Whether time plays a part: then a failure is looked at twice.
    pub timed: bool,
    /// What the client uses up is measured, in a process of its own, which is ended once it holds so many bytes more
    /// than before the job.
    pub ceiling: Option<u64>,
    /// The most address space its process may have, in bytes.
    pub address_space: Option<u64>,
}

/// Whether a plan can be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// It can.
    Ready,
    /// The client cannot be asked that.
    Unsupported(String),
    /// Wireproof cannot stage it yet.
    NotYet(String),
}

/// What the process of a client finds around it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SurroundingsPlan {
    environment: Vec<(String, Text)>,
    files: Vec<(String, Text)>,
}

impl SurroundingsPlan {
    /// Its environment variables.
    pub fn environment(&self, addresses: &[Address]) -> Result<BTreeMap<String, String>, FillError> {
        self.environment
            .iter()
            .map(|(name, text)| {
                let value = text.fill(&Context { addresses, ..Context::default() })?;
                Ok((name.clone(), String::from_utf8_lossy(&value).into_owned()))
            })
            .collect()
    }

    /// The files in its home folder.
    pub fn files(&self, addresses: &[Address]) -> Result<Vec<(String, Vec<u8>)>, FillError> {
        self.files
            .iter()
            .map(|(name, text)| Ok((name.clone(), text.fill(&Context { addresses, ..Context::default() })?)))
            .collect()
    }
}

impl Plan {
    /// Takes every decision that a scenario leaves open for this client.
    pub fn new(scenario: &Scenario, hello: &Hello, scale: Scale) -> Self {
        let mut shortfall = needs::Shortfall::of(scenario, hello);
        let job = JobPlan::new(scenario, hello, scale, &mut shortfall);
        let script = script::script(scenario, scale, job.gates());
        let expectations = demands::expectations(scenario, hello, scale, job.pauses(), &mut shortfall);
        let timed = script::takes_time(&script) || job.takes_time() || demands::speaks_of_time(&expectations);
        let ceiling = demands::ceiling(&expectations);
        Self {
            id: scenario.id.to_string(),
            about: scenario.about.clone(),
            spec: scenario.spec.clone(),
            level: scenario.level,
            file: scenario.source.file.clone(),
            line: scenario.source.line,
            kills: scenario.kills.clone(),
            readiness: shortfall.readiness(),
            script,
            job,
            surroundings: SurroundingsPlan {
                environment: scenario.client.environment.clone().unwrap_or_default(),
                files: scenario.client.files.clone().unwrap_or_default(),
            },
            expectations,
            deadline: scale.apply(scenario.deadline),
            timed,
            ceiling,
            address_space: scenario.client.address_space,
        }
    }

    /// Whether the client has to be in a process that is measured or limited.
    pub fn wants_a_measured_process(&self) -> bool {
        self.ceiling.is_some() || self.address_space.is_some()
    }

    /// Roughly how long it takes, to begin the longest first.
    pub fn expected_time(&self) -> Duration {
        script::waits(&self.script).max(self.job.waits())
    }
}

/// All calls of a scenario in the order written, `together` flattened.
fn calls(scenario: &Scenario) -> impl Iterator<Item = &crate::scenario::call::Call> {
    scenario.calls.iter().flat_map(|item| match item {
        CallItem::Call(call) => std::slice::from_ref(&**call),
        CallItem::Together(calls) => calls.as_slice(),
        CallItem::Wait(_) | CallItem::Await(_) | CallItem::EndSession => &[],
    })
}

#[cfg(test)]
mod tests;
