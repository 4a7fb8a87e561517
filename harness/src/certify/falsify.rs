//! False expectations: for each demand one that cannot hold where the true one does.
//!
//! A case that still passes when one of its demands is turned into its opposite proves nothing: its answers were
//! canned, say everything at once, or are not looked at.

use std::time::Duration;

use wireproof_client::outcome::PHASES;
use wireproof_server::{
    script::{Content, FieldPattern},
    text::{Pattern, PatternPiece, Text},
};

use super::certificate::Finding;
use crate::{
    expect::{
        Body, CallDemand, Check, ConnectionDemand, Expectations, Order, RequestDemand, RequestPart,
        ServerDemand, What,
    },
    observation::Told,
    scenario::{expect::HopExpect, json::Json, range::Range},
};

/// Looks at something by a demand that no case can say, and then by false ones, each of which it has to object to.
pub(super) fn both_ways<D>(demand: &D, opposites: &[D], look: impl Fn(&D) -> Vec<String>) -> Finding {
    let amiss = look(demand);
    if amiss.is_empty() && opposites.iter().any(|opposite| look(opposite).is_empty()) {
        return Finding::not_met("the answer fits a false demand as well");
    }
    Finding::unless(amiss)
}

/// Bytes that no page and no answer holds.
const NEVER: &str = "-falsified";

/// What has to be known of an answer to turn what it met into what it must not.
pub(super) struct Answer<'a> {
    /// Which of the alternatives of `any` was met, by its label.
    pub(super) met: Option<&'a str>,
    /// Its client hides the causes of errors on principle: one class stands for nearly all of its own.
    pub(super) opaque: bool,
    /// What was told.
    pub(super) told: &'a Told,
}

impl Answer<'_> {
    /// Whether it says in which phase a call failed. Not to say it is honest, and nothing to be turned round.
    fn has_phase(&self, call: usize) -> bool {
        let Told::Outcome(outcome) = self.told else { return false };
        let error = outcome.calls.get(call).and_then(|call| call.error.as_ref());
        error.is_some_and(|error| error.phase.iter().any(|phase| PHASES.contains(&phase.as_str())))
    }
}

/// Expectations of which exactly one demand is false, with the line of that demand. Of the alternatives of `any` only the
/// one that was met is left: what is false of it may well be true of another.
pub(super) fn twins(expectations: &Expectations, answer: &Answer<'_>) -> Vec<(usize, Expectations)> {
    let mut twins = Vec::new();
    for (at, check) in expectations.checks.iter().enumerate() {
        for opposite in opposites(check, answer) {
            let mut twin = expectations.clone();
            twin.checks[at] = opposite;
            twins.push((check.line, twin));
        }
    }
    for path in expectations.paths.iter().filter(|path| answer.met == Some(&path.label)) {
        for (at, check) in path.checks.iter().enumerate() {
            for opposite in opposites(check, answer) {
                let mut only = path.clone();
                only.checks[at] = opposite;
                twins.push((check.line, Expectations { paths: vec![only], ..expectations.clone() }));
            }
        }
    }
    twins
}

/// What cannot hold where a check does: one for each thing that is demanded, where there is such a thing.
fn opposites(check: &Check, answer: &Answer<'_>) -> Vec<Check> {
    let whats: Vec<What> = match &check.what {
        What::Call { index, turn, demand } => of_call(demand, answer.opaque)
            .into_iter()
            .chain(answer.has_phase(*index).then(|| of_phase(demand)).flatten())
            .map(|demand| What::Call { index: *index, turn: *turn, demand })
            .collect(),
        What::Server { name, demand } => {
            of_server(demand).into_iter().map(|demand| What::Server { name: name.clone(), demand }).collect()
        }
        // No row asks what a client uses up.
        What::Usage(_) => Vec::new(),
    };
    whats.into_iter().map(|what| Check { line: check.line, what }).collect()
}

