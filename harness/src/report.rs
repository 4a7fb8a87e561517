//! Verdicts, told: as text for people, as JSON Lines and `JUnit` for machines. No I/O but to the writer given.

mod json;
mod junit;
mod summary;
mod text;

use std::time::Duration;

use serde::Serialize;

pub(crate) use self::text::explain;
pub use self::{
    json::JsonLines,
    junit::junit,
    summary::Summary,
    text::{Text, failure},
};
use crate::{
    known::KnownFailures,
    plan::Plan,
    run::{Run, Stand},
    scenario::{Level, scalar::Word as _},
    transcript::Detail,
    verdict::{Verdict, Word},
};

/// What came of one case.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CaseReport {
    /// `redirects/method/303-post-becomes-get`
    pub id: String,
    /// One sentence.
    pub about: String,
    /// How binding it is.
    #[serde(serialize_with = "as_word")]
    pub level: Level,
    /// `RFC 9110 15.4.4`
    pub spec: String,
    /// The page, as it was named to the harness.
    pub file: String,
    /// The line the case begins on.
    pub line: usize,
    /// The judgement.
    pub verdict: Verdict,
    /// How long it took, from staging to judging.
    #[serde(serialize_with = "as_ms", rename = "ms")]
    pub took: Duration,
    /// Both witnesses' story; empty where nothing ran.
    pub transcript: String,
    /// What the client's process wrote meanwhile beside its answer: standard error, and noise.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub aside: String,
}

fn as_ms<S: serde::Serializer>(took: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(took.as_millis()).unwrap_or(u64::MAX))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn as_word<S: serde::Serializer>(level: &Level, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(level.word())
}

impl CaseReport {
    /// A run as it is reported: in the light of what the client is known to fail, with its story.
    pub fn of(stand: &Stand, plan: &Plan, run: Run, known: &KnownFailures) -> Self {
        let transcript = run.transcript(stand, plan, Detail::Full);
        let transcript = transcript.map(|story| story.to_string()).unwrap_or_default();
        Self {
            id: plan.id.clone(),
            about: plan.about.clone(),
            level: plan.level,
            spec: plan.spec.clone(),
            file: plan.file.clone(),
            line: plan.line,
            verdict: known.apply(&plan.id, run.verdict),
            took: run.took,
            transcript,
            aside: run.observation.map(|observation| observation.aside).unwrap_or_default(),
        }
    }

    /// The chapter: the first part of the id.
    pub fn chapter(&self) -> &str {
        self.id.split('/').next().unwrap_or(&self.id)
    }

    /// Whether this makes the run one that does not conform.
    pub fn counts_against(&self, strict: bool) -> bool {
        let binding = self.level == Level::Must || strict && self.level == Level::Should;
        match self.verdict.word {
            Word::UnexpectedPass => true,
            // Load can make a flake; who wants none of them says so.
            Word::Flaky => strict && binding,
            word => binding && word.is_failure(),
        }
    }
}

/// Who was run, and how.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunInfo {
    /// The client's name.
    pub client: String,
    /// Its version.
    pub version: String,
    /// What it is written in.
    pub language: String,
    /// How many cases were chosen.
    pub cases: usize,
    /// Whether `should` counts.
    pub strict: bool,
    /// By what times are multiplied.
    pub time_scale: f64,
}

/// Exit status: documented in README and `--help`.
pub mod exit {
    /// The client conforms.
    pub const CONFORMS: u8 = 0;
    /// The command line was not understood.
    pub const USAGE: u8 = 1;
    /// A case is not valid; nothing was run.
    pub const INVALID_CASE: u8 = 2;
    /// Our fault, or the adapter's.
    pub const BROKEN: u8 = 3;
    /// The client does not conform; a known failure is stale; nothing ran.
    pub const DOES_NOT_CONFORM: u8 = 4;
}
