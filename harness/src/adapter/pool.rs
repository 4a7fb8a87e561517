//! The processes of one client, shared by worker threads.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use wireproof_client::{
    capabilities::{Hello, Isolation},
    job::Job,
};

use super::{
    folder::Folder,
    process::{Process, StartError},
    reply::Reply,
    starter::Starter,
    terms::Terms,
};

/// The processes of one client. Each is at as many jobs at a time as its hello allows, which mostly is one: more
/// processes are started then, so that a crash is never another job's.
#[derive(Debug)]
pub struct Pool {
    starter: Starter,
    hello: Hello,
    state: Mutex<State>,
    place_free: Condvar,
    started: Condvar,
}

#[derive(Debug)]
struct State {
    /// Places nobody holds: jobs that may begin now.
    places: usize,
    /// The first process, which nobody has been given yet.
    first: Option<Process>,
    open: Vec<Open>,
    /// How many processes are being started.
    starting: u64,
    /// How many jobs wait for one of those.
    awaiting: u64,
}

/// A process that jobs share.
#[derive(Debug)]
struct Open {
    process: Arc<Process>,
    /// How many jobs it is at.
    at: u64,
    /// How many jobs it has been given.
    given: u64,
}

/// The right to have one job done.
struct Place<'a>(&'a Pool);

impl Pool {
    /// A pool that has up to so many jobs done at a time. Starts the first process, for its hello; the others when they
    /// are needed.
    ///
    /// # Errors
    /// When the adapter could not be started three times in a row.
    pub fn start(folder: Folder, places: usize) -> Result<Self, StartError> {
        let starter = Starter::new(folder);
        let first = starter.first()?;
        let hello = first.hello().clone();
        let state =
            State { places: places.max(1), first: Some(first), open: Vec::new(), starting: 0, awaiting: 0 };
        Ok(Self {
            starter,
            hello,
            state: Mutex::new(state),
            place_free: Condvar::new(),
            started: Condvar::new(),
        })
    }

    /// What the adapter said of its client when it was first started.
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// Where the adapter is.
    pub(super) fn folder(&self) -> &Folder {
        self.starter.folder()
    }

    /// Has a job done by one of the processes, once there is a place. A job whose terms ask for it, and every job of a
    /// client that cannot keep jobs apart, gets a process of its own.
    ///
    /// A job that crashed is not run again here: its servers have to be staged anew first.
    pub fn ask(&self, job: &Job, terms: &Terms) -> Reply {
        let _place = self.take_place();
        if terms.ask_for_a_process() || self.hello.isolation == Isolation::Process {
            return self.starter.ask_alone(job, terms);
        }
        let process = match self.open_process(job, terms) {
            Ok(process) => process,
            Err(text) => return Reply::Broken(text),
        };
        let reply = process.ask(job, terms.deadline);
        self.give_back(process, &reply);
        reply
    }

    /// Ends all processes; what was amiss with the ends of these and earlier ones, one sentence each.
    pub fn close(self) -> Vec<String> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let shared =
            state.open.into_iter().filter_map(|open| Some((Arc::into_inner(open.process)?, open.given)));
        for (process, jobs) in shared.chain(state.first.map(|first| (first, 0))) {
            self.starter.stop(process, jobs);
        }
        self.starter.notes()
    }

    fn take_place(&self) -> Place<'_> {
        let mut state = self.lock();
        while state.places == 0 {
            state = self.place_free.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.places -= 1;
        Place(self)
    }

    /// A process that may be given one more job, and has been promised this one.
    fn open_process(&self, job: &Job, terms: &Terms) -> Result<Arc<Process>, String> {
        let first = loop {
            if let Some(process) = self.one_with_room(job) {
                return Ok(process);
            }
            let mut state = self.lock();
            // A process that is being started has room for more than the job it is started for.
            if state.awaiting >= state.starting * (self.hello.parallel - 1) {
                state.starting += 1;
                break state.first.take().filter(Process::is_alive);
            }
            state.awaiting += 1;
            let mut state = self.started.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.awaiting -= 1;
        };
        let started = match first.and_then(|first| self.starter.warmed(first, terms)) {
            Some(first) => Ok(first),
            None => self.starter.fresh(terms),
        };
        let mut state = self.lock();
        state.starting -= 1;
        self.started.notify_all();
        let process = Arc::new(started?);
        state.open.push(Open { process: Arc::clone(&process), at: 1, given: 1 });
        Ok(process)
    }

    fn one_with_room(&self, job: &Job) -> Option<Arc<Process>> {
        loop {
            let mut state = self.lock();
            let has_room = |open: &&mut Open| {
                open.at < self.hello.parallel
                    && open.given < self.hello.recycle
                    && !open.process.is_at(&job.id)
            };
            let open = state.open.iter_mut().rev().find(has_room)?;
            if open.process.is_alive() {
                open.at += 1;
                open.given += 1;
                return Some(Arc::clone(&open.process));
            }
            // Ended while nobody asked it, or so that those who did have not noticed yet; they hold it then.
            let dead = Arc::clone(&open.process);
            let unused = Self::take_out(&mut state, &dead);
            drop(state);
            self.stop(dead, unused);
        }
    }

    fn give_back(&self, process: Arc<Process>, reply: &Reply) {
        let mut state = self.lock();
        let Some(open) = state.open.iter_mut().find(|open| Arc::ptr_eq(&open.process, &process)) else {
            return;
        };
        open.at -= 1;
        let worn = open.given >= self.hello.recycle && open.at == 0;
        if !worn && process.is_alive() {
            return;
        }
        let given = Self::take_out(&mut state, &process);
        drop(state);
        // One that was ended for its reply has told all in it.
        if matches!(reply, Reply::Answered { .. }) {
            self.stop(process, given);
        }
    }

    /// Takes a process off the list; how many jobs it was given.
    fn take_out(state: &mut State, process: &Arc<Process>) -> u64 {
        let at = state.open.iter().position(|open| Arc::ptr_eq(&open.process, process));
        at.map_or(0, |at| state.open.swap_remove(at).given)
    }

    /// Ends a process that is on no list, unless others still wait for it: the last of them lets it go.
    fn stop(&self, process: Arc<Process>, jobs: u64) {
        if let Some(process) = Arc::into_inner(process) {
            self.starter.stop(process, jobs);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No step that holds the lock can fail half way, so a poisoned one still guards sound data.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.lock().places += 1;
        self.0.place_free.notify_one();
    }
}
