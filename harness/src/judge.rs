//! The judge: expectations and an observation in, a verdict out. No I/O, no clock.

mod body;
mod call;
mod fields;
mod requests;
mod server;
mod usage;

pub(crate) use self::server::ended_by;
use wireproof_client::outcome::Outcome;
use wireproof_server::{
    seen::{Address, Answer, ConnectionSeen, RequestSeen, ServerSeen},
    text::{Context, FillError, FilledPattern, Pattern, Text},
};

use crate::{
    expect::{Check, Expectations, Hidden, What},
    observation::{Observation, Told},
    scenario::expect::Grade,
    show,
    verdict::{Mismatch, Verdict, Witness, Word},
};

/// The label of a survey none of whose alternatives holds.
pub const UNLISTED: &str = "unlisted";

/// Judges one observation. The words that depend on more than one run (known failures, flaky, not run) are
/// given elsewhere.
pub fn judge(expectations: &Expectations, observation: &Observation) -> Verdict {
    if let Some(fault) = observation.seen.faults.first() {
        return Verdict::bare(Word::Broken, fault);
    }
    match &observation.told {
        Told::Outcome(outcome) => match breach(outcome, expectations.hidden) {
            Some(breach) => Verdict::bare(Word::Broken, breach),
            None => weigh(expectations, observation, outcome)
                .unwrap_or_else(|error: Unjudged| Verdict::bare(Word::Broken, error.to_string())),
        },
        Told::Unsupported(_) if is_contacted(observation) => {
            let why = "the adapter called a job unsupported after it had opened a connection";
            Verdict::bare(Word::Broken, why)
        }
        Told::Unsupported(unsupported) => {
            let mut reason = unsupported.what.join(", ");
            if let Some(why) = &unsupported.reason {
                reason = format!("{reason}: {why}");
            }
            Verdict::bare(Word::Unsupported, reason)
        }
        Told::Hang => {
            let mut verdict = Verdict::bare(Word::Hang, "no answer by the deadline");
            verdict.mismatches = unmatched_requests(observation);
            verdict.mismatches.extend(overuse(expectations, observation));
            verdict
        }
        Told::Crash(how) => {
            Verdict { mismatches: overuse(expectations, observation), ..Verdict::bare(Word::Crash, how) }
        }
        Told::Stopped(how) => {
            Verdict { mismatches: overuse(expectations, observation), ..Verdict::bare(Word::Fail, how) }
        }
        Told::Broken(how) => Verdict::bare(Word::Broken, how),
    }
}

/// The most error classes that an answer may name.
const MOST_CLASSES: usize = 5;

/// What an answer says that no answer may say (`client-under-test/README.md`, results): the adapter's fault, and no
/// word on its client.
fn breach(outcome: &Outcome, hidden: Hidden) -> Option<String> {
    outcome.calls.iter().enumerate().find_map(|(index, result)| {
        let breach = match &result.error {
            None if result.status.is_none() && !hidden.results => "neither status nor error".to_owned(),
            Some(error) if error.class.is_empty() => "an error without class".to_owned(),
            Some(error) if error.class.len() > MOST_CLASSES => {
                format!("an error of {} classes, where {MOST_CLASSES} are the most", error.class.len())
            }
            Some(error) if !hidden.errors && error.class.iter().any(|class| class == "failed") => {
                "an error of class `failed`, which is for clients that declare `opaque-errors`".to_owned()
            }
            _ => return None,
        };
        Some(format!("the adapter's answer breaks the contract: call {} has {breach}", index + 1))
    })
}

fn is_contacted(observation: &Observation) -> bool {
    observation.seen.servers.iter().any(|server| !server.connections.is_empty())
}

fn weigh(
    expectations: &Expectations,
    observation: &Observation,
    outcome: &Outcome,
) -> Result<Verdict, Unjudged> {
    let bench = Bench { expectations, observation, outcome };
    let mut common = bench.hear(&expectations.checks)?;
    common.mismatches.splice(0..0, unmatched_requests(observation));
    let mut verdict = Verdict {
        word: if common.mismatches.is_empty() { Word::Pass } else { Word::Fail },
        label: None,
        mismatches: common.mismatches,
        reason: None,
        coarse: common.coarse,
    };
    if !expectations.paths.is_empty() {
        bench.choose_path(&mut verdict)?;
    }
    if expectations.survey {
        if verdict.word == Word::Fail {
            verdict.label = Some(UNLISTED.to_owned());
        }
        verdict.word = Word::Survey;
    }
    Ok(verdict)
}

/// What a client that did not answer used up beyond what is demanded, as far as that is known.
fn overuse(expectations: &Expectations, observation: &Observation) -> Vec<Mismatch> {
    let mut findings = Findings::default();
    match usage::hear(&expectations.checks, observation.usage, &mut findings) {
        Ok(()) => findings.mismatches,
        // There was no process left to be measured, and the verdict does not hang on it.
        Err(_) => Vec::new(),
    }
}

