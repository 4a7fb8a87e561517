//! Verdicts, told: as text for people; as JSON Lines, `JUnit`, TAP, Markdown and GitHub annotations for machines.
//! `harness/REPORTS.md` documents them. No I/O but to the writer given.

mod annotations;
mod certificate;
mod json;
mod junit;
mod markdown;
mod standing;
mod summary;
mod tap;
mod text;

use std::time::Duration;

use wireproof_client::capabilities::Hello;

pub(crate) use self::text::explain;
pub use self::{
    annotations::annotations,
    certificate::{brief, certificate},
    json::JsonLines,
    junit::junit,
    markdown::markdown,
    standing::{Complaint, Standing},
    summary::Summary,
    tap::tap,
    text::{Text, failure},
};
use crate::{
    certify::Certification,
    known::KnownFailures,
    plan::Plan,
    run::Run,
    scenario::{Level, scalar::Word as _},
    transcript::Detail,
    verdict::{Behaviour, Verdict, Word},
};

/// What came of one case.
#[derive(Debug, Clone)]
pub struct CaseReport {
    /// `redirects/method/303-post-becomes-get`
    pub id: String,
    /// One sentence.
    pub about: String,
    /// How binding it is.
    pub level: Level,
    /// `RFC 9110 15.4.4`
    pub spec: String,
    /// The page, as it was named to the harness.
    pub file: String,
    /// The line the case begins on.
    pub line: usize,
    /// The judgement, in the light of what the client is known to fail.
    pub verdict: Verdict,
    /// What the client did, whatever is known of it.
    pub behaviour: Behaviour,
    /// How many expectations were left out, as the client does not show its caller what they speak of.
    pub dropped: usize,
    /// How long it took, from staging to judging.
    pub took: Duration,
    /// Both witnesses' story; empty where nothing ran.
    pub transcript: String,
    /// What the client's process wrote meanwhile beside its answer: standard error, and noise.
    pub aside: String,
}

/// In whole milliseconds.
fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl CaseReport {
    /// A run as it is reported: in the light of what the client is known to fail, with its story.
    pub fn of(hello: &Hello, plan: &Plan, run: &Run, known: &KnownFailures) -> Self {
        let transcript = run.transcript(hello, plan, Detail::Full);
        let transcript = transcript.map(|story| story.to_string()).unwrap_or_default();
        Self {
            id: plan.id.clone(),
            about: plan.about.clone(),
            level: plan.level,
            spec: plan.spec.clone(),
            file: plan.file.clone(),
            line: plan.line,
            verdict: known.apply(&plan.id, run.verdict.clone()),
            behaviour: Behaviour::of(&run.undisturbed().verdict),
            dropped: if run.observation.is_some() { plan.expectations.dropped } else { 0 },
            took: run.took,
            transcript,
            aside: run.observation.as_ref().map(|one| one.aside.clone()).unwrap_or_default(),
        }
    }

    /// A case that was not run, as the adapter is not certified: why.
    pub fn uncertified(plan: &Plan, why: &str) -> Self {
        Self {
            id: plan.id.clone(),
            about: plan.about.clone(),
            level: plan.level,
            spec: plan.spec.clone(),
            file: plan.file.clone(),
            line: plan.line,
            verdict: Verdict::bare(Word::Broken, why),
            behaviour: Behaviour { word: Word::Broken, label: None },
            dropped: 0,
            took: Duration::ZERO,
            transcript: String::new(),
            aside: String::new(),
        }
    }

    /// The chapter: the first part of the id.
    pub fn chapter(&self) -> &str {
        self.id.split('/').next().unwrap_or(&self.id)
    }

    /// `must`, `should` or `survey`.
    pub fn level_word(&self) -> &'static str {
        self.level.word()
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

    /// Whether it is a recommendation that is not met and does not count.
    pub(crate) fn is_unmet_recommendation(&self, strict: bool) -> bool {
        !strict && self.level == Level::Should && self.verdict.word.is_failure()
    }

    /// What is wrong with it, or why.
    pub(crate) fn headline(&self) -> String {
        if self.verdict.word == Word::UnexpectedPass {
            let reason = self.verdict.reason.as_deref().unwrap_or_default();
            return format!("it is known to fail, and passes now; the known failure: {reason}");
        }
        let first = self.verdict.mismatches.first().map(ToString::to_string);
        first.or_else(|| self.verdict.reason.clone()).unwrap_or_else(|| self.verdict.word.to_string())
    }
}

/// Who was run, and how.
#[derive(Debug, Clone)]
pub struct RunInfo {
    /// What the client said of itself.
    pub hello: Hello,
    /// Where it ran: operating system and processor, `linux x86_64`.
    pub platform: String,
    /// How it was asked for: the word behind `--client`, or `exec: ` and the template behind `--exec`.
    pub asked_for: String,
    /// The file that lists what it is known to fail, where one was named.
    pub known: Option<String>,
    /// Which cases were asked for; empty is all.
    pub filters: Vec<String>,
    /// How many cases were chosen.
    pub cases: usize,
    /// Whether `should` counts.
    pub strict: bool,
    /// By what times are multiplied.
    pub time_scale: f64,
    /// Whether its adapter was certified first.
    pub certification: Certification,
}

impl RunInfo {
    /// The client's name and version.
    pub fn client(&self) -> String {
        format!("{} {}", self.hello.client, self.hello.version).trim_end().to_owned()
    }

    /// Where this process runs.
    pub fn platform_here() -> String {
        format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)
    }
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

#[cfg(test)]
mod tests;
