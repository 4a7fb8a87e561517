//! What a verdict weighs in a run: the one decision that all formats share, so that each of them is green if and only if
//! the exit status is.

use super::CaseReport;
use crate::verdict::Word;

/// What a verdict weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The demand is met, or nothing was demanded.
    Met,
    /// It counts against the client: `JUnit`'s failure.
    Against,
    /// Nothing is proven, by our fault or the adapter's: `JUnit`'s error.
    Broken,
    /// A failure that does not count: it is known, or what it fails is only recommended or asked.
    Excused,
    /// Nothing was asked.
    Skipped,
}

impl Standing {
    /// What this case weighs.
    pub fn of(case: &CaseReport, strict: bool) -> Self {
        match case.verdict.word {
            Word::Broken => Self::Broken,
            _ if case.counts_against(strict) => Self::Against,
            Word::Pass | Word::Lenient | Word::Survey | Word::Flaky | Word::UnexpectedPass => Self::Met,
            Word::Fail | Word::Hang | Word::Crash | Word::ExpectedFail => Self::Excused,
            Word::Unsupported | Word::NotRun => Self::Skipped,
        }
    }
}

/// Something wrong with a run as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// A slug: `known-failures`.
    pub name: String,
    /// One sentence without its full stop.
    pub text: String,
}

/// Why a failure is excused.
pub(super) fn excuse(case: &CaseReport) -> String {
    match case.verdict.word {
        Word::ExpectedFail => {
            let reason = case.verdict.reason.as_deref().unwrap_or_default();
            format!("known failure: {reason}")
        }
        _ => format!("{}, not binding: {}", case.level_word(), case.headline()),
    }
}
