//! What the client told of one call.

use std::time::Duration;

use wireproof_client::outcome::{BodySeen, CallResult, Error, FieldLine, GROUPS, PHASES, is_class};
use wireproof_server::text::FillError;

use super::{
    Bench, Findings,
    fields::{Line, Place},
};
use crate::{
    expect::{Body, CallDemand},
    scenario::{expect::HopExpect, range::Range},
    show,
    verdict::Witness,
};

/// What an absent part of a result is shown as.
const NOT_TOLD: &str = "nothing told";

impl Bench<'_> {
    pub(super) fn hear_call(
        &self,
        line: usize,
        index: usize,
        turn: u64,
        demand: &CallDemand,
        findings: &mut Findings,
    ) -> Result<(), FillError> {
        let hearing = Hearing {
            bench: self,
            place: Place {
                witness: Witness::Client(index + 1),
                line,
                turn,
                noun: "field".to_owned(),
                trimmed: false,
            },
            result: &self.outcome.calls[index],
        };
        hearing.hear(demand, findings)
    }
}

/// One demand on one result.
struct Hearing<'a, 'b> {
    bench: &'a Bench<'b>,
    place: Place,
    result: &'a CallResult,
}

impl Hearing<'_, '_> {
    fn hear(&self, demand: &CallDemand, findings: &mut Findings) -> Result<(), FillError> {
        match demand {
            CallDemand::Succeeds => self.succeeds(findings),
            CallDemand::NoError => {
                let holds = self.result.error.is_none();
                self.demand(holds, "result", "success".to_owned(), self.answer(), findings);
            }
            CallDemand::Fails { classes, phases, exact } => self.fails(classes, phases, *exact, findings),
            CallDemand::Status(span) => {
                let status = self.result.status;
                let holds = status.is_some_and(|status| span.contains(u64::from(status)));
                self.demand(holds, "status", span.to_string(), self.answer(), findings);
            }
            CallDemand::Reason(text) => {
                self.same("reason", &self.fill(text)?, self.result.reason.as_deref(), findings);
            }
            CallDemand::Version(text) => {
                let version = self.result.version.as_deref().map(str::as_bytes);
                self.same("version", text.as_bytes(), version, findings);
            }
            CallDemand::Fields(patterns) => {
                let lines = lines(self.result.fields.as_deref());
                self.bench.hear_fields(&self.place, patterns, &lines, findings)?;
            }
            CallDemand::Without(names) => {
                let lines = lines(self.result.fields.as_deref());
                self.bench.hear_absent(&self.place, names, &lines, findings)?;
            }
            CallDemand::Trailers(patterns) => {
                let lines = lines(self.result.trailers.as_deref());
                let place =
                    Place { noun: "trailer".to_owned(), witness: self.place.witness.clone(), ..self.place };
                self.bench.hear_fields(&place, patterns, &lines, findings)?;
            }
            CallDemand::Body(body) => self.body(body, findings)?,
            CallDemand::Received(content) => self.received(content, findings)?,
            CallDemand::Text(text) => {
                let told = self.result.text.as_deref().map(str::as_bytes);
                self.same("text", &self.fill(text)?, told, findings);
            }
            CallDemand::Json(value) => {
                let value = value.fill(&self.bench.context(self.place.turn))?;
                let found = self.result.json.as_ref();
                let shown = found.map_or(NOT_TOLD.to_owned(), ToString::to_string);
                self.demand(found == Some(&value), "json", value.to_string(), shown, findings);
            }
            CallDemand::Url(text) => {
                self.same("url", &self.fill(text)?, self.result.url.as_deref(), findings);
            }
            CallDemand::History(hops) => self.history(hops, findings)?,
            CallDemand::FirstByte(span) => {
                let first = self.result.times.and_then(|times| times.first).map(Duration::from_millis);
                match first {
                    Some(_) => self.time("first byte", span, first, findings),
                    // The client does not tell: the demand is dropped.
                    None => findings.coarse = true,
                }
            }
            CallDemand::Within(span) => {
                let end = self.result.times.map(|times| Duration::from_millis(times.end));
                self.time("end", span, end.or_else(|| self.whole_time()), findings);
            }
            CallDemand::Interim(statuses) => {
                let interim = self.result.interim.as_deref().unwrap_or_default();
                let found: Vec<u16> = interim.iter().map(|one| one.status).collect();
                self.demand(
                    found == *statuses,
                    "interim responses",
                    format!("{statuses:?}"),
                    format!("{found:?}"),
                    findings,
                );
            }
            CallDemand::Says(texts) => self.says(texts, true, findings)?,
            CallDemand::NeverSays(texts) => self.says(texts, false, findings)?,
            CallDemand::Upgraded(text) => {
                let upgraded = self.result.upgraded.as_deref();
                self.same("bytes behind 101", &self.fill(text)?, upgraded, findings);
            }
        }
        Ok(())
    }

    fn succeeds(&self, findings: &mut Findings) {
        let holds = self.result.status.is_some() && self.result.error.is_none();
        self.demand(holds, "result", "a response".to_owned(), self.answer(), findings);
    }

