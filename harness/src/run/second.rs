//! Who is guilty of the loss of a process: the case that repeats it alone.

use super::Run;
use crate::{
    adapter::Reply,
    verdict::{Verdict, Word},
};

/// Why a lost process says nothing final of the case that it was lost under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// It may have been another job in flight, or somebody outside. What the case comes to alone is its verdict.
    Others,
    /// It was the only job in flight, in a process that had done others before.
    Itself,
}

impl Doubt {
    /// The doubt that a reply leaves, if any. None is left where the job had the process to itself: nothing would be
    /// different the second time.
    pub(super) fn of(reply: &Reply) -> Option<Self> {
        match reply {
            Reply::Answered { .. } | Reply::Broken(_) => None,
            Reply::Lost(_) => Some(Self::Others),
            Reply::Crash { exit, .. } if exit.is_from_outside() => Some(Self::Others),
            Reply::Hang { company, .. } | Reply::Crash { company, .. } => match company {
                company if company.is_none() => None,
                company if company.beside > 0 => Some(Self::Others),
                _ => Some(Self::Itself),
            },
        }
    }

    /// What the two runs come to.
    pub(super) fn settle(self, first: Run, second: Run) -> Run {
        match self {
            Self::Others => second,
            Self::Itself => first.in_the_light_of(second),
        }
    }
}

impl Run {
    /// A failure among others, in the light of a second run alone. One that did not repeat itself is flaky, and shown
    /// with what was wrong the first time.
    #[must_use]
    pub fn in_the_light_of(self, second: Self) -> Self {
        match second.verdict.word {
            Word::Pass | Word::Lenient | Word::Survey => {
                let was = self.verdict.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
                let reason = format!("{} among others, passed alone{was}", verb(self.verdict.word));
                let verdict = Verdict { word: Word::Flaky, reason: Some(reason), ..self.verdict };
                Self { verdict, alone: Some(Box::new(second)), ..self }
            }
            _ => second,
        }
    }
}

fn verb(word: Word) -> &'static str {
    match word {
        Word::Hang => "hung",
        Word::Crash => "crashed",
        _ => "failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::{Company, Exit, Noise};

    fn crash(exit: Exit, before: u64, beside: u64) -> Option<Doubt> {
        Doubt::of(&Reply::Crash {
            exit,
            partials: Vec::new(),
            noise: Noise::default(),
            stderr: String::new(),
            usage: None,
            company: Company { before, beside },
        })
    }

    #[test]
    fn who_was_alone_is_guilty_at_once() {
        assert_eq!(crash(Exit::Status(1), 0, 0), None);
        assert_eq!(crash(Exit::Status(1), 1, 0), Some(Doubt::Itself));
        assert_eq!(crash(Exit::Signal(11), 1, 2), Some(Doubt::Others));
        assert_eq!(crash(Exit::Signal(9), 0, 0), Some(Doubt::Others), "anybody may have sent it");
        assert_eq!(Doubt::of(&Reply::Lost("x".to_owned())), Some(Doubt::Others));
        assert_eq!(Doubt::of(&Reply::Broken("x".to_owned())), None);
    }
}
