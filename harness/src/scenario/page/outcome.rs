//! Expected outcomes of calls as they are written.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use wireproof_client::outcome::{CLASSES, GROUPS, PHASES};

use super::{body::RawBodyExpect, content::RawFinite, fields::RawFieldPatterns};
use crate::scenario::{
    expect::{HopExpect, OutcomeExpect},
    json,
    range::Range,
    raw::{Anything, Leaf, Many, OneOrMany, Open, Part},
    scope::{Close, Closing, Scope, Word, all},
    unit::{Positive, Status},
};

/// What the client tells its caller about one call. What is not said is free.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "an outcome")]
#[schemars(rename = "Outcome")]
pub(crate) struct RawOutcome {
    /// The status, or a range of statuses.
    status: Option<Open<Range<u64>>>,
    /// The reason phrase.
    reason: Option<Leaf>,
    /// The version: "1.1".
    version: Option<Word>,
    /// For each name: exactly these field lines, in this order; `*` stands for any run of bytes.
    headers: Option<Part<RawFieldPatterns>>,
    /// Names of fields that must be absent.
    without: Option<Many<Leaf>>,
    /// For each name: exactly these trailer lines, in this order.
    trailers: Option<Part<RawFieldPatterns>>,
    /// The content.
    body: Option<RawBodyExpect>,
    /// The content as text, by the client's decoder.
    text: Option<Leaf>,
    /// The content as JSON, by the client's decoder.
    json: Option<Anything>,
    /// The final URL.
    url: Option<Leaf>,
    /// The redirects, oldest first.
    history: Option<Many<RawHop>>,
    /// An error class, or several, any of which will do.
    error: Option<Part<OneOrMany<Word>>>,
    /// The phase of the error, or several, any of which will do.
    phase: Option<Part<OneOrMany<Word>>>,
    /// Whether a coarse answer is not enough (false).
    exact: Option<Open<bool>>,
    /// Content handed over before the error.
    received: Option<RawFinite>,
    /// From the start of the call to the first byte of content.
    first_byte: Option<Open<Range<Duration>>>,
    /// From the start of the call to its end.
    within: Option<Open<Range<Duration>>>,
    /// The statuses of the interim responses reported.
    interim: Option<Many<Open<Status>>>,
    /// Texts in the error's message.
    says: Option<Many<Leaf>>,
    /// Texts that are not in it.
    never_says: Option<Many<Leaf>>,
    /// The `times` of its call (1).
    times: Option<Open<Positive>>,
}

/// One redirect that was followed: its status, or a mapping.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "a redirect (a status or a mapping)")]
#[schemars(untagged, rename = "Hop")]
pub(crate) enum RawHop {
    #[serde(rename = "$text")]
    Status(Open<Range<u64>>),
    #[serde(rename = "$map")]
    Whole(RawWholeHop),
}

/// One redirect that was followed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a redirect")]
#[schemars(rename = "WholeHop")]
pub(crate) struct RawWholeHop {
    /// Its status.
    status: Option<Open<Range<u64>>>,
    /// The URL that answered so.
    url: Option<Leaf>,
    /// Its fields.
    headers: Option<Part<RawFieldPatterns>>,
}

impl Close for RawHop {
    type Closed = HopExpect;

    fn close(&self, scope: &Scope<'_>) -> Closing<HopExpect> {
        match self {
            Self::Status(status) => {
                let status = Some(status.close(scope)?);
                Some(HopExpect { status, url: None, headers: Vec::new() })
            }
            Self::Whole(hop) => {
                all! {
                    status = hop.status.close(scope);
                    url = hop.url.close(scope);
                    headers = hop.headers.close(scope);
                }
                Some(HopExpect { status, url, headers: headers.unwrap_or_default() })
            }
        }
    }
}

impl Close for RawOutcome {
    type Closed = OutcomeExpect;

    fn close(&self, scope: &Scope<'_>) -> Closing<OutcomeExpect> {
        let scope = &scope.in_turn(self.times.is_some());
        all! {
            status = self.status.close(scope);
            reason = self.reason.close(scope);
            version = version(self.version, scope);
            headers = self.headers.close(scope);
            without = self.without.close(scope);
            trailers = self.trailers.close(scope);
            body = self.body.close(scope);
            text = self.text.close(scope);
            json = self.json.map_or(Some(None), |value| json::close(value.0, scope).map(Some));
            url = self.url.close(scope);
            history = self.history.close(scope);
            error = words(self.error.as_ref(), "error class", &classes(), scope);
            phase = words(self.phase.as_ref(), "phase", PHASES, scope);
            exact = self.exact.close(scope);
            received = self.received.close(scope);
            first_byte = self.first_byte.close(scope);
            within = self.within.close(scope);
            interim = self.interim.close(scope);
            says = self.says.close(scope);
            never_says = self.never_says.close(scope);
            times = self.times.close(scope);
        }
        Some(OutcomeExpect {
            status,
            reason,
            version,
            headers: headers.unwrap_or_default(),
            without: without.unwrap_or_default(),
            trailers: trailers.unwrap_or_default(),
            body,
            text,
            json,
            url,
            history,
            error,
            phase,
            exact: exact.unwrap_or_default(),
            received,
            first_byte,
            within,
            interim: interim.map(|all| all.into_iter().map(|Status(status)| status).collect()),
            says: says.unwrap_or_default(),
            never_says: never_says.unwrap_or_default(),
            times: times.map_or(1, |Positive(times)| times),
        })
    }
}

/// Classes and groups, in the order of the contract.
fn classes() -> Vec<&'static str> {
    CLASSES.iter().copied().chain(GROUPS.iter().map(|(name, _)| *name)).collect()
}

fn words(
    list: Option<&Part<OneOrMany<Word>>>,
    what: &str,
    known: &[&str],
    scope: &Scope<'_>,
) -> Closing<Vec<String>> {
    let Some(part) = list else { return Some(Vec::new()) };
    let words: Vec<&Word> = match part.get()? {
        OneOrMany::One(word) => vec![word],
        OneOrMany::Many(words) if words.is_written_empty(scope.document) => {
            scope.fault(words.at, format!("there is no {what} here"));
            return None;
        }
        OneOrMany::Many(words) => words.iter().collect(),
    };
    let words: Vec<Option<String>> =
        words.into_iter().map(|word| scope.word_of(word.0, what, known)).collect();
    words.into_iter().collect()
}

/// A version of HTTP.
pub(crate) fn version(word: Option<Word>, scope: &Scope<'_>) -> Closing<Option<String>> {
    match word {
        Some(word) => scope.word_of(word.0, "version of HTTP", &["0.9", "1.0", "1.1", "2", "3"]).map(Some),
        None => Some(None),
    }
}
