//! Runs as they are stored: JSON Lines with a header, a line a case, and a footer that vouches for all above it.
//! `harness/REPORTS.md` documents the format.
//!
//! ```text
//! Run ── CaseLine ──▶ RUN.jsonl ── Recording ──▶ CaseLine ─┬─ again ──▶ Run, judged by today's cases
//!                                                today's Plan ─┘
//! ```

mod again;
mod reader;
mod shape;

use std::{collections::BTreeMap, fmt::Debug};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use wireproof_client::capabilities::Hello;

use self::shape::StoredObservation;
pub use self::{
    again::{Changed, again, missing},
    reader::{NotWhole, ReadError, Recording},
};
use crate::{
    certify::Certification,
    observation::Observation,
    plan::Plan,
    run::Run,
    show,
    verdict::{Behaviour, Verdict},
};

/// The version of the format; rises when a field changes meaning or goes away.
pub const FORMAT: u32 = 2;

/// The first line: who was run, and how.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename = "header", rename_all = "kebab-case")]
pub struct Header {
    /// [`FORMAT`]
    pub format: u32,
    /// The version of Wireproof that ran the cases.
    pub wireproof: String,
    /// The client's name.
    pub client: String,
    /// Its version.
    pub version: String,
    /// What it is written in.
    pub language: String,
    /// Where it ran: `linux x86_64`.
    pub platform: String,
    /// How it was asked for: the word behind `--client`, or `exec: ` and the template behind `--exec`.
    pub asked_for: String,
    /// The file that lists what it is known to fail, where one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<String>,
    /// Which cases were asked for; empty is all.
    pub filters: Vec<String>,
    /// How many these were.
    pub cases: usize,
    /// Whether `should` counts.
    pub strict: bool,
    /// By what times were multiplied.
    pub time_scale: f64,
    /// Whether its adapter was certified first.
    #[serde(default)]
    pub certification: Certification,
    /// All that the client said of itself: cases are planned by it.
    pub hello: Hello,
}

/// A line a case.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename = "case", rename_all = "kebab-case")]
pub struct CaseLine {
    /// `redirects/method/303-post-becomes-get`
    pub id: String,
    /// One sentence.
    pub about: String,
    /// `must`, `should` or `survey`.
    pub level: String,
    /// `RFC 9110 15.4.4`
    pub spec: String,
    /// The page, as it was named to the harness.
    pub file: String,
    /// The line the case begins on.
    pub line: usize,
    /// The judgement, in the light of what the client is known to fail.
    pub verdict: Verdict,
    /// What the client did.
    pub behaviour: Behaviour,
    /// How many expectations were left out, as the client does not show its caller what they speak of.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dropped: usize,
    /// How long it took, from staging to judging, in milliseconds.
    pub ms: u64,
    /// The story for people; empty where nothing ran.
    pub transcript: String,
    /// What the client's process wrote beside its answer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub aside: String,
    /// A fingerprint of what the servers did and the client was asked; absent where there was no such case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// Whether its calls were made at once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub concurrent: bool,
    /// What was observed; absent where nothing ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) observation: Option<StoredObservation>,
    /// What was observed when it was run again alone, where it is flaky.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) alone: Option<StoredObservation>,
}

impl CaseLine {
    /// Adds what was observed, and of what.
    pub(crate) fn observe(&mut self, plan: &Plan, run: &Run) {
        let stored = |run: &Run| run.observation.as_ref().map(StoredObservation::from);
        self.asked = Some(fingerprint(plan));
        self.concurrent = plan.expectations.concurrent;
        self.observation = stored(run);
        self.alone = run.alone.as_deref().and_then(stored);
    }

    /// What was observed of the client when it was not disturbed by others.
    ///
    /// # Errors
    /// Where what is stored contradicts itself.
    pub fn undisturbed(self) -> Result<Option<Observation>, String> {
        self.alone.or(self.observation).map(Observation::try_from).transpose()
    }
}

/// The last line: what stands above it. A file without it is not whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "footer", rename_all = "kebab-case")]
pub struct Footer {
    /// How many cases stand above.
    pub cases: usize,
    /// How many lines: the header and the cases.
    pub lines: usize,
    /// The SHA-256 of every byte above, in lower-case hex.
    pub sha256: String,
    /// How many cases came to each word.
    pub verdicts: BTreeMap<String, usize>,
    /// How many verdicts stand on an answer that tells less than was asked.
    #[serde(default)]
    pub coarse: usize,
    /// How many expectations were left out, in all cases.
    #[serde(default)]
    pub dropped: usize,
    /// What is wrong with the lists of known failures.
    pub stale: Vec<String>,
    /// How long the run took, in milliseconds.
    pub ms: u64,
    /// The exit status of the run.
    pub exit_status: u8,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// What the servers of a case do and what the client is asked, as one number: where it differs, an observation is one
/// of another case, and expectations say nothing about it.
fn fingerprint(plan: &Plan) -> String {
    let parts: [&dyn Debug; 3] = [&plan.script, &plan.job, &plan.surroundings];
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(format!("{part:?}\n"));
    }
    show::hex(&hash.finalize()[..16])
}
