//! Driving a client under test: as a process behind the client contract, in this process, or as a program that is
//! started for each call.
//!
//! ```text
//! Folder ── Starter ──▶ Process ◀── shared ── Pool ─┐
//!                                                   ├─ Driver ── ask(Job, Terms) ──▶ Reply
//! Arc<dyn Client> ───────────────────── InProcess ──┤
//! Template ──────────────────────────────────── Exec ─┘
//! ```
//!
//! Everything here is synchronous and knows nothing of servers or verdicts. A [`Reply`] says what became of a
//! job and whose fault it was: an answer, a hang, a crash, a break of the contract, or somebody else's fault.
//!
//! Not here: deciding what a client may be asked (the plan compares `needs` with the hello), running a crashed
//! job again (its servers have to be staged anew), and reading `known.yaml`.

mod alone;
mod build;
mod desk;
mod exec;
mod folder;
mod group;
mod in_process;
mod launch;
mod limits;
mod line;
mod meter;
mod pool;
mod process;
mod reply;
mod running;
mod seclusion;
mod starter;
mod streams;
mod tail;
mod template;
mod terms;
mod twin;

use std::sync::Arc;

use wireproof_client::{
    capabilities::Hello,
    contract::{Client, Surroundings},
    job::Job,
};

pub use alone::Alone;
pub use build::BuildError;
pub use exec::Exec;
pub use folder::{Folder, FolderError};
pub use in_process::InProcess;
pub use limits::CAN_LIMIT_ADDRESS_SPACE;
pub use line::{LONGEST_FROM_ADAPTER, LONGEST_TO_ADAPTER};
pub use meter::CAN_MEASURE;
pub use pool::Pool;
pub use process::{Process, StartError, Stopped};
pub use reply::{Company, Exit, Noise, Reply};
pub use seclusion::is_possible as can_seclude;
pub(crate) use seclusion::seclude;
pub use template::{Template, TemplateError};
pub use terms::{Measure, Terms};
pub use twin::{named, serve_if_asked};

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

    /// Drives a client of this program that it also [serves](serve_if_asked) in another process under this name.
    pub fn in_process_as(name: &str, client: Arc<dyn Client>) -> Self {
        Self::InProcess(Box::new(InProcess::new(client).known_as(name)))
    }

    /// Drives a foreign client, of which nobody knows whether it ends, and which a program of this folder serves as well:
    /// for jobs that bring variables or files, that are measured or limited, and for all jobs of a client whose sessions
    /// share something.
    pub fn in_process_or(client: Arc<dyn Client>, program: Folder) -> Self {
        Self::InProcess(Box::new(InProcess::new(client).served_by(program)))
    }

    /// Drives an adapter, with up to so many processes at a time. Builds it, if its folder says how, and starts the
    /// first one.
    ///
    /// # Errors
    /// When the adapter could not be built, or not be started three times in a row.
    pub fn processes(folder: Folder, places: usize) -> Result<Self, StartError> {
        Ok(Self::Processes(Box::new(Pool::start(folder.built()?, places)?)))
    }

    /// What the client said of itself.
    pub fn hello(&self) -> &Hello {
        match self {
            Self::InProcess(client) => client.hello(),
            Self::Processes(pool) => pool.hello(),
            Self::Exec(program) => program.hello(),
        }
    }

    /// Whether the client can be had in a process that is measured or limited.
    pub fn can_be_measured(&self) -> bool {
        match self {
            Self::InProcess(client) => client.has_twin(),
            Self::Processes(_) | Self::Exec(_) => true,
        }
    }

    /// Has a job done; returns when it is answered, or once the deadline has passed.
    ///
    /// A process that misses its deadline is killed. A client within this process cannot be: `on_deadline` is
    /// called then, once and from another thread, and has to make the client's sockets fail. It is not called
    /// for processes.
    pub fn ask(&self, job: &Job, terms: &Terms, on_deadline: impl FnOnce() + Send + 'static) -> Reply {
        match self {
            Self::InProcess(client) => client.ask(job, terms, on_deadline),
            Self::Processes(pool) => pool.ask(job, terms),
            Self::Exec(program) => program.ask(job, terms),
        }
    }

    /// Drives a program without an adapter.
    pub fn exec(program: Exec) -> Self {
        Self::Exec(Box::new(program))
    }

    /// Whether the client runs in processes of its own, behind an adapter.
    pub fn has_adapter(&self) -> bool {
        matches!(self, Self::Processes(_))
    }

    /// The client for one asker alone: a fresh process with these surroundings, or, where there is no adapter, the
    /// client as it is.
    ///
    /// # Errors
    /// When the adapter could not be started. It is tried once.
    pub fn alone(&self, surroundings: &Surroundings) -> Result<Alone<'_>, StartError> {
        Ok(match self {
            Self::InProcess(client) => Alone::in_process(client, surroundings),
            Self::Processes(pool) => Alone::start(pool.folder(), surroundings)?,
            Self::Exec(program) => Alone::exec(program, surroundings),
        })
    }

    /// Ends all processes in order; what was amiss with their ends, one sentence each.
    pub fn close(self) -> Vec<String> {
        match self {
            Self::InProcess(client) => client.close(),
            Self::Exec(_) => Vec::new(),
            Self::Processes(pool) => pool.close(),
        }
    }
}
