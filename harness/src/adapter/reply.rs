//! What became of a job that was handed to a client.

use std::{fmt, os::unix::process::ExitStatusExt, process::ExitStatus, time::Duration};

use nix::sys::signal::Signal;
use wireproof_client::{
    contract::{Answer, Partial},
    job::Job,
};

use crate::observation::Usage;

/// What became of a job.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// It was answered, as the contract wants it.
    Answered {
        /// With what.
        answer: Answer,
        /// What was printed on standard output between job and answer and is not a message.
        noise: Noise,
        /// The end (64 KiB) of what was written to standard error between job and answer.
        stderr: String,
        /// What was used up, if that was to be measured.
        usage: Option<Usage>,
        /// From the moment the job was sent, to a process that ran, to its answer.
        took: Duration,
    },
    /// The deadline passed. The process, if it was one, has been killed with its whole group.
    Hang {
        /// Calls that had ended, one each.
        partials: Vec<Partial>,
        /// Noise since the job was sent.
        noise: Noise,
        /// The end of all that was written to standard error.
        stderr: String,
        /// What was used up, if that was to be measured.
        usage: Option<Usage>,
        /// Which other jobs there were in the process.
        company: Company,
    },
    /// The process ended, or the client panicked, without an answer.
    Crash {
        /// How it ended.
        exit: Exit,
        /// Calls that had ended, one each.
        partials: Vec<Partial>,
        /// Noise since the job was sent.
        noise: Noise,
        /// The end of all that was written to standard error.
        stderr: String,
        /// What was used up, if that was to be measured.
        usage: Option<Usage>,
        /// Which other jobs there were in the process.
        company: Company,
    },
    /// The process is gone, and whether that is for this job cannot be told: another one hung, or broke the contract,
    /// or the contract was broken in no job's name. To be run again alone. A sentence whose subject is the adapter.
    Lost(String),
    /// The contract was broken by the answer to this job, or the adapter does not start: a sentence whose subject is
    /// the adapter.
    Broken(String),
}

/// The other jobs of a process that was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Company {
    /// How many had been answered before. The warm-up is not counted.
    pub before: u64,
    /// How many were in flight as well.
    pub beside: u64,
}

impl Company {
    /// Whether the job had the process to itself, from its start: then running it again alone would tell nothing new.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// Lines on standard output that are not messages: kept, counted and shown, never fatal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Noise {
    /// How many lines.
    pub lines: u64,
    /// How many bytes.
    pub bytes: u64,
    /// The last 64 KiB.
    pub tail: String,
}

impl Noise {
    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }
}

/// How a process, or a client within this one, ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// With this exit status.
    Status(i32),
    /// By this signal.
    Signal(i32),
    /// It panicked with this text.
    Panic(String),
    /// We ended it: why, as a sentence without its subject.
    Stopped(String),
    /// The operating system did not tell.
    Unknown(String),
}

impl Exit {
    /// Whether it ended by a signal that somebody sends: it may have been anybody, so it may not be the client's doing.
    pub fn is_from_outside(&self) -> bool {
        const SENT: [Signal; 4] = [Signal::SIGKILL, Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP];
        matches!(self, Self::Signal(number) if SENT.iter().any(|sent| *sent as i32 == *number))
    }
}

impl From<ExitStatus> for Exit {
    fn from(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Status(code),
            (None, Some(signal)) => Self::Signal(signal),
            (None, None) => Self::Unknown(status.to_string()),
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(code) => write!(f, "exit status {code}"),
            Self::Signal(number) => match Signal::try_from(*number) {
                Ok(signal) => write!(f, "signal {number} ({signal})"),
                Err(_) => write!(f, "signal {number}"),
            },
            Self::Panic(text) => write!(f, "panic: {text}"),
            Self::Stopped(why) => write!(f, "ended by Wireproof: it {why}"),
            Self::Unknown(text) => write!(f, "an unknown end: {text}"),
        }
    }
}

/// The id of the job that is answered; an adapter that fails may not know.
pub(super) fn id_of(answer: &Answer) -> Option<&str> {
    match answer {
        Answer::Outcome(outcome) => Some(&outcome.id),
        Answer::Unsupported(unsupported) => Some(&unsupported.id),
        Answer::AdapterError(error) => error.id.as_deref(),
    }
}

/// Whether an answer has a result for each call of its job.
///
/// # Errors
/// A sentence without its subject, which is the adapter.
pub(super) fn check_results(answer: &Answer, calls: usize) -> Result<(), String> {
    match answer {
        Answer::Outcome(outcome) if outcome.calls.len() != calls => Err(format!(
            "answered job `{}` of {calls} calls with {} results",
            outcome.id,
            outcome.calls.len()
        )),
        _ => Ok(()),
    }
}

/// Whether an answer is one to this job.
///
/// # Errors
/// A sentence without its subject, which is the adapter.
pub(super) fn check(answer: &Answer, job: &Job) -> Result<(), String> {
    if let Some(id) = id_of(answer).filter(|id| *id != job.id) {
        return Err(format!("answered job `{id}` while job `{}` was the one at hand", job.id));
    }
    check_results(answer, job.calls.len())
}

#[cfg(test)]
mod tests {
    use wireproof_client::{
        contract::AdapterError,
        job::Call,
        outcome::{CallResult, Outcome},
    };

    use super::*;

    #[test]
    fn answers_are_held_against_their_job() {
        let job = Job { id: "7".to_owned(), calls: vec![Call::default()], ..Job::default() };
        let outcome = |id: &str, n| {
            Answer::Outcome(Outcome { id: id.to_owned(), calls: vec![CallResult::default(); n] })
        };
        assert_eq!(check(&outcome("7", 1), &job), Ok(()));
        assert!(check(&outcome("8", 1), &job).unwrap_err().contains("`8`"));
        assert!(check(&outcome("7", 2), &job).unwrap_err().contains("2 results"));
        let nameless = Answer::AdapterError(AdapterError { id: None, text: "oops".to_owned() });
        assert_eq!(check(&nameless, &job), Ok(()));
    }

    #[test]
    fn exits_are_shown_in_words() {
        assert_eq!(Exit::Status(3).to_string(), "exit status 3");
        assert_eq!(Exit::Signal(11).to_string(), "signal 11 (SIGSEGV)");
        assert_eq!(Exit::Stopped("ate all".to_owned()).to_string(), "ended by Wireproof: it ate all");
    }

    #[test]
    fn some_signals_are_sent() {
        assert!(Exit::Signal(9).is_from_outside() && Exit::Signal(15).is_from_outside());
        assert!(!Exit::Signal(11).is_from_outside() && !Exit::Status(9).is_from_outside());
    }
}
