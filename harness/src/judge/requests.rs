//! The requests one server saw, against those a case lists.

use std::time::Duration;

use wireproof_server::{
    Challenge,
    seen::{BodyFraming, ConnectionSeen, RequestSeen, ServerSeen},
    text::FillError,
};

use super::{
    Bench, Findings,
    call::contains,
    fields::{Line, Place},
    requests_of,
};
use crate::{
    expect::{Order, RequestDemand, RequestPart},
    scenario::{expect::FramingExpect, scalar::Word as _},
    show,
    verdict::Witness,
};

/// A request with the connection it came on, and when the one listed before it was over.
#[derive(Clone, Copy)]
struct Listed<'a> {
    connection: &'a ConnectionSeen,
    request: &'a RequestSeen,
    before: Option<Duration>,
}

impl Bench<'_> {
    pub(super) fn hear_requests(
        &self,
        line: usize,
        server: &ServerSeen,
        order: Order,
        list: &[RequestDemand],
        findings: &mut Findings,
    ) -> Result<(), FillError> {
        let mut before = None;
        let mut seen = Vec::new();
        for (connection, request) in requests_of(server) {
            seen.push(Listed { connection, request, before });
            before = Some(request.answered_at.or(request.complete_at).unwrap_or(request.head_at));
        }
        match order {
            Order::Exactly => self.exactly(line, server, list, &seen, findings),
            Order::AnyOrder => self.any_order(line, server, list, &seen, findings),
            Order::Include => self.include(server, list, &seen, findings),
            Order::Never => self.never(server, list, &seen, findings),
        }
    }

    fn exactly(
        &self,
        line: usize,
        server: &ServerSeen,
        list: &[RequestDemand],
        seen: &[Listed<'_>],
        findings: &mut Findings,
    ) -> Result<(), FillError> {
        if list.len() != seen.len() {
            let found = format!("{}: {}", seen.len(), lines(seen));
            findings.object(
                Witness::Wire(server.name.clone()),
                line,
                "requests",
                list.len().to_string(),
                found,
            );
        }
        for (position, (demand, listed)) in list.iter().zip(seen).enumerate() {
            let mut heard = self.hear_request(server, position + 1, demand, *listed)?;
            findings.mismatches.append(&mut heard.mismatches);
        }
        Ok(())
    }

    fn any_order(
        &self,
        line: usize,
        server: &ServerSeen,
        list: &[RequestDemand],
        seen: &[Listed<'_>],
        findings: &mut Findings,
    ) -> Result<(), FillError> {
        let witness = Witness::Wire(server.name.clone());
        if list.len() != seen.len() {
            let found = format!("{}: {}", seen.len(), lines(seen));
            findings.object(witness.clone(), line, "requests", list.len().to_string(), found);
        }
        let mut fits = Vec::with_capacity(list.len());
        for demand in list {
            let mut row = Vec::with_capacity(seen.len());
            for listed in seen {
                row.push(self.hear_request(server, 0, demand, *listed)?.mismatches.is_empty());
            }
            fits.push(row);
        }
        for demand in unmatched(&fits, seen.len()) {
            findings.object(
                witness.clone(),
                list[demand].line,
                "requests in any order",
                show::pattern(&self.pattern(&list[demand].request, list[demand].turn)?),
                lines(seen),
            );
        }
        Ok(())
    }

    fn include(
        &self,
        server: &ServerSeen,
        list: &[RequestDemand],
        seen: &[Listed<'_>],
        findings: &mut Findings,
    ) -> Result<(), FillError> {
        let mut rest = seen.iter();
        for demand in list {
            let mut found = false;
            for listed in rest.by_ref() {
                if self.hear_request(server, 0, demand, *listed)?.mismatches.is_empty() {
                    found = true;
                    break;
                }
            }
            if !found {
                let expected = show::pattern(&self.pattern(&demand.request, demand.turn)?);
                let witness = Witness::Wire(server.name.clone());
                findings.object(witness, demand.line, "requests, at least", expected, lines(seen));
            }
        }
        Ok(())
    }

    fn never(
        &self,
        server: &ServerSeen,
        list: &[RequestDemand],
        seen: &[Listed<'_>],
        findings: &mut Findings,
    ) -> Result<(), FillError> {
        for demand in list {
            for listed in seen {
                if self.hear_request(server, 0, demand, *listed)?.mismatches.is_empty() {
                    let pattern = self.pattern(&demand.request, demand.turn)?;
                    findings.object(
                        Witness::Wire(server.name.clone()),
                        demand.line,
                        "requests",
                        format!("none like {}", show::pattern(&pattern)),
                        show::request_line(listed.request),
                    );
                }
            }
        }
        Ok(())
    }

    fn hear_request(
        &self,
        server: &ServerSeen,
        position: usize,
        demand: &RequestDemand,
        listed: Listed<'_>,
    ) -> Result<Findings, FillError> {
        let mut findings = Findings::default();
        let place = Place {
            witness: Witness::Wire(server.name.clone()),
            line: demand.line,
            turn: demand.turn,
            noun: format!("request {position}, field"),
            trimmed: true,
        };
        let pattern = self.pattern(&demand.request, demand.turn)?;
        let line = [&listed.request.method[..], b" ", &listed.request.target[..]].concat();
        if !pattern.matches(&line) {
            let about = format!("request {position}");
            findings.object(
                place.witness.clone(),
                place.line,
                about,
                show::pattern(&pattern),
                show::bytes(&line),
            );
        }
        for part in &demand.parts {
            self.hear_part(server, &place, position, part, listed, &mut findings)?;
        }
        Ok(findings)
    }

    fn hear_part(
        &self,
        server: &ServerSeen,
        place: &Place,
        position: usize,
        part: &RequestPart,
        listed: Listed<'_>,
        findings: &mut Findings,
    ) -> Result<(), FillError> {
        let request = listed.request;
        let mut demand = |holds: bool, about: &str, expected: String, found: String| {
            if !holds {
                let about = format!("request {position}, {about}");
                findings.object(place.witness.clone(), place.line, about, expected, found);
            }
        };
        match part {
            RequestPart::Fields(patterns) => {
                self.hear_fields(place, patterns, &field_lines(&request.fields), findings)?;
            }
            RequestPart::Without(names) => {
                self.hear_absent(place, names, &field_lines(&request.fields), findings)?;
            }
            RequestPart::Trailers(patterns) => {
                let noun = format!("request {position}, trailer");
                let place = Place { noun, witness: place.witness.clone(), ..*place };
                self.hear_fields(&place, patterns, &field_lines(&request.trailers), findings)?;
            }
            RequestPart::Body(body) => {
                let media_type = request
                    .fields
                    .iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case(b"content-type"))
                    .map(|(_, value)| &value[..]);
                let difference = self.differs(body, &request.body, media_type, place.turn)?;
                if let Some((expected, found)) = difference {
                    demand(false, "body", expected, found);
                }
            }
            RequestPart::Framing(framing) => {
                let found = framing_of(request);
                demand(found == *framing, "framing", framing.word().to_owned(), found.word().to_owned());
            }
            RequestPart::Version(version) => {
                let found = request.version.strip_prefix(b"HTTP/").unwrap_or(&request.version);
                demand(found == version.as_bytes(), "version", version.clone(), show::escaped(found));
            }
            RequestPart::Bytes(texts) | RequestPart::NeverBytes(texts) => {
                let wanted = matches!(part, RequestPart::Bytes(_));
                let sent = &listed.connection.received[request.bytes.clone()];
                for text in self.fill_all(texts, place.turn)? {
                    let about = format!("bytes {}", show::bytes(&text));
                    let expected = if wanted { "to be sent" } else { "never" };
                    demand(contains(sent, &text) == wanted, &about, expected.to_owned(), show::bytes(sent));
                }
            }
            RequestPart::Complete(complete) => {
                let shown = |complete: bool| if complete { "complete" } else { "cut short" }.to_owned();
                let mut found = shown(request.complete);
                if let Some(why) = &request.malformed {
                    found = format!("{found}: {why}");
                }
                demand(request.complete == *complete, "message", shown(*complete), found);
            }
            RequestPart::Connection(number) => {
                let found = listed.connection.number;
                let shown = found.map_or("none".to_owned(), |found| found.to_string());
                demand(found == Some(*number), "connection", number.to_string(), shown);
            }
            RequestPart::Proves(digest) => {
                let (user, password) =
                    (self.fill(&digest.user, place.turn)?, self.fill(&digest.password, place.turn)?);
                let proved =
                    challenges(server).any(|one| one.answered_by(request, &user, &password).is_some());
                let found = request
                    .fields
                    .iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case(b"authorization"))
                    .map_or("no Authorization".to_owned(), |(_, value)| show::bytes(value));
                demand(proved, "authorization", "an answer that computes".to_owned(), found);
            }
            RequestPart::Gap(span) => {
                let gap = listed.before.map(|before| request.head_at.saturating_sub(before));
                let shown = gap.map_or("no request before it".to_owned(), |gap| format!("{gap:?}"));
                demand(gap.is_some_and(|gap| span.contains(gap)), "gap", span.to_string(), shown);
            }
            RequestPart::BodyStarts(span) => {
                let starts = request.body_at.map(|at| at.saturating_sub(request.head_at));
                let shown = starts.map_or("no body".to_owned(), |starts| format!("{starts:?}"));
                let holds = starts.is_some_and(|starts| span.contains(starts));
                demand(holds, "start of body", span.to_string(), shown);
            }
        }
        Ok(())
    }
}

/// The Digest challenges that a server sent.
fn challenges(server: &ServerSeen) -> impl Iterator<Item = Challenge> {
    let lines = server.connections.iter().flat_map(|one| one.sent_bytes.split(|&byte| byte == b'\n'));
    lines
        .filter(|line| line.to_ascii_lowercase().windows(13).any(|name| name == b"-authenticate"))
        .filter_map(Challenge::parse)
}

fn framing_of(request: &RequestSeen) -> FramingExpect {
    match request.framing {
        BodyFraming::None => FramingExpect::None,
        BodyFraming::Length(_) => FramingExpect::Length,
        BodyFraming::Chunked => FramingExpect::Chunked,
    }
}

fn field_lines(fields: &[(Vec<u8>, Vec<u8>)]) -> Vec<Line<'_>> {
    fields.iter().map(|(name, value)| (&name[..], &value[..])).collect()
}

fn lines(seen: &[Listed<'_>]) -> String {
    if seen.is_empty() {
        return "none".to_owned();
    }
    seen.iter().map(|listed| show::request_line(listed.request)).collect::<Vec<_>>().join(", ")
}

/// The demands that are left over in a largest matching of demands to requests: each request can serve one
/// demand, and an earlier choice is revised where that helps.
fn unmatched(fits: &[Vec<bool>], requests: usize) -> Vec<usize> {
    fn place(demand: usize, fits: &[Vec<bool>], tried: &mut [bool], taken: &mut [Option<usize>]) -> bool {
        for request in 0..taken.len() {
            if !fits[demand][request] || std::mem::replace(&mut tried[request], true) {
                continue;
            }
            if taken[request].is_none_or(|other| place(other, fits, tried, taken)) {
                taken[request] = Some(demand);
                return true;
            }
        }
        false
    }
    let mut taken = vec![None; requests];
    (0..fits.len()).filter(|&demand| !place(demand, fits, &mut vec![false; requests], &mut taken)).collect()
}
