//! Starts the processes of one client and has them warmed up; counts what goes wrong with that, so that a client that
//! cannot be started costs a run no more than a few starts.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use wireproof_client::{contract::Surroundings, job::Job};

use super::{
    folder::Folder,
    process::{Process, StartError, shown},
    reply::{Noise, Reply},
    terms::Terms,
};

/// After so many failed starts in a row, an adapter is given up.
const MOST_FAILED_STARTS: u32 = 3;

/// After so many warm-ups in a row that came to nothing, processes are used cold.
const MOST_FAILED_WARM_UPS: u32 = 2;

/// After so many processes that did not end in time, no more is waited for.
const MOST_LATE_ENDS: u32 = 3;

/// How long a warm-up may take, unless the case that waits for it has less time. Nothing is judged by it.
const WARM_WITHIN: Duration = Duration::from_secs(10);

/// Starts and ends the processes of one client.
#[derive(Debug)]
pub(super) struct Starter {
    folder: Folder,
    tally: Mutex<Tally>,
}

/// How it has gone.
#[derive(Debug, Default)]
struct Tally {
    failed_starts: u32,
    failed_warm_ups: u32,
    late_ends: u32,
    /// Lines that were no messages, and the last of them.
    noise: (u64, String),
    last: Option<String>,
    notes: Vec<String>,
}

impl Starter {
    pub(super) fn new(folder: Folder) -> Self {
        Self { folder, tally: Mutex::new(Tally::default()) }
    }

    /// Where the adapter is.
    pub(super) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The first process, for its hello.
    ///
    /// # Errors
    /// When it could not be started three times in a row.
    pub(super) fn first(&self) -> Result<Process, StartError> {
        let mut times = 1;
        loop {
            match Process::start(&self.folder, &Surroundings::default()) {
                Err(last) if times == MOST_FAILED_STARTS => {
                    return Err(StartError::Repeatedly { times, last: Box::new(last) });
                }
                Err(_) => times += 1,
                started => return started,
            }
        }
    }

    /// A process that has done nothing but its warm-up.
    ///
    /// # Errors
    /// A sentence whose subject is the adapter.
    pub(super) fn fresh(&self, terms: &Terms) -> Result<Process, String> {
        loop {
            if let Some(process) = self.warmed(self.start(terms)?, terms) {
                return Ok(process);
            }
        }
    }

    /// The process after its warm-up; `None` if that ended it. What the client told is of no interest. Once warm-ups
    /// fail again and again, that is how the client is, and its cases will show it.
    pub(super) fn warmed(&self, process: Process, terms: &Terms) -> Option<Process> {
        let Some(job) = terms.fitting_warm_up() else { return Some(process) };
        if self.tally().failed_warm_ups >= MOST_FAILED_WARM_UPS {
            return Some(process);
        }
        let how = match process.warm_up(job, WARM_WITHIN.min(terms.deadline)) {
            Reply::Answered { .. } => {
                self.tally().failed_warm_ups = 0;
                return Some(process);
            }
            Reply::Hang { .. } => "did not answer".to_owned(),
            Reply::Crash { exit, .. } => format!("ended with {exit}"),
            Reply::Lost(how) | Reply::Broken(how) => how,
        };
        self.tally().failed_warm_ups += 1;
        self.note(format!("{how} at its warm-up, a plain GET"));
        None
    }

    /// Has a job done by a process that does nothing else.
    pub(super) fn ask_alone(&self, job: &Job, terms: &Terms) -> Reply {
        let process = match self.fresh(terms) {
            Ok(process) => process,
            Err(text) => return Reply::Broken(text),
        };
        let reply = match terms.measure {
            Some(measure) => process.ask_measured(job, terms.deadline, measure),
            None => process.ask(job, terms.deadline),
        };
        // One that was ended for its reply has told all in it.
        if matches!(reply, Reply::Answered { .. }) {
            self.stop(process, 1);
        }
        reply
    }

    /// Ends a process in order, after so many jobs.
    pub(super) fn stop(&self, process: Process, jobs: u64) {
        if let Some(fault) = process.fault() {
            self.note(format!("{fault} (after {jobs} jobs; it was ended for it)"));
            return;
        }
        if self.tally().late_ends >= MOST_LATE_ENDS {
            return;
        }
        let stopped = process.stop();
        if stopped.noise.lines > 0 {
            let noise = &mut self.tally().noise;
            noise.0 += stopped.noise.lines;
            noise.1 = last_line(&stopped.noise.tail);
        }
        if !stopped.in_time {
            self.tally().late_ends += 1;
            self.note(format!("was killed after {jobs} jobs, as it did not end within 5 s after its input"));
        } else if !stopped.is_clean() {
            let printed = shown(&stopped.stderr, &Noise::default());
            self.note(format!("ended after {jobs} jobs with {}{printed}", stopped.exit));
        }
    }

    /// What was amiss, one sentence each.
    pub(super) fn notes(self) -> Vec<String> {
        let Tally { mut notes, noise: (lines, last), .. } =
            self.tally.into_inner().unwrap_or_else(PoisonError::into_inner);
        if lines > 0 {
            let times = if lines == 1 { "a line".to_owned() } else { format!("{lines} lines") };
            notes.push(format!("printed {times} on standard output that are no messages; the last: {last}"));
        }
        notes
    }

    fn start(&self, terms: &Terms) -> Result<Process, String> {
        // What a case puts around a process may keep that one from starting, which says nothing of others.
        let is_usual = terms.surroundings == Surroundings::default() && terms.address_space.is_none();
        let mut failed = 0;
        loop {
            if let Tally { failed_starts: MOST_FAILED_STARTS.., last: Some(last), .. } = &*self.tally() {
                return Err(given_up(last));
            }
            let error = match Process::start_under(&self.folder, terms) {
                Ok(process) => {
                    if is_usual {
                        self.tally().failed_starts = 0;
                    }
                    return Ok(process);
                }
                Err(error) => error,
            };
            if is_usual {
                let mut tally = self.tally();
                tally.failed_starts += 1;
                tally.last = Some(error.to_string());
                continue;
            }
            failed += 1;
            // Silence costs 30 s, and there may be many such cases.
            if matches!(error, StartError::Silent { .. }) {
                return Err(format!("cannot be started as the case wants it: it {error}"));
            }
            if failed == MOST_FAILED_STARTS {
                return Err(given_up(&error.to_string()));
            }
        }
    }

    fn note(&self, text: String) {
        let notes = &mut self.tally().notes;
        if !notes.contains(&text) {
            notes.push(text);
        }
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        // No step that holds the lock can fail half way, so a poisoned one still guards sound data.
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn last_line(text: &str) -> String {
    text.trim_end().lines().next_back().unwrap_or_default().to_owned()
}

fn given_up(last: &str) -> String {
    format!("failed to start {MOST_FAILED_STARTS} times in a row; the last time it {last}")
}