fn of_call(demand: &CallDemand, opaque: bool) -> Option<CallDemand> {
    Some(match demand {
        CallDemand::Succeeds | CallDemand::NoError => {
            CallDemand::Fails { classes: far_from(&[], opaque), phases: Vec::new(), exact: false }
        }
        CallDemand::Fails { classes, .. } => {
            CallDemand::Fails { classes: far_from(classes, opaque), phases: Vec::new(), exact: false }
        }
        CallDemand::Status(span) => CallDemand::Status(beside(*span)?),
        CallDemand::Reason(text) => CallDemand::Reason(longer(text)),
        CallDemand::Version(version) => CallDemand::Version(format!("{version}{NEVER}")),
        CallDemand::Fields(fields) => CallDemand::Fields(other_fields(fields)),
        CallDemand::Trailers(fields) => CallDemand::Trailers(other_fields(fields)),
        CallDemand::Body(body) => CallDemand::Body(other_body(body)),
        CallDemand::Text(text) => CallDemand::Text(longer(text)),
        CallDemand::Json(_) => CallDemand::Json(Json::Text(NEVER.into())),
        CallDemand::Url(text) => CallDemand::Url(longer(text)),
        CallDemand::Within(span) => CallDemand::Within(later(*span)?),
        CallDemand::Interim(statuses) => CallDemand::Interim([statuses.as_slice(), &[199]].concat()),
        CallDemand::Says(texts) => CallDemand::Says(texts.iter().map(longer).collect()),
        CallDemand::Upgraded(text) => CallDemand::Upgraded(longer(text)),
        CallDemand::History(hops) => {
            let more = HopExpect { status: None, url: None, headers: Vec::new() };
            CallDemand::History([hops.as_slice(), &[more]].concat())
        }
        // Of what must not be the opposite need not be, and what a client need not tell it may leave open.
        CallDemand::Without(_)
        | CallDemand::NeverSays(_)
        | CallDemand::Received(_)
        | CallDemand::FirstByte(_) => return None,
    })
}

/// The same classes, in a phase that nobody who means one of these reports beside it.
fn of_phase(demand: &CallDemand) -> Option<CallDemand> {
    let CallDemand::Fails { classes, phases, .. } = demand else { return None };
    let phases = vec![far_from_phase(classes, phases)?.to_owned()];
    Some(CallDemand::Fails { classes: classes.clone(), phases, exact: false })
}

/// A client may well not know how far it had come: what was buffered, and any limit of time on all of it, leaves a set.
/// But what kept it from connecting was no body, and what broke off in the body had been connected; and of what was sent
/// nobody says that nothing was.
fn far_from_phase(classes: &[String], phases: &[String]) -> Option<&'static str> {
    if phases.is_empty() {
        return None;
    }
    let any_time = |class: &String| class == "cancelled" || class.ends_with("timeout");
    let has = |phase: &str| phases.iter().any(|one| one == phase);
    let far = match () {
        () if has("prepare") => ["body", "head", "connect"],
        () if classes.iter().any(any_time) => ["prepare", "body", "connect"],
        () if has("connect") => ["body", "head", "prepare"],
        () if has("body") => ["connect", "prepare", "send"],
        () => ["prepare", "connect", "body"],
    };
    far.into_iter().find(|phase| !has(phase))
}

/// A class that nobody who means one of these reports beside it. Sets are legal, but not those of everything.
fn far_from(classes: &[String], opaque: bool) -> Vec<String> {
    const OF_ANSWERS: [&str; 5] = ["malformed", "truncated", "closed", "too-large", "decode"];
    let of_answers = classes.iter().any(|class| OF_ANSWERS.contains(&class.as_str()));
    let far = match () {
        () if opaque => "caller",
        () if of_answers => "refused",
        () => "malformed",
    };
    vec![far.to_owned()]
}

fn of_server(demand: &ServerDemand) -> Vec<ServerDemand> {
    match demand {
        ServerDemand::Requests { order: Order::Never, .. } | ServerDemand::NeverBytes(_) => Vec::new(),
        ServerDemand::Requests { order, list } => {
            let lists = other_requests(list).into_iter();
            lists.map(|list| ServerDemand::Requests { order: *order, list }).collect()
        }
        ServerDemand::Count(span) => beside(*span).map(ServerDemand::Count).into_iter().collect(),
        ServerDemand::Connections(span) => beside(*span).map(ServerDemand::Connections).into_iter().collect(),
        ServerDemand::EachConnection(list) => {
            vec![ServerDemand::EachConnection([list.as_slice(), &[ConnectionDemand::default()]].concat())]
        }
        ServerDemand::AtOnce(span) => beside(*span).map(ServerDemand::AtOnce).into_iter().collect(),
        ServerDemand::Received(span) => beside(*span).map(ServerDemand::Received).into_iter().collect(),
        ServerDemand::Sent(span) => beside(*span).map(ServerDemand::Sent).into_iter().collect(),
        ServerDemand::Bytes(texts) => vec![ServerDemand::Bytes(texts.iter().map(longer).collect())],
    }
}

/// One request more, another request line, and for each part of each request another one.
fn other_requests(list: &[RequestDemand]) -> Vec<Vec<RequestDemand>> {
    let never = || Pattern::from(Text::from(NEVER));
    let more = RequestDemand { line: 0, request: never(), turn: 1, parts: Vec::new() };
    let mut lists = vec![[list, &[more]].concat()];
    for (at, request) in list.iter().enumerate() {
        let mut replace = |request: RequestDemand| {
            let mut other = list.to_vec();
            other[at] = request;
            lists.push(other);
        };
        replace(RequestDemand { request: never(), ..request.clone() });
        for (part_at, part) in request.parts.iter().enumerate() {
            if let Some(part) = other_part(part) {
                let mut parts = request.parts.clone();
                parts[part_at] = part;
                replace(RequestDemand { parts, ..request.clone() });
            }
        }
    }
    lists
}

