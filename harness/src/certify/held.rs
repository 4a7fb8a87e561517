//! The client as one asker holds it, and what is noted of its processes on the side.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use wireproof_client::{capabilities::Isolation, contract::Surroundings, job::Job};
use wireproof_server::Stopper;

use crate::{
    adapter::{Alone, Driver, Noise, Reply, Stopped},
    plan::Plan,
};

/// How many hangs there may be before nothing more is asked: each costs a deadline.
const MOST_HANGS: usize = 3;

/// How many times connections may be waited for in vain: each costs a second.
const MOST_LEAKS: usize = 3;

/// What the processes of a certification did beside answering.
#[derive(Debug, Default)]
pub(super) struct Conduct(Mutex<Noted>);

#[derive(Debug, Default)]
struct Noted {
    noise: Vec<String>,
    ends: Vec<String>,
    ended: usize,
    leaks: Vec<String>,
    hangs: usize,
}

impl Conduct {
    /// What was printed and is no message.
    pub(super) fn noise(&self) -> Vec<String> {
        self.lock().noise.clone()
    }

    /// How many processes were asked to end, and what was amiss with it.
    pub(super) fn ends(&self) -> (usize, Vec<String>) {
        let noted = self.lock();
        (noted.ended, noted.ends.clone())
    }

    /// The rows behind which connections stayed open.
    pub(super) fn leaks(&self) -> Vec<String> {
        self.lock().leaks.clone()
    }

    /// Notes a row behind which connections stayed open.
    pub(super) fn leaked(&self, row: &str) {
        self.lock().leaks.push(row.to_owned());
    }

    /// Whether it is known well enough that connections stay open.
    pub(super) fn leaks_always(&self) -> bool {
        self.lock().leaks.len() >= MOST_LEAKS
    }

    /// Notes a hang that was not asked for.
    pub(super) fn hung(&self) {
        self.lock().hangs += 1;
    }

    /// Whether it is known well enough that the client hangs.
    pub(super) fn hangs_always(&self) -> bool {
        self.lock().hangs >= MOST_HANGS
    }

    /// Notes how a process broke the contract: what it sent is a message, and nothing that was asked for.
    fn broke(&self, fault: &str) {
        self.lock().noise.push(format!("the adapter {fault}"));
    }

    fn heard(&self, noise: &Noise) {
        if !noise.is_empty() {
            let first = noise.tail.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
            let shown: String = first.chars().take(120).collect();
            self.lock()
                .noise
                .push(format!("{} lines on standard output are no message: {shown}", noise.lines));
        }
    }

    /// Notes that a process did not end in time, twice.
    pub(super) fn late(&self) {
        self.lock().ends.push("did not end within 5 s after its input, and was killed".to_owned());
    }

    /// Notes how a process ended. One that was late is looked at again before that is held against it.
    fn stopped(&self, stopped: &Stopped) {
        self.heard(&stopped.noise);
        let mut noted = self.lock();
        noted.ended += 1;
        if stopped.in_time && !stopped.is_clean() {
            noted.ends.push(format!("ended with {} after its input had", stopped.exit));
        }
    }

    /// Whether it is known that its processes do not end in order: each may cost 5 s.
    fn ends_badly(&self) -> bool {
        !self.lock().ends.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        // Nothing here can panic half way, so a poisoned lock still holds sound data.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The client as one asker holds it: one process, replaced where the contract wants another.
pub(super) struct Held<'a> {
    driver: &'a Driver,
    conduct: &'a Conduct,
    surroundings: Surroundings,
    alone: Option<Alone<'a>>,
    is_late: bool,
}

impl<'a> Held<'a> {
    /// Nothing is started before the first job.
    pub(super) fn new(driver: &'a Driver, conduct: &'a Conduct) -> Self {
        Self { driver, conduct, surroundings: Surroundings::default(), alone: None, is_late: false }
    }

    /// Has a job of this plan done, in these surroundings.
    pub(super) fn ask(
        &mut self,
        plan: &Plan,
        job: &Job,
        surroundings: &Surroundings,
        stopper: Stopper,
    ) -> Reply {
        let alone = match self.ready(surroundings) {
            Ok(alone) => alone,
            Err(text) => return Reply::Broken(text),
        };
        let reply = alone.ask(job, plan.deadline, move || stopper.stop());
        self.note(&reply);
        reply
    }

    /// The same, with the message spelled by the caller. `None` in this process, where there are no messages.
    pub(super) fn ask_spelled(&mut self, plan: &Plan, job: &Job, message: &Value) -> Option<Reply> {
        let alone = match self.ready(&Surroundings::default()) {
            Ok(alone) => alone,
            Err(text) => return Some(Reply::Broken(text)),
        };
        let reply = alone.ask_spelled(job, message, plan.deadline)?;
        self.note(&reply);
        Some(reply)
    }

    /// Ends the process in order, if there is one.
    pub(super) fn end(&mut self) {
        let Some(alone) = self.alone.take() else { return };
        if let Some(fault) = alone.fault() {
            self.conduct.broke(&fault);
        }
        // One that was killed has told all in its reply; and a bad end is known after the first.
        if alone.is_alive()
            && !self.is_late
            && !self.conduct.ends_badly()
            && let Some(stopped) = alone.stop()
        {
            self.conduct.stopped(&stopped);
            self.is_late = !stopped.in_time;
        }
    }

    /// Whether a process did not end within 5 s after its input, and was killed.
    pub(super) fn is_late(&self) -> bool {
        self.is_late
    }

    fn ready(&mut self, surroundings: &Surroundings) -> Result<&mut Alone<'a>, String> {
        if self.is_worn() || self.surroundings != *surroundings {
            self.end();
        }
        if self.alone.is_none() {
            let alone = self.driver.alone(surroundings).map_err(|error| error.to_string())?;
            self.surroundings = surroundings.clone();
            self.alone = Some(alone);
        }
        self.alone.as_mut().ok_or_else(String::new)
    }

    /// Whether the contract wants another process for the next job.
    fn is_worn(&self) -> bool {
        let hello = self.driver.hello();
        self.alone.as_ref().is_some_and(|alone| {
            let used = hello.isolation == Isolation::Process && alone.jobs() > 0;
            !alone.is_alive() || used || alone.jobs() >= hello.recycle
        })
    }

    fn note(&self, reply: &Reply) {
        // What a process printed that goes on is told with its end.
        if let Reply::Hang { noise, .. } | Reply::Crash { noise, .. } = reply {
            self.conduct.heard(noise);
        }
    }
}
