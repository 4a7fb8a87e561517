//! What must be true, as a flat list of checks: durations scaled, `times` written out, and what this client does
//! not show its caller left out.

use std::time::Duration;

use wireproof_client::capabilities::{Hello, Support};
use wireproof_server::{
    script::FieldPattern,
    seen::Ended,
    text::{Pattern, PatternPiece, Text},
};

use super::{Scale, calls, needs::Shortfall};
use crate::{
    expect::{
        Body, CallDemand, Check, ConnectionDemand, Expectations, Hidden, Order, Path, RequestDemand,
        RequestPart, ServerDemand, UsageDemand, What,
    },
    scenario::{
        Level, Scenario,
        call::CallItem,
        client::Proxy,
        expect::{
            self, BodyExpect, ConnectionsExpect, EndedBy, Grade, OutcomeExpect, RequestExpect, ServerExpect,
        },
        range::Range,
    },
};

pub(super) fn expectations(
    scenario: &Scenario,
    hello: &Hello,
    scale: Scale,
    pauses: Vec<Duration>,
    shortfall: &mut Shortfall,
) -> Expectations {
    let opaque = hello.support("opaque-results") != Support::No;
    let survey = scenario.level == Level::Survey;
    let secrets = if survey { Vec::new() } else { secrets::of(scenario) };
    let mut maker = Maker { scenario, hello, scale, opaque, secrets, dropped: 0 };
    let common = &scenario.expect.all;
    let mut checks = maker.checks("expect", common);
    let mut paths = Vec::new();
    for (index, alternative) in scenario.expect.any.iter().enumerate() {
        let root = format!("expect.any[{index}]");
        let mut checks = maker.checks(&root, &alternative.expectations);
        checks.extend(maker.results(&root, &[common, &alternative.expectations]));
        paths.push(Path {
            label: alternative.label.clone(),
            grade: alternative.grade.unwrap_or(Grade::Pass),
            line: scenario.source.line_of(&root),
            checks,
        });
    }
    if paths.is_empty() {
        let results = maker.results("expect", &[common]);
        checks.splice(0..0, results);
    }
    let expectations = Expectations {
        checks,
        paths,
        survey,
        proxied: is_proxied(scenario),
        hidden: Hidden { results: opaque, errors: hello.support("opaque-errors") != Support::No },
        concurrent: scenario.calls.iter().any(|item| matches!(item, CallItem::Together(_))),
        pauses,
        dropped: maker.dropped,
    };
    if opaque {
        opaque::refuse_guesses(&expectations, shortfall);
    }
    if expectations.checks.is_empty() && expectations.paths.iter().all(|path| path.checks.is_empty()) {
        shortfall.lack("any way to show what the case asks for");
    }
    expectations
}

/// Whether a proxy may be in use: one that was asked for, or one that the environment names.
fn is_proxied(scenario: &Scenario) -> bool {
    let mut variables = scenario.client.environment.iter().flatten();
    !matches!(scenario.client.proxy, None | Some(Proxy::None))
        || variables.any(|(name, _)| name.to_ascii_lowercase().ends_with("_proxy"))
}

/// Whether a demand speaks of time.
pub(super) fn speaks_of_time(expectations: &Expectations) -> bool {
    let paths = expectations.paths.iter().flat_map(|path| &path.checks);
    expectations.checks.iter().chain(paths).any(|check| match &check.what {
        What::Call { demand, .. } => matches!(demand, CallDemand::FirstByte(_) | CallDemand::Within(_)),
        What::Server { demand, .. } => server_speaks_of_time(demand),
        // Processor time is that of the client alone, however busy the machine.
        What::Usage(_) => false,
    })
}