fn other_part(part: &RequestPart) -> Option<RequestPart> {
    Some(match part {
        RequestPart::Fields(fields) => RequestPart::Fields(other_fields(fields)),
        RequestPart::Body(body) => RequestPart::Body(other_body(body)),
        RequestPart::Version(version) => RequestPart::Version(format!("{version}{NEVER}")),
        RequestPart::Trailers(fields) => RequestPart::Trailers(other_fields(fields)),
        RequestPart::Bytes(texts) => RequestPart::Bytes(texts.iter().map(longer).collect()),
        RequestPart::Complete(complete) => RequestPart::Complete(!complete),
        RequestPart::Connection(number) => RequestPart::Connection(number + 1000),
        RequestPart::Gap(span) => RequestPart::Gap(later(*span)?),
        RequestPart::BodyStarts(span) => RequestPart::BodyStarts(later(*span)?),
        RequestPart::Without(_)
        | RequestPart::NeverBytes(_)
        | RequestPart::Framing(_)
        | RequestPart::Proves(_) => return None,
    })
}

fn longer(text: &Text) -> Text {
    Text([text.0.as_slice(), Text::from(NEVER).0.as_slice()].concat())
}

fn longer_content(content: &Content) -> Content {
    Content::Joined(vec![content.clone(), Content::Text(NEVER.into())])
}

fn other_body(body: &Body) -> Body {
    match body {
        Body::Content(content) => Body::Content(longer_content(content)),
        Body::Json(_) => Body::Json(Json::Text(NEVER.into())),
        Body::Form(_) | Body::Multipart(_) => Body::Content(Content::Text(NEVER.into())),
    }
}

fn other_fields(fields: &[FieldPattern]) -> Vec<FieldPattern> {
    let other = |field: &FieldPattern| {
        let mut value = field.value.clone();
        value.0.push(PatternPiece::Text(NEVER.into()));
        FieldPattern { name: field.name.clone(), value }
    };
    fields.iter().map(other).collect()
}

/// A span of which nothing is in the other one.
fn beside(span: Range<u64>) -> Option<Range<u64>> {
    match (span.from, span.to) {
        (_, Some(to)) => Some(Range { from: Some(to.checked_add(1)?), to: None }),
        (Some(from), None) => Some(Range { from: None, to: Some(from.checked_sub(1)?) }),
        (None, None) => None,
    }
}

