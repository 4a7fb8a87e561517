//! Driving a client under test: as a process behind the client contract, in this process, or as a program that is
//! started for each call.
//!
//! ```text
//! Folder ── start ──▶ Process ◀── checked out ── Pool ─┐
//!                                                      ├─ Driver ── ask(Job) ──▶ Reply
//! Arc<dyn Client> ──────────────────────── InProcess ──┤
//! Template ────────────────────────────────────── Exec ──┘
//! ```
//!
//! Everything here is synchronous and knows nothing of servers or verdicts. A [`Reply`] says what became of a
//! job and whose fault it was: an answer, a hang, a crash, or a break of the contract.
//!
//! Not here: deciding what a client may be asked (the plan compares `needs` with the hello), running a crashed
//! job again (its servers have to be staged anew), and reading `known.yaml`.

mod exec;
mod folder;
mod in_process;
mod launch;
mod line;
mod pool;
mod process;
mod reply;
mod running;
mod seclusion;
mod streams;
mod tail;
mod template;

use std::{sync::Arc, time::Duration};

use wireproof_client::{
    capabilities::Hello,
    contract::{Client, Surroundings},
    job::Job,
};

pub use exec::Exec;
pub use folder::{Folder, FolderError};
pub use in_process::InProcess;
pub use line::{LONGEST_FROM_ADAPTER, LONGEST_TO_ADAPTER};
pub use pool::Pool;
pub use process::{Process, StartError, Stopped};
pub use reply::{Exit, Noise, Reply};
pub use seclusion::is_possible as can_seclude;
pub use template::{Template, TemplateError};

/// What a runner talks to, whatever is behind it. Shared by all worker threads.
#[derive(Debug)]
pub enum Driver {
    /// A client that is a value of this program.
    InProcess(Box<InProcess>),
    /// Processes of an adapter.
    Processes(Box<Pool>),
    /// A program without an adapter, started for each call.
    Exec(Box<Exec>),
}

impl Driver {
    /// Drives a client that is a value of this program.
    pub fn in_process(client: Arc<dyn Client>) -> Self {
        Self::InProcess(Box::new(InProcess::new(client)))
    }

    /// Drives an adapter, with up to so many processes at a time. Starts the first one.
    ///
    /// # Errors
    /// When the adapter could not be started three times in a row.
    pub fn processes(folder: Folder, places: usize) -> Result<Self, StartError> {
        Ok(Self::Processes(Box::new(Pool::start(folder, places)?)))
    }

    /// What the client said of itself.
    pub fn hello(&self) -> &Hello {
        match self {
            Self::InProcess(client) => client.hello(),
            Self::Processes(pool) => pool.hello(),
            Self::Exec(program) => program.hello(),
        }
    }

    /// Has a job done; returns when it is answered, or once the deadline has passed.
    ///
    /// A process that misses its deadline is killed. A client within this process cannot be: `on_deadline` is
    /// called then, once and from another thread, and has to make the client's sockets fail. It is not called
    /// for processes.
    pub fn ask(
        &self,
        job: &Job,
        surroundings: &Surroundings,
        deadline: Duration,
        on_deadline: impl FnOnce() + Send + 'static,
    ) -> Reply {
        match self {
            Self::InProcess(client) => client.ask(job, surroundings, deadline, on_deadline),
            Self::Processes(pool) => pool.ask(job, surroundings, deadline),
            Self::Exec(program) => program.ask(job, surroundings, deadline),
        }
    }

    /// Drives a program without an adapter.
    pub fn exec(program: Exec) -> Self {
        Self::Exec(Box::new(program))
    }

    /// Ends all processes in order; what was amiss with their ends, one sentence each.
    pub fn close(self) -> Vec<String> {
        match self {
            Self::InProcess(_) | Self::Exec(_) => Vec::new(),
            Self::Processes(pool) => pool.close(),
        }
    }
}