/// The most memory that a client may gain before it is ended, where what it uses up is asked for at all: enough beyond
/// what is demanded to tell by how much it fails, and not enough to take the machine with it.
pub(super) fn ceiling(expectations: &Expectations) -> Option<u64> {
    let paths = expectations.paths.iter().flat_map(|path| &path.checks);
    let demands = expectations.checks.iter().chain(paths).filter_map(|check| match &check.what {
        What::Usage(demand) => Some(demand),
        What::Call { .. } | What::Server { .. } => None,
    });
    let most = |demand: &UsageDemand| match demand {
        UsageDemand::Memory(range) => {
            range.to.map_or(UNBOUNDED, |most| most.saturating_mul(4).max(LEAST_CEILING))
        }
        UsageDemand::Cpu(_) => LEAST_CEILING,
    };
    demands.map(most).max()
}

/// No client is ended for less.
const LEAST_CEILING: u64 = 256 << 20;

/// The ceiling where a case names no most.
const UNBOUNDED: u64 = 1 << 30;

fn server_speaks_of_time(demand: &ServerDemand) -> bool {
    let timed = |list: &[RequestDemand]| {
        let mut parts = list.iter().flat_map(|request| &request.parts);
        parts.any(|part| matches!(part, RequestPart::Gap(_) | RequestPart::BodyStarts(_)))
    };
    match demand {
        ServerDemand::Requests { list, .. } => timed(list),
        ServerDemand::EachConnection(list) => list.iter().any(|one| one.within.is_some()),
        _ => false,
    }
}

mod opaque;
mod secrets;

struct Maker<'a> {
    scenario: &'a Scenario,
    hello: &'a Hello,
    scale: Scale,
    /// The client shows of a call only whether it succeeded, and the content.
    opaque: bool,
    /// What no error's message may tell; a survey asks for something else.
    secrets: Vec<Text>,
    dropped: usize,
}

