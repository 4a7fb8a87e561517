//! The processes of one client, shared by worker threads.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use wireproof_client::{
    capabilities::{Hello, Isolation},
    contract::Surroundings,
    job::Job,
};

use super::{
    folder::Folder,
    process::{Process, StartError},
    reply::Reply,
};

/// After so many failed starts in a row, an adapter is given up.
const MOST_FAILED_STARTS: u32 = 3;

/// The processes of one client. Each is handed one job at a time, whatever `parallel` its hello says: more
/// processes are started instead, so that a crash is never another job's.
#[derive(Debug)]
pub struct Pool {
    folder: Folder,
    hello: Hello,
    state: Mutex<State>,
    place_free: Condvar,
}

#[derive(Debug)]
struct State {
    /// Places nobody holds: jobs that may begin now.
    places: usize,
    idle: Vec<Process>,
    starts: Starts,
    notes: Vec<String>,
}

/// How starts have gone of late.
#[derive(Debug, Default)]
struct Starts {
    failed_in_a_row: u32,
    last: Option<String>,
}

/// The right to have one job done.
struct Place<'a>(&'a Pool);

impl Pool {
    /// A pool of up to so many processes. Starts the first, for its hello; the others when they are needed.
    ///
    /// # Errors
    /// When the adapter could not be started three times in a row.
    pub fn start(folder: Folder, places: usize) -> Result<Self, StartError> {
        let mut times = 1;
        let first = loop {
            match Process::start(&folder, &Surroundings::default()) {
                Ok(process) => break process,
                Err(last) if times == MOST_FAILED_STARTS => {
                    return Err(StartError::Repeatedly { times, last: Box::new(last) });
                }
                Err(_) => times += 1,
            }
        };
        let state =
            State { places: places.max(1), starts: Starts::default(), notes: Vec::new(), idle: Vec::new() };
        let hello = first.hello().clone();
        let pool = Self { folder, hello, state: Mutex::new(state), place_free: Condvar::new() };
        pool.lock().idle.push(first);
        Ok(pool)
    }

    /// What the adapter said of its client when it was first started.
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// Has a job done by one of the processes, once one is free. A job that brings an environment or files, or
    /// whose client cannot keep jobs apart, gets a process of its own.
    ///
    /// A job that crashed is not run again here: its servers have to be staged anew first.
    pub fn ask(&self, job: &Job, surroundings: &Surroundings, deadline: Duration) -> Reply {
        let _place = self.take_place();
        let special = *surroundings != Surroundings::default();
        let process = if special { None } else { self.idle_process() };
        let mut process = match process.map_or_else(|| self.new_process(surroundings), Ok) {
            Ok(process) => process,
            Err(text) => return Reply::Broken(text),
        };
        let reply = process.ask(job, deadline);
        self.give_back(process, special);
        reply
    }

    /// Ends all processes; what was amiss with the ends of these and earlier ones, one sentence each.
    pub fn close(self) -> Vec<String> {
        let idle = std::mem::take(&mut self.lock().idle);
        for process in idle {
            self.stop(process);
        }
        std::mem::take(&mut self.lock().notes)
    }

    fn take_place(&self) -> Place<'_> {
        let mut state = self.lock();
        while state.places == 0 {
            state = self.place_free.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.places -= 1;
        Place(self)
    }

    /// A process that waits for a job and may be given one more.
    fn idle_process(&self) -> Option<Process> {
        loop {
            let process = self.lock().idle.pop()?;
            if process.is_alive() {
                return Some(process);
            }
            self.stop(process);
        }
    }

    fn new_process(&self, surroundings: &Surroundings) -> Result<Process, String> {
        loop {
            if let Starts { failed_in_a_row: MOST_FAILED_STARTS.., last: Some(last) } = &self.lock().starts {
                return Err(format!(
                    "failed to start {MOST_FAILED_STARTS} times in a row; the last time it {last}"
                ));
            }
            let started = Process::start(&self.folder, surroundings);
            let starts = &mut self.lock().starts;
            match started {
                Ok(process) => {
                    *starts = Starts::default();
                    return Ok(process);
                }
                Err(error) => {
                    starts.failed_in_a_row += 1;
                    starts.last = Some(error.to_string());
                }
            }
        }
    }

    fn give_back(&self, process: Process, special: bool) {
        // A process that was killed for its reply has told all in it.
        if !process.is_alive() {
            return;
        }
        let worn = process.jobs() >= self.hello.recycle;
        let used = self.hello.isolation == Isolation::Process && process.jobs() > 0;
        if special || worn || used {
            self.stop(process);
        } else {
            self.lock().idle.push(process);
        }
    }

    fn stop(&self, process: Process) {
        let jobs = process.jobs();
        let stopped = process.stop();
        if !stopped.in_time {
            self.note(format!("was killed after {jobs} jobs, as it did not end within 5 s after its input"));
        } else if !stopped.is_clean() {
            self.note(format!("ended after {jobs} jobs with {}", stopped.exit));
        }
    }

    fn note(&self, text: String) {
        let notes = &mut self.lock().notes;
        if !notes.contains(&text) {
            notes.push(text);
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
