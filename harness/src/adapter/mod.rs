//! Driving a client under test: as a process behind the client contract, or in this process.
//!
//! ```text
//! Folder ── start ──▶ Process ◀── checked out ── Pool ─┐
//!                                                      ├─ Driver ── ask(Job) ──▶ Reply
//! Arc<dyn Client> ──────────────────────── InProcess ──┘
//! ```
//!
//! Everything here is synchronous and knows nothing of servers or verdicts. A [`Reply`] says what became of a
//! job and whose fault it was: an answer, a hang, a crash, or a break of the contract.
//!
//! Not here: deciding what a client may be asked (the plan compares `needs` with the hello), running a crashed
//! job again (its servers have to be staged anew), and reading `known.yaml`.

mod folder;
mod in_process;
mod line;
mod pool;
mod process;
mod reply;
mod running;
mod seclusion;
mod streams;
mod tail;

use std::{sync::Arc, time::Duration};

use wireproof_client::{
    capabilities::Hello,
    contract::{Client, Surroundings},
    job::Job,
};

pub use folder::{Folder, FolderError};
pub use in_process::InProcess;
pub use line::{LONGEST_FROM_ADAPTER, LONGEST_TO_ADAPTER};
pub use pool::Pool;
pub use process::{Process, StartError, Stopped};
pub use reply::{Exit, Noise, Reply};
pub use seclusion::is_possible as can_seclude;

/// What a runner talks to, whatever is behind it. Shared by all worker threads.
#[derive(Debug)]
pub enum Driver {
    /// A client that is a value of this program.
    InProcess(Box<InProcess>),
    /// Processes of an adapter.
    Processes(Box<Pool>),
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
        }
    }

    /// Ends all processes in order; what was amiss with their ends, one sentence each.
    pub fn close(self) -> Vec<String> {
        match self {
            Self::InProcess(_) => Vec::new(),
            Self::Processes(pool) => pool.close(),
        }
    }
}
