//! What one server witnessed.

use std::time::Duration;

use wireproof_server::{
    seen::{ConnectionSeen, Ended, RequestSeen, ServerSeen},
    text::FillError,
};

use super::{Bench, Findings, call::contains, requests_of};
use crate::{
    expect::{ConnectionDemand, Order, ServerDemand},
    scenario::range::Range,
    show,
    verdict::Witness,
};

impl Bench<'_> {
    pub(super) fn hear_server(
        &self,
        line: usize,
        name: &str,
        demand: &ServerDemand,
        findings: &mut Findings,
    ) -> Result<(), FillError> {
        let Some(server) = self.observation.seen.servers.iter().find(|server| server.name == name) else {
            findings.object(Witness::Wire(name.to_owned()), line, "server", "to be there", "no such server");
            return Ok(());
        };
        let mut count = |about: &str, span: &Range<u64>, found: u64| {
            if !span.contains(found) {
                findings.object(
                    Witness::Wire(name.to_owned()),
                    line,
                    about,
                    span.to_string(),
                    found.to_string(),
                );
            }
        };
        match demand {
            ServerDemand::Requests { order, list } => {
                return self.hear_requests(line, server, *order, list, findings);
            }
            ServerDemand::Count(span) => count("requests", span, requests_of(server).len() as u64),
            ServerDemand::Connections(span) => count("connections", span, connections(server, span)),
            ServerDemand::AtOnce(span) => {
                let requests: Vec<_> = requests_of(server);
                count("requests at once", span, at_once(&requests));
            }
            ServerDemand::Received(span) => {
                let received = server.connections.iter().map(|one| one.received.len() as u64).sum();
                count("bytes received", span, received);
            }
            ServerDemand::Sent(span) => {
                count("bytes sent", span, server.connections.iter().map(|one| one.sent).sum());
            }
            ServerDemand::EachConnection(list) => self.hear_connections(line, server, list, findings)?,
            ServerDemand::Bytes(texts) => self.hear_bytes(line, server, texts, true, findings)?,
            ServerDemand::NeverBytes(texts) => self.hear_bytes(line, server, texts, false, findings)?,
        }
        Ok(())
    }

    fn hear_bytes(
        &self,
        line: usize,
        server: &ServerSeen,
        texts: &[wireproof_server::text::Text],
        wanted: bool,
        findings: &mut Findings,
    ) -> Result<(), FillError> {
        for text in self.fill_all(texts, 1)? {
            let occurs = server.connections.iter().any(|one| contains(&one.received, &text));
            if occurs != wanted {
                let (expected, found) =
                    if wanted { ("to be received", "not received") } else { ("never", "received") };
                let witness = Witness::Wire(server.name.clone());
                findings.object(witness, line, format!("bytes {}", show::bytes(&text)), expected, found);
            }
        }
        Ok(())
    }

    fn hear_connections(
        &self,
        line: usize,
        server: &ServerSeen,
        list: &[ConnectionDemand],
        findings: &mut Findings,
    ) -> Result<(), FillError> {
        let numbered: Vec<_> = server.connections.iter().filter(|one| one.number.is_some()).collect();
        let witness = || Witness::Wire(server.name.clone());
        if numbered.len() != list.len() {
            findings.object(
                witness(),
                line,
                "connections",
                list.len().to_string(),
                numbered.len().to_string(),
            );
        }
        for (position, (demand, connection)) in list.iter().zip(&numbered).enumerate() {
            let mut object = |about: &str, expected: String, found: String| {
                let about = format!("connection {}, {about}", position + 1);
                findings.object(witness(), demand.line, about, expected, found);
            };
            let requests: Vec<_> = connection.requests.iter().map(|request| (*connection, request)).collect();
            if let Some(ended) = demand.ended
                && ended != connection.ended
            {
                object("ended", ended_by(ended).to_owned(), ended_by(connection.ended).to_owned());
            }
            if let Some(span) = &demand.within {
                let since = connection.ended_at.map(|ended| ended.saturating_sub(self.call_end(connection)));
                if !since.is_some_and(|since| span.contains(since)) {
                    let found = since.map_or("still open".to_owned(), |since| format!("{since:?}"));
                    object("ended within", span.to_string(), found);
                }
            }
            if let Some(span) = &demand.at_once {
                let most = at_once(&requests);
                if !span.contains(most) {
                    object("requests at once", span.to_string(), most.to_string());
                }
            }
            if let Some(list) = &demand.requests {
                let on_it =
                    ServerSeen { name: server.name.clone(), connections: vec![(*connection).clone()] };
                self.hear_requests(demand.line, &on_it, Order::Exactly, list, findings)?;
            }
        }
        Ok(())
    }

    /// When the last call that used this connection ended, as near as the client's times tell: calls are laid
    /// end to end from the moment the client was asked. Never later than its answer.
    fn call_end(&self, connection: &ConnectionSeen) -> Duration {
        let answered = self.observation.answered;
        let Some(last) = connection.requests.last().map(|request| request.head_at) else { return answered };
        let mut start = self.observation.asked;
        let mut end = answered;
        for (index, call) in self.outcome.calls.iter().enumerate() {
            let before = self.expectations.pauses.get(index).copied().unwrap_or_default();
            let begins = if self.expectations.concurrent { self.observation.asked } else { start } + before;
            if begins > last {
                break;
            }
            let Some(times) = call.times else { return answered };
            start = begins + Duration::from_millis(times.end);
            end = start;
        }
        end.min(answered)
    }
}

/// An upper bound of 0 also forbids silent connections; otherwise only those with a number count.
fn connections(server: &ServerSeen, span: &Range<u64>) -> u64 {
    let counted: Vec<&ConnectionSeen> = match span.to {
        Some(0) => server.connections.iter().collect(),
        _ => server.connections.iter().filter(|one| one.number.is_some()).collect(),
    };
    counted.len() as u64
}

/// The most requests begun and not yet answered in full at any moment.
fn at_once(requests: &[(&ConnectionSeen, &RequestSeen)]) -> u64 {
    let mut turns: Vec<(Duration, i64)> = Vec::new();
    for (connection, request) in requests {
        turns.push((request.head_at, 1));
        if let Some(end) = request.answered_at.or(connection.ended_at) {
            turns.push((end, -1));
        }
    }
    // An answer and the next request in the same instant: the answer was first.
    turns.sort_unstable();
    let (mut now, mut most) = (0_i64, 0_i64);
    for (_, change) in turns {
        now += change;
        most = most.max(now);
    }
    most.unsigned_abs()
}

/// As the case language spells it.
pub(crate) fn ended_by(ended: Ended) -> &'static str {
    match ended {
        Ended::Client => "client",
        Ended::ClientReset => "client-reset",
        Ended::Server => "server",
        Ended::ServerReset => "server-reset",
        Ended::Open => "open",
    }
}
