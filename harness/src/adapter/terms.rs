//! Under which terms a job is done.

use std::{sync::Arc, time::Duration};

use wireproof_client::{contract::Surroundings, job::Job};

use crate::show;

/// Under which terms a job is done. By default in company, with the usual surroundings, at once too late: give it a
/// deadline.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// What the process finds around it. Anything but the default is found by a process of its own only.
    pub surroundings: Surroundings,
    /// How long the client has.
    pub deadline: Duration,
    /// Whether nothing else is to be done by its process, before (but for the warm-up), meanwhile or after.
    pub alone: bool,
    /// Whether, in a process of its own, it is measured what the job uses up.
    pub measure: Option<Measure>,
    /// The most address space that each of its processes may have, in bytes.
    pub address_space: Option<u64>,
    /// A plain job that every fresh process is given first, so that times are those of a client that runs.
    pub warm_up: Option<Arc<Job>>,
}

/// How a job is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// The client is ended as soon as it holds so many bytes more than before the job: a bomb must not take the
    /// machine with it.
    pub ceiling: u64,
}

impl Measure {
    /// Why a client is ended that holds so many bytes more than before: a sentence without its subject.
    pub(super) fn excess(self, held: u64) -> String {
        let [held, most] = [held, self.ceiling].map(show::size);
        format!("held {held} more than before the job, of at most {most}")
    }
}

impl Terms {
    /// The usual terms, with this deadline.
    pub fn within(deadline: Duration) -> Self {
        Self { deadline, ..Self::default() }
    }

    /// The same, with a process of its own that finds this around it.
    #[must_use]
    pub fn amid(self, surroundings: Surroundings) -> Self {
        Self { surroundings, ..self }
    }

    /// The same, in a process that does nothing else.
    #[must_use]
    pub fn alone(self) -> Self {
        Self { alone: true, ..self }
    }

    /// Whether the process has to be started for this job.
    pub(super) fn ask_for_a_process(&self) -> bool {
        self.alone || self.ask_for_a_measured_one() || self.surroundings != Surroundings::default()
    }

    /// Whether the client has to be in a process that the operating system limits or measures.
    pub(super) fn ask_for_a_measured_one(&self) -> bool {
        self.measure.is_some() || self.address_space.is_some()
    }

    /// The warm-up, where it does no harm: with the variables of a case it would go through the proxy of the case.
    pub(super) fn fitting_warm_up(&self) -> Option<&Job> {
        self.warm_up.as_deref().filter(|_| self.surroundings.environment.is_empty())
    }
}