/// Why nothing can be judged: our fault.
#[derive(Debug, thiserror::Error)]
enum Unjudged {
    #[error("{0}")]
    Fill(#[from] FillError),
    #[error("{0}")]
    Unmeasured(&'static str),
}

/// A request that no rule matched is never right, whatever is expected.
fn unmatched_requests(observation: &Observation) -> Vec<Mismatch> {
    let mut mismatches = Vec::new();
    for server in &observation.seen.servers {
        for request in requests_of(server) {
            if request.1.answer == Answer::Unmatched {
                mismatches.push(Mismatch {
                    witness: Witness::Wire(server.name.clone()),
                    line: 0,
                    path: None,
                    about: "requests".to_owned(),
                    expected: "only requests that a rule of this server matches".to_owned(),
                    found: show::request_line(request.1),
                });
            }
        }
        for violation in server.connections.iter().flat_map(|connection| &connection.violations) {
            mismatches.push(Mismatch {
                witness: Witness::Wire(server.name.clone()),
                line: 0,
                path: None,
                about: "bytes received".to_owned(),
                expected: "what the `receive` step names".to_owned(),
                found: violation.clone(),
            });
        }
    }
    mismatches
}

/// The requests of a server in the order in which their heads were complete, each with its connection.
fn requests_of(server: &ServerSeen) -> Vec<(&ConnectionSeen, &RequestSeen)> {
    let mut requests: Vec<_> = server
        .connections
        .iter()
        .flat_map(|connection| connection.requests.iter().map(move |request| (connection, request)))
        .collect();
    requests.sort_by_key(|(_, request)| request.order);
    requests
}

/// Everything a judgement is made from.
struct Bench<'a> {
    expectations: &'a Expectations,
    observation: &'a Observation,
    outcome: &'a Outcome,
}

/// What came of hearing some checks.
#[derive(Default)]
struct Findings {
    mismatches: Vec<Mismatch>,
    coarse: bool,
}

impl Findings {
    fn object(
        &mut self,
        witness: Witness,
        line: usize,
        about: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) {
        self.mismatches.push(Mismatch {
            witness,
            line,
            path: None,
            about: about.into(),
            expected: expected.into(),
            found: found.into(),
        });
    }
}

impl<'a> Bench<'a> {
    fn hear(&self, checks: &[Check]) -> Result<Findings, Unjudged> {
        let mut findings = Findings::default();
        usage::hear(checks, self.observation.usage, &mut findings).map_err(Unjudged::Unmeasured)?;
        for check in checks {
            match &check.what {
                What::Call { index, turn, demand } => {
                    self.hear_call(check.line, *index, *turn, demand, &mut findings)?;
                }
                What::Server { name, demand } => {
                    self.hear_server(check.line, name, demand, &mut findings)?;
                }
                What::Usage(_) => {}
            }
        }
        Ok(findings)
    }

    /// The first alternative that holds counts. Where none does, the mismatches of all are shown.
    fn choose_path(&self, verdict: &mut Verdict) -> Result<(), Unjudged> {
        let mut objections = Vec::new();
        for path in &self.expectations.paths {
            let heard = self.hear(&path.checks)?;
            if heard.mismatches.is_empty() {
                verdict.label = Some(path.label.clone());
                verdict.coarse |= heard.coarse;
                if verdict.word == Word::Pass && path.grade == Grade::Lenient {
                    verdict.word = Word::Lenient;
                }
                return Ok(());
            }
            objections.extend(
                heard
                    .mismatches
                    .into_iter()
                    .map(|mismatch| Mismatch { path: Some(path.label.clone()), ..mismatch }),
            );
        }
        verdict.word = Word::Fail;
        verdict.mismatches.extend(objections);
        Ok(())
    }

    fn addresses(&self) -> &'a [Address] {
        &self.observation.addresses
    }

    fn fill(&self, text: &Text, turn: u64) -> Result<Vec<u8>, FillError> {
        text.fill(&self.context(turn))
    }

    fn fill_all(&self, texts: &[Text], turn: u64) -> Result<Vec<Vec<u8>>, FillError> {
        texts.iter().map(|text| self.fill(text, turn)).collect()
    }

    fn pattern(&self, pattern: &Pattern, turn: u64) -> Result<FilledPattern, FillError> {
        pattern.fill(&self.context(turn))
    }

    fn context(&self, turn: u64) -> Context<'a> {
        Context {
            addresses: self.addresses(),
            turn: Some(turn),
            now: Some(self.observation.at),
            ..Context::default()
        }
    }
}

#[cfg(test)]
mod tests;
