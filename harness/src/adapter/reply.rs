//! What became of a job that was handed to a client.

use std::{fmt, os::unix::process::ExitStatusExt, process::ExitStatus};

use nix::sys::signal::Signal;
use wireproof_client::{
    contract::{Answer, Partial},
    job::Job,
};

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
        /// Whether this was the first job of its process: its times say nothing about the client.
        first: bool,
    },
    /// The deadline passed. The process, if it was one, has been killed with its whole group.
    Hang {
        /// Calls that had ended, one each.
        partials: Vec<Partial>,
        /// Noise since the job was sent.
        noise: Noise,
        /// The end of all that was written to standard error.
        stderr: String,
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
    },
    /// The contract was broken, or the adapter does not start: a sentence whose subject is the adapter.
    Broken(String),
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
    /// The operating system did not tell.
    Unknown(String),
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
            Self::Unknown(text) => write!(f, "an unknown end: {text}"),
        }
    }
}

/// Whether an answer is one to this job.
///
/// # Errors
/// A sentence without its subject, which is the adapter.
pub(super) fn check(answer: &Answer, job: &Job) -> Result<(), String> {
    let id = match answer {
        Answer::Outcome(outcome) => Some(&outcome.id),
        Answer::Unsupported(unsupported) => Some(&unsupported.id),
        Answer::AdapterError(error) => error.id.as_ref(),
    };
    if let Some(id) = id.filter(|id| **id != job.id) {
        return Err(format!("answered job `{id}` while job `{}` was the one at hand", job.id));
    }
    match answer {
        Answer::Outcome(outcome) if outcome.calls.len() != job.calls.len() => Err(format!(
            "answered job `{}` of {} calls with {} results",
            job.id,
            job.calls.len(),
            outcome.calls.len()
        )),
        _ => Ok(()),
    }
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
    }
}
