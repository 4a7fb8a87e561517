//! Both witnesses' testimony as one story, normalised: what differs from run to run becomes a token, so that the
//! same behaviour always gives the same text. `cases/README.md` lists the tokens.

mod normal;
mod story;

use std::fmt;

pub use normal::Tokens;

use crate::observation::Observation;

/// The story of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript {
    /// What came over the wire, connection by connection.
    pub wire: Vec<Chapter>,
    /// What the client told, call by call.
    pub told: Vec<Chapter>,
}

/// One connection, or one call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chapter {
    /// `origin, connection 1`
    pub title: String,
    /// What happened, in order.
    pub lines: Vec<String>,
}

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Detail {
    /// Everything: for people who look at one run.
    Full,
    /// Only what chance has no part in: for snapshots. Left out are who of two was the first to end a connection,
    /// how much had been sent when the other side lost interest, and, of calls at once, which of them used which
    /// connection.
    Stable,
}

impl Transcript {
    /// Tells the story of an observation; `concurrent` says whether its calls were made at once.
    pub fn tell(observation: &Observation, tokens: &Tokens, concurrent: bool, detail: Detail) -> Self {
        let by_request = concurrent && detail == Detail::Stable;
        let mut wire = story::wire(observation, tokens, by_request, detail);
        if by_request {
            wire.sort();
        }
        Self { wire, told: story::told(observation, tokens, detail) }
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chapter in self.wire.iter().chain(&self.told) {
            writeln!(f, "{}", chapter.title)?;
            for line in &chapter.lines {
                writeln!(f, "{}", format!("  {line}").trim_end())?;
            }
        }
        Ok(())
    }
}