    fn fails(&self, classes: &[String], phases: &[String], exact: bool, findings: &mut Findings) {
        let expected = classes.join(" or ");
        let Some(error) = &self.result.error else {
            return self.demand(false, "result", format!("error {expected}"), self.answer(), findings);
        };
        let proxied = self.bench.expectations.proxied;
        let told: Vec<String> = error.class.iter().map(|class| known(class).to_owned()).collect();
        match fit(&told, classes, proxied) {
            Fit::Within => {}
            Fit::Coarse if !exact => findings.coarse = true,
            Fit::Coarse | Fit::Disjoint => {
                self.demand(false, "error class", expected, described(error), findings);
            }
        }
        if phases.is_empty() {
            return;
        }
        // A phase that there is not tells as little as none.
        let told: Vec<String> =
            error.phase.iter().filter(|phase| PHASES.contains(&phase.as_str())).cloned().collect();
        if told.is_empty() && !exact {
            findings.coarse = true;
            return;
        }
        match fit(&told, phases, false) {
            Fit::Within => {}
            Fit::Coarse if !exact => findings.coarse = true,
            Fit::Coarse | Fit::Disjoint => {
                let told = if told.is_empty() { NOT_TOLD.to_owned() } else { told.join(" or ") };
                self.demand(false, "phase", phases.join(" or "), told, findings);
            }
        }
    }

    fn body(&self, body: &Body, findings: &mut Findings) -> Result<(), FillError> {
        match (body, &self.result.body) {
            (Body::Content(content), Some(BodySeen::Digest { length, sha256 })) => {
                let expected = self.bench.content(content, self.place.turn)?;
                let holds = expected.len() as u64 == *length && show::sha256(&expected) == *sha256;
                let found = format!("{length} bytes with SHA-256 {sha256}");
                self.demand(holds, "body", show::bytes(&expected), found, findings);
            }
            (body, Some(BodySeen::Bytes(found))) => {
                let media_type = self.field("content-type");
                if let Some((expected, found)) =
                    self.bench.differs(body, found, media_type.as_deref(), self.place.turn)?
                {
                    self.demand(false, "body", expected, found, findings);
                }
            }
            (_, Some(BodySeen::Digest { length, .. })) => {
                let found = format!("{length} bytes, too large to be compared but by their hash");
                self.demand(false, "body", "content that can be parsed".to_owned(), found, findings);
            }
            (_, None) => self.demand(false, "body", "content".to_owned(), NOT_TOLD.to_owned(), findings),
        }
        Ok(())
    }

    /// What the caller holds in spite of an error. A client that does not offer it has told nothing.
    fn received(
        &self,
        content: &wireproof_server::script::Content,
        findings: &mut Findings,
    ) -> Result<(), FillError> {
        if self.result.body.is_none() {
            findings.coarse = true;
            return Ok(());
        }
        self.body(&Body::Content(content.clone()), findings)
    }

    fn history(&self, hops: &[HopExpect], findings: &mut Findings) -> Result<(), FillError> {
        let found = self.result.history.as_deref().unwrap_or_default();
        let mut holds = hops.len() == found.len();
        let mut expected = Vec::new();
        for (position, hop) in hops.iter().enumerate() {
            let told = found.get(position);
            let mut shown = String::new();
            if let Some(span) = &hop.status {
                holds &= told.is_some_and(|told| span.contains(u64::from(told.status)));
                shown = span.to_string();
            }
            if let Some(url) = &hop.url {
                let url = self.fill(url)?;
                match told.map(|told| &told.url) {
                    // Not every client that tells of redirects tells their URLs.
                    Some(None) => findings.coarse = true,
                    told => holds &= told.and_then(Option::as_ref).is_some_and(|told| told.to_vec() == url),
                }
                let url = show::escaped(&url);
                shown = if shown.is_empty() { url } else { format!("{shown} {url}") };
            }
            for header in &hop.headers {
                let name = self.fill(&header.name)?;
                let pattern = self.bench.pattern(&header.value, self.place.turn)?;
                let lines = lines(told.and_then(|told| told.fields.as_deref()));
                holds &= lines
                    .iter()
                    .any(|(spelled, value)| spelled.eq_ignore_ascii_case(&name) && pattern.matches(value));
                shown = format!("{shown} with {}: {}", show::escaped(&name), show::pattern(&pattern));
            }
            expected.push(shown);
        }
        let found: Vec<String> = found
            .iter()
            .map(|hop| {
                let url = hop.url.as_ref().map(|url| show::escaped(url)).unwrap_or_default();
                format!("{} {url}", hop.status).trim().to_owned()
            })
            .collect();
        self.demand(holds, "history", format!("{expected:?}"), format!("{found:?}"), findings);
        Ok(())
    }