fn later(span: Range<Duration>) -> Option<Range<Duration>> {
    const LEAST: Duration = Duration::from_nanos(1);
    match (span.from, span.to) {
        (_, Some(to)) => Some(Range { from: Some(to.checked_add(LEAST)?), to: None }),
        (Some(from), None) => Some(Range { from: None, to: Some(from.checked_sub(LEAST)?) }),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use wireproof_client::outcome::{BodySeen, CallResult, Error, Outcome};
    use wireproof_server::seen::{Seen, ServerSeen};

    use super::*;
    use crate::{
        certify::Page,
        judge::judge,
        observation::Observation,
        plan::{Plan, Scale},
        verdict::Word,
    };

    fn observation(result: CallResult) -> Observation {
        let server = ServerSeen { name: "origin".to_owned(), connections: Vec::new() };
        Observation {
            at: SystemTime::UNIX_EPOCH,
            addresses: Vec::new(),
            seen: Seen { servers: vec![server], faults: Vec::new() },
            told: Told::Outcome(Outcome { id: "1".to_owned(), calls: vec![result] }),
            asked: Duration::ZERO,
            answered: Duration::ZERO,
            aside: String::new(),
            partials: Vec::new(),
            usage: None,
        }
    }

    fn call(demand: CallDemand) -> Check {
        Check { line: 1, what: What::Call { index: 0, turn: 1, demand } }
    }

    fn words(checks: Vec<Check>, result: &CallResult) -> (Word, Vec<Word>) {
        let expectations = Expectations { checks, ..Expectations::default() };
        let observation = observation(result.clone());
        let answer = Answer { met: None, opaque: false, told: &observation.told };
        let twins = twins(&expectations, &answer);
        let word = |expectations: &Expectations| judge(expectations, &observation).word;
        (word(&expectations), twins.iter().map(|(_, twin)| word(twin)).collect())
    }

    #[test]
    fn what_holds_does_not_hold_when_it_is_false() {
        let body = BodySeen::Bytes(b"ok".to_vec());
        let result = CallResult { status: Some(200), body: Some(body), ..CallResult::default() };
        let checks = vec![
            call(CallDemand::Succeeds),
            call(CallDemand::Status(Range::exactly(200))),
            call(CallDemand::Body(Body::Content(Content::Text("ok".into())))),
            Check {
                line: 1,
                what: What::Server {
                    name: "origin".to_owned(),
                    demand: ServerDemand::Requests { order: Order::Exactly, list: Vec::new() },
                },
            },
        ];
        assert_eq!(words(checks, &result), (Word::Pass, vec![Word::Fail; 4]));
    }

    #[test]
    fn who_fits_a_false_demand_as_well_is_told() {
        let has = |answer: &'static [u8]| {
            both_ways(&1, &[2, 3], |wanted| {
                if answer.contains(wanted) { Vec::new() } else { vec![format!("no {wanted}")] }
            })
        };
        assert_eq!(has(&[1]), Finding::Met);
        assert_eq!(has(&[2]), Finding::not_met("no 1"));
        assert_eq!(has(&[1, 3]), Finding::not_met("the answer fits a false demand as well"));
    }

    #[test]
    fn a_set_of_everything_fits_the_false_class_as_well() {
        let failing = |classes: &[&str]| {
            let class = classes.iter().map(|class| (*class).to_owned()).collect();
            CallResult { error: Some(Error { class, ..Error::default() }), ..CallResult::default() }
        };
        let refused = || {
            vec![call(CallDemand::Fails {
                classes: vec!["refused".to_owned()],
                phases: Vec::new(),
                exact: false,
            })]
        };
        assert_eq!(words(refused(), &failing(&["refused", "unreachable"])), (Word::Pass, vec![Word::Fail]));
        assert_eq!(words(refused(), &failing(&["refused", "malformed"])), (Word::Pass, vec![Word::Pass]));
    }

    #[test]
    fn a_set_of_all_phases_fits_the_false_phase_as_well() {
        let failing = |class: &str, phases: &[&str]| {
            let phase = phases.iter().map(|phase| (*phase).to_owned()).collect();
            let error = Error { class: vec![class.to_owned()], phase, ..Error::default() };
            CallResult { error: Some(error), ..CallResult::default() }
        };
        let demand = |class: &str, phase: &str| {
            let (classes, phases) = (vec![class.to_owned()], vec![phase.to_owned()]);
            vec![call(CallDemand::Fails { classes, phases, exact: false })]
        };
        for (class, phase, honest) in [
            ("refused", "connect", &["connect", "send", "head"][..]),
            ("malformed", "head", &["connect", "send", "head"]),
            ("malformed", "head", &["head", "body"]),
            ("truncated", "body", &["head", "body"]),
            ("read-timeout", "head", &["send", "head", "body"]),
            ("total-timeout", "body", &["connect", "send", "head", "body"]),
            ("cancelled", "head", &["connect", "send", "head"]),
        ] {
            let twins = (Word::Pass, vec![Word::Fail; 2]);
            assert_eq!(words(demand(class, phase), &failing(class, honest)), twins, "{class} {honest:?}");
            let all = PHASES;
            let twins = (Word::Pass, vec![Word::Fail, Word::Pass]);
            assert_eq!(words(demand(class, phase), &failing(class, all)), twins, "{class}");
            // Unknown is honest.
            let twins = (Word::Pass, vec![Word::Fail]);
            assert_eq!(words(demand(class, phase), &failing(class, &[])), twins, "{class}");
        }
    }

    #[test]
    fn of_alternatives_the_one_that_was_met_is_false() {
        let path = |label: &str, status| crate::expect::Path {
            label: label.to_owned(),
            grade: crate::scenario::expect::Grade::Pass,
            line: 1,
            checks: vec![call(CallDemand::Status(Range::exactly(status)))],
        };
        let expectations =
            Expectations { paths: vec![path("one", 200), path("other", 404)], ..Expectations::default() };
        let observation = observation(CallResult { status: Some(404), ..CallResult::default() });
        let verdict = judge(&expectations, &observation);
        assert_eq!((verdict.word, verdict.label.as_deref()), (Word::Pass, Some("other")));
        let answer = Answer { met: verdict.label.as_deref(), opaque: false, told: &observation.told };
        let twins = twins(&expectations, &answer);
        assert_eq!(twins.len(), 1);
        assert_eq!(judge(&twins[0].1, &observation).word, Word::Fail);
    }

    /// A row of which nothing can be turned into its opposite would prove nothing.
    #[test]
    fn every_case_of_the_page_can_be_falsified() {
        let page = Page::draw(Scale::ONE).unwrap();
        let hello =
            wireproof_client::contract::Client::hello(&wireproof_client::reference::Reference::default());
        for case in page.cases() {
            let plan = Plan::new(case, &hello, Scale::ONE);
            let answer = Answer { met: None, opaque: false, told: &Told::Hang };
            assert!(!twins(&plan.expectations, &answer).is_empty(), "{}", plan.id);
        }
    }
}
