//! The judgement of one case.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What came of one case for one client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// In one word.
    pub word: Word,
    /// The label of the behaviour met, where the case tells several apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Every demand that was not met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mismatches: Vec<Mismatch>,
    /// Why, where mismatches do not say it: what is unsupported, how it crashed, what broke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The client's error class or phase matched only in part: it cannot tell more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub coarse: bool,
}

impl Verdict {
    /// A verdict that needs no more than a word and a reason.
    pub fn bare(word: Word, reason: impl Into<String>) -> Self {
        Self { word, label: None, mismatches: Vec::new(), reason: Some(reason.into()), coarse: false }
    }
}

/// What a client does in one case, as it was judged: before the verdict is held against the list of what the client
/// is known to fail, and undisturbed by others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behaviour {
    /// In one word.
    pub word: Word,
    /// The label, where the case tells several behaviours apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

impl Behaviour {
    /// What a verdict says of it.
    pub fn of(verdict: &Verdict) -> Self {
        Self { word: verdict.word, label: verdict.label.clone() }
    }
}

impl fmt::Display for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.label {
            Some(label) => write!(f, "{} ({label})", self.word),
            None => write!(f, "{}", self.word),
        }
    }
}

/// The verdict in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// As the specification has it.
    Pass,
    /// Not as it should be, yet harmless.
    Lenient,
    /// A demand was not met.
    Fail,
    /// A survey: the label is the result.
    Survey,
    /// The client cannot be asked that.
    Unsupported,
    /// It fails, and is known to.
    ExpectedFail,
    /// It is known to fail, and passes: the list of known failures is stale.
    UnexpectedPass,
    /// It failed, and passed when it was run again alone.
    Flaky,
    /// No answer by the deadline.
    Hang,
    /// The client ended without an answer.
    Crash,
    /// Our fault, or the adapter's.
    Broken,
    /// Not run here: the reason says why.
    NotRun,
}

impl Word {
    /// All words, in the order of a summary.
    pub const ALL: [Self; 12] = [
        Self::Pass,
        Self::Lenient,
        Self::Survey,
        Self::Fail,
        Self::Hang,
        Self::Crash,
        Self::ExpectedFail,
        Self::UnexpectedPass,
        Self::Flaky,
        Self::Unsupported,
        Self::NotRun,
        Self::Broken,
    ];

    /// The word that is written so.
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|word| word.as_str() == text)
    }

    /// As it is written in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Lenient => "lenient",
            Self::Fail => "fail",
            Self::Survey => "survey",
            Self::Unsupported => "unsupported",
            Self::ExpectedFail => "expected-fail",
            Self::UnexpectedPass => "unexpected-pass",
            Self::Flaky => "flaky",
            Self::Hang => "hang",
            Self::Crash => "crash",
            Self::Broken => "broken",
            Self::NotRun => "not-run",
        }
    }

    /// Whether the client was found not to do what the case demands.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Fail | Self::Hang | Self::Crash)
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A demand that was not met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mismatch {
    /// Who objects.
    pub witness: Witness,
    /// The line of the page on which the demand stands.
    pub line: usize,
    /// The alternative of `any` that the demand belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What is spoken of: `status`, `request 2, field Host`.
    pub about: String,
    /// What was demanded.
    pub expected: String,
    /// What was found.
    pub found: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "[{path}] ")?;
        }
        write!(f, "{}: {}: expected {}, found {}", self.witness, self.about, self.expected, self.found)
    }
}

/// Who objects.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Witness {
    /// A server: what went over the wire.
    Wire(String),
    /// The client: what it told of a call, counted from 1.
    Client(usize),
    /// The operating system: what the client's processes used up.
    Process,
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wire(server) => write!(f, "wire of {server}"),
            Self::Client(call) => write!(f, "client, call {call}"),
            Self::Process => f.write_str("client's process"),
        }
    }
}
