//! A client for one asker alone: a process of its adapter that nobody else asks, or the client as it is where there is
//! no adapter.

use std::time::Duration;

use wireproof_client::{contract::Surroundings, job::Job};

use super::{Exec, Folder, InProcess, Process, Reply, StartError, Stopped, Terms};

/// A client for one asker alone. A process of an adapter is killed, with its whole group, when this is dropped.
#[derive(Debug)]
pub struct Alone<'a> {
    kind: Kind<'a>,
    surroundings: Surroundings,
    jobs: u64,
}

#[derive(Debug)]
enum Kind<'a> {
    InProcess(&'a InProcess),
    Process(Box<Process>),
    Exec(&'a Exec),
}

impl<'a> Alone<'a> {
    pub(super) fn in_process(client: &'a InProcess, surroundings: &Surroundings) -> Self {
        Self::new(Kind::InProcess(client), surroundings)
    }

    pub(super) fn exec(program: &'a Exec, surroundings: &Surroundings) -> Self {
        Self::new(Kind::Exec(program), surroundings)
    }

    pub(super) fn start(folder: &Folder, surroundings: &Surroundings) -> Result<Self, StartError> {
        let process = Process::start(folder, surroundings)?;
        Ok(Self::new(Kind::Process(Box::new(process)), surroundings))
    }

    fn new(kind: Kind<'a>, surroundings: &Surroundings) -> Self {
        Self { kind, surroundings: surroundings.clone(), jobs: 0 }
    }

    /// Whether it can be asked: no process that has been killed, has ended or has broken the contract.
    pub fn is_alive(&self) -> bool {
        match &self.kind {
            Kind::Process(process) => process.is_alive(),
            Kind::InProcess(_) | Kind::Exec(_) => true,
        }
    }

    /// How its process broke the contract, if it did: a sentence without its subject.
    pub fn fault(&self) -> Option<String> {
        match &self.kind {
            Kind::Process(process) => process.fault(),
            Kind::InProcess(_) | Kind::Exec(_) => None,
        }
    }

    /// How many jobs it has been asked.
    pub fn jobs(&self) -> u64 {
        self.jobs
    }

    /// Has a job done. `on_deadline` as for [`Driver::ask`](super::Driver::ask).
    pub fn ask(
        &mut self,
        job: &Job,
        deadline: Duration,
        on_deadline: impl FnOnce() + Send + 'static,
    ) -> Reply {
        self.jobs += 1;
        let terms = || Terms::within(deadline).amid(self.surroundings.clone());
        match &self.kind {
            Kind::InProcess(client) => client.ask(job, &terms(), on_deadline),
            Kind::Process(process) => process.ask(job, deadline),
            Kind::Exec(program) => program.ask(job, &terms()),
        }
    }

    /// Has a job done whose message is spelled by the caller. `None` without an adapter: there are no messages.
    pub fn ask_spelled(
        &mut self,
        job: &Job,
        message: &serde_json::Value,
        deadline: Duration,
    ) -> Option<Reply> {
        let Kind::Process(process) = &self.kind else { return None };
        self.jobs += 1;
        Some(process.ask_spelled(job, message, deadline))
    }

    /// Ends its input and waits, at most 5 s, for its exit. `None` without an adapter.
    pub fn stop(self) -> Option<Stopped> {
        match self.kind {
            Kind::Process(process) => Some(process.stop()),
            Kind::InProcess(_) | Kind::Exec(_) => None,
        }
    }
}