    fn says(
        &self,
        texts: &[wireproof_server::text::Text],
        wanted: bool,
        findings: &mut Findings,
    ) -> Result<(), FillError> {
        let said = self.result.error.as_ref().map(everything_said).unwrap_or_default();
        for text in self.bench.fill_all(texts, self.place.turn)? {
            let occurs = contains(said.as_bytes(), &text);
            let expected = format!("{} {}", if wanted { "a message with" } else { "no" }, show::bytes(&text));
            self.demand(occurs == wanted, "message", expected, show::bytes(said.as_bytes()), findings);
        }
        Ok(())
    }

    fn time(&self, about: &str, span: &Range<Duration>, found: Option<Duration>, findings: &mut Findings) {
        let holds = found.is_some_and(|found| span.contains(found));
        let shown = found.map_or(NOT_TOLD.to_owned(), |found| format!("{found:?}"));
        self.demand(holds, about, span.to_string(), shown, findings);
    }

    /// For a client that tells no times, a job of one call took as long as the harness waited for it.
    fn whole_time(&self) -> Option<Duration> {
        let observation = self.bench.observation;
        (self.bench.outcome.calls.len() == 1).then(|| observation.answered.saturating_sub(observation.asked))
    }

    fn same(&self, about: &str, expected: &[u8], found: Option<&[u8]>, findings: &mut Findings) {
        let shown = found.map_or(NOT_TOLD.to_owned(), show::bytes);
        self.demand(found == Some(expected), about, show::bytes(expected), shown, findings);
    }

    fn demand(&self, holds: bool, about: &str, expected: String, found: String, findings: &mut Findings) {
        if !holds {
            findings.object(self.place.witness.clone(), self.place.line, about, expected, found);
        }
    }

    fn fill(&self, text: &wireproof_server::text::Text) -> Result<Vec<u8>, FillError> {
        self.bench.fill(text, self.place.turn)
    }

    fn field(&self, name: &str) -> Option<Vec<u8>> {
        let fields = self.result.fields.as_deref()?;
        fields.iter().find(|(spelled, _)| spelled.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_vec())
    }

    /// The whole result in a few words.
    fn answer(&self) -> String {
        match (self.result.status, &self.result.error) {
            (Some(status), None) => status.to_string(),
            (Some(status), Some(error)) => format!("{status}, then {}", described(error)),
            (None, Some(error)) => described(error),
            (None, None) => "neither status nor error".to_owned(),
        }
    }
}

fn described(error: &Error) -> String {
    let mut shown = format!("error {}", error.class.join(" or "));
    if !error.phase.is_empty() {
        shown = format!("{shown} in {}", error.phase.join(" or "));
    }
    match (&error.kind, &error.text) {
        (Some(kind), Some(text)) => format!("{shown} ({kind}: {text})"),
        (Some(one), None) | (None, Some(one)) => format!("{shown} ({one})"),
        (None, None) => shown,
    }
}

fn everything_said(error: &Error) -> String {
    let mut said = vec![error.text.clone().unwrap_or_default()];
    said.extend(error.causes.iter().map(|(_, text)| text.clone()));
    said.join("\n")
}

fn lines(told: Option<&[FieldLine]>) -> Vec<Line<'_>> {
    told.unwrap_or_default().iter().map(|(name, value)| (name.as_bytes(), &**value)).collect()
}

/// Whether `needle` occurs in `hay`.
pub(super) fn contains(hay: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(hay, needle).is_some()
}

/// How what was reported lies to what was expected.
enum Fit {
    Within,
    Coarse,
    Disjoint,
}

fn fit(reported: &[String], expected: &[String], proxied: bool) -> Fit {
    if !reported.is_empty() && reported.iter().all(|one| expected.contains(one)) {
        return Fit::Within;
    }
    let spread =
        |names: &[String], proxied| names.iter().flat_map(|name| members(name, proxied)).collect::<Vec<_>>();
    // Blaming the proxy may stand for more; being expected to blame it does not.
    let (reported, expected) = (spread(reported, proxied), spread(expected, false));
    let common = reported.iter().filter(|one| expected.contains(one)).count();
    match common {
        0 => Fit::Disjoint,
        n if n == reported.len() => Fit::Within,
        _ => Fit::Coarse,
    }
}

/// A class of the contract; one that it does not know is `other`.
fn known(class: &str) -> &str {
    if is_class(class) { class } else { "other" }
}

/// The classes that a class or group stands for (`client-under-test/README.md`, errors).
fn members(name: &str, proxied: bool) -> Vec<String> {
    if name == "proxy" && proxied {
        let before_the_body = [
            "proxy",
            "dns",
            "refused",
            "unreachable",
            "tls",
            "certificate",
            "auth",
            "closed",
            "reset",
            "malformed",
            "too-large",
            "connect-timeout",
            "send-timeout",
            "head-timeout",
            "read-timeout",
            "total-timeout",
        ];
        return before_the_body.map(str::to_owned).to_vec();
    }
    let group = GROUPS.iter().find(|(group, _)| *group == name);
    group.map_or_else(|| vec![name.to_owned()], |(_, list)| list.iter().map(ToString::to_string).collect())
}