impl Maker<'_> {
    fn checks(&mut self, root: &str, expectations: &expect::Expectations) -> Vec<Check> {
        let mut checks = Vec::new();
        let mut index = 0;
        for (position, outcome) in expectations.outcomes.iter().enumerate() {
            let path = format!("{root}.outcomes[{position}]");
            for turn in 1..=outcome.times {
                let mut demands = self.outcome(outcome, index);
                if self.opaque {
                    let said = [Some((outcome, turn)), outcome_of(&self.scenario.expect.all, index)];
                    let succeeds = said.into_iter().flatten().all(|(outcome, _)| opaque::succeeds(outcome));
                    self.dropped += opaque::drop_unseen(&mut demands, succeeds);
                }
                for (part, demand) in demands {
                    let line = self.line(&format!("{path}.{part}"));
                    checks.push(Check { line, what: What::Call { index, turn, demand } });
                }
                index += 1;
            }
        }
        let usage = &expectations.client;
        let memory = usage.memory.map(|range| ("memory", UsageDemand::Memory(range)));
        let cpu = usage.cpu.map(|range| ("cpu", UsageDemand::Cpu(range)));
        for (part, demand) in memory.into_iter().chain(cpu) {
            checks
                .push(Check { line: self.line(&format!("{root}.client.{part}")), what: What::Usage(demand) });
        }
        for (name, server) in &expectations.servers {
            let path = format!("{root}.{name}");
            for (line, demand) in self.server(&path, server) {
                checks.push(Check { line, what: What::Server { name: name.clone(), demand } });
            }
        }
        checks
    }

    /// For each call: whether it must succeed or fail, by what the common part and the path say together.
    fn results(&self, root: &str, together: &[&expect::Expectations]) -> Vec<Check> {
        let mut checks = Vec::new();
        for index in 0..self.calls() {
            let said: Vec<(&OutcomeExpect, u64)> =
                together.iter().filter_map(|one| outcome_of(one, index)).collect();
            let turn = said.first().map_or(1, |(_, turn)| *turn);
            let errors: Vec<&OutcomeExpect> = said
                .iter()
                .map(|(outcome, _)| *outcome)
                .filter(|outcome| !outcome.error.is_empty())
                .collect();
            let demand = if errors.is_empty() {
                if !said.iter().any(|(outcome, _)| outcome.status.is_some()) {
                    continue;
                }
                if !self.opaque {
                    CallDemand::Succeeds
                } else if said.iter().all(|(outcome, _)| opaque::succeeds(outcome)) {
                    CallDemand::NoError
                } else {
                    continue;
                }
            } else {
                let phases = said.iter().flat_map(|(outcome, _)| outcome.phase.clone()).collect();
                CallDemand::Fails {
                    classes: errors.iter().flat_map(|outcome| outcome.error.clone()).collect(),
                    phases,
                    exact: errors.iter().any(|outcome| outcome.exact),
                }
            };
            let line = self.line(&format!("{root}.outcomes[{index}].{}", word_of(&demand)));
            let fails = matches!(demand, CallDemand::Fails { .. });
            checks.push(Check { line, what: What::Call { index, turn, demand } });
            if fails && !self.secrets.is_empty() {
                let demand = CallDemand::NeverSays(self.secrets.clone());
                checks.push(Check { line, what: What::Call { index, turn, demand } });
            }
        }
        checks
    }

    fn calls(&self) -> usize {
        let total: u64 = calls(self.scenario).map(|call| call.times).sum();
        usize::try_from(total).unwrap_or(usize::MAX)
    }

    fn outcome(&mut self, outcome: &OutcomeExpect, index: usize) -> Vec<(&'static str, CallDemand)> {
        let mut demands = Vec::new();
        let mut add = |part, demand| demands.push((part, demand));
        if let Some(status) = outcome.status {
            add("status", CallDemand::Status(status));
        }
        if let Some(reason) = self.shown("sees-reason", outcome.reason.as_ref()) {
            add("reason", CallDemand::Reason(reason));
        }
        if let Some(version) = self.shown("sees-version", outcome.version.as_ref()) {
            add("version", CallDemand::Version(version));
        }
        let headers = self.shown_fields(&outcome.headers);
        if !headers.is_empty() {
            add("headers", CallDemand::Fields(headers));
        }
        if !outcome.without.is_empty() {
            add("without", CallDemand::Without(outcome.without.clone()));
        }
        if !outcome.trailers.is_empty()
            && let Some(trailers) = self.shown("sees-trailers", Some(&outcome.trailers))
        {
            add("trailers", CallDemand::Trailers(trailers));
        }
        if let Some(body) = &outcome.body {
            add("body", CallDemand::Body(body_demand(body)));
        }
        if let Some(text) = &outcome.text {
            add("text", CallDemand::Text(text.clone()));
        }
        if let Some(json) = &outcome.json {
            add("json", CallDemand::Json(json.clone()));
        }
        if let Some(url) = self.shown("sees-url", outcome.url.as_ref()) {
            add("url", CallDemand::Url(url));
        }
        if let Some(history) = self.shown("sees-history", outcome.history.as_ref()) {
            add("history", CallDemand::History(history));
        }
        if let Some(interim) = self.shown("sees-interim", outcome.interim.as_ref()) {
            add("interim", CallDemand::Interim(interim));
        }
        if let Some(received) = &outcome.received {
            add("received", CallDemand::Received(received.clone()));
        }
        if let Some(first) = outcome.first_byte {
            add("first-byte", CallDemand::FirstByte(self.range(first)));
        }
        if let Some(within) = outcome.within {
            add("within", CallDemand::Within(self.range(within)));
        }
        if !outcome.says.is_empty() {
            add("says", CallDemand::Says(outcome.says.clone()));
        }
        if !outcome.never_says.is_empty() {
            add("never-says", CallDemand::NeverSays(outcome.never_says.clone()));
        }
        if let Some(upgraded) = self.upgraded(index) {
            add("status", CallDemand::Upgraded(upgraded));
        }
        demands
    }

    /// What a call reads behind a 101 is expected to be what its `receive` steps say.
    fn upgraded(&self, index: usize) -> Option<Text> {
        let mut left = index;
        let call = calls(self.scenario).find(|call| {
            let times = usize::try_from(call.times).unwrap_or(usize::MAX);
            let here = left < times;
            left = left.saturating_sub(times);
            here
        })?;
        let mut pieces = Vec::new();
        for step in &call.then {
            if let wireproof_server::script::Step::Receive(text) = step {
                pieces.extend(text.0.clone());
            }
        }
        (!pieces.is_empty()).then_some(Text(pieces))
    }

    /// A part that a client may not show its caller: dropped, and counted.
    fn shown<T: Clone>(&mut self, capability: &str, part: Option<&T>) -> Option<T> {
        let part = part?;
        if self.hello.support(capability) == Support::No {
            self.dropped += 1;
            return None;
        }
        Some(part.clone())
    }

    /// Fields without those that the client does not show as they came: repeated, or with values that are no UTF-8.
    fn shown_fields(&mut self, fields: &[FieldPattern]) -> Vec<FieldPattern> {
        let sees = |capability| self.hello.support(capability) != Support::No;
        let (duplicates, bytes) = (sees("sees-duplicates"), sees("sees-bytes"));
        let name = |field: &FieldPattern| super::job::outline(&field.name).to_ascii_lowercase();
        let single = |field: &FieldPattern| fields.iter().filter(|one| name(one) == name(field)).count() == 1;
        let is_shown =
            |field: &&FieldPattern| (duplicates || single(field)) && (bytes || is_utf_8(&field.value));
        let shown: Vec<FieldPattern> = fields.iter().filter(is_shown).cloned().collect();
        self.dropped += usize::from(shown.len() < fields.len());
        shown
    }

    fn server(&self, path: &str, server: &ServerExpect) -> Vec<(usize, ServerDemand)> {
        let mut demands = Vec::new();
        let mut add = |part: &str, demand| demands.push((self.line(&format!("{path}.{part}")), demand));
        let lists = [
            ("requests", Order::Exactly, server.requests.as_deref()),
            ("any-order", Order::AnyOrder, server.any_order.as_deref()),
            ("include", Order::Include, (!server.include.is_empty()).then_some(&server.include[..])),
            ("never", Order::Never, (!server.never.is_empty()).then_some(&server.never[..])),
        ];
        for (part, order, list) in lists {
            if let Some(list) = list {
                let list = self.requests(&format!("{path}.{part}"), list, order);
                add(part, ServerDemand::Requests { order, list });
            }
        }
        if let Some(count) = server.count {
            add("count", ServerDemand::Count(count));
        }
        match &server.connections {
            Some(ConnectionsExpect::Count(count)) => add("connections", ServerDemand::Connections(*count)),
            Some(ConnectionsExpect::Each(list)) => {
                let list = self.connections(&format!("{path}.connections"), list);
                add("connections", ServerDemand::EachConnection(list));
            }
            None => {}
        }
        if let Some(at_once) = server.at_once {
            add("at-once", ServerDemand::AtOnce(at_once));
        }
        if let Some(received) = server.received {
            add("received", ServerDemand::Received(received));
        }
        if let Some(sent) = server.sent {
            add("sent", ServerDemand::Sent(sent));
        }
        if !server.bytes.is_empty() {
            add("bytes", ServerDemand::Bytes(server.bytes.clone()));
        }
        if !server.never_bytes.is_empty() {
            add("never-bytes", ServerDemand::NeverBytes(server.never_bytes.clone()));
        }
        demands
    }

    fn connections(&self, path: &str, list: &[expect::ConnectionExpect]) -> Vec<ConnectionDemand> {
        list.iter()
            .enumerate()
            .map(|(index, one)| {
                let path = format!("{path}[{index}]");
                let requests = one.requests.as_deref();
                ConnectionDemand {
                    line: self.line(&path),
                    requests: requests
                        .map(|list| self.requests(&format!("{path}.requests"), list, Order::Exactly)),
                    ended: one.ended.map(|ended| match ended {
                        EndedBy::Client => Ended::Client,
                        EndedBy::ClientReset => Ended::ClientReset,
                        EndedBy::Server => Ended::Server,
                        EndedBy::ServerReset => Ended::ServerReset,
                        EndedBy::Open => Ended::Open,
                    }),
                    within: one.within.map(|within| self.range(within)),
                    at_once: one.at_once,
                }
            })
            .collect()
    }

    fn requests(&self, path: &str, list: &[RequestExpect], order: Order) -> Vec<RequestDemand> {
        let mut demands = Vec::new();
        for (index, request) in list.iter().enumerate() {
            let parts = self.request_parts(request, order);
            for turn in 1..=request.times {
                demands.push(RequestDemand {
                    line: self.line(&format!("{path}[{index}]")),
                    request: request.line.clone(),
                    turn,
                    parts: parts.clone(),
                });
            }
        }
        demands
    }

    fn request_parts(&self, request: &RequestExpect, order: Order) -> Vec<RequestPart> {
        let mut parts = Vec::new();
        // A request that must never come must not come in part either.
        if order != Order::Never || !request.complete {
            parts.push(RequestPart::Complete(request.complete));
        }
        if !request.headers.is_empty() {
            parts.push(RequestPart::Fields(request.headers.clone()));
        }
        if !request.without.is_empty() {
            parts.push(RequestPart::Without(request.without.clone()));
        }
        parts.extend(request.body.as_ref().map(|body| RequestPart::Body(body_demand(body))));
        parts.extend(request.framing.map(RequestPart::Framing));
        parts.extend(request.version.clone().map(RequestPart::Version));
        if !request.trailers.is_empty() {
            parts.push(RequestPart::Trailers(request.trailers.clone()));
        }
        if !request.bytes.is_empty() {
            parts.push(RequestPart::Bytes(request.bytes.clone()));
        }
        if !request.never_bytes.is_empty() {
            parts.push(RequestPart::NeverBytes(request.never_bytes.clone()));
        }
        parts.extend(request.connection.map(RequestPart::Connection));
        parts.extend(request.proves.clone().map(RequestPart::Proves));
        parts.extend(request.gap.map(|gap| RequestPart::Gap(self.range(gap))));
        parts.extend(request.body_starts.map(|starts| RequestPart::BodyStarts(self.range(starts))));
        parts
    }

    fn range(&self, range: Range<Duration>) -> Range<Duration> {
        let scaled = |end: Option<Duration>| end.map(|end| self.scale.apply(end));
        Range { from: scaled(range.from), to: scaled(range.to) }
    }

    fn line(&self, path: &str) -> usize {
        self.scenario.source.line_of(path)
    }
}

/// Whether what stands in a pattern is text; what templates put in always is.
fn is_utf_8(pattern: &Pattern) -> bool {
    pattern.0.iter().all(|piece| match piece {
        PatternPiece::Star => true,
        PatternPiece::Text(text) => std::str::from_utf8(&super::job::outline(text)).is_ok(),
    })
}

/// What is said of the call with this index, and which turn of its `times` it is.
fn outcome_of(expectations: &expect::Expectations, index: usize) -> Option<(&OutcomeExpect, u64)> {
    let mut left = u64::try_from(index).ok()?;
    for outcome in &expectations.outcomes {
        if left < outcome.times {
            return Some((outcome, left + 1));
        }
        left -= outcome.times;
    }
    None
}

fn word_of(demand: &CallDemand) -> &'static str {
    if matches!(demand, CallDemand::Fails { .. }) { "error" } else { "status" }
}

fn body_demand(body: &BodyExpect) -> Body {
    match body {
        BodyExpect::Bytes(content) => Body::Content(content.clone()),
        BodyExpect::Form(fields) => Body::Form(fields.clone()),
        BodyExpect::Json(value) => Body::Json(value.clone()),
        BodyExpect::Multipart(parts) => Body::Multipart(parts.clone()),
    }
}
